"""Choosing what to quote: the run of sentences and lists of a passage that answers the question best.

What is asked is answered by a stretch of text more often than by its best sentences: the key fact stands in the next
sentence, a list needs its lead-in, "however" limits what was said before. So runs are compared, not sentences: each
unit adds what it says about the aspect that is asked for, less the room that it takes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from medlfm.knowledge.passages import Passage
from medlfm.knowledge.text import content_stems, mentions, near_types, question_type, strip_cues
from medlfm.knowledge.units import Unit, defines, read_units, says_little
from medlfm.safety.aspects import aspects_of

__all__ = ["Run", "best_run", "fit"]

_LONGEST = 1100  # characters of a run
_DEFINED = 800  # of one that says what something is
_SENTENCE = 900  # characters of a sentence; what is longer was never cut into any
_BASE = 0.15  # of a unit of a passage that answers such questions
_FOREIGN = -0.5  # of one of another passage that doesn't speak of the aspect
_MIXED = 0.0  # of one whose kind of passage speaks of everything
_ASPECT = 0.5  # of a unit that speaks of the aspect and of no other
_ASKED = 0.4  # of a unit that holds all words of the question which the title lacks
_DEFINES = 0.8  # of a sentence that says what the topic is
_LITTLE = 0.25  # what a sentence loses that only says "it depends"
_ELSEWHERE = 0.7  # what a unit loses under a heading of another aspect
_ROOM = 1800  # characters for which a unit loses 1
_LISTED = 350  # characters of a unit from which it loses no more
_ITEM = 0.15  # of each item of a list: it names things
_ITEMS = 8  # items that count
_SKIPPED = 0.05  # what a run loses for each unit before it: answers begin with the answer
_BEGUN = 0.25  # the same where it is asked what something is
_ENOUGH = 2.0  # value from which a run is as good as any other: the earlier one is quoted
_NAMES = 0.15  # of a unit that names the whole topic
_NEAR = 0.6  # of an aspect, for one near to it
_BROAD = frozenset({"emergency", "follow_up"})  # what to do: answered by passages about treatment or prevention too
_SPEAKS = 0.7  # aspect, relative to the strongest, from which a unit of another passage may be quoted
_TOUCHES = 0.4  # aspect from which it may be quoted where it uses a word by which one asks for that


@dataclass(frozen=True)
class Run:
    """Units of a passage to be quoted.

    aspect: the strongest of them; defines: it begins with what the topic is, where that is asked.
    """

    units: tuple[Unit, ...]
    value: float
    aspect: float
    place: int
    defines: bool = False

    @property
    def worth(self) -> float:
        """Its value; what is enough can't be beaten by more of the same."""
        return min(self.value, _ENOUGH) + (_DEFINES if self.defines else 0.0)


def fit(question: str, passage: Passage, lang: str) -> float:
    """Return 1 where a passage answers the kind of question that is asked or either is unknown, 0.5 for one near."""
    kind = question_type(question, lang)
    kinds = {passage.category, question_type(passage.question, passage.lang)} - {""}
    if not (kind and kinds) or kind in kinds:
        return 1.0
    return 0.5 if kinds & near_types(kind) else 0.0


def best_run(
    question: str, passage: Passage, lang: str, prefer: Callable[[str], float] = lambda text: 0.0
) -> Run | None:
    """Return the best run of a passage, None where none is worth quoting.

    prefer: what a unit gains beside what it is worth by itself.
    """
    rated = [item for item in _rated(question, passage, lang) if item[0].kind != "aside"]
    rated = [(unit, value + prefer(unit.text), aspect) for unit, value, aspect in rated]
    kind = question_type(question, lang)
    longest = _DEFINED if kind == "definition" else _LONGEST
    starts = [place for place in range(len(rated)) if _starts(rated, place, passage.part)]
    runs = [run for start in starts if (run := _from(rated, start, longest, passage.lang))]
    if kind not in ("", "definition") and not _fits(question, passage, lang):
        runs = [run for run in runs if any(mentions(kind, unit.text, passage.lang) for unit in run.units)]
    if kind == "definition":
        told = (run.units[0].text for run in runs)
        runs = [
            replace(run, defines=defines(text, passage.title, passage.lang))
            for run, text in zip(runs, told, strict=True)
        ]
    skipped = _BEGUN if kind == "definition" else _SKIPPED
    return max(runs, key=lambda run: run.worth - skipped * min(run.place, 8), default=None)


def _from(rated: Sequence[tuple[Unit, float, float]], start: int, longest: int, lang: str) -> Run | None:
    """Return the best run that begins at a unit, None where none is worth anything."""
    best: Run | None = None
    units: list[Unit] = []
    value, aspect, length = 0.0, 0.0, 0
    for end in range(start, len(rated)):
        unit, worth, speaks = rated[end]
        if unit.kind != "heading" and not _repeats(unit, units, lang):
            length += len(unit.text)
            if units and length > longest:
                break
            units.append(unit)
            aspect = max(aspect, speaks)
        value += worth if unit.kind == "heading" or (units and units[-1] is unit) else 0.0
        turned = end + 1 < len(rated) and rated[end + 1][0].turns and length < longest
        if unit.kind != "heading" and not turned and value > 0 and (best is None or value > best.value):
            best = Run(tuple(units), value, aspect, start)
    return best


def _starts(rated: Sequence[tuple[Unit, float, float]], place: int, part: int) -> bool:
    """Say whether a run may begin at a unit: not with what leans on the unit before it.

    A sentence that opens its document leans on the title ("This condition is inherited …").
    """
    unit = rated[place][0]
    if unit.kind == "heading" or not unit.leans:
        return unit.kind != "heading"
    opens = part == 0 and all(other.kind == "heading" for other, _, _ in rated[:place])
    return opens and unit.kind == "sentence" and not unit.turns


def _repeats(unit: Unit, units: Sequence[Unit], lang: str) -> bool:
    words = content_stems(unit.text, lang)
    return any(words == content_stems(other.text, lang) for other in units)


def _rated(question: str, passage: Passage, lang: str) -> list[tuple[Unit, float, float]]:
    """Rate the units of a passage: (unit, value, aspect)."""
    kind = question_type(question, lang)
    fits = _fits(question, passage, lang)
    asked = set(content_stems(strip_cues(question, lang), lang)) if lang == passage.lang else set()
    asked -= set(content_stems(passage.title, passage.lang))
    result = []
    elsewhere = False
    for unit in read_units(passage.text, passage.lang):
        if unit.kind == "heading":
            about = question_type(unit.text, passage.lang)
            elsewhere = bool(kind and about not in ("", kind, "definition") and about not in near_types(kind))
            result.append((unit, -0.1, 0.0))
            continue
        aspect = _aspect(kind, unit.text, passage, near=fits)
        value = _value(unit, kind, aspect, passage, fits=fits) - (_ELSEWHERE if elsewhere else 0.0)
        if asked:
            value += _ASKED * len(asked & set(content_stems(unit.text, passage.lang))) / len(asked)
        result.append((unit, value, aspect))
    return result


def _fits(question: str, passage: Passage, lang: str) -> bool:
    """Say whether all of a passage may be quoted, or only what speaks of the aspect by its own words."""
    suits = fit(question, passage, lang)
    return suits == 1.0 or (suits > 0 and question_type(question, lang) in _BROAD)


def _aspect(kind: str, text: str, passage: Passage, *, near: bool) -> float:
    """Say how far a text speaks of an aspect (or of one near to it), relative to the one that it speaks of most."""
    if not kind:
        return 0.0
    found = aspects_of(text, passage.lang, passage.title)
    beside = max((found.get(other, 0.0) for other in near_types(kind)), default=0.0) if near else 0.0
    return max(found.get(kind, 0.0), _NEAR * beside) / max(found.values())


def _value(unit: Unit, kind: str, aspect: float, passage: Passage, *, fits: bool) -> float:
    names = set(content_stems(passage.title, passage.lang))
    named = _NAMES * len(names & set(content_stems(unit.text, passage.lang))) / max(1, len(names))
    room = min(len(unit.text), _LISTED) / _ROOM
    if unit.kind == "sentence" and len(unit.text) > _SENTENCE:
        return _FOREIGN
    if not fits:
        named_so = mentions(kind, unit.text, passage.lang)
        speaks = aspect >= (_TOUCHES if named_so else _SPEAKS)
        if kind == "definition":
            speaks = defines(unit.text, passage.title, passage.lang)
        return (_BASE + _ASPECT * aspect if speaks else _FOREIGN) - room
    value = (_MIXED if kind == "follow_up" else _BASE) + _ASPECT * aspect + named - room
    value += _ITEM * min(_ITEMS, unit.text.count("\n- ")) if unit.kind == "list" else 0.0
    return value - (_LITTLE if says_little(unit.text, passage.lang) else 0.0)
