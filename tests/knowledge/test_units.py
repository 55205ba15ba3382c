"""Units of passages: lists come with their lead-in, tables item by item, and what is about the page is set aside."""

from __future__ import annotations

import pytest

from medlfm.knowledge.passages import Passage, cut
from medlfm.knowledge.units import defines, read_units, says_little


def kinds(text: str, lang: str = "en") -> list[tuple[str, str]]:
    return [(unit.kind, unit.text) for unit in read_units(text, lang)]


@pytest.mark.parametrize(
    "text",
    [
        "Signs of gout include\n- pain\n- swelling",
        "Signs of gout include - pain - swelling",
        "Signs of gout include:\nPain\nSwelling",
    ],
)
def test_a_list_is_one_unit_with_its_lead_in(text: str) -> None:
    assert [kind for kind, _ in kinds(text)] == ["list"]
    assert [line.lower() for line in kinds(text)[0][1].split("\n")[1:]] == ["- pain", "- swelling"]


def test_a_sentence_joined_to_the_last_item_is_one_by_itself() -> None:
    found = kinds("Some causes include - heat - stress When somebody faints, call for help.")
    assert found == [
        ("list", "Some causes include\n- heat\n- stress"),
        ("sentence", "When somebody faints, call for help."),
    ]


def test_a_flattened_table_is_read_cell_by_cell() -> None:
    text = "Signs Number of patients (when known) Small ears 90% Short thumb 50% Flat nose 7.5% Deafness - Cough."
    (unit,) = read_units(text, "en")
    assert unit.text.split("\n") == [
        "Signs Number of patients (when known):",
        "- Small ears 90%",
        "- Short thumb 50%",
        "- Flat nose 7.5%",
        "- Deafness",
        "- Cough.",
    ]


@pytest.mark.parametrize(
    ("text", "lang"),
    [
        ("More information is found at the following link.", "en"),
        ("You can use a medical dictionary to look up these terms.", "en"),
        ("Weitere Informationen finden Sie auf dieser Seite.", "de"),
    ],
)
def test_what_is_about_the_page_is_set_aside(text: str, lang: str) -> None:
    assert [kind for kind, _ in kinds(text, lang)] == ["aside"]


@pytest.mark.parametrize(
    ("text", "lang"),
    [
        ("Some medicines suppress the production of antibodies.", "en"),
        ("Gout is treated with colchicine.", "en"),
        ("Gicht wird mit Colchicin behandelt.", "de"),
    ],
)
def test_what_is_about_the_matter_is_a_sentence(text: str, lang: str) -> None:
    assert [kind for kind, _ in kinds(text, lang)] == ["sentence"]


def test_initials_within_a_name_end_no_sentence() -> None:
    assert len(kinds("It is part of the U.S. Department of Health. It pays for research.")) == 2


def test_headings_and_questions_are_no_sentences() -> None:
    text = "How is gout treated?\nMedicines\nColchicine is given early in an attack of gout."
    assert [kind for kind, _ in kinds(text)] == ["heading", "heading", "sentence"]


def test_what_limits_the_sentence_before_it_is_marked() -> None:
    first, second = read_units("Most people recover. However, some need surgery.", "en")
    assert (first.turns, second.turns, second.leans) == (False, True, True)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Gout is a painful disease of the joints.", True),
        ("The disease called gout is a form of arthritis.", True),
        ("Hyperuricaemia is a forerunner of gout.", False),
        ("Gout hurts.", False),
    ],
)
def test_a_definition_has_the_topic_as_its_subject(text: str, expected: bool) -> None:
    assert defines(text, "gout", "en") is expected


def test_a_sentence_that_tells_nothing_is_known() -> None:
    assert says_little("Treatment depends on the cause.", "en")
    assert not says_little("Treatment is surgery.", "en")


def _passage(text: str) -> Passage:
    return Passage(title="gout", text=text, lang="en", source="s", licence="l")


def test_boilerplate_and_bare_questions_are_not_stored() -> None:
    text = "Gout hurts in the big toe.\nThe table below includes how often a symptom is seen."
    assert [passage.text for passage in cut(_passage(text))] == ["Gout hurts in the big toe."]
    assert list(cut(_passage("What are the signs and symptoms of gout?"))) == []


def test_a_long_list_is_cut_between_its_items() -> None:
    text = "Signs " + " - ".join(f"finding number {number}" for number in range(120)) + "."
    assert all(part.text.rstrip(".")[-1].isdigit() for part in cut(_passage(text)))
