"""Typing errors in short names ("Lasxi 40 mg"): too easily another word, so a drug only right before a dose."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from medlfm.matching.phrases import fold
from medlfm.matching.sig_spelling import Spelling

__all__ = ["ShortNames"]

_LETTERS = 5


class ShortNames:
    """Finds names of five letters that are an edit away.

    names: written form → what it names; known: words of their own; unit: a pattern for the unit of the dose.
    """

    def __init__(self, names: Mapping[str, str], known: Iterable[str], unit: str) -> None:
        short = {name: drug for name, drug in names.items() if len(name) == _LETTERS and name.isalpha()}
        self._drugs = {fold(name): drug for name, drug in short.items()}
        self._spelling = Spelling(short, known)
        self._dosed = re.compile(rf"(?<![^\W\d_])[^\W\d_]{{4,6}}(?=\s+\d[\d.,]*\s?{unit})", re.IGNORECASE)

    def find(self, text: str) -> Iterator[tuple[int, int, str]]:
        """Yield start, end and drug of each; names that are written right are left out."""
        for found in self._dosed.finditer(text):
            meant = fold(self._spelling.correct(found[0]))
            if meant != fold(found[0]) and meant in self._drugs:
                yield (*found.span(), self._drugs[meant])
