"""Why the context engine says what it says: every cue beside a finding, whether it reaches it, and what stopped it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from medlfm.matching.context import ContextEngine
from medlfm.matching.cues import Cue
from medlfm.matching.scopes import Bounds, Sentence, ends_scope, reaches, scope_of, within

__all__ = ["explain_context"]

_WORD = re.compile(r"\w+")


def explain_context(
    engine: ContextEngine,
    text: str,
    target: Bounds,
    *,
    sentences: Sequence[Bounds] | None = None,
    sections: Sequence[tuple[int, int, str]] = (),
) -> list[dict[str, Any]]:
    """Return the cues of the target's sentence, in text order.

    Each is {"rule", "text", "start", "end", "says", "applies", "why"}. says: its categories, or "nothing" (a
    look-alike), "end", "and", "or"; applies: whether it modifies the target. What the trained decider adds or takes
    away stands last, with the words that speak most for it.
    """
    sentence = engine.sentence_of(text, target, sentences=sentences, sections=sections)
    shown = []
    for cue in sentence.cues:
        applies, why = _judged(cue, sentence, target)
        says = ", ".join(cue.rule.categories) or cue.rule.conjunction or ("end" if cue.rule.ends else "nothing")
        words = text[cue.start : cue.end]
        place = {"rule": cue.rule.id, "text": words, "start": cue.start, "end": cue.end}
        shown.append({**place, "says": says, "applies": applies, "why": why})
    return shown + _decided(engine, sentence, target, shown)


def _decided(
    engine: ContextEngine, sentence: Sentence, target: Bounds, shown: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Return what the decider says, if anything."""
    found = {category for cue in shown if cue["applies"] for category in cue["says"].split(", ")}
    judged = engine.decision(sentence, target, found)
    if judged is None or not judged[1].add:
        return []
    rule, decision = judged
    start, end = (decision.words[0][0], decision.words[-1][1]) if decision.words else target
    words = ", ".join(repr(sentence.text[slice(*word)]) for word in decision.words) or "no word beside it"
    place = {"rule": rule, "text": sentence.text[start:end], "start": start, "end": end}
    return [{**place, "says": ", ".join(decision.add), "applies": True, "why": f"the trained decider's, for {words}"}]


def _judged(cue: Cue, sentence: Sentence, target: Bounds) -> tuple[bool, str]:
    if not cue.rule.categories:
        if cue.rule.conjunction:
            return False, "joins the items of a list"
        return False, "ends the reach of cues" if cue.rule.ends else "a look-alike that means nothing"
    if within(cue, [target]):
        return False, "is part of the finding itself"
    if reaches(cue, *scope_of(cue, sentence), target, sentence):
        return True, f"reaches it, {cue.rule.direction}"
    return False, _stopped(cue, sentence, target)


def _stopped(cue: Cue, sentence: Sentence, target: Bounds) -> str:
    """Return what keeps a cue from a target that it doesn't overlap."""
    forward = target[0] >= cue.end
    if cue.rule.direction == "inside":
        return "works inside its own word only"
    if cue.rule.direction == ("backward" if forward else "forward"):
        return f"looks {cue.rule.direction} only"
    low, high = (cue.end, target[0]) if forward else (target[1], cue.start)
    for other in sentence.cues:
        if low <= other.start and other.end <= high and ends_scope(other, cue, sentence, forward=forward):
            return f"is ended by {sentence.text[other.start : other.end].strip()!r} ({other.rule.id})"
    if cue.rule.words and len(_WORD.findall(sentence.text, low, high)) >= cue.rule.words:
        return f"reaches {cue.rule.words} words far"
    if any(True for _ in sentence.commas(low, high)):
        return "doesn't reach over the comma"
    return "doesn't reach it"
