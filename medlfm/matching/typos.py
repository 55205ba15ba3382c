"""Words of a vocabulary that a misspelt word may have been meant for: at most so many edits away, and quickly told."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any

__all__ = ["Typos", "distance_of"]

_BITS = 120  # places of the letter pairs in a signature
_MOST_PAIRS = 12  # that come or go with two edits: a swap takes three and brings three, an insertion one and two
_REMEMBERED = 4096  # words of texts


class Typos:
    """Finds the words that are within their own reach; the first letter must be right, or swapped with the second.

    reach: how many edits a word may differ from one of these words: 0, 1 or 2. An edit is an insertion, a deletion, a
    replacement or a swap of neighbours.
    """

    def __init__(self, words: Iterable[str], reach: Callable[[str], int]) -> None:
        self._reach = {word: edits for word in sorted(set(words)) if (edits := reach(word))}
        # one edit away: both words are the same after a deletion; two edits away: they share most letter pairs
        self._deletes: dict[str, tuple[str, ...]] = {}
        self._by_length: dict[str, dict[int, list[tuple[int, str]]]] = {}
        for word, edits in self._reach.items():
            if edits == 1:
                for shorter in _deletions(word):
                    self._deletes[shorter] = (*self._deletes.get(shorter, ()), word)
            else:
                alike = self._by_length.setdefault(word[0], {}).setdefault(len(word), [])
                alike.append((_signature(word), word))
        self._longest = max(map(len, self._reach), default=0)
        self._shortest_far = min((min(sizes) for sizes in self._by_length.values()), default=self._longest + 3)
        self._remember()

    def _remember(self) -> None:
        self._near = lru_cache(maxsize=_REMEMBERED)(self._found)

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name != "_near"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._remember()

    def near(self, word: str) -> tuple[tuple[str, int], ...]:
        """Return the words that may have been meant, with the edits to each, in no order."""
        return self._near(word)

    def _found(self, word: str) -> tuple[tuple[str, int], ...]:
        if len(word) > self._longest + 2:
            return ()
        near = []
        swapped, length = word[1::-1], len(word)
        for candidate in self._candidates(word):
            reach = self._reach[candidate]
            if candidate[0] != word[0] and candidate[:2] != swapped:
                continue
            if abs(length - len(candidate)) > reach or (distance := distance_of(word, candidate, reach)) > reach:
                continue
            if {word[:4], candidate[:4]} != {"hype", "hypo"}:  # opposites, never typing errors
                near.append((candidate, distance))
        return tuple(near)

    def _candidates(self, word: str) -> set[str]:
        deletes = self._deletes
        found = {near for shorter in _deletions(word) if shorter in deletes for near in deletes[shorter]}
        if len(word) + 2 >= self._shortest_far:
            signature = _signature(word)
            for first in {*word[:2]}:
                by_length = self._by_length.get(first, {})
                for length in range(len(word) - 2, len(word) + 3) if by_length else ():
                    if group := by_length.get(length):
                        most = _MOST_PAIRS - 3 * abs(len(word) - length)
                        found.update([near for other, near in group if (signature ^ other).bit_count() <= most])
        return found


@lru_cache(maxsize=256)  # several vocabularies ask about the words of one text in turn
def _deletions(word: str) -> tuple[str, ...]:
    """The word, and what is left of it after one deletion."""
    return tuple({word, *[word[:n] + word[n + 1 :] for n in range(len(word))]})


@lru_cache(maxsize=256)
def _signature(word: str) -> int:
    """The pairs of neighbouring letters as bits; words that differ in few pairs differ in no more bits."""
    bits = 0
    before = 0
    for code in map(ord, word):
        bits |= 1 << (before * 27 + code) % _BITS
        before = code
    return bits


def distance_of(left: str, right: str, most: int) -> int:
    """Edits between two words, up to `most`, and else one more (optimal string alignment: a swap is one edit)."""
    length = min(len(left), len(right))
    if max(len(left), len(right)) - length > most:
        return most + 1
    same = 0
    while same < length and left[same] == right[same]:
        same += 1
    left, right = left[same:], right[same:]
    if not (left and right) or not most:
        return min(max(len(left), len(right)), most + 1)
    # both go on with another letter, so that an edit stands here
    rests = [(left[1:], right[1:]), (left[1:], right), (left, right[1:])]
    if left[:2] == right[1::-1]:
        rests.append((left[2:], right[2:]))
    return 1 + min([distance_of(*rest, most - 1) for rest in rests])
