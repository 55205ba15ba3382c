from __future__ import annotations

import re
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
    ("de", "Uebelkeit, Roentgen, taeglich, Koerper", "Übelkeit, Röntgen, täglich, Körper"),
    ("de", "frueher UEBELKEIT", "früher ÜBELKEIT"),
    ("de", "Temp. 38 ,5 ° C, RR 120/80 mm Hg", "Temp. 38,5 °C, RR 120/80 mmHg"),
    ("de", "Heparin 5000 I.E.", "Heparin 5000 IE"),
    ("en", "c0ugh and b|ood", "cough and blood"),
    ("en", "b1ood pressure", "blood pressure"),
    ("en", "levothyroxine 50 mcg, Hb 9 g/dL, 1·5 mg", "levothyroxine 50 µg, Hb 9 g/dl, 1.5 mg"),
    ("en", "Plan:\n• aspirin\n▪ rest", "Plan:\n- aspirin\n- rest"),
    ("en", "| Na | 140 |\n| K | 4.1 |", "Na 140\nK 4.1"),
    ("en", "Plan\n=====\nrest", "Plan\n\nrest"),
    ("en", "non-\ntender, no-\none", "non-tender, no-one"),
    (
        "en",
        "A line of prose that was broken by the width of its page and\ngoes on here.",
        "A line of prose that was broken by the width of its page and goes on here.",
    ),
]
KEPT = [
    ("de", "Herr Mueller, Frau Goethe, Poet, aktuell, Duett, neue Steuer, Michael, Israel, Aloe"),
    ("de", "zuerst, genauer, Feuer, dauernd, manuell, sexuell, individuell, Quelle, Frequenz"),
    ("en", "H2O, CO2, vitamin B12, T1-weighted, HbA1c, O2, Ca19-9, p53, 1,000 ml, a|b"),
    ("en", "in 1, 5 and 10 days; 12-lead; 3 x 500 mg; pH 7.2"),
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


TEXT = st.text(alphabet="aBäZ1uebo0|•=· \t\n\r-.,:ﬁ“\u0308\u00ad\u200b\u00a0", max_size=40)


@given(TEXT)
def test_cleaning_twice_changes_nothing_more(text: str) -> None:
    once, _ = CLEAN["de"](text)
    assert CLEAN["de"](once)[0] == once


@given(TEXT)
def test_the_map_fits_both_texts_and_the_result_is_composed(text: str) -> None:
    cleaned, offsets = CLEAN["en"](text)
    assert (offsets.source_length, offsets.target_length) == (len(text), len(cleaned))
    assert unicodedata.is_normalized("NFC", cleaned)


WORDS = st.lists(
    st.sampled_from(
        ["no", "not", "kein", "nicht", "ohne", "12", "3.5", "38,5", "mg", "mm Hg", "•", "|", "fuer", "-", "c0ugh"]
    ),
    max_size=12,
)


@given(WORDS, st.sampled_from([" ", "\n", "  ", " \n\n"]), st.sampled_from(["en", "de"]))
def test_numbers_and_words_of_negation_never_change(words: list[str], between: str, lang: str) -> None:
    text = between.join(words)
    kept = re.compile(r"(?<!\w)(?:no|not|kein|nicht|ohne|\d+(?:[.,]\d+)?)(?!\w)")
    assert kept.findall(CLEAN[lang](text)[0]) == kept.findall(text)


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
