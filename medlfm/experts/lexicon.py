"""Which experts claim the words of a text: the lexicons of the plugins, matched past endings and inside compounds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from medlfm.experts.features import words
from medlfm.experts.plugin import Expert

__all__ = ["Lexicon"]

_SHORTEST = 3
# from this length on a word is also found with another ending, and inside a longer one
_STEM, _PART = 6, 5
_ENDING = 3  # letters that an ending may add or take away
_INFLECTED, _INSIDE = 0.8, 0.7
_CACHED = 1 << 16

Votes = NDArray[np.float64]


class Lexicon:
    """Votes of words for experts, in the order of `names`.

    A word's vote is split over the experts whose lexicon has it, and shrinks to nothing as their number grows
    (1 - normalised entropy); a word of a term of n words counts 1/n.
    """

    def __init__(self, experts: Iterable[Expert], names: Sequence[str]) -> None:
        self.names = list(names)
        self._votes = _votes(experts, self.names)
        self._stems: dict[str, list[str]] = defaultdict(list)
        for word in self._votes:
            self._stems[word[:_PART]].append(word)
        self._parts = sorted((word for word in self._votes if len(word) >= _PART), key=lambda word: (-len(word), word))
        self._none = np.zeros(len(self.names))
        self._found: dict[str, Votes] = {}

    def word(self, word: str) -> Votes:
        """Return the votes of one folded word (see `features.words`)."""
        if word not in self._found:
            if len(self._found) >= _CACHED:
                self._found.clear()
            self._found[word] = self._look_up(word)
        return self._found[word]

    def text(self, text: str) -> Votes:
        """Return the votes of all words of a text together."""
        return np.asarray(sum((self.word(word) for _, _, word in words(text)), self._none))

    def _look_up(self, word: str) -> Votes:
        if word in self._votes:
            return self._votes[word]
        if len(word) < _STEM:
            return self._none
        inflected = [other for other in self._stems.get(word[:_PART], ()) if _same_stem(word, other)]
        if inflected:
            return _INFLECTED * max((self._votes[other] for other in inflected), key=lambda votes: float(votes.max()))
        inside = next((part for part in self._parts if part in word), None)
        return _INSIDE * self._votes[inside] if inside else self._none


def _same_stem(word: str, other: str) -> bool:
    stem = other[: max(_PART, len(other) - _ENDING + 1)]
    return len(other) >= _PART and word.startswith(stem) and abs(len(word) - len(other)) <= _ENDING


def _votes(experts: Iterable[Expert], names: list[str]) -> dict[str, Votes]:
    claims: dict[str, Votes] = {}
    for expert in experts:
        place = names.index(expert.id)
        for term in (term for group in expert.lexicon() for term in group):
            found = [word for _, _, word in words(term)]
            for word in found:
                if len(word) >= _SHORTEST:
                    claim = claims.setdefault(word, np.zeros(len(names)))
                    claim[place] = max(claim[place], 1 / len(found))
    return {word: _sharpened(claim) for word, claim in claims.items()}


def _sharpened(claim: Votes) -> Votes:
    shares = claim / claim.sum()
    if len(shares) < 2:
        return np.asarray(claim)
    held = shares[shares > 0]
    entropy = -(held * np.log(held)).sum() / np.log(len(shares))
    return np.asarray(shares * (1 - entropy) * claim.max())
