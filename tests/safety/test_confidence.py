"""Confidence: features, and a calibrator that counts for what it was fitted with and nothing else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from medlfm.errors import ModelError
from medlfm.knowledge.passages import Passage
from medlfm.safety.confidence import FEATURES, Calibrator, collect, key_of


def written(path: Path, key: str, **changes: object) -> Path:
    data = {
        "key": key,
        "mean": dict.fromkeys(FEATURES, 0.0),
        "scale": dict.fromkeys(FEATURES, 1.0),
        "weights": {**dict.fromkeys(FEATURES, 0.0), "evidence_score": 4.0, "dropped": -4.0},
        "bias": -2.0,
        "languages": ["en"],
        "certified": {},
        **changes,
    }
    path.write_text(json.dumps(data))
    return path


def passage(title: str, score: float) -> Passage:
    text = "Gout is caused by crystals of uric acid."
    return Passage(title=title, text=text, lang="en", source="s", licence="l", category="causes", score=score)


def features(score: float = 0.9, dropped: int = 0, question: str = "What causes gout?") -> dict[str, float]:
    return collect(
        question=question,
        lang="en",
        passages=[passage("gout", score), passage("Gout", 0.8), passage("asthma", 0.4)],
        quoted=[0],
        logprobs=[-0.1, -0.5],
        supports=[1.0, 0.9],
        dropped=dropped,
        margin=1.0,
    )


def test_features_are_complete_and_the_lead_is_over_another_topic() -> None:
    found = features()
    assert tuple(found) == FEATURES
    assert found["evidence_lead"] == pytest.approx(0.5)
    assert found["logprob_least"] == -0.5
    assert found["type_fits"] == found["title_covered"] == 1.0
    assert found["title_extra"] == 0.0


def test_another_topic_and_another_kind_of_answer_are_told() -> None:
    found = features(question="How is pulmonary hypertension treated?")
    assert found["title_covered"] == found["type_fits"] == 0.0
    assert found["title_extra"] == 1.0


def test_features_of_an_empty_answer_are_numbers() -> None:
    found = collect(question="", lang="de", passages=[], quoted=[])
    assert all(isinstance(value, float) for value in found.values())


def test_the_shipped_calibrator_is_for_quoted_answers() -> None:
    calibrator = Calibrator.load(None, key_of("", {}))
    sure = features()
    other = {**sure, "title_covered": 0.5, "title_extra": 0.5, "title_exact": 0.0}
    assert calibrator.predict(other) < calibrator.predict(sure)
    assert calibrator.predict({**sure, "type_fits": 0.0}) < calibrator.predict(sure)
    with pytest.raises(ModelError, match="another base"):
        Calibrator.load(None, key_of("smollm2", {}))


def test_a_threshold_without_a_certified_bound_is_never_reached(tmp_path: Path) -> None:
    path = written(tmp_path / "c.json", key_of("", {}), certified={"0.85": 0.9})
    calibrator = Calibrator.load(path, key_of("", {}))
    assert calibrator.needed(0.85) == pytest.approx(0.9)
    assert calibrator.needed(0.5) == pytest.approx(0.55)
    assert calibrator.needed(0.95) > 1


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
