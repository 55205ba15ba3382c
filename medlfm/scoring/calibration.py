"""Whether a confidence of 0.85 is right 85 times in a hundred, and what holding back the unsure answers gains."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from medlfm.scoring.intervals import clopper_pearson, rounded

__all__ = ["auroc", "expected_calibration_error", "reliability", "risk_coverage", "selective"]


def expected_calibration_error(confidence: Sequence[float], correct: Sequence[bool], *, bins: int = 10) -> float | None:
    """Return the mean distance of confidence from accuracy over bins of equal width, weighted by their cases."""
    if not len(confidence):
        return None
    values, right = np.asarray(confidence, float), np.asarray(correct, float)
    places = np.minimum((values * bins).astype(int), bins - 1)
    gaps = [
        abs(values[places == place].mean() - right[places == place].mean()) * (places == place).mean()
        for place in range(bins)
        if (places == place).any()
    ]
    return float(sum(gaps))


def reliability(confidence: Sequence[float], correct: Sequence[bool], *, bins: int = 10) -> list[dict[str, float]]:
    """Return for each bin of equal width that holds cases: how many, their mean confidence, and the share right."""
    values, right = np.asarray(confidence, float), np.asarray(correct, float)
    places = np.minimum((values * bins).astype(int), bins - 1)
    return [
        {
            "cases": int((places == place).sum()),
            "confidence": round(float(values[places == place].mean()), 4),
            "right": round(float(right[places == place].mean()), 4),
        }
        for place in range(bins)
        if (places == place).any()
    ]


def auroc(confidence: Sequence[float], correct: Sequence[bool]) -> float | None:
    """Return the chance that a right case has a higher confidence than a wrong one; a tie counts half.

    None where all are right or all are wrong.
    """
    values, right = np.asarray(confidence, float), np.asarray(correct, bool)
    positive, negative = int(right.sum()), int((~right).sum())
    if not positive or not negative:
        return None
    _, places, counts = np.unique(values, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[places]
    return float((ranks[right].sum() - positive * (positive + 1) / 2) / (positive * negative))


def risk_coverage(confidence: Sequence[float], correct: Sequence[bool]) -> list[dict[str, float]]:
    """Return the share of cases at or above each distinct threshold, highest first, and their error."""
    values, right = np.asarray(confidence, float), np.asarray(correct, bool)
    order = np.argsort(-values, kind="stable")
    values, wrong = values[order], np.cumsum(~right[order])
    last = [place for place in range(len(values)) if place + 1 == len(values) or values[place + 1] < values[place]]
    return [
        {
            "threshold": float(values[place]),
            "coverage": (place + 1) / len(values),
            "risk": float(wrong[place] / (place + 1)),
        }
        for place in last
    ]


def selective(confidence: Sequence[float], correct: Sequence[bool], threshold: float) -> dict[str, Any]:
    """Return what a threshold promises and keeps: coverage, risk among the accepted, and its one-sided 95 % bound."""
    accepted = [right for value, right in zip(confidence, correct, strict=True) if value >= threshold]
    errors = accepted.count(False)
    return {
        "threshold": threshold,
        "accepted": len(accepted),
        "coverage": rounded(len(accepted) / len(confidence)) if len(confidence) else None,
        "risk": rounded(errors / len(accepted)) if accepted else None,
        "risk_bound": rounded(clopper_pearson(errors, len(accepted), side="upper")[1]) if accepted else None,
    }
