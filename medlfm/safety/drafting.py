"""Drafting an answer from passages: quoting their sentences, or keeping of a model's draft what they support."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from medlfm.knowledge.passages import Passage
from medlfm.knowledge.text import (
    announces,
    content_stems,
    leans_on_another,
    mentions,
    near_types,
    question_type,
    sentences,
    split_sentences,
    strip_cues,
)
from medlfm.safety.support import Support, find_support

__all__ = ["Draft", "Line", "extract", "keep_supported", "without_last"]

_CITATION = re.compile(r"\s*\[\d+(?:\s*[,–-]\s*\d+)*\]")
_FLOOR = 0.5  # score of a passage below which it is about something else
_BEHIND = 0.12  # how far a passage may score behind the best and still be quoted
_NOT_BEST = 0.2  # what sentences of another than the best passage lose: an answer out of one piece reads better
_LONGEST = 450  # characters of a quoted sentence
_MOST = 6  # sentences of an answer that is quoted
_WORTH = 0.5  # how far a sentence may be rated behind the best one and still be quoted
_POSITION = 0.12  # what a sentence loses for each place further down: answers begin with the answer


@dataclass(frozen=True)
class Line:
    """A sentence of an answer, with the passage that supports it; `marked`: none does, and the answer says so."""

    text: str
    support: Support
    marked: bool = False


@dataclass
class Draft:
    """The sentences of an answer on their way to becoming one; `dropped`: how many of a model's had no support."""

    lines: list[Line] = field(default_factory=list)
    dropped: int = 0
    logprobs: tuple[float, ...] = ()
    by_model: bool = False


def extract(
    question: str,
    passages: Sequence[Passage],
    lang: str,
    *,
    limit: int = _MOST,
    prefer: Callable[[str], float] = lambda text: 0.0,
) -> list[Line]:
    """Choose up to `limit` sentences that answer a question, from the best passages, in their order there.

    It ends where sentences are worth much less than the best one: what is asked in a sentence is answered in a few.
    Of a general passage only those that speak of what was asked, of one that answers another question none.
    prefer: what a sentence gains beside what it is worth by itself.
    """
    if not passages or passages[0].score < _FLOOR:
        return []
    best = passages[0].score
    ranked: list[tuple[float, int, int, str]] = []
    for index, passage in enumerate(passages):
        if passage.score >= max(_FLOOR, best - _BEHIND) and _same_topic(passage, passages[0]):
            ranked += [
                (value + passage.score - (_NOT_BEST if index else 0.0) + prefer(text), index, place, text)
                for value, place, text in _sentences(question, passage, lang)
            ]
    ranked.sort(key=lambda item: (-item[0], item[1], item[2]))
    chosen: list[tuple[float, int, int, str]] = []
    for item in ranked:
        worth = item[0] >= ranked[0][0] - _WORTH
        if worth and len(chosen) < limit and not any(_same(item[3], other[3], lang) for other in chosen):
            chosen.append(item)
    chosen.sort(key=lambda item: (item[1], item[2]))
    return [Line(text, Support(index, text, 1.0)) for _, index, _, text in chosen]


def _sentences(question: str, passage: Passage, lang: str) -> list[tuple[float, int, str]]:
    """Rate the quotable sentences of a passage: (value, place, text)."""
    kind = question_type(question, lang)
    kinds = {passage.category, question_type(passage.question, passage.lang)} - {""}
    fits = not (kind and kinds) or kind in kinds or bool(kinds & near_types(kind))
    if not fits and "definition" not in kinds:
        return []
    named = set(content_stems(passage.title, passage.lang))
    asked = set(content_stems(strip_cues(question, lang), lang)) if lang == passage.lang else set()
    result = []
    for place, text in enumerate(sentences(passage.text, passage.lang)):
        if not _quotable(text) or announces(text, passage.lang) or not (fits or mentions(kind, text, passage.lang)):
            continue
        words = set(content_stems(text, passage.lang))
        overlap = len(asked & words) / len(asked) if asked else 0.0
        speaks = 0.2 if kind and mentions(kind, text, passage.lang) else 0.0
        names = 0.2 if named & words else 0.0
        leans = 0.3 if leans_on_another(text, passage.lang) else 0.0
        result.append((0.4 * overlap + speaks + names - leans - _POSITION * min(place, 8), place, text))
    return result


def _same_topic(one: Passage, other: Passage) -> bool:
    return one.lang == other.lang and set(content_stems(one.title, one.lang)) == set(
        content_stems(other.title, other.lang)
    )


def _quotable(text: str) -> bool:
    return len(text.split()) >= 5 and len(text) <= _LONGEST and text.rstrip('"”»)]')[-1:] in (".", "!")


def _same(one: str, other: str, lang: str) -> bool:
    first, second = set(content_stems(one, lang)), set(content_stems(other, lang))
    return len(first & second) > 0.8 * max(1, min(len(first), len(second)))


def without_last(draft: str, lang: str) -> str:
    """Cut the last sentence off a draft that was stopped in the middle of it."""
    bounds = split_sentences(draft, lang)
    return draft[: bounds[-1][0]] if bounds else ""


def keep_supported(draft: str, passages: Sequence[Passage], lang: str, *, mark: bool = False) -> tuple[list[Line], int]:
    """Keep the sentences of a draft that a passage supports; return them and the number of the others.

    What repeats a sentence before it is left out, and so are numbers of passages that the draft cites: an answer gets
    its own. mark: keep the unsupported ones too, marked as such.
    """
    lines: list[Line] = []
    dropped = 0
    for text in sentences(_CITATION.sub("", draft), lang):
        if any(_same(text, line.text, lang) for line in lines):
            continue
        support = find_support(text, passages, lang)
        if support.supported:
            lines.append(Line(text, support))
            continue
        dropped += 1
        if mark:
            lines.append(Line(text, support, marked=True))
    return lines, dropped
