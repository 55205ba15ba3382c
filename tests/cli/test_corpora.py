"""`medlfm corpora`."""

from __future__ import annotations

import json
from pathlib import Path

from typer.testing import CliRunner

from medlfm.cli import app


def run(*arguments: str | Path) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["corpora", *map(str, arguments)])
    return result.exit_code, result.stdout, result.stderr


def answers(folder: Path) -> Path:
    path = folder / "CorpusFiles" / "GerMedIQ-Human.csv"
    path.parent.mkdir(parents=True)
    path.write_text("id,question,response,participant_id\n7,Ist Ihr Knie blau?,Nein.,3\n8,Tut es weh?,,3\n")
    return folder


def test_list_shows_own_and_outside_corpora_with_their_uses(tmp_path: Path) -> None:
    code, out, _ = run("list", "--json")
    assert code == 0
    rows = {row["name"]: row for row in json.loads(out)}
    assert rows["starter-qa"]["own"]
    assert rows["starter-qa"]["here"]
    assert (rows["medquad"]["own"], rows["medquad"]["here"], rows["medquad"]["pull"]) == (False, False, True)
    assert rows["germediq"]["uses"] == ["measuring"]
    assert "CC-BY-4.0" in run("list")[1]
    run("convert", "germediq", "--from", answers(tmp_path))
    assert {row["name"] for row in json.loads(run("list", "--json")[1]) if row["here"] and not row["own"]} == {
        "germediq"
    }


def test_show_prints_the_card() -> None:
    assert "Known traps" in run("show", "medquad")[1]
    shown = json.loads(run("show", "medquad", "--json")[1])
    assert shown["revision"] in shown["readme"]
    code, _, err = run("show", "nonsense")
    assert (code, len(err.strip().splitlines())) == (1, 1)
    assert "starter-notes" in err


def test_convert_says_what_it_wrote_what_it_left_out_and_whom_to_credit(tmp_path: Path) -> None:
    code, out, _ = run("convert", "germediq", "--from", answers(tmp_path / "in"), "--out", tmp_path / "out")
    assert code == 0
    assert "1 record; left out: 1 empty_text" in out
    assert "not known to be of the pinned commit" in out
    assert "CC-BY-4.0" in out
    assert "May be used for: measuring" in out
    done = json.loads(run("pull", "germediq", "--from", tmp_path / "in", "--out", tmp_path / "out", "--json")[1])
    assert (done["records"], done["skipped"], done["fresh"]) == (1, {"empty_text": 1}, True)
    assert Path(done["file"]).is_file()


def test_what_fails_is_one_line_and_exit_code_1(tmp_path: Path) -> None:
    for arguments in (
        ("convert", "germediq", "--from", tmp_path),
        ("convert", "germediq", "--from", tmp_path / "missing"),
        ("pull", "medquad", "--url", "http://127.0.0.1:1/medquad.zip"),
        ("pull", "openfda-labels"),
    ):
        code, out, err = run(*arguments)
        assert (code, out, len(err.strip().splitlines())) == (1, "", 1)
