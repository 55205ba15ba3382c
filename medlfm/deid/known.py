"""What is known of a patient beforehand, found in a text without any cue."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache, lru_cache

from medlfm.matching.offsets import rewrite
from medlfm.matching.phi import PhiMatch
from medlfm.matching.phi.match import join, resolve
from medlfm.matching.phi.words import Lexicon, split_words
from medlfm.matching.rules import shipped_rules
from medlfm.settings import LANGUAGES

__all__ = ["Known", "find_known", "with_known"]

Known = Mapping[str, Sequence[str]]  # label → what is known, e.g. {"NAME": ["Anna Keller"], "DATE": ["1950-03-12"]}

_RULE = "known"
_SCORE = 0.96
_DATE = re.compile(r"((?:1[89]|20)\d\d)-?(\d\d)-?(\d\d)")
_NUMBERS = ("MRN", "ID", "SSN", "PHONE", "FAX", "HEALTH_PLAN", "ACCOUNT", "LICENSE", "VEHICLE", "DEVICE")
_LEAST_DIGITS = 4
_MARKED = re.compile(r"[^\W\d_][\u0300-\u036f]+")  # a letter with its marks apart
_SPACE = r"[ \t]*\n?[ \t]*"


@cache
def _protected() -> Lexicon:
    return Lexicon([rule for lang in LANGUAGES for rule in shipped_rules(lang, "phi_protect")])


def find_known(text: str, known: Known) -> list[PhiMatch]:
    """Return where what is known stands in a text: names in part and in the genitive, dates and numbers in any form."""
    if not known:
        return []
    pairs = [(match.start(), match.end(), unicodedata.normalize("NFC", match[0])) for match in _MARKED.finditer(text)]
    view, offsets = rewrite(text, pairs)
    found = []
    for match in _found(view, known):
        start, end = offsets.to_source(match.start, match.end)
        found.append(replace(match, start=start, end=end))
    return found


def with_known(found: Iterable[PhiMatch], text: str, known: Known) -> list[PhiMatch]:
    """Unite finds with what is known; the parts of a name side by side are one name."""
    return join(resolve([*found, *find_known(text, known)], text), text, "NAME", 1)


def _found(text: str, known: Known) -> list[PhiMatch]:
    found: list[PhiMatch] = []
    frozen = tuple(sorted((label, tuple(sorted(set(values)))) for label, values in known.items()))
    folded = text.casefold()
    numbers = sum(map(str.isdigit, text)) >= _LEAST_DIGITS
    for label, regex, guarded, needle in _patterns(frozen):
        if needle not in folded or not (needle or numbers):
            continue
        found += [
            PhiMatch(match.start(), match.end(), label, _RULE, _SCORE)
            for match in regex.finditer(text)
            if not guarded or not re.search(rf"(?<!\w){re.escape(match[0].casefold())}(?!\w)", text)
        ]
    return found


def _composed(value: str) -> str:
    return unicodedata.normalize("NFC", value.strip())


@lru_cache(maxsize=256)
def _patterns(known: tuple[tuple[str, tuple[str, ...]], ...]) -> list[tuple[str, re.Pattern[str], bool, str]]:
    """Compile what is known; guarded ones count only where the word does not also stand in small letters.

    The last item must stand in the text in small letters, "" of a number, so that most patterns needn't be tried.
    """
    pairs = [(label, _composed(value)) for label, values in known for value in values]
    found = dict.fromkeys((label, *item) for label, value in pairs for item in _regexes(label, value))
    return [
        (label, re.compile(rf"(?<!\w)(?:{regex})(?!\w)"), guarded, needle) for label, regex, guarded, needle in found
    ]


def _regexes(label: str, value: str) -> Iterator[tuple[str, bool, str]]:
    if label == "NAME":
        yield from _names(value)
    elif label == "DATE":
        yield from ((regex, False, "") for regex in _dates(value))
    elif label in _NUMBERS and sum(map(str.isdigit, value)) >= _LEAST_DIGITS:
        yield _spaced(re.findall(r"[^\W_]", value)), False, ""
    elif label in ("ADDRESS", "ORGANIZATION", "EMAIL", "URL", "IP") and len(value) > 3 and not value.isdigit():
        words = value.split()
        yield _SPACE.join(map(re.escape, words)), False, words[0].casefold()


def _names(value: str) -> Iterator[tuple[str, bool, str]]:
    words = [word for word in split_words(value) if word.shape in ("cap", "caps") and len(word.text) > 2]
    for word in words:
        forms, needle = _forms(word.text), word.text.casefold()
        if not _protected().has("protect", needle):
            yield forms, True, needle
            continue
        # "Leber" is the patient's name beside the other name; behind a title, the search finds it without us
        for other in (_forms(other.text) for other in words if other is not word):
            yield rf"{other},?[ \n]{forms}", False, needle
            yield rf"{forms},?[ \n]{other}", False, needle


def _forms(word: str) -> str:
    """Return a word as it was given, capitalised and in capitals, with a genitive s."""
    forms = {word, word.upper(), "-".join(part[:1].upper() + part[1:].lower() for part in word.split("-"))}
    return f"(?:{'|'.join(sorted(map(re.escape, forms)))})(?:s|S)?"


def _dates(value: str) -> Iterable[str]:
    match = _DATE.match(value)
    if not match:
        return
    year, month, day = (int(part) for part in match.groups())
    years = rf"(?:{year}|{year % 100:02d})"
    yield rf"0?{day}\. ?0?{month}\. ?{years}"
    yield rf"0?{day}[/-]0?{month}[/-]{years}"
    yield rf"0?{month}[/-]0?{day}[/-]{years}"
    yield f"{year}-{month:02d}-{day:02d}"
    yield f"{year}{month:02d}{day:02d}"
    yield f"{day:02d}{month:02d}{year}"


def _spaced(chars: Sequence[str]) -> str:
    """Return an identifier with or without its separators and leading zeros."""
    text = "".join(chars)
    short = text.lstrip("0")
    text = short if len(short) >= _LEAST_DIGITS else text
    return (r"(?:0[ ./-]?)*" if text[0].isdigit() else "") + r"[ ./-]?".join(map(re.escape, text))
