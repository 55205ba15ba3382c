"""From a routing to the gates of the bank: how much of each adapter takes part.

A routing says which experts a question is for. What an adapter has learned is of use beyond that: on held-out topics
a share for the second expert by its probability, and a little of all others, score better than the first one alone
(`benchmarks/gates.py`, where the numbers below were chosen on validation rows). It has its price: with all adapters on,
a mixed batch can't gather those that a row uses (`Active.ranks`).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from medlfm.experts.bank import Gates
from medlfm.experts.router import Routing

__all__ = ["mixture", "soften"]

# the router's log odds are divided by it: it knows questions better than adapters know what they are good for
_TEMPERATURE = 2.0
_MOST = 2
# gate of every adapter that is not among these
_OTHERS = 0.05


def mixture(routing: Routing, names: Sequence[str]) -> Gates:
    """Return gates for the adapters of these names; none where the routing has no expert.

    What falls to an expert without an adapter is not given to the others. An adapter without a score takes no part: the
    router left its expert out, as one for patients of another age. A routing without scores keeps its weights.
    """
    if not routing.experts:
        return ()
    if not routing.scores:
        return tuple((name, gate) for name, gate in routing.experts if name in names)
    chosen = soften(routing.scores, _TEMPERATURE, _MOST)
    return tuple((name, chosen.get(name, _OTHERS)) for name in names if name in routing.scores)


def soften(scores: Mapping[str, float], temperature: float, most: int) -> dict[str, float]:
    """Turn log odds against nobody into shares of the likeliest experts; together they leave out nobody's share."""
    top = max(0.0, *scores.values())
    parts = {name: math.exp((score - top) / temperature) for name, score in scores.items()}
    whole = sum(parts.values()) + math.exp(-top / temperature)
    kept = sorted(parts, key=lambda name: -parts[name])[:most]
    scale = sum(parts.values()) / sum(parts[name] for name in kept) / whole
    return {name: parts[name] * scale for name in kept}
