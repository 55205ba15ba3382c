from __future__ import annotations

import json
from pathlib import Path

from benchmarks.measures import at
from benchmarks.readings import load_readings, render_readings
from benchmarks.report import load, render
from benchmarks.run import RESULTS
from benchmarks.targets import TARGETS, Target, render_targets


def test_every_committed_result_changes_the_page() -> None:
    results = load(RESULTS)
    page = render(results)
    silent = [result["file"] for result in results if render([other for other in results if other != result]) == page]
    assert silent == []


def test_every_target_is_measured_by_a_committed_result() -> None:
    files = {result["file"]: result for result in load(RESULTS)}
    missing = [target.what for target in TARGETS if any(measure(files) is None for measure in target.measures)]
    assert missing == []


def test_a_target_is_reached_only_where_all_of_its_figures_are() -> None:
    one = Target("t", "w", (at("a", "metrics/f1"), at("b", "metrics/f1")), least=0.9)
    assert one.reached([0.9, 0.95])
    assert not one.reached([0.89, 0.95])
    assert Target("t", "w", (), most=0.1).reached([0.1])
    assert not Target("t", "w", (), most=0.1).reached([0.0, 0.11])


def test_a_target_without_a_measurement_is_left_out_of_the_table() -> None:
    assert render_targets([]) == []
    (table,) = render_targets([{"file": "safety-medquad_dev.json", "metrics": {"accuracy": 1.0}}])
    assert "| **Safety gate** | MedQuAD's questions stopped | ≤ 0.01 | 0 | yes |" in table
    assert "(1 of 1 are)" in table


def test_readings_are_counted_and_their_reasons_stay_in_the_files(tmp_path: Path) -> None:
    rows = [{"id": "1", "verdict": "ours", "reason": "a word"}, {"id": "2", "verdict": "label", "reason": "another"}]
    (tmp_path / "some.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    (reading,) = load_readings(tmp_path)
    assert reading["verdicts"] == {"label": 1, "ours": 1}
    (section,) = render_readings([reading])
    assert "| some | 2 | label 1, ours 1 |" in section
    assert "word" not in section


def test_read_answers_are_counted_by_source_beside_those_held_back(tmp_path: Path) -> None:
    rows = [
        {"id": "1", "source": "de", "answered": True, "supported_sentences": 3, "sentences": 3, "why": "a word"},
        {"id": "2", "source": "de", "answered": False, "kind": "left out", "supported_sentences": 0, "sentences": 1},
        {"id": "3", "source": "en", "status": "withheld"},
    ]
    (tmp_path / "answers.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    (reading,) = load_readings(tmp_path)
    assert reading["verdicts"] == {"answers": 1, "left out": 1}
    section, shares = render_readings([reading])
    assert "| 2 | answers 1, left out 1 |" in section
    assert "| de | 0 | 2 | 0.500 | 4 | 0.750 |" in shares
    assert "| en | 1 | 0 | – | 0 | – |" in shares
    assert "word" not in section + shares


def test_a_second_reading_shows_what_the_confidence_promised_and_what_was_held_back(tmp_path: Path) -> None:
    rows = [
        {"id": "1", "source": "en", "confidence": 0.9, "answered": True, "supported_sentences": 2, "sentences": 2},
        {"id": "2", "source": "en", "confidence": 0.85, "answered": True, "supported_sentences": 1, "sentences": 2},
        {"id": "3", "source": "en", "confidence": 0.84, "answered": True, "supported_sentences": 1, "sentences": 1},
        {"id": "4", "source": "de", "answered": False, "kind": "left out", "supported_sentences": 1, "sentences": 1},
        {"id": "5", "source": "de", "status": "withheld", "available": True},
        {"id": "6", "source": "de", "status": "withheld", "available": False},
    ]
    (tmp_path / "answers_independent.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    (reading,) = load_readings(tmp_path)
    section, shares, checked = render_readings([reading])
    assert "another 100 questions" in section
    assert "| de | 2 | 1 | 0.000 | 1 | 1.000 |" in shares
    assert "| en | 2 | 2 | 1 | 0 | 0 |" in checked
    assert "| de | 0 | 0 | 0 | 2 | 1 |" in checked
