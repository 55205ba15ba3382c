"""German long forms in their sentence."""

from __future__ import annotations

import pytest

from medlfm.matching.inflection import agrees, inflected
from medlfm.matching.rules import load_rules

GOVERNORS = {rule["list"]: frozenset(rule["words"]) for rule in load_rules("de", "abbreviations") if "list" in rule}


@pytest.mark.parametrize(
    ("before", "long", "written"),
    [
        ("Zustand nach ", "transitorische ischämische Attacke", "transitorischer ischämischer Attacke"),
        ("Z.n. ", "akutes Koronarsyndrom", "akutem Koronarsyndrom"),
        ("bei ", "chronisch obstruktive Lungenerkrankung", "chronisch obstruktiver Lungenerkrankung"),
        ("V.a. ", "zentraler Venenkatheter", "zentralen Venenkatheter"),
        ("für ", "koronare Herzkrankheit", "koronare Herzkrankheit"),
        ("der ", "koronare Herzkrankheit", "koronaren Herzkrankheit"),
        ("der ", "zentraler Venenkatheter", "zentrale Venenkatheter"),
        ("eine ", "tiefe Venenthrombose", "tiefe Venenthrombose"),
        ("einer ", "tiefe Venenthrombose", "tiefen Venenthrombose"),
        ("ein ", "akutes Koronarsyndrom", "akutes Koronarsyndrom"),
        ("im ", "akutes Koronarsyndrom", "akuten Koronarsyndrom"),
        # stays
        ("", "koronare Herzkrankheit", "koronare Herzkrankheit"),
        ("bekannt: ", "koronare Herzkrankheit", "koronare Herzkrankheit"),
        ("nach ", "Ventrikelseptumdefekt", "Ventrikelseptumdefekt"),
        ("nach ", "unter anderem", "unter anderem"),
        ("nach ", "oder Ähnliches", "oder Ähnliches"),
        ("mit ", "Zustand nach", "Zustand nach"),
    ],
)
def test_adjectives_take_the_ending_that_is_asked_for(before: str, long: str, written: str) -> None:
    assert inflected(long, before, GOVERNORS) == written


@pytest.mark.parametrize(
    ("long", "after", "fits"),
    [
        ("chronisch", " Bronchitis", False),
        ("neurologisch", " unauffällig", True),
        ("postoperativ", ".", True),
        ("täglich", " 1 Tablette", True),
        ("rechts", " Knie", True),
        ("Verdacht auf", " Pneumonie", True),
    ],
)
def test_an_adjective_without_ending_stays_before_a_noun(long: str, after: str, fits: bool) -> None:
    assert agrees(long, after) is fits
