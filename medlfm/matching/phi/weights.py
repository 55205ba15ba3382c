"""The weights of the PHI model in a quarter of the room: whole numbers of one byte, with a scale for each row.

spaCy's own file of a component holds them as floating-point numbers of four bytes. The package ships the packed form;
a model that was just trained has the other one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import numpy
import srsly
from numpy.typing import NDArray

__all__ = ["PACKED", "packed", "unpacked"]

PACKED = "model.int8"  # the name of the file that stands in for "model"
_LARGEST = 127
_SMALL = 512  # numbers that are left as they are: biases and the like

Floats = NDArray[numpy.float32]


def packed(data: bytes) -> bytes:
    """Pack the bytes of a model as thinc writes them."""
    message = srsly.msgpack_loads(data)
    message["params"] = [{name: _pack(value) for name, value in params.items()} for params in message["params"]]
    return cast(bytes, srsly.msgpack_dumps(message))


def unpacked(data: bytes) -> bytes:
    """Return the bytes that thinc reads, of those that `packed` made."""
    message = srsly.msgpack_loads(data)
    message["params"] = [{name: _unpack(value) for name, value in params.items()} for params in message["params"]]
    return cast(bytes, srsly.msgpack_dumps(message))


def _pack(value: Any) -> Any:
    if not isinstance(value, numpy.ndarray) or value.dtype != numpy.float32 or value.size < _SMALL:
        return value
    rows = value.reshape(-1, value.shape[-1])
    scale = numpy.abs(rows).max(axis=1, keepdims=True) / _LARGEST
    scale[scale == 0] = 1.0
    whole = numpy.rint(rows / scale).astype(numpy.int8)
    return {"whole": whole, "scale": scale.astype(numpy.float32), "shape": list(value.shape)}


def _unpack(value: Any) -> Any:
    if not isinstance(value, Mapping):
        return value
    rows = value["whole"].astype(numpy.float32) * value["scale"]
    return rows.reshape(value["shape"])
