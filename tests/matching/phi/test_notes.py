"""Whole notes of many kinds, made up: all of their PHI is masked by the rules and the model, and nothing else.

notes/<language>_*.txt hold "# title" and the text, gold as inline markup. What is known to be missed stays in the notes
and is listed here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from medlfm.matching.phi import find_phi
from tests.matching.phi.test_find import MARK

FOLDER = Path(__file__).parent / "notes"

# note → what of it is not right yet
KNOWN: dict[str, str] = {
    "de_more: impfung": "month and year in figures, without a cue",
    "de_more: orthopädie brief kopf": "an insurance fund",
    "de_third: mdk": "a noun before SURNAME, Given",
    "de_third: studie": "a noun before the name of a clinic",
    "en: family history": "words about relatives around an age",
    "en: lab report": "the sex in the column after a name",
    "en: ophthalmology": "a given name that is an organ",
    "en: radiology": "a department after the name of a clinic",
    "en_more: home health": "a firm of ordinary words",
    "en_more: lab interface": "a rare name in capitals",
    "en_more: legal": "a hospital known by one word",
    "en_more: therapy": "a given name that is an ordinary word",
    "en_more: transfer": "a hospital by its letters",
    "en_more: voicemail": "a shop and its street",
    "en_third: home oxygen": "a rare name in capitals; a noun before a firm",
    "en_third: sticker": "the sex in the column after a name",
    "en_third: trial": "an abbreviation before a surname",
}


def notes() -> Iterator[tuple[str, str, str]]:
    for path in sorted(FOLDER.glob("*.txt")):
        for block in re.split(r"(?m)^# ", path.read_text(encoding="utf-8"))[1:]:
            title, _, marked = block.partition("\n")
            yield f"{path.stem}: {title}", path.stem[:2], marked


def unmarked(marked: str) -> tuple[str, list[tuple[int, int]]]:
    text, gold, place = "", [], 0
    for match in MARK.finditer(marked):
        text += marked[place : match.start()]
        gold.append((len(text), len(text) + len(match[2])))
        text += match[2]
        place = match.end()
    return text + marked[place:], gold


@pytest.mark.parametrize(
    ("lang", "marked"),
    [
        pytest.param(lang, marked, id=name, marks=pytest.mark.xfail(strict=True, reason=KNOWN[name]))
        if name in KNOWN
        else pytest.param(lang, marked, id=name)
        for name, lang, marked in notes()
    ],
)
def test_all_phi_of_a_note_is_masked_and_nothing_else(lang: str, marked: str) -> None:
    text, gold = unmarked(marked)
    masked = {place for match in find_phi(text, lang, model=True) for place in range(match.start, match.end)}
    missed = [text[start:end] for start, end in gold if any(text[p].isalnum() for p in {*range(start, end)} - masked)]
    wanted = {place for start, end in gold for place in range(start, end)}
    assert missed == []
    assert "".join(text[place] for place in sorted(masked - wanted) if text[place].isalnum()) == ""
