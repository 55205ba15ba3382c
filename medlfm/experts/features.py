"""Text as numbers for the router: words and their letter groups, hashed into a fixed number of columns.

No vocabulary is kept, so the model is one small matrix, and a word never seen before still shares letter groups with
the words it is built from, which is what carries German compounds.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

__all__ = ["COLUMNS", "Vector", "columns_of", "matrix", "words"]

COLUMNS = 1 << 14
_SHORTEST, _LONGEST = 3, 5
_FOLDED = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "é": "e", "è": "e", "á": "a", "ó": "o"})
_WORD = re.compile(r"[^\W\d_]+|\d+")
# The two languages spell the same Greek and Latin parts in their own ways: haem-, häm- and hem-, Kardio- and cardio-,
# Karzinom and carcinoma, -cyto- and -zyto-.
_SHORT = 4
_COGNATE = [(re.compile("ae|oe"), "e"), (re.compile("c(?=[eiy])"), "z"), (re.compile("c(?!h)"), "k")]

Vector = NDArray[np.float32]


def words(text: str) -> list[tuple[int, int, str]]:
    """Return (start, end, folded word) of each word or number, with offsets in the text."""
    return [(match.start(), match.end(), _folded(match.group())) for match in _WORD.finditer(text)]


@lru_cache(maxsize=1 << 16)
def _folded(word: str) -> str:
    word = word.lower().translate(_FOLDED)
    if len(word) > _SHORT:
        for pattern, letter in _COGNATE:
            word = pattern.sub(letter, word)
    return word


@lru_cache(maxsize=1 << 16)
def columns_of(word: str) -> tuple[tuple[int, float], ...]:
    """Return (column, sign) of a folded word's features: itself and its letter groups."""
    padded = f"_{word}_"
    names = [f"w:{word}"]
    for size in range(_SHORTEST, _LONGEST + 1):
        names += [padded[start : start + size] for start in range(len(padded) - size + 1)]
    hashes = [crc32(name.encode()) for name in names]
    return tuple((value % COLUMNS, 1.0 if value >> 31 else -1.0) for value in hashes)


def matrix(texts: Sequence[str], idf: Vector | None = None) -> tuple[Vector, Vector]:
    """Return (one row of length 1 a text, the weight of each column: its squared inverse document frequency)."""
    counts = np.zeros((len(texts), COLUMNS), dtype=np.float32)
    for row, text in enumerate(texts):
        total: Counter[int] = Counter()
        for _, _, word in words(text):
            for column, sign in columns_of(word):
                total[column] += int(sign)
        if total:
            counts[row, list(total)] = list(total.values())
    if idf is None:
        frequency = (counts != 0).sum(axis=0)
        # squared: the words around a question ("which", "should I") must not outweigh its one telling word
        idf = np.square(np.log((1 + len(texts)) / (1 + frequency)) + 1).astype(np.float32)
    counts = np.sign(counts) * np.log1p(np.abs(counts)) * idf
    norms = np.linalg.norm(counts, axis=1, keepdims=True)
    return counts / np.maximum(norms, 1e-9), idf
