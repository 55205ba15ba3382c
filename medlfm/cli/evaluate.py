"""`medlfm evaluate`: measure a task on a gold set."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from medlfm.cli._shared import console, emit_json

_TASKS = "phi, context, abbreviations, emergency, medications, orders, routing, safety, answers"
_REPORTED = ("answers", "safety")


def command(
    task: Annotated[str, typer.Argument(help=f"One of {_TASKS}.")],
    gold: Annotated[
        Path | None, typer.Option("--gold", exists=True, dir_okay=False, help="Gold set: JSONL, plain or .gz.")
    ] = None,
    json_out: Annotated[str, typer.Option("--json", help="Write the figures to this file; - prints them.")] = "",
    system: Annotated[str, typer.Option(help="What to measure; empty: the task's own default.")] = "",
    lang: Annotated[str, typer.Option(help="Language of rows that don't name theirs; empty: detected.")] = "",
    limit: Annotated[int | None, typer.Option(min=1, help="Only so many rows, from the top.")] = None,
    report: Annotated[
        Path | None,
        typer.Option(help="Of answers and safety: also write the monthly report (HTML); --gold may be left out then."),
    ] = None,
    month: Annotated[str, typer.Option(help="Of the report, e.g. 2026-11; empty: this month.")] = "",
) -> None:
    """Measure a task on a gold set. The figures hold no text of it."""
    from medlfm.errors import SettingsError

    if report and task not in _REPORTED:
        raise SettingsError(f"There is no report of {task!r}.", f"--report goes with {' or '.join(_REPORTED)}.")
    if not gold and not report:
        raise SettingsError("There is nothing to measure on.", "Give --gold FILE.")
    result = _measured(task, gold, system, lang, limit) if gold else None
    if report:
        from medlfm.service.monthly import write_monthly

        write_monthly(report, month, measured=[result] if result else [])
        console(err=True).print(f"Report: {report}", markup=False)
    if result:
        _show(result, json_out)


def _measured(task: str, gold: Path, system: str, lang: str, limit: int | None) -> dict[str, Any]:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from medlfm.evaluate import evaluate

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console(err=True), transient=True) as bar:
        job = bar.add_task(f"evaluate {task}", total=None)
        return evaluate(
            task,
            gold,
            system=system,
            lang=lang,
            limit=limit,
            progress=lambda done, total: bar.update(job, completed=done, total=total),
        )


def _show(result: dict[str, Any], json_out: str) -> None:
    if json_out == "-":
        emit_json(result)
        return
    if json_out:
        import json

        from medlfm.files import atomic_write

        with atomic_write(Path(json_out)) as file:
            file.write(json.dumps(result, ensure_ascii=False, indent=2) + "\n")
    for table in _tables(result):
        console().print(table)


def _tables(result: dict[str, Any]) -> list[Any]:
    from rich.table import Table

    gold, system = result["gold"], result["system"]
    title = f"{result['task']} · {gold['name']} ({gold['cases']} cases) · {system['name']}"
    figures = Table("figure", "value", "95 % interval", title=title, title_justify="left", box=None)
    for name, value in _flat(result["metrics"]):
        interval = result["intervals"].get(name)
        figures.add_row(name, _shown(value), f"{interval[0]:.3f} – {interval[1]:.3f}" if interval else "")
    figures.add_row("cases per second", _shown(result["cases_per_second"]), "")
    for name, reason in result.get("reasons", {}).items():
        figures.add_row(name, "–", reason)
    tables = [figures]
    if result["by_label"]:
        names = list(dict.fromkeys(name for row in result["by_label"].values() for name, _ in _flat(row)))
        labels = Table("label", *names, box=None)
        for label, row in result["by_label"].items():
            values = dict(_flat(row))
            labels.add_row(label, *(_shown(values.get(name)) for name in names))
        tables.append(labels)
    return tables


def _flat(values: dict[str, Any], prefix: str = "") -> list[tuple[str, Any]]:
    rows: list[tuple[str, Any]] = []
    for name, value in values.items():
        rows += _flat(value, f"{prefix}{name}.") if isinstance(value, dict) else [(prefix + name, value)]
    return rows


def _shown(value: Any) -> str:
    if value is None:
        return "–"
    return f"{value:.3f}" if isinstance(value, float) else str(value)
