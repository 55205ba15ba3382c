"""Questions that the drug table answers, and those that it must leave to the evidence."""

from __future__ import annotations

import pytest

from medlfm.safety.drug_questions import answer_from_table
from medlfm.safety.patient import Patient


@pytest.mark.parametrize(
    ("question", "lang", "expected"),
    [
        ("What is the maximum daily dose of paracetamol for an adult?", "en", "at most 4 g a day"),
        ("Wie hoch ist die maximale Tagesdosis von Ibuprofen?", "de", "höchstens 2,4 g am Tag"),
        ("Höchstdosis Paracetamol?", "de", "höchstens 4 g am Tag"),
        ("What weakens warfarin?", "en", "enzyme inducers"),
        ("Was schwächt die Wirkung von Marcumar?", "de", "Johanniskraut"),
        ("Who should not take ibuprofen?", "en", "contraindicated with"),
        ("Can I take ibuprofen in pregnancy?", "en", "contraindicated in pregnancy"),
    ],
)
def test_the_table_answers_questions_about_drugs(question: str, lang: str, expected: str) -> None:
    assert expected in " ".join(answer_from_table(question, Patient(), lang))


@pytest.mark.parametrize(
    ("question", "lang"),
    [
        ("What is asthma?", "en"),
        ("How does ibuprofen work?", "en"),
        ("How much water should I drink a day?", "en"),
        ("What causes gout in pregnancy?", "en"),
        ("Was ist Asthma?", "de"),
        ("Wie wirkt Ibuprofen?", "de"),
        ("Wie behandelt man eine Blasenentzündung in der Schwangerschaft?", "de"),
    ],
)
def test_other_questions_are_left_to_the_evidence(question: str, lang: str) -> None:
    assert answer_from_table(question, Patient(), lang) == []


def test_what_speaks_against_a_drug_comes_first() -> None:
    said = answer_from_table("Kann sie Ibuprofen nehmen?", Patient.read({"egfr": 25}), "de")
    assert "kontraindiziert" in said[0]
    assert answer_from_table("Kann sie Ibuprofen nehmen?", Patient.read({"egfr": 90}), "de") == []
