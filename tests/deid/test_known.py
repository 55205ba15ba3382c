from __future__ import annotations

import unicodedata

import pytest

from medlfm.deid import deidentify
from medlfm.deid.known import find_known

KNOWN = {
    "NAME": ["Rosa Zauner", "Leber", "John White"],
    "DATE": ["1951-02-04"],
    "MRN": ["0012345"],
    "PHONE": ["0911/123456"],
    "ADDRESS": ["Lindenstr. 5"],
    "ORGANIZATION": ["Klinikum Elm"],
}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        # found in any form
        ("heute Rosa gesehen", ["Rosa"]),
        ("ZAUNER, Rosa", ["ZAUNER", "Rosa"]),
        ("Zauners Akte", ["Zauners"]),
        ("geb. 4.2.1951", ["4.2.1951"]),
        ("geb. 04.02.51", ["04.02.51"]),
        ("born 2/4/1951", ["2/4/1951"]),
        ("19510204", ["19510204"]),
        ("04021951", ["04021951"]),
        ("Akte 12345", ["12345"]),
        ("Akte 00-12-345", ["00-12-345"]),
        ("Tel. 0911 123 456", ["0911 123 456"]),
        ("wh. Lindenstr.\n5", ["Lindenstr.\n5"]),
        ("im Klinikum Elm", ["Klinikum Elm"]),
        # not found
        ("rosa Haut", []),
        ("Rosa Flecken, rosa Haut", []),  # the word stands there in small letters, too
        ("Rosazea", []),
        ("Leber unter Rippenbogen", []),  # an organ
        ("Leber, Niere", []),
        ("Wert 112345", []),
        ("12,345", []),
        ("5.2.1951", []),
        ("Lindenstr. 51", []),
        ("Klinikum", []),
        ("White blood cells", []),
        ("WHITE BLOOD COUNT", []),
    ],
)
def test_what_is_known_is_found_without_a_cue(text: str, found: list[str]) -> None:
    assert [text[match.start : match.end] for match in sorted(find_known(text, KNOWN), key=lambda m: m.start)] == found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Leber, Anna kam.", "[NAME] kam."),
        ("Anna Leber kam. Die Leber ist groß.", "[NAME] kam. Die Leber ist groß."),
    ],
)
def test_a_name_that_is_an_organ_counts_beside_the_other_name(text: str, expected: str) -> None:
    assert deidentify(text, "de", "gdpr_strict", model=False, known={"NAME": ["Anna Leber"]}).text == expected


def test_what_is_known_joins_the_search_in_decomposed_text_too() -> None:
    known = {"NAME": ["Jörg Öztürk"]}
    text = unicodedata.normalize("NFC", "Visite: Öztürk stabil 🙂\r\nÖztürk isst.")
    assert deidentify(text, "de", model=False, known=known).text == "Visite: [NAME] stabil 🙂\r\n[NAME] isst."
    decomposed = unicodedata.normalize("NFD", text)
    assert "ztu" not in deidentify(decomposed, "de", model=False, known=known).text


def test_nothing_known_changes_nothing() -> None:
    text = "Visite ohne Befund."
    assert deidentify(text, "de", model=False, known={}).text == text
    assert deidentify(text, "de", model=False, known={"NAME": [""], "MRN": ["12"], "DATE": ["bald"]}).text == text
