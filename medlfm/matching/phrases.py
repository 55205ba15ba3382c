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
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import product
from typing import Any, Generic, NamedTuple, TypeVar

from medlfm.matching.typos import Typos

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

_CUTS = (2, 3, 4)  # letters of an affix by which it is looked for


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


def words(text: str) -> list[Word]:
    """Split into words (letters and digits; an apostrophe inside a word belongs to it); leave the list as it is."""
    return _split(text)[0]


@lru_cache(maxsize=2)  # several vocabularies look through one text in turn
def _split(text: str) -> tuple[list[Word], list[str]]:
    """The words of a text, and how they are written."""
    found = list(_WORD.finditer(text))
    surfaces = [match.group() for match in found]
    made = tuple.__new__  # what Word(…) does, without a call in Python: there are many words
    return [
        made(Word, (*match.span(), fold(surface))) for match, surface in zip(found, surfaces, strict=True)
    ], surfaces


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


_NONE: dict[str, _Node] = {}


@dataclass(slots=True)
class _Node:
    """A place in the trie of phrases: edges by word pattern, phrases that end here, what follows a gap."""

    children: dict[str, _Node] = field(default_factory=lambda: _NONE)  # most have none
    payloads: tuple[Any, ...] = ()
    gap: _Node | None = None


class _Known(NamedTuple):
    """What is remembered of a word: the patterns that it fits, and the nodes of those that begin a phrase."""

    keys: tuple[tuple[str, int], ...]  # each with its distance
    begun: tuple[tuple[_Node, int], ...]
    alone: bool  # whether the word may be all of a phrase, or all that stands before a gap


_NOTHING = _Known((), (), False)
_Best = dict[tuple[int, int, int], tuple[int, T]]  # start, end, whose payload → edits, payload


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
        self._stems: set[str] = set()
        self._cased: set[str] = set()
        self._affixes: dict[str, set[str]] = {"^": set(), "$": set(), "~": set()}
        self._affix_keys: dict[str, tuple[str, ...]] = {}
        self._seen: dict[str, _Known] = {}
        for phrase, payload in entries:
            for plain in expand_phrase(phrase):
                self._add(plain, payload)
        self._heads = _sizes(self._affixes["^"], slice(None, _CUTS[-1]))
        self._tails = _sizes(self._affixes["$"], slice(-_CUTS[-1], None))
        self._begun = {prefix[:2] for prefix in self._heads}
        self._ended = {suffix[-2:] for suffix in self._tails}
        self._inner_cut = min(_CUTS[-1], *map(len, self._affixes["~"]), _CUTS[-1])
        self._inner = {part[: self._inner_cut] for part in self._affixes["~"]}
        self._typos = _typos(frozenset((*self._stems, *self._affix_keys)), edits) if fuzzy else None

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_seen": {}}  # words of texts are nothing to be stored

    def _add(self, phrase: str, payload: T) -> None:
        node = self._root
        for chunk in phrase.split():
            if chunk == _GAP:
                node.gap = node = node.gap or _Node()
                continue
            for key in self._patterns(chunk):
                if node.children is _NONE:
                    node.children = {}
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
                stem = self._stem(affix)
                self._affix_keys[stem] = tuple({*self._affix_keys.get(stem, ()), kind + affix})
                yield kind + affix
            else:
                folded = fold(surface)
                self._stems.add(self._stem(folded))
                yield "w" + self._stem(folded)

    def _stem(self, word: str) -> str:
        for ending in self.endings:
            if word.endswith(ending) and len(word) - len(ending) >= 4 and not word.endswith("ss"):
                return word[: -len(ending)]
        return word

    def find(self, text: str) -> list[Match[T]]:
        """Return every phrase found, also those inside others, sorted by start, then the longest first."""
        found, surfaces = _split(text)
        if len(self._seen) > _SEEN:
            self._seen.clear()
        seen, learn = self._seen.get, self._learn
        known = [seen(surface) or learn(surface, word) for surface, word in zip(surfaces, found, strict=True)]
        best: _Best[T] = {}
        for number in [number for number, each in enumerate(known) if each is not _NOTHING and each.begun]:
            if known[number].alone or (number + 1 < len(known) and known[number + 1] is not _NOTHING):
                self._walk(text, found, known, number, best)
        matches = [Match(start, end, payload, distance) for (start, end, _), (distance, payload) in best.items()]
        return sorted(matches, key=lambda m: (m.start, -m.end))

    def _learn(self, surface: str, word: Word) -> _Known:
        """Remember the word patterns that a word fits, and where in the trie a phrase goes on that begins with it."""
        keys = self._keys(surface, word.folded)
        root = self._root.children
        begun = tuple((root[key], distance) for key, distance in keys if key in root)
        alone = any(node.payloads or node.gap for node, _ in begun)
        self._seen[surface] = known = _Known(tuple(keys), begun, alone) if keys else _NOTHING
        return known

    def _keys(self, surface: str, folded: str) -> list[tuple[str, int]]:
        """The word patterns that a word fits, each with its distance."""
        stem = self._stem(folded)
        keys = [("w" + stem, 0)] if stem in self._stems else []
        if surface in self._cased:
            keys.append(("=" + surface, 0))
        length = len(folded)
        if folded[:2] in self._begun:
            sizes = [n for cut in _CUTS for n in self._heads.get(folded[:cut], ()) if cut <= n <= length]
            keys += [("^" + folded[:n], 0) for n in sizes if folded[:n] in self._affixes["^"]]
        if self._tails:
            forms = [folded, *[folded.removesuffix(ending) for ending in self.endings if folded.endswith(ending)]]
            forms = [form for form in forms if form[-2:] in self._ended]
            cuts = [form[-n:] for form in forms for cut in _CUTS for n in self._tails.get(form[-cut:], ())]
            keys += [("$" + cut, 0) for cut in sorted(self._affixes["$"].intersection(cuts))] if cuts else []
        if self._inner:
            cut = self._inner_cut
            if not self._inner.isdisjoint([folded[n : n + cut] for n in range(length - cut + 1)]):
                keys += [("~" + part, 0) for part in self._affixes["~"] if part in folded]
        if not keys and self._typos and len(stem) >= 4 and stem.isalpha() and folded not in self.known:
            keys = self._misspelt(stem)
        return keys

    def _misspelt(self, stem: str) -> list[tuple[str, int]]:
        near: list[tuple[str, int]] = []
        for candidate, distance in self._typos.near(stem) if self._typos else ():
            plain = ("w" + candidate,) if candidate in self._stems else ()
            near += [(key, distance) for key in (*plain, *self._affix_keys.get(candidate, ()))]
        nearest = min((distance for _, distance in near), default=0)
        return sorted(key for key in near if key[1] == nearest)

    def _walk(self, text: str, found: list[Word], known: Sequence[_Known], first: int, best: _Best[T]) -> None:
        """Follow the phrases that begin with a word, and keep in `best` those that end."""
        start = found[first].start
        # a lone short word is too easily hit by chance
        short = len(found[first].folded) < self.edits[0]
        steps = [(child, first, distance) for child, distance in known[first].begun]
        stack: list[tuple[_Node, int, int]] = []
        while True:
            for child, at, distance in steps:
                if not (distance and short and at == first):
                    for payload in child.payloads:
                        place = (start, found[at].end, id(payload))
                        if place not in best or distance < best[place][0]:
                            best[place] = distance, payload
                following = at + 1
                if following == len(found):
                    continue
                if child.children and known[following].keys and _joined(text, found, at):
                    stack.append((child, following, distance))
                if child.gap:
                    gap = child.gap
                    stack += [(gap, later, distance) for later in _within_clause(text, found, at) if known[later].keys]
            if not stack:
                return
            node, at, distance = stack.pop()
            children = node.children
            steps = [
                (children[key], at, distance + more)
                for key, more in known[at].keys
                if key in children and distance + more <= 2
            ]


def _joined(text: str, found: list[Word], at: int) -> bool:
    between = text[found[at].end : found[at + 1].start]
    return between == " " or _JOINS.fullmatch(between) is not None


def _within_clause(text: str, found: list[Word], at: int) -> Iterator[int]:
    for later in range(at + 1, min(at + 2 + _GAP_WORDS, len(found))):
        between = text[found[later - 1].end : found[later].start]
        if between != " " and not _CLAUSE.fullmatch(between):
            return
        yield later


@lru_cache(maxsize=8)
def _typos(stems: frozenset[str], edits: tuple[int, int]) -> Typos:
    """Return the finder of typing errors in these stems, shared by the vocabularies that hold the same."""
    return Typos(stems, lambda stem: _reach(stem, edits))


def _reach(stem: str, edits: tuple[int, int]) -> int:
    """How many edits a word may differ from a stem."""
    if not stem.isalpha() or len(stem) < edits[0] - 1:
        return 0
    return 1 if len(stem) < edits[1] else 2


def _sizes(affixes: Iterable[str], cut: slice) -> dict[str, tuple[int, ...]]:
    """The sizes of the affixes, by the letters that are looked for first; a single letter says nothing."""
    sizes: dict[str, set[int]] = defaultdict(set)
    for affix in affixes:
        if len(affix) > 1:
            sizes[affix[cut]].add(len(affix))
    return {letters: tuple(sorted(found)) for letters, found in sizes.items()}
