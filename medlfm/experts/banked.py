"""A linear layer with the adapters of the bank beside it: `y = W x + B (g ⊙ (A x))`.

The layer stays the module that it is, under its name and with its weights; only its `forward` is another one. There are
three ways to calculate the same: all active adapters at once, with a gate a row and rank; only those that a row uses,
gathered, where the input is long, since less is moved and calculated then; and, for single tokens, W and A of
neighbours that get the same input in one product (`Fusion`), since one product is sooner done than six.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from medlfm.experts.kernels import add_products, fits

__all__ = ["Active", "Banked", "Fusion"]

# tokens a row from which gathering pays, and tokens in all up to which products are fused
_LONG, _SHORT = 16, 64


@dataclass(frozen=True)
class Active:
    """The adapters in use at one layer: `a` is ranks × inputs, `b` ranks × outputs with the scale in it.

    gates: rows × ranks, or None where all rows have the same, which then is in `b`. ranks: those that each row uses,
    rows × most ranks; None where gathering brings nothing.
    """

    a: Any
    b: Any
    gates: Any = None
    ranks: Any = None

    @cached_property
    def chosen(self) -> tuple[Any, Any]:
        """Each row's own matrices, its gates in the second: rows × inputs × ranks and rows × ranks × outputs."""
        gates = self.gates.gather(1, self.ranks)
        return self.a[self.ranks].transpose(1, 2), self.b[self.ranks] * gates[:, :, None]


class Banked:
    """A linear layer to whose output the active adapters add; without any it calculates what it always did."""

    def __init__(self, layer: Any) -> None:
        self.layer = layer
        self.active: Active | None = None
        self.fusion: Fusion | None = None
        layer.forward = self.forward

    def detach(self) -> None:
        """Give the layer its own `forward` back."""
        del self.layer.forward

    def forward(self, x: Any) -> Any:
        """Stand in for the layer's `forward`; x is rows × tokens × inputs, or rows and tokens in one."""
        import torch

        active, layer = self.active, self.layer
        if active is None:
            return type(layer).forward(layer, x)
        if self.fusion is not None and x.numel() <= _SHORT * x.shape[-1] and not torch.is_grad_enabled():
            return self.fusion.forward(self, x)
        if active.gates is None:
            return self._sum(x, torch.nn.functional.linear(x, active.a), active.b)
        shape, x = x.shape[:-1], x.reshape(active.gates.shape[0], -1, x.shape[-1])
        if active.ranks is None or x.shape[1] < _LONG:
            z, b = torch.nn.functional.linear(x, active.a) * active.gates[:, None], active.b
        else:
            a, b = active.chosen
            z = torch.bmm(x, a)
        return self._sum(x, z, b).view(*shape, -1)

    def _sum(self, x: Any, z: Any, b: Any) -> Any:
        """Return W x + z b.

        The small product comes first where nobody wants a gradient: the large one then adds to what is there, and
        hides the reading of it, so that the output is not gone over once more.
        """
        import torch

        layer = self.layer
        if torch.is_grad_enabled() or type(layer) is not torch.nn.Linear:
            return type(layer).forward(layer, x) + z @ b
        y = z @ b
        y.view(-1, y.shape[-1]).addmm_(x.reshape(-1, x.shape[-1]), layer.weight.T)
        return y if layer.bias is None else y.add_(layer.bias)


class Fusion:
    """Layers that get the same input, e.g. q_proj, k_proj and v_proj: one product for them and all their adapters.

    The weights move into one tensor, of which each layer's own weight becomes a part: nothing is held twice.
    """

    def __init__(self, places: Sequence[Banked]) -> None:
        self.places = list(places)
        self._outputs = [place.layer.out_features for place in places]
        self._weight: Any = None
        self._bias: Any = None
        self._gates: Any = None
        self._input: Any = None
        self._waiting: dict[int, Any] = {}
        self._kernel: tuple[Any, Any] | None = None
        for place in places:
            place.fusion = self

    def prepare(self) -> None:
        """Put the matrices A of the active adapters below the weights; to be called whenever those change."""
        import torch

        actives = [place.active for place in self.places if place.active is not None]
        usable = len(actives) == len(self.places)
        for place in self.places:
            place.fusion = self if usable else None
        if not usable:
            return
        rows, ranks = sum(self._outputs), sum(len(active.a) for active in actives)
        if self._weight is None or len(self._weight) != rows + ranks:
            self._move(rows + ranks)
        torch.cat([active.a for active in actives], out=self._weight[rows:])
        gates = [active.gates for active in actives]
        self._gates = None if gates[0] is None else torch.cat(gates, dim=1)
        sizes = [len(active.a) for active in actives]
        self._kernel = None
        if fits(self._weight, self._outputs, sizes):
            starts = [index * sizes[0] for index, outputs in enumerate(self._outputs) for _ in range(outputs // 64)]
            offsets = torch.tensor(starts, dtype=torch.int32, device=self._weight.device)
            self._kernel = torch.cat([active.b for active in actives], dim=1), offsets

    def _move(self, rows: int) -> None:
        layers = [place.layer for place in self.places]
        first = layers[0].weight
        self._weight = first.new_empty(rows, first.shape[1])
        self._bias = first.new_zeros(rows) if any(layer.bias is not None for layer in layers) else None
        start = 0
        for layer, outputs in zip(layers, self._outputs, strict=True):
            end = start + outputs
            self._weight[start:end] = layer.weight.data
            layer.weight.data = self._weight[start:end]
            if layer.bias is not None:
                self._bias[start:end] = layer.bias.data
            start = end

    def forward(self, place: Banked, x: Any) -> Any:
        """Return a layer's output; the first of them that is asked calculates those of all."""
        if self._input is not x or id(place) not in self._waiting:
            self._calculate(x)
            self._input = x
        y = self._waiting.pop(id(place))
        if not self._waiting:
            self._input = None
        return y

    def _calculate(self, x: Any) -> None:
        import torch

        product = torch.nn.functional.linear(x.reshape(-1, x.shape[-1]), self._weight, self._bias)
        z = product[:, sum(self._outputs) :]
        if self._kernel is not None:
            add_products(product, *self._kernel, self._gates)
        elif self._gates is not None:
            rows = len(self._gates)
            z = (z.unflatten(0, (rows, -1)) * self._gates[:, None]).flatten(0, 1)
        start = rank = 0
        for place, outputs in zip(self.places, self._outputs, strict=True):
            assert place.active is not None
            ranks = len(place.active.a)
            y = product[:, start : start + outputs]
            if self._kernel is None:
                y = y.addmm_(z[:, rank : rank + ranks], place.active.b)
            self._waiting[id(place)] = y.unflatten(0, x.shape[:-1])
            start, rank = start + outputs, rank + ranks
