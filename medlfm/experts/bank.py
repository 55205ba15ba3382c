"""The mixture: adapters side by side on one base, with gates a text.

This version runs on PEFT: one chosen adapter is switched on, several are concatenated with their gates as weights,
which is the exact weighted sum whatever their ranks.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from medlfm.errors import ExpertError
from medlfm.experts.adapters import check_coverage, check_effect, check_files, measure_effect, target_modules
from medlfm.runtime.loading import Base, quiet

__all__ = ["Bank"]

_MIXED = "medlfm_mixed"


class Bank:
    """The adapters of a base. Run the base through `use`, never directly: PEFT wraps its layers in place."""

    def __init__(self, base: Base) -> None:
        self.base = base
        self.names: list[str] = []
        self._targets = target_modules(base.model)
        self._model: Any = None

    def add(self, name: str, folder: Path) -> None:
        """Put an adapter in under a name; raises ExpertError, and leaves the bank as it was, if it fails a check."""
        record = check_files(folder, self.base.fingerprint)
        self.measure(name, folder, expected=float(record["effect"]))

    def measure(self, name: str, folder: Path, *, expected: float | None = None) -> float:
        """Put in an adapter that has no record yet, and return how much it changes the logits; see `add`."""
        check_coverage(folder, self._targets)
        self._load(name, folder)
        self._model.base_model.set_adapter(name)
        effect = measure_effect(self._model, self.base)
        try:
            check_effect(folder, effect if expected is None else expected, effect)
        except ExpertError:
            self._remove(name)
            raise
        self.names.append(name)
        return effect

    @contextmanager
    def use(self, gates: Sequence[tuple[str, float]]) -> Iterator[Any]:
        """Yield the model with these adapters at these weights; without any, the base as it is."""
        if not gates or self._model is None:
            with self._model.disable_adapter() if self._model is not None else _nothing():
                yield self._model or self.base.model
            return
        if len(gates) == 1 and gates[0][1] == 1:
            self._model.base_model.set_adapter(gates[0][0])
            yield self._model
            return
        names, weights = [name for name, _ in gates], [weight for _, weight in gates]
        with quiet():
            self._model.add_weighted_adapter(names, weights, _MIXED, combination_type="cat")
        try:
            self._model.base_model.set_adapter(_MIXED)
            yield self._model
        finally:
            self._model.base_model.set_adapter(names[0])
            self._model.delete_adapter(_MIXED)

    def _load(self, name: str, folder: Path) -> None:
        from peft import PeftModel

        with quiet():
            if self._model is None:
                self._model = PeftModel.from_pretrained(self.base.model, str(folder), adapter_name=name)
                self._model.eval()
            else:
                self._model.load_adapter(str(folder), adapter_name=name)

    def _remove(self, name: str) -> None:
        """Take an adapter out; PEFT can't be without any, so with the last one the wrapping goes too."""
        if self.names:
            self._model.delete_adapter(name)
        else:
            self._model.unload()
            self._model = None


@contextmanager
def _nothing() -> Iterator[None]:
    yield
