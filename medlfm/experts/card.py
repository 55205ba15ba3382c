"""The card that lies beside a trained adapter: what it is, what it learned from, how it scored."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from medlfm.experts.plugin import Expert

__all__ = ["adapter_card"]


def adapter_card(expert: Expert, record: Mapping[str, Any]) -> str:
    """Write the card as Markdown, from `medlfm.json`'s data alone."""
    data, losses, settings = record["data"], record["losses"], record["settings"]
    lines = [
        f"# {expert.title.get('en', expert.id)}: adapter for {record['base']}",
        "",
        "It supports professionals and never replaces one. Its answers are to be checked against their evidence.",
        "",
        f"- Base: {record['base']}, fingerprint `{record['base_fingerprint'][:16]}…`. It fits no other base.",
        f"- Plugin: {expert.id} {expert.version}",
        f"- LoRA of rank {settings['rank']} on {record['modules']} layers ({', '.join(record['targets'])})",
        f"- Learned from {data['train_rows']} rows of the prepared run `{data['manifest_sha256'][:16]}…`: "
        f"{_listed(data['corpora'])}. Refused: {_listed(data['refused']) or 'none'}.",
        f"- Licences of what it learned from: {', '.join(data['licences'])}. Changed: de-identified, abbreviations "
        "written out, duplicates and link lists left out, cut into passages.",
        *(f"- Credit: {attribution}" for attribution in data.get("attributions", ())),
        f"- {record['fit']['steps']} steps, {record['fit']['seconds']:.0f} s{_where(record)}, seed {settings['seed']}; "
        f"ended: {record['fit']['stopped']}",
        *_core(record),
        *_safety(record),
        "",
        "## Held-out loss",
        "",
        f"Mean negative log-likelihood of {losses['rows']} answers on topics that it did not learn from "
        f"(drawn by the seed from the {losses['split']} split; nats a token, lower is better).",
        "",
        "| model | loss | difference from the base, 95 % | from the core, 95 % |",
        "|---|---|---|---|",
    ]
    lines += [
        f"| {row['model']} | {row['loss']:.3f} | {_interval(row, 'interval')} | {_interval(row, 'over_core')} |"
        for row in losses["table"]
    ]
    if losses["note"]:
        lines += ["", losses["note"]]
    lines += ["", "A lower loss says that it speaks more like its corpus, not that its answers are right.", ""]
    return "\n".join(lines)


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} ({count})" for name, count in counts.items())


def _interval(row: Mapping[str, Any], key: str) -> str:
    interval = row.get(key)
    return f"{interval[0]:+.3f} to {interval[1]:+.3f}" if interval else ""


def _where(record: Mapping[str, Any]) -> str:
    """Say on what it was trained, and with how much energy at most, where that is known."""
    machine = record.get("machine")
    if not machine:
        return ""
    hours = record["fit"]["seconds"] / 3600
    return f" on one {machine['device']}, shared with {machine['together'] - 1} others (at most " + (
        f"{machine['watts'] * hours:.0f} Wh for all)"
    )


def _core(record: Mapping[str, Any]) -> list[str]:
    core = record.get("core_sha256")
    return [f"- Trained on top of the core adapter `{core[:16]}…`. It fits no other core."] if core else []


def _safety(record: Mapping[str, Any]) -> list[str]:
    safety = record.get("safety")
    if not safety:
        return []
    return [
        f"- Safety probes that go the careful way: {safety['before']:.2f} before, {safety['expert']:.2f} with it. "
        "What protects users stands before the model and doesn't depend on it."
    ]
