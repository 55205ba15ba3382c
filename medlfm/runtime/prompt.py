"""The prompts: one template a task, for training rows and questions alike, in this file only.

`PROMPT_HASH` is part of a base model's fingerprint, so an adapter trained with other wording is noticed and not used.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from medlfm.errors import LanguageError
from medlfm.files import canonical_json, sha256_bytes
from medlfm.settings import LANGUAGES

__all__ = ["PROMPT_HASH", "Messages", "build_messages", "prompt_ids", "render", "row_messages"]

Messages = list[dict[str, str]]

_SYSTEM = {
    "en": "You support health professionals. Answer in English, briefly and factually. Where passages are given, use "
    "only what they say, and say so if they do not answer the question.",
    "de": "Du unterstützt medizinisches Fachpersonal. Antworte auf Deutsch, kurz und sachlich. Wenn Textstellen "
    "angegeben sind, nutze nur ihren Inhalt und sage, wenn sie die Frage nicht beantworten.",
}

# task → language → template of the user's turn; {passages} is empty or a numbered list followed by a blank line
_TASKS = {
    "ask": {"en": "{passages}Question: {question}", "de": "{passages}Frage: {question}"},
    "note": {"en": "Write a clinical note ({category}).", "de": "Schreibe eine klinische Notiz ({category})."},
    "medication": {"en": "Describe the drug {topic}.", "de": "Beschreibe das Arzneimittel {topic}."},
}
_PASSAGES = {"en": "Passages:\n{list}\n\n", "de": "Textstellen:\n{list}\n\n"}
_PASSAGE = "[{number}] {title}: {text}"

# for a tokenizer without a chat template
_PLAIN = "{system}\n\n{user}\n\n### "

PROMPT_HASH = sha256_bytes(canonical_json([_SYSTEM, _TASKS, _PASSAGES, _PASSAGE, _PLAIN]).encode())


def build_messages(question: str, passages: Sequence[tuple[str, str]] = (), lang: str = "en") -> Messages:
    """Build the conversation that asks a question from numbered passages, each (title, text).

    Raises LanguageError for a language without a template.
    """
    numbered = [
        _PASSAGE.format(number=number, title=title, text=text) for number, (title, text) in enumerate(passages, start=1)
    ]
    head = _template(_PASSAGES, lang).format(list="\n".join(numbered)) if numbered else ""
    return _conversation(_template(_TASKS["ask"], lang).format(passages=head, question=question), lang)


def row_messages(row: dict[str, Any]) -> tuple[Messages, str]:
    """Turn a prepared row into (the conversation, the completion to learn); see `records/prepared.py` for the keys."""
    lang = row["lang"]
    if row["kind"] == "qa":
        return build_messages(row["question"], lang=lang), row["answer"]
    user = _template(_TASKS[row["kind"]], lang).format(category=row["category"] or "-", topic=row["topic"] or "-")
    return _conversation(user, lang), row["text"]


def render(tokenizer: Any, messages: Messages) -> str:
    """Return the text that the model continues, by the tokenizer's chat template where it has one."""
    if getattr(tokenizer, "chat_template", None):
        return str(tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True))
    return _PLAIN.format(system=messages[0]["content"], user=messages[1]["content"])


def prompt_ids(tokenizer: Any, messages: Messages) -> list[int]:
    """Return the token ids of a rendered conversation; a chat template writes its own special tokens."""
    special = not getattr(tokenizer, "chat_template", None)
    return list(tokenizer(render(tokenizer, messages), add_special_tokens=special)["input_ids"])


def _conversation(user: str, lang: str) -> Messages:
    return [{"role": "system", "content": _template(_SYSTEM, lang)}, {"role": "user", "content": user}]


def _template(templates: dict[str, str], lang: str) -> str:
    if lang not in templates:
        raise LanguageError(f"There is no prompt for the language {lang!r}.", f"Languages: {', '.join(LANGUAGES)}.")
    return templates[lang]
