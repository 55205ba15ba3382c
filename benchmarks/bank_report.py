"""The section of `docs/results.md` about what the mixture costs, from what `benchmarks.bank` wrote."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

__all__ = ["render_bank"]

_ROWS = (
    ("base", "base"),
    ("bank", "bank"),
    ("bank_fused", "bank, fused for single tokens"),
    ("peft", "PEFT, `adapter_names` by row"),
)
_COLUMNS = ("prefill", "prefill_graph", "decode_16_eager", "decode_16", "decode_1")


def render_bank(results: Sequence[dict[str, Any]]) -> str:
    """Return the section; empty where nothing was measured."""
    parts = []
    for result in results:
        if result.get("task") == "bank_gpu":
            parts += [_shape(result, name, found) for name, found in result["shapes"].items()]
        elif result.get("task") == "bank_cpu":
            decode = result["decode"]
            parts.append(
                f"smollm2-135m on a CPU, {decode['threads']} threads, two experts of rank {result['rank']} on: "
                f"{decode['top2']} ms a token, {decode['base']} without any ({decode['ratio']} ×).\n"
            )
    return "\n".join(["## What the mixture costs\n", *parts]) if parts else ""


def _shape(result: dict[str, Any], name: str, found: dict[str, Any]) -> str:
    ratios = found["ratios"]
    lines = [
        f"{name} shape ({found['parameters'] / 1e6:,.0f} M random weights, bf16) on one {result['gpu']}: "
        f"{result['experts']} experts of rank {result['rank']} on all linear layers, 16 rows with two experts each; "
        "milliseconds, one run.\n",
        "| way | prefill 16×512 | … in a graph | decode 16 | … in a graph | decode 1, graph |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for key, title in _ROWS:
        cells = dict(found[key])
        if key == "peft":
            cells["decode_16_eager"] = cells.pop("decode_16")
        lines.append(f"| {title} | {' | '.join(str(cells.get(column, '–')) for column in _COLUMNS)} |")
    lines.append(
        f"\nBank over base: decode {ratios['decode_16']} (16 rows), {ratios['decode_1']} (1 row), prefill "
        f"{ratios['prefill_graph']}; PEFT over bank: decode {ratios['peft_over_bank_decode']}, "
        f"prefill {ratios['peft_over_bank_prefill']}.\n"
    )
    return "\n".join(lines)
