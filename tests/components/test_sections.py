from __future__ import annotations

import pytest
import spacy

import medlfm.components.sections  # noqa: F401
from medlfm.errors import RulesError
from medlfm.spans import SECTIONS

ENGLISH = """Chief Complaint: cough
Family History:
Mother: breast cancer
Father: stroke

Assessment and Plan:
pneumonia
Dietary Aspects:
low salt"""

GERMAN = """FA: Vater Herzinfarkt.

Bei Aufnahme Fieber.
Diagnosen
1. Pneumonie
Therapie und Verlauf:
Guter Verlauf. Befund: o.B."""


def sections(lang: str, text: str) -> list[tuple[str, str]]:
    nlp = spacy.blank(lang)
    nlp.add_pipe("medlfm_sections")
    doc = nlp(text)
    return [(span.label_, span.text) for span in doc.spans[SECTIONS]]


def test_english_headings_open_sections() -> None:
    assert sections("en", ENGLISH) == [
        ("chief_complaint", "Chief Complaint: cough"),
        ("family_history", "Family History:\nMother: breast cancer\nFather: stroke"),
        ("assessment_and_plan", "Assessment and Plan:\npneumonia"),
        ("other", "Dietary Aspects:\nlow salt"),
    ]


def test_german_headings_open_sections_also_within_a_line() -> None:
    assert sections("de", GERMAN) == [
        ("family_history", "FA: Vater Herzinfarkt."),
        ("diagnosis", "Diagnosen\n1. Pneumonie"),
        ("hospital_course", "Therapie und Verlauf:\nGuter Verlauf."),
        ("physical_exam", "Befund: o.B."),
    ]


def test_transcribed_reports_with_headings_in_running_text_are_cut() -> None:
    text = "SUBJECTIVE:,  She has pain.,MEDICATIONS: , None.,FAMILY HISTORY: Mother had diabetes. ODD THING: x"
    assert [label for label, _ in sections("en", text)] == [
        "history_of_present_illness",
        "medications",
        "family_history",
        "other",
    ]


@pytest.mark.parametrize(
    ("lang", "text"),
    [
        ("en", "She has a family history of stroke."),
        ("en", "The plan: none of us knew it."),
        ("en", "He takes his medications daily\nand feels well."),
        ("en", "history"),
        ("de", "Die Familienanamnese ist leer."),
        ("de", "In der Vorgeschichte Asthma."),
        ("de", "Labor und Befund liegen vor."),
        ("de", ""),
    ],
)
def test_prose_that_names_a_section_opens_none(lang: str, text: str) -> None:
    assert sections(lang, text) == []


def test_a_family_history_ends_at_the_blank_line_after_it() -> None:
    found = sections("en", "Family History:\n\nMother: stroke\n\nHe has chest pain now.")
    assert found == [("family_history", "Family History:\n\nMother: stroke")]


def test_a_rule_without_headings_is_refused() -> None:
    with pytest.raises(RulesError, match="needs section and headings"):
        spacy.blank("en").add_pipe("medlfm_sections", config={"rules": [{"id": "x", "section": "y"}]})
