"""Typing errors in directions ("mornng", "taeglich", "Tabeltten"): the word of the vocabulary that was meant."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable

from medlfm.matching.phrases import fold

__all__ = ["Spelling"]

_WORD = re.compile(r"[^\W\d_]{4,}")
_LONG = 5  # letters of a word that may have been meant


class Spelling:
    """Corrects words that differ from one of the vocabulary by an edit, or only by how an umlaut is written.

    words: the vocabulary; known: words of their own, which are never typing errors ("morgen" beside "morgens").
    """

    def __init__(self, words: Iterable[str], known: Iterable[str]) -> None:
        words = set(words)
        parts = {part for word in words for part in _WORD.findall(word) if len(part) >= _LONG}
        self._written: dict[str, str] = {
            fold(part): part for part in sorted(parts, key=lambda part: (not part.isascii(), part))
        }
        self._alone = {fold(word) for word in words}
        self._known = {part.lower() for word in known for part in _WORD.findall(word)}
        self._near: defaultdict[str, set[str]] = defaultdict(set)
        for folded in self._written:
            for shorter in _shorter(folded):
                self._near[shorter].add(folded)
        self._cache: dict[str, str] = {}

    def correct(self, text: str) -> str:
        """Return the text with its typing errors corrected."""
        return _WORD.sub(lambda found: self._meant(found[0]), text)

    def place(self, text: str, end: int) -> int:
        """Return the offset in a text that belongs to an offset in the corrected one."""
        shift = 0
        for found in _WORD.finditer(text):
            meant = self._meant(found[0])
            if found.start() + shift + len(meant) > end:
                break
            shift += len(meant) - len(found[0])
        return end - shift

    def _meant(self, word: str) -> str:
        if word not in self._cache:
            if len(self._cache) > 10_000:  # texts without end
                self._cache.clear()
            self._cache[word] = self._find(word)
        return self._cache[word]

    def _find(self, word: str) -> str:
        if word.lower() in self._known:
            return word
        folded = fold(word)
        if (exact := self._written.get(folded)) is not None:
            return exact
        candidates = {item for shorter in _shorter(folded) for item in self._near.get(shorter, ())}
        near = [item for item in candidates if item[0] == folded[0] and _is_edit(folded, item)]
        if len(word) < _LONG:
            near = [item for item in near if len(item) > len(folded)]
        meant = sorted(near, key=lambda item: (item not in self._alone, item))
        return self._written[meant[0]] if meant else word


def _shorter(word: str) -> set[str]:
    return {word, *(word[:n] + word[n + 1 :] for n in range(len(word)))}


def _is_edit(one: str, other: str) -> bool:
    """Whether one insertion, deletion, replacement or swap of neighbours makes one word the other."""
    if len(one) > len(other):
        one, other = other, one
    first = next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), len(one))
    if len(one) < len(other):
        return len(other) - len(one) == 1 and one[first:] == other[first + 1 :]
    swapped = one[first : first + 2] == other[first : first + 2][::-1] and one[first + 2 :] == other[first + 2 :]
    return swapped or one[first + 1 :] == other[first + 1 :]
