"""Which experts claim the words of a text: the lexicons of the plugins, matched past endings and inside compounds.

A term is one word, several words in a row, or a part of words: `nephr-` begins them, `-itis` ends them, `-karzinom-`
stands anywhere in them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from medlfm.experts.features import words

__all__ = ["Hit", "Lexicon"]

_SHORTEST = 2
# from this length on a word is also found with another ending, and inside a longer one
_STEM, _PART = 6, 5
_ENDING = 3  # letters that an ending may add or take away
_INFLECTED, _INSIDE, _MARKED = 0.9, 0.7, 0.9
_PHRASE = 1.3  # several words in a row say more than one
_CACHED = 1 << 16

Votes = NDArray[np.float64]


@dataclass(frozen=True)
class Hit:
    """A place of a text that a lexicon knows, with its votes in the order of `Lexicon.names`."""

    start: int
    end: int
    votes: Votes


class Lexicon:
    """Votes of terms for owners, in the order of `names`.

    A term's vote is split over the owners that claim it, and shrinks to nothing as their number grows
    (1 - normalised entropy).
    """

    def __init__(self, terms: Mapping[str, Iterable[str]], names: Sequence[str]) -> None:
        self.names = list(names)
        claims: dict[str, Votes] = {}
        for owner, owned in terms.items():
            for key in {_key(term) for term in owned} - {""}:
                claims.setdefault(key, np.zeros(len(self.names)))[self.names.index(owner)] = 1
        self._votes = {key: _sharpened(claim) for key, claim in claims.items()}
        self._arrange()
        self._none = np.zeros(len(self.names))
        self._found: dict[str, Votes] = {}

    def _arrange(self) -> None:
        single = [key for key in self._votes if " " not in key and not key.startswith("-") and not key.endswith("-")]
        self._words = {key: self._votes[key] for key in single}
        self._stems: dict[str, list[str]] = defaultdict(list)
        for word in single:
            self._stems[word[:_PART]].append(word)
        self._lengths = sorted({len(word) for word in single if len(word) >= _PART}, reverse=True)
        self._marked = sorted((key for key in self._votes if "-" in key), key=lambda key: (-len(key), key))
        self._phrases: dict[str, list[list[str]]] = defaultdict(list)
        for key in sorted(self._votes, key=lambda key: -len(key)):
            if " " in key:
                self._phrases[key.split()[0][:_PART]].append(key.split())

    def hits(self, text: str) -> list[Hit]:
        """Return what the lexicon knows in a text, in its order; a phrase hides the words in it."""
        found = words(text)
        hits, place = [], 0
        while place < len(found):
            phrase = self._phrase([word for _, _, word in found[place : place + 6]])
            length = len(phrase) or 1
            votes = _PHRASE * self._votes[" ".join(phrase)] if phrase else self.word(found[place][2])
            if votes.any():
                hits.append(Hit(found[place][0], found[place + length - 1][1], votes))
            place += length
        return hits

    def text(self, text: str) -> Votes:
        """Return the votes of all words of a text together."""
        return np.asarray(sum((hit.votes for hit in self.hits(text)), self._none))

    def word(self, word: str) -> Votes:
        """Return the votes of one folded word (see `features.words`)."""
        if word not in self._found:
            if len(self._found) >= _CACHED:
                self._found.clear()
            self._found[word] = self._look_up(word)
        return self._found[word]

    def _phrase(self, following: Sequence[str]) -> list[str]:
        for phrase in self._phrases.get(following[0][:_PART], ()):
            if len(phrase) <= len(following) and all(
                word == other or _same_stem(word, other) for word, other in zip(following, phrase, strict=False)
            ):
                return phrase
        return []

    def _look_up(self, word: str) -> Votes:
        if word in self._words:
            return self._words[word]
        inflected = [other for other in self._stems.get(word[:_PART], ()) if _same_stem(word, other)]
        if inflected:
            nearest = min(inflected, key=lambda other: (abs(len(word) - len(other)), other))
            return _INFLECTED * self._words[nearest]
        part = self._part_of(word)
        marked = next((key for key in self._marked if _fits(word, key)), None)
        if marked and len(marked) > len(part):
            return _MARKED * self._votes[marked]
        return _INSIDE * self._words[part] if part else self._none

    def _part_of(self, word: str) -> str:
        """Return the longest known word at the end or the beginning of a longer one."""
        for length in self._lengths:
            if length < len(word):
                for part in (word[-length:], word[:length]):
                    if part in self._words:
                        return part
        return ""


def _key(term: str) -> str:
    """Return the folded words of a term, keeping the marks of a part of words."""
    found = " ".join(word for _, _, word in words(term))
    if len(found) < _SHORTEST:
        return ""
    if " " in found:
        return found
    return ("-" if term.startswith("-") else "") + found + ("-" if term.endswith("-") else "")


def _same_stem(word: str, other: str) -> bool:
    if len(word) < _STEM - 1 or len(other) < _PART:
        return word in (other + "s", other + "n", other + "e") if len(other) >= _SHORTEST + 1 else False
    stem = other[: max(_PART, len(other) - _ENDING + 1)]
    return word.startswith(stem) and abs(len(word) - len(other)) <= _ENDING


def _fits(word: str, key: str) -> bool:
    part = key.strip("-")
    if key.startswith("-"):
        return part in word if key.endswith("-") else word.endswith(part)
    return word.startswith(part)


def _sharpened(claim: Votes) -> Votes:
    shares = claim / claim.sum()
    if len(shares) < 2:
        return np.asarray(claim)
    held = shares[shares > 0]
    entropy = -(held * np.log(held)).sum() / np.log(len(shares))
    return np.asarray(shares * (1 - entropy))
