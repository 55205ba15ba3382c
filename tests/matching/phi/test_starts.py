"""A scan of the places where a regex can begin finds what the search at every character finds."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medlfm.matching.phi import PhiEngine, phi_rules
from medlfm.matching.phi.prefixes import Prefixes
from medlfm.matching.phi.starts import Scanner, starts_of
from medlfm.matching.phi.symbols import parsed

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
    r"(?<=[.:)] )[a-z]{2,3}\s*\Z",
    r"(?m)(?:^[ \t]*|(?<=[.:] ))[AT]\w+(?= [nx])",
    r"(?<![\w-])(?=[\w.-]++ \d)\w+ \d{1,4}",
    r"(?m)(?<!\w)(?:[A-Z][a-z]+ ){1,3}(?:An|Von)$",
    r"\b(?:T(?:e|el)|\d{2,14})[ :]{0,2}(?!\d)",
    r"(?<!Te)(?<!\w)(?>n+)(?:\.n){,4}$",
    r"(?:\A|(?<=\n)|(?<= : ))[TA](?i:EL|ä)?",
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


@pytest.mark.parametrize(
    ("pattern", "front", "possible"),
    [
        (r"\b[A-Z][a-z]+ (?:Street|Road)", "Abbey R", True),
        (r"\b[A-Z][a-z]+ (?:Street|Road)", "Abbey r", False),
        (r"\b(?=[a-z]++ \d)[a-z]+ [0-9a-f]+", "abc 1", True),
        (r"\b(?=[a-z]++ \d)[a-z]+ [0-9a-f]+", "abc f", False),
        (r"\bend\Z", "end", True),
        (r"\bend\Z", "end ", False),
        (r"(?m)\bend$", "end\n", True),
        (r"\b(?:ab){2,3}c", "ababc", True),
        (r"\b(?:ab){2,3}c", "abc", False),
        (r"(?i)\bstraße", "STRAẞE", True),
        (r"\b(.)\1", "ab", True),
    ],
)
def test_what_can_go_on_after_a_front(pattern: str, front: str, possible: bool) -> None:
    assert Prefixes({0: parsed(re.compile(pattern))}).state(front).alive == ((0,) if possible else ())


@pytest.mark.parametrize(
    ("pattern", "before", "allowed"),
    [
        (r"(?<![\w-])a", " -", False),
        (r"(?<![\w-])a", "- ", True),
        (r"(?<![\w-])a", " –", True),
        (r"(?<=[.:] )a", ". ", True),
        (r"(?<=[.:] )a", "x ", False),
        (r"(?<=[.:] )a", " ", False),
        (r"(?:(?<=\w\w: )|\A)a", ": ", True),
        (r"(?:(?<=\w\w: )|\A)a", "", True),
        (r"(?:(?<=\w\w: )|\A)a", "a ", False),
        (r"(?m)^a", "b\n", True),
        (r"(?m)^a", "b ", False),
        (r"^a", "b\n", False),
    ],
)
def test_what_may_stand_before_a_match(pattern: str, before: str, allowed: bool) -> None:
    assert Prefixes({0: parsed(re.compile(pattern))}).allowed(before) == (frozenset([0]) if allowed else frozenset())


def test_an_unwanted_rule_is_left_out() -> None:
    scanner = Scanner([re.compile(r"\ba\w"), re.compile(r"a")])
    assert list(scanner.find("ab ac", [0, 1])) == []


@pytest.mark.parametrize("lang", ["de", "en"])
def test_all_shipped_rules_are_placed(lang: str) -> None:
    engine = PhiEngine(lang, phi_rules(lang))
    assert engine.scanner.anywhere == []
