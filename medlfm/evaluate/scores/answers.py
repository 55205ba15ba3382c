"""Scoring `answers`: which documents are found and cited, what is answered, and whether confidence means something."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from medlfm.evaluate.gold import Case
from medlfm.evaluate.scores.shared import Answers, Report, groups_of, plain, share
from medlfm.scoring import auroc, bootstrap, expected_calibration_error, risk_coverage, selective
from medlfm.scoring.intervals import Floats, ratio, rounded

__all__ = ["score_answers"]

_TOP = 5


def score_answers(cases: Sequence[Case], answers: Answers) -> Report:
    """Score {"evidence": [{"url", "title", "quote"}], "status", "confidence", "text"}; for retrieval, evidence alone.

    An answer counts as right where it cites a document that the gold names: a stand-in for a reader's judgement,
    which no public set has for texts that it has not seen. The overlap of words with the reference is beside it.
    """
    right = [_found(case, answer, len(answer["evidence"])) for case, answer in zip(cases, answers, strict=True)]
    figures = {
        "document_first": [_found(case, answer, 1) for case, answer in zip(cases, answers, strict=True)],
        f"document_in_top_{_TOP}": [_found(case, answer, _TOP) for case, answer in zip(cases, answers, strict=True)],
        "answer_first": [_quoted(case, answer, 1) for case, answer in zip(cases, answers, strict=True)],
        f"answer_in_top_{_TOP}": [_quoted(case, answer, _TOP) for case, answer in zip(cases, answers, strict=True)],
    }
    metrics: dict[str, Any] = {"cases": len(cases)}
    intervals: dict[str, Any] = {}
    for name, hits in figures.items():
        metrics[name] = share(sum(hits), len(hits))
        counts = np.array([[1, hit] for hit in hits], dtype=float)
        intervals[name] = bootstrap(counts, _rate, groups=groups_of(cases))
    report: Report = {"metrics": metrics, "by_label": {}, "intervals": intervals}
    if any("status" in answer for answer in answers):
        _add_answers(report, cases, answers, right)
    report["missed"] = [case.row for case, hit in zip(cases, right, strict=True) if not hit]
    return report


def _rate(sums: Floats) -> Floats:
    return ratio(sums[:, 1], sums[:, 0])


def _found(case: Case, answer: dict[str, Any], top: int) -> bool:
    topic = plain(case.gold["topic"])
    return any(
        passage.get("url") in case.gold["urls"] or bool(topic and plain(passage.get("title") or "") == topic)
        for passage in answer["evidence"][:top]
    )


def _quoted(case: Case, answer: dict[str, Any], top: int) -> bool:
    """Tell whether a passage found, or quoted, stands in a reference answer."""
    references = [plain(reference) for reference in case.gold["answers"]]
    quotes = [plain(passage.get("quote") or "") for passage in answer["evidence"][:top]]
    return any(quote and quote in reference for quote in quotes for reference in references)


def _add_answers(report: Report, cases: Sequence[Case], answers: Answers, right: Sequence[bool]) -> None:
    statuses = Counter(answer["status"] for answer in answers)
    report["by_label"] = {f"status:{name}": {"found": count} for name, count in sorted(statuses.items())}
    shown = ("answered", "needs_review")  # the text of the others says why there is no answer
    overlaps = [
        max(_overlap(answer["text"], reference) for reference in case.gold["answers"])
        for case, answer in zip(cases, answers, strict=True)
        if case.gold["answers"] and answer["status"] in shown
    ]
    report["metrics"] |= {
        "coverage": share(statuses["answered"], len(answers)),
        "shown": share(sum(answer["status"] in shown for answer in answers), len(answers)),
        "word_f1": share(sum(overlaps), len(overlaps)),
    }
    rated = [(a["confidence"], hit) for a, hit in zip(answers, right, strict=True) if a["confidence"] is not None]
    if not rated:
        report["metrics"]["confidence"] = None
        report["reasons"] = {"confidence": "no answer has a confidence: there is no calibrator for this model yet"}
        return
    confidence, correct = [value for value, _ in rated], [hit for _, hit in rated]
    report["metrics"]["confidence"] = {
        "mean": share(sum(confidence), len(confidence)),
        "ece": rounded(expected_calibration_error(confidence, correct)),
        "auroc": rounded(auroc(confidence, correct)),
        "at_0.85": selective(confidence, correct, 0.85),
    }
    report["risk_coverage"] = risk_coverage(confidence, correct)


def _overlap(text: str, reference: str) -> float:
    one, other = Counter(_words(text)), Counter(_words(reference))
    both = sum((one & other).values())
    return 2 * both / (one.total() + other.total()) if both else 0.0


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())
