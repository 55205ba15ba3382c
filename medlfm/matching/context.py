"""The context engine: whether a finding is negated, historical, hypothetical, another person's, or uncertain.

A ConText algorithm over raw text (Harkema et al. 2009, doi:10.1016/j.jbi.2009.05.002): cues are data, each reaches
forward, backward, both ways or inside its own word, until a terminator. New here: coordination decides how far a cue
reaches over commas, and cues are looked for only in sentences that hold a target.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import islice
from typing import Any

from spacy.tokens import Doc, Span

from medlfm import spans as keys
from medlfm.matching.component import text_of
from medlfm.matching.cues import Cue, CueRule, CueScanner
from medlfm.matching.rules import Rule, load_rules
from medlfm.matching.sentences import SentenceSplitter

__all__ = ["EXTENSIONS", "ContextEngine", "Modifier", "shipped_engine", "span_asserted"]

EXTENSIONS = (*keys.MODIFIERS.values(), "medlfm_modifiers")

Bounds = tuple[int, int]
Modifier = dict[str, Any]  # {"text", "category", "start", "end", "rule"}; offsets in the document's characters

_PART_OF_FINDING = frozenset({"negated", "uncertain"})  # "no" of "no pulse" says nothing about the bleeding beside it

_WORD = re.compile(r"\w+(?:['’-]\w+)*")
_ITEM_BEFORE = 2  # words of an item of a list before the target: "new focal weakness"
_COMMA = re.compile(r",(?!\d)")


@dataclass(frozen=True, slots=True)
class _Sentence:
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


class ContextEngine:
    """Finds the modifiers of targets; one instance a language and rule set, safe to share.

    The rules are those of `medlfm/rules/<lang>/context.jsonl` unless others are given; their form is in `CueRule`.
    """

    def __init__(self, lang: str, rules: Sequence[Rule] | None = None) -> None:
        self.lang = lang
        self._scanner = CueScanner(load_rules(lang, "context") if rules is None else rules)
        self._splitter = SentenceSplitter(lang)
        self._last: tuple[str, dict[Bounds, list[Cue]]] = ("", {})  # components ask about one text in turn

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_last": ("", {})}  # a text is nothing to be stored

    def annotate(self, doc: Doc, spans: Iterable[Span]) -> None:
        """Set the modifier extensions on each span; sentence bounds and sections of the doc are used where set."""
        targets = list(spans)
        if not targets:
            return
        keys.register(EXTENSIONS)
        found = self.modifiers(
            text_of(doc),
            [(span.start_char, span.end_char) for span in targets],
            sentences=_sentence_bounds(doc),
            sections=_sections(doc),
        )
        for span, modifiers in zip(targets, found, strict=True):
            categories = {modifier["category"] for modifier in modifiers}
            for category, name in keys.MODIFIERS.items():
                span._.set(name, category in categories)
            span._.medlfm_modifiers = modifiers

    def modifiers(
        self,
        text: str,
        targets: Sequence[Bounds],
        *,
        sentences: Sequence[Bounds] | None = None,
        sections: Sequence[tuple[int, int, str]] = (),
    ) -> list[list[Modifier]]:
        """Return the modifiers of each [start, end) target, in text order.

        sentences: bounds to use, mended where they cut after an abbreviation; found here where None.
        sections: (start, end, section name) in text order.
        """
        bounds = self._splitter.split(text) if sentences is None else self._splitter.joined(text, sentences)
        lowered = _lower(text)
        starts = [start for start, _ in bounds]
        by_sentence: dict[int, list[int]] = {}
        for index, (start, _) in enumerate(targets):
            by_sentence.setdefault(max(0, bisect_right(starts, start) - 1), []).append(index)
        section_starts = [start for start, _, _ in sections]
        found: list[list[Modifier]] = [[] for _ in targets]
        for number, members in by_sentence.items():
            start, end = bounds[number] if bounds else (0, len(text))
            end = max(end, *(targets[index][1] for index in members))
            place = bisect_right(section_starts, targets[members[0]][0]) - 1
            section = sections[place] if place >= 0 and targets[members[0]][0] < sections[place][1] else None
            inside = [targets[index] for index in members]
            cues = self._cues(lowered, (start, end), inside, section[2] if section else "")
            sentence = _Sentence(text, start, end, cues, self._scanner)
            scopes = [(cue, *_scope(cue, sentence)) for cue in cues if cue.rule.categories]
            for index in members:
                found[index] = self._modifiers_of(targets[index], scopes, sentence, section)
        return found

    def _cues(self, lowered: str, bounds: Bounds, targets: list[Bounds], section: str) -> tuple[Cue, ...]:
        return tuple(
            cue
            for cue in self._scanned(lowered, bounds)
            if (not cue.rule.sections or section in cue.rule.sections)
            and not (cue.rule.unless and cue.rule.unless.match(lowered, bounds[0]))
            and (_PART_OF_FINDING.isdisjoint(cue.rule.categories) or not _within(cue, targets))
        )

    def _scanned(self, lowered: str, bounds: Bounds) -> list[Cue]:
        text, known = self._last
        if text != lowered:
            self._last = (lowered, known := {})
        if bounds not in known:
            known[bounds] = self._scanner.scan(lowered, *bounds)
        return known[bounds]

    def _modifiers_of(
        self,
        target: Bounds,
        scopes: Sequence[tuple[Cue, int, int]],
        sentence: _Sentence,
        section: tuple[int, int, str] | None,
    ) -> list[Modifier]:
        modifiers = []
        text = sentence.text
        for cue, low, high in scopes:
            if _reaches(cue, low, high, target, sentence) and not _within(cue, [target]):
                piece = {"text": text[cue.start : cue.end], "start": cue.start, "end": cue.end, "rule": cue.rule.id}
                modifiers += [{**piece, "category": category} for category in cue.rule.categories]
        if section is not None:
            start, end, label = section
            stop = text.find("\n", start, end)
            stop = stop if stop >= 0 else end
            heading = text[start : min(stop, text.find(":", start, stop) + 1 or stop)]
            piece = {"text": heading, "start": start, "end": start + len(heading)}
            for rule in self._scanner.section_rules.get(label, ()):
                modifiers += [{**piece, "rule": rule.id, "category": category} for category in rule.categories]
        return modifiers


@cache
def shipped_engine(lang: str) -> ContextEngine:
    """Return the engine with the shipped rules, one a process: who asks about the same text shares what it found."""
    return ContextEngine(lang)


def span_asserted(span: Span) -> bool:
    """Whether an annotated span is about this patient now: not negated, historical, hypothetical or family."""
    return not any(span._.get(keys.MODIFIERS[name]) for name in ("negated", "historical", "hypothetical", "family"))


def _within(cue: Cue, targets: Iterable[Bounds]) -> bool:
    return cue.rule.direction != "inside" and any(start <= cue.start and cue.end <= end for start, end in targets)


def _reaches(cue: Cue, low: int, high: int, target: Bounds, sentence: _Sentence) -> bool:
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


def _scope(cue: Cue, sentence: _Sentence) -> Bounds:
    """Return the stretch that a cue reaches, the cue included."""
    low, high = cue.start, cue.end
    if cue.rule.direction in ("forward", "both"):
        high = _forward(cue, sentence)
    if cue.rule.direction in ("backward", "both"):
        low = _backward(cue, sentence)
    return low, high


def _forward(cue: Cue, sentence: _Sentence) -> int:
    limit = sentence.end
    for other in sentence.cues:
        if other.start >= cue.end and (_ends(other, cue.rule) or _opens_clause(other, cue, sentence)):
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


def _backward(cue: Cue, sentence: _Sentence) -> int:
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


def _ends(other: Cue, rule: CueRule) -> bool:
    return bool(other.rule.ends) and ("*" in other.rule.ends or not other.rule.ends.isdisjoint(rule.categories))


def _opens_clause(other: Cue, cue: Cue, sentence: _Sentence) -> bool:
    """Whether a cue of another kind right after a comma begins a new statement: "no fever, history of asthma"."""
    return (
        bool(other.rule.categories)
        and other.rule.direction in ("forward", "both")
        and not {"family", "hypothetical"}.intersection(cue.rule.categories)
        and not set(other.rule.categories).intersection(cue.rule.categories)
        and sentence.text[sentence.start : other.start].rstrip().endswith(",")
    )


def _sentence_bounds(doc: Doc) -> list[Bounds] | None:
    if len(doc) < 2 or not doc.has_annotation("SENT_START"):
        return None
    return [(sentence.start_char, sentence.end_char) for sentence in doc.sents]


def _sections(doc: Doc) -> list[tuple[int, int, str]]:
    group = doc.spans.get(keys.SECTIONS, ())
    return sorted((span.start_char, span.end_char, span.label_) for span in group)


def _lower(text: str) -> str:
    lowered = text.lower()
    if len(lowered) == len(text):
        return lowered
    return "".join(low if len(low := char.lower()) == 1 else char for char in text)  # "İ" becomes two characters
