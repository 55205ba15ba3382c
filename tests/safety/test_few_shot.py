"""Few-shot mode: what three to ten examples change, and what they don't."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from medlfm.errors import EvidenceError
from medlfm.knowledge.evidence import EvidenceStore
from medlfm.knowledge.passages import Passage
from medlfm.safety import Answer, MedicalComplianceWrapper
from medlfm.safety.few_shot import FewShot, read_examples
from medlfm.settings import Settings
from tests.safety.test_wrapper import SpyModel

# an illness that is made up: nothing about it can be known from elsewhere
ROWS: list[dict[str, Any]] = [
    {
        "question": "What causes Talvorn syndrome?",
        "answer": "Talvorn syndrome is caused by too little talvornase in the liver.",
        "topic": "Talvorn syndrome",
        "aliases": ["talvornase deficiency", "Morbus Talvorn", "hereditary Talvorn syndrome"],
        "source": "Clinic for rare diseases",
        "lang": "en",
    },
    {
        "question": "How is Talvorn syndrome treated?",
        "answer": "Talvorn syndrome is treated with a diet low in leucine.",
        "topic": "Talvorn syndrome",
        "source": "Clinic for rare diseases",
        "lang": "en",
    },
    {
        "question": "What are the symptoms of Talvorn syndrome?",
        "answer": "Symptoms of Talvorn syndrome are blue nails and a low body temperature.",
        "topic": "Talvorn syndrome",
        "source": "Clinic for rare diseases",
        "lang": "en",
    },
]


@pytest.fixture
def settings(home: Path) -> Settings:
    made = Settings(home=home)
    text = "Gout is caused by crystals of uric acid in the joints."
    EvidenceStore(made.evidence).add(
        [Passage(title="gout", text=text, lang="en", source="test", licence="l", category="causes")]
    )
    return made


def ask(settings: Settings, question: str, rows: Any = ROWS, model: Any = None) -> Answer:
    examples = FewShot.of(rows) if rows else None
    return MedicalComplianceWrapper(model, settings=settings).generate_safe(question, examples=examples)


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("What causes Talvorn syndrome?", "too little talvornase"),
        ("Why do people get Talvorn syndrome?", "too little talvornase"),
        ("What causes talvornase deficiency?", "too little talvornase"),  # by another name
        ("How can morbus Talvorn be treated?", "low in leucine"),
        ("How can hereditary Talvorn syndrome be treated?", "low in leucine"),  # a name that holds the other
        ("What are the signs of Talvorn syndrome?", "blue nails"),
    ],
)
def test_an_illness_that_no_document_knows_is_answered_from_the_examples(
    settings: Settings, question: str, words: str
) -> None:
    assert ask(settings, question, rows=None).status == "withheld"
    found = ask(settings, question)
    assert words in found.text
    assert found.evidence[0].source == "Clinic for rare diseases"
    assert found.status == "needs_review"
    assert any("examples" in why for why in found.why)


@pytest.mark.parametrize(
    "question",
    [
        "How common is Talvorn syndrome?",  # none of the examples says it
        "What causes narcolepsy?",
        "How is Corvath disease treated?",
    ],
)
def test_what_the_examples_do_not_say_is_not_made_up(settings: Settings, question: str) -> None:
    assert ask(settings, question).status == "withheld"


def test_the_store_answers_as_before_beside_examples(settings: Settings) -> None:
    before, found = ask(settings, "What causes gout?", rows=None), ask(settings, "What causes gout?")
    assert (found.text, found.status) == (before.text, before.status)


def test_a_model_reads_the_nearest_examples(settings: Settings) -> None:
    model = SpyModel("Talvorn syndrome is treated with a diet low in leucine.")
    found = ask(settings, "How is Talvorn syndrome treated?", model=model)
    assert "How is Talvorn syndrome treated?', 'Talvorn syndrome is treated" in model.seen[-1]
    assert found.checks["support"]["drafted_by"] == "model"


def test_sentences_like_those_of_the_examples_are_quoted_first() -> None:
    few = FewShot.of(ROWS)
    like = few.likeness("How is gout treated?", "en", "It is treated with a diet low in purines.")
    assert like > few.likeness("How is gout treated?", "en", "Kings had it often in those times.")
    assert few.likeness("Is gout inherited?", "en", "It is treated with a diet.") == 0.0


def test_names_in_examples_are_masked(settings: Settings) -> None:
    rows = [{**row, "answer": f"{row['answer']} Mr. John Holzapfel (phone 555-123-4567) had it."} for row in ROWS]
    few = FewShot.of(rows)
    assert not any("Holzapfel" in passage.text or "4567" in passage.text for passage in few.passages)


def test_nothing_of_the_examples_is_kept_in_the_store(settings: Settings) -> None:
    before = len(EvidenceStore(settings.evidence))
    ask(settings, "What causes Talvorn syndrome?")
    assert len(EvidenceStore(settings.evidence)) == before


@pytest.mark.parametrize("lines", [True, False])
def test_examples_are_read_from_lines_or_a_list(tmp_path: Path, lines: bool) -> None:
    text = "\n".join(json.dumps(row) for row in ROWS) + "\n" if lines else json.dumps(ROWS)
    (tmp_path / "examples.json").write_text(text)
    assert len(read_examples(tmp_path / "examples.json").passages) == 3


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (ROWS[:2], "three to ten"),
        (ROWS * 4, "three to ten"),
        ([*ROWS, {**ROWS[0], "source": " "}], "Example 4 lacks source"),
        ([*ROWS, "text"], "Example 4 lacks"),
        ([*ROWS, {**ROWS[0], "aliases": "one"}], "no list"),
        ([*ROWS, {**ROWS[0], "lang": "fr"}], "language"),
        ({"a": 1}, "three to ten"),
    ],
)
def test_examples_that_are_none_are_an_error_that_quotes_nothing(rows: Any, words: str) -> None:
    with pytest.raises(EvidenceError, match=words) as error:
        FewShot.of(rows)
    assert "Talvorn" not in str(error.value)


def test_a_file_that_can_not_be_read_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text("no json")
    for name in ("a.jsonl", "missing.jsonl"):
        with pytest.raises(EvidenceError, match="examples"):
            read_examples(tmp_path / name)
