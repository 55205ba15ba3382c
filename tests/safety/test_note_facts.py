"""Reading a patient's facts and orders from a note and from a FHIR bundle, and checking them together."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from medlfm.errors import OrderError
from medlfm.safety.fhir_facts import facts_of_bundle, is_bundle
from medlfm.safety.note_facts import check_note, read_facts, read_orders


@pytest.mark.parametrize(
    ("lang", "text", "wanted"),
    [
        (
            "en",
            "72-year-old man, weight 81 kg, eGFR 24 ml/min.",
            {"age": 72, "sex": "male", "weight_kg": 81, "egfr": 24},
        ),
        ("en", "She is 34 years old and 28 weeks pregnant.", {"age": 34, "sex": "female", "gestation_weeks": 28}),
        ("en", "81F from a nursing home, wt 46 kg, ht 152 cm", {"age": 81, "sex": "female", "height_cm": 152}),
        ("en", "8 month old boy, 7.5 kg", {"age": 8 / 12, "sex": "male", "weight_kg": 7.5}),
        ("en", "Creatinine 177 µmol/l", {"creatinine_mg_dl": 2.0023}),
        ("en", "Gentamicin 5 mg/kg daily for 3 days", {"weight_kg": None, "age": None}),
        ("en", "Ramipril 5 mg since 2019", {"age": None, "sex": None, "egfr": None}),
        ("en", "Is ibuprofen safe at 30 weeks?", {"gestation_weeks": 30}),
        ("en", "Pregnant, now at 31 weeks", {"gestation_weeks": 31}),
        ("en", "Gestation 24+3, ibuprofen?", {"gestation_weeks": 24}),
        ("en", "The baby is 30 weeks old", {"gestation_weeks": None}),
        ("de", "Schwanger in der 31. Woche", {"gestation_weeks": 31}),
        ("de", "SSW 24, Rückenschmerzen", {"gestation_weeks": 24}),
        ("de", "seit der 3. Woche Husten", {"gestation_weeks": None}),
        ("de", "78-jährige Patientin, 62 kg, Krea 1,9 mg/dl", {"age": 78, "sex": "female", "creatinine_mg_dl": 1.9}),
        ("de", "Herr K., 55 Jahre, GFR 88", {"age": 55, "sex": "male", "egfr": 88}),
        ("de", "Schwangere, 31. SSW", {"gestation_weeks": 31}),
        ("de", "Ibuprofen 10 mg/kg alle 8 h", {"weight_kg": None}),
    ],
)
def test_numbers_are_read(lang: str, text: str, wanted: dict[str, Any]) -> None:
    facts = read_facts(text, lang)
    assert {name: getattr(facts, name) for name in wanted} == {
        name: pytest.approx(value, rel=1e-3) if isinstance(value, float) else value for name, value in wanted.items()
    }


@pytest.mark.parametrize(
    ("lang", "text", "names"),
    [
        ("en", "Continue bisoprolol 5 mg od and apixaban 5 mg bd.", ["bisoprolol", "apixaban"]),
        ("en", "Ramipril was stopped.", []),
        ("en", "Never took warfarin.", []),
        ("en", "Allergic to penicillin. Start doxycycline 100 mg bd.", ["doxycycline"]),
        ("en", "His mother takes digoxin.", []),
        ("de", "Ramipril abgesetzt. Neu: Candesartan 8 mg 1-0-0", ["candesartan"]),
        ("de", "Kein Marcumar.", []),
        ("de", "Bisoprolol 5 mg 1-0-0, ASS 100 1-0-0", ["bisoprolol", "acetylsalicylic acid"]),
    ],
)
def test_orders_that_hold_are_read(lang: str, text: str, names: list[str]) -> None:
    assert [order["ingredient"] for order in read_orders(text, lang)] == names


def test_the_orders_of_a_note_are_checked_against_the_note() -> None:
    lines = (
        "72-year-old man, 81 kg. eGFR 24 ml/min. No asthma.",
        "Allergies: penicillin.",
        "Meds: metformin 1 g bd, apixaban 5 mg bd.",
        "Start amoxicillin 1 g tds.",
    )
    order, patient = check_note("\n".join(lines))
    assert order.verdict == "allergy"
    assert {finding.verdict for finding in order.findings} >= {"allergy", "contraindicated", "dose_too_high"}
    assert (patient.egfr, patient.conditions) == (24, ())
    assert any(finding.what.startswith("apixaban: ") for finding in order.findings)


def test_given_facts_come_before_those_of_the_note() -> None:
    order, patient = check_note("eGFR 24. Metformin 1 g bd", {"egfr": 90}, "en")
    assert patient.egfr == 90
    assert order.verdict == "ok"


def test_an_empty_note_is_refused() -> None:
    with pytest.raises(OrderError, match="empty"):
        check_note(" ")


def resource(kind: str, **values: Any) -> dict[str, Any]:
    return {"resource": {"resourceType": kind, **values}}


def observation(code: str, value: float, unit: str, when: str = "2024-01-01", **more: Any) -> dict[str, Any]:
    quantity = {"value": value, "unit": unit, "code": unit}
    return resource(
        "Observation", code={"coding": [{"code": code}]}, valueQuantity=quantity, effectiveDateTime=when, **more
    )


def coded(code: str) -> dict[str, Any]:
    return {"coding": [{"code": code}]}


BUNDLE = {
    "resourceType": "Bundle",
    "entry": [
        resource("Patient", gender="female", birthDate="1950-06-15"),
        resource("Condition", code={"text": "heart failure"}, clinicalStatus=coded("active")),
        resource("Condition", code={"text": "pneumonia"}, clinicalStatus=coded("resolved")),
        resource("Condition", code={"text": "gout"}, verificationStatus=coded("refuted")),
        resource("AllergyIntolerance", code={"coding": [{"display": "Penicillin"}]}),
        resource("Medication", id="m1", code={"text": "Warfarin"}),
        resource(
            "MedicationRequest",
            status="active",
            medicationReference={"reference": "Medication/m1"},
            dosageInstruction=[{"text": "3 mg once daily"}],
        ),
        resource("MedicationStatement", status="stopped", medicationCodeableConcept={"text": "Ramipril"}),
        observation("33914-3", 60, "mL/min", "2022-01-01"),
        observation("33914-3", 28, "mL/min", "2024-01-01"),
        observation("29463-7", 176, "[lb_av]"),
        observation("8302-2", 1.6, "m"),
        observation("2160-0", 1.9, "mg/dL", status="entered-in-error"),
        observation("2160-0", 5, "furlong"),
        resource("Observation", code=coded("82810-3"), valueCodeableConcept=coded("60001007")),
    ],
}


ICD10 = "http://hl7.org/fhir/sid/icd-10"


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ({"coding": [{"system": ICD10, "code": "I48.0"}]}, "I48.0"),
        ({"coding": [{"system": f"{ICD10}-gm", "code": "J45.9"}], "text": "Asthma"}, "Asthma (J45.9)"),
        ({"coding": [{"system": "http://snomed.info/sct", "code": "195967001"}]}, "195967001"),
        ({"coding": [{"system": "http://snomed.info/sct", "code": "195967001", "display": "Asthma"}]}, "Asthma"),
    ],
)
def test_a_condition_may_be_a_code_alone(code: dict[str, Any], words: str) -> None:
    bundle = {"resourceType": "Bundle", "entry": [resource("Condition", code=code)]}
    assert facts_of_bundle(bundle) == {"conditions": [words]}


def test_a_bundle_gives_the_facts_that_are_active() -> None:
    assert is_bundle(BUNDLE)
    assert facts_of_bundle(BUNDLE, today=date(2024, 6, 14)) == {
        "sex": "female",
        "age": 73,
        "conditions": ["heart failure"],
        "allergies": ["Penicillin"],
        "medications": ["Warfarin 3 mg once daily"],
        "egfr": 28.0,
        "weight_kg": pytest.approx(79.83, abs=0.01),
        "height_cm": 160.0,
        "pregnant": False,
    }


def test_a_baby_has_an_age_in_parts_of_a_year() -> None:
    facts = facts_of_bundle({"resourceType": "Patient", "birthDate": "2024-01-10"}, today=date(2024, 4, 11))
    assert facts == {"age": 0.25}


def test_several_patients_are_refused_and_other_json_is_no_bundle() -> None:
    with pytest.raises(OrderError, match="several patients"):
        facts_of_bundle({"resourceType": "Bundle", "entry": [resource("Patient"), resource("Patient")]})
    assert not is_bundle({"age": 54})
