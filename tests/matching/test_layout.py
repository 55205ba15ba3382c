"""Sentences and sections of clinical layouts; in the tables ⏎ is a line break, ‖ the end of a sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

import medlfm
from medlfm.matching.rules import load_rules
from medlfm.matching.sections import SectionFinder
from medlfm.matching.sentences import SentenceSplitter

FOLDER = Path(__file__).parent / "layout"
SPLITTERS = {lang: SentenceSplitter(lang) for lang in ("en", "de")}
FINDERS = {lang: SectionFinder(load_rules(lang, "sections")) for lang in ("en", "de")}


def rows(kind: str) -> list[tuple[str, str]]:
    return [
        (lang, line)
        for lang in ("en", "de")
        for line in (FOLDER / f"{kind}.{lang}.txt").read_text(encoding="utf-8").splitlines()
    ]


@pytest.mark.parametrize(("lang", "line"), rows("sentences"))
def test_sentences_end_right_around_abbreviations_lists_and_broken_lines(lang: str, line: str) -> None:
    marked = line.replace("⏎", "\n")
    text = marked.replace("‖", "")
    found = [text[start:end] for start, end in SPLITTERS[lang].split(text)]
    assert found == [part.strip() for part in marked.split("‖")]


@pytest.mark.parametrize(("lang", "line"), rows("sections"))
def test_headings_open_sections_wherever_they_stand(lang: str, line: str) -> None:
    text, _, labels = line.partition(" =>")
    found = [section.label for section in FINDERS[lang].find(text.replace("⏎", "\n"))]
    assert found == [label.strip() for label in labels.split(",") if label.strip()]


@pytest.mark.parametrize(
    ("lang", "text", "asserted"),
    [
        ("en", "Family History:\nMother with stroke.\n\nAssessment and Plan:\nMyocardial infarction.", [False, True]),
        ("en", "Past Medical History:\nNeuro: stroke\n\nHPI: chest pain for an hour.", [False, True]),
        ("de", "Familienanamnese:\nMutter Schlaganfall.\n\nBeurteilung:\nHerzinfarkt.", [False, True]),
        ("de", "Vorerkrankungen:\nNeuro: Schlaganfall\n\nAnamnese: Brustschmerz seit einer Stunde.", [False, True]),
    ],
)
def test_sections_decide_whose_and_when_a_finding_is(lang: str, text: str, asserted: list[bool]) -> None:
    doc = medlfm.load(lang, phi=False)(text)
    spans = sorted(doc.spans["medlfm_emergency"], key=lambda span: span.start)
    assert [span._.medlfm_asserted for span in spans] == asserted
