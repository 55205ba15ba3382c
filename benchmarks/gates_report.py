"""The section of `docs/results.md` about the gates of the mixture, from what `benchmarks.gates` wrote."""

from __future__ import annotations

from typing import Any

__all__ = ["render_gates"]


def render_gates(result: dict[str, Any]) -> str:
    """Return the section: each way on the validation rows, the best on held-out ones, and the wrong experts."""
    held = {row["way"]: row for row in result["held_out"]}
    lines = [
        "## Gates of the mixture\n",
        "`python -m benchmarks.gates`: the shipped adapters at other gates, nothing trained. Loss on the answers, mean "
        "of the twelve specialties' rows; general: rows without a specialty. Soft: the router's probabilities at a "
        "temperature, of so many experts; others: the gate of every other one, where there is an expert at all. The "
        "ways were compared on validation rows; held-out topics were scored for the present and the best ones only. "
        "A model answers with the best routed way (`medlfm/experts/mixing.py`).\n",
        "| way | validation | general | held out | general |",
        "|---|---:|---:|---:|---:|",
    ]
    for row in result["validation"]:
        cells = [
            _loss(row),
            _general(row),
            *(f(held[row["way"]]) if row["way"] in held else "" for f in (_loss, _general)),
        ]
        lines.append(f"| {row['way']} | {' | '.join(cells)} |")
    for way, found in result["wrong_expert"].items():
        missing = [name for name, row in found.items() if not row["against_control"] or row["against_control"][1] >= 0]
        named = f"; not shown for {', '.join(missing)}" if missing else ""
        lines.append(
            f"\n{way}: the right expert is better than the best wrong one in its place, interval below 0, for "
            f"{len(found) - len(missing)} of {len(found)}{named}."
        )
    return "\n".join(lines) + "\n"


def _loss(row: dict[str, Any]) -> str:
    return f"{row['mean']:.4f}"


def _general(row: dict[str, Any]) -> str:
    return f"{row['losses']['core']:.4f}" if "core" in row["losses"] else "–"
