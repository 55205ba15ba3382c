"""Confidence: features, and a calibrator that counts for what it was fitted with and nothing else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from medlfm.errors import ModelError
from medlfm.safety.confidence import FEATURES, Calibrator, collect, key_of


def written(path: Path, key: str, **changes: object) -> Path:
    data = {
        "key": key,
        "mean": dict.fromkeys(FEATURES, 0.0),
        "scale": dict.fromkeys(FEATURES, 1.0),
        "weights": {**dict.fromkeys(FEATURES, 0.0), "evidence_score": 4.0, "dropped": -4.0},
        "bias": -2.0,
        **changes,
    }
    path.write_text(json.dumps(data))
    return path


def features(score: float = 0.9, dropped: int = 0) -> dict[str, float]:
    return collect(
        logprobs=[-0.1, -0.5],
        passages=[("gout", score), ("Gout", 0.8), ("asthma", 0.4)],
        supports=[1.0, 0.9],
        dropped=dropped,
        margin=1.0,
        flags=0,
        lang="en",
    )


def test_features_are_complete_and_the_lead_is_over_another_topic() -> None:
    found = features()
    assert tuple(found) == FEATURES
    assert found["evidence_lead"] == pytest.approx(0.5)
    assert found["logprob_least"] == -0.5


def test_features_of_an_empty_answer_are_numbers() -> None:
    found = collect(logprobs=[], passages=[], supports=[], dropped=0, margin=0.0, flags=0, lang="de")
    assert all(isinstance(value, float) for value in found.values())


def test_a_calibrator_orders_answers(tmp_path: Path) -> None:
    calibrator = Calibrator.load(written(tmp_path / "c.json", key_of("", {})), key_of("", {}))
    good, worse, bad = (calibrator.predict(features(*values)) for values in ((0.9, 0), (0.5, 0), (0.5, 2)))
    assert 0 < bad < worse < good < 1


@pytest.mark.parametrize(("base", "experts"), [("other", {}), ("", {"cardiology": "1.0"})])
def test_a_stale_calibrator_is_refused(tmp_path: Path, base: str, experts: dict[str, str]) -> None:
    path = written(tmp_path / "c.json", key_of("", {}))
    with pytest.raises(ModelError, match="another base"):
        Calibrator.load(path, key_of(base, experts))


@pytest.mark.parametrize("changes", [{"weights": {}}, {"bias": "much"}, {"mean": None}])
def test_a_damaged_calibrator_is_refused(tmp_path: Path, changes: dict[str, object]) -> None:
    path = written(tmp_path / "c.json", "key", **changes)
    with pytest.raises(ModelError, match="can't be read"):
        Calibrator.load(path, "key")
