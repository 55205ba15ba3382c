"""One template a task, for training and asking alike."""

from __future__ import annotations

import pytest

from medlfm.errors import LanguageError
from medlfm.records.prepared import ROW
from medlfm.runtime.prompt import PROMPT_HASH, build_messages, prompt_ids, render, row_messages
from tests.tiny import make_tokenizer, qa_row


def test_passages_are_numbered_before_the_question() -> None:
    content = build_messages("What is it?", [("Asthma", "Airways."), ("COPD", "Smoke.")], "en")[1]["content"]
    assert content == "Passages:\n[1] Asthma: Airways.\n[2] COPD: Smoke.\n\nQuestion: What is it?"


def test_without_passages_only_the_question_is_asked() -> None:
    assert build_messages("Was ist das?", lang="de")[1]["content"] == "Frage: Was ist das?"


def test_the_system_message_is_in_the_language_of_the_question() -> None:
    assert "Deutsch" in build_messages("x", lang="de")[0]["content"]
    assert "English" in build_messages("x", lang="en")[0]["content"]


def test_braces_in_a_question_stay_as_they_are() -> None:
    assert build_messages("{question} {0}", [("{x}", "{passages}")])[1]["content"].endswith("Question: {question} {0}")


@pytest.mark.parametrize("lang", ["fr", "", "EN"])
def test_a_language_without_a_template_is_refused(lang: str) -> None:
    with pytest.raises(LanguageError, match="en, de"):
        build_messages("x", lang=lang)


def test_a_training_row_is_asked_like_a_question() -> None:
    row = ROW | qa_row(1, "cardiology")
    messages, completion = row_messages(row)
    assert messages == build_messages(row["question"], lang="en")
    assert completion == row["answer"]


@pytest.mark.parametrize("kind", ["note", "medication"])
@pytest.mark.parametrize("lang", ["en", "de"])
def test_notes_and_medications_are_completions(kind: str, lang: str) -> None:
    row = ROW | {"kind": kind, "lang": lang, "text": "the text", "category": "letter", "topic": "aspirin"}
    messages, completion = row_messages(row)
    assert completion == "the text"
    assert ("letter" if kind == "note" else "aspirin") in messages[1]["content"]


def test_the_chat_template_is_used_where_there_is_one() -> None:
    messages = build_messages("What?")
    assert render(make_tokenizer(), messages).endswith("<|assistant|>")
    plain = render(make_tokenizer(chat=False), messages)
    assert "<|" not in plain
    assert "Question: What?" in plain


def test_ids_of_a_rendered_prompt_read_back_as_the_prompt() -> None:
    for chat in (True, False):
        tokenizer = make_tokenizer(chat=chat)
        ids = prompt_ids(tokenizer, build_messages("Was hilft?", lang="de"))
        assert tokenizer.decode(ids) == render(tokenizer, build_messages("Was hilft?", lang="de"))


def test_the_hash_is_a_sha256() -> None:
    assert len(PROMPT_HASH) == 64
