"""The section of `docs/results.md` about experts trained at full length, from what `benchmarks.train_gpu` wrote."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

__all__ = ["render_training"]

# with fewer held-out topics a mean says nothing about the specialty
_FEWEST = 10


def render_training(result: dict[str, Any]) -> str:
    """Return the section: one row an expert, and what can't be judged."""
    settings = result["settings"]
    where = result["machine"]["gpu"] or result["machine"]["processor"]
    lines = [
        f"## Experts trained on {', '.join(result['run']['corpora'])}\n",
        f"`python -m benchmarks.train_gpu` on one {where}: every expert on {result['base']}, LoRA of rank "
        f"{settings['rank']}, up to {settings['epochs']:g} epochs, batches of {settings['batch_size']}, rows of up to "
        f"{settings['max_length']} tokens, early stopping on the validation split; {result['seconds']:.0f} s in all. "
        "Loss: negative log-likelihood of the answers to all held-out questions of the specialty (test split: other "
        "topics than those learned from), nats a token, lower is better. Control: the other expert that learned from "
        "the most rows. Rank: the expert's place among all adapters on its own questions. Intervals: 95 %, whole "
        "topics drawn. A lower loss says that an adapter writes more like its corpus, recurring phrases and lists of "
        "links included, not that its answers are right; and who has fewer rows takes fewer steps.\n",
        "| expert | rows | held out | topics | steps | ended | s | tokens/s | base | expert | control "
        "| expert − base | expert − control | rank |",
        "|---|---:|---:|---:|---:|---|---:|---:|---:|---:|---|---:|---:|---:|",
        *(_row(row) for row in result["experts"]),
        "",
        *_remarks(result),
    ]
    return "\n".join(lines) + "\n"


def _row(row: dict[str, Any]) -> str:
    losses, name, control = row["losses"], row["expert"], row["control"]
    figures = [f"{losses[key]:.3f}" if key in losses else "–" for key in ("base", name)]
    against = f"{losses[control]:.3f} ({control})" if control in losses else "–"
    place = f"{_place(row)} of {len(losses) - 1}" if losses else "–"
    cells = [
        name,
        row["train_rows"],
        row["held_out"]["rows"],
        row["held_out"]["topics"],
        row["steps"],
        row["stopped"],
        f"{row['seconds']:.0f}",
        row["tokens_per_second"],
        *figures,
        against,
        _interval(row["against_base"]),
        _interval(row["against_control"]),
        place,
    ]
    return f"| {' | '.join(map(str, cells))} |"


def _place(row: dict[str, Any]) -> int:
    own = row["losses"][row["expert"]]
    return 1 + sum(loss < own for name, loss in row["losses"].items() if name != "base")


def _interval(bounds: Sequence[float] | None) -> str:
    return f"{bounds[0]:+.3f} to {bounds[1]:+.3f}" if bounds else "–"


def _remarks(result: dict[str, Any]) -> list[str]:
    few = [row["expert"] for row in result["experts"] if row["held_out"]["topics"] < _FEWEST]
    judged = [row for row in result["experts"] if row["expert"] not in few]
    below = [row["expert"] for row in judged if row["against_base"] and row["against_base"][1] < 0]
    better = [row["expert"] for row in judged if row["against_control"] and row["against_control"][1] < 0]
    worse = [row["expert"] for row in judged if row["against_control"] and row["against_control"][0] > 0]
    lines = [
        f"- Better than the base, interval below 0: {len(below)} of {len(judged)}.",
        f"- Better than the control, interval below 0: {len(better)} of {len(judged)} ({_listed(better)}); "
        f"worse, interval above 0: {len(worse)} ({_listed(worse)}).",
    ]
    if few:
        lines.append(f"- Too few held-out topics to judge (under {_FEWEST}): {_listed(few)}.")
    return [*lines, *(f"- {name}: not trained. {reason}" for name, reason in result["failed"].items())]


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names) or "none"
