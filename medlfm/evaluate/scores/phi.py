"""Scoring `phi`: what leaks, then the spans with their labels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from medlfm.evaluate.gold import Case
from medlfm.evaluate.scores.shared import Answers, Report, groups_of
from medlfm.scoring import ScoredText, masking_report, span_report

__all__ = ["score_phi"]


def score_phi(cases: Sequence[Case], answers: Answers) -> Report:
    """Score {"spans": [(start, end, label)]}: masking first (what leaks), then spans with their labels."""
    documents = []
    for case, answer in zip(cases, answers, strict=True):
        merged = case.gold["merged"]
        found = [(start, end, merged.get(label, label)) for start, end, label in answer["spans"]]
        documents.append(ScoredText(case.gold["spans"], found, case.gold["ignored"], case.text))
    masking = masking_report(documents, groups=groups_of(cases))
    spans = span_report(documents, groups=groups_of(cases))
    return {
        "metrics": {"masking": masking["metrics"], **spans["metrics"]},
        "by_label": {
            label: {**figures, **_masked(masking["by_label"].get(label, {}))}
            for label, figures in spans["by_label"].items()
        },
        "intervals": {**_prefixed("masking", masking["intervals"]), **spans["intervals"]},
        "missed": [
            case.row
            for case, document in zip(cases, documents, strict=True)
            if document.gold and masking_report([document])["metrics"]["documents_fully_masked"] != 1
        ],
    }


def _masked(figures: dict[str, Any]) -> dict[str, Any]:
    return {"fully_masked": figures.get("fully_masked"), "fully_masked_interval": figures.get("interval")}


def _prefixed(prefix: str, values: dict[str, Any]) -> dict[str, Any]:
    return {f"{prefix}.{name}": value for name, value in values.items()}
