"""What a reader found left in texts: ages in words, handles, addresses between unusual signs, people before a tie.

Gold as inline markup, as in test_find: [[LABEL|text]] is found whole with that label, nothing else is found.
"""

from __future__ import annotations

import pytest

from medlfm.matching.phi import find_phi
from tests.matching.phi.test_find import MARK

ENGLISH = [
    "She is in her [[AGE|93rd]] year and walks daily.",
    "He has entered his [[AGE|ninety-second]] year.",
    "She celebrated her [[AGE|100th]] birthday on the ward.",
    "At [[AGE|92]] he still drives.",
    "lives at [[ADDRESS|flat 2, 14 Rose Lane]]",
    "She lives alone in [[ADDRESS|flat 12b]].",
    '{"street": "[[ADDRESS|12 Oak Street]]", "flat": "[[ADDRESS|flat 2]]", "zip_code": "[[ADDRESS|62704]]"}',
    '{"mrn": "[[MRN|00482911]]"}',
    "_[[ADDRESS|22 Elm Avenue]]_",
    "name=[[NAME|Jane_Miller]];",
    '{"first_name":"[[NAME|Jane]]","last_name":"[[NAME|Zimmerman]]"}',
    "<familyName>[[NAME|Zimmerman]]</familyName>",
    "follow @[[URL|jane_miller77]] on twitter",
    "twitter: [[URL|@docsmith]]",
    "[[NAME|Wilson]], her husband, called.",
    "Spoke to [[NAME|Carter]], his brother.",
]
GERMAN = [
    "Der [[AGE|95-Jährige]] kam mit Dyspnoe.",
    "Sie steht im [[AGE|vierundneunzigsten]] Lebensjahr.",
    "Der Patient ist [[AGE|Mitte neunzig]].",
    "mit [[AGE|93]] noch selbständig",
    "vorname=[[NAME|Erika]] nachname=[[NAME|Zauner]]; Alter: [[AGE|einundneunzig]].",
    "wohnhaft in [[ADDRESS|79098 Freiburg, Am Mühlbach 3]]",
    "wohnhaft in [[ADDRESS|79098 Freiburg, Schillerstraße 12]]",
    '{"strasse": "[[ADDRESS|Schillerstraße 12]]", "plz": "[[ADDRESS|79098]]"}',
    "*[[ADDRESS|Schillerstraße 12]]* und _[[ADDRESS|Lindenweg 4]]_",
]
ENGLISH_NONE = [
    "in her 3rd year of remission, his 2nd birthday, the 95th percentile",
    "Sats at 92 on air; at 92 bpm; HR at 94 she was asymptomatic",
    "Flat affect, abdomen flat. Unit 2 transfused. Apt to fall.",
    "pain @rest 3/10, seen @bedside, disc bulge @L4L5, 2 units @0800",
    "Today, her husband, who is well, stayed away.",
    "She has Parkinson, her husband reports, and a tremor.",
    '{"drug_name": "Aspirin", "name": "Aspirin", "last_name": "", "file_name": "Report"}',
    "blank: ______ signed _______",
    "snake_case_field, beta_blocker, left_eye",
]
GERMAN_NONE = [
    "seit Anfang der 90er Jahre, RR systolisch Mitte 120, Ende des Monats",
    "SpO2 mit 93 % noch im Normbereich, Puls mit 92/min schon regelmäßig",
    "85-Jährige, im dritten Lebensjahr",
    "Visite in Zimmer 3, Bett 2; Station 4, Zimmer 12",
    "Felder: ______ links _____ rechts",
]


def _check(marked: str, lang: str) -> None:
    text, gold, place = "", [], 0
    for match in MARK.finditer(marked):
        text += marked[place : match.start()]
        gold.append((len(text), len(text) + len(match[2]), match[1]))
        text += match[2]
        place = match.end()
    text += marked[place:]
    assert [(each.start, each.end, each.label) for each in find_phi(text, lang)] == gold


@pytest.mark.parametrize("marked", [*ENGLISH, *ENGLISH_NONE])
def test_english_is_found_and_nothing_else(marked: str) -> None:
    _check(marked, "en")


@pytest.mark.parametrize("marked", [*GERMAN, *GERMAN_NONE])
def test_german_is_found_and_nothing_else(marked: str) -> None:
    _check(marked, "de")
