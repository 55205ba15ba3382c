from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks import run as bench
from benchmarks.report import load, render, write_report
from benchmarks.suite import SUITE, found
from medlfm import evaluate as evaluation
from medlfm.evaluate import TASKS, System

NAMES = [{"text": "Anna came.", "lang": "en", "spans": [{"start": 0, "end": 4, "label": "NAME"}]}] * 6


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder with one set of the suite, and a system that finds nothing."""
    system = System("fake", lambda case: {"spans": []}, {"medlfm": "0"})
    monkeypatch.setattr(evaluation, "make_system", lambda task, name, settings: system)
    monkeypatch.setattr(bench, "found", lambda data, own: found(data, tmp_path))
    entry = next(entry for entry in SUITE if entry.task == "phi")
    path = tmp_path / "data" / entry.path
    path.parent.mkdir(parents=True)
    path.write_bytes(gzip.compress("\n".join(map(json.dumps, NAMES)).encode()))
    return tmp_path / "data"


def test_what_is_here_is_measured_and_what_is_not_is_named(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert bench.run(data, results=tmp_path / "results") == 0
    (path,) = (tmp_path / "results").iterdir()
    result = json.loads(path.read_text(encoding="utf-8"))
    assert result["metrics"]["masking"]["entities_fully_masked"] == 0.0
    assert "missed" not in result
    assert "Anna" not in path.read_text(encoding="utf-8")
    printed = capsys.readouterr().out
    assert "✓ phi-" in printed
    assert "routing: medical_qa/medquad_dev.jsonl.gz is not here" in printed


def test_one_measurement_that_breaks_stops_no_other(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    own = tmp_path / "gold" / "phi"
    own.mkdir(parents=True)
    (own / "broken.jsonl").write_text('{"text": "Anna"}\n', encoding="utf-8")
    assert bench.run(data, results=tmp_path / "results") == 1
    assert len(list((tmp_path / "results").iterdir())) == 1
    assert "✗ phi-broken: RecordError" in capsys.readouterr().err


def test_without_a_data_folder_only_the_projects_own_sets_are_measured(tmp_path: Path) -> None:
    here, missing = found(None, tmp_path)
    assert (here, missing) == ([], list(SUITE))


def test_every_entry_of_the_suite_names_a_known_task_and_a_file_of_its_own() -> None:
    names = [entry.name(system) for entry in SUITE for system in entry.systems]
    assert len(names) == len(set(names))
    assert {entry.task for entry in SUITE} == set(TASKS)


def test_the_page_shows_figures_intervals_and_what_is_missed(data: Path, tmp_path: Path) -> None:
    bench.run(data, results=tmp_path / "results")
    write_report(tmp_path / "results", tmp_path / "results.md")
    page = (tmp_path / "results.md").read_text(encoding="utf-8")
    assert "| entities fully masked |" in page
    assert "0.000 (0.00–0.00)" in page
    assert "NAME 0.00 of 6" in page
    assert page == render(load(tmp_path / "results"))


def test_the_committed_page_is_the_one_made_from_the_committed_results() -> None:
    page = bench.ROOT / "docs" / "results.md"
    if not page.exists():
        pytest.skip("nothing was measured yet: make bench writes docs/results.md")
    assert page.read_text(encoding="utf-8") == render(load(bench.RESULTS))


def test_committed_results_hold_figures_only() -> None:
    def strings(value: Any) -> list[str]:
        if isinstance(value, dict):  # a note on how it was measured is the project's own text
            return [text for name, item in value.items() if name != "note" for text in strings(item)]
        if isinstance(value, list):
            return [text for item in value for text in strings(item)]
        return [value] if isinstance(value, str) else []

    for result in load(bench.RESULTS):
        assert max((len(text) for text in strings(result)), default=0) < 200, result["file"]
