"""Weighing a text for the gate: the log odds of an encoder and a linear classifier, added.

The encoder needs what the extra `embed` installs; without it a small network stands in for it, and lets far more pass.
Weights and thresholds come from sentences that none of them had seen (`benchmarks/gate/threshold.py`): pairs that
differ in a few words only. There .38 (English) and .25 (German) of the harmful halves, and .03 of the others, are
stopped.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Set
from dataclasses import dataclass

from medlfm.safety.classifier import shipped_classifier
from medlfm.safety.encoder import shipped_encoder
from medlfm.safety.network import shipped_network

__all__ = ["WITHOUT", "WITH_ENCODER", "Mix", "Weight", "weigh"]

# Log odds that asking for help takes off: turning such a question away is a harm of its own. What clearly asks for harm
# stays above the threshold.
_RELIEF = 1.5
_HELP, _AGAINST_HELP = "help_seeking", frozenset({"conceal", "secret"})
# The linear classifier's log odds below which nothing else is asked: more than half of plain medical questions, and of
# 1,100 requests stopped in cross-validation none.
_PLAIN = -3.0
_LEAST = 1e-6
_WORD = re.compile(r"[^\W\d_]{2,}")
_FEW = 3  # words; fewer ask for nothing that could be weighed


@dataclass(frozen=True, kw_only=True)
class Mix:
    """How much each counts, and the log odds that decide.

    harmful: from which a text is harmful, by language. harmless: below which it is clearly not, and a rule that isn't
    sure of itself gives way. answer: from which a sentence of an answer is harmful. own: from which what is harmful
    is a plan to harm oneself, where the encoder's log odds for that are at least own_head.
    """

    encoder: float
    network: float
    linear: float
    harmful: Mapping[str, float]
    harmless: float
    answer: float
    own: float
    own_head: float

    def odds(self, network: float, linear: float, encoder: float = 0.0) -> float:
        """Return the log odds of the log odds of encoder, network and linear classifier."""
        return self.encoder * encoder + self.network * network + self.linear * linear


WITH_ENCODER = Mix(
    encoder=0.46,
    network=0.0,
    linear=0.14,
    harmful={"en": 1.9, "de": 2.1},
    harmless=-0.5,
    answer=1.9,
    own=1.7,
    own_head=0.0,
)
WITHOUT = Mix(
    encoder=0.0,
    network=1.0,
    linear=0.5,
    harmful={"en": 4.18, "de": 4.18},
    harmless=-math.inf,
    answer=6.5,
    own=math.inf,
    own_head=0.0,
)


@dataclass(frozen=True, kw_only=True)
class Weight:
    """What came out: the log odds, and what they say; `own`: whether it is a plan to harm oneself."""

    odds: float = -math.inf
    harmful: bool = False
    harmless: bool = False
    harmful_answer: bool = False
    own: bool = False

    @property
    def score(self) -> float:
        """The probability, rounded."""
        return round(1 / (1 + math.exp(-max(-50.0, min(50.0, self.odds)))), 3)


def weigh(text: str, present: Mapping[str, Set[str]]) -> Weight:
    """Weigh a text. present: by each language that it may be in, the sets of phrases of which it holds one."""
    if len(set(_WORD.findall(text))) < _FEW:
        return Weight()
    classifier = shipped_classifier()
    linear = {lang: _log_odds(classifier.score(text, lang)) for lang in present}
    if max(linear.values()) < _PLAIN:
        return Weight(odds=max(linear.values()), harmless=True)
    encoder = shipped_encoder()
    mix, (harm, own) = (WITH_ENCODER, encoder.logits(text)) if encoder else (WITHOUT, (0.0, -math.inf))
    network = shipped_network().logit(text) if mix.network else 0.0
    by_language = {
        lang: mix.odds(network, linear[lang], harm) - (_RELIEF if _seeks_help(found) else 0.0)
        for lang, found in present.items()
    }
    odds = max(by_language.values())
    return Weight(
        odds=odds,
        harmful=any(found >= mix.harmful[lang] for lang, found in by_language.items()),
        harmless=odds < mix.harmless,
        harmful_answer=odds >= mix.answer,
        own=odds >= mix.own and own >= mix.own_head,
    )


def _log_odds(probability: float) -> float:
    probability = min(max(probability, _LEAST), 1 - _LEAST)
    return math.log(probability / (1 - probability))


def _seeks_help(present: Set[str]) -> bool:
    return _HELP in present and present.isdisjoint(_AGAINST_HELP)
