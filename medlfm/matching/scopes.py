"""How far a cue reaches within its sentence: words, commas and coordination, terminators, new statements."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from medlfm.matching.cues import Cue, CueRule, CueScanner

__all__ = ["Bounds", "Sentence", "ends_scope", "reaches", "scope_of", "within"]

Bounds = tuple[int, int]

_WORD = re.compile(r"\w+(?:['’-]\w+)*")
_ITEM_BEFORE = 2  # words of an item of a list before the target: "new focal weakness"
_COMMA = re.compile(r",(?!\d)")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence that holds a target, with its cues."""

    text: str  # of the whole document
    start: int
    end: int
    cues: tuple[Cue, ...]
    scanner: CueScanner

    def commas(self, start: int, end: int) -> Iterator[int]:
        return (match.start() for match in _COMMA.finditer(self.text, start, end))

    def coordinated(self, start: int, end: int, *, kinds: tuple[str, ...] = ("and", "or")) -> bool:
        return any(cue.rule.conjunction in kinds and start <= cue.start and cue.end <= end for cue in self.cues)

    def is_item(self, target: Bounds, low: int, high: int) -> bool:
        """Whether a target is an item of the list in [low, high): hardly anything stands beside it between commas."""
        start, end = target
        joins = [cue for cue in self.cues if cue.rule.conjunction and low <= cue.start and cue.end <= high]
        first = max([low, self.text.rfind(",", low, start) + 1, *(cue.end for cue in joins if cue.end <= start)])
        last = min([high, next(self.commas(end, high), high), *(cue.start for cue in joins if cue.start >= end)])
        before = self.text[first:start]
        return (
            len(before.split()) <= _ITEM_BEFORE
            and not any(char.isdigit() for char in before)
            and self.scanner.tail.fullmatch(self.text[end:last].lower()) is not None
            and self.scanner.quality.fullmatch(self.text[start:end]) is None
        )


def within(cue: Cue, targets: Iterable[Bounds]) -> bool:
    """Whether a cue lies inside one of the targets, of which it is a part then."""
    return cue.rule.direction != "inside" and any(start <= cue.start and cue.end <= end for start, end in targets)


def reaches(cue: Cue, low: int, high: int, target: Bounds, sentence: Sentence) -> bool:
    """Whether a cue whose scope is [low, high) modifies a target."""
    start, end = target
    if cue.rule.direction == "inside":
        return start < cue.end and cue.start < end
    if start < cue.end and cue.start < end:  # it overlaps the target without lying inside: "no ST" and "ST elevation"
        return start > cue.start and cue.rule.direction in ("forward", "both")
    if start < cue.end:
        return low < end <= high
    if not low <= start < high or cue.rule.commas != "items":
        return low <= start < high
    comma = next(sentence.commas(cue.end, start), None)
    return comma is None or sentence.coordinated(comma, high, kinds=("or",)) or sentence.is_item(target, comma, high)


def scope_of(cue: Cue, sentence: Sentence) -> Bounds:
    """Return the stretch that a cue reaches, the cue included."""
    low, high = cue.start, cue.end
    if cue.rule.direction in ("forward", "both"):
        high = _forward(cue, sentence)
    if cue.rule.direction in ("backward", "both"):
        low = _backward(cue, sentence)
    return low, high


def _forward(cue: Cue, sentence: Sentence) -> int:
    limit = sentence.end
    for other in sentence.cues:
        if other.start >= cue.end and ends_scope(other, cue, sentence, forward=True):
            limit = other.start
            break
    if cue.rule.words:
        words = list(islice(_WORD.finditer(sentence.text, cue.end, limit), cue.rule.words))
        limit = words[-1].end() if words else cue.end
    if cue.rule.commas in ("cross", "items"):
        return limit
    for comma in sentence.commas(cue.end, limit):
        if cue.rule.commas == "stop" or not sentence.coordinated(comma, limit):
            return comma
    return limit


def _backward(cue: Cue, sentence: Sentence) -> int:
    limit = sentence.start
    for other in sentence.cues:
        if other.end <= cue.start and _ends(other, cue.rule):
            limit = max(limit, other.end)
    if cue.rule.words:
        words = list(_WORD.finditer(sentence.text, limit, cue.start))[-cue.rule.words :]
        limit = words[0].start() if words else cue.start
    if cue.rule.commas == "cross":
        return limit
    for comma in reversed(list(sentence.commas(limit, cue.start))):
        if cue.rule.commas == "stop" or not sentence.coordinated(comma, cue.start):
            return comma
    return limit


def ends_scope(other: Cue, cue: Cue, sentence: Sentence, *, forward: bool) -> bool:
    """Whether another cue ends the reach of a cue."""
    return _ends(other, cue.rule) or (forward and _opens_clause(other, cue, sentence))


def _ends(other: Cue, rule: CueRule) -> bool:
    return bool(other.rule.ends) and ("*" in other.rule.ends or not other.rule.ends.isdisjoint(rule.categories))


def _opens_clause(other: Cue, cue: Cue, sentence: Sentence) -> bool:
    """Whether a cue of another kind right after a comma begins a new statement: "no fever, history of asthma"."""
    return (
        bool(other.rule.categories)
        and other.rule.direction in ("forward", "both")
        and not {"family", "hypothetical"}.intersection(cue.rule.categories)
        and not set(other.rule.categories).intersection(cue.rule.categories)
        and sentence.text[sentence.start : other.start].rstrip().endswith(",")
    )
