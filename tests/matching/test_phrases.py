from __future__ import annotations

import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medlfm.matching.phrases import ENDINGS, Match, PhraseIndex, expand_phrase, fold, longest

EN = PhraseIndex(
    [
        ("chest (pain|pressure)", "chest pain"),
        ("pain .. chest", "chest pain"),
        ("seizure", "seizure"),
        ("can't breathe", "dyspnoea"),
        ("=MI", "infarction"),
        ("haemorrhag*", "bleeding"),
        ("[severe] headache", "headache"),
        ("b.i.d.", "twice a day"),
        ("stroke", "stroke"),
    ],
    endings=ENDINGS["en"],
    known={"stroked", "chess", "stoke", "strode"},
)
DE = PhraseIndex(
    [
        ("*embolie", "embolism"),
        ("Brustschmerz", "chest pain"),
        ("starker Schmerz", "severe pain"),
        ("Übelkeit", "nausea"),
        ("*blut*", "blood"),
        ("Körpergröße", "size"),
        ("V.a.", "suspicion"),
        ("Bewusstlosigkeit", "unconscious"),
    ],
    endings=ENDINGS["de"],
)


@pytest.mark.parametrize(
    ("index", "text", "found"),
    [
        (EN, "Chest pain since noon", "Chest pain"),
        (EN, "CHEST-PRESSURE", "CHEST-PRESSURE"),
        (EN, "chest\npain", "chest\npain"),
        (EN, "chest pains", "chest pains"),
        (EN, "a bad pain in my left chest", "pain in my left chest"),
        (EN, "ches pain", "ches pain"),
        (EN, "chset pain", "chset pain"),
        (EN, "a siezure", "siezure"),
        (EN, "two seizures", "seizures"),
        (EN, "I cant breathe", "cant breathe"),
        (EN, "I can’t breath", "can’t breath"),
        (EN, "MI in 2019", "MI"),
        (EN, "haemorrhagic shock", "haemorrhagic"),
        (EN, "severe headache", "severe headache"),
        (EN, "1 tab b.i.d.", "b.i.d"),
        (DE, "Lungenembolie", "Lungenembolie"),
        (DE, "zwei Lungenembolien", "Lungenembolien"),
        (DE, "Brustschmerzen", "Brustschmerzen"),
        (DE, "Brustschmertzen", "Brustschmertzen"),
        (DE, "mit starken Schmerzen", "starken Schmerzen"),
        (DE, "Uebelkeit", "Uebelkeit"),
        (DE, "ÜBELKEIT", "ÜBELKEIT"),
        (DE, "Ubelkeit", "Ubelkeit"),
        (DE, "Bluthusten", "Bluthusten"),
        (DE, "Teerstuhl, Darmblutung", "Darmblutung"),
        (DE, "KOERPERGROESSE", "KOERPERGROESSE"),
        (DE, "V.a. Pneumonie", "V.a"),
        (DE, "Bewustlosikeit", "Bewustlosikeit"),
        (DE, unicodedata.normalize("NFD", "starke Übelkeit"), unicodedata.normalize("NFD", "Übelkeit")),
    ],
)
def test_a_phrase_is_found(index: PhraseIndex[str], text: str, found: str) -> None:
    match = longest(index.find(text))[0]
    assert text[match.start : match.end] == found


@pytest.mark.parametrize(
    ("index", "text"),
    [
        (EN, "chest. Pain"),
        (EN, "chest, pain"),
        (EN, "chest\n\npain"),
        (EN, "chest X-ray. No pain"),
        (EN, "pain. The chest"),
        (EN, "pain in one of the toes below his chest"),
        (EN, "chess pain"),
        (EN, "mi casa"),
        (EN, "Mi"),
        (EN, "measure"),
        (EN, "a stoke of luck and a strode"),
        (EN, "he stroked the cat"),
        (EN, "a headband"),
        (EN, "painchest"),
        (EN, "seizing"),
        (EN, "thermorrhage"),
        (EN, ""),
        (DE, "Symbole"),
        (DE, "Embolieprophylaxe"),
        (DE, "Brustkorb"),
        (DE, "stark, Schmerz"),
        (DE, "Übel"),
        (DE, "V und a"),
        (DE, "Bewusstsein"),
        (DE, "starke Männer"),
        (DE, "Brust. Schmerz"),
        (DE, "große Geduld und Gruß"),
        (DE, "Kübelkeit"),
    ],
)
def test_what_is_no_phrase_is_left_alone(index: PhraseIndex[str], text: str) -> None:
    assert index.find(text) == []


def test_alternatives_and_optional_parts_are_written_out() -> None:
    assert list(expand_phrase("[bad|severe] (chest|arm) pain")) == [
        "bad chest pain",
        "bad arm pain",
        "severe chest pain",
        "severe arm pain",
        "chest pain",
        "arm pain",
    ]


def test_an_exact_word_beats_a_typo_and_says_its_distance() -> None:
    index = PhraseIndex([("prednisone", 1), ("prednisolone", 2)])
    assert [(m.payload, m.distance) for m in index.find("prednisone")] == [(1, 0)]
    assert [(m.payload, m.distance) for m in index.find("prednisolon")] == [(2, 1)]


def test_fuzzy_can_be_switched_off() -> None:
    assert PhraseIndex([("seizure", 1)], fuzzy=False).find("a siezure") == []


def test_longest_prefers_the_longest_and_never_overlaps() -> None:
    matches = [Match(0, 5, "a"), Match(0, 9, "b"), Match(6, 12, "c"), Match(10, 12, "d")]
    assert [match.payload for match in longest(matches)] == ["b", "d"]


@given(st.text(alphabet="aäeoöuüßé .,-'’\n\u0308chstpain", max_size=60))
def test_every_match_lies_in_the_text_and_folding_is_stable(text: str) -> None:
    assert fold(fold(text)) == fold(text)
    for match in (*EN.find(text), *DE.find(text)):
        assert 0 <= match.start < match.end <= len(text)


def test_a_megabyte_takes_seconds() -> None:
    text = "The patient reports chest pain and a sezure, with severe headache today. " * 14_000
    start = time.perf_counter()
    assert len(longest(EN.find(text))) == 42_000
    assert time.perf_counter() - start < 20


def test_a_word_of_many_letters_is_read_at_once() -> None:
    start = time.process_time()
    assert EN.find("x" * 100_000) == []
    assert time.process_time() - start < 1
