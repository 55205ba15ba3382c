"""Train the network of the gate: `python -m benchmarks.gate.train_network`; writes `network.safetensors`.

The sentences are those of `benchmarks.gate.train`. The two of a pair are learned from side by side: each for itself,
and that the harmful one must score higher. A third of the time a harmless sentence stands in front or behind, so that
what surrounds a request doesn't count. `benchmarks.gate.threshold` measures it.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.gate.distil import write_tensors
from benchmarks.gate.train import Sentence, sentences
from medlfm.knowledge.embedding import piece_vectors
from medlfm.safety.network import SPACINGS

_ROOT = Path(__file__).parents[2]
_CHANNELS, _HEADS, _HIDDEN = 160, 4, 96
_ROUNDS, _BATCH, _RATE = 12, 40, 1e-3
_AROUND = 0.3  # of the time another sentence stands beside
_SHORT = 22  # pieces of one that may
_WEIGHTS = {"pair": 1.0, "alone": 1.0, "question": 0.4, "pattern": 0.2}
_QUESTIONS, _PATTERNS = 1500, 400


def main() -> None:
    """Train on everything and write the weights."""
    import torch

    torch.manual_seed(0)
    torch.set_num_threads(1)
    known = _sample(sentences())
    tensors = {name: value.astype(np.float16) for name, value in _arrays(_train(_network(), known)).items()}
    write_tensors(_ROOT / "medlfm" / "safety" / "network.safetensors", tensors, {"sentences": str(len(known))})


def held_out(known: Sequence[Sentence], held: Sequence[Sentence]) -> list[float]:
    """Train on some sentences, and return the log odds of others."""
    import torch

    torch.manual_seed(0)
    torch.set_num_threads(1)
    model = _train(_network(), _sample(known))
    return _scores(model, [_places(s) for s in held])


def _sample(known: Sequence[Sentence]) -> list[Sentence]:
    chance = random.Random(5)
    found = [s for s in known if s.kind in ("pair", "alone")]
    for kind, most in (("question", _QUESTIONS), ("pattern", _PATTERNS)):
        those = [s for s in known if s.kind == kind]
        found += chance.sample(those, min(most, len(those)))
    return found


def _places(sentence: Sentence) -> list[int]:
    return piece_vectors().places(sentence.text, 190)


def _network() -> Any:
    import torch
    from torch import nn

    class Net(nn.Module):
        """The network of `medlfm.safety.network`."""

        def __init__(self) -> None:
            super().__init__()
            self.register_buffer("words", torch.tensor(piece_vectors().vectors))
            sizes = [self.words.shape[1], _CHANNELS, _CHANNELS, _CHANNELS]
            self.c = nn.ModuleList(
                nn.Conv1d(one, two, 3, padding=gap, dilation=gap)
                for one, two, gap in zip(sizes, sizes[1:], SPACINGS, strict=False)
            )
            self.a, self.h = nn.Linear(_CHANNELS, _HEADS), nn.Linear(_CHANNELS * (1 + _HEADS), _HIDDEN)
            self.o = nn.Linear(_HIDDEN, 1)

        def forward(self, ids: Any) -> Any:
            drop, gelu = nn.functional.dropout, lambda x: nn.functional.gelu(x, approximate="tanh")
            mask = ids != 1
            room = mask[:, None, :].float()
            x = self.words[ids]
            if self.training:
                x = x * (torch.rand(x.shape[:2]) > 0.08)[:, :, None]
            x = drop(x, 0.3, self.training).transpose(1, 2) * room
            for number, layer in enumerate(self.c):
                seen = gelu(layer(drop(x, 0.1, self.training and number > 0))) * room
                x = seen if number == 0 else x + seen
            heads = self.a(x.transpose(1, 2)).masked_fill(~mask[:, :, None], -1e4).softmax(1)
            most = x.masked_fill(~mask[:, None, :], -1e4).max(2).values
            whole = torch.cat([most, torch.einsum("bct,bth->bhc", x, heads).flatten(1)], 1)
            return self.o(gelu(self.h(drop(whole, 0.3, self.training)))).squeeze(1)

    return Net()


def _train(model: Any, known: Sequence[Sentence]) -> Any:
    import torch

    chance = random.Random(1)
    rows = [_places(s) for s in known]
    groups: defaultdict[str, list[int]] = defaultdict(list)
    for n, sentence in enumerate(known):
        groups[sentence.pair or f"alone {n}"].append(n)
    units = list(groups.values())
    alone = [row for row, s in zip(rows, known, strict=True) if not s.harmful and not s.pair]
    short = [row[1:-1] for row in alone if len(row) < _SHORT]
    best = torch.optim.AdamW(model.parameters(), lr=_RATE, weight_decay=0.01, betas=(0.9, 0.98))
    steps = _ROUNDS * -(-len(units) // _BATCH)
    step = 0
    model.train()
    for _ in range(_ROUNDS):
        chance.shuffle(units)
        for start in range(0, len(units), _BATCH):
            step += 1
            for group in best.param_groups:
                group["lr"] = _RATE * min(1, step / 60) * (1 - step / (steps + 1))
            batch = units[start : start + _BATCH]
            loss = _loss(model, batch, known, _framed(batch, rows, short, chance))
            best.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            best.step()
    return model.eval()


def _framed(
    batch: Sequence[Sequence[int]], rows: Sequence[list[int]], short: Sequence[list[int]], chance: random.Random
) -> list[list[int]]:
    """Return the rows of a batch, of some units with the same sentence in front or behind."""
    found = []
    for unit in batch:
        beside = chance.choice(short) if short and chance.random() < _AROUND else []
        front = chance.random() < 0.7
        for n in unit:
            inner = rows[n][1:-1]
            found.append([0, *(beside + inner if front else inner + beside)[:190], 2])
    return found


def _loss(model: Any, batch: Sequence[Sequence[int]], known: Sequence[Sentence], rows: list[list[int]]) -> Any:
    import torch
    from torch.nn import functional

    order = [n for unit in batch for n in unit]
    logits = model(_padded(rows))
    wanted = torch.tensor([0.98 if known[n].harmful else 0.02 for n in order])
    weights = torch.tensor([_WEIGHTS[known[n].kind] for n in order])
    loss = functional.binary_cross_entropy_with_logits(logits, wanted, reduction="none")
    loss = (loss * weights).sum() / weights.sum()
    at = {n: place for place, n in enumerate(order)}
    pairs = [sorted(unit, key=lambda n: not known[n].harmful) for unit in batch if len(unit) == 2]
    if pairs:
        apart = torch.stack([logits[at[one]] - logits[at[other]] for one, other in pairs])
        loss = loss + 0.25 * functional.softplus(2 - apart).mean()
    return loss


def _padded(rows: Sequence[list[int]]) -> Any:
    import torch

    longest = max(map(len, rows))
    return torch.tensor([row + [1] * (longest - len(row)) for row in rows])


def _scores(model: Any, rows: Sequence[list[int]]) -> list[float]:
    import torch

    with torch.no_grad():
        return [float(model(_padded([row]))[0]) for row in rows]


def _arrays(model: Any) -> dict[str, Any]:
    found = {}
    for number, layer in enumerate(model.c, start=1):
        weight = layer.weight.detach().numpy()  # (out, in, 3): what numpy multiplies has the three one below another
        found[f"c{number}.w"] = weight.transpose(2, 1, 0).reshape(-1, weight.shape[0])
        found[f"c{number}.b"] = layer.bias.detach().numpy()
    for name in ("a", "h", "o"):
        layer = getattr(model, name)
        found[f"{name}.w"], found[f"{name}.b"] = layer.weight.detach().numpy().T, layer.bias.detach().numpy()
    return found


if __name__ == "__main__":
    main()
