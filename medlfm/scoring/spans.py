"""Precision, recall and F1 of found spans: strict (both borders and the label) and overlap (one shared character)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from medlfm.scoring.intervals import Floats, bootstrap, ratio, rounded

__all__ = ["Labelled", "ScoredText", "span_report"]

Labelled = tuple[int, int, str]  # [start, end) in characters, label

_GOLD, _FOUND, _GOLD_HIT, _FOUND_HIT = range(4)


@dataclass(frozen=True)
class ScoredText:
    """One document: what should be found, what was, and stretches in which a find is neither right nor wrong."""

    gold: Sequence[Labelled]
    found: Sequence[Labelled]
    ignored: Sequence[tuple[int, int]] = ()
    text: str = ""

    def counted(self) -> list[Labelled]:
        """Return what was found, without what lies in an ignored stretch and touches no gold span."""
        return [
            span
            for span in self.found
            if not any(_touch(span, stretch) for stretch in self.ignored)
            or any(_touch(span, gold) for gold in self.gold)
        ]


def _touch(one: Sequence[Any], other: Sequence[Any]) -> bool:
    return bool(one[0] < other[1] and other[0] < one[1])


def span_report(documents: Sequence[ScoredText], *, groups: Sequence[Hashable] | None = None) -> dict[str, Any]:
    """Score all documents: {"metrics", "by_label", "intervals"}, all JSON data.

    Micro figures count every span, `macro_f1` is the mean over the labels in the gold, `untyped` leaves the label
    out. Intervals are bootstrapped over documents (or `groups` of them).
    """
    labels = sorted({span[2] for document in documents for span in (*document.gold, *document.found)})
    metrics: dict[str, Any] = {}
    intervals: dict[str, list[float] | None] = {}
    by_label: dict[str, Any] = {label: {} for label in labels}
    for mode in ("strict", "overlap"):
        counts = _counts(documents, labels, strict=mode == "strict")
        sums = counts.sum(axis=0)
        metrics[mode] = {**_figures(sums.sum(axis=0)), "macro_f1": rounded(float(_macro(sums[None])[0]))}
        for name, statistic in (("precision", _precision), ("recall", _recall), ("f1", _f1), ("macro_f1", _macro)):
            intervals[f"{mode}.{name}"] = bootstrap(counts, statistic, groups=groups)
        for label, row in zip(labels, sums, strict=True):
            by_label[label] |= {"gold": int(row[_GOLD]), "found": int(row[_FOUND]), mode: _figures(row)}
        bare = [_without_labels(document) for document in documents]
        metrics.setdefault("untyped", {})[mode] = _figures(
            _counts(bare, [""], strict=mode == "strict").sum(axis=(0, 1))
        )
    metrics["gold"] = sum(len(document.gold) for document in documents)
    metrics["found"] = sum(len(document.counted()) for document in documents)
    return {"metrics": metrics, "by_label": by_label, "intervals": intervals}


def _without_labels(document: ScoredText) -> ScoredText:
    return ScoredText(
        [(start, end, "") for start, end, _ in document.gold],
        [(start, end, "") for start, end, _ in document.found],
        document.ignored,
    )


def _counts(documents: Sequence[ScoredText], labels: Sequence[str], *, strict: bool) -> Floats:
    """Count gold, found, and the hits of each: shape (documents, labels, 4)."""
    places = {label: place for place, label in enumerate(labels)}
    counts = np.zeros((len(documents), len(labels), 4))
    for row, document in zip(counts, documents, strict=True):
        found = document.counted()
        if strict:
            hits = list((Counter(document.gold) & Counter(found)).elements())
            gold_hits, found_hits = hits, hits
        else:
            gold_hits, found_hits = _overlapping(document.gold, found), _overlapping(found, document.gold)
        for column, spans in enumerate((document.gold, found, gold_hits, found_hits)):
            for span in spans:
                row[places[span[2]], column] += 1
    return counts


def _overlapping(spans: Iterable[Labelled], others: Sequence[Labelled]) -> list[Labelled]:
    return [span for span in spans if any(span[2] == other[2] and _touch(span, other) for other in others)]


def _precision(sums: Floats) -> Floats:
    return ratio(sums[..., _FOUND_HIT].sum(-1), sums[..., _FOUND].sum(-1))


def _recall(sums: Floats) -> Floats:
    return ratio(sums[..., _GOLD_HIT].sum(-1), sums[..., _GOLD].sum(-1))


def _f1(sums: Floats) -> Floats:
    return _f1_of(sums.sum(axis=-2))


def _macro(sums: Floats) -> Floats:
    gold = sums[..., _GOLD] > 0
    return ratio(np.where(gold, np.nan_to_num(_f1_of(sums)), 0).sum(-1), gold.sum(-1).astype(np.float64))


def _f1_of(counts: Floats) -> Floats:
    """Harmonic mean from the four counts on the last axis; 0 where there is gold, or a find, but no hit."""
    precision = np.nan_to_num(ratio(counts[..., _FOUND_HIT], counts[..., _FOUND]))
    recall = np.nan_to_num(ratio(counts[..., _GOLD_HIT], counts[..., _GOLD]))
    score = np.nan_to_num(ratio(2 * precision * recall, precision + recall))
    return np.where(counts[..., _GOLD] + counts[..., _FOUND] > 0, score, np.nan)


def _figures(row: Floats) -> dict[str, float | None]:
    return {
        "precision": rounded(float(ratio(row[_FOUND_HIT], row[_FOUND]))),
        "recall": rounded(float(ratio(row[_GOLD_HIT], row[_GOLD]))),
        "f1": rounded(float(_f1_of(row))),
    }
