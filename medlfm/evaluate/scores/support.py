"""Scoring `safety` on sentences beside a passage: what the passage doesn't say must not pass as supported."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np

from medlfm.evaluate.gold import Case
from medlfm.evaluate.scores.shared import Report, binary_report, groups_of, share

__all__ = ["score_support"]


def score_support(pairs: Sequence[tuple[Case, dict[str, Any]]]) -> Report:
    """Score {"supported": bool}: the unsupported are what is to be found, by what was changed in the sentence."""
    wrong = [not case.gold["supported"] for case, _ in pairs]
    caught = [not answer["supported"] for _, answer in pairs]
    counts = np.array([[[g, f, g and f]] for g, f in zip(wrong, caught, strict=True)], dtype=float)
    report = binary_report(["unsupported"], counts, [], groups_of([case for case, _ in pairs]))
    report["metrics"] = {f"unsupported_{name}": value for name, value in report["by_label"].pop("unsupported").items()}
    report["intervals"] = {"unsupported_f1": report["intervals"].get("unsupported.f1")}
    right: defaultdict[str, list[bool]] = defaultdict(list)
    for (case, _), one, other in zip(pairs, wrong, caught, strict=True):
        right[f"change:{case.gold['change'] or 'none'}"].append(one == other)
    report["by_label"] = {
        name: {"gold": len(hits), "right": share(sum(hits), len(hits))} for name, hits in sorted(right.items())
    }
    report["missed"] = [case.row for (case, _), one, other in zip(pairs, wrong, caught, strict=True) if one != other]
    return report
