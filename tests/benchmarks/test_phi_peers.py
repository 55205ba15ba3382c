from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from benchmarks import phi_peers
from benchmarks.peers_phi import SYSTEMS
from benchmarks.phi_peers import LETTER, PEERS, letters

# stands in for a peer's environment: masks the first word of every text
FAKE = """
import json, sys
system, source, target = sys.argv[1:]
with open(target, "w") as file:
    print(json.dumps({"system": system, "versions": {"fake": "1"}, "languages": ["en"]}), file=file)
    for line in open(source):
        end = json.loads(line)["text"].index(" ")
        print(json.dumps({"spans": [[0, end, "NAME"]], "seconds": 0.5}), file=file)
"""


def test_letters_are_of_one_length_however_small_the_set() -> None:
    made = letters(["Anna came. ", "No fever."], 5)
    assert [len(text) for text in made] == [LETTER] * 5


def test_both_sides_name_the_same_peers_and_languages() -> None:
    assert {name: languages for name, (_, languages, _) in SYSTEMS.items()} == PEERS


def test_a_peer_is_scored_on_our_readers_texts_at_its_own_speed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [
        {"text": f"Anna came {n} times.", "lang": "en", "spans": [{"start": 0, "end": 4, "label": "NAME"}]}
        for n in range(4)
    ]
    path = tmp_path / "set.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    script = tmp_path / "fake.py"
    script.write_text(FAKE, encoding="utf-8")
    monkeypatch.setattr(phi_peers, "SCRIPT", script)
    monkeypatch.setattr(phi_peers, "RESULTS", tmp_path / "results")
    assert phi_peers._measure(path, "philter", Path(sys.executable), tmp_path)
    result = json.loads((tmp_path / "results" / "phi-set-philter.json").read_text(encoding="utf-8"))
    assert result["metrics"]["masking"]["entities_fully_masked"] == 1.0
    assert result["system"] == {"name": "philter", "versions": {"fake": "1"}}
    assert result["cases_per_second"] == 2.0
    assert "Anna" not in json.dumps(result)


def test_a_peer_that_breaks_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "set.jsonl"
    path.write_text('{"text": "Anna came.", "lang": "en", "spans": []}\n', encoding="utf-8")
    script = tmp_path / "broken.py"
    script.write_text("raise SystemExit(3)", encoding="utf-8")
    monkeypatch.setattr(phi_peers, "SCRIPT", script)
    assert not phi_peers._measure(path, "presidio", Path(sys.executable), tmp_path)
    assert "presidio on set.jsonl: CalledProcessError" in capsys.readouterr().err
