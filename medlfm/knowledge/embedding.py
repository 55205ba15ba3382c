"""Vectors for word pieces, and for texts as their weighted mean: small, shipped, and without a model to run.

The vectors (`pieces.safetensors`, made by `benchmarks/gate/distil.py`) are the word table of multilingual-e5-small
(MIT), reduced to its main directions. They know that words are alike, in English and German, but no word order.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from medlfm.knowledge.pieces import Pieces

if TYPE_CHECKING:
    import numpy as np

    Floats = np.ndarray[Any, np.dtype[np.float32]]

__all__ = ["PieceVectors", "embed", "piece_vectors", "read_tensors"]

_LONGEST = 2000  # characters that are read
_COMMON = 1e-3  # probability from which a piece counts little in the mean (Arora et al., 2017: a / (a + p))


def read_tensors(content: bytes) -> tuple[dict[str, Any], dict[str, str]]:
    """Read the bytes of a safetensors file, which needs no more than numpy: arrays by name, and the metadata."""
    import numpy as np

    start = 8 + int.from_bytes(content[:8], "little")
    header = json.loads(content[8:start])
    about = header.pop("__metadata__", {})
    kinds = {"I8": "<i1", "F16": "<f2", "F32": "<f4"}
    found = {}
    for name, row in header.items():
        low, high = row["data_offsets"]
        found[name] = np.frombuffer(content[start + low : start + high], kinds[row["dtype"]]).reshape(row["shape"])
    return found, about


@dataclass(frozen=True)
class PieceVectors:
    """Pieces with their vectors (float32, one row a piece) and their weight in a mean."""

    pieces: Pieces
    vectors: Floats
    weights: Floats

    def places(self, text: str, most: int = 256) -> list[int]:
        """Return the rows of a text's pieces, those of its beginning and end included."""
        return self.pieces.encode(text[:_LONGEST], most)


@cache
def piece_vectors() -> PieceVectors:
    """Return the vectors that ship with the package; read once a process."""
    import numpy as np

    tensors, about = read_tensors((files("medlfm") / "knowledge" / "pieces.safetensors").read_bytes())
    normal = {int(point): text for point, text in json.loads(about["normal"]).items()}
    scores = tensors["scores"]
    return PieceVectors(
        pieces=Pieces(json.loads(about["pieces"]), scores.tolist(), normal),
        vectors=tensors["vectors"].astype(np.float32) * tensors["scale"].astype(np.float32)[:, None],
        weights=(_COMMON / (_COMMON + np.exp(np.minimum(scores, 0.0)))).astype(np.float32),
    )


def embed(texts: Sequence[str]) -> Floats:
    """Return a vector a text, float32 of length 1 (0 for an empty text): (len(texts), width)."""
    import numpy as np

    table = piece_vectors()
    found = np.zeros((len(texts), table.vectors.shape[1]), dtype=np.float32)
    for row, text in enumerate(texts):
        places = table.places(text)[1:-1]
        if places and text.strip():
            weights = table.weights[places]
            mean = weights @ table.vectors[places] / weights.sum()
            found[row] = mean / (np.linalg.norm(mean) or 1.0)
    return found
