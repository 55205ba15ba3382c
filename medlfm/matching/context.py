"""The context engine: whether a finding is negated, historical, hypothetical, another person's, or uncertain.

A ConText algorithm over raw text (Harkema et al. 2009, doi:10.1016/j.jbi.2009.05.002): cues are data, each reaches
forward, backward, both ways or inside its own word, until a terminator. New here: coordination decides how far a cue
reaches over commas, cues are looked for only in sentences that hold a target, and a trained decider, which a rule
switches on, judges what no cue reaches.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

from spacy.tokens import Doc, Span

from medlfm import spans as keys
from medlfm.matching.component import text_of
from medlfm.matching.cues import Cue, CueScanner
from medlfm.matching.deciding import Decision, limits_of, shipped_decider
from medlfm.matching.rules import Rule, load_rules
from medlfm.matching.scopes import Bounds, Sentence, reaches, scope_of, within
from medlfm.matching.sentences import splitter

__all__ = ["EXTENSIONS", "ContextEngine", "Modifier", "shipped_engine", "span_asserted"]

EXTENSIONS = (*keys.MODIFIERS.values(), "medlfm_modifiers")

# {"text", "category", "start", "end", "rule"}; offsets in the document's characters. One of the decider's has "why" too
Modifier = dict[str, Any]

_PART_OF_FINDING = frozenset({"negated", "uncertain"})  # "no" of "no pulse" says nothing about the bleeding beside it


class ContextEngine:
    """Finds the modifiers of targets; one instance a language and rule set, safe to share.

    The rules are those of `medlfm/rules/<lang>/context.jsonl` unless others are given; their form is in `CueRule`.
    """

    def __init__(self, lang: str, rules: Sequence[Rule] | None = None) -> None:
        self.lang = lang
        cues, self._limits = limits_of(load_rules(lang, "context") if rules is None else rules)
        self._scanner = CueScanner(cues)
        self._decider = shipped_decider(lang) if self._limits else None
        self._splitter = splitter(lang)
        self._last: tuple[str, dict[Bounds, list[Cue]]] = ("", {})  # components ask about one text in turn

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_last": ("", {})}  # a text is nothing to be stored

    def annotate(self, doc: Doc, spans: Iterable[Span], *, others: Iterable[Span] = ()) -> None:
        """Set the modifier extensions on each span; sentence bounds and sections of the doc are used where set.

        others: spans that are no findings (drugs, names, abbreviations), which the trained decider doesn't know.
        """
        findings = list(spans)
        targets = [*findings, *others]
        if not targets:
            return
        keys.register(EXTENSIONS)
        found = self.modifiers(
            text_of(doc),
            [(span.start_char, span.end_char) for span in targets],
            sentences=_sentence_bounds(doc),
            sections=_sections(doc),
            decided=len(findings),
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
        decided: int | None = None,
    ) -> list[list[Modifier]]:
        """Return the modifiers of each [start, end) target, in text order.

        sentences: bounds to use, mended where they cut after an abbreviation; found here where None.
        sections: (start, end, section name) in text order.
        decided: how many of the targets, from the first on, the trained decider judges; None: all.
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
            sentence = Sentence(text, start, end, cues, self._scanner)
            scopes = [(cue, *scope_of(cue, sentence)) for cue in cues if cue.rule.categories]
            for index in members:
                modifiers = _modifiers_of(targets[index], scopes, sentence)
                if decided is None or index < decided:
                    modifiers = self._decided(modifiers, lowered, sentence, targets[index])
                found[index] = modifiers + self._of_section(text, section)
        return found

    def sentence_of(
        self,
        text: str,
        target: Bounds,
        *,
        sentences: Sequence[Bounds] | None = None,
        sections: Sequence[tuple[int, int, str]] = (),
    ) -> Sentence:
        """Return the sentence of a target with its cues, for explaining; arguments as for `modifiers`."""
        bounds = self._splitter.split(text) if sentences is None else self._splitter.joined(text, sentences)
        at = max(0, bisect_right([start for start, _ in bounds], target[0]) - 1)
        start, end = bounds[at] if bounds else (0, len(text))
        label = next((label for low, high, label in sections if low <= target[0] < high), "")
        end = max(end, target[1])
        return Sentence(text, start, end, self._cues(_lower(text), (start, end), [target], label), self._scanner)

    def decision(self, sentence: Sentence, target: Bounds, found: set[str]) -> tuple[str, Decision] | None:
        """Return what the decider says of a finding and the id of the rule that switches it on, for explaining.

        found: the categories that the cues of the sentence gave it.
        """
        if self._decider is None or self._limits is None:
            return None
        decision = self._decider.decide(_lower(sentence.text), sentence, target, found, self._limits)
        return self._limits.rule, decision

    def _cues(self, lowered: str, bounds: Bounds, targets: list[Bounds], section: str) -> tuple[Cue, ...]:
        return tuple(
            cue
            for cue in self._scanned(lowered, bounds)
            if (not cue.rule.sections or section in cue.rule.sections)
            and not (cue.rule.unless and cue.rule.unless.match(lowered, bounds[0]))
            and (_PART_OF_FINDING.isdisjoint(cue.rule.categories) or not within(cue, targets))
        )

    def _scanned(self, lowered: str, bounds: Bounds) -> list[Cue]:
        text, known = self._last
        if text != lowered:
            self._last = (lowered, known := {})
        if bounds not in known:
            known[bounds] = self._scanner.scan(lowered, *bounds)
        return known[bounds]

    def _decided(self, modifiers: list[Modifier], lowered: str, sentence: Sentence, target: Bounds) -> list[Modifier]:
        """Return the modifiers, and those that the decider adds."""
        if self._decider is None or self._limits is None:
            return modifiers
        found = {modifier["category"] for modifier in modifiers}
        decision = self._decider.decide(lowered, sentence, target, found, self._limits)
        if not decision.add:
            return modifiers
        start, end = decision.words[0] if decision.words else target
        words = ", ".join(repr(sentence.text[slice(*word)]) for word in decision.words)
        piece = {"text": sentence.text[start:end], "start": start, "end": end, "rule": self._limits.rule}
        why = f"trained decider: {words or 'no word beside it'}"
        return modifiers + [{**piece, "category": category, "why": why} for category in decision.add]

    def _of_section(self, text: str, section: tuple[int, int, str] | None) -> list[Modifier]:
        if section is None:
            return []
        start, end, label = section
        stop = text.find("\n", start, end)
        stop = stop if stop >= 0 else end
        heading = text[start : min(stop, text.find(":", start, stop) + 1 or stop)]
        piece = {"text": heading, "start": start, "end": start + len(heading)}
        return [
            {**piece, "rule": rule.id, "category": category}
            for rule in self._scanner.section_rules.get(label, ())
            for category in rule.categories
        ]


def _modifiers_of(target: Bounds, scopes: Sequence[tuple[Cue, int, int]], sentence: Sentence) -> list[Modifier]:
    modifiers = []
    text = sentence.text
    for cue, low, high in scopes:
        if reaches(cue, low, high, target, sentence) and not within(cue, [target]):
            piece = {"text": text[cue.start : cue.end], "start": cue.start, "end": cue.end, "rule": cue.rule.id}
            modifiers += [{**piece, "category": category} for category in cue.rule.categories]
    return modifiers


@cache
def shipped_engine(lang: str) -> ContextEngine:
    """Return the engine with the shipped rules, one a process: who asks about the same text shares what it found."""
    return ContextEngine(lang)


def span_asserted(span: Span) -> bool:
    """Whether an annotated span is about this patient now: not negated, historical, hypothetical or family."""
    return not any(span._.get(keys.MODIFIERS[name]) for name in ("negated", "historical", "hypothetical", "family"))


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
