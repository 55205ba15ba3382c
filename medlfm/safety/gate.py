"""The gate before a question: whether it may be answered, whether someone is in danger, whether it is about medicine.

Rules in both languages come first: sets of phrases, and rules that need one phrase of each of their sets and none of
the benign ones ("highest safe dose", "how is an overdose treated"). What they let pass is read by a small classifier.
Both see wording rather than intent: of harmful requests in new words most still pass.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import cache
from typing import Any

from medlfm.matching.language import detect_language
from medlfm.matching.phrases import ENDINGS, PhraseIndex
from medlfm.matching.rules import Rule, shipped_rules
from medlfm.safety.classifier import shipped_classifier

__all__ = ["STATUSES", "Gate", "check"]

# Ordered: a later one wins where rules of several match.
STATUSES = ("allowed", "out_of_scope", "refused", "emergency")


# The classifier's probability from which a question is refused. In cross-validation it stops at 0.7 a third of the
# harmful requests, 5 % of their harmless look-alikes and 0.3 % of plain medical questions.
_HARMFUL = 0.7


@dataclass(frozen=True, kw_only=True)
class Gate:
    """The decision. `score`: weight of the rule that decided, or the classifier's probability; `why` names rules."""

    status: str
    category: str = ""
    score: float = 0.0
    why: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data."""
        return {**asdict(self), "why": list(self.why)}


def check(text: str, lang: str = "", states: Any = None) -> Gate:
    """Decide about a question by rules and classifier of its language; both languages' where it is unknown.

    states: the base's hidden states for the text, where it is loaded anyway; this version doesn't use them.
    """
    lang = lang or detect_language(text)
    languages = [lang] if lang else list(ENDINGS)
    matched = [rule for each in languages for rule in _matching(text, each)]
    if not matched:
        score = round(max(shipped_classifier().score(text, each) for each in languages), 3)
        if score >= _HARMFUL:
            return Gate(status="refused", category="unsafe", score=score, why=("classifier",))
        return Gate(status="allowed", score=score, why=("no rule matches",))
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
