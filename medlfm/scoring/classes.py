"""One class a case: accuracy, precision, recall and F1 by class, and the confusion between them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np

from medlfm.scoring.intervals import Floats, bootstrap, ratio, rounded

__all__ = ["class_report"]


def class_report(
    gold: Sequence[str], found: Sequence[str], *, groups: Sequence[Hashable] | None = None
) -> dict[str, Any]:
    """Score all cases: {"metrics", "by_label", "intervals", "confusion": {gold: {found: cases}}}.

    `macro_f1` is the mean over the classes in the gold.
    """
    labels = sorted({*gold, *found})
    places = {label: place for place, label in enumerate(labels)}
    counts = np.zeros((len(gold), len(labels), 3))  # gold, found, both
    for row, right, guess in zip(counts, gold, found, strict=True):
        row[places[right], 0] += 1
        row[places[guess], 1] += 1
        row[places[right], 2] += right == guess
    sums = counts.sum(axis=0)
    return {
        "metrics": {
            "cases": len(gold),
            "accuracy": rounded(float(_accuracy(sums[None])[0])),
            "macro_f1": rounded(float(_macro(sums[None])[0])),
        },
        "by_label": {label: _figures(row) for label, row in zip(labels, sums, strict=True)},
        "intervals": {
            "accuracy": bootstrap(counts, _accuracy, groups=groups),
            "macro_f1": bootstrap(counts, _macro, groups=groups),
        },
        "confusion": _confusion(gold, found),
    }


def _accuracy(sums: Floats) -> Floats:
    return ratio(sums[..., 2].sum(-1), sums[..., 0].sum(-1))


def _macro(sums: Floats) -> Floats:
    present = sums[..., 0] > 0
    return ratio(np.where(present, _f1(sums), 0).sum(-1), present.sum(-1).astype(np.float64))


def _f1(sums: Floats) -> Floats:
    # 2 TP / (gold + found) is the same as the harmonic mean of precision and recall
    return np.nan_to_num(ratio(2 * sums[..., 2], sums[..., 0] + sums[..., 1]))


def _figures(row: Floats) -> dict[str, Any]:
    return {
        "gold": int(row[0]),
        "found": int(row[1]),
        "precision": rounded(float(ratio(row[2], row[1]))),
        "recall": rounded(float(ratio(row[2], row[0]))),
        "f1": rounded(float(_f1(row))),
    }


def _confusion(gold: Sequence[str], found: Sequence[str]) -> dict[str, dict[str, int]]:
    pairs = Counter(zip(gold, found, strict=True))
    return {
        right: {guess: count for (own, guess), count in sorted(pairs.items()) if own == right}
        for right in sorted({*gold})
    }
