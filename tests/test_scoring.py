from __future__ import annotations

import json
import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from medlfm.scoring import (
    ScoredText,
    auroc,
    bootstrap,
    class_report,
    clopper_pearson,
    expected_calibration_error,
    masking_report,
    risk_coverage,
    selective,
    span_report,
)

A, B, C = (0, 4, "NAME"), (5, 9, "DATE"), (10, 14, "NAME")


@pytest.mark.parametrize(
    ("gold", "found", "strict", "overlap"),
    [
        ([A, B], [A, B], (1.0, 1.0, 1.0), (1.0, 1.0, 1.0)),
        ([A, B], [A], (1.0, 0.5, 0.6667), (1.0, 0.5, 0.6667)),
        ([A], [A, C], (0.5, 1.0, 0.6667), (0.5, 1.0, 0.6667)),
        ([A], [(1, 4, "NAME")], (0.0, 0.0, 0.0), (1.0, 1.0, 1.0)),
        ([A], [(0, 4, "DATE")], (0.0, 0.0, 0.0), (0.0, 0.0, 0.0)),
        ([A], [(4, 6, "NAME")], (0.0, 0.0, 0.0), (0.0, 0.0, 0.0)),  # only touches the border
        ([A, C], [(0, 14, "NAME")], (0.0, 0.0, 0.0), (1.0, 1.0, 1.0)),
        ([A], [A, A], (0.5, 1.0, 0.6667), (1.0, 1.0, 1.0)),  # a find counts once
        ([A], [], (None, 0.0, 0.0), (None, 0.0, 0.0)),
        ([], [A], (0.0, None, 0.0), (0.0, None, 0.0)),
        ([], [], (None, None, None), (None, None, None)),
    ],
)
def test_spans_are_scored_strictly_and_by_overlap(gold, found, strict, overlap) -> None:  # type: ignore[no-untyped-def]
    metrics = span_report([ScoredText(gold, found)])["metrics"]
    for mode, wanted in (("strict", strict), ("overlap", overlap)):
        assert tuple(metrics[mode][name] for name in ("precision", "recall", "f1")) == wanted


def test_micro_counts_spans_and_macro_counts_labels() -> None:
    report = span_report([ScoredText([A, C, B], [A, C])])
    assert report["metrics"]["strict"]["recall"] == 0.6667
    assert report["metrics"]["strict"]["macro_f1"] == 0.5
    assert report["by_label"]["DATE"]["strict"] == {"precision": None, "recall": 0.0, "f1": 0.0}
    assert report["by_label"]["NAME"]["gold"] == report["by_label"]["NAME"]["found"] == 2


def test_the_untyped_score_leaves_the_label_out() -> None:
    report = span_report([ScoredText([A], [(0, 4, "ID")])])
    assert report["metrics"]["untyped"]["strict"]["f1"] == 1.0
    assert report["metrics"]["strict"]["f1"] == 0.0


def test_a_find_in_an_ignored_stretch_is_neither_right_nor_wrong() -> None:
    report = span_report([ScoredText([A], [A, (20, 24, "NAME")], ignored=[(18, 30)])])
    assert report["metrics"]["strict"]["precision"] == 1.0
    assert report["metrics"]["found"] == 1


def test_intervals_hold_the_figure_and_repeat_exactly() -> None:
    random.seed(1)
    documents = [ScoredText([A, B], [A] if random.random() < 0.5 else [A, B]) for _ in range(80)]
    report = span_report(documents)
    low, high = report["intervals"]["strict.recall"]
    assert low < report["metrics"]["strict"]["recall"] < high
    assert report == span_report(documents)
    json.dumps(report)


def test_documents_of_one_group_are_drawn_together() -> None:
    documents = [ScoredText([A], [A] if number < 50 else []) for number in range(100)]
    alone = span_report(documents)["intervals"]["strict.recall"]
    grouped = span_report(documents, groups=[number // 25 for number in range(100)])["intervals"]["strict.recall"]
    assert grouped[1] - grouped[0] > alone[1] - alone[0]
    assert span_report(documents, groups=["one"] * 100)["intervals"]["strict.recall"] is None


def test_bootstrap_agrees_with_the_normal_interval_of_a_mean() -> None:
    hits = np.array([[1.0]] * 300 + [[0.0]] * 700)
    low, high = bootstrap(hits, lambda sums: sums[:, 0] / 1000, samples=4000) or (0, 0)
    assert (low, high) == pytest.approx((0.2716, 0.3284), abs=0.003)


TEXT = "Erika Muster, 3.4."


@pytest.mark.parametrize(
    ("found", "characters", "entities", "documents"),
    [
        ([(0, 12, "NAME"), (14, 18, "DATE")], 1.0, 1.0, 1.0),
        ([(0, 12, "ID"), (14, 18, "ID")], 1.0, 1.0, 1.0),  # the label does not matter
        ([(0, 5, "NAME"), (6, 12, "NAME"), (14, 17, "DATE")], 1.0, 1.0, 1.0),  # a space and a dot leak nothing
        ([(0, 12, "NAME")], 0.8462, 0.5, 0.0),
        ([(0, 5, "NAME"), (14, 18, "DATE")], 0.5385, 0.5, 0.0),
        ([], 0.0, 0.0, 0.0),
    ],
)
def test_masking_counts_what_stays_readable(found, characters, entities, documents) -> None:  # type: ignore[no-untyped-def]
    gold = [(0, 12, "NAME"), (14, 18, "DATE")]
    metrics = masking_report([ScoredText(gold, found, text=TEXT)])["metrics"]
    assert metrics["character_recall"] == characters
    assert metrics["entities_fully_masked"] == entities
    assert metrics["documents_fully_masked"] == documents
    assert metrics["leaked_characters"] == round((1 - characters) * 13)


def test_a_document_without_phi_is_not_counted_as_masked() -> None:
    metrics = masking_report([ScoredText([], [(0, 5, "NAME")], text=TEXT), ScoredText([(0, 5, "NAME")], [])])["metrics"]
    assert metrics["documents_with_phi"] == 1
    assert metrics["documents_fully_masked"] == 0.0
    assert metrics["character_precision"] == 0.0


def test_words_lost_are_counted_where_no_phi_stands() -> None:
    text = "Herr Ost, Leber groß"
    found = [(5, 8, "NAME"), (10, 13, "NAME")]  # "Ost" is PHI; of "Leber" a part is masked
    metrics = masking_report([ScoredText([(5, 8, "NAME")], found, text=text)])["metrics"]
    assert metrics["utility_loss"] == round(1 / 3, 4)
    ignored = masking_report([ScoredText([(5, 8, "NAME")], found, [(10, 15)], text)])["metrics"]
    assert ignored["utility_loss"] == 0.0


def test_class_figures_agree_with_those_counted_by_hand() -> None:
    report = class_report(["a", "a", "a", "b", "c"], ["a", "a", "b", "b", "d"])
    assert report["metrics"] == {"cases": 5, "accuracy": 0.6, "macro_f1": 0.4889}
    assert report["by_label"]["a"] == {"gold": 3, "found": 2, "precision": 1.0, "recall": 0.6667, "f1": 0.8}
    assert report["by_label"]["d"]["recall"] is None
    assert report["confusion"] == {"a": {"a": 2, "b": 1}, "b": {"b": 1}, "c": {"d": 1}}


def test_no_case_gives_no_figure() -> None:
    assert class_report([], [])["metrics"] == {"cases": 0, "accuracy": None, "macro_f1": None}


@pytest.mark.parametrize(
    ("hits", "trials", "low", "high"),
    [  # the first four from published tables and R's binom.test, the last two in closed form
        (0, 10, 0.0, 0.30849710781876083),
        (5, 10, 0.18708602844739858, 0.8129139715526014),
        (1, 20, 0.0012650894979498, 0.24873276514901676),
        (10, 10, 0.6915028921812392, 1.0),
        (0, 1000, 0.0, 1 - 0.025 ** (1 / 1000)),
        (0, 0, 0.0, 1.0),
    ],
)
def test_the_exact_interval_has_the_known_values(hits: int, trials: int, low: float, high: float) -> None:
    assert clopper_pearson(hits, trials) == pytest.approx((low, high), abs=1e-7)


@given(st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n - 1), st.just(n))))
def test_the_upper_bound_is_where_so_few_hits_become_unlikely(case: tuple[int, int]) -> None:
    from math import comb

    hits, trials = case
    _, high = clopper_pearson(hits, trials, side="upper")
    tail = sum(comb(trials, k) * high**k * (1 - high) ** (trials - k) for k in range(hits + 1))
    assert tail == pytest.approx(0.05, abs=1e-6)


def test_one_sided_bounds_leave_the_other_end_open() -> None:
    assert clopper_pearson(3, 20, side="upper")[0] == 0.0
    assert clopper_pearson(3, 20, side="lower")[1] == 1.0
    with pytest.raises(ValueError, match="hits must lie"):
        clopper_pearson(3, 2)


def test_calibration_error_is_the_gap_between_confidence_and_accuracy() -> None:
    assert expected_calibration_error([0.8] * 10, [True] * 8 + [False] * 2) == pytest.approx(0.0)
    assert expected_calibration_error([0.9] * 4 + [0.1] * 4, [False] * 4 + [True] * 4) == pytest.approx(0.9)
    assert expected_calibration_error([1.0, 1.0], [True, False]) == pytest.approx(0.5)
    assert expected_calibration_error([], []) is None


@pytest.mark.parametrize(
    ("confidence", "correct", "value"),
    [
        ([0.9, 0.8, 0.3], [True, True, False], 1.0),
        ([0.1, 0.8, 0.9], [True, False, False], 0.0),
        ([0.5, 0.5], [True, False], 0.5),
        ([0.9, 0.5, 0.5, 0.1], [True, True, False, False], 0.875),
        ([0.5, 0.6], [True, True], None),
    ],
)
def test_auroc_counts_ties_half(confidence: list[float], correct: list[bool], value: float | None) -> None:
    assert auroc(confidence, correct) == value


def test_risk_falls_where_the_unsure_are_wrong() -> None:
    points = risk_coverage([0.9, 0.9, 0.5, 0.1], [True, True, True, False])
    assert [(p["threshold"], p["coverage"], p["risk"]) for p in points] == [
        (0.9, 0.5, 0.0),
        (0.5, 0.75, 0.0),
        (0.1, 1.0, 0.25),
    ]


def test_a_threshold_that_accepts_nothing_has_no_risk() -> None:
    assert selective([0.5], [True], 0.85) == {
        "threshold": 0.85,
        "accepted": 0,
        "coverage": 0.0,
        "risk": None,
        "risk_bound": None,
    }
    kept = selective([0.9] * 59 + [0.2], [True] * 59 + [False], 0.85)
    assert (kept["risk"], kept["risk_bound"]) == (0.0, 0.0495)  # 1 - 0.05 ** (1 / 59)
