"""The sections of `docs/results.md` about whole ways through medlfm: the full pipeline, and prepare, train, ask."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

__all__ = ["render_other", "render_pipeline", "render_real_input"]


def render_pipeline(result: dict[str, Any]) -> str:
    """Show how fast the full pipeline is, and where its time goes."""
    languages = result["languages"]
    names = list(dict.fromkeys(name for found in languages.values() for name in found["milliseconds"]))
    lines = [
        "## Speed of the full pipeline\n",
        f"`medlfm.load` without the search for PHI, over notes of {result['words']} words that no rule was written "
        "for; notes a second of processor time, one process, one thread, after some hundred other notes of the "
        "project's own. Cold: freshly loaded, when nearly every word is new to it. medspaCy: its default pipeline, "
        f"English, on the same notes. The machine had other work (load {result['load']:.1f}).\n",
        "| language | notes | notes/s | cold | medspaCy | times as fast |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for lang, found in languages.items():
        shown = ("docs", "docs_per_second", "docs_per_second_cold", "medspacy_docs_per_second", "times_medspacy")
        lines.append(" | ".join([f"| {lang}", *(str(found.get(name, "–")) for name in shown)]) + " |")
    lines += [
        "\nMilliseconds a note in each part:\n",
        f"| part | {' | '.join(languages)} |",
        f"|---|{'---:|' * len(languages)}",
    ]
    for name in names:
        cells = [found["milliseconds"].get(name) for found in languages.values()]
        lines.append(f"| `{name}` | {' | '.join('–' if cell is None else f'{cell:.2f}' for cell in cells)} |")
    return "\n".join(lines) + "\n"


def render_real_input(result: dict[str, Any]) -> str:
    """Show a run of all three pathways over public records."""
    lines = [f"| {step} | {figure} |" for step, figure in _steps(result)]
    return "\n".join(["## Real input: prepare, train, ask\n", "| step | figure |", "|---|---|", *lines]) + "\n"


def _steps(result: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for run in result["prepare"]:
        splits = ", ".join(f"{name} {count}" for name, count in run["splits"].items())
        figure = f"{run['records']} records, {run['rows']} rows kept in {run['seconds']:.0f} s ({splits})"
        yield f"prepare {run['source']}", figure
    training = result["train"]
    steps = f"{training['steps']} steps on {training['train_rows']} rows in {training['seconds']:.0f} s"
    yield f"train {training['expert']} on {training['base']}", steps
    for name, loss in training["losses"].items():
        bounds = training["intervals"][name]
        against = f", {bounds[0]:+.3f} to {bounds[1]:+.3f} against base" if bounds else ""
        yield f"held-out loss, {name}", f"{loss:.3f} nats a token ({training['held_out_rows']} rows){against}"
    for answer in result["ask"]:
        experts = ", ".join(answer["experts"]) or "none"
        yield (
            f"ask, {answer['lang']}",
            f"status {answer['status']}, {answer['evidence']} passages cited, experts {experts}, "
            f"{answer['seconds']:.1f} s",
        )


def render_other(result: dict[str, Any]) -> str:
    """Show all figures of a result that has no table of its own yet."""
    lines = [f"| {name} | {value:,} |" for name, value in _flat(result)]
    return (
        "\n".join([f"## {result['file'].removesuffix('.json')}\n", "| figure | value |", "|---|---:|", *lines]) + "\n"
    )


def _flat(value: Any, name: str = "") -> Iterator[tuple[str, int | float]]:
    if isinstance(value, dict):
        for key, item in value.items():
            if key not in ("machine", "format"):
                yield from _flat(item, f"{name}, {key}" if name else str(key))
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield name.replace("_", " "), value
