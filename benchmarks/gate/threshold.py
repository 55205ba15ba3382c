"""Choose from where on the gate refuses: `python -m benchmarks.gate.threshold`; writes nothing.

Both classifiers are trained eight times without a fold, as in `benchmarks.gate.train`, and what they say together of
the sentences of that fold is printed by threshold: how many harmful requests it stops and how many harmless ones, the
gate's rules among what stops.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from benchmarks.gate import train_network
from benchmarks.gate.train import Sentence, fit, sentences
from medlfm.safety.classifier import features
from medlfm.safety.gate import joined, turned_away_by_rule

_FOLDS = 8
_THRESHOLDS = (0.88, 0.92, 0.95, 0.97, 0.98, 0.985, 0.99, 0.993, 0.995)


def main() -> None:
    """Cross-validate and print."""
    found = sentences()
    held: list[tuple[Sentence, float]] = []
    for fold in range(_FOLDS):
        held += scores(found, fold)
    report(held)


def scores(found: Sequence[Sentence], fold: int) -> list[tuple[Sentence, float]]:
    """Return the sentences of a fold with what classifiers that haven't seen it say of them; 1 where a rule stops."""
    known = [s for s in found if s.fold != fold]
    held = [s for s in found if s.fold == fold and s.kind != "pattern"]
    linear = fit(known, [features(s.text, s.lang) for s in known])
    logits = train_network.held_out(known, held)
    return [
        (s, 1.0 if turned_away_by_rule(s.text, s.lang) else joined(logit, linear.score(s.text, s.lang)))
        for s, logit in zip(held, logits, strict=True)
    ]


def report(held: Sequence[tuple[Sentence, float]]) -> None:
    """Print by threshold and language how many of a kind are stopped."""
    for threshold in _THRESHOLDS:
        for lang in ("en", "de"):
            shares = {
                f"{kind} {'harmful' if harmful else 'harmless'}": np.mean(those)
                for kind, harmful in (("pair", True), ("pair", False), ("alone", False), ("question", False))
                if (those := [v >= threshold for s, v in held if (s.lang, s.kind, s.harmful) == (lang, kind, harmful)])
            }
            print(threshold, lang, ", ".join(f"{name} {share:.3f}" for name, share in shares.items()))


if __name__ == "__main__":
    main()
