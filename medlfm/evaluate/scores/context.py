"""Scoring `context`: each modifier, over the spans that the gold gives."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from medlfm.evaluate.gold import Case
from medlfm.evaluate.scores.shared import Answers, Report, binary_report, groups_of
from medlfm.spans import MODIFIERS

__all__ = ["score_context"]


def score_context(cases: Sequence[Case], answers: Answers) -> Report:
    """Score {"modifiers": [{modifier: bool}]}, one for each gold span.

    A modifier that the gold is silent about is left out.
    """
    names = [name for name in MODIFIERS if any(name in span for case in cases for span in case.gold["spans"])]
    counts = np.zeros((len(cases), len(names), 3))  # gold, found, both
    missed = []
    for row, case, answer in zip(counts, cases, answers, strict=True):
        wrong = False
        for span, found in zip(case.gold["spans"], answer["modifiers"], strict=True):
            for place, name in enumerate(names):
                if name in span:
                    gold, guess = span[name], found[name]
                    row[place] += (gold, guess, gold and guess)
                    wrong |= gold != guess
        if wrong:
            missed.append(case.row)
    return binary_report(names, counts, missed, groups_of(cases))
