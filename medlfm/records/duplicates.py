"""Near-duplicates by MinHash: which records are so alike that keeping both would only count one twice.

A text's signature is 128 minima over its shingles (some words in a row, lower case, no punctuation); the share of
equal minima estimates the Jaccard similarity of the shingle sets (Broder 1997), with a standard error of .035 at .8.

A record's marks are one signature for a note; two for a question with its answer, and both must agree. Answers
alone won't do: in encyclopaedic Q&A the same boilerplate answers the same question for hundreds of diseases (in
MedQuAD, answers of similarity .8 chain half of the rows into one cluster), and questions of .8 may differ in
nothing but the disease.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator, Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

__all__ = ["LENGTH", "THRESHOLDS", "Signature", "near_duplicates", "signature", "similarity"]

Signature = NDArray[np.uint32]

LENGTH = 128
# number of marks → the similarity that each must reach, and the minima a band of the first one: bands of 4 miss a
# pair of similarity .8 once in 10⁷, bands of 8 one of .9 once in 10⁴
THRESHOLDS: dict[int, tuple[float, ...]] = {1: (0.8,), 2: (0.9, 0.8)}
_BAND = {1: 4, 2: 8}
_CROWD = 2000  # texts in one bucket that a new one is compared with: more of them are boilerplate
_WORD = re.compile(r"\w+")


def signature(text: str, words_in_a_row: int = 3) -> Signature:
    """Return the minima of a text; texts without words share one signature."""
    words = _WORD.findall(text.lower())
    starts = range(max(1, len(words) - words_in_a_row + 1))
    shingles = {" ".join(words[at : at + words_in_a_row]) for at in starts}
    hashes = np.fromiter((zlib.crc32(shingle.encode()) for shingle in shingles), dtype=np.uint64, count=len(shingles))
    factors, summands = _permutations()
    minima = np.full(LENGTH, np.iinfo(np.uint64).max, dtype=np.uint64)
    for start in range(0, len(hashes), 4096):  # a note of 1 MB would need 200 MB at once
        block = hashes[start : start + 4096]
        minima = np.minimum(minima, (factors * block[None, :] + summands).min(axis=1))
    return (minima >> np.uint64(32)).astype(np.uint32)


@cache
def _permutations() -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    generator = np.random.Generator(np.random.PCG64(1))
    drawn = generator.integers(1, 1 << 63, size=(2, LENGTH, 1), dtype=np.uint64)
    return drawn[0] * np.uint64(2) + np.uint64(1), drawn[1]


def similarity(one: Signature, other: Signature) -> float:
    """Estimate the Jaccard similarity of two texts from their signatures."""
    return float(np.count_nonzero(one == other)) / LENGTH


def near_duplicates(marks: Sequence[tuple[Signature, ...]]) -> Iterator[tuple[int, int]]:
    """Yield (i, j), i < j, of records whose marks all are so similar; ordered by j, then i."""
    buckets: dict[tuple[int, int, bytes], list[int]] = {}
    stacked = [np.stack(mark) for mark in marks]
    for index, mark in enumerate(stacked):
        size, seen = _BAND[len(mark)], set[int]()
        for start in range(0, LENGTH, size):
            members = buckets.setdefault((len(mark), start, mark[0, start : start + size].tobytes()), [])
            seen.update(members[-_CROWD:])
            members.append(index)
        others = sorted(seen)
        for start in range(0, len(others), _CROWD):
            block = others[start : start + _CROWD]
            alike = (np.stack([stacked[other] for other in block]) == mark).mean(axis=2)
            near = (alike >= np.array(THRESHOLDS[len(mark)])).all(axis=1)
            yield from ((block[at], index) for at in np.flatnonzero(near))
