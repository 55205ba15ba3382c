"""Drafting an answer from passages: quoting their sentences, or keeping of a model's draft what they support."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from medlfm.knowledge.passages import Passage
from medlfm.knowledge.query import compare_topic
from medlfm.knowledge.text import content_stems, sentences, split_sentences
from medlfm.safety.runs import Run, best_run, fit
from medlfm.safety.support import Support, find_support

__all__ = ["Draft", "Line", "extract", "keep_supported", "without_last"]

_CITATION = re.compile(r"\s*\[\d+(?:\s*[,–-]\s*\d+)*\]")
_FLOOR = 0.5  # score of a passage below which it is about something else
_BEHIND = 0.12  # how far a passage may score behind the best and still be quoted
_SCORE = 4.0  # what a passage's score counts against what its best run is worth
_PART = 0.7  # what a later part of a document loses for each one before it
_MOST = 12  # sentences of an answer that is quoted
_NAMED = 0.5  # of a run that names the whole topic
_FIT = 1.0  # of a passage that answers the kind of question that is asked
_SPECIAL = 0.6  # score of a passage whose name says more than the question, at least
_COVERED = 0.5  # how far what a name covers must exceed what it adds, where it says more than the question
_TOLD = 0.9  # share of the question's words that a passage must hold whose name says something else
_WRITTEN = 0.6  # share of them that the question must hold for which it was written
_STEM = 4  # letters of a name that a compound begins with ("Gicht", "Gichtanfall"), at least
_FEW = 3  # words of a question below which that says nothing


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
    """Quote up to `limit` sentences and lists that answer a question: the best run of one passage.

    Nothing is quoted from passages about something else, nor from those that answer another question.
    prefer: what a sentence gains beside what it is worth by itself.
    """
    if not passages or passages[0].score < _FLOOR:
        return []
    best = passages[0].score
    runs = [
        (_rank(question, passage, lang, run), -index, run)
        for index, passage in enumerate(passages)
        if passage.score >= max(_FLOOR, best - _BEHIND)
        and _same_topic(passage, passages[0])
        and on_topic(question, passage, lang)
        if (run := best_run(question, passage, lang, prefer))
    ]
    if not runs:
        return []
    _, place, run = max(runs, key=lambda item: item[:2])
    return [Line(unit.text, Support(-place, unit.text, 1.0)) for unit in run.units[:limit]]


def _rank(question: str, passage: Passage, lang: str, run: Run) -> float:
    """Weigh what a run says against how well its passage fits the question."""
    names = set(content_stems(passage.title, passage.lang))
    told = {stem for unit in run.units for stem in content_stems(unit.text, passage.lang)}
    named = _NAMED * len(names & told) / max(1, len(names))
    fits = _FIT * fit(question, passage, lang)
    return run.worth + named + fits + _SCORE * passage.score - _PART * min(passage.part, 3)


def on_topic(question: str, passage: Passage, lang: str) -> bool:
    """Say whether a passage is about what is asked: its name adds nothing, or it was written for such a question."""
    covered, extra = compare_topic(question, lang, passage)
    if not extra or (covered - extra >= _COVERED and passage.score >= _SPECIAL):
        return True
    asked = set(content_stems(question, lang))
    if lang == "de" == passage.lang and asked and _of_compound(asked, passage):
        return True
    if lang != passage.lang or len(asked) < _FEW:
        return False
    told = len(asked & set(content_stems(f"{passage.question} {passage.title}", lang)))
    inside = len(asked & set(content_stems(f"{passage.title} {passage.text}", lang)))
    return told >= _WRITTEN * len(asked) or inside >= _TOLD * len(asked)


def _of_compound(asked: set[str], passage: Passage) -> bool:
    """Say whether a German compound of the question begins with the passage's name, and the passage says all asked."""
    names = {stem for stem in content_stems(passage.title, "de") if len(stem) >= _STEM}
    begun = {name for name in names if any(stem != name and stem.startswith(name) for stem in asked)}
    return bool(begun) and begun == names and asked <= set(content_stems(f"{passage.title} {passage.text}", "de"))


def _same_topic(one: Passage, other: Passage) -> bool:
    return one.lang == other.lang and set(content_stems(one.title, one.lang)) == set(
        content_stems(other.title, other.lang)
    )


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
