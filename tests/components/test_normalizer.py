from __future__ import annotations

import unicodedata

import pytest
import spacy
from hypothesis import given
from hypothesis import strategies as st

import medlfm.components.normalizer  # noqa: F401
from medlfm.matching.normalization import Normalizer
from medlfm.matching.offsets import OffsetMap

CLEAN = {lang: Normalizer(lang) for lang in ("en", "de")}

CHANGED = [
    ("de", "Pneumo-\nnie", "Pneumonie"),
    ("de", "Pneumo\u00ad\nnie", "Pneumonie"),
    ("de", "Magen-\nDarm-Trakt", "Magen-Darm-Trakt"),
    ("de", "Ober-\nund Unterschenkel", "Ober- und Unterschenkel"),
    ("de", "Ga\u0308hnen", "Gähnen"),
    ("de", "„gut“ auf\u00adgenommen", '"gut" aufgenommen'),
    ("en", "follow-\nup", "follow-up"),
    ("en", "the ﬁrst ﬂight", "the first flight"),
    ("en", "no  fever\t today \r\n\r\n\r\n\r\nPlan", "no fever today\n\nPlan"),
    ("en", "81\u00a0mg \u200bdaily", "81 mg daily"),
    (
        "en",
        "A line of prose that was broken by the width of its page and\ngoes on here.",
        "A line of prose that was broken by the width of its page and goes on here.",
    ),
]
KEPT = [
    ("en", "Plan:\n- aspirin\n- rest"),
    ("en", "Temp 38.5 °C, RR 120/80 mmHg, 5 µg, 10⁹/l, ± 2, H₂O"),
    ("en", "Labs:\nNa 140\nK 4.0"),
    ("en", "No fever - no chills – no cough"),
    ("en", "It's the patient's well-known non-Hodgkin lymphoma."),
    ("de", "Diagnosen:\n1. Pneumonie\n2. COPD"),
    ("de", "Kreatinin 1,2 mg/dl, 3×500 mg, ½ Tbl., ≥ 3 d, m²"),
    ("de", "Ein- und Ausfuhr; Herz-Kreislauf-Stillstand"),
]


@pytest.mark.parametrize(("lang", "text", "wanted"), CHANGED)
def test_what_pages_and_fonts_left_behind_is_cleaned(lang: str, text: str, wanted: str) -> None:
    assert CLEAN[lang](text)[0] == wanted


@pytest.mark.parametrize(("lang", "text"), KEPT)
def test_what_carries_meaning_is_kept(lang: str, text: str) -> None:
    assert CLEAN[lang](text)[0] == text


TEXT = st.text(alphabet="aBäZ1 \t\n\r-.,:ﬁ“\u0308\u00ad\u200b\u00a0", max_size=40)


@given(TEXT)
def test_cleaning_twice_changes_nothing_more(text: str) -> None:
    once, _ = CLEAN["de"](text)
    assert CLEAN["de"](once)[0] == once


@given(TEXT)
def test_the_map_fits_both_texts_and_the_result_is_composed(text: str) -> None:
    cleaned, offsets = CLEAN["en"](text)
    assert (offsets.source_length, offsets.target_length) == (len(text), len(cleaned))
    assert unicodedata.is_normalized("NFC", cleaned)


def test_a_word_of_the_clean_text_is_found_in_the_source() -> None:
    text = "Akute  Pneumo-\nnie rechts"
    cleaned, offsets = CLEAN["de"](text)
    start = cleaned.index("Pneumonie")
    low, high = offsets.to_source(start, start + len("Pneumonie"))
    assert text[low:high] == "Pneumo-\nnie"


def test_the_component_leaves_the_text_and_writes_the_clean_one_beside_it() -> None:
    nlp = spacy.blank("de")
    nlp.add_pipe("medlfm_normalizer")
    doc = nlp("Pneumo-\nnie")
    assert doc.text == "Pneumo-\nnie"
    assert doc._.medlfm_normalized["text"] == "Pneumonie"
    assert OffsetMap.from_json(doc._.medlfm_normalized["offsets"]).to_source(0, 9) == (0, 11)
