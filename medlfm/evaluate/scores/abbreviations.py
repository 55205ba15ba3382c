"""Scoring `abbreviations`: definitions in the text, or the long form of each span."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from medlfm.evaluate.gold import Case
from medlfm.evaluate.scores.shared import Answers, Report, binary_report, groups_of, plain, share

__all__ = ["score_abbreviations"]


def score_abbreviations(cases: Sequence[Case], answers: Answers) -> Report:
    """Score abbreviations: definitions as pairs of forms where the gold has pairs, else the long form of each span."""
    counts = np.zeros((len(cases), 1, 3))
    first: list[bool] = []
    listed: list[bool] = []
    missed = []
    for row, case, answer in zip(counts, cases, answers, strict=True):
        gold, found = _compared(case, answer)
        row[0] = len(gold), len(found), len(gold & found)
        if gold != found:
            missed.append(case.row)
        for span in case.gold.get("spans") or case.gold.get("marked", ()):
            if not span["long_form"]:
                continue
            candidates = _candidates_at(span, answer)
            first.append(candidates[:1] == [plain(span["long_form"])])
            listed.append(plain(span["long_form"]) in candidates)
    report = binary_report(["long_form"], counts, missed, groups_of(cases))
    report["metrics"] = report["by_label"].pop("long_form")
    report["intervals"] = {"f1": report["intervals"].get("long_form.f1")}
    if first:
        report["metrics"] |= {"ranked_first": share(sum(first), len(first)), "listed": share(sum(listed), len(listed))}
    return report


def _compared(case: Case, answer: dict[str, Any]) -> tuple[set[Any], set[Any]]:
    if "pairs" in case.gold:
        return _pairs(case, answer)
    if "spans" in case.gold:
        return _forms(case.gold["spans"], answer["spans"])
    # of what was found, only what touches a mark, at the mark's borders
    found = [
        {**mark, "long_form": span["long_form"]}
        for mark in case.gold["marked"]
        for span in answer["spans"]
        if span["start"] < mark["end"] and mark["start"] < span["end"]
    ]
    return _forms(case.gold["marked"], found)


def _pairs(case: Case, answer: dict[str, Any]) -> tuple[set[Any], set[Any]]:
    """Return gold and found (short form, long form), of the found only what the text defines."""
    text = plain(case.text)
    found = {(plain(span["short_form"]), plain(span["long_form"])) for span in answer["spans"] if span["long_form"]}
    return (
        {(plain(short), plain(long)) for short, long in case.gold["pairs"]},
        {(short, long) for short, long in found if long in text},
    )


def _forms(gold: Sequence[dict[str, Any]], found: Sequence[dict[str, Any]]) -> tuple[set[Any], set[Any]]:
    """Return gold and found (start, end, long form), of those that have a long form."""
    one, other = (
        {(span["start"], span["end"], plain(span["long_form"])) for span in spans if span["long_form"]}
        for spans in (gold, found)
    )
    return one, other


def _candidates_at(span: dict[str, Any], answer: dict[str, Any]) -> list[str]:
    for found in answer["spans"]:
        if found["start"] < span["end"] and span["start"] < found["end"]:
            names = [item if isinstance(item, str) else item["long"] for item in found["candidates"]]
            return [plain(name) for name in names]
    return []
