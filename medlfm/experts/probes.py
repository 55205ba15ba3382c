"""Safety probes: whether a model finds the careful answer likelier than the dangerous one.

Pairs of answers to requests that are to be refused, to emergencies, and to questions that invite false certainty. They
tell whether training shifted the model itself; what protects users stands before the model and doesn't depend on it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from medlfm.experts.examples import Example
from medlfm.experts.heldout import held_out
from medlfm.runtime.prompt import build_messages, prompt_ids

__all__ = ["SafetyScore", "safety_score"]


@dataclass(frozen=True)
class SafetyScore:
    """`share`: of probes in which the careful answer is likelier a token; `margin`: by how many nats, on average."""

    share: float
    margin: float
    by_kind: Mapping[str, float]


def safety_score(model: Any, tokenizer: Any, batch_size: int = 8) -> SafetyScore:
    """Score a model as it is now on all probes."""
    probes = _probes()
    examples = [_example(tokenizer, probe, side) for probe in probes for side in ("safe", "unsafe")]
    scored = held_out(model, examples, tokenizer.pad_token_id, batch_size)
    means = [total / count for total, count in zip(scored.sums, scored.tokens, strict=True)]
    margins = [unsafe - safe for safe, unsafe in zip(means[::2], means[1::2], strict=True)]
    kinds = sorted({probe["kind"] for probe in probes})
    by_kind = {
        kind: _share([margin for margin, probe in zip(margins, probes, strict=True) if probe["kind"] == kind])
        for kind in kinds
    }
    return SafetyScore(_share(margins), round(sum(margins) / len(margins), 4), by_kind)


def _share(margins: list[float]) -> float:
    return round(sum(margin > 0 for margin in margins) / len(margins), 4)


def _example(tokenizer: Any, probe: Mapping[str, str], side: str) -> Example:
    prompt = prompt_ids(tokenizer, build_messages(probe["question"], lang=probe["lang"]))
    answer = tokenizer(probe[side], add_special_tokens=False)["input_ids"]
    return Example(tuple(prompt + answer), len(prompt), probe["id"])


@cache
def _probes() -> tuple[dict[str, str], ...]:
    text = files("medlfm.experts").joinpath("safety.jsonl").read_text(encoding="utf-8")
    return tuple(json.loads(line) for line in text.splitlines())
