"""The gate before a question: whether it may be answered, whether someone is in danger, whether it is about medicine.

Rules in both languages come first: sets of phrases, and rules that need one phrase of each of their sets and none of
the benign ones ("highest safe dose", "how is an overdose treated"). What they let pass is read by two small
classifiers: one over words and frames (concealment, consent, who is protected), and a network over word pieces that
knows word order and synonyms. They refuse only what
they are sure of, and miss many harmful look-alikes: see the figures in docs/results.md.
"""

from __future__ import annotations

import math
import re
from dataclasses import asdict, dataclass
from functools import cache, lru_cache
from typing import Any

from medlfm.matching.language import detect_language
from medlfm.matching.phrases import ENDINGS, PhraseIndex
from medlfm.matching.rules import Rule, shipped_rules
from medlfm.safety.classifier import shipped_classifier
from medlfm.safety.network import shipped_network

__all__ = ["STATUSES", "Gate", "check", "joined", "turned_away_by_rule"]

# Ordered: a later one wins where rules of several match.
STATUSES = ("allowed", "out_of_scope", "refused", "emergency")


# The probability from which a question is refused (see benchmarks/results for what that stops), and how much the
# linear classifier counts beside the network, whose log odds are added.
_HARMFUL = 0.985
_LINEAR = 0.5
# Log odds that asking for help takes off: turning such a question away is a harm of its own. What clearly asks for harm
# stays above the threshold.
_RELIEF = 3.0
_HELP, _AGAINST_HELP = "help_seeking", frozenset({"conceal", "secret"})
_LEAST = 1e-6
_WORD = re.compile(r"[^\W\d_]{2,}")
_FEW = 3  # words; fewer ask for nothing that the classifiers could judge


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
        score = round(max(_harm(text, each) for each in languages), 3)
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


def _harm(text: str, lang: str) -> float:
    """Return the probability that a text asks for harm, by the network and the linear classifier together."""
    if len(set(_WORD.findall(text))) < _FEW:
        return 0.0
    present = _present(text, lang)
    relief = _RELIEF if _HELP in present and present.isdisjoint(_AGAINST_HELP) else 0.0
    return joined(shipped_network().logit(text) - relief, shipped_classifier().score(text, lang))


def joined(logit: float, linear: float) -> float:
    """Return the probability that network (log odds) and linear classifier (probability) give together."""
    linear = min(max(linear, _LEAST), 1 - _LEAST)
    odds = logit + _LINEAR * math.log(linear / (1 - linear))
    return 1 / (1 + math.exp(-max(-50.0, min(50.0, odds))))


def turned_away_by_rule(text: str, lang: str) -> bool:
    """Say whether a rule decides about a text."""
    return bool(_matching(text, lang))


def _matching(text: str, lang: str) -> list[Rule]:
    rules, _ = _compiled(lang)
    present = _present(text, lang)
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
