"""The word lists of the PHI rules, and the words of a text with what their shape tells."""

from __future__ import annotations

import re
from collections.abc import Iterable, Set
from functools import partial
from typing import NamedTuple

from medlfm.matching.rules import Rule

__all__ = [
    "FIRST",
    "LAST",
    "LEAD",
    "NAME",
    "NEVER",
    "NOUN",
    "ORDINARY",
    "PROTECTED",
    "RELATION",
    "TITLE",
    "WORD",
    "Lexicon",
    "Word",
    "split_words",
]

# an English 's is no part of a word; a hyphen and an apostrophe inside are
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+|['’](?![sS]\b)[^\W\d_]+)*")

# one capital at the front, or a second one after a prefix of surnames; "IgM" and "AIDS-related" are no names
_CAPITALISED = re.compile(r"[^\W\d_](?:(?<=M)a?c|[eaiu]|(?<=V)an|['’])?[^\W\d_][^\W\d_A-ZÀ-ÖØ-Þ]*(?:['’][^\W\d_]*)?")


_TAIL = 5  # letters of the last part of a compound, at least
_KEPT = 50_000  # words whose form is kept
_NONE: frozenset[str] = frozenset()
# what a word may be: a given name, a surname, a title, one of these in small letters ("frau"), a relation
FIRST, LAST, TITLE, LEAD, RELATION = 1, 2, 4, 8, 16
NAME = FIRST | LAST
# and what tells against a name: the sets of these names, the form of a common noun, a word of the language
NEVER, PROTECTED, NOUN, ORDINARY = 32, 64, 128, 256
# a word at all: in a list of words, towns or names, or any of the above; hyphenated ones by their parts
WORD = 512
_ANY = NAME | TITLE | RELATION | NEVER | PROTECTED | ORDINARY
_TINY = 2  # letters of a word that is known by a list of its own


class Word(NamedTuple):
    """One word of a text; shape is "cap" (Müller, McCoy), "caps" (MÜLLER), "initial" (M), or "low" (all others)."""

    start: int
    end: int
    text: str
    shape: str
    folded: str  # for comparing without regard to case


_word = partial(tuple.__new__, Word)  # a tenth of the time of Word(*…), and there are many


def split_words(text: str) -> list[Word]:
    """Return the words of a text; digits and signs are none."""
    forms = _FORMS
    return [_word((*match.span(), *forms[match[0]])) for match in _WORD.finditer(text)]


class _Forms(dict[str, tuple[str, str, str]]):
    """Of each word: itself, its shape, and its form for comparing; worked out once for all texts."""

    def __missing__(self, word: str) -> tuple[str, str, str]:
        if len(self) > _KEPT:
            self.clear()
        self[word] = form = word, _shape(word), word.casefold()
        return form


_FORMS = _Forms()


def _shape(word: str) -> str:
    if not word[0].isupper():
        return "low"
    if len(word) == 1:
        return "initial"
    if word.isupper():
        return "caps"
    return "cap" if all(_CAPITALISED.fullmatch(part) for part in word.split("-")) else "low"


class _Kinds(dict[str, int]):
    """What words may be, by their forms for comparing; worked out once for all texts."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon

    def __missing__(self, folded: str) -> int:
        if len(self) > _KEPT:
            self.clear()
        lexicon = self._lexicon
        kind = 0
        for bit, name in ((FIRST, "first"), (LAST, "last"), (PROTECTED, "protect")):
            kind |= bit * lexicon.has(name, folded)
        for bit, name in ((TITLE, "title"), (LEAD, "low_title"), (RELATION, "relation"), (NEVER, "never")):
            kind |= bit * (folded in lexicon.words(name))
        kind |= NOUN * lexicon.noun(folded)
        parts = folded.split("-")
        kind |= ORDINARY * all(map(lexicon.plain, parts))
        if len(folded) <= _TINY:
            kind |= WORD * (folded in lexicon.words("tiny_word"))
        elif len(parts) > 1:
            kind |= WORD * all(lexicon.listed(part) or self[part] & _ANY for part in parts)
        else:
            kind |= WORD * (kind & _ANY > 0 or lexicon.listed(folded))
        self[folded] = kind
        return kind


class Lexicon:
    """The sets of words that rules of the form {"set": name, "words": […]} give; case doesn't matter."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        sets: dict[str, set[str]] = {}
        for rule in rules:
            if "set" in rule:
                sets.setdefault(rule["set"], set()).update(word.casefold() for word in rule["words"])
        sets["first"] = sets.get("first_female", set()) | sets.get("first_male", set())
        sets["name"] = sets["first"] | sets.get("last", set())
        self.sets = sets
        self.towns = sets.get("city", set()) | sets.get("city_cue", set())
        self.town_heads = {head[0] for town in self.towns if (head := _WORD.search(town))}
        self.common = sets.get("common", set()) - sets["name"]
        self.common -= sets.get("ambiguous_first", set()) | sets.get("ambiguous_last", set()) | sets.get("city", set())
        self.noun_endings = tuple(sorted(sets.get("noun_ending", ())))
        self._listed = sets.get("common", set()) | self.towns | sets["name"]
        self.kinds = _Kinds(self)

    def words(self, name: str) -> Set[str]:
        return self.sets.get(name, _NONE)

    def has(self, name: str, word: str) -> bool:
        """Whether a word, or for a hyphenated one any part of it, is in a set."""
        words = self.sets.get(name)
        if not words:
            return False
        folded = word.casefold()
        return folded in words or ("-" in folded and any(part in words for part in folded.split("-")))

    def is_noun(self, word: str) -> bool:
        """Whether a capitalised word looks like a common noun: protected, or with the ending of one (German)."""
        return bool(self.kinds[word.casefold()] & NOUN)

    def ordinary(self, word: Word) -> bool:
        """Whether a word is one of the language, so that it takes more than a capital to make a name of it.

        Known names are never ordinary. A compound whose last part is an ordinary word is one itself.
        """
        return bool(self.kinds[word.folded] & ORDINARY)

    # of what `kinds` is made

    def noun(self, folded: str) -> bool:
        if self.has("protect", folded) or self.has("never", folded):
            return True
        return len(folded) > 4 and folded.endswith(self.noun_endings) if self.noun_endings else False

    def listed(self, folded: str) -> bool:
        """Whether a word without a hyphen is in a list of words, towns or names, and no mere compound of one."""
        return folded in self._listed

    def plain(self, folded: str) -> bool:
        if folded in self.sets["name"] or folded in self.towns:
            return False
        if folded in self.common or self.noun(folded):
            return True
        compounds = bool(self.noun_endings)  # a language that writes them as one word
        return compounds and any(folded[place:] in self.common for place in range(3, len(folded) - _TAIL + 1))
