"""Held-out loss: how surprised a model is by the answers to topics that it didn't learn from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from medlfm.experts.examples import Collator, Example
from medlfm.experts.losses import answer_losses
from medlfm.scoring.intervals import bootstrap, ratio

__all__ = ["HeldOut", "difference", "held_out"]


@dataclass(frozen=True)
class HeldOut:
    """Negative log-likelihood in nats, summed by example, and the number of tokens it was summed over."""

    sums: tuple[float, ...]
    tokens: tuple[int, ...]

    @property
    def loss(self) -> float:
        return sum(self.sums) / max(1, sum(self.tokens))


def held_out(
    model: Any,
    examples: Sequence[Example],
    pad: int,
    batch_size: int = 4,
    progress: Callable[[int, int], None] | None = None,
) -> HeldOut:
    """Score the completions of the examples; batches are made of examples of like length."""
    import torch

    collate = Collator(pad)
    order = sorted(range(len(examples)), key=lambda index: len(examples[index].ids))
    sums = [0.0] * len(examples)
    with torch.inference_mode():
        for start in range(0, len(order), batch_size):
            chosen = order[start : start + batch_size]
            batch = collate([examples[i] for i in chosen])
            losses, rows = answer_losses(model, batch["input_ids"].to(model.device), batch["labels"].to(model.device))
            by_row = torch.zeros(len(chosen), device=losses.device).index_add_(0, rows, losses)
            for index, loss in zip(chosen, by_row.tolist(), strict=True):
                sums[index] = loss
            if progress:
                progress(min(start + batch_size, len(order)), len(order))
    return HeldOut(tuple(sums), tuple(example.learned for example in examples))


def difference(first: HeldOut, second: HeldOut, examples: Sequence[Example]) -> list[float] | None:
    """Return the 95 % interval of first's loss minus second's, drawing whole topics; None with fewer than two."""
    counts = np.array(
        [[a, b, tokens] for a, b, tokens in zip(first.sums, second.sums, first.tokens, strict=True)], dtype=np.float64
    )
    return bootstrap(
        counts,
        lambda sums: ratio(sums[..., 0] - sums[..., 1], sums[..., 2]),
        groups=[example.group for example in examples],
    )
