"""Safety watched in training: what is logged and plotted, and that a checkpoint that loses safety is not chosen."""

from __future__ import annotations

import json
import sys
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import torch

from medlfm.experts.examples import Example, make_examples
from medlfm.experts.options import Fitted
from medlfm.experts.probes import SafetyScore, safety_score
from medlfm.experts.trainable import Adapters
from medlfm.experts.training import Job, TrainOptions, fit, layers_for
from medlfm.experts.watching import Probes, WatchLog, svg
from medlfm.records.prepared import ROW
from medlfm.runtime.loading import Base, load_base
from medlfm.settings import load_settings
from medlfm.train import train
from tests.tiny import install_plugin, only_plugins_of, qa_row, tiny_model, write_run

OPTIONS = TrainOptions(max_steps=12, learning_rate=1e-2, eval_every=4, batch_size=4, patience=0)
KINDS = {"calibration", "emergency", "refusal"}


@pytest.fixture
def base(tmp_path: Path) -> Base:
    return load_base(str(tiny_model(tmp_path / "model")), load_settings(device="cpu"))


def rows(base: Base, first: int, count: int) -> list[Example]:
    return make_examples([ROW | qa_row(first + n, "x") for n in range(count)], base.tokenizer, 300)


def run(base: Base, place: Path, options: TrainOptions = OPTIONS, names: tuple[str, ...] = ("a",)) -> list[Fitted]:
    jobs = [
        Job(name=name, train=rows(base, 0, 16), validation=rows(base, 50, 4), target=place / name) for name in names
    ]
    return fit(base, jobs, options, work=place / "work", progress=lambda *_: None, log=place / "log")


def scripted(monkeypatch: pytest.MonkeyPatch, shares: list[float]) -> None:
    """Let the probes find these shares: the first before training, then one a checkpoint."""
    found: Iterator[float] = iter(shares)

    def score(model: Any, tokenizer: Any, batch_size: int = 8) -> SafetyScore:
        return SafetyScore(next(found), 0.0, {})

    monkeypatch.setattr("medlfm.experts.watching.safety_score", score)


def test_each_checkpoint_is_logged_with_its_losses_and_all_kinds_of_probes(base: Base, tmp_path: Path) -> None:
    fitted = run(base, tmp_path, names=("a", "b"))
    for name, one in zip(("a", "b"), fitted, strict=True):
        lines = [json.loads(line) for line in (tmp_path / "log" / f"{name}.jsonl").read_text().splitlines()]
        assert lines == one.watched
        assert [line["step"] for line in lines] == [4, 8, 12]
        assert [[line["step"], line["eval_loss"]] for line in lines] == one.curve
        assert all(set(line["safety"]["by_kind"]) == KINDS for line in lines)
        assert all(line["safe"] == (line["safety"]["share"] >= line["safety"]["before"] - 0.125) for line in lines)


def test_the_plot_is_an_image_of_both_curves_with_the_kept_step(base: Base, tmp_path: Path) -> None:
    (fitted,) = run(base, tmp_path)
    text = (tmp_path / "log" / "a.svg").read_text()
    lines = [item for item in ElementTree.fromstring(text) if item.tag.endswith("polyline")]
    assert [len(line.attrib["points"].split()) for line in lines] == [3, 3]
    assert f"kept: step {fitted.best_step}" in text


def test_a_checkpoint_that_loses_safety_is_not_chosen(
    base: Base, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scripted(monkeypatch, [0.75, 0.75, 0.5, 0.5])
    (fitted,) = run(base, tmp_path)
    losses = dict(fitted.curve)
    assert losses[12] < losses[4]
    assert (fitted.best_step, fitted.safe) == (4, True)
    assert fitted.eval_loss == pytest.approx(losses[4], abs=1e-3)


def test_a_safe_checkpoint_comes_before_an_earlier_one_that_lost_safety(
    base: Base, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scripted(monkeypatch, [0.75, 0.25, 0.25, 0.70])
    (fitted,) = run(base, tmp_path)
    assert (fitted.best_step, fitted.safe) == (12, True)


def test_where_all_lose_safety_the_best_is_kept_and_marked(
    base: Base, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scripted(monkeypatch, [1.0, 0.25, 0.25, 0.25])
    (fitted,) = run(base, tmp_path)
    assert fitted.best_step
    assert fitted.safe is False
    assert [row["safe"] for row in fitted.watched] == [False] * 3


def test_the_tolerance_is_that_of_the_gate(base: Base, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scripted(monkeypatch, [0.75, 0.625, 0.6, 0.625])
    (fitted,) = run(base, tmp_path)
    assert [row["safe"] for row in fitted.watched] == [True, False, True]


def test_unwatched_training_asks_no_probes_and_still_logs_losses(
    base: Base, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scripted(monkeypatch, [])
    options = TrainOptions(**{**vars(OPTIONS), "watch_safety": False})
    (fitted,) = run(base, tmp_path, options)
    assert fitted.safe is None
    assert [row["safety"] for row in fitted.watched] == [None] * 3
    assert (tmp_path / "log" / "a.svg").is_file()


def test_watching_changes_nothing_that_is_learned(base: Base, tmp_path: Path) -> None:
    (watched,) = run(base, tmp_path / "one")
    (unwatched,) = run(base, tmp_path / "two", TrainOptions(**{**vars(OPTIONS), "watch_safety": False}))
    assert watched.curve == unwatched.curve


def test_a_run_that_goes_on_logs_no_checkpoint_twice(base: Base, tmp_path: Path) -> None:
    run(base, tmp_path)
    (fitted,) = run(base, tmp_path, TrainOptions(**{**vars(OPTIONS), "max_steps": 20}))
    assert fitted.resumed == 12
    steps = [json.loads(line)["step"] for line in (tmp_path / "log" / "a.jsonl").read_text().splitlines()]
    assert steps == sorted(set(steps))
    assert steps[:3] == [4, 8, 12]


def test_probes_see_one_adapter_alone_or_none(base: Base) -> None:
    before = safety_score(base.model, base.tokenizer)
    adapters = Adapters(base.model, layers_for(base.model), 2, rank=4, alpha=8, dropout=0.0, seed=0)
    with adapters.attached(), torch.no_grad():
        probes = Probes(base, adapters)
        adapters.master[adapters.owner == 1] += 0.05
        scores = probes.scores([0, 1])
    assert probes.before == before
    assert scores[0].margin == pytest.approx(before.margin, abs=1e-4)  # B of a fresh adapter is zero
    assert scores[1].margin != pytest.approx(before.margin, abs=1e-4)


def test_event_files_are_written_where_tensorboard_is_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    noted: list[tuple[str, float, int]] = []

    class Writer:
        def __init__(self, log_dir: str) -> None:
            self.log_dir = log_dir

        def add_scalar(self, tag: str, value: float, step: int) -> None:
            noted.append((tag, value, step))

        def close(self) -> None:
            noted.append((Path(self.log_dir).name, 0.0, -1))

    module = ModuleType("torch.utils.tensorboard")
    module.SummaryWriter = Writer  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", module)
    safety = {"share": 0.75, "margin": 0.1, "by_kind": {"refusal": 1.0}, "before": 0.8}
    row = {"step": 4, "train_loss": 2.0, "eval_loss": None, "safety": safety, "safe": True}
    assert WatchLog(tmp_path, ["a"]).events([Fitted(watched=[row])])
    assert noted == [
        ("loss/train", 2.0, 4),
        ("safety/share", 0.75, 4),
        ("safety/margin", 0.1, 4),
        ("safety/refusal", 1.0, 4),
        ("a", 0.0, -1),
    ]


def test_without_tensorboard_no_event_file_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    assert not WatchLog(tmp_path, ["a"]).events([Fitted()])
    assert list(tmp_path.iterdir()) == []


def test_a_fit_without_checkpoints_has_a_plot_too() -> None:
    assert svg("a", Fitted()).startswith("<svg")


def test_train_says_where_the_log_lies(tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install_plugin(tmp_path / "site", "airways")
    only_plugins_of(tmp_path / "site", monkeypatch)
    prepared = write_run(
        tmp_path / "run",
        {split: [qa_row(first + n, "airways") for n in range(8)] for split, first in (("train", 0), ("test", 50))},
    )
    result = train(prepared, "airways", str(tiny_model(tmp_path / "model")), options=OPTIONS)
    assert result.log.is_relative_to(home / "runs" / "watch")
    assert {path.name for path in result.log.iterdir()} >= {"airways.jsonl", "airways.svg"}
    assert result.record["fit"]["watched"] == [
        json.loads(line) for line in (result.log / "airways.jsonl").read_text().splitlines()
    ]
