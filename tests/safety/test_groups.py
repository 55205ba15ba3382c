"""Groups of patients that a question names and its evidence doesn't."""

from __future__ import annotations

import pytest

from medlfm.knowledge.passages import Passage
from medlfm.safety.groups import left_out


def passage(text: str, lang: str = "en") -> Passage:
    return Passage(title="cystitis", text=text, lang=lang, source="s", licence="l")


@pytest.mark.parametrize(
    ("question", "text", "lang", "missing"),
    [
        ("Which antibiotic for cystitis in pregnancy?", "Fosfomycin is given once.", "en", ["pregnancy"]),
        ("Which antibiotic for cystitis in pregnancy?", "Pregnant women get fosfomycin.", "en", []),
        ("Which antibiotic for cystitis?", "Fosfomycin is given once.", "en", []),
        (
            "Welches Antibiotikum bei Zystitis in der Schwangerschaft?",
            "Fosfomycin wird gegeben.",
            "de",
            ["Schwangerschaft"],
        ),
        ("Zystitis bei Schwangeren?", "Schwangere erhalten Fosfomycin.", "de", []),
        ("Dosis bei Kindern?", "Erwachsene erhalten 3 g.", "de", ["Kinder"]),
        ("Kann ich still sitzen?", "Erwachsene erhalten 3 g.", "de", []),
    ],
)
def test_a_group_that_no_passage_speaks_of_is_named(question: str, text: str, lang: str, missing: list[str]) -> None:
    assert left_out(question, [passage(text, lang)], lang) == missing


def test_a_german_question_reads_english_evidence() -> None:
    assert left_out("Zystitis in der Schwangerschaft?", [passage("Pregnant women get fosfomycin.")], "de") == []
