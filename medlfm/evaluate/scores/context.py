"""Scoring `context`: each modifier, over the spans that the gold gives."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from medlfm.evaluate.gold import Case
from medlfm.evaluate.scores.shared import Answers, Report, binary_report, groups_of, share
from medlfm.spans import MODIFIERS

__all__ = ["score_context"]


# What is none of these is asserted; an uncertain finding still is.
_UNASSERTING = ("negated", "historical", "hypothetical", "family")


def score_context(cases: Sequence[Case], answers: Answers) -> Report:
    """Score {"modifiers": [{modifier: bool}]}, one for each gold span.

    A modifier that the gold is silent about is left out. `not_asserted` stands beside the modifiers where the gold
    says whether a finding is asserted, and is left out of the macro figure.
    """
    names = [name for name in (*MODIFIERS, "not_asserted") if any(name in _judged(s) for c in cases for s in _spans(c))]
    counts = np.zeros((len(cases), len(names), 3))  # gold, found, both
    missed = []
    for row, case, answer in zip(counts, cases, answers, strict=True):
        wrong = False
        for span, modifiers in zip(_spans(case), answer["modifiers"], strict=True):
            found = {**modifiers, "not_asserted": any(modifiers[name] for name in _UNASSERTING)}
            for name, gold in _judged(span).items():
                row[names.index(name)] += (gold, found[name], gold and found[name])
                wrong |= gold != found[name]
        if wrong:
            missed.append(case.row)
    report = binary_report(names, counts, missed, groups_of(cases))
    scores = [row["f1"] for name, row in report["by_label"].items() if name != "not_asserted" and row["gold"]]
    report["metrics"]["macro_f1"] = share(sum(scores), len(scores))
    return report


def _spans(case: Case) -> list[dict[str, Any]]:
    return list(case.gold["spans"])


def _judged(span: dict[str, Any]) -> dict[str, bool]:
    """Return what the gold says of a span, by the names of the report."""
    judged = {name: span[name] for name in MODIFIERS if name in span}
    return judged | ({"not_asserted": not span["asserted"]} if "asserted" in span else {})
