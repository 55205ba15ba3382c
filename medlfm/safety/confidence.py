"""Confidence: the features of one answer, and the calibrator that makes them a probability of being right.

No calibrator ships yet, so no answer has a confidence. A fitted one is a JSON file (`calibration.json` in MEDLFM_HOME)
whose key names the base and the experts that it was fitted with. For any others it is stale, and refused.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from medlfm.errors import ModelError
from medlfm.files import canonical_json, sha256_bytes

__all__ = ["FEATURES", "Calibrator", "collect", "key_of"]

FEATURES = (
    "logprob_mean",  # of the draft's tokens; 0 where the answer was quoted
    "logprob_least",
    "drafted",  # 1: a model wrote the draft
    "evidence_score",  # of the best passage
    "evidence_lead",  # of the best passage over the best of another title
    "support_least",
    "support_mean",
    "dropped",  # share of the draft's sentences that no passage supports
    "router_margin",
    "check_flags",
    "sentences",
    "german",
)


def collect(
    *,
    logprobs: Sequence[float],
    passages: Sequence[tuple[str, float]],
    supports: Sequence[float],
    dropped: int,
    margin: float,
    flags: int,
    lang: str,
) -> dict[str, float]:
    """Collect the features of one answer; passages are (title, score), best first."""
    others = [score for title, score in passages if title.lower() != passages[0][0].lower()]
    best = passages[0][1] if passages else 0.0
    values = (
        sum(logprobs) / len(logprobs) if logprobs else 0.0,
        min(logprobs, default=0.0),
        float(bool(logprobs)),
        best,
        best - max(others, default=0.0),
        min(supports, default=0.0),
        sum(supports) / len(supports) if supports else 0.0,
        dropped / max(1, dropped + len(supports)),
        margin,
        float(flags),
        float(len(supports)),
        float(lang == "de"),
    )
    return dict(zip(FEATURES, values, strict=True))


def key_of(base: str, experts: Mapping[str, str]) -> str:
    """Hash what a calibrator depends on: the base's fingerprint ("" without a model), and each expert's version."""
    return sha256_bytes(canonical_json({"base": base, "experts": dict(experts), "features": FEATURES}).encode())


@dataclass(frozen=True)
class Calibrator:
    """Logistic regression over standardised features."""

    key: str
    mean: Mapping[str, float]
    scale: Mapping[str, float]
    weights: Mapping[str, float]
    bias: float

    @classmethod
    def load(cls, path: Path, key: str) -> Calibrator:
        """Read a calibrator; raises ModelError where it is damaged, or was fitted with others than `key` names."""
        try:
            data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
            found = cls(
                key=str(data["key"]),
                mean={name: float(data["mean"][name]) for name in FEATURES},
                scale={name: float(data["scale"][name]) for name in FEATURES},
                weights={name: float(data["weights"][name]) for name in FEATURES},
                bias=float(data["bias"]),
            )
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ModelError(f"The calibrator {path} can't be read.", "Fit it again, or remove it.") from error
        if found.key != key:
            raise ModelError(
                f"The calibrator {path} was fitted with another base or other experts.", "Fit it again, or remove it."
            )
        return found

    def predict(self, features: Mapping[str, float]) -> float:
        """Return the probability that an answer with these features is right."""
        standard = ((features[name] - self.mean[name]) / (self.scale[name] or 1.0) for name in FEATURES)
        total = self.bias + sum(self.weights[name] * value for name, value in zip(FEATURES, standard, strict=True))
        return 1 / (1 + math.exp(-max(-50.0, min(50.0, total))))
