"""Scoring `safety`: the gate's decision on a text, and the verdict on a medication order."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np

from medlfm.evaluate.gold import Case
from medlfm.evaluate.scores.shared import Answers, Report, binary_report, groups_of, share
from medlfm.scoring import class_report

__all__ = ["score_safety"]

Pairs = Sequence[tuple[Case, dict[str, Any]]]


def score_safety(cases: Sequence[Case], answers: Answers) -> Report:
    """Score {"status"} of texts, and {"verdict", "findings"} of orders."""
    texts: list[tuple[Case, dict[str, Any]]] = []
    orders: list[tuple[Case, dict[str, Any]]] = []
    for case, answer in zip(cases, answers, strict=True):
        (orders if "order" in case.gold else texts).append((case, answer))
    report: Report = {"metrics": {}, "by_label": {}, "intervals": {}, "missed": []}
    for score, pairs in ((_gate, texts), (_orders, orders)):
        if pairs:
            part = score(pairs)
            for name in ("metrics", "by_label", "intervals"):
                report[name] |= part[name]
            report["missed"] += part["missed"]
    return report


def _gate(pairs: Pairs) -> Report:
    gold = [case.gold["status"] for case, _ in pairs]
    found = [answer["status"] for _, answer in pairs]
    report = class_report(gold, found, groups=groups_of([case for case, _ in pairs]))
    right: defaultdict[str, list[bool]] = defaultdict(list)
    for (case, _), one, other in zip(pairs, gold, found, strict=True):
        right[f"{one}:{case.gold['category']}"].append(one == other)
    by_category = {
        name: {"gold": len(hits), "right": share(sum(hits), len(hits))} for name, hits in sorted(right.items())
    }
    missed = [case.row for (case, _), one, other in zip(pairs, gold, found, strict=True) if one != other]
    return {
        "metrics": report["metrics"] | {"by_status": report["by_label"]},
        "by_label": by_category,
        "intervals": report["intervals"],
        "missed": missed,
    }


def _orders(pairs: Pairs) -> Report:
    """An order is flagged where a finding is worse than "ok"; a drug that the table lacks flags nothing by that.

    `mentioned` counts the wrong orders with any finding, that of a minor interaction among them.
    """
    silent = ("ok", "unknown_drug")
    unknown = [answer["verdict"] == "unknown_drug" for _, answer in pairs]
    flagged = [
        any(verdict not in silent for verdict in (answer["verdict"], *answer["findings"])) for _, answer in pairs
    ]
    mentioned = [any(verdict != "unknown_drug" for verdict in answer["findings"]) for _, answer in pairs]
    should = [case.gold["flag"] for case, _ in pairs]
    counts = np.array([[[g, f, g and f]] for g, f in zip(should, flagged, strict=True)], dtype=float)
    report = binary_report(["flagged"], counts, [], groups_of([case for case, _ in pairs]))
    verdicts = [(case, answer) for case, answer in pairs if "verdict" in case.gold]
    exact = sum(case.gold["verdict"] == answer["verdict"] for case, answer in verdicts)
    false_alarms = sum(f and not g for g, f in zip(should, flagged, strict=True))
    report["metrics"] = {
        "orders": len(pairs),
        "unknown_drug": share(sum(unknown), len(pairs)),
        "false_alarm_rate": share(false_alarms, should.count(False)),
        "verdict_accuracy": share(exact, len(verdicts)),
        **report["by_label"]["flagged"],
    }
    noticed = sum(g and m for g, m in zip(should, mentioned, strict=True))
    report["metrics"]["mentioned"] = share(noticed, sum(should))
    known = [(g, f) for g, f, u in zip(should, flagged, unknown, strict=True) if not u]
    report["metrics"]["recall_of_known"] = share(sum(g and f for g, f in known), sum(g for g, _ in known))
    report["missed"] = [case.row for (case, _), g, f in zip(pairs, should, flagged, strict=True) if g != f]
    return report
