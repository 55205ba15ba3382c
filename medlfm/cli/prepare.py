"""`medlfm prepare`: from raw records to training data."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from medlfm.cli._shared import JsonFlag, console, emit_json

if TYPE_CHECKING:
    from medlfm.prepare import PrepareResult


def command(
    sources: Annotated[list[Path], typer.Argument(help="Files and folders: JSON, JSONL, CSV, Parquet, text, .gz.")],
    out: Annotated[Path, typer.Option(help="Folder for the run; made where it isn't there.")],
    lang: Annotated[str, typer.Option(help="en or de, of records that don't say; empty: detected.")] = "",
    policy: Annotated[str | None, typer.Option(help="De-identification policy.")] = None,
    source: Annotated[str, typer.Option(help="Where the data is from, without a corpus.toml.")] = "",
    licence: Annotated[str, typer.Option(help="Its licence (SPDX), without a corpus.toml.")] = "",
    attribution: Annotated[str, typer.Option(help="Whom to name, without a corpus.toml.")] = "",
    encoding: Annotated[str, typer.Option(help="Of the files, e.g. cp1252; empty: UTF-8.")] = "",
    seed: Annotated[int, typer.Option(help="Of the splits and of balancing.")] = 0,
    split: Annotated[str, typer.Option(help="Shares of train, validation and test.")] = "0.8,0.1,0.1",
    balance: Annotated[bool, typer.Option("--balance", help="The same number of training rows a specialty.")] = False,
    expand: Annotated[bool, typer.Option("--expand/--no-expand", help="Write sure abbreviations out.")] = True,
    route: Annotated[bool, typer.Option("--route/--no-route", help="Give questions without a specialty one.")] = True,
    format: Annotated[str, typer.Option(help="jsonl or parquet.")] = "jsonl",  # noqa: A002
    workers: Annotated[int, typer.Option(min=1, help="Processes.")] = 1,
    strict: Annotated[bool, typer.Option("--strict", help="Stop at the first broken record.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace another run in --out.")] = False,
    json: JsonFlag = False,
) -> None:
    """Read records, replace PHI, clean, find duplicates, split; writes a manifest and a report.

    A killed run goes on where it stopped; a finished one is left as it is.
    """
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    from medlfm.prepare import prepare

    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeElapsedColumn(), console=console(err=True), transient=True) as bar:
        task = bar.add_task("starting", total=None)

        def progress(stage: str, done: int, total: int) -> None:
            bar.update(task, description=stage, completed=done, total=total or None)

        result = prepare(
            sources,
            out,
            lang=lang or None,
            policy=policy,
            seed=seed,
            split=_shares(split),
            balance=balance,
            format=format,
            workers=workers,
            strict=strict,
            source=source,
            licence=licence,
            attribution=attribution,
            encoding=encoding,
            expand=expand,
            route=route,
            force=force,
            progress=progress,
        )
    if json:
        emit_json(result.to_dict())
    else:
        _print(result)


def _shares(text: str) -> tuple[float, float, float]:
    from medlfm.errors import SettingsError

    try:
        first, second, third = (float(part) for part in text.split(","))
    except ValueError:
        raise SettingsError(f"--split is {text!r}.", "Three shares that sum to 1, e.g. 0.8,0.1,0.1.") from None
    return first, second, third


def _print(result: PrepareResult) -> None:
    from rich.table import Table

    out, counts = console(), result.manifest["counts"]
    if result.unchanged:
        out.print(f"{result.folder} holds this run already: nothing to do.", soft_wrap=True)
    table = Table(
        "split", "rows", "groups", title=f"{counts['written']} rows of {counts['read']} read", title_justify="left"
    )
    for name, split in result.manifest["splits"].items():
        table.add_row(name, str(split["rows"]), str(split["groups"]))
    out.print(table)
    duplicates = counts["duplicates"]
    out.print(
        f"{counts['phi']['total']} identifiers replaced, {counts['second_scan']} more masked by the second scan; "
        f"{duplicates['exact']} duplicates and {duplicates['near']} near-duplicates removed"
    )
    _print_rejects(result)
    if any(not corpus["licence"] for corpus in result.manifest["corpora"]):
        out.print(
            "No licence is given: `medlfm train` will refuse these rows. See --source, --licence.", style="yellow"
        )
    seconds = ", ".join(f"{stage} {value:.1f} s" for stage, value in result.seconds.items())
    out.print(f"{seconds}\nReport: {result.report}", soft_wrap=True)


def _print_rejects(result: PrepareResult, most: int = 5) -> None:
    """Print the first rejects with their files: on the terminal of whoever named them, and in no file."""
    counts = result.manifest["counts"]
    if not counts["rejected"]:
        return
    reasons = ", ".join(f"{count} {reason}" for reason, count in counts["rejected_by_reason"].items())
    out = console()
    out.print(f"{counts['rejected']} rejected: {reasons} (rejected.jsonl)", style="yellow")
    for reject in result.rejects[:most]:
        out.print(f"  {reject.file}, line {reject.line}: {reject.reason}", soft_wrap=True, markup=False)
    if "encoding" in counts["rejected_by_reason"]:
        out.print("Lines that aren't UTF-8: name the encoding, e.g. --encoding cp1252.", style="yellow")
