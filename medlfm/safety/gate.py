"""The gate before a question: whether it may be answered, whether someone is in danger, whether it is about medicine.

Rules in both languages come first: sets of phrases, and rules that need one phrase of each of their sets and none of
the benign ones ("highest safe dose", "how is an overdose treated"). What they let pass is weighed (`weighing.py`), and
what clearly asks for harm is refused; a rule that isn't sure of itself gives way where the weighing is clearly against
it. Someone who means to harm themselves gets help rather than a refusal.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cache, lru_cache
from typing import Any

from medlfm.knowledge.text import sentences
from medlfm.matching.language import detect_language
from medlfm.matching.phrases import ENDINGS, PhraseIndex
from medlfm.matching.rules import Rule, shipped_rules
from medlfm.safety.weighing import weigh

__all__ = ["STATUSES", "Gate", "check", "check_answer"]

# Ordered: a later one wins where rules of several match.
STATUSES = ("allowed", "out_of_scope", "refused", "emergency")

_SURE = 0.8  # the score from which a rule that refuses decides alone


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
    present = {each: _present(text, each) for each in languages}
    matched = [rule for each in languages for rule in _matching(present[each], each)]
    if any(_is_sure(rule) for rule in matched):
        return _by_rules(matched)
    weight = weigh(text, present)
    if weight.own:
        return Gate(status="emergency", category="self_harm", score=weight.score, why=("classifier",))
    refusing = [rule for rule in matched if rule["status"] == "refused" and not weight.harmless]
    if refusing:
        return _by_rules(refusing)
    if weight.harmful:
        return Gate(status="refused", category="unsafe", score=weight.score, why=("classifier",))
    others = [rule for rule in matched if rule["status"] != "refused"]
    return _by_rules(others) if others else Gate(status="allowed", score=weight.score, why=("no rule matches",))


def check_answer(text: str, lang: str = "") -> Gate:
    """Decide about what somebody would be told: refused where one of its sentences tells how to do harm."""
    lang = lang or detect_language(text)
    for sentence in sentences(text, lang or "en"):
        present = {each: _present(sentence, each) for each in ([lang] if lang else ENDINGS)}
        weight = weigh(sentence, present)
        if weight.harmful_answer:
            return Gate(status="refused", category="unsafe", score=weight.score, why=("classifier",))
    return Gate(status="allowed", why=("no sentence tells how to do harm",))


def _is_sure(rule: Rule) -> bool:
    return bool(rule["status"] == "emergency" or (rule["status"] == "refused" and rule["score"] >= _SURE))


def _by_rules(matched: Sequence[Rule]) -> Gate:
    """Decide by the worst of the rules that match, and name them all."""
    best = max(matched, key=lambda rule: (STATUSES.index(rule["status"]), rule["score"]))
    return Gate(
        status=best["status"],
        category=best["category"],
        score=best["score"],
        why=tuple(dict.fromkeys(rule["id"] for rule in matched)),
    )


def _matching(present: frozenset[str], lang: str) -> list[Rule]:
    rules, _ = _compiled(lang)
    return [rule for rule in rules if present.issuperset(rule["all"]) and present.isdisjoint(rule["none"])]


@lru_cache(maxsize=256)
def _present(text: str, lang: str) -> frozenset[str]:
    """Return the sets of phrases that a text holds one of."""
    return frozenset(match.payload for index in _compiled(lang)[1] for match in index.find(text))


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
