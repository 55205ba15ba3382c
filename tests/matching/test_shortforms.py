"""Which short forms are found, and which sense they are given; every row was written for this test."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from medlfm.matching.rules import load_rules
from medlfm.matching.shortforms import ShortForms, short_forms
from medlfm.settings import LANGUAGES

SURE = 0.6
SENTENCES = Path(__file__).parents[2] / "benchmarks" / "abbreviations"


@pytest.fixture(scope="module")
def finders() -> dict[str, ShortForms]:
    return {lang: short_forms(lang, load_rules(lang, "abbreviations")) for lang in LANGUAGES}


def _given(finder: ShortForms, text: str) -> list[tuple[str, str | None]]:
    forms = finder.find(text)
    return [
        (text[form.start : form.end], form.candidates[0]["long"] if form.candidates[0]["score"] >= SURE else None)
        for form in forms
        if form.candidates
    ]


@pytest.mark.parametrize(
    ("lang", "text", "short", "long"),
    [
        ("en", "Weaned off oxygen, sats 97% on RA.", "RA", "room air"),
        ("en", "Erosive RA, started tocilizumab.", "RA", "rheumatoid arthritis"),
        ("en", "Carpopedal spasm; PD catheter exit site red, effluent cloudy.", "PD", "peritoneal dialysis"),
        ("en", "Shuffling gait, cogwheel rigidity: PD, start levodopa.", "PD", "Parkinson disease"),
        ("en", "Aspirin 81 mg OD", "OD", "once daily"),
        ("en", "known copd and htn", "copd", "chronic obstructive pulmonary disease"),
        ("en", "CAD/HTN for years", "CAD", "coronary artery disease"),
        ("de", "Verschluss der A. femoralis", "A.", "Arteria"),
        ("en", "two prior DVTs", "DVTs", "deep vein thromboses"),
        ("en", "Virtual fracture team, VFT, will call. VFT knows.", "VFT", "virtual fracture team"),
        ("de", "Brennen beim Wasserlassen, HWI behandelt.", "HWI", "Harnwegsinfekt"),
        ("de", "Hebungen inferior, HWI, sofort Katheter.", "HWI", "Hinterwandinfarkt"),
        ("de", "KV: TK", "TK", "Techniker Krankenkasse"),
        ("de", "Thrombozyten 7000, TK transfundiert.", "TK", "Thrombozytenkonzentrat"),
        ("de", "AV-Fistel am Unterarm", "AV", "arteriovenös"),
        ("de", "COPD GOLD III", "COPD", "chronisch obstruktive Lungenerkrankung"),
        ("de", "Einwilligung Kinderoperation = EKO. EKO liegt vor.", "EKO", "Einwilligung Kinderoperation"),
    ],
)
def test_the_words_around_decide(finders: dict[str, ShortForms], lang: str, text: str, short: str, long: str) -> None:
    assert (short, long) in _given(finders[lang], text)


@pytest.mark.parametrize(
    ("lang", "text"),
    [
        ("en", "Note: MS."),
        ("en", "Dr. PT Anderson"),
        ("en", "works for PE Ltd"),
        ("en", "Reference AS 48213"),
        ("en", "Batch no. MR7781"),
        ("en", "NYHA class III"),
        ("en", "Factor V Leiden"),
        ("en", "40 mg, 3 ml, 12 mmHg"),
        ("en", "T-cell, J. K. Smith"),
        ("en", "he may add salt as he likes"),
        ("de", "Frau AS aus Zimmer 12"),
        ("de", "Kennzeichen HH-OP 3312"),
        ("de", "Notiz: PE"),
        ("de", "A. Müller und J. Thiel"),
        ("de", "Stadium IV, Hirnnerv V"),
        ("de", "Natrium 128 mmol/l."),
        ("de", "ES IST ALLES GUT"),
        ("de", "er ist mit der hand im bad"),
    ],
)
def test_what_is_no_short_form_or_not_sure_stays(finders: dict[str, ShortForms], lang: str, text: str) -> None:
    unsure = {"NYHA", "HH"}  # written out, or part of what stays
    assert [form for form, long in _given(finders[lang], text) if long and form not in unsure] == []


@pytest.mark.parametrize(
    ("lang", "text"), [("de", "Kontrolle Mo 8 Uhr"), ("de", "Typ CT 3000"), ("en", "a cold morning")]
)
def test_weekdays_models_and_words_are_not_taken_for_senses(
    finders: dict[str, ShortForms], lang: str, text: str
) -> None:
    assert [long for _, long in _given(finders[lang], text) if long not in (None, "Montag")] == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_hardly_any_sentence_of_the_training_set_is_expanded_wrongly(finders: dict[str, ShortForms], lang: str) -> None:
    rows = [
        json.loads(line) for line in (SENTENCES / f"sentences.{lang}.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    wrong = []
    for row in (row for row in rows if not row["expand"]):
        start = row["text"].index("[[")
        end = row["text"].index("]]") - 2
        forms = finders[lang].find(row["text"].replace("[[", "").replace("]]", ""))
        touched = [form.candidates[0] for form in forms if form.candidates and form.start < end and start < form.end]
        wrong += [row["id"] for best in touched if best["score"] >= SURE]
    assert len(wrong) <= 0.02 * len(rows), wrong


@pytest.mark.parametrize("lang", LANGUAGES)
def test_scores_are_shares_and_rank_the_candidates(finders: dict[str, ShortForms], lang: str) -> None:
    for short in ("MS", "PE", "RA", "BE"):
        scores = [item["score"] for form in finders[lang].find(f"bekannt: {short}") for item in form.candidates]
        assert scores == sorted(scores, reverse=True)
        assert sum(scores) <= 1.01


def test_senses_are_listed_however_the_short_form_is_written(finders: dict[str, ShortForms]) -> None:
    senses = finders["en"].senses
    assert senses("htn")[0]["long"] == senses("HTN")[0]["long"] == "hypertension"
    assert senses("B.I.D.")[0]["long"] == senses("bid")[0]["long"]
    assert senses("XQZW") == ()


def test_rules_of_the_users_come_first() -> None:
    extra = {"id": "en.MS", "short": "MS", "senses": [{"long": "motion sickness", "prior": 0.95}]}
    finder = short_forms("en", load_rules("en", "abbreviations", extra=[extra]))
    assert ("MSK", "musculoskeletal") in _given(finder, "MSK exam")
    assert [item["long"] for item in finder.find("MS on boats")[0].candidates] == ["motion sickness"]
