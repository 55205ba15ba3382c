from __future__ import annotations

import pytest

from medlfm.matching.language import detect_language

ENGLISH = [
    "The patient denies chest pain.",
    "No fever",
    "I have chest pain",
    "What helps against headaches?",
    "58M w/ CP radiating to L arm, diaphoretic",
    "Can't breathe",
]
GERMAN = [
    "Pat. klagt über Brustschmerzen seit gestern.",
    "Kein Fieber",
    "Was hilft gegen Kopfschmerzen?",
    "Mir ist schlecht",
    "Hauptdiagnose: Pneumonie rechts",
    "Atemnot",
    "Entlassung in stabilem Zustand, Kontrolle beim Hausarzt.",
]
NEITHER = [
    "",
    "12.3.",
    "Paracetamol 2 g p.o. 6x/d",
    "Le patient se plaint de douleurs thoraciques depuis hier et une dyspnée.",
    "El paciente refiere dolor en el pecho desde ayer.",
    "De patiënt heeft pijn op de borst en is kortademig sinds gisteren.",
    "Il paziente riferisce dolore toracico da ieri.",
    "Pacjent skarży się na ból w klatce piersiowej.",
    "Ο ασθενής έχει πόνο",
    "患者胸痛",
]

ENGLISH_QUESTIONS = """What causes gout?
What is asthma?
Who gets diabetes?
Is hepatitis contagious?
Does aspirin help?
Gout causes
Heart attack symptoms
Which antibiotic?
Can cancer be cured?
Do vaccines work?
Are opioids addictive?
Need insulin?
Define sepsis
Was aspirin prescribed?"""
GERMAN_QUESTIONS = """Was verursacht Gicht?
Was ist Asthma?
Wer bekommt Diabetes?
Wodurch entsteht Rheuma?
Woran erkennt man Masern?
Hilft Aspirin?
Gicht Ursachen
Ibuprofen Nebenwirkungen
Symptome Herzinfarkt
Welches Antibiotikum?
Bluthochdruck senken
Ist Hepatitis ansteckend?
Macht Tramadol abhängig?
Was tun bei Durchfall?"""
OTHER_QUESTIONS = """Wat is astma?
Wat veroorzaakt jicht?
Is hepatitis besmettelijk?
Hvad er astma?
Er astma farligt?
Vad orsakar gikt?
Comment traiter la migraine ?
Quels sont les symptomes du diabete?
Che cos'è l'asma?
Sintomi del diabete
Qué es el asma?
Sintomas da diabetes
Co to jest astma?
Pacientul are febra si tuse."""


@pytest.mark.parametrize(
    ("lang", "question"),
    [
        (lang, question)
        for lang, questions in (("en", ENGLISH_QUESTIONS), ("de", GERMAN_QUESTIONS), ("", OTHER_QUESTIONS))
        for question in questions.splitlines()
    ],
)
def test_short_questions_are_told_and_foreign_ones_are_not_taken_for_ours(lang: str, question: str) -> None:
    assert detect_language(question) == lang


@pytest.mark.parametrize("text", ["Migraine?", "Ibuprofen", "Diabetes mellitus", "Definition Sepsis", "ASS 100"])
def test_words_that_both_languages_use_decide_nothing(text: str) -> None:
    assert detect_language(text) == ""


@pytest.mark.parametrize("text", ENGLISH)
def test_english_is_told(text: str) -> None:
    assert detect_language(text) == "en"


@pytest.mark.parametrize("text", GERMAN)
def test_german_is_told(text: str) -> None:
    assert detect_language(text) == "de"


@pytest.mark.parametrize("text", NEITHER)
def test_what_is_too_short_or_foreign_is_not_guessed(text: str) -> None:
    assert detect_language(text) == ""


def test_a_german_letter_with_an_english_study_title_stays_german() -> None:
    text = "Der Patient nahm an der Studie 'Effects of early treatment' teil und wurde danach bei uns betreut."
    assert detect_language(text) == "de"
