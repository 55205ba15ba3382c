"""Scoring `safety` on medication orders: what is wrong must be flagged, what is right let through."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from medlfm.evaluate.gold import Case
from medlfm.evaluate.scores.shared import Report, binary_report, groups_of, share
from medlfm.scoring import class_report

__all__ = ["score_orders"]


def score_orders(pairs: Sequence[tuple[Case, dict[str, Any]]]) -> Report:
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
    false_alarms = sum(f and not g for g, f in zip(should, flagged, strict=True))
    report["metrics"] = {
        "orders": len(pairs),
        "unknown_drug": share(sum(unknown), len(pairs)),
        "false_alarm_rate": share(false_alarms, should.count(False)),
        **report["by_label"]["flagged"],
    }
    if all("verdict" in case.gold for case, _ in pairs):
        _add_verdicts(report, pairs)
    noticed = sum(g and m for g, m in zip(should, mentioned, strict=True))
    report["metrics"]["mentioned"] = share(noticed, sum(should))
    known = [(g, f) for g, f, u in zip(should, flagged, unknown, strict=True) if not u]
    report["metrics"]["recall_of_known"] = share(sum(g and f for g, f in known), sum(g for g, _ in known))
    report["missed"] = [case.row for (case, _), g, f in zip(pairs, should, flagged, strict=True) if g != f]
    return report


def _add_verdicts(report: Report, pairs: Sequence[tuple[Case, dict[str, Any]]]) -> None:
    verdicts = class_report(
        [case.gold["verdict"] for case, _ in pairs],
        [answer["verdict"] for _, answer in pairs],
        groups=groups_of([case for case, _ in pairs]),
    )
    report["metrics"] |= {f"verdict_{name}": verdicts["metrics"][name] for name in ("accuracy", "macro_f1")}
    report["intervals"] |= {f"verdict_{name}": interval for name, interval in verdicts["intervals"].items()}
    report["by_label"] |= {f"verdict:{name}": figures for name, figures in verdicts["by_label"].items()}
