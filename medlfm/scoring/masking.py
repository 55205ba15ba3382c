"""What de-identification leaks: characters, entities and documents that are not fully masked, whatever the label."""

from __future__ import annotations

import re
from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np

from medlfm.scoring.intervals import Floats, bootstrap, ratio, rounded
from medlfm.scoring.spans import ScoredText

__all__ = ["masking_report"]

# columns of the counts of a document
_PHI, _MASKED, _HIT, _ENTITIES, _COVERED, _WITH_PHI, _CLEAN, _WORDS, _LOST = range(9)
_WORD = re.compile(r"\w+")
_FIGURES = {
    "character_recall": (_HIT, _PHI),
    "character_precision": (_HIT, _MASKED),
    "entities_fully_masked": (_COVERED, _ENTITIES),
    "documents_fully_masked": (_CLEAN, _WITH_PHI),
    "utility_loss": (_LOST, _WORDS),
}


def masking_report(documents: Sequence[ScoredText], *, groups: Sequence[Hashable] | None = None) -> dict[str, Any]:
    """Score all documents: {"metrics", "by_label", "intervals"}.

    Only letters and digits count as characters where the text is given: a space or a comma left between two masked
    words leaks nothing. `leaked_characters` is the number of PHI characters that stay readable. Masking inside an
    ignored stretch is not held against precision. `utility_loss` is the share of the words that are no PHI, nor in an
    ignored stretch, of which something was masked: what the text has lost for whoever works with it.
    """
    counts = np.zeros((len(documents), 9))
    labels = sorted({span[2] for document in documents for span in document.gold})
    entities = np.zeros((len(documents), len(labels), 2))  # of each label those covered, and all
    for number, (row, document) in enumerate(zip(counts, documents, strict=True)):
        phi = _characters(document.gold, document.text)
        masked = _characters(document.found, document.text)
        free = _characters([(start, end, "") for start, end in document.ignored], document.text) - phi
        row[[_PHI, _MASKED, _HIT]] = len(phi), len(masked - free), len(phi & masked)
        row[[_WITH_PHI, _CLEAN]] = bool(phi), bool(phi) and phi <= masked
        row[[_WORDS, _LOST]] = _words(document.text, phi | free, masked)
        for span in document.gold:
            covered = _characters([span], document.text) <= masked
            entities[number, labels.index(span[2])] += (covered, 1)
            row[[_COVERED, _ENTITIES]] += (covered, 1)
    sums = counts.sum(axis=0)
    metrics: dict[str, Any] = {name: _figure(sums, *columns) for name, columns in _FIGURES.items()}
    metrics["leaked_characters"] = int(sums[_PHI] - sums[_HIT])
    metrics["documents_with_phi"] = int(sums[_WITH_PHI])
    return {
        "metrics": metrics,
        "by_label": {
            label: {
                "entities": int(entities[:, place, 1].sum()),
                "fully_masked": _figure(entities[:, place].sum(axis=0), 0, 1),
                "interval": _interval(entities[:, place], 0, 1, groups),
            }
            for place, label in enumerate(labels)
        },
        "intervals": {name: _interval(counts, *columns, groups) for name, columns in _FIGURES.items()},
    }


def _characters(spans: Sequence[tuple[int, int, str]], text: str) -> set[int]:
    return {
        place for start, end, _ in spans for place in range(start, end) if not text or text[place : place + 1].isalnum()
    }


def _words(text: str, aside: set[int], masked: set[int]) -> tuple[int, int]:
    """Count the words that have no character in `aside`, and those of them that have one in `masked`."""
    words = [range(*match.span()) for match in _WORD.finditer(text)]
    useful = [word for word in words if aside.isdisjoint(word)]
    return len(useful), sum(not masked.isdisjoint(word) for word in useful)


def _figure(sums: Floats, part: int, whole: int) -> float | None:
    return rounded(float(ratio(sums[part], sums[whole])))


def _interval(counts: Floats, part: int, whole: int, groups: Sequence[Hashable] | None) -> list[float] | None:
    return bootstrap(counts, lambda sums: ratio(sums[:, part], sums[:, whole]), groups=groups)
