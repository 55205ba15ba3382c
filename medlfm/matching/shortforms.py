"""Short forms and what they stand for here: by a definition in the text, else by an inventory and the words around.

Rules (see `medlfm/rules/*/abbreviations.jsonl`) all have an "id" and are one of

```
{"short": "MS", "senses": [{"long": "multiple sclerosis", "also": […], "specialty": "neurology", "context": ["relaps"],
                            "before": [], "after": [], "prior": 0.5}, …]}
{"specialty": "neurology", "context": ["neuro", "brain", …]}      words that speak for every sense of a specialty
{"list": "unit", "words": […]}
{"weights": {…}}                                                  of the model in `matching/senses.py`
```

A prior is the share of this sense among all uses of the short form, from general knowledge; what the priors of a
short form leave of 1 is for senses that the inventory doesn't know. "also" are other names of the same sense. Context
words are beginnings of folded words (whole words up to three letters), "before" and "after" the folded words right
beside it ("#" is a number). The lists: unit (after a number), measure (always a unit), roman, roman_cue, small,
announced, says, word (also words of the language, so that something has to speak for them), common (words of the
language, so that only the capitals are the short form), title (of a person), code_cue and company (what makes it a
name), named (two words before a name), asked (phrases about the short form itself, "_" is where it stands), and for
German the words that govern dative, accusative, genitive, or hold an article.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from medlfm.files import canonical_json
from medlfm.matching.definitions import Definition, find_definitions
from medlfm.matching.phrases import fold
from medlfm.matching.rules import Rule
from medlfm.matching.senses import Disambiguator, Surroundings
from medlfm.matching.writings import plural, writings

__all__ = ["ShortForm", "ShortForms", "short_forms"]

_CHUNK = re.compile(r"[^\W_]+")
_CAPITALS = 3  # letters that make a word in capitals loud
_LOUD = 2  # loud words beside a short form that make it one of them; beside a word of the language one is enough
_CAPITAL_RUN = re.compile(r"[A-ZÄÖÜ]{3}")  # of _CAPITALS letters; looked for first, since it is rare
_LETTERS = re.compile(r"[^\W\d_]{2,}")
_ROMAN = re.compile(r"[IVX]+")
_CLAUSE_END = re.compile(r"[.!?\n]")
_PLATE = re.compile(r"[A-ZÄÖÜ]{1,3}[-–]$")
_CODE_CUE = re.compile(r"([^\W\d_]+)[\s.:#-]*(?:[A-ZÄÖÜ]{1,3}[\s-])?$")  # "plate", and what a plate begins with
_MEASURED = re.compile(r"(?:\d\s?|/|^)$")
_ROMAN_CUE = re.compile(r"([^\W\d_]+)[\s.:-]*$")
_ROMAN_AFTER = re.compile(r"\s?[/-]\s?[IVX]+\b")
_ROMAN_BEFORE = re.compile(r"[IVX]\s?[/-]\s?$")
_TWO_WORDS = re.compile(r"([^\W\d_]+)[.\s]+([^\W\d_]+)\s+$")
_NAME_CUE = re.compile(r"([^\W\d_]+)[\s.:#-]*$")
_PLATE_NUMBER = re.compile(r"\s?\d{1,4}\b")
_CODE_NUMBER = re.compile(r"[\s-]?\d")
_COMPANY = re.compile(r"\s([^\W\d_]+)")
_LONG_NUMBER = re.compile(r"\s\d{5,}")


@dataclass(frozen=True, slots=True)
class ShortForm:
    """A short form at [start, end) with its candidates, the best first: {"long", "score", "specialty", "source"}.

    `source` is "local" for a definition in the text ("short": as it is defined there), else "inventory"; "also" holds
    a sense's other names, if any.
    `defined`: it stands in its own definition. `changed`: it is written in another case than listed.
    """

    short: str
    start: int
    end: int
    candidates: tuple[dict[str, Any], ...]
    defined: bool = False
    rule: str = ""
    changed: bool = False


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
        self.lists = {rule["list"]: frozenset(rule["words"]) for rule in rules if "list" in rule}
        forms = [rule for rule in rules if "short" in rule]
        self._senses: dict[str, Sequence[Mapping[str, Any]]] = {rule["short"]: rule["senses"] for rule in forms}
        self._rule = {rule["short"]: rule["id"] for rule in forms}
        self._known = {
            rule["short"]: {fold(name) for sense in rule["senses"] for name in (sense["long"], *sense.get("also", ()))}
            for rule in forms
        }
        self._writings = writings(self._senses, [*self.lists.get("word", ()), *self.lists.get("common", ())])
        self._keys = _by_chunk(self._writings)
        self._any_case = {_bare(short): senses for short, senses in reversed(self._senses.items())}
        self._model = Disambiguator(
            self._senses,
            {rule["specialty"]: rule["context"] for rule in rules if "specialty" in rule},
            next((rule["weights"] for rule in rules if "weights" in rule), {}),
            self.lists,
        )

    @property
    def model(self) -> Disambiguator:
        """The model that ranks the senses."""
        return self._model

    def senses(self, short: str) -> Sequence[Mapping[str, Any]]:
        """Return the senses that the inventory lists for a short form, however it is written; none if unknown."""
        listed = self._writings.get(short)
        return self._senses[listed[0]] if listed else self._any_case.get(_bare(short), ())

    def definitions(self, text: str) -> list[Definition]:
        """The definitions that the text gives itself."""
        lists = self.lists
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
        around: Surroundings | None = None
        found: list[ShortForm] = []
        for written, start, end in self._mentions(text, local):
            definition = local.get(written)
            short, changed = self._writings.get(written, (written, False))
            if definition is None and self._is_something_else(text, written, start, end):
                continue
            around = around or Surroundings(text, self._model)
            candidates = self._ranked(text, short, changed, definition, around, start, end)
            if self.lang == "en" and definition is None and written == f"{short}s":
                candidates = tuple({**item, "long": plural(item["long"])} for item in candidates)
            found.append(ShortForm(short, start, end, candidates, start in places, self._rule.get(short, ""), changed))
        return found

    def _mentions(self, text: str, local: dict[str, Definition]) -> Iterator[tuple[str, int, int]]:
        """Where the inventory's and the text's own short forms stand, the longest at each place."""
        own = _by_chunk(local) if local else {}
        position = 0
        for chunk in _CHUNK.finditer(text):
            word = chunk.group()
            entries = self._keys.get(word, ())
            if own and word in own:
                entries = (*own[word], *entries)
            if not entries or chunk.start() < position or (chunk.start() and text[chunk.start() - 1] == "_"):
                continue
            for written, lead in entries:
                end = self._end(text, written, word, chunk.start() - lead)
                if end and chunk.start() - lead >= position:
                    position = end
                    yield written, chunk.start() - lead, end
                    break

    def _end(self, text: str, written: str, word: str, start: int) -> int:
        """Where a short form ends that begins at `start`, of which `word` stands there; 0 if it isn't this one."""
        if written != word:
            match = _pattern(written).match(text, start)
            return match.end() if match else 0
        end = start + len(word)
        if text[end : end + 1] not in ("&", "/", "+") or not text[end + 1 : end + 2].isalpha():
            return end
        following = _CHUNK.match(text, end + 1)  # "HTN/DM" are two
        two = word.isupper() and len(word) > 1 and following and following.group() in self._keys
        return end if two and text[end] == "/" else 0

    def _ranked(
        self,
        text: str,
        short: str,
        changed: bool,
        definition: Definition | None,
        around: Surroundings,
        start: int,
        end: int,
    ) -> tuple[dict[str, Any], ...]:
        ranked = []
        for sense, score in self._model.ranked(short, around, start, end, changed=changed):
            candidate = {
                "long": sense["long"],
                "score": round(score, 3),
                "specialty": sense.get("specialty", ""),
                "source": "inventory",
            }
            ranked.append(candidate | ({"also": list(sense["also"])} if sense.get("also") else {}))
        if definition is not None:
            long = self._in_running_text(text, definition)
            first = {
                "long": long,
                "short": definition.short,
                "score": round(min(1.0, 0.5 + definition.score / 2), 3),
                "specialty": "",
                "source": "local",
            }
            ranked = [first, *(item for item in ranked if fold(item["long"]) != fold(definition.long))]
        return tuple(ranked)

    def _in_running_text(self, text: str, definition: Definition) -> str:
        """The long form without the capital that it owes to the beginning of a sentence; German nouns keep theirs."""
        long = definition.long
        begins = re.search(r"(?:^|[.!?:\n])\s*$", text[max(0, definition.long_start - 10) : definition.long_start])
        if self.lang == "en" and begins and long[:1].isupper() and long[1:].islower():
            return long[0].lower() + long[1:]
        return long

    def _is_something_else(self, text: str, short: str, start: int, end: int) -> bool:
        """Whether it is a unit, a Roman numeral, part of a name or code, or a word in a stretch of capitals."""
        if short in self.lists.get("measure", ()):
            return True
        before = text[max(0, start - 30) : start]
        if short.rstrip(".") in self.lists.get("unit", ()) and _MEASURED.search(before):
            return True
        if len(short) == 1 and (
            text[end : end + 1] in ("-", "'", "’", ".", "&") or before[-1:] in ("-", "'", "’", "&")
        ):
            return True
        return (
            (short in self.lists.get("roman", ()) and self._is_roman(text, before, end))
            or self._is_name(text, before, end)
            or self._is_named(before)
            or (short.isupper() and len(short) > 1 and self._is_shouting(text, start, end))
        )

    def _is_roman(self, text: str, before: str, end: int) -> bool:
        cue = _ROMAN_CUE.search(before)
        if cue and cue[1].lower() in self.lists.get("roman_cue", ()):
            return True
        return bool(_ROMAN_AFTER.match(text[end : end + 6]) or _ROMAN_BEFORE.search(before))

    def _is_name(self, text: str, before: str, end: int) -> bool:
        """Whether it is the initials of a person, a company, or a part of a code."""
        after = text[end : end + 20]
        if not after[:1].isspace() and not after[:1].isdigit() and after[:1] != "-":
            return False  # what follows is what makes it a name
        cue = _NAME_CUE.search(before)
        last = cue[1].lower() if cue else ""
        if last in self.lists.get("title", ()) and after[0].isspace():
            return True
        if _PLATE.search(before) and _PLATE_NUMBER.match(after):
            return True
        coded = _CODE_CUE.search(before)
        if coded and coded[1].lower() in self.lists.get("code_cue", ()) and _CODE_NUMBER.match(after):
            return True
        following = _COMPANY.match(after)
        return bool(following and following[1] in self.lists.get("company", ())) or bool(_LONG_NUMBER.match(after))

    def _is_named(self, before: str) -> bool:
        """Whether what stands before is said of employers, makes and places: "works at", "drives a"."""
        cue = _TWO_WORDS.search(before)
        return cue is not None and f"{cue[1]} {cue[2]}".lower() in self.lists.get("named", ())

    def _is_shouting(self, text: str, start: int, end: int) -> bool:
        """Whether the words next to it are in capitals too, and no short forms: emphasis, or a heading."""
        if not _CAPITAL_RUN.search(text, max(0, start - 40), start) and not _CAPITAL_RUN.search(text, end, end + 40):
            return False
        neighbours = _LETTERS.findall(_CLAUSE_END.split(text[max(0, start - 40) : start])[-1])[-2:]
        neighbours += _LETTERS.findall(_CLAUSE_END.split(text[end : end + 40])[0])[:2]
        neighbours = [word for word in neighbours if not _ROMAN.fullmatch(word)]
        loud = [word for word in neighbours if word.isupper() and len(word) >= _CAPITALS and not self._is_form(word)]
        enough = 1 if text[start:end] in self.lists.get("word", ()) or not self._is_form(text[start:end]) else _LOUD
        return len(loud) >= enough and len(loud) * 2 > len(neighbours)

    def _is_form(self, word: str) -> bool:
        return word in self._senses and word not in self.lists.get("word", ())


def _bare(short: str) -> str:
    return short.lower().replace(".", "").replace(" ", "")


def _by_chunk(shorts: Iterable[str]) -> dict[str, tuple[tuple[str, int], ...]]:
    """Short forms by the first letters and digits in them, the longest first, with what stands before those."""
    keys: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for short in sorted(set(shorts), key=lambda item: (-len(item), item)):
        chunk = _CHUNK.search(short)
        if chunk:
            keys[chunk.group()].append((short, chunk.start()))
    return {chunk: tuple(forms) for chunk, forms in keys.items()}


@lru_cache(maxsize=20_000)
def _pattern(short: str) -> re.Pattern[str]:
    """A space may follow an inner dot ("V. a."); "V.a" without its last dot counts too, "Pat" doesn't."""
    body = re.escape(short).replace(r"\.", r"\.\s?")
    if short.endswith("."):
        body = body.removesuffix(r"\.\s?") + (r"\.?" if short.count(".") > 1 else r"\.")
        return re.compile(rf"{body}(?![^\W_])")
    return re.compile(rf"{body}(?![^\W_]|[&/+][^\W\d_])")
