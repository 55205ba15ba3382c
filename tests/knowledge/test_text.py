"""Words in the form in which they are compared, and what a question asks for."""

from __future__ import annotations

import pytest

from medlfm.knowledge.text import announces, cognate, content_stems, fold, passage_type, question_type


@pytest.mark.parametrize(
    ("one", "other"), [("haemorrhage", "hemorrhage"), ("Ödem", "edem"), ("Ösophagus", "oesophagus"), ("Maß", "Mass")]
)
def test_spellings_meet(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@pytest.mark.parametrize(
    ("german", "english"),
    [("Karzinom", "carcinoma"), ("Tuberkulose", "tuberculosis"), ("Anämie", "anemia"), ("Hepatitis", "hepatitis")],
)
def test_cognates_meet(german: str, english: str) -> None:
    assert cognate(fold(german))[:7] == cognate(fold(english))[:7]


def test_stop_words_go_and_deciding_letters_stay() -> None:
    assert content_stems("What is the protein S?", "en") == ["protein", "s"]
    assert content_stems("Was ist das Vitamin D?", "de") == content_stems("Vitamin D", "de")


@pytest.mark.parametrize(
    ("question", "lang", "kind"),
    [
        ("What are the signs of sepsis?", "en", "symptoms"),
        ("How is gout treated?", "en", "treatment"),
        ("Why do I have hiccups?", "en", "causes"),
        ("What is gout?", "en", "definition"),
        ("What is the treatment for gout?", "en", "treatment"),
        ("Is hereditary angioedema dangerous?", "en", ""),
        ("Wie wird Gicht behandelt?", "de", "treatment"),
        ("Woran erkenne ich Gicht?", "de", "symptoms"),
        ("Warum bekomme ich Gicht?", "de", "causes"),
        ("Gicht", "de", ""),
    ],
)
def test_question_type(question: str, lang: str, kind: str) -> None:
    assert question_type(question, lang) == kind


@pytest.mark.parametrize(
    ("category", "kind"),
    [("exams and tests", "diagnosis"), ("outlook", "prognosis"), ("treatment", "treatment"), ("", "")],
)
def test_passage_type(category: str, kind: str) -> None:
    assert passage_type(category) == kind


@pytest.mark.parametrize(
    ("sentence", "lang", "announcing"),
    [
        ("This database provides the following list of signs for the syndrome.", "en", True),
        ("If known, the table below shows how often each sign is seen.", "en", True),
        ("Signs in adults are the following.", "en", True),
        ("Signs in adults are the following: fever, a stiff neck and a rash.", "en", False),
        ("The rash is below the knee, and the following day it fades.", "en", False),
        ("Die folgende Liste nennt Zeichen der Krankheit.", "de", True),
        ("Zeichen beim Erwachsenen sind die folgenden.", "de", True),
        ("Weitere Mittel sind unten aufgeführt.", "de", True),
        ("Folgende Zeichen sind häufig: Fieber und Ausschlag.", "de", False),
    ],
)
def test_a_sentence_that_only_announces_a_list_is_known(sentence: str, lang: str, announcing: bool) -> None:
    assert announces(sentence, lang) is announcing
