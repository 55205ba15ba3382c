"""Short forms and what they stand for here: by a definition in the text, else by an inventory and the words around.

Rules (see `medlfm/rules/*/abbreviations.jsonl`) all have an "id" and are one of

```
{"short": "MS", "senses": [{"long": "multiple sclerosis", "specialty": "neurology", "context": ["relaps"],
                            "prior": 0.5}, …]}
{"specialty": "neurology", "context": ["neuro", "brain", …]}      words that speak for every sense of a specialty
{"list": "unit", "words": […]}      unit, roman, roman_cue, small, announced, says, word (needs words that speak for it)
```

A prior is the share of this sense among all uses of the short form, from general knowledge; what the priors of a short
form leave of 1 is for senses that the inventory doesn't know. Context words are beginnings of folded words.
"""

from __future__ import annotations

import json
import math
import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from medlfm.files import canonical_json
from medlfm.matching.definitions import Definition, find_definitions
from medlfm.matching.phrases import Word, fold, words
from medlfm.matching.rules import Rule

__all__ = ["ShortForm", "ShortForms", "short_forms"]

_CHUNK = re.compile(r"[^\W_]+")
_AROUND, _NEAR = 250, 50  # characters on either side that are read as context, and those that count more
_FAR = 0.5
_OWN, _SHARED = 1.6, 0.8  # how much a context word of the sense, and one of its specialty, weigh (log odds)
_MOST = 3  # words that are counted
_CAPITALS = 3
_AMBIGUOUS, _RIVAL = 0.3, 0.1  # what is left to unknown senses where a rival has this prior and nothing decides
_ROMAN = re.compile(r"[IVX]+")
_CLAUSE_END = re.compile(r"[.!?\n]")


@dataclass(frozen=True, slots=True)
class ShortForm:
    """A short form at [start, end) with its candidates, the best first: {"long", "score", "specialty", "source"}.

    `source` is "local" for a definition in the text, else "inventory". `defined`: it stands in its own definition.
    """

    short: str
    start: int
    end: int
    candidates: tuple[dict[str, Any], ...]
    defined: bool = False
    rule: str = ""


@lru_cache(maxsize=8)
def _compiled(lang: str, rules: str) -> ShortForms:
    return ShortForms(lang, json.loads(rules))


def short_forms(lang: str, rules: Sequence[Rule]) -> ShortForms:
    """Return the finder for these rules, compiled once a process."""
    return _compiled(lang, canonical_json(list(rules)))


class ShortForms:
    """Finds short forms; safe to share."""

    def __init__(self, lang: str, rules: Sequence[Rule]) -> None:
        self.lang = lang
        self._lists = {rule["list"]: frozenset(rule["words"]) for rule in rules if "list" in rule}
        shared = {rule["specialty"]: [fold(word) for word in rule["context"]] for rule in rules if "specialty" in rule}
        self._senses: dict[str, list[tuple[dict[str, Any], list[tuple[str, float]]]]] = {}
        self._rule: dict[str, str] = {}
        self._known: dict[str, set[str]] = defaultdict(set)
        for rule in rules:
            if "short" in rule:
                self._rule[rule["short"]] = rule["id"]
                self._known[rule["short"]] |= {fold(sense["long"]) for sense in rule["senses"]}
                self._senses[rule["short"]] = [
                    (
                        sense,
                        [(fold(word), _OWN) for word in sense.get("context", ())]
                        + [(word, _SHARED) for word in shared.get(sense.get("specialty", ""), ())],
                    )
                    for sense in rule["senses"]
                ]

    def definitions(self, text: str) -> list[Definition]:
        """The definitions that the text gives itself."""
        lists = self._lists
        return find_definitions(
            text,
            small=lists.get("small", ()),
            announced=lists.get("announced", ()),
            known=self._known,
            says=lists.get("says", ()),
        )

    def find(self, text: str, definitions: Iterable[Definition] | None = None) -> list[ShortForm]:
        """Return the short forms of a text in its order; `definitions` take the place of those found here."""
        local: dict[str, Definition] = {}
        places: set[int] = set()
        for given in self.definitions(text) if definitions is None else definitions:
            local.setdefault(given.short, given)
            places.add(given.short_start)
        keys = _by_chunk([*self._senses, *local])
        around = words(text)
        starts = [word.start for word in around]
        found: list[ShortForm] = []
        position = 0
        for chunk in _CHUNK.finditer(text):
            if chunk.start() < position or (chunk.start() and text[chunk.start() - 1] == "_"):
                continue
            for short, pattern in keys.get(chunk.group(), ()):
                match = pattern.match(text, chunk.start())
                if match is None:
                    continue
                definition = local.get(short)
                if definition is None and self._is_something_else(text, short, *match.span()):
                    continue
                candidates = self._ranked(text, short, definition, around, starts, *match.span())
                defined = chunk.start() in places
                found.append(ShortForm(short, *match.span(), candidates, defined, self._rule.get(short, "")))
                position = match.end()
                break
        return found

    def _ranked(
        self,
        text: str,
        short: str,
        definition: Definition | None,
        around: list[Word],
        starts: list[int],
        start: int,
        end: int,
    ) -> tuple[dict[str, Any], ...]:
        near, far = (_context(around, starts, start, end, reach) for reach in (_NEAR, _AROUND))
        weighed = []
        known = False  # whether a word around speaks for a sense
        for sense, context in self._senses.get(short, ()):
            hits = sorted((weight * _presence(begin, near, far) for begin, weight in context), reverse=True)
            weighed.append((sense, sense["prior"] * math.exp(sum(hits[:_MOST]))))
            known = known or bool(hits and hits[0])
        unknown = max(0.05, 1 - sum(sense["prior"] for sense, _ in weighed))
        if not known:
            unknown += self._doubt(short)
        total = unknown + sum(weight for _, weight in weighed)
        ranked = [
            {
                "long": sense["long"],
                "score": round(weight / total, 3),
                "specialty": sense.get("specialty", ""),
                "source": "inventory",
            }
            for sense, weight in sorted(weighed, key=lambda item: -item[1])
        ]
        if definition is not None:
            long = self._in_running_text(text, definition)
            first = {
                "long": long,
                "score": round(min(1.0, 0.5 + definition.score / 2), 3),
                "specialty": "",
                "source": "local",
            }
            ranked = [first, *(item for item in ranked if fold(item["long"]) != fold(definition.long))]
        return tuple(ranked)

    def _doubt(self, short: str) -> float:
        """What is added for senses unknown where no word around speaks for one: it may be a word, or another sense."""
        if short in self._lists.get("word", ()):
            return 1.0
        priors = sorted((sense["prior"] for sense, _ in self._senses.get(short, ())), reverse=True)
        return _AMBIGUOUS if len(priors) > 1 and priors[1] >= _RIVAL else 0.0

    def _in_running_text(self, text: str, definition: Definition) -> str:
        """The long form without the capital that it owes to the beginning of a sentence; German nouns keep theirs."""
        long = definition.long
        begins = not text[: definition.long_start].rstrip().removesuffix(".") or re.search(
            r"[.!?:\n]\s*$", text[: definition.long_start]
        )
        if self.lang == "en" and begins and long[:1].isupper() and long[1:].islower():
            return long[0].lower() + long[1:]
        return long

    def _is_something_else(self, text: str, short: str, start: int, end: int) -> bool:
        """Whether it is a unit after a number, a Roman numeral, or a word in a stretch of capitals."""
        before = text[max(0, start - 30) : start]
        if short in self._lists.get("unit", ()) and re.search(r"(?:\d\s?|/)$", before):
            return True
        if short in self._lists.get("roman", ()):
            cue = re.search(r"([^\W\d_]+)[\s.:-]*$", before)
            if cue and cue[1].lower() in self._lists.get("roman_cue", ()):
                return True
            if re.match(r"\s?[/-]\s?[IVX]+\b", text[end : end + 6]) or re.search(r"[IVX]\s?[/-]\s?$", before):
                return True
        return short.isupper() and len(short) > 1 and self._is_shouting(text, start, end)

    def _is_shouting(self, text: str, start: int, end: int) -> bool:
        """Whether the words next to it are in capitals too, and no short forms: emphasis, or a heading."""
        neighbours = re.findall(r"[^\W\d_]{2,}", _CLAUSE_END.split(text[max(0, start - 40) : start])[-1])[-2:]
        neighbours += re.findall(r"[^\W\d_]{2,}", _CLAUSE_END.split(text[end : end + 40])[0])[:2]
        neighbours = [word for word in neighbours if not _ROMAN.fullmatch(word)]
        loud = [w for w in neighbours if w.isupper() and len(w) >= _CAPITALS and w not in self._senses]
        return bool(loud) and len(loud) * 2 > len(neighbours)


def _by_chunk(shorts: Iterable[str]) -> dict[str, list[tuple[str, re.Pattern[str]]]]:
    """Short forms by the letters and digits that they begin with, the longest first."""
    keys: dict[str, list[tuple[str, re.Pattern[str]]]] = defaultdict(list)
    for short in sorted(set(shorts), key=lambda item: (-len(item), item)):
        chunk = _CHUNK.match(short)
        if chunk:
            keys[chunk.group()].append((short, _pattern(short)))
    return keys


@lru_cache(maxsize=4096)
def _pattern(short: str) -> re.Pattern[str]:
    """A space may follow an inner dot ("V. a."); "V.a" without its last dot counts too, "Pat" doesn't."""
    body = re.escape(short).replace(r"\.", r"\.\s?")
    if short.endswith("."):
        body = body.removesuffix(r"\.\s?") + (r"\.?" if short.count(".") > 1 else r"\.")
        return re.compile(rf"{body}(?![^\W_])")
    return re.compile(rf"{body}(?![^\W_]|[&/+][^\W\d_])")


def _presence(begin: str, near: set[str], far: set[str]) -> float:
    if any(word.startswith(begin) for word in near):
        return 1.0
    return _FAR if any(word.startswith(begin) for word in far) else 0.0


def _context(around: list[Word], starts: list[int], start: int, end: int, reach: int) -> set[str]:
    low, high = bisect_left(starts, start - reach), bisect_left(starts, end + reach)
    return {word.folded for word in around[low:high] if word.end <= start or word.start >= end}
