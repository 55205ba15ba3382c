"""What is quoted: a run that answers the aspect asked for, whole lists, nothing of another topic."""

from __future__ import annotations

from dataclasses import replace

import pytest

from medlfm.knowledge.passages import Passage
from medlfm.knowledge.query import compare_topic
from medlfm.safety.aspects import aspects_of
from medlfm.safety.drafting import extract, on_topic
from medlfm.safety.runs import best_run

GOUT = Passage(
    title="gout",
    text="The treatment of gout depends on the stage. An attack is treated with colchicine, steroids or other "
    "anti-inflammatory medicines. However, colchicine is not for people with severe kidney disease.\n"
    "Medicines that prevent attacks include\n- allopurinol - febuxostat",
    lang="en",
    source="s",
    licence="l",
    category="treatment",
    score=0.95,
)


def said(question: str, passage: Passage, lang: str = "en") -> str:
    return "\n".join(line.text for line in extract(question, [passage], lang))


def test_the_key_fact_in_the_next_sentence_is_quoted() -> None:
    assert "colchicine, steroids" in said("How is gout treated?", GOUT)


def test_a_run_does_not_end_before_what_limits_it() -> None:
    text = said("How is gout treated?", GOUT)
    assert "severe kidney disease" in text
    assert text.endswith("- allopurinol\n- febuxostat")


def test_a_sentence_that_leans_on_the_title_may_open_a_document() -> None:
    text = "This condition is inherited in an autosomal recessive pattern."
    assert said("Is gout inherited?", replace(GOUT, text=text, category="inheritance")) == text


def test_a_later_part_does_not_begin_with_what_leans() -> None:
    text = "This condition is inherited in an autosomal recessive pattern."
    assert said("Is gout inherited?", replace(GOUT, text=text, category="inheritance", part=2)) == ""


@pytest.mark.parametrize("question", ["What is the outlook for gout?", "How common is gout?"])
def test_another_aspect_is_not_quoted(question: str) -> None:
    assert said(question, GOUT) == ""


@pytest.mark.parametrize(
    ("question", "title"),
    [
        ("How is fever treated?", "Q fever"),
        ("How is dehydration treated?", "Dehydrated hereditary stomatocytosis"),
        ("Which vaccines does a baby need?", "Shaken baby syndrome"),
    ],
)
def test_another_topic_with_a_like_name_is_not_quoted(question: str, title: str) -> None:
    assert not on_topic(question, replace(GOUT, title=title, text="It is treated at once.", score=0.5), "en")


@pytest.mark.parametrize("question", ["How is gout treated?", "What can be done about gout in women?"])
def test_the_topic_asked_about_is_quoted(question: str) -> None:
    assert on_topic(question, GOUT, "en")


@pytest.mark.parametrize(
    ("question", "about"),
    [
        ("Wie wird ein Gichtanfall behandelt?", True),
        ("Wie wird ein Asthmaanfall behandelt?", False),
        ("Was hilft bei einem Gichtknoten?", False),
    ],
)
def test_a_compound_that_begins_with_a_name_is_about_it_where_all_is_said(question: str, about: bool) -> None:
    passage = replace(GOUT, title="Gicht", text="Der Gichtanfall wird mit Colchicin behandelt.", lang="de", score=0.6)
    assert on_topic(question, passage, "de") is about


def test_a_name_is_compared_with_what_is_asked_about() -> None:
    assert compare_topic("How is gout treated?", "en", GOUT) == (1.0, 0.0)
    assert compare_topic("How is asthma treated?", "en", GOUT)[0] == 0.0


def test_nothing_is_worth_quoting_of_links() -> None:
    assert (
        best_run("How is gout treated?", replace(GOUT, text="More information is at the following link."), "en") is None
    )


@pytest.mark.parametrize(
    ("text", "lang", "kind"),
    [
        ("It is inherited in an autosomal dominant pattern.", "en", "inheritance"),
        ("This condition affects 1 in 10,000 people.", "en", "frequency"),
        ("A health care provider may order a blood test.", "en", "diagnosis"),
        ("Die Behandlung erfolgt mit Antibiotika.", "de", "treatment"),
    ],
)
def test_the_aspect_of_a_sentence_is_told(text: str, lang: str, kind: str) -> None:
    found = aspects_of(text, lang)
    assert max(found, key=lambda name: found[name]) == kind
    assert sum(found.values()) == pytest.approx(1.0)
