"""How sure a figure is: bootstrap over documents, and the exact binomial interval."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

__all__ = ["Floats", "bootstrap", "clopper_pearson", "ratio", "rounded"]

Floats = NDArray[np.float64]


def bootstrap(
    counts: Floats,
    statistic: Callable[[Floats], Floats],
    *,
    groups: Sequence[Hashable] | None = None,
    samples: int = 1000,
    seed: int = 0,
    level: float = 0.95,
) -> list[float] | None:
    """Return the percentile interval [low, high] of a statistic of summed counts, drawing whole documents.

    `counts` has one row a document, of any further shape. `statistic` takes the sums, with the samples as first
    axis, and returns one value a sample (NaN where it is not defined). `groups` names what is drawn together, e.g.
    the patient or topic of each document. None with fewer than two units, or where no sample is defined.
    """
    units = _summed(counts, groups) if groups is not None else counts
    if len(units) < 2:
        return None
    generator = np.random.default_rng(seed)
    weights = generator.multinomial(len(units), np.full(len(units), 1 / len(units)), size=samples)
    sums = np.tensordot(weights.astype(np.float64), units, axes=1)
    values = statistic(sums)
    values = values[~np.isnan(values)]
    if not len(values):
        return None
    low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2])
    return [round(float(low), 4), round(float(high), 4)]


def _summed(counts: Floats, groups: Sequence[Hashable]) -> Floats:
    places = {group: place for place, group in enumerate(dict.fromkeys(groups))}
    units = np.zeros((len(places), *counts.shape[1:]))
    np.add.at(units, [places[group] for group in groups], counts)
    return units


def ratio(part: Floats, whole: Floats) -> Floats:
    """Divide; NaN where the whole is 0."""
    return np.divide(part, whole, out=np.full(np.shape(part), np.nan), where=np.asarray(whole) != 0)


def rounded(value: float | None) -> float | None:
    """Round to four places for a report; NaN becomes None."""
    return None if value is None or math.isnan(value) else round(value, 4)


def clopper_pearson(
    hits: int, trials: int, *, confidence: float = 0.95, side: Literal["both", "lower", "upper"] = "both"
) -> tuple[float, float]:
    """Return the exact binomial interval of a rate (Clopper & Pearson, Biometrika 1934).

    A one-sided bound leaves the other end at 0 or 1. Without trials nothing is known: (0, 1).
    """
    if not 0 <= hits <= trials:
        raise ValueError("hits must lie between 0 and trials")
    tail = (1 - confidence) / (2 if side == "both" else 1)
    low, high = 0.0, 1.0
    if side != "upper" and hits > 0:
        low = _beta_quantile(tail, hits, trials - hits + 1)
    if side != "lower" and hits < trials:
        high = _beta_quantile(1 - tail, hits + 1, trials - hits)
    return low, high


def _beta_quantile(probability: float, a: float, b: float) -> float:
    low, high = 0.0, 1.0
    for _ in range(60):  # halves to below 1e-18
        middle = (low + high) / 2
        if _beta_cdf(middle, a, b) < probability:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def _beta_cdf(x: float, a: float, b: float) -> float:
    """Regularised incomplete beta function, by its continued fraction (DLMF 8.17.22, modified Lentz)."""
    if x <= 0 or x >= 1:
        return 0.0 if x <= 0 else 1.0
    if x > (a + 1) / (a + b + 2):  # where the fraction converges fast
        return 1 - _beta_cdf(1 - x, b, a)
    front = math.exp(
        math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x) - math.log(a)
    )
    tiny = 1e-300
    c, d = 1.0, 1 / _nonzero(1 - (a + b) * x / (a + 1), tiny)
    result = d
    for m in range(1, 10_000):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for term in (even, odd):
            d = 1 / _nonzero(1 + term * d, tiny)
            c = _nonzero(1 + term / c, tiny)
            result *= c * d
        if abs(c * d - 1) < 1e-15:
            break
    return front * result


def _nonzero(value: float, tiny: float) -> float:
    return value if abs(value) > tiny else tiny
