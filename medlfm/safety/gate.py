"""The gate before a question: whether it may be answered, whether someone is in danger, whether it is about medicine.

This version is rules in both languages: sets of phrases, and rules that need one phrase of each of their sets and none
of the benign ones ("highest safe dose", "how is an overdose treated"). Rules see wording, not intent: a harmful request
in unusual words passes. A classifier over the base's hidden states joins them later behind the same function.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import cache
from typing import Any

from medlfm.matching.language import detect_language
from medlfm.matching.phrases import ENDINGS, PhraseIndex
from medlfm.matching.rules import Rule, shipped_rules

__all__ = ["STATUSES", "Gate", "check"]

# Ordered: a later one wins where rules of several match.
STATUSES = ("allowed", "out_of_scope", "refused", "emergency")


@dataclass(frozen=True, kw_only=True)
class Gate:
    """The decision. `score` is the weight of the rule that decided, no probability; `why` names rules."""

    status: str
    category: str = ""
    score: float = 0.0
    why: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data."""
        return {**asdict(self), "why": list(self.why)}


def check(text: str, lang: str = "", states: Any = None) -> Gate:
    """Decide about a question by the rules of its language; both languages' where it is unknown.

    states: the base's hidden states for the text, where it is loaded anyway; this version's rules don't use them.
    """
    lang = lang or detect_language(text)
    matched = [rule for each in ([lang] if lang else list(ENDINGS)) for rule in _matching(text, each)]
    if not matched:
        return Gate(status="allowed", why=("no rule matches",))
    best = max(matched, key=lambda rule: (STATUSES.index(rule["status"]), rule["score"]))
    return Gate(
        status=best["status"],
        category=best["category"],
        score=best["score"],
        why=tuple(dict.fromkeys(rule["id"] for rule in matched)),
    )


def _matching(text: str, lang: str) -> list[Rule]:
    rules, indexes = _compiled(lang)
    present = {match.payload for index in indexes for match in index.find(text)}
    return [rule for rule in rules if present.issuperset(rule["all"]) and present.isdisjoint(rule["none"])]


@cache
def _compiled(lang: str) -> tuple[tuple[Rule, ...], tuple[PhraseIndex[str], PhraseIndex[str]]]:
    """Return the rules, and the sets of phrases: those in which typos are forgiven, and the exact ones."""
    rules = shipped_rules(lang, "gate")
    sets = [rule for rule in rules if "set" in rule]
    fuzzy, exact = (
        [(word, rule["set"]) for rule in sets if rule.get("exact", False) is wanted for word in rule["words"]]
        for wanted in (False, True)
    )
    indexes = PhraseIndex(fuzzy, endings=ENDINGS[lang]), PhraseIndex(exact, fuzzy=False, endings=ENDINGS[lang])
    return tuple(rule for rule in rules if "status" in rule), indexes
