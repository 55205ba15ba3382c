"""The pathway of a question, as a user walks it."""

from __future__ import annotations

from pathlib import Path

import pytest

from medlfm import ask as pathway
from medlfm.ask import add_evidence, ask
from medlfm.audit import AuditTrail
from medlfm.knowledge.sources import Origin
from medlfm.settings import Settings


@pytest.fixture
def settings(home: Path, tmp_path: Path) -> Settings:
    made = Settings(home=home)
    (tmp_path / "gout.md").write_text("# Causes\nGout is caused by crystals of uric acid in the joints.\n")
    add_evidence([tmp_path / "gout.md"], Origin(source="A handbook", licence="CC-BY-4.0"), settings=made)
    return made


def test_a_question_is_answered_from_added_evidence(settings: Settings) -> None:
    answer = ask("What causes gout?", settings=settings, use_model=False)
    assert answer.text == "Gout is caused by crystals of uric acid in the joints. [1]"
    assert answer.evidence[0].source == "A handbook"


def test_adding_and_asking_are_recorded(settings: Settings) -> None:
    ask("What causes gout?", settings=settings, use_model=False)
    assert [entry.operation for entry in AuditTrail(settings.audit).entries()] == ["evidence_add", "ask"]


def test_without_a_model_it_says_how_to_get_one(settings: Settings) -> None:
    answer = ask("What causes gout?", settings=settings)
    assert answer.status == "answered"
    assert any("models pull" in warning for warning in answer.warnings)


def test_without_torch_the_evidence_is_quoted(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pathway, "find_spec", lambda name: None)
    answer = ask("What causes gout?", settings=settings)
    assert answer.text.endswith("[1]")
    assert any("torch" in warning for warning in answer.warnings)


def test_with_an_empty_store_nothing_is_claimed(home: Path) -> None:
    assert ask("What causes gout?", settings=Settings(home=home), use_model=False).status == "withheld"
