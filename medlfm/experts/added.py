"""What installing one more expert does to routing: what it brings for its own questions, what it takes from others.

A third of every plugin's questions is kept from the router and asked twice: without the expert, and with it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from medlfm.errors import ExpertError
from medlfm.experts.adapters import read_record
from medlfm.experts.plugin import Expert, RoutingRow
from medlfm.experts.registry import discover
from medlfm.experts.router import Router
from medlfm.runtime.embedding import Embedder, find_embedder
from medlfm.settings import Settings, load_settings

__all__ = ["NOBODY", "THEFT", "Added", "Counts", "Unseen", "added"]

# what an expert may take from unseen questions of the others
THEFT = 0.02
# under this name stand the near misses that belong to no installed expert
NOBODY = "nobody"
# a question of each so many is kept from the router and asked
_ASKED = 3

# expert → (questions that reach it, questions asked)
Counts = Mapping[str, tuple[int, int]]


@dataclass(frozen=True, kw_only=True)
class Added:
    """Unseen questions that go right without and with an expert, by owner: its own, the others', and nobody's.

    `gain`: the share of its own questions that it newly gets right. `theft`: the share of the others' that it costs
    them. `adapters`: base → its recorded gain over the core in nats a token, the interval's ends; none measured: [].
    """

    expert: str
    before: Counts
    after: Counts
    adapters: Mapping[str, Sequence[float]]

    @property
    def gain(self) -> float:
        return self._share(self.after, [self.expert]) - self._share(self.before, [self.expert])

    @property
    def theft(self) -> float:
        others = [name for name in self.before if name not in (self.expert, NOBODY)]
        return self._share(self.before, others) - self._share(self.after, others)

    @property
    def total(self) -> tuple[float, float]:
        """Return the share of all questions that go right, without it and with it."""
        return self._share(self.before, list(self.before)), self._share(self.after, list(self.after))

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data."""
        rows = [
            {"owner": name, "asked": asked, "without": right, "with": self.after[name][0]}
            for name, (right, asked) in self.before.items()
        ]
        return {
            "expert": self.expert,
            "gain": round(self.gain, 4),
            "theft": round(self.theft, 4),
            "theft_allowed": THEFT,
            "total": [round(share, 4) for share in self.total],
            "owners": rows,
            "adapters": {base: list(gain) for base, gain in self.adapters.items()},
        }

    @staticmethod
    def _share(counts: Counts, names: Sequence[str]) -> float:
        return sum(counts[name][0] for name in names) / max(1, sum(counts[name][1] for name in names))


class Unseen:
    """The experts without the questions that are asked, and these questions by owner."""

    def __init__(self, experts: Sequence[Expert], embedder: Embedder | None = None) -> None:
        self.experts = [_held(expert) for expert in experts]
        self.questions: dict[str, list[str]] = {name: [] for name in [*(expert.id for expert in experts), NOBODY]}
        for expert in experts:
            for number, row in enumerate(expert.routing()):
                if _asked(number) and (row.match or row.belongs_to not in self.questions):
                    self.questions[expert.id if row.match else NOBODY].append(row.text)
        self._embedder = embedder

    def right(self, without: str = "") -> dict[str, tuple[int, int]]:
        """Count what goes right by owner, with a router over all experts but this one; a question of its is wrong."""
        router = Router([expert for expert in self.experts if expert.id != without], embedder=self._embedder)
        return {owner: (self._count(router, owner), len(texts)) for owner, texts in self.questions.items()}

    def _count(self, router: Router, owner: str) -> int:
        if owner not in (*router.names, NOBODY):
            return 0
        chosen = [[name for name, _ in router.choose(text).experts] for text in self.questions[owner]]
        return sum(not names if owner == NOBODY else owner in names for names in chosen)


def added(name: str, *, meaning: bool = False, settings: Settings | None = None) -> Added:
    """Measure what the installed expert `name` brings beside the other installed ones, and what it costs them.

    `meaning`: route with the installed embedder, as `ask` does; slower. Raises ExpertError for an unknown name.
    """
    registry = discover(settings or load_settings())
    expert = registry.get(name)
    unseen = Unseen(list(registry), find_embedder() if meaning else None)
    adapters: dict[str, list[float]] = {}
    for folder in expert.adapters:
        try:
            record = read_record(folder)
        except ExpertError:
            continue
        adapters.setdefault(record["base"], _recorded_gain(record))
    return Added(expert=name, before=unseen.right(without=name), after=unseen.right(), adapters=adapters)


def _recorded_gain(record: Mapping[str, Any]) -> list[float]:
    """Return the ends of the recorded gain over the core, or over the base where there was no core."""
    table = (record.get("losses") or {}).get("table", ())
    row: Mapping[str, Any] = next((row for row in table if row["model"].startswith("this expert")), {})
    interval = row.get("over_core") or row.get("interval")
    return [-interval[1], -interval[0]] if interval else []


class _Held(Expert):
    """An expert without the routing questions that are asked."""

    def routing(self) -> tuple[RoutingRow, ...]:
        return tuple(row for number, row in enumerate(super().routing()) if not _asked(number))


def _asked(number: int) -> bool:
    """Choose a third of the questions; not every third one, since they may be written in turns."""
    return (number + number // _ASKED) % _ASKED == 0


def _held(expert: Expert) -> Expert:
    return _Held(**{name: getattr(expert, name) for name in expert.__dataclass_fields__})
