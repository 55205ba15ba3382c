"""What each match of a regex must hold."""

import re

import pytest

from medlfm.matching.cues import CueScanner
from medlfm.matching.deciding import limits_of
from medlfm.matching.needles import needles_of
from medlfm.matching.rules import load_rules
from medlfm.settings import LANGUAGES


@pytest.mark.parametrize(
    ("regex", "needles"),
    [
        (r"\w{3,}frei(?:e|heit)?\b", {"frei"}),
        (r"(?:\w+kurs|schulung)\w*", {"kurs", "schulung"}),
        (r"\s?/\s?", {"/"}),
        (r"(?:no )?fever", {"fever"}),
        (r"(?:week){2,}", {"week"}),
    ],
)
def test_what_every_match_holds_is_told_from_the_regex(regex: str, needles: set[str]) -> None:
    assert needles_of(re.compile(regex)) == needles


@pytest.mark.parametrize("regex", [r"\w+", r"(?:fever)?", r"(?:fever|\d+)", r"(?i:fever)", r"[ab]c?"])
def test_nothing_is_concluded_where_a_match_may_do_without(regex: str) -> None:
    assert needles_of(re.compile(regex)) == frozenset()


def test_nothing_is_concluded_where_case_does_not_count() -> None:
    assert needles_of(re.compile("fever", re.IGNORECASE)) == frozenset()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_cues_are_the_same_with_and_without_needles(lang: str) -> None:
    rules, _ = limits_of(load_rules(lang, "context"))
    quick, plain = CueScanner(rules), CueScanner(rules)
    plain._needles = [() for _ in plain._needles]
    texts = [str(rule["cue"]) for rule in rules if isinstance(rule.get("cue"), str)]
    text = " ".join(f"{cue} fever, husten / schmerz;" for cue in texts).lower()
    assert quick.scan(text, 0, len(text)) == plain.scan(text, 0, len(text))
