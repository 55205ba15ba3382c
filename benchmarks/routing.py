"""How well the router sends questions to the plugins in plugins/, and to nobody.

    python benchmarks/routing.py [--json FILE]

Cross-validated over the plugins' own routing questions (5 folds; a question is routed by a router that has not seen
it), and, where MEDLFM_BENCH_DATA names the benchmark data, on MedQuAD's questions by specialty, of which the router
has seen none. The plugins' questions were written by the same hands: the figures are optimistic for other askers.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import random
from collections import defaultdict
from pathlib import Path
from typing import Any

from medlfm.experts import Expert
from medlfm.experts.plugin import RoutingRow
from medlfm.experts.router import Router, Routing
from medlfm.scoring import clopper_pearson

PLUGINS = Path(__file__).parents[1] / "plugins"
FOLDS = 5


class Held(Expert):
    """An expert without the questions that are being measured."""

    hidden: frozenset[str] = frozenset()

    def routing(self) -> tuple[RoutingRow, ...]:
        return tuple(row for row in super().routing() if row.text not in self.hidden)


def experts(hidden: frozenset[str] = frozenset()) -> list[Expert]:
    """Read the plugins, without these questions."""
    kind = type("Fold", (Held,), {"hidden": hidden})
    return [kind.from_folder(path.parent) for path in sorted(PLUGINS.glob("*/*/manifest.json"))]


def share(hits: int, total: int) -> dict[str, Any]:
    """Return a rate with its exact 95 % interval."""
    low, high = clopper_pearson(hits, total)
    return {"value": round(hits / total, 4) if total else None, "n": total, "interval": [round(low, 4), round(high, 4)]}


class Tally:
    """Counts of right first choices, right choices among the one or two, and refusals, by group."""

    def __init__(self) -> None:
        self.counts: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0, 0, 0])

    def add(self, groups: list[str], routing: Routing, owner: str) -> None:
        chosen = [name for name, _ in routing.experts]
        right = [owner in chosen[:1], owner in chosen, not chosen, len(chosen) == 2]
        for group in groups:
            count = self.counts[group]
            for place, hit in enumerate(right):
                count[place] += hit
            count[4] += 1

    def to_dict(self) -> dict[str, Any]:
        names = ("first", "among_chosen", "nobody", "two_chosen")
        return {
            group: {name: share(hits, count[4]) for name, hits in zip(names, count, strict=False)}
            for group, count in sorted(self.counts.items())
        }


def cross_validated(seed: int = 0) -> dict[str, Any]:
    """Route each question of the plugins by a router that has not seen it."""
    rows = [(expert.id, row) for expert in experts() for row in expert.routing()]
    random.Random(seed).shuffle(rows)
    tally = Tally()
    for fold in range(FOLDS):
        measured = rows[fold::FOLDS]
        router = Router(experts(frozenset(row.text for _, row in measured)))
        for expert, row in measured:
            routing = router.choose(row.text)
            if row.match:
                tally.add([f"match.{row.lang}", f"match.{row.lang}.{row.wording}", f"expert.{expert}"], routing, expert)
            else:
                kind = "nobodys" if row.belongs_to == "none" else "near_miss"
                tally.add([f"{kind}.{row.lang}"], routing, row.belongs_to)
    return tally.to_dict()


def medquad(folder: Path) -> dict[str, Any]:
    """Route the questions of MedQuAD that have a specialty."""
    router = Router(experts())
    tally = Tally()
    with gzip.open(folder / "medical_qa" / "medquad_dev.jsonl.gz", "rt", encoding="utf-8") as file:
        for line in file:
            row = json.loads(line)
            if row["specialty"]:
                owner = row["specialty"].replace(" ", "_")
                tally.add(["match.en", f"expert.{owner}"], router.choose(row["question"]), owner)
    return tally.to_dict()


def main() -> None:
    """Measure, print, and write JSON where asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    result = {"task": "routing", "cross_validation": cross_validated()}
    data = Path(os.environ.get("MEDLFM_BENCH_DATA", "../shared/data"))
    if data.is_dir():
        result["medquad"] = medquad(data)
    text = json.dumps(result, indent=2)
    if arguments.json:
        arguments.json.write_text(text + "\n", encoding="utf-8")
    for part in ("cross_validation", "medquad"):
        for group, values in result.get(part, {}).items():
            line = "  ".join(f"{name} {value['value']:.3f}" for name, value in values.items())
            print(f"{part:17} {group:28} {line}  n {values['first']['n']}")


if __name__ == "__main__":
    main()
