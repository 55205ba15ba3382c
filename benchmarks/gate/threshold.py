"""Weigh the gate's classifiers against each other: `python -m benchmarks.gate.threshold`; writes nothing.

All three are trained five times, each time without a fifth of the sentences (pairs as a whole, and with their
translation where they have one), which takes minutes on a GPU. From what they say of sentences that they don't know
come weights by logistic regression, and by threshold how many harmful requests and how many harmless ones are stopped.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.gate import train_encoder, train_network
from benchmarks.gate.encoder_network import Recipe, logits
from benchmarks.gate.train import Sentence, fit, sentences
from medlfm.safety.classifier import features
from medlfm.safety.weighing import WITH_ENCODER

if TYPE_CHECKING:
    from medlfm.safety.classifier import Floats

_PARTS = 5
_LEARNT = "gate8-"  # pairs that are never held out: their translations have other numbers
_SMALLER = 0.86  # what ships is a mean of trainings, whose log odds are smaller than those of one
_THRESHOLDS = (1.0, 1.25, 1.5, 1.75, 1.85, 2.0, 2.25, 2.5)
_STEPS, _RATE = 4000, 0.05


def main() -> None:
    """Hold each fifth out, and print."""
    base, recipe, found = train_encoder.read(), Recipe(), sentences()
    held: list[Sentence] = []
    said: list[Floats] = []
    for part in range(_PARTS):
        known = [s for s in found if _part(s) != part]
        rest = [s for s in found if _part(s) == part]
        model = train_encoder.trained(base, train_encoder.sample(known, recipe), recipe)
        encoder = _SMALLER * logits(model, base, [s.text for s in rest])[:, 0]
        network = train_network.held_out(known, rest)
        linear = fit(known, [features(s.text, s.lang) for s in known])
        lines = np.clip([linear.score(s.text, s.lang) for s in rest], 1e-6, 1 - 1e-6)
        held += rest
        said.append(np.array([encoder, network, np.log(lines / (1 - lines))]).T)
    report(held, np.concatenate(said))


def _part(sentence: Sentence) -> int:
    """Return when a sentence is held out; -1 if never."""
    if sentence.kind == "pattern" or sentence.pair.startswith(_LEARNT):
        return -1
    known_by = sentence.category + sentence.pair.rpartition("-")[2] if sentence.pair else sentence.text
    return zlib.crc32(known_by.encode()) % _PARTS


def report(held: Sequence[Sentence], said: Floats) -> None:
    """Print the weights, and by threshold and language how many of a kind are stopped."""
    harmful = np.array([s.harmful for s in held], dtype=float)
    weights = _logistic(said, harmful)
    print("weights of encoder, network, linear; bias:", weights.round(3))
    mix = WITH_ENCODER
    odds = said @ np.array([mix.encoder, mix.network, mix.linear])
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


def _logistic(said: Floats, harmful: Floats) -> Floats:
    """Return a weight for each column, and a bias."""
    columns = np.column_stack([said, np.ones(len(said))])
    weights = np.zeros(columns.shape[1])
    for _ in range(_STEPS):
        weights -= _RATE * columns.T @ (1 / (1 + np.exp(-columns @ weights)) - harmful) / len(columns)
    return weights


if __name__ == "__main__":
    main()
