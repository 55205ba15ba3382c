"""Which gates serve best: `python -m benchmarks.gates ROWS`, on a GPU; the shipped adapters, at other weights.

Gates are free numbers, so they need no training: how much of the own expert, of the core, and of the experts that the
router held for less likely. Each way is scored on the validation rows; the best by label and by router is scored on
held-out rows beside the present one, and against every wrong expert in the place of the right one. `--encode RUN …`
writes ROWS first, on any machine. Writes `benchmarks/results/gates.json`: figures, never a text.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from medlfm.experts.bank import CORE, Bank, Gates
from medlfm.experts.examples import Collator, Example, make_examples
from medlfm.experts.heldout import HeldOut, difference
from medlfm.experts.lora import read_lora
from medlfm.experts.losses import answer_losses
from medlfm.experts.mixing import soften
from medlfm.files import atomic_write

__all__ = ["encode", "main", "mixed", "sweep"]

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "benchmarks" / "results"
LENGTH, VALIDATION, BATCH = 384, 200, 96


@dataclass(frozen=True)
class Row:
    """An encoded row, whose it is (`core`: nobody's), and the router's log odds for each expert; None for a note."""

    example: Example
    owner: str
    scores: Mapping[str, float] | None


@dataclass(frozen=True)
class Way:
    """Gates from a routing: `own` for the whole of the experts chosen, `core`, and `others` for every other one.

    by: label, router (the router's own choice) or soft (its probabilities at `temperature`, the `most` likeliest).
    """

    by: str
    own: float = 1.0
    core: float = 1.0
    others: float = 0.0
    temperature: float = 1.0
    most: int = 12

    @property
    def name(self) -> str:
        soft = f" T={self.temperature:g} top {self.most}" if self.by == "soft" else ""
        return f"{self.by}{soft}: own {self.own:g}, core {self.core:g}, others {self.others:g}"


WAYS = [
    *(Way("label", own=own, others=others) for own in (0.75, 1, 1.25) for others in (0, 0.05, 0.1)),
    Way("label", core=0.9),
    *(Way("router", others=others) for others in (0, 0.05, 0.1)),
    *(
        Way("soft", others=others, temperature=temperature, most=most)
        for others in (0, 0.05)
        for temperature in (1, 2)
        for most in (2, 12)
    ),
]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gates", description=__doc__.splitlines()[0])
    parser.add_argument("rows", type=Path, help="encoded rows")
    parser.add_argument("--encode", type=Path, nargs="+", metavar="RUN", help="prepared runs to encode first")
    parser.add_argument("--base", default="smollm2-135m")
    parser.add_argument("--out", type=Path, default=RESULTS / "gates.json")
    chosen = parser.parse_args(arguments)
    from medlfm.evaluate import machine
    from medlfm.runtime.loading import load_base

    base = load_base(chosen.base)
    if chosen.encode:
        encode(chosen.encode, base.tokenizer, chosen.rows)
    bank = Bank(base)
    for folder in sorted((ROOT / "plugins").glob("*/*/adapters/smollm2-135m")):
        bank.put(folder.parents[1].name.removeprefix("medlfm_"), read_lora(folder))
    result = sweep(bank, load(chosen.rows))
    result |= {"machine": machine(), "time": datetime.now(UTC).isoformat(timespec="seconds")}
    with atomic_write(chosen.out) as file:
        file.write(json.dumps(result, indent=1) + "\n")
    return 0


def encode(runs: Iterable[Path], tokenizer: Any, out: Path) -> None:
    """Write the rows that nothing was learned from, with what the router says of each question."""
    from medlfm.experts.registry import discover
    from medlfm.experts.router import default_router
    from medlfm.experts.rows import Refusals, accepted
    from medlfm.records.prepared import load_prepared

    router, experts, lines = default_router(), list(discover()), []
    for folder in runs:
        run = load_prepared(folder)
        for split in ("validation", "test"):
            for row in accepted(run.rows(split), Refusals(), run.barred("training")):
                owner = next((expert.id for expert in experts if expert.wants(row)), CORE)
                asked = row["question"] if row["kind"] == "qa" else ""
                scores = router.scores([asked])[0].tolist() if asked else None
                lines += [
                    [split, owner, list(example.ids), example.prompt, example.group, scores]
                    for example in make_examples([row], tokenizer, LENGTH)
                ]
    out.write_text(json.dumps({"names": router.names, "rows": lines}), encoding="utf-8")


def load(path: Path) -> dict[str, list[Row]]:
    """Read encoded rows by split; of the validation split as many as training looked at."""
    content = json.loads(path.read_text(encoding="utf-8"))
    found: dict[str, list[Row]] = {"validation": [], "test": []}
    counts: dict[str, int] = {}
    for split, owner, ids, prompt, group, scores in content["rows"]:
        counts[owner] = counts.get(owner, 0) + (split == "validation")
        if split == "test" or counts[owner] <= VALIDATION:
            by_name = dict(zip(content["names"], scores, strict=True)) if scores else None
            found[split].append(Row(Example(tuple(ids[:LENGTH]), prompt, group), owner, by_name))
    return found


def mixed(way: Way, row: Row, names: Sequence[str]) -> Gates:
    """Return the gates of a row; what has no question is routed by its label, and nobody's rows get the core alone."""
    if way.by == "label" or row.scores is None:
        chosen = {} if row.owner == CORE else {row.owner: 1.0}
    else:
        chosen = _chosen(row.scores)
        if way.by == "soft" and chosen:
            chosen = soften(row.scores, way.temperature, way.most)
    core = [(CORE, way.core - 1.0)] if way.core != 1 else []
    gates = {name: way.own * chosen[name] if name in chosen else way.others for name in names}
    return (*core, *((name, gate) for name, gate in gates.items() if gate and chosen))


def _chosen(scores: Mapping[str, float]) -> dict[str, float]:
    """As `Router.choose` does: one, two where the lead is narrow, none where nothing fits."""
    first, second = sorted(scores, key=lambda name: -scores[name])[:2]
    lead = scores[first] - scores[second]
    if scores[first] < 0:
        return {}
    if lead >= 1 or scores[second] < 0:
        return {first: 1.0}
    share = 1 / (1 + math.exp(-lead))
    return {first: share, second: 1 - share}


def score(bank: Bank, rows: Sequence[Row], gates: Callable[[Row], Gates]) -> HeldOut:
    """Score rows, each with gates of its own."""
    import torch

    collate, sums = Collator(bank.base.tokenizer.pad_token_id), [0.0] * len(rows)
    order = sorted(range(len(rows)), key=lambda index: len(rows[index].example.ids))
    with torch.inference_mode():
        for start in range(0, len(order), BATCH):
            part = order[start : start + BATCH]
            batch = collate([rows[index].example for index in part])
            with bank.use_rows([gates(rows[index]) for index in part]) as model:
                losses, places = answer_losses(
                    model, batch["input_ids"].to(model.device), batch["labels"].to(model.device)
                )
            by_row = torch.zeros(len(part), device=losses.device).index_add_(0, places, losses)
            for index, loss in zip(part, by_row.tolist(), strict=True):
                sums[index] = loss
    return HeldOut(tuple(sums), tuple(row.example.learned for row in rows))


def sweep(bank: Bank, rows: Mapping[str, Sequence[Row]], ways: Sequence[Way] = WAYS) -> dict[str, Any]:
    """Score all ways on the validation rows, and the best on the held-out ones."""
    names, valid, test = bank.names, rows["validation"], rows["test"]
    found = {way: _by_owner(score(bank, valid, partial(mixed, way, names=names)), valid) for way in ways}
    for way in ways:
        print(f"{_mean(found[way]):.4f}  general {found[way].get(CORE, 0):.4f}  {way.name}", flush=True)
    best = {
        kind: min((way for way in ways if (way.by == "label") == (kind == "label")), key=lambda way: _mean(found[way]))
        for kind in ("label", "routed")
    }
    shown = dict.fromkeys([Way("label"), best["label"], Way("router"), best["routed"]])
    held = {way: _by_owner(score(bank, test, partial(mixed, way, names=names)), test) for way in shown}
    for way in shown:
        print(f"test {_mean(held[way]):.4f}  general {held[way].get(CORE, 0):.4f}  {way.name}", flush=True)
    right = {way: _against_wrong(bank, test, way) for way in (Way("label"), best["label"])}
    return {
        "format": 1,
        "task": "gates",
        "validation": [{"way": way.name, "mean": _mean(found[way]), "losses": found[way]} for way in ways],
        "held_out": [{"way": way.name, "mean": _mean(held[way]), "losses": held[way]} for way in shown],
        "best": {kind: way.name for kind, way in best.items()},
        "wrong_expert": {way.name: result for way, result in right.items()},
    }


def _against_wrong(bank: Bank, rows: Sequence[Row], way: Way) -> dict[str, Any]:
    """Put every other expert in the place of the right one; intervals are drawn over whole topics."""
    found = {}
    for name in bank.names:
        own = [row for row in rows if row.owner == name]
        scored = {
            other: score(bank, own, partial(_instead, way, other, names=bank.names)) for other in (*bank.names, CORE)
        }
        control = min((other for other in bank.names if other != name), key=lambda other: scored[other].loss)
        examples = [row.example for row in own]
        found[name] = {
            "right": round(scored[name].loss, 4),
            "core": round(scored[CORE].loss, 4),
            "control": control,
            "control_loss": round(scored[control].loss, 4),
            "against_core": difference(scored[name], scored[CORE], examples),
            "against_control": difference(scored[name], scored[control], examples),
        }
        print(way.name, name, found[name], flush=True)
    return found


def _instead(way: Way, other: str, row: Row, names: Sequence[str]) -> Gates:
    return mixed(way, replace(row, owner=other, scores=None), names)


def _by_owner(found: HeldOut, rows: Sequence[Row]) -> dict[str, float]:
    counts: dict[str, list[float]] = {}
    for loss, tokens, row in zip(found.sums, found.tokens, rows, strict=True):
        count = counts.setdefault(row.owner, [0.0, 0])
        count[0] += loss
        count[1] += tokens
    return {owner: round(loss / tokens, 4) for owner, (loss, tokens) in sorted(counts.items())}


def _mean(losses: Mapping[str, float]) -> float:
    return round(float(np.mean([loss for owner, loss in losses.items() if owner != CORE])), 4)


if __name__ == "__main__":
    sys.exit(main())
