"""Scoring `emergency`: the urgency, and the conditions asserted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from medlfm.evaluate.gold import Case
from medlfm.evaluate.scores.shared import Answers, Report, binary_report, groups_of, share
from medlfm.scoring import class_report
from medlfm.spans import URGENCIES

__all__ = ["score_emergency"]


def score_emergency(cases: Sequence[Case], answers: Answers) -> Report:
    """Score {"urgency": ours, "emergencies": [asserted conditions]}, as far as the gold holds each."""
    report: Report = {"metrics": {}, "by_label": {}, "intervals": {}}
    wrong: set[int] = set()
    rated = [(case, answer) for case, answer in zip(cases, answers, strict=True) if "urgency" in case.gold]
    if rated:
        urgency = _urgency_report(rated)
        wrong |= set(urgency.pop("missed"))
        report |= urgency
    named = [(case, answer) for case, answer in zip(cases, answers, strict=True) if "emergencies" in case.gold]
    if named:
        gold = [set(case.gold["emergencies"]) for case, _ in named]
        found = [set(answer["emergencies"]) for _, answer in named]
        labels = sorted(set().union(*gold, *found))
        counts = np.array(
            [[[x in g, x in f, x in g and x in f] for x in labels] for g, f in zip(gold, found, strict=True)],
            dtype=float,
        ).reshape(len(named), len(labels), 3)
        conditions = binary_report(labels, counts, [], None)
        report["metrics"]["conditions"] = conditions["metrics"]
        report["by_label"] |= {f"condition:{name}": figures for name, figures in conditions["by_label"].items()}
        wrong |= {case.row for (case, _), g, f in zip(named, gold, found, strict=True) if g != f}
    return {**report, "missed": sorted(wrong)}


def _urgency_report(rated: Sequence[tuple[Case, dict[str, Any]]]) -> Report:
    gold = [case.gold["urgency"] for case, _ in rated]
    found = [case.gold["classes"].get(answer["urgency"], answer["urgency"]) for case, answer in rated]
    report = class_report(gold, found, groups=groups_of([case for case, _ in rated]))
    order = {name: level for level, name in enumerate(URGENCIES)} | {"self_care": 0, "non_emergency": 1, "emergency": 2}
    urgent = [name in ("emergency", "high", "critical") for name in gold]
    alarmed = [name in ("emergency", "high", "critical") for name in found]
    both = sum(one and other for one, other in zip(urgent, alarmed, strict=True))
    report["metrics"] |= {
        "emergency_recall": share(both, sum(urgent)),
        "emergency_precision": share(both, sum(alarmed)),
        "undertriage": share(sum(order[f] < order[g] for g, f in zip(gold, found, strict=True)), len(gold)),
        "overtriage": share(sum(order[f] > order[g] for g, f in zip(gold, found, strict=True)), len(gold)),
    }
    near = [one for (case, _), one in zip(rated, alarmed, strict=True) if case.gold.get("near_miss")]
    if near:
        report["metrics"]["near_miss_raised"] = share(sum(near), len(near))
    missed = [case.row for (case, _), g, f in zip(rated, gold, found, strict=True) if g != f]
    return {**report, "missed": missed}
