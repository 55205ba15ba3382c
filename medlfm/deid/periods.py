"""Periods and years of birth, where a policy leaves the year alone."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

from medlfm.deid.dates import find_year
from medlfm.matching.phi import PhiMatch
from medlfm.matching.rules import shipped_rules
from medlfm.settings import LANGUAGES

__all__ = ["Period", "find_birth_years", "find_periods"]

_YEAR = re.compile(r"(1[89]\d\d)(?!\d|[.,/-]\d)")
_OLD = re.compile(r"1(?=([89]\d\d))")
_LONGEST = 40  # characters before a date in which the word may stand that opens a period


@dataclass(frozen=True, slots=True)
class Period:
    """Two dates of one year, by their places in the list of finds, and what all of it becomes."""

    first: int
    second: int
    start: int
    end: int
    year: int
    text: str


@cache
def _ranges(lang: str) -> list[tuple[re.Pattern[str], re.Pattern[str], str]]:
    rules = [rule for rule in shipped_rules(lang, "periods") if "between" in rule]
    return [(re.compile(rf"{rule['before']}$"), re.compile(rule["between"]), rule["becomes"]) for rule in rules]


@cache
def _births(lang: str) -> list[tuple[str, re.Pattern[str]]]:
    langs = (lang,) if lang in LANGUAGES else LANGUAGES
    rules = [rule for each in langs for rule in shipped_rules(each, "periods") if "birth" in rule]
    return [(rule["id"], re.compile(rf"{rule['birth']}(?P<x>{_YEAR.pattern})")) for rule in rules]


def find_periods(text: str, found: Sequence[PhiMatch], lang: str) -> Iterator[Period]:
    """Yield the periods within one year: "from 3 to 17 May 2024" is "in 2024", not "from 2024 to 2024"."""
    last = -1
    for index, (one, two) in enumerate(pairwise(found)):
        if one.label != "DATE" or two.label != "DATE" or index <= last or two.start - one.end > 12:
            continue
        year = find_year(text[two.start : two.end])
        if year is None or find_year(text[one.start : one.end]) not in (None, year):
            continue
        for before, between, becomes in _ranges(lang):
            low = max(found[index - 1].end if index else 0, one.start - _LONGEST)
            match = before.search(text, low, one.start)
            if match and between.fullmatch(text, one.end, two.start):
                last = index + 1
                yield Period(index, index + 1, match.start(), two.end, year, becomes.format(year=year))
                break


def find_birth_years(text: str, lang: str, oldest: int) -> Iterator[PhiMatch]:
    """Yield bare years of birth before `oldest`: they tell an age over 89, though other years tell nothing."""
    if not any(1000 + int(year) < oldest for year in _OLD.findall(text)):
        return
    for name, regex in _births(lang):
        for match in regex.finditer(text):
            if int(match["x"]) < oldest:
                yield PhiMatch(match.start("x"), match.end("x"), "DATE", name, 0.9)
