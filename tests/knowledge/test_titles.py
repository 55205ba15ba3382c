"""Titles that are found by meaning: vectors made once a name, resumed, and used where words find little."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from medlfm.knowledge import evidence
from medlfm.knowledge.evidence import EvidenceStore
from medlfm.knowledge.passages import Passage
from medlfm.runtime.embedding import Vectors

MEANING = {"pinworms": 0, "Madenwürmer": 0, "threadworms": 0, "gout": 1, "kidney stones": 2, "nephrolithiasis": 2}


class Toy:
    """Knows which of a few names mean the same."""

    name, version = "toy", "1"

    def __init__(self) -> None:
        self.embedded: list[str] = []

    def questions(self, texts: Sequence[str]) -> Vectors:
        return np.vstack([self._vector(text) for text in texts])

    def passages(self, texts: Sequence[str]) -> Vectors:
        self.embedded += texts
        return self.questions(texts)

    def _vector(self, text: str) -> Vectors:
        place = next((at for name, at in MEANING.items() if name.lower() in text.lower()), 3)
        return np.eye(4, dtype=np.float32)[place]


def passage(title: str, text: str, category: str, aliases: tuple[str, ...] = ()) -> Passage:
    return Passage(title=title, text=text, lang="en", source="s", licence="CC0-1.0", category=category, aliases=aliases)


SHELF = [
    passage("pinworms", "They cause itching at night.", "symptoms"),
    passage("pinworms", "They are treated with mebendazole.", "treatment"),
    passage("gout", "Gout causes painful joints.", "symptoms", ("podagra",)),
    passage("kidney stones", "Kidney stones cause waves of pain.", "symptoms"),
]


@pytest.fixture
def toy(monkeypatch: pytest.MonkeyPatch) -> Toy:
    made = Toy()
    monkeypatch.setattr(evidence, "find_embedder", lambda: made)
    return made


@pytest.fixture
def store(tmp_path: Path) -> EvidenceStore:
    made = EvidenceStore(tmp_path / "evidence.sqlite")
    made.add(SHELF)
    return made


def test_a_name_that_no_document_holds_is_found_by_its_meaning(toy: Toy, store: EvidenceStore) -> None:
    assert not store.search("How are threadworms treated?")
    store.add_vectors()
    assert store.search("How are threadworms treated?")[0].text == "They are treated with mebendazole."


def test_a_german_question_finds_an_english_title_by_its_meaning(toy: Toy, store: EvidenceStore) -> None:
    store.add_vectors()
    assert store.search("Welche Symptome machen Madenwürmer?", lang="de")[0].title == "pinworms"


def test_a_title_that_the_question_names_stays_first(toy: Toy, store: EvidenceStore) -> None:
    store.add_vectors()
    assert store.search("What are the symptoms of gout?")[0].title == "gout"


def test_titles_and_aliases_are_embedded_once(toy: Toy, store: EvidenceStore) -> None:
    steps: list[tuple[int, int]] = []
    assert store.add_vectors(lambda done, total: steps.append((done, total))) == 4
    assert steps == [(4, 4)]
    assert sorted(toy.embedded) == ["gout", "kidney stones", "pinworms", "podagra"]
    store.add([passage("asthma", "Asthma causes wheezing.", "symptoms")])
    assert store.add_vectors() == 1


def test_what_was_embedded_before_an_interruption_is_kept(
    toy: Toy, store: EvidenceStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("medlfm.knowledge.titles._BATCH", 2)

    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        store.add_vectors(stop)
    assert store.add_vectors() == 2


def test_a_title_of_another_specialty_or_level_is_not_found(toy: Toy, store: EvidenceStore) -> None:
    store.add_vectors()
    assert not store.search("How are threadworms treated?", levels=("starter",))


def test_without_an_embedder_nothing_is_embedded(store: EvidenceStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evidence, "find_embedder", lambda: None)
    assert store.add_vectors() == 0
    assert store.search("What are the symptoms of gout?")[0].title == "gout"
