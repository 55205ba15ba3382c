"""The benchmark that trains all experts, on a tiny model; and its page."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.train_gpu import make_parser, measure
from benchmarks.training_report import render_training
from tests.tiny import qa_row, tiny_model, write_run


@pytest.mark.slow
def test_all_experts_are_trained_and_scored_on_each_other_s_rows(tmp_path: Path) -> None:
    model = tiny_model(tmp_path / "model")
    rows = {
        split: [qa_row(first + n, name) for name in ("neurology", "oncology") for n in range(count)]
        for split, first, count in (("train", 0, 24), ("validation", 100, 6), ("test", 200, 10))
    }
    rows["train"] = rows["train"][4:]  # neurology has fewer
    run = write_run(tmp_path / "run", rows)
    flags = [
        "--run",
        str(run),
        "--base",
        str(model),
        "--batch-size",
        "4",
        "--eval-every",
        "5",
        "--rank",
        "16",
        "--shared",
    ]
    flags += ["--learning-rate", "1e-2", "--core-rank", "0", "--shared-rows", "0"]
    result = measure(make_parser().parse_args(flags), tmp_path / "home")
    first, second = result["experts"]
    assert (first["expert"], first["train_rows"], first["control"]) == ("neurology", 20, "oncology")
    assert (second["expert"], second["train_rows"], second["control"]) == ("oncology", 24, "neurology")
    assert first["held_out"] == {"rows": 10, "topics": 10}
    assert set(first["losses"]) == {"base", "core", "neurology", "oncology"}
    assert set(result["shared"]["losses"]) == {"neurology", "oncology"}
    assert first["losses"]["neurology"] < first["losses"]["base"]
    assert first["against_base"][1] < 0
    assert set(result["failed"]) >= {"cardiology", "radiology"}
    assert "| neurology | 20 | 10 |" in render_training(result)
