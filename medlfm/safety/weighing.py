"""Weighing a text for the gate: the log odds of an encoder, a small network and a linear classifier, added.

The encoder needs what the extra `embed` installs; without it the other two decide, and let far more pass. Weights and
thresholds were chosen on the gate's development gold. Of pairs that none of the three had seen and that differ in a few
words only (`benchmarks/gate/pairs6.*.jsonl`), .40 of the harmful halves and .10 of the harmless ones reach `harmful`.
`benchmarks/gate/threshold.py` weighs them on sentences held out.
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
_RELIEF = 3.0
_HELP, _AGAINST_HELP = "help_seeking", frozenset({"conceal", "secret"})
_OWN = -1.25  # the log odds from which what is harmful counts as a plan to harm oneself
_LEAST = 1e-6
_WORD = re.compile(r"[^\W\d_]{2,}")
_FEW = 3  # words; fewer ask for nothing that could be weighed


@dataclass(frozen=True, kw_only=True)
class Mix:
    """How much each counts, and the log odds from which a text is harmful, and up to which it is clearly not.

    answer: the log odds from which a sentence of an answer is harmful.
    """

    encoder: float
    network: float
    linear: float
    harmful: float
    harmless: float
    answer: float

    def odds(self, network: float, linear: float, encoder: float = 0.0) -> float:
        """Return the log odds of the log odds of encoder and network, and the probability of the linear classifier."""
        linear = min(max(linear, _LEAST), 1 - _LEAST)
        return self.encoder * encoder + self.network * network + self.linear * math.log(linear / (1 - linear))


WITH_ENCODER = Mix(encoder=0.6, network=0.2, linear=0.5, harmful=3.6, harmless=-2.5, answer=2.5)
WITHOUT = Mix(encoder=0.0, network=1.0, linear=0.5, harmful=4.18, harmless=-math.inf, answer=6.5)


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
    encoder = shipped_encoder()
    mix, (harm, own) = (WITH_ENCODER, encoder.logits(text)) if encoder else (WITHOUT, (0.0, -math.inf))
    network, linear = shipped_network().logit(text), shipped_classifier()
    odds = max(
        mix.odds(network, linear.score(text, lang), harm) - (_RELIEF if _seeks_help(found) else 0.0)
        for lang, found in present.items()
    )
    return Weight(
        odds=odds,
        harmful=odds >= mix.harmful,
        harmless=odds < mix.harmless,
        harmful_answer=odds >= mix.answer,
        own=odds >= mix.harmful and own >= _OWN,
    )


def _seeks_help(present: Set[str]) -> bool:
    return _HELP in present and present.isdisjoint(_AGAINST_HELP)
