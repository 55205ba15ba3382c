"""The mixture: all adapters side by side on one base, with gates a text: `y = W x + B_all (g ⊙ (A_all x))`.

The core adapter is always on, with a gate of 1; each row of a batch has gates of its own for the experts, so that one
pass serves several specialties, and rows for the core alone. Adapters may differ in rank and in the layers that they
change. In and out they are plain PEFT adapters: alone in the bank one gives the logits that it gives in PEFT.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from medlfm.errors import ExpertError
from medlfm.experts.adapters import (
    check_coverage,
    check_effect,
    check_files,
    measure_effect,
    probe_logits,
    target_modules,
)
from medlfm.experts.banked import Active, Banked, Fusion
from medlfm.experts.lora import WEIGHTS, LoraPair, read_lora
from medlfm.files import sha256_file
from medlfm.runtime.loading import Base

__all__ = ["CORE", "Bank", "Gates"]

# weights of experts by name, as in `Routing.experts`
Gates = Sequence[tuple[str, float]]

CORE = "core"
# layouts of earlier gates that are kept, for questions that go to the same experts
_KEPT = 2
# children of one module that get the same input
_SIBLINGS = (("q_proj", "k_proj", "v_proj"), ("gate_proj", "up_proj"), ("w1", "w3"))


class Bank:
    """The adapters of a base. Run the base through `use` or `use_rows` only: both say which adapters take part."""

    def __init__(self, base: Base) -> None:
        self.base = base
        self.core_sha256 = ""
        self._targets = target_modules(base.model)
        self._adapters: dict[str, dict[str, LoraPair]] = {}
        self._places: dict[str, Banked] = {}
        self._fusions: list[Fusion] = []
        self._fused = False
        self._plain: dict[bool, list[Any]] = {}
        self._layouts: dict[Any, dict[str, Active]] = {}
        self._stacks: dict[Any, dict[str, _Stack]] = {}
        self._inside: tuple[tuple[tuple[str, float], ...], ...] | None = None

    @property
    def names(self) -> list[str]:
        """The experts that have an adapter here, in the order of adding."""
        return [name for name in self._adapters if name != CORE]

    @property
    def has_core(self) -> bool:
        return CORE in self._adapters

    def add(self, name: str, folder: Path, *, trusted: bool = False) -> None:
        """Put an adapter in under a name; raises ExpertError, and leaves the bank as it was, if it fails a check.

        trusted: its effect was measured before, with these very files here, and need not be again.
        """
        record = check_files(folder, self.base.fingerprint, "" if name == CORE else self.core_sha256)
        self.measure(name, folder, expected=float(record["effect"]), trusted=trusted)

    def measure(self, name: str, folder: Path, *, expected: float | None = None, trusted: bool = False) -> float:
        """Put in an adapter that has no record yet, and return how much it changes the logits; see `add`."""
        check_coverage(folder, self._targets, self.base.model)
        self.put(name, read_lora(folder))
        effect = expected if trusted and expected is not None else self.effect(name)
        try:
            check_effect(folder, effect if expected is None else expected, effect)
        except ExpertError:
            self.remove(name)
            raise
        if name == CORE:
            self.core_sha256 = sha256_file(folder / WEIGHTS)
        return effect

    def put(self, name: str, pairs: Mapping[str, LoraPair]) -> None:
        """Put matrices in under a name, unchecked; a mixture that is in use keeps what it began with."""
        device = self.base.device
        self._adapters.pop(name, None)
        if name == CORE:
            self._plain.pop(True, None)
        self._adapters[name] = {
            layer: LoraPair(pair.a.to(device), pair.b.to(device), pair.scale) for layer, pair in pairs.items()
        }
        for layer in pairs:
            if layer not in self._places:
                self._places[layer] = Banked(self.base.model.get_submodule(layer))
        self._changed()

    def remove(self, name: str) -> None:
        """Take an adapter out; the layers that none changes any more are as they were before."""
        self._adapters.pop(name, None)
        if name == CORE:
            self.core_sha256 = ""
            self._plain.pop(True, None)
        used = {layer for pairs in self._adapters.values() for layer in pairs}
        for layer in self._places.keys() - used:
            self._places.pop(layer).detach()
        self._changed()

    def effect(self, name: str) -> float:
        """Return the mean change of the logits that an adapter makes on fixed prompts, over the core where it is in."""
        import torch

        own: Gates = () if name == CORE else [(name, 1.0)]
        with_core = name != CORE and self.has_core
        if with_core not in self._plain:
            self._plain[with_core] = probe_logits(
                self.base, lambda: self._running([()], core=with_core, dtype=torch.float32)
            )
        changed = probe_logits(self.base, lambda: self._running([own], dtype=torch.float32))
        return measure_effect(changed, self._plain[with_core])

    @contextmanager
    def use(self, gates: Gates) -> Iterator[Any]:
        """Yield the model with these experts at these weights in all rows; without any, with the core alone."""
        with self._running([gates]) as model:
            yield model

    @contextmanager
    def use_rows(self, rows: Sequence[Gates]) -> Iterator[Any]:
        """Yield the model for a batch whose rows have these gates, one sequence of gates a row."""
        with self._running(rows) as model:
            yield model

    @contextmanager
    def bare(self) -> Iterator[Any]:
        """Yield the base as it is, without the core."""
        with self._running([()], core=False) as model:
            yield model

    def fuse(self) -> None:
        """From now on calculate what gets the same input in one product where single tokens come; see `banked.py`."""
        self._fused = True
        self._changed()

    def _changed(self) -> None:
        """Forget what was laid out for other adapters, and group the layers anew."""
        self._inside, self._layouts, self._stacks, self._fusions = None, {}, {}, []
        for place in self._places.values():
            place.fusion = place.active = None
        for layer in self._places if self._fused else ():
            parent, _, child = layer.rpartition(".")
            group = next((group for group in _SIBLINGS if child in group), (child,))
            names = [f"{parent}.{name}" for name in group]
            if layer == names[0] and all(name in self._places for name in names):
                self._fusions.append(Fusion([self._places[name] for name in names]))

    @contextmanager
    def _running(self, rows: Sequence[Gates], *, core: bool = True, dtype: Any = None) -> Iterator[Any]:
        with_core = [((CORE, 1.0),) if core and self.has_core else ()] * len(rows)
        wanted = tuple((*first, *_known(self._adapters, row)) for first, row in zip(with_core, rows, strict=True))
        before = self._inside
        self._activate(wanted, dtype)
        try:
            yield self.base.model
        finally:
            self._activate(before or ((),), None)

    def _activate(self, rows: tuple[tuple[tuple[str, float], ...], ...], dtype: Any) -> None:
        """Lay the adapters out that these gates need; the same gates as last time need nothing."""
        rows = rows[:1] if len(set(rows)) == 1 else rows
        if rows == self._inside and dtype is None:
            return
        layout = self._layouts.pop((rows, dtype), None) or self._layout(rows, dtype)
        self._layouts = {**dict(list(self._layouts.items())[-_KEPT:]), (rows, dtype): layout}
        for layer, place in self._places.items():
            place.active = layout.get(layer)
        for fusion in self._fusions if dtype is None else ():
            fusion.prepare()
        for place in self._places.values() if dtype is not None else ():
            place.fusion = None
        self._inside = rows if dtype is None else None

    def _layout(self, rows: Sequence[Gates], dtype: Any) -> dict[str, Active]:
        used = {name for row in rows for name, gate in row if gate}
        names = tuple(name for name in self._adapters if name in used)
        stacks = self._stacks.pop((names, dtype), None) or self._stack(names, dtype)
        self._stacks = {**dict(list(self._stacks.items())[-_KEPT:]), (names, dtype): stacks}
        gates: dict[Any, tuple[Any, Any]] = {}
        layout = {}
        for layer, stack in stacks.items():
            key = (tuple(stack.sizes.items()), stack.a.dtype)
            if key not in gates:
                gates[key] = _gates(stack.sizes, rows, stack.a)
            by_rank, ranks = gates[key]
            if len(rows) == 1:
                layout[layer] = Active(stack.a, stack.b * by_rank[0][:, None])
            else:
                layout[layer] = Active(stack.a, stack.b, by_rank, ranks)
        return layout

    def _stack(self, names: Sequence[str], dtype: Any) -> dict[str, _Stack]:
        import torch

        stacks = {}
        for layer, place in self._places.items():
            pairs = {name: self._adapters[name][layer] for name in names if layer in self._adapters[name]}
            if pairs:
                kind = dtype or place.layer.weight.dtype
                a = torch.cat([pair.a for pair in pairs.values()]).to(kind)
                b = torch.cat([pair.b.T * pair.scale for pair in pairs.values()]).to(kind)
                stacks[layer] = _Stack(a, b, {name: len(pair.a) for name, pair in pairs.items()})
        return stacks


@dataclass(frozen=True)
class _Stack:
    """The matrices of some adapters for one layer, one below the other, and the rank of each."""

    a: Any
    b: Any
    sizes: Mapping[str, int]


def _gates(sizes: Mapping[str, int], rows: Sequence[Gates], like: Any) -> tuple[Any, Any]:
    """Return the gates by row and rank, and the ranks that each row uses where gathering them saves something."""
    import torch

    table = torch.tensor([[_gate(row, name) for name in sizes] for row in rows])
    gates = table.repeat_interleave(torch.tensor(list(sizes.values())), dim=1)
    most = int((gates != 0).sum(dim=1).max())
    ranks = None
    if len(rows) > 1 and 2 * most <= gates.shape[1]:
        ranks = (gates != 0).int().argsort(dim=1, descending=True, stable=True)[:, :most].to(like.device)
    return gates.to(like.device, like.dtype), ranks


def _known(adapters: Mapping[str, Any], gates: Gates) -> Gates:
    for name, _ in gates:
        if name not in adapters:
            raise ExpertError(f"There is no adapter {name!r} in the bank.", f"There are: {', '.join(adapters)}.")
    return tuple(gates)


def _gate(row: Gates, name: str) -> float:
    return float(sum(gate for other, gate in row if other == name))
