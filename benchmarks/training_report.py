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
        "## Core and experts\n",
        f"`python -m benchmarks.train_gpu` on one {where}: core and experts on {result['base']}, trained on "
        f"{', '.join(result['run']['corpora'])}. {_core(result)}"
        f"Experts: LoRA of rank {settings['rank']}, {settings['epochs']:g} epochs, rows of up to "
        f"{settings['max_length']} tokens, all in the same passes, the best checkpoint by the validation split. "
        "Loss: negative log-likelihood of the answers to all held-out rows of the specialty (other topics than those "
        "learned from), nats a token, lower is better. Control: the other expert that does best on these rows; mean: "
        "of all others. Intervals: 95 %, whole topics drawn. A lower loss says that an adapter writes more like its "
        f"corpus, not that its answers are right. {result.get('note', '')}\n",
        "| expert | rows | held out | topics | base | core | expert | control | mean | expert − core "
        "| expert − control | expert − mean | rank |",
        "|---|---:|---:|---:|---:|---:|---:|---|---:|---:|---:|---:|---:|",
        *(_row(row) for row in result["experts"]),
        "",
        *_remarks(result),
    ]
    return "\n".join(lines) + "\n"


def _core(result: dict[str, Any]) -> str:
    core = result.get("core")
    if not core:
        return ""
    return f"Core: LoRA of rank {core['settings']['rank']} on general text, {core['fit']['steps']} steps. "


def _row(row: dict[str, Any]) -> str:
    losses, name, control = row["losses"], row["expert"], row["control"]
    figures = [f"{losses[key]:.3f}" if key in losses else "–" for key in ("base", "core", name)]
    cells = [
        name,
        row["train_rows"],
        row["held_out"]["rows"],
        row["held_out"]["topics"],
        *figures,
        f"{losses[control]:.3f} ({control})" if control in losses else "–",
        f"{row['mean_other']:.3f}" if row.get("mean_other") else "–",
        *(_interval(row[f"against_{what}"]) for what in ("core", "control", "mean")),
        f"{_place(row)} of {len(losses) - 2}" if losses else "–",
    ]
    return f"| {' | '.join(map(str, cells))} |"


def _place(row: dict[str, Any]) -> int:
    own = row["losses"][row["expert"]]
    return 1 + sum(loss < own for name, loss in row["losses"].items() if name not in ("base", "core"))


def _interval(bounds: Sequence[float] | None) -> str:
    return f"{bounds[0]:+.3f} to {bounds[1]:+.3f}" if bounds else "–"


def _remarks(result: dict[str, Any]) -> list[str]:
    few = [row["expert"] for row in result["experts"] if row["held_out"]["topics"] < _FEWEST]
    judged = [row for row in result["experts"] if row["expert"] not in few]
    lines = []
    for what, title in (("core", "the core"), ("control", "the best other expert"), ("mean", "the mean of the others")):
        better = [row["expert"] for row in judged if (found := row[f"against_{what}"]) and found[1] < 0]
        missing = [row["expert"] for row in judged if row["expert"] not in better]
        named = f"; not shown for {_listed(missing)}" if missing else ""
        lines.append(f"- Better than {title}, interval below 0: {len(better)} of {len(judged)}{named}.")
    lines += _modularity(result)
    if speeds := result.get("tokens_per_second"):
        lines.append(f"- Training tokens a second: {', '.join(f'{way} {value:,}' for way, value in speeds.items())}.")
    if few:
        lines.append(f"- Too few held-out topics to judge (under {_FEWEST}): {_listed(few)}.")
    return [*lines, *(f"- {name}: not trained. {reason}" for name, reason in result["failed"].items())]


def _modularity(result: dict[str, Any]) -> list[str]:
    """Say what it costs to have many adapters in place of one that learned from everything."""
    shared = result.get("shared")
    if not shared:
        return []
    names = [row["expert"] for row in result["experts"] if row["losses"] and row["expert"] in shared["losses"]]
    one = sum(shared["losses"][name] for name in names) / len(names)
    many = sum(row["losses"][row["expert"]] for row in result["experts"] if row["expert"] in names) / len(names)
    routed = result.get("routed")
    by_router = f"; where the router chooses, {routed:.3f} ({routed / one - 1:+.1%})" if routed else ""
    return [
        f"- One adapter of rank {shared['rank']} that learned from all rows in as many tokens: {one:.3f} on average "
        f"over the experts' rows; core and right expert: {many:.3f} ({many / one - 1:+.1%}){by_router}."
    ]


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names) or "none"
