"""Weigh the gate's classifiers against each other: `python -m benchmarks.gate.threshold`; writes nothing.

All three are trained without a fifth of the sentences (pairs as a whole, and with their translation where they have
one), which takes an hour of one core. With the name of a file of newer pairs (`… threshold pairs6`) the encoder is the
one that ships, asked about the pairs that were kept back from it, and the other two are trained without those. From
what they say of sentences that they don't know come weights by logistic regression, and by threshold how many harmful
requests and how many harmless ones are stopped.
"""

from __future__ import annotations

import sys
import zlib
from collections.abc import Sequence

import numpy as np

from benchmarks.gate import train_encoder, train_network
from benchmarks.gate.train import Sentence, fit, sentences
from medlfm.safety.classifier import features
from medlfm.safety.encoder import shipped_encoder
from medlfm.safety.weighing import Mix

_PARTS = 5
_THRESHOLDS = (1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0, 5.0)
_STEPS, _RATE = 4000, 0.05


def main(newer: str = "") -> None:
    """Hold a fifth or newer pairs out, and print."""
    start = f"{newer.replace('pairs', 'gate')}-"

    def is_kept_back(sentence: Sentence) -> bool:
        return sentence.pair.startswith(start) and train_encoder.is_kept_back(sentence.pair)

    is_held = is_kept_back if newer else _is_held
    found = sentences()
    known = [s for s in found if not is_held(s)]
    held = [s for s in found if is_held(s)]
    linear = fit(known, [features(s.text, s.lang) for s in known])
    network = train_network.held_out(known, held)
    shipped = shipped_encoder() if newer else None
    both = [shipped.logits(s.text) for s in held] if shipped else None
    encoder = [harm for harm, _ in both or train_encoder.held_out(train_encoder.read(), known, held)]
    raw = Mix(encoder=0, network=0, linear=1, harmful=0, harmless=0, answer=0)
    lines = [raw.odds(0, linear.score(s.text, s.lang)) for s in held]
    report(held, np.array([encoder, network, lines]).T)


def _is_held(sentence: Sentence) -> bool:
    pair = sentence.category + sentence.pair.rpartition("-")[2]
    known_by = pair if sentence.pair else sentence.text
    return sentence.kind != "pattern" and zlib.crc32(known_by.encode()) % _PARTS == 0


def report(held: Sequence[Sentence], said: np.ndarray) -> None:
    """Print the weights, and by threshold and language how many of a kind are stopped."""
    harmful = np.array([s.harmful for s in held], dtype=float)
    weights = _logistic(said, harmful)
    print("weights of encoder, network, linear; bias:", weights.round(3))
    odds = said @ weights[:-1] + weights[-1]
    for threshold in _THRESHOLDS:
        for lang in ("en", "de"):
            shares = {
                f"{kind} {'harmful' if harm else 'harmless'}": np.mean(those)
                for kind, harm in (("pair", True), ("pair", False), ("alone", False), ("question", False))
                if (
                    those := [
                        v >= threshold
                        for s, v in zip(held, odds, strict=True)
                        if (s.lang, s.kind, s.harmful) == (lang, kind, harm)
                    ]
                )
            }
            print(threshold, lang, ", ".join(f"{name} {share:.3f}" for name, share in shares.items()))


def _logistic(said: np.ndarray, harmful: np.ndarray) -> np.ndarray:
    """Return a weight for each column, and a bias."""
    columns = np.column_stack([said, np.ones(len(said))])
    weights = np.zeros(columns.shape[1])
    for _ in range(_STEPS):
        weights -= _RATE * columns.T @ (1 / (1 + np.exp(-columns @ weights)) - harmful) / len(columns)
    return weights


if __name__ == "__main__":
    main(*sys.argv[1:2])
