"""Adapters that are trained side by side: one A and B a layer for all of them, of which each row of a batch uses one.

A row reaches the ranks of its own adapter only, so what an adapter learns is what it learns alone; and one pass over a
batch trains all. The numbers lie in one flat tensor, in fp32, with a copy in the model's own type that it runs on, so
that a step of the optimiser is a handful of operations whatever the number of layers.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from medlfm.experts.lora import LoraPair

__all__ = ["Adapters", "Optimizer"]


class Adapters:
    """LoRA matrices of several adapters of one rank, for the layers named; `slot` is the place of an adapter."""

    def __init__(
        self, model: Any, layers: Sequence[str], slots: int, *, rank: int, alpha: float, dropout: float, seed: int
    ) -> None:
        import torch

        self.rank, self.scale, self.dropout, self.slots = rank, alpha / rank, dropout, slots
        self.layers = {name: model.get_submodule(name) for name in layers}
        device, dtype = next(iter(self.layers.values())).weight.device, model.dtype
        width, parts, owners = slots * rank, [], []
        generator = torch.Generator().manual_seed(seed)
        slot = torch.arange(slots, dtype=torch.uint8).repeat_interleave(rank)[:, None]
        for layer in self.layers.values():
            # PEFT's start: A uniform as in a fresh linear layer, B zero; every adapter begins with the same A
            bound = 1 / math.sqrt(layer.in_features)
            a = (torch.rand(rank, layer.in_features, generator=generator) * 2 - 1) * bound
            parts += [a.repeat(slots, 1).flatten(), torch.zeros(width * layer.out_features)]
            owners += [slot.expand(width, size).flatten() for size in (layer.in_features, layer.out_features)]
        self.master = torch.cat(parts).to(device)
        self.owner = torch.cat(owners).to(device).long()
        self.running = self.master if dtype == torch.float32 else self.master.to(dtype)
        self.gradient = torch.zeros_like(self.running)
        self.gates: Any = None
        self._matrices = self._split()

    def _split(self) -> dict[str, tuple[Any, Any]]:
        """Cut the flat tensors into one A and B a layer, whose gradients lie in the flat gradient."""
        from torch.nn import Parameter

        start, width, found = 0, self.slots * self.rank, {}
        for name, layer in self.layers.items():
            pair = []
            for size in (layer.in_features, layer.out_features):
                end = start + width * size
                matrix = Parameter(self.running[start:end].view(width, size))
                matrix.grad = self.gradient[start:end].view(width, size)
                pair.append(matrix)
                start = end
            found[name] = (pair[0], pair[1])
        return found

    @contextmanager
    def attached(self) -> Iterator[None]:
        """Let the layers add what the adapters say, on top of what they calculate already."""
        before = {name: layer.forward for name, layer in self.layers.items()}
        own = {name for name, layer in self.layers.items() if "forward" in vars(layer)}
        for name, layer in self.layers.items():
            layer.forward = self._forward(before[name], *self._matrices[name])
        try:
            yield
        finally:
            for name, layer in self.layers.items():
                del layer.forward
                if name in own:
                    layer.forward = before[name]

    def _forward(self, inner: Any, a: Any, b: Any) -> Any:
        import torch
        from torch.nn.functional import dropout, linear

        def forward(x: Any) -> Any:
            seen = dropout(x, self.dropout) if self.dropout and torch.is_grad_enabled() else x
            z = linear(seen, a)
            z = z * (
                self.gates[:, None] if x.dim() == 3 else self.gates.repeat_interleave(len(x) // len(self.gates), 0)
            )
            return inner(x) + z @ b

        return forward

    def choose(self, slots: Any) -> None:
        """Say which adapter each row of the next batch uses: a tensor of slots."""
        import torch

        hot = torch.nn.functional.one_hot(slots, self.slots).to(self.running.dtype) * self.scale
        self.gates = hot.repeat_interleave(self.rank, dim=1)

    @contextmanager
    def alone(self, slot: int | None) -> Iterator[None]:
        """Let every row of any batch use this adapter, or none."""
        import torch

        before, gates = self.gates, torch.zeros(1, self.slots, dtype=self.running.dtype, device=self.running.device)
        if slot is not None:
            gates[0, slot] = self.scale
        self.gates = gates.repeat_interleave(self.rank, dim=1)
        try:
            yield
        finally:
            self.gates = before

    def refresh(self) -> None:
        """Bring the copy that the model runs on up to date."""
        if self.running is not self.master:
            self.running.copy_(self.master)

    def pairs(self, slot: int, flat: Any = None) -> dict[str, LoraPair]:
        """Return an adapter's matrices, from `flat` where it is not the present state that is wanted."""
        flat, start, width, found = self.master if flat is None else flat, 0, self.slots * self.rank, {}
        own = slice(slot * self.rank, (slot + 1) * self.rank)
        for name, layer in self.layers.items():
            pair = []
            for size in (layer.in_features, layer.out_features):
                pair.append(flat[start : start + width * size].view(width, size)[own].clone())
                start += width * size
            found[name] = LoraPair(pair[0], pair[1].T.contiguous(), self.scale)
        return found


class Optimizer:
    """AdamW (Loshchilov and Hutter 2019) over the flat tensor, with a learning rate and a step count an adapter."""

    def __init__(self, adapters: Adapters, *, betas: tuple[float, float] = (0.9, 0.99), decay: float = 0.0) -> None:
        import torch

        self.adapters, self.betas, self.decay = adapters, betas, decay
        self.mean, self.square = torch.zeros_like(adapters.master), torch.zeros_like(adapters.master)

    def step(self, rates: Sequence[float], steps: Sequence[int]) -> None:
        """Take a step with these rates by slot; `steps` counts the steps of each, this one included."""
        import torch

        adapters, (first, second) = self.adapters, self.betas
        with torch.no_grad():
            gradient = adapters.gradient.float()
            self.mean.lerp_(gradient, 1 - first)
            self.square.mul_(second).addcmul_(gradient, gradient, value=1 - second)
            values = [
                (rate / (1 - first**step), 1 / (1 - second**step), rate * self.decay) if step else (0.0, 1.0, 0.0)
                for rate, step in zip(rates, steps, strict=True)
            ]
            table = torch.tensor(values, device=gradient.device)[adapters.owner]
            if self.decay:
                adapters.master.mul_(1 - table[:, 2])
            adapters.master.sub_(table[:, 0] * self.mean / ((self.square * table[:, 1]).sqrt_() + 1e-8))
            adapters.gradient.zero_()
            adapters.refresh()

    def state(self) -> Mapping[str, Any]:
        """Return what a checkpoint holds."""
        return {"master": self.adapters.master, "mean": self.mean, "square": self.square}
