"""What the scores share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from medlfm.evaluate.gold import Case
from medlfm.scoring import bootstrap
from medlfm.scoring.intervals import Floats, ratio, rounded

__all__ = ["Answers", "Report", "binary_report", "groups_of", "plain", "share"]

Report = dict[str, Any]
Answers = Sequence[dict[str, Any]]


def groups_of(cases: Sequence[Case]) -> list[str] | None:
    """Return what a bootstrap draws together; None where the set names no groups."""
    return [case.group or f"row {case.row}" for case in cases] if any(case.group for case in cases) else None


def binary_report(names: Sequence[str], counts: Floats, missed: list[int], groups: list[str] | None) -> Report:
    """Report yes-or-no decisions; `counts` are gold, found and both, of the shape (cases, names, 3)."""
    sums = counts.sum(axis=0)
    by_label: dict[str, dict[str, Any]] = {
        name: {
            "gold": int(row[0]),
            "found": int(row[1]),
            "precision": rounded(float(ratio(row[2], row[1]))),
            "recall": rounded(float(ratio(row[2], row[0]))),
            "f1": rounded(float(_f1(row))),
        }
        for name, row in zip(names, sums, strict=True)
    }
    intervals = {
        f"{name}.f1": bootstrap(counts[:, place], _f1, groups=groups)
        for place, name in enumerate(names)
        if sums[place, 0] > 0
    }
    scores = [figures["f1"] for figures in by_label.values() if figures["gold"]]
    macro = round(sum(scores) / len(scores), 4) if scores else None
    return {"metrics": {"macro_f1": macro}, "by_label": by_label, "intervals": intervals, "missed": missed}


def _f1(sums: Floats) -> Floats:
    return ratio(2 * sums[..., 2], sums[..., 0] + sums[..., 1])


def plain(text: str) -> str:
    """Fold case and spaces."""
    return " ".join(text.casefold().split())


def share(part: float, whole: float) -> float | None:
    """Divide for a report; None where there is nothing to divide by."""
    return round(part / whole, 4) if whole else None
