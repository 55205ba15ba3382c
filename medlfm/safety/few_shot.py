"""Few-shot mode: three to ten answered questions about a rare disease that the user gives, without any training.

They help in four ways: a name of the disease that no document knows is asked by the one that they know; their answers
are evidence beside the store's, with the source that the user names; sentences that resemble the answers to questions
of the same kind are quoted first; and a model that writes gets the nearest two to read. Nothing is stored, and what
they hold of patients is masked. An answer that rests on an example always waits for review.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from medlfm.deid import deidentify
from medlfm.errors import EvidenceError
from medlfm.knowledge.passages import Passage, cut
from medlfm.knowledge.query import index_fields, parse_query, rank
from medlfm.knowledge.text import content_stems, question_type
from medlfm.matching.language import detect_language
from medlfm.settings import LANGUAGES

__all__ = ["FewShot", "is_example", "read_examples"]

_EXAMPLE = "example-"  # what ids of passages out of examples begin with
_LEAST, _MOST = 3, 10
_KEYS = ("question", "answer", "topic", "source")
_LIKE_BEFORE = 0.25  # what a sentence gains where all its words stand in answers to questions like this one
_SHOWN = 2  # examples that a model reads
_AS_MANY = 10_000  # passages that the rarity of a word is judged by


def read_examples(path: Path) -> FewShot:
    """Read examples from a JSON list or JSONL; raises EvidenceError, which quotes nothing of the file."""
    try:
        text = path.read_text(encoding="utf-8-sig")
        rows = json.loads(text) if text.lstrip().startswith("[") else [*map(json.loads, filter(None, text.split("\n")))]
    except (OSError, ValueError) as error:
        raise EvidenceError(f"Can't read the examples in {path} ({type(error).__name__}).", _hint()) from error
    return FewShot.of(rows)


def is_example(passage: Passage) -> bool:
    """Say whether a passage comes out of an example."""
    return passage.id.startswith(_EXAMPLE)


def _hint() -> str:
    return f"{_LEAST} to {_MOST} objects with {', '.join(_KEYS)}; optional are aliases, licence, url and lang."


@dataclass(frozen=True)
class FewShot:
    """The examples, as passages; their questions stand in `Passage.question`."""

    passages: tuple[Passage, ...] = ()

    @classmethod
    def of(cls, rows: Sequence[Mapping[str, Any]]) -> FewShot:
        """Check and mask examples. Raises EvidenceError where their number is wrong, or one lacks something."""
        if not isinstance(rows, list | tuple) or not _LEAST <= len(rows) <= _MOST:
            raise EvidenceError("Few-shot mode takes three to ten examples.", _hint())
        return cls(tuple(part for number, row in enumerate(rows, start=1) for part in _passages(row, number)))

    def named(self, question: str) -> str:
        """Ask by the name that the examples use, where the question uses another of theirs."""
        for title, names in self._names.items():
            # the longest first, and the title among them: a name may hold another
            pattern = "|".join(map(re.escape, sorted({title, *names}, key=len, reverse=True)))
            question = re.sub(rf"(?<!\w)(?:{pattern})(?!\w)", lambda _: title, question, flags=re.IGNORECASE)  # noqa: B023 - used at once
        return question

    @cached_property
    def _names(self) -> dict[str, set[str]]:
        """Return title → its other names."""
        names: dict[str, set[str]] = {}
        for passage in self.passages:
            names.setdefault(passage.title, set()).update(passage.aliases)
        return names

    def search(self, question: str, lang: str) -> list[Passage]:
        """Score the examples as the store scores its passages; best first."""
        found = [
            passage
            for query in (parse_query(question, lang, self._vocabulary) if self.passages else ())
            for passage in rank(query, [(item, 1.0) for item in self.passages if item.lang == query.lang])
        ]
        return sorted(found, key=lambda passage: (-passage.score, passage.id))

    def nearest(self, question: str, lang: str) -> list[tuple[str, str]]:
        """Return the (question, answer) that a model reads first: those of the kind of the question, then the rest."""
        kind = question_type(question, lang)
        ordered = sorted(
            (passage for passage in self.passages if passage.lang == lang and not passage.part),
            key=lambda passage: question_type(passage.question, lang) != kind,
        )
        return [(passage.question, passage.text) for passage in ordered[:_SHOWN]]

    def likeness(self, question: str, lang: str, text: str) -> float:
        """Return how far a sentence resembles answers to questions of the same kind, about whatever, from 0 on."""
        kind = question_type(question, lang)
        words = set(content_stems(text, lang))
        like = [
            set(content_stems(passage.text, lang)) - set(content_stems(passage.title, lang))
            for passage in self.passages
            if passage.lang == lang and question_type(passage.question, lang) == kind
        ]
        known = Counter(word for answer in like for word in answer)
        return _LIKE_BEFORE * sum(word in known for word in words) / len(words) if kind and words else 0.0

    @cached_property
    def _vocabulary(self) -> _Words:
        return _Words(self.passages)


class _Words:
    """The words of the examples, for the query; whatever is rare in them counts as in a large store."""

    total = _AS_MANY

    def __init__(self, passages: Sequence[Passage]) -> None:
        self._counts: Counter[str] = Counter()
        for passage in passages:
            fields = index_fields(passage)
            self._counts.update({word for text in vars(fields).values() for word in text.split()})

    def frequency(self, word: str) -> int:
        return self._counts[word]

    def beginning(self, prefix: str) -> list[tuple[str, int]]:
        return [(word, count) for word, count in self._counts.items() if word.startswith(prefix)]


def _passages(row: Mapping[str, Any], number: int) -> list[Passage]:
    missing = [name for name in _KEYS if not (isinstance(row, Mapping) and str(row.get(name) or "").strip())]
    if missing:
        raise EvidenceError(f"Example {number} lacks {', '.join(missing)}.", _hint())
    values = {name: str(row[name]).strip() for name in _KEYS}
    lang = str(row.get("lang") or "") or detect_language(f"{values['question']} {values['answer']}")
    if lang not in LANGUAGES:
        raise EvidenceError(f"The language of example {number} is unknown.", f"Say lang: {' or '.join(LANGUAGES)}.")
    question, text = (deidentify(values[name], lang=lang, policy="safe_harbor").text for name in ("question", "answer"))
    aliases = row.get("aliases") or ()
    if isinstance(aliases, str) or not all(isinstance(name, str) and name.strip() for name in aliases):
        raise EvidenceError(f"In example {number}, aliases is no list of names.", _hint())
    passage = Passage(
        title=values["topic"],
        text=text,
        lang=lang,
        source=values["source"],
        licence=str(row.get("licence") or "not said"),
        url=str(row.get("url") or ""),
        question=question,
        aliases=tuple(name.strip() for name in aliases),
        category=question_type(question, lang),
    )
    return [replace(part, id=f"{_EXAMPLE}{part.id}") for part in cut(passage)]
