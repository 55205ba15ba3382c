"""Write `docs/results.md` from the JSON files in `benchmarks/results`: `python -m benchmarks.report`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.bank_report import render_bank
from benchmarks.training_report import render_training
from medlfm.files import atomic_write

__all__ = ["headline", "load", "render", "write_report"]

ROOT = Path(__file__).resolve().parent.parent

_HEAD = """# Results

Written by `python -m benchmarks.report` from the files in `benchmarks/results`: change those, not this page.

**To reproduce**: `make bench` (or `.venv/bin/python -m benchmarks.run TASK`, with `--peers` for other systems; for the
last sections `.venv/bin/python -m benchmarks.prepare_train` and `… benchmarks.train_gpu`), with `MEDLFM_BENCH_DATA`
naming a folder that holds the public sets. They are not part of the project; sources, licences and hashes stand in the
result files. A set that isn't there is left out. Intervals are 95 % bootstraps over documents, or over what the set
groups (reports, templates, topics). Speeds are those of one process on the machine named at the end, which others were
using too.

The public sets, and `dev` of the project's own (`benchmarks/gold`), are for development: rules were written with some
of them in view. `test` of the project's own was written without sight of the rules and is meant to be measured only;
expect such figures, or lower ones, on texts that nobody here has seen.
"""

# task → title and one or more tables of figures: heading → path in the result's metrics, or in by_label after "label:";
# a result goes into each table of which it has a figure
_TASKS: dict[str, tuple[str | dict[str, str], ...]] = {
    "phi": (
        "De-identification",
        {
            "entities fully masked": "masking.entities_fully_masked",
            "documents fully masked": "masking.documents_fully_masked",
            "character recall": "masking.character_recall",
            "character precision": "masking.character_precision",
            "other words lost": "masking.utility_loss",
            "F1 overlap": "overlap.f1",
            "F1 strict": "strict.f1",
        },
    ),
    "context": (
        "Context of findings",
        {name: f"label:{name}.f1" for name in ("negated", "historical", "hypothetical", "family", "uncertain")}
        | {"macro-F1": "macro_f1", "not asserted": "label:not_asserted.f1"},
    ),
    "abbreviations": (
        "Abbreviations",
        {
            "precision": "precision",
            "recall": "recall",
            "F1": "f1",
            "accuracy": "accuracy",
            "wrongly expanded": "wrongly_expanded",
            "ranked first": "ranked_first",
            "listed": "listed",
            "use known": "share_of_use_known",
            "most used first": "most_used_first",
        },
    ),
    "emergency": (
        "Emergencies and urgency",
        {
            "urgency right": "accuracy",
            "emergencies recalled": "emergency_recall",
            "precision": "emergency_precision",
            "under-triage": "undertriage",
            "over-triage": "overtriage",
            "conditions, macro-F1": "conditions.macro_f1",
        },
    ),
    "medications": (
        "Medications",
        {
            "precision": "overlap.precision|precision",
            "recall": "overlap.recall|recall",
            "F1": "overlap.f1|f1",
            "F1 strict": "strict.f1",
            "all values right": "order_exact",
        },
    ),
    "orders": (
        "Medication orders: verdicts, interactions, the safe one of three",
        {
            "verdict right": "verdict_accuracy",
            "dangerous found": "dangerous_found",
            "safe flagged": "safe_flagged",
        },
        {
            "interactions found": "interactions_found",
            "of those with known drugs": "found_of_known",
            "unlisted pairs flagged": "unlisted_flagged",
        },
        {"safe drug chosen": "safe_chosen", "undecided": "undecided"},
    ),
    "routing": (
        "Routing to experts",
        {"first expert right": "accuracy", "macro-F1": "macro_f1", "right one among the chosen": "among_chosen"},
    ),
    "safety": (
        "Safety: the gate, support by evidence",
        {"status right": "accuracy"},
        {"harmful stopped": "stopped_recall", "harmless stopped": "harmless_stopped", "F1": "stopped_f1"},
        {"unsupported caught": "unsupported_recall", "precision": "unsupported_precision", "F1": "unsupported_f1"},
    ),
    "answers": (
        "Evidence and answers",
        {
            "document first": "document_first",
            "in the top 5": "document_in_top_5",
            "answer first": "answer_first",
            "answer in the top 5": "answer_in_top_5",
            "shown": "shown",
            "answered without review": "coverage",
            "word F1 with the reference": "word_f1",
        },
    ),
}


_OWN_SECTIONS = ("phi_speed", "real_input", "train_experts", "bank_gpu", "bank_cpu")


def write_report(results: Path, page: Path) -> None:
    """Render all results of a folder to a page."""
    with atomic_write(page) as file:
        file.write(render(load(results)))


def load(folder: Path) -> list[dict[str, Any]]:
    """Read the result files, in the order of their names; each gets its name under "file"."""
    return [
        {**json.loads(path.read_text(encoding="utf-8")), "file": path.name} for path in sorted(folder.glob("*.json"))
    ]


def render(results: Sequence[dict[str, Any]]) -> str:
    """Return the page: the same results give the same text."""
    parts = [_HEAD]
    for task, (title, *tables) in _TASKS.items():
        own = [result for result in results if result.get("task") == task]
        if own:
            parts += [f"## {title}\n", *(_table(own, columns) for columns in tables), *_weakest(own), *_notes(own)]
    parts += [_speed(result) for result in results if result.get("task") == "phi_speed"]
    parts += [_real_input(result) for result in results if result.get("task") == "real_input"]
    parts += [render_training(result) for result in results if result.get("task") == "train_experts"]
    parts += filter(None, [render_bank(results)])
    others = [result for result in results if result.get("task") not in (*_TASKS, *_OWN_SECTIONS)]
    if others:
        listed = "\n".join(f"- `benchmarks/results/{result['file']}`" for result in others)
        parts.append(f"## Other measurements\n\n{listed}\n")
    parts.append(_machines(results))
    return "\n".join(parts)


def _speed(result: dict[str, Any]) -> str:
    """Show how fast systems de-identify, all on one clock."""
    letters = result["letters"]
    rows = [f"| {way} | {value} |" for way, value in result["letters_per_second"].items()]
    text = (
        f"Letters of {letters['characters']} characters a second: {result['clock']}; by turns, medians of "
        f"{letters['rounds']} rounds over {letters['count']} letters.\n"
    )
    return "\n".join(["## Speed of de-identification\n", text, "| system | letters/s |", "|---|---:|", *rows, ""])


def _table(results: Sequence[dict[str, Any]], columns: dict[str, str]) -> str:
    results = [result for result in results if any(_value(result, path) is not None for path in columns.values())]
    used = {heading: path for heading, path in columns.items() if any(_value(r, path) is not None for r in results)}
    lines = [
        f"| set | system | cases | {' | '.join(used)} | cases/s |",
        f"|---|---|---:|{'---:|' * (len(used) + 1)}",
    ]
    for result in results:
        gold = result["gold"]
        limit = f" (first {gold['limit']})" if gold["limit"] else ""
        cells = [_cell(result, path) for path in used.values()]
        lines.append(
            f"| {_name(result)}{limit} | {result['system']['name']} | {gold['cases']} | {' | '.join(cells)} "
            f"| {result['cases_per_second']} |"
        )
    return "\n".join(lines) + "\n"


def headline(result: dict[str, Any]) -> str:
    """Return the figures of a result in one line."""
    tables = _TASKS[result["task"]][1:]
    figures = ((heading, _value(result, path)) for columns in tables for heading, path in columns.items())
    return ", ".join(f"{heading} {value:.3f}" for heading, value in figures if value is not None)


def _value(result: dict[str, Any], paths: str) -> Any:
    """Return the first of the figures that the result has."""
    for path in paths.split("|"):
        value: Any = result["by_label"] if path.startswith("label:") else result["metrics"]
        for name in path.removeprefix("label:").split("."):
            value = value.get(name) if isinstance(value, dict) else None
        if value is not None:
            return value
    return None


def _cell(result: dict[str, Any], path: str) -> str:
    value = _value(result, path)
    if value is None:
        return "–"
    known = [name.removeprefix("label:") for name in path.split("|")]
    interval = next((found for name in known if (found := result["intervals"].get(name))), None)
    return f"{value:.3f} ({interval[0]:.2f}–{interval[1]:.2f})" if interval else f"{value:.3f}"


def _weakest(results: Sequence[dict[str, Any]]) -> list[str]:
    """Say what is missed most: for each set the labels with the lowest share found, of those with at least five."""
    lines = []
    for result in results:
        shares = []
        for label, row in result["by_label"].items():
            recall = row.get("fully_masked", row.get("recall", row.get("right", row.get("overlap", {}).get("recall"))))
            if recall is not None and row.get("gold", 0) >= 5 and recall < 1:
                shares.append((recall, label, row["gold"]))
        worst = ", ".join(f"{label} {recall:.2f} of {count}" for recall, label, count in sorted(shares)[:5])
        if worst:
            lines.append(f"- {_name(result)} ({result['system']['name']}): {worst}")
    return ["Found least:\n", "\n".join(lines) + "\n"] if lines else []


def _notes(results: Sequence[dict[str, Any]]) -> list[str]:
    sets: dict[str, list[str]] = {}
    for result in results:
        if result["gold"]["notes"]:
            names = sets.setdefault("; ".join(result["gold"]["notes"]), [])
            names += [name for name in [_name(result)] if name not in names]
    lines = [f"- {', '.join(names)}: {notes}" for notes, names in sets.items()]
    reasons = {f"- {name}: {reason}": 0 for result in results for name, reason in result.get("reasons", {}).items()}
    listed = [*lines, *reasons]
    return ["How the sets are read:\n", "\n".join(listed) + "\n"] if listed else []


def _name(result: dict[str, Any]) -> str:
    """Name a set by its result's file: the sets of our own share their file names."""
    return (
        result["file"]
        .removesuffix(".json")
        .removeprefix(f"{result['task']}-")
        .removesuffix(f"-{result['system']['name']}")
    )


def _real_input(result: dict[str, Any]) -> str:
    training = result["train"]
    rows = [
        (
            f"prepare {run['source']}",
            f"{run['records']} records, {run['rows']} rows kept in {run['seconds']:.0f} s "
            f"({', '.join(f'{name} {count}' for name, count in run['splits'].items())})",
        )
        for run in result["prepare"]
    ]
    rows.append(
        (
            f"train {training['expert']} on {training['base']}",
            f"{training['steps']} steps on {training['train_rows']} rows in {training['seconds']:.0f} s",
        )
    )
    rows += [
        (
            f"held-out loss, {name}",
            f"{loss:.3f} nats a token ({training['held_out_rows']} rows)"
            + (
                f", {bounds[0]:+.3f} to {bounds[1]:+.3f} against base"
                if (bounds := training["intervals"][name])
                else ""
            ),
        )
        for name, loss in training["losses"].items()
    ]
    rows += [
        (
            f"ask, {answer['lang']}",
            f"status {answer['status']}, {answer['evidence']} passages cited, experts "
            f"{', '.join(answer['experts']) or 'none'}, {answer['seconds']:.1f} s",
        )
        for answer in result["ask"]
    ]
    lines = [f"| {step} | {figure} |" for step, figure in rows]
    return "\n".join(["## Real input: prepare, train, ask\n", "| step | figure |", "|---|---|", *lines]) + "\n"


def _machines(results: Sequence[dict[str, Any]]) -> str:
    lines = dict.fromkeys(
        f"- {m['processor']}, {m['cores']} cores, {m['threads'] or 'default'} threads, {m['system']}"
        + (f", {m['gpu']}" if m["gpu"] else "")
        for result in results
        if (m := result.get("machine"))
    )
    versions = dict.fromkeys(
        ", ".join(f"{name} {value}" for name, value in result["system"]["versions"].items())
        for result in results
        if isinstance(result.get("system"), dict)
    )
    return "\n".join(["## Machine and versions\n", *lines, *(f"- {line}" for line in versions)]) + "\n"


if __name__ == "__main__":
    write_report(ROOT / "benchmarks" / "results", ROOT / "docs" / "results.md")
