"""Orders in short sentences; every row was written for this test."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
import spacy
from spacy.language import Language

from medlfm import spans
from medlfm.components.medications import parse_orders
from medlfm.matching.quantities import number
from medlfm.matching.rules import load_rules
from tests.components.medication_lines import lines, wrong

# lang, text, what the order must hold
ORDERS: list[tuple[str, str, dict[str, Any]]] = [
    ("de", "Ramipril 5 mg 1-0-1", {"ingredient": "ramipril", "atc": "C09AA05", "dose": 5, "per_day": 2}),
    ("de", "Metoprolol 47,5 mg 1-0-½", {"dose": 47.5, "per_day": 2, "schedule": [1.0, 0.0, 0.5]}),
    ("de", "Ibuprofen 600 b. B. bis 4x/d", {"dose": 600, "unit": "mg", "per_day": 4, "prn": True}),
    ("de", "Paracetamol 2 g p.o. 6x/d", {"dose": 2, "unit": "g", "per_day": 6, "route": "oral"}),
    (
        "de",
        "Paracetamol 500 mg 0,5 Tbl. alle 8 h für 5 Tage bei Fieber",
        {"dose": 250, "per_day": 3, "duration_days": 5, "indication": "Fieber"},
    ),
    ("de", "L-Thyroxin 75 1-0-0", {"ingredient": "levothyroxine", "dose": 75, "unit": "ug"}),
    ("de", "Lantus 0-0-0-20 IE", {"dose": 20, "unit": "IU", "per_day": 1}),
    ("de", "Amoxicillin 45 mg/kg/Tag in 3 ED über 7 Tage", {"dose": 15, "per_kg": True, "per_day": 3}),
    ("de", "MTX 15 mg s.c. 1x/Woche", {"ingredient": "methotrexate", "per_day": 0.1429, "route": "subcutaneous"}),
    ("de", "Heparin 1.000 IE/h i.v.", {"dose": 1000, "unit": "IU/h", "route": "intravenous"}),
    ("de", "Metoprlol 50mg morgens und abends", {"ingredient": "metoprolol", "per_day": 2}),
    ("de", "2 Hübe Salbutamol", {"quantity": {"value": 2.0, "form": "puff"}}),
    ("de", "2 Tbl. Ibuprofen 400", {"dose": 800}),
    ("de", "Ibuprofensaft 5 mg/kg KG 6-stündlich", {"dose": 5, "per_kg": True, "per_day": 4}),
    ("de", "Ibuprofen max. 2400 mg/Tag", {"max_daily": {"value": 2400.0, "unit": "mg", "per_kg": False}}),
    ("de", "ASS-Allergie", {"ingredient": "acetylsalicylic acid", "dose": None}),
    ("en", "amoxicillin 500 mg PO TID x 10 days", {"dose": 500, "per_day": 3, "duration_days": 10, "route": "oral"}),
    (
        "en",
        "2 tablets of ibuprofen 400 mg every 6-8 hours as needed for pain",
        {"dose": 800, "per_day": 4, "prn": True},
    ),
    ("en", "metformin 1000 mg twice daily with meals", {"per_day": 2}),
    ("en", "1 g ceftriaxone IV once", {"dose": 1, "unit": "g", "route": "intravenous"}),
    ("en", "methotrexate 15 mg once weekly", {"per_day": 0.1429}),
    ("en", "acetaminophen 650 mg q6h prn", {"ingredient": "paracetamol", "per_day": 4, "prn": True}),
    ("en", "vancomycin 15 mg/kg IV q12h", {"dose": 15, "per_kg": True, "per_day": 2}),
    ("en", "norepinephrine 0.1 mcg/kg/min", {"dose": 0.1, "unit": "ug/min", "per_kg": True}),
    ("en", "amoxicillin 250 mg/5 mL, 10 mL three times a day", {"dose": 500, "per_day": 3}),
    ("en", "insulin glargine 20 units at bedtime", {"dose": 20, "unit": "IU", "per_day": 1}),
    ("en", "Aspirn 81 daily", {"ingredient": "acetylsalicylic acid", "dose": 81, "unit": "mg"}),
    ("en", "Xyzamab 5 mg p.o. daily", {"ingredient": "", "name": "Xyzamab", "dose": 5}),
    ("en", "warfarin 2.5 mg every other day", {"dose": 2.5, "per_day": 0.5}),
    ("en", "Tylenol 1,000 mg qid", {"dose": 1000, "per_day": 4}),
]

NOT_DRUGS = [
    ("en", "A concert in the region."),
    ("en", "glucose 120 mg/dl"),
    ("en", "digoxin level 2.1"),
    ("en", "insulin resistance"),
    ("en", "ASA class II"),
    ("en", "He has no allergies."),
    ("en", "Follow up in 2 weeks."),
    ("en", ""),
    ("de", "Glukose 120 mg/dl"),
    ("de", "Digitoxin-Spiegel 15 ng/ml"),
    ("de", "Frau Carmen Foster"),
    ("de", "Die Kohle wurde teurer."),
    ("de", "Insulinresistenz"),
    ("de", "RR 120/80, Puls 72"),
    ("de", "Keine Medikamente."),
    ("de", "Das Konzert war gut."),
]


@cache
def component(lang: str) -> Language:
    nlp = spacy.blank(lang)
    nlp.add_pipe("medlfm_medications")
    return nlp


def flat(order: dict[str, Any]) -> dict[str, Any]:
    dose = order["dose"] or {"value": None, "unit": None, "per_kg": None}
    return {
        **order,
        "dose": dose["value"],
        "unit": dose["unit"],
        "per_kg": dose["per_kg"],
        "per_day": order["frequency_per_day"],
    }


@pytest.mark.parametrize(("lang", "text", "wanted"), ORDERS, ids=[row[1] for row in ORDERS])
def test_an_order_is_read(lang: str, text: str, wanted: dict[str, Any]) -> None:
    (order,) = parse_orders(text, lang)
    assert {key: flat(order)[key] for key in wanted} == wanted
    assert order["text"] in text


@pytest.mark.parametrize(("lang", "text"), NOT_DRUGS)
def test_what_is_no_drug_is_left_alone(lang: str, text: str) -> None:
    assert parse_orders(text, lang) == []


def test_orders_of_a_list_keep_their_own_doses() -> None:
    orders = parse_orders("ASS 100 1-0-0, Ramipril 5 mg Metoprolol 47,5 mg 1-0-1\n- 500 mg Metformin 2x tgl.", "de")
    assert [(order["name"], flat(order)["dose"], order["frequency_per_day"]) for order in orders] == [
        ("ASS", 100, 1),
        ("Ramipril", 5, None),
        ("Metoprolol", 47.5, 2),
        ("Metformin", 500, 2),
    ]


def test_the_component_writes_spans_with_context() -> None:
    nlp = spacy.blank("de")
    nlp.add_pipe("medlfm_medications")
    doc = nlp("Kein Marcumar. Ibuprofen 400 mg b.B.")
    first, second = doc.spans[spans.MEDICATIONS]
    assert (first.text, first.label_, first.id_, first._.medlfm_negated) == ("Marcumar", "DRUG", "phenprocoumon", True)
    assert second._.medlfm_medication["dose"] == {"value": 400.0, "unit": "mg", "per_kg": False}
    assert not second._.medlfm_negated


def test_the_user_adds_a_drug() -> None:
    nlp = spacy.blank("en")
    rule = {"id": "zebrazine", "atc": "Z99ZZ99", "en": ["zebrazine"], "de": [], "brands": []}
    nlp.add_pipe("medlfm_medications", config={"rules": [rule]})
    doc = nlp("zebrazine 5 mg daily")
    assert [span.id_ for span in doc.spans[spans.MEDICATIONS]] == ["zebrazine"]


def test_the_lexicon_holds_enough_ingredients_with_codes() -> None:
    drugs = [rule for rule in load_rules("en", "medications") if "atc" in rule]
    assert len(drugs) >= 250
    assert all(rule["atc"][0].isalpha() and rule["atc"][1:3].isdigit() for rule in drugs)
    assert all(set(rule.get("guarded", ())) <= {*rule["en"], *rule["de"], *rule["brands"]} for rule in drugs)


@pytest.mark.parametrize(
    ("text", "lang", "value"),
    [
        ("0,5", "de", 0.5),
        ("1.000", "de", 1000),
        ("0.125", "de", 0.125),
        ("1.000,5", "de", 1000.5),
        ("47,5", "de", 47.5),
        ("2.5", "de", 2.5),
        ("1,000", "en", 1000),
        ("0,5", "en", 0.5),
        ("2.500", "en", 2.5),
        ("½", "en", 0.5),
        ("1½", "en", 1.5),
        ("1/2", "en", 0.5),
    ],
)
def test_numbers_are_read_as_their_language_writes_them(text: str, lang: str, value: float) -> None:
    assert number(text, lang) == value


@pytest.mark.parametrize(("lang", "text", "wanted"), [(lang, *row) for lang in ("en", "de") for row in lines(lang)])
def test_a_line_is_read_as_it_is_meant(lang: str, text: str, wanted: list[dict[str, Any]]) -> None:
    nlp = component(lang)
    doc = nlp(text)
    assert wrong(wanted, [span._.medlfm_medication for span in doc.spans[spans.MEDICATIONS]]) == []
