"""Scoring `routing`: whether the right expert is chosen, and whether none is where none fits."""

from __future__ import annotations

from collections.abc import Sequence

from medlfm.evaluate.gold import Case
from medlfm.evaluate.scores.shared import Answers, Report, groups_of, share
from medlfm.scoring import class_report

__all__ = ["score_routing"]

NONE = "(none)"  # in place of an expert: the core alone answers


def score_routing(cases: Sequence[Case], answers: Answers) -> Report:
    """Score {"experts": [ids, best first]}; where a case has several right experts, any of them is right."""
    gold, found, chosen = [], [], []
    for case, answer in zip(cases, answers, strict=True):
        right = case.gold["experts"] or [NONE]
        first = (answer["experts"] or [NONE])[0]
        gold.append(first if first in right else right[0])
        found.append(first)
        chosen.append(any(name in right for name in answer["experts"] or [NONE]))
    report = class_report(gold, found, groups=groups_of(cases))
    report["metrics"] |= {
        "among_chosen": share(sum(chosen), len(chosen)),
        "experts_per_case": share(sum(len(answer["experts"]) for answer in answers), len(answers)),
    }
    report["missed"] = [case.row for case, g, f in zip(cases, gold, found, strict=True) if g != f]
    return report
