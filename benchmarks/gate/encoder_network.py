"""The network that `train_encoder` trains: what `medlfm.safety.encoder` does, for batches, and with what learns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from medlfm.knowledge.e5 import E5
from medlfm.safety.encoder import MATRICES, MOST

_HEADS, _HIDDEN = 2, 32


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """How to train. `first`: the lowest layer that learns; `rank` 0: whole matrices instead of a change of low rank."""

    depth: int = 12
    first: int = 0
    rank: int = 12
    strength: float = 16.0
    rounds: int = 8
    batch: int = 48  # units
    rate: float = 1.3e-3
    warm: int = 60  # steps
    dropped: float = 0.2
    unseen: float = 0.06
    apart: float = 0.4  # weight of the margin between the two of a pair
    margin: float = 3.0
    contrast: float = 0.2  # weight of the supervised contrast between what is harmful and what isn't
    beside: float = 0.15  # shares of the pairs that are changed
    changed: float = 0.15
    questions: int = 1500
    decay: float = 0.01
    seed: int = 0


def network(base: E5, recipe: Recipe) -> Any:
    """Return what `medlfm.safety.encoder` does, for batches of sentences, and with what learns."""
    import torch
    from torch import nn
    from torch.nn import functional

    width, heads = base.width, base.heads

    class Net(nn.Module):
        """The layers and the head."""

        def __init__(self) -> None:
            super().__init__()
            for name in base.where:
                if name != "emb.word" and (name.startswith("emb") or int(name[1:].split(".")[0]) < recipe.depth):
                    self.register_buffer(name.replace(".", "_"), torch.from_numpy(base.tensor(name).copy()))
            self.low = nn.ParameterDict()
            for number in range(recipe.first, recipe.depth):
                for name in MATRICES:
                    after, before = self.of(f"l{number}.{name}.w").shape
                    if recipe.rank:
                        self.low[f"{number}_{name}_a"] = nn.Parameter(torch.randn(before, recipe.rank) * before**-0.5)
                        self.low[f"{number}_{name}_b"] = nn.Parameter(torch.zeros(recipe.rank, after))
                    else:
                        self.low[f"{number}_{name}_a"] = nn.Parameter(torch.zeros(before, after))
            self.a, self.h = nn.Linear(width, _HEADS), nn.Linear(width * (1 + _HEADS), _HIDDEN)
            self.o = nn.Linear(_HIDDEN, 2)
            self.words, self.rows = torch.zeros(0, width), dict[int, int]()  # vectors of pieces, and where they are

        def of(self, name: str) -> Any:
            """Return a tensor of the base."""
            return getattr(self, name.replace(".", "_"))

        def through(self, x: Any, number: int, name: str) -> Any:
            """Multiply by a matrix as it is, and by what it has learnt."""
            whole = functional.linear(x, self.of(f"l{number}.{name}.w"), self.of(f"l{number}.{name}.b"))
            if f"{number}_{name}_a" not in self.low:
                return whole
            change = x @ self.low[f"{number}_{name}_a"]
            if recipe.rank:
                change = change @ self.low[f"{number}_{name}_b"] * (recipe.strength / recipe.rank)
            return whole + change

        def layer(self, x: Any, number: int, mask: Any) -> Any:
            """Return what a layer makes of the pieces."""
            count, longest, _ = x.shape
            split = (self.through(x, number, name).view(count, longest, heads, -1) for name in "qkv")
            asked, known, said = (part.transpose(1, 2) for part in split)
            seen = functional.scaled_dot_product_attention(asked, known, said, attn_mask=mask)
            seen = self.through(seen.transpose(1, 2).reshape(x.shape), number, "ao")
            x = self.normal(x + seen, f"l{number}.aln")
            inner = functional.gelu(self.through(x, number, "fi"), approximate="tanh")
            return self.normal(x + self.through(inner, number, "fo"), f"l{number}.oln")

        def normal(self, x: Any, name: str) -> Any:
            """Normalise each piece."""
            return functional.layer_norm(x, (width,), self.of(f"{name}.w"), self.of(f"{name}.b"), base.eps)

        def forward(self, rows: Sequence[list[int]]) -> Any:
            rows = [row[: MOST + 1] + row[-1:] if len(row) > MOST + 2 else row for row in rows]
            device = self.a.weight.device
            x, kept = self.start(rows)
            if self.training:
                seen = torch.rand(kept.shape, device=device) > recipe.unseen
                seen[:, 0] = True
                kept = kept & seen
            mask = torch.zeros(kept.shape, device=device).masked_fill(~kept, -1e4)[:, None, None, :]
            for number in range(recipe.depth):
                x = self.layer(x, number, mask)
            shares = self.a(x).masked_fill(~kept[:, :, None], -1e4).softmax(1)
            mean = (x * kept[:, :, None]).sum(1) / kept.sum(1, keepdim=True)
            whole = torch.cat([mean, torch.einsum("bth,btc->bhc", shares, x).flatten(1)], 1)
            hidden = functional.gelu(self.h(self.drop(whole)), approximate="tanh")
            return self.o(self.drop(hidden)), hidden

        def start(self, rows: Sequence[Sequence[int]]) -> tuple[Any, Any]:
            """Return what goes into the first layer, and where there are pieces."""
            device = self.a.weight.device
            new = sorted({place for row in rows for place in row} - self.rows.keys())
            if new:
                self.rows.update(zip(new, range(len(self.words), len(self.words) + len(new)), strict=True))
                self.words = torch.cat([self.words.to(device), torch.from_numpy(base.words(new)).to(device)])
            longest = max(map(len, rows))
            at = torch.tensor([[self.rows[place] for place in row] + [-1] * (longest - len(row)) for row in rows])
            places = self.of("emb.pos").view(-1, width)[:longest] + self.of("emb.type")[:width]
            at = at.to(device)
            return self.normal(self.words[at.clamp(min=0)] + places, "emb.ln"), at >= 0

        def drop(self, x: Any) -> Any:
            """Drop a part in training."""
            return functional.dropout(x, recipe.dropped, self.training)

    return Net()


def logits(model: Any, base: E5, texts: Sequence[str]) -> Any:
    """Return both log odds of some texts, one row a text."""
    import torch

    rows = [base.pieces.encode(text, MOST) for text in texts]
    order = sorted(range(len(rows)), key=lambda at: len(rows[at]))
    found = np.zeros((len(rows), 2))
    with torch.no_grad():
        for at in range(0, len(order), 64):
            some = order[at : at + 64]
            found[some] = model([rows[n] for n in some])[0].cpu().numpy()
    return found


def arrays(model: Any, recipe: Recipe) -> dict[str, Any]:
    """Return the weights as the encoder reads them."""
    found = {}
    for name, weight in model.low.items():
        number, matrix, side = name.split("_")
        strength = recipe.strength / recipe.rank if side == "b" else 1.0
        found[f"{number}.{matrix}.{side}"] = weight.detach().cpu().numpy() * strength
    for name in ("a", "h", "o"):
        layer = getattr(model, name)
        found[f"{name}.w"], found[f"{name}.b"] = (
            layer.weight.detach().cpu().numpy().T, layer.bias.detach().cpu().numpy()
        )  # fmt: skip
    return {name: value.astype(np.float16) for name, value in found.items()}
