from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medlfm.matching.sentences import SentenceSplitter

SPLITTERS = {lang: SentenceSplitter(lang) for lang in ("en", "de")}

# "|" marks where a sentence ends
CASES = [
    ("de", "Der Pat. klagt über V.a. Pneumonie.| Z.n. NSTEMI 2010.| Kein Fieber."),
    ("de", "Aufnahme am 3.4. wegen Atemnot.| Am 3. Tag Fieber.| Hb 12,3.| Danach Besserung."),
    ("de", "ASS 100 mg p.o. zum Frühstück.| V. a. Sepsis, z. B. bei Pneumonie.| Er ist müde."),
    ("de", "Diagnosen:|\n1. Pneumonie|\n2. COPD|\n- Diabetes"),
    (
        "de",
        "Der Patient wurde wegen einer ambulant erworbenen Pneumonie mit\nFieber aufgenommen.| Kein\nErbrechen.",
    ),
    ("de", "Dr. med. Müller sah Fr. Schmidt.| Es ging ihr gut!| Wirklich?| Ja."),
    ("de", "Lunge frei.| keine Ödeme"),
    ("en", "Dr. Smith saw pt. today.| No fever.| denies chest pain."),
    ("en", "Aspirin 81 mg p.o. b.i.d. with food.| Temp 38.5.| He is ill."),
    ("en", "Metoprolol 25 mg b.i.d.| The patient is stable."),
    ("en", "1. Chest pain|\n2. CHF"),
    ("en", "No acute distress.|\nHEENT: normal|\nLungs clear"),
    ("en", "First paragraph|\n\nsecond paragraph"),
    ("en", 'He said "I am fine."| Then he left.'),
]


@pytest.mark.parametrize(("lang", "marked"), CASES)
def test_sentences_end_where_a_reader_ends_them(lang: str, marked: str) -> None:
    text = marked.replace("|", "")
    assert [text[start:end] for start, end in SPLITTERS[lang].split(text)] == [
        part.strip() for part in marked.split("|")
    ]


@given(st.text(alphabet="aB.1!?\n \t,:-Zä", max_size=60), st.sampled_from(["en", "de"]))
def test_every_visible_character_is_in_exactly_one_sentence(text: str, lang: str) -> None:
    covered = [position for start, end in SPLITTERS[lang].split(text) for position in range(start, end)]
    assert len(covered) == len(set(covered))
    assert {position for position, char in enumerate(text) if not char.isspace()} <= set(covered)


def test_bounds_of_another_splitter_are_mended_only_after_abbreviations() -> None:
    text = "V.a. Pneumonie. Kein Fieber."
    assert SPLITTERS["de"].joined(text, [(0, 4), (5, 15), (16, 28)]) == [(0, 15), (16, 28)]
