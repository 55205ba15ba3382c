"""Scoring `medications`: the spans, and the values of those found."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from medlfm.evaluate.gold import Case
from medlfm.evaluate.scores.shared import Answers, Report, groups_of
from medlfm.scoring import ScoredText, span_report

__all__ = ["score_medications"]


def score_medications(cases: Sequence[Case], answers: Answers) -> Report:
    """Score {"spans": [(start, end, "DRUG")], "values": [{attribute: value}]}; values on spans that overlap."""
    documents = [
        ScoredText(case.gold["spans"], [tuple(span) for span in answer["spans"]], case.gold["ignored"], case.text)
        for case, answer in zip(cases, answers, strict=True)
    ]
    report = span_report(documents, groups=groups_of(cases))
    right: defaultdict[str, list[bool]] = defaultdict(list)
    for case, answer in zip(cases, answers, strict=True):
        for span, values in zip(case.gold["spans"], case.gold["values"] or [{}] * len(case.gold["spans"]), strict=True):
            found = _value_at(span, answer)
            for name, value in values.items():
                right[name].append(_same(found.get(name), value))
    report["metrics"]["values"] = {name: round(sum(hits) / len(hits), 4) for name, hits in sorted(right.items())}
    report["missed"] = [
        case.row
        for case, document in zip(cases, documents, strict=True)
        if span_report([document])["metrics"]["overlap"]["f1"] not in (None, 1.0)
    ]
    return report


def _value_at(span: Sequence[Any], answer: dict[str, Any]) -> dict[str, Any]:
    for found, values in zip(answer["spans"], answer["values"], strict=True):
        if found[0] < span[1] and span[0] < found[1]:
            return dict(values)
    return {}


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, str) and isinstance(other, str):
        return one.casefold() == other.casefold()
    return bool(one == other)
