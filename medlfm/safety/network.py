"""The small network of the gate: three convolutions over the vectors of word pieces, then attention and a maximum.

Trained by `benchmarks/gate/train_network.py` on pairs of look-alikes; run with numpy.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from medlfm.knowledge.embedding import piece_vectors, read_tensors

__all__ = ["SPACINGS", "Network", "gelu", "shipped_network"]

SPACINGS = (1, 2, 4)  # of the three convolutions: what a piece sees are its neighbours at this distance
_MOST = 192  # pieces that are read


@dataclass(frozen=True)
class Network:
    """Weights by name, float32."""

    weights: Mapping[str, Any]

    def logit(self, text: str) -> float:
        """Return the log odds that a text asks for something harmful."""
        import numpy as np

        table = piece_vectors()
        state = table.vectors[table.places(text, _MOST - 2)]
        for number, spacing in enumerate(SPACINGS, start=1):
            around = np.pad(state, ((spacing, spacing), (0, 0)))
            wide = np.concatenate([around[at : at + len(state)] for at in (0, spacing, 2 * spacing)], axis=1)
            seen = gelu(wide @ self.weights[f"c{number}.w"] + self.weights[f"c{number}.b"])
            state = seen if number == 1 else state + seen
        heads = state @ self.weights["a.w"] + self.weights["a.b"]
        heads = np.exp(heads - heads.max(axis=0))
        heads /= heads.sum(axis=0)
        whole = np.concatenate([state.max(axis=0), (heads.T @ state).ravel()])
        hidden = gelu(whole @ self.weights["h.w"] + self.weights["h.b"])
        return float(hidden @ self.weights["o.w"][:, 0] + self.weights["o.b"][0])


def gelu(x: Any) -> Any:
    """Return the Gaussian error linear unit, by its usual approximation."""
    import numpy as np

    return 0.5 * x * (1 + np.tanh(0.7978845608 * x * (1 + 0.044715 * x * x)))


@cache
def shipped_network() -> Network:
    """Return the network that comes with the package."""
    import numpy as np

    tensors, _ = read_tensors((files("medlfm") / "safety" / "network.safetensors").read_bytes())
    return Network({name: array.astype(np.float32) for name, array in tensors.items()})
