"""A scan of the places where a regex can begin finds what the search at every character finds."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medlfm.matching.phi import PhiEngine, phi_rules
from medlfm.matching.phi.starts import Scanner, starts_of

PLACED = [
    r"\bTel\.? ?(\d+)",
    r"(?i:\b(?:tel|fon))[ :]*\d+",
    r"(?<![\d.])\d{1,2}\.\d{1,2}\.",
    r"(?<!\w)[A-ZÄ][a-zä]+(?:-[A-Z]\w+)*",
    r"(?m)^[ \t]*(?:An|Von)\b",
    r"(?<=\()\d+",
    r"(?i)\bstr(?:aße|\.)",
    r"\*\d+",
    r"(?<!\w)(?:[(+])\d+",
    r"(?!)",
]
ANYWHERE = [r"[A-Z][a-z]+", r"straße \d", r"\d+", r"(?<![a-z])\w+", r"(?:\b\w)?e", r"\s+x", r"(.)\1"]
TEXTS = st.text(alphabet="TelFon .:0123Äästr(+*\n\tßAnVx²٣Kſ-_", max_size=60)


@pytest.mark.parametrize("pattern", PLACED)
def test_a_rule_at_the_front_of_words_and_numbers_is_placed(pattern: str) -> None:
    assert starts_of(re.compile(pattern)) is not None


@pytest.mark.parametrize("pattern", ANYWHERE)
def test_a_rule_that_may_begin_inside_a_word_is_searched_everywhere(pattern: str) -> None:
    assert starts_of(re.compile(pattern)) is None


@given(TEXTS)
def test_the_scan_finds_what_the_search_finds(text: str) -> None:
    regexes = [re.compile(pattern) for pattern in (*PLACED, *ANYWHERE)]
    found = Scanner(regexes).find(text)
    for number, regex in enumerate(regexes):
        wanted = [match.span() for match in regex.finditer(text)]
        assert [match.span() for match in found.get(number, [])] == wanted


def test_an_unwanted_rule_is_left_out() -> None:
    scanner = Scanner([re.compile(r"\ba\w"), re.compile(r"a")])
    assert list(scanner.find("ab ac", lambda number: number > 1)) == []


@pytest.mark.parametrize("lang", ["de", "en"])
def test_all_shipped_rules_are_placed(lang: str) -> None:
    engine = PhiEngine(lang, phi_rules(lang))
    assert engine.scanner.anywhere == []
