"""Typo-tolerant phrase matching over raw text, for vocabularies of thousands of phrases and texts of a megabyte.

Words are compared folded: lower case, ä = ae, ß = ss, é = e, without apostrophes. A phrase is written so:

```
chest pain                  two words, joined by spaces, a hyphen, a slash or one line break
(chest|breast) pain[s]      alternatives, and what may be missing
pain .. chest               up to four other words between, in the same clause
*embolie  erbroch*  *blut*  the word ends, begins with it, or holds it (German compounds, verb forms)
=MI                         exactly these capitals
```

Plural and case endings (`endings`) are ignored on both sides, and a word that is no word of the vocabulary may differ
from one by an edit (insertion, deletion, replacement, swap of neighbours), long words by two.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import product
from typing import Any, Generic, NamedTuple, TypeVar

__all__ = ["ENDINGS", "Match", "PhraseIndex", "Word", "expand_phrase", "fold", "fold_text", "longest", "words"]

T = TypeVar("T")

# inflection that carries no meaning here, by language; the longest that leaves four letters is taken off
ENDINGS: dict[str, tuple[str, ...]] = {"en": ("es", "s"), "de": ("em", "en", "er", "es", "e", "n", "s")}

_WORD = re.compile(r"[^\W_]+(?:[\u0300-\u036f]+[^\W_]*|['’][^\W_]+)*")
_GROUP = re.compile(r"\(([^()]*)\)|\[([^\[\]]*)\]")
_JOINS = re.compile(r"[ \t]*[-‐‑–/]?[ \t]*\r?\n?[ \t]*|\.")
_CLAUSE = re.compile(r"[ \t,\-–/'\"()]*\r?\n?[ \t]*")
_FOLDS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "æ": "ae", "œ": "oe", "ø": "o"})
_GAP = ".."
_GAP_WORDS = 4
_SEEN = 50_000  # words of texts whose patterns are remembered

_Keys = tuple[tuple[str, int], ...]  # the patterns that a word fits, each with its distance


@dataclass(frozen=True, slots=True)
class Match(Generic[T]):
    """A phrase found at [start, end); `distance` is how many edits its words differ from the vocabulary's."""

    start: int
    end: int
    payload: T
    distance: int = 0


class Word(NamedTuple):
    """A word of a text, with its folded form."""

    start: int
    end: int
    folded: str


def fold_text(text: str) -> str:
    """Fold case, umlauts, accents and apostrophes; for comparing, not for showing."""
    text = text.lower()
    if not text.isascii():
        text = unicodedata.normalize("NFC", text).translate(_FOLDS).replace("’", "'")
        if not text.isascii():
            text = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return text.replace("'", "")


@lru_cache(maxsize=_SEEN)
def fold(word: str) -> str:
    """Do what `fold_text` does, and remember it."""
    return fold_text(word)


@lru_cache(maxsize=2)  # several vocabularies look through one text in turn
def words(text: str) -> list[Word]:
    """Split into words (letters and digits; an apostrophe inside a word belongs to it); leave the list as it is."""
    return [Word(found.start(), found.end(), fold(found.group())) for found in _WORD.finditer(text)]


def longest(matches: Iterable[Match[T]]) -> list[Match[T]]:
    """Keep matches that don't overlap: the longest first, then the one with the fewest edits, then the leftmost."""
    kept: list[Match[T]] = []
    taken: set[int] = set()
    for match in sorted(matches, key=lambda m: (m.start - m.end, m.distance, m.start)):
        stretch = range(match.start, match.end)
        if taken.isdisjoint(stretch):
            taken.update(stretch)
            kept.append(match)
    return sorted(kept, key=lambda m: m.start)


def expand_phrase(phrase: str) -> Iterator[str]:
    """Write out the alternatives "(a|b)" and the optional parts "[c]" of a phrase."""
    parts: list[list[str]] = []
    end = 0
    for group in _GROUP.finditer(phrase):
        parts += [
            [phrase[end : group.start()]],
            group[1].split("|") if group[2] is None else [*group[2].split("|"), ""],
        ]
        end = group.end()
    parts.append([phrase[end:]])
    yield from dict.fromkeys(" ".join("".join(choice).split()) for choice in product(*parts))


@dataclass(slots=True)
class _Node:
    """A place in the trie of phrases: edges by word pattern, phrases that end here, what follows a gap."""

    children: dict[str, _Node] = field(default_factory=dict)
    payloads: tuple[Any, ...] = ()
    gap: _Node | None = None


class PhraseIndex(Generic[T]):
    """Finds phrases, each with its payload, in raw text.

    fuzzy: allow edits in words of at least `edits[0]` letters (two edits from `edits[1]`), a letter fewer in phrases
    of several words; the first letter must be right, or swapped with the second. known: folded words that are words
    of their own and never typos. endings: see ENDINGS.
    """

    def __init__(
        self,
        entries: Iterable[tuple[str, T]],
        fuzzy: bool = True,
        *,
        endings: tuple[str, ...] = (),
        known: Collection[str] = (),
        edits: tuple[int, int] = (6, 10),
    ) -> None:
        self.fuzzy = fuzzy
        self.endings = endings
        self.known = frozenset(known)
        self.edits = edits
        self._root = _Node()
        self._stems: dict[str, set[str]] = defaultdict(set)
        self._cased: set[str] = set()
        self._affixes: dict[str, set[str]] = {"^": set(), "$": set(), "~": set()}
        self._affix_keys: dict[str, set[str]] = defaultdict(set)
        self._deletes: dict[str, tuple[str, ...]] = {}
        self._seen: dict[str, tuple[_Keys, bool]] = {}
        for phrase, payload in entries:
            for plain in expand_phrase(phrase):
                self._add(plain, payload)
        self._sizes = {kind: sorted({len(affix) for affix in found} - {1}) for kind, found in self._affixes.items()}
        if fuzzy:
            for stem in {**self._stems, **self._affix_keys}:
                if reach := self._reach(stem):
                    for shorter in _deletions(stem, reach):
                        self._deletes[shorter] = (*self._deletes.get(shorter, ()), stem)
        self._longest = max(map(len, self._deletes), default=0)  # a word longer by more than two edits is none of them

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_seen": {}}  # words of texts are nothing to be stored

    def _add(self, phrase: str, payload: T) -> None:
        node = self._root
        for chunk in phrase.split():
            if chunk == _GAP:
                node.gap = node = node.gap or _Node()
                continue
            for key in self._patterns(chunk):
                node = node.children.setdefault(key, _Node())
        if node is not self._root and payload not in node.payloads:
            node.payloads += (payload,)

    def _patterns(self, chunk: str) -> Iterator[str]:
        surfaces = _WORD.findall(chunk)
        for number, surface in enumerate(surfaces):
            head = number == 0 and chunk.startswith("*")
            tail = number == len(surfaces) - 1 and chunk.endswith("*")
            if chunk.startswith("="):
                self._cased.add(surface)
                yield "=" + surface
            elif head or tail:
                kind = "~" if head and tail else "$" if head else "^"
                affix = fold(surface)
                self._affixes[kind].add(affix)
                self._affix_keys[self._stem(affix)].add(kind + affix)
                yield kind + affix
            else:
                folded = fold(surface)
                self._stems[self._stem(folded)].add(folded)
                yield "w" + self._stem(folded)

    def _stem(self, word: str) -> str:
        for ending in self.endings:
            if word.endswith(ending) and len(word) - len(ending) >= 4 and not word.endswith("ss"):
                return word[: -len(ending)]
        return word

    def _reach(self, stem: str) -> int:
        """How many edits a word may differ from this stem."""
        if not stem.isalpha():
            return 0
        return 0 if len(stem) < self.edits[0] - 1 else 1 if len(stem) < self.edits[1] else 2

    def find(self, text: str, found: list[Word] | None = None) -> list[Match[T]]:
        """Return every phrase found, also those inside others, sorted by start, then the longest first.

        found: the words of the text where the caller has them already.
        """
        found = words(text) if found is None else found
        if len(self._seen) > _SEEN:
            self._seen.clear()
        seen = self._seen
        keys: list[_Keys] = []
        begins: list[int] = []
        for start, end, folded in found:
            surface = text[start:end]
            known = seen.get(surface)
            if known is None:
                known = seen[surface] = self._known(surface, folded)
            if known[1]:
                begins.append(len(keys))
            keys.append(known[0])
        best: dict[tuple[int, int, int], Match[T]] = {}
        for first in begins:
            for match in self._walk(text, found, keys, first):
                key = (match.start, match.end, id(match.payload))
                if key not in best or match.distance < best[key].distance:
                    best[key] = match
        return sorted(best.values(), key=lambda m: (m.start, -m.end))

    def _known(self, surface: str, folded: str) -> tuple[_Keys, bool]:
        """The word patterns that a word fits, and whether a phrase begins with one."""
        keys = tuple(self._keys(surface, folded))
        begun = self._root.children
        return keys, any(key in begun for key, _ in keys)

    def _keys(self, surface: str, folded: str) -> list[tuple[str, int]]:
        """The word patterns that a word fits, each with its distance."""
        stem = self._stem(folded)
        keys = [("w" + stem, 0)] if stem in self._stems else []
        if surface in self._cased:
            keys.append(("=" + surface, 0))
        affixes, length = self._affixes, len(folded)
        if prefixes := affixes["^"]:
            keys += [("^" + folded[:n], 0) for n in self._sizes["^"] if n <= length and folded[:n] in prefixes]
        if suffixes := affixes["$"]:
            forms = {folded, *(folded.removesuffix(ending) for ending in self.endings)}
            cuts = {form[-n:] for form in forms for n in self._sizes["$"] if n <= len(form)} & suffixes
            keys += [("$" + cut, 0) for cut in sorted(cuts)]
        keys += [("~" + inner, 0) for inner in affixes["~"] if inner in folded]
        if not keys and self.fuzzy and len(stem) >= 4 and stem.isalpha() and folded not in self.known:
            keys = self._typos(stem)
        return keys

    def _typos(self, stem: str) -> list[tuple[str, int]]:
        if len(stem) > self._longest + 2:
            return []
        shared = self._deletes.keys() & _deletions(stem, 1 if len(stem) < self.edits[1] - 1 else 2)
        candidates = {candidate for shorter in shared for candidate in self._deletes[shorter]}
        near = []
        for candidate in candidates:
            if {stem[:4], candidate[:4]} == {"hype", "hypo"}:
                continue  # opposites, never typing errors
            swapped = stem[:2] == candidate[1::-1]
            reach = self._reach(candidate)
            if (stem[0] == candidate[0] or swapped) and abs(len(stem) - len(candidate)) <= reach:
                distance = _distance(stem, candidate)
                if distance <= reach:
                    plain = {"w" + candidate} if candidate in self._stems else set()
                    near += [(key, distance) for key in plain | self._affix_keys.get(candidate, set())]
        nearest = min((distance for _, distance in near), default=0)
        return sorted(key for key in near if key[1] == nearest)

    def _walk(self, text: str, found: list[Word], keys: list[_Keys], first: int) -> Iterator[Match[T]]:
        start = found[first].start
        stack = [(self._root, first, 0)]
        while stack:
            node, at, distance = stack.pop()
            for key, more in keys[at]:
                child = node.children.get(key)
                total = distance + more
                if child is None or total > 2:
                    continue
                # a lone short word is too easily hit by chance
                if not (total and node is self._root and len(found[at].folded) < self.edits[0]):
                    yield from (Match(start, found[at].end, payload, total) for payload in child.payloads)
                if child.children and at + 1 < len(found) and _joined(text, found, at):
                    stack.append((child, at + 1, total))
                if child.gap:
                    stack += [(child.gap, later, total) for later in _within_clause(text, found, at)]


def _joined(text: str, found: list[Word], at: int) -> bool:
    return _JOINS.fullmatch(text, found[at].end, found[at + 1].start) is not None


def _within_clause(text: str, found: list[Word], at: int) -> Iterator[int]:
    for later in range(at + 1, min(at + 2 + _GAP_WORDS, len(found))):
        if not _CLAUSE.fullmatch(text, found[later - 1].end, found[later].start):
            return
        yield later


@lru_cache(maxsize=256)  # several vocabularies ask about the words of one text in turn
def _deletions(word: str, depth: int) -> frozenset[str]:
    """The word, and what is left of it after one deletion or, where `depth` is 2, two."""
    ones = [word[:n] + word[n + 1 :] for n in range(len(word))]
    if depth < 2:
        return frozenset((word, *ones))
    twos = [one[:n] + one[n + 1 :] for first, one in enumerate(ones) for n in range(first, len(one))]
    return frozenset((word, *ones, *twos))


def _distance(left: str, right: str) -> int:
    """Edits between two words (optimal string alignment: a swap of neighbours is one edit)."""
    before: list[int] = []
    above = list(range(len(right) + 1))
    for i, a in enumerate(left, start=1):
        row = [i]
        for j, b in enumerate(right, start=1):
            cost = min(above[j] + 1, row[-1] + 1, above[j - 1] + (a != b))
            if i > 1 and j > 1 and a == right[j - 2] and left[i - 2] == b:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        before, above = above, row
    return above[-1]
