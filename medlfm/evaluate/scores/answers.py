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
    """Score {"evidence": [{"url", "title"}], "status", "confidence", "text"}; only evidence for retrieval alone.

    An answer counts as right where it cites a document that the gold names: a stand-in for a reader's judgement,
    which no public set has for texts that it has not seen. The overlap of words with the reference is beside it.
    """
    right = [_found(case, answer, len(answer["evidence"])) for case, answer in zip(cases, answers, strict=True)]
    hits = np.array(
        [[1, _found(case, answer, 1), _found(case, answer, _TOP)] for case, answer in zip(cases, answers, strict=True)],
        dtype=float,
    )
    groups = groups_of(cases)
    metrics: dict[str, Any] = {"cases": len(cases)}
    intervals: dict[str, Any] = {}
    for column, name in ((1, "document_first"), (2, f"document_in_top_{_TOP}")):
        metrics[name] = rounded(float(ratio(hits[:, column].sum(), hits[:, 0].sum())))
        intervals[name] = bootstrap(hits[:, [0, column]], _rate, groups=groups)
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


def _add_answers(report: Report, cases: Sequence[Case], answers: Answers, right: Sequence[bool]) -> None:
    statuses = Counter(answer["status"] for answer in answers)
    report["by_label"] = {f"status:{name}": {"found": count} for name, count in sorted(statuses.items())}
    overlaps = [
        max(_overlap(answer["text"], reference) for reference in case.gold["answers"])
        for case, answer in zip(cases, answers, strict=True)
        if case.gold["answers"] and answer["text"]
    ]
    report["metrics"] |= {
        "coverage": share(statuses["answered"], len(answers)),
        "with_text": share(sum(bool(answer["text"]) for answer in answers), len(answers)),
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
