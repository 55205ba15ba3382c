"""Write `docs/results.md` from the JSON files in `benchmarks/results`: `python -m benchmarks.report`."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from benchmarks.answers_report import render_answers
from benchmarks.bank_report import render_bank
from benchmarks.gates_report import render_gates
from benchmarks.pathway_report import render_other, render_pipeline, render_real_input
from benchmarks.phi_report import render_phi
from benchmarks.readings import load_readings, render_readings
from benchmarks.targets import render_targets
from benchmarks.training_report import render_training
from medlfm.files import atomic_write

__all__ = ["headline", "load", "render", "write_report"]

ROOT = Path(__file__).resolve().parent.parent

_HEAD = """# Results

Written by `python -m benchmarks.report` from the files in `benchmarks/results`: change those, not this page.

**To reproduce**: `make bench`, or `.venv/bin/python -m benchmarks.run TASK`, with `--peers` for other systems, and
with `MEDLFM_BENCH_DATA` naming a folder that holds the public sets. Some figures come from programs of their own:
`pipeline`, `retrieval`, `confidence` and `deid_stream` run by the same command where they are named; `phi_model`,
`phi_peers`, `prepare_train`, `train_gpu` and `bank` as `.venv/bin/python -m benchmarks.NAME`. The sets are not part of
the project; sources, licences and hashes stand in the result files. A set that isn't there is left out. Intervals are
95 % bootstraps over documents, or over what the set groups (reports, templates, topics). Speeds are those of one
process on the machine named at the end, which others were using too.

The public sets, and `dev` of the project's own (`benchmarks/gold`), are for development: rules were written with some
of them in view. `test` of the project's own was written without sight of the rules and is meant to be measured only;
expect such figures, or lower ones, on texts that nobody here has seen.
"""

# task → title and one or more tables of figures: heading → path in the result's metrics, or in by_label after "label:";
# a result goes into each table of which it has a figure
_TASKS: dict[str, tuple[Any, ...]] = {
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
            "found, interrupting": "found_interruptive",
            "unlisted, interrupting": "unlisted_interruptive",
            "of these in another half": "unlisted_of_another_half",
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


# what belongs into the section of a task and was measured by a program of its own
_EXTRA: dict[str, Callable[[Sequence[dict[str, Any]]], list[str]]] = {"phi": render_phi, "answers": render_answers}
# results with a section of their own
_SECTIONS: dict[str, Callable[[dict[str, Any]], str]] = {
    "pipeline": render_pipeline,
    "real_input": render_real_input,
    "train_experts": render_training,
    "gates": render_gates,
}


# tasks that are shown somewhere; a result of any other gets a plain table
_SHOWN = {
    *(*_TASKS, *_SECTIONS, "phi_speed", "deid_stream", "retrieval", "answer order", "confidence"),
    *("bank_gpu", "bank_cpu", "reading", None),  # None: phi_model
}


def write_report(results: Path, page: Path) -> None:
    """Render all results of a folder to a page."""
    with atomic_write(page) as file:
        file.write(render(load(results)))


def load(folder: Path) -> list[dict[str, Any]]:
    """Read the result files, in the order of their names; each gets its name under "file". Then the readings."""
    files = sorted(folder.glob("*.json"))
    figures = [{**json.loads(path.read_text(encoding="utf-8")), "file": path.name} for path in files]
    return figures + load_readings(folder / "readings")


def render(results: Sequence[dict[str, Any]]) -> str:
    """Return the page: the same results give the same text."""
    parts = [_HEAD, *render_targets(results)]
    for task, (title, *tables) in _TASKS.items():
        own = [result for result in results if result.get("task") == task]
        extra = _EXTRA[task](results) if task in _EXTRA else []
        if own:
            parts += [f"## {title}\n", *(_table(own, columns) for columns in tables), *_weakest(own), *_notes(own)]
        elif extra:
            parts.append(f"## {title}\n")
        parts += extra
    for task, section in _SECTIONS.items():
        parts += [section(result) for result in results if result.get("task") == task]
    parts += filter(None, [render_bank(results)])
    parts += [render_other(result) for result in results if result.get("task") not in _SHOWN]
    parts += [*render_readings(results), _machines(results)]
    return "\n".join(parts)


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
    return str(
        result["file"]
        .removesuffix(".json")
        .removeprefix(f"{result['task']}-")
        .removesuffix(f"-{result['system']['name']}")
    )


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
