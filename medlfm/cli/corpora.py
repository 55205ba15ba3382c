"""`medlfm corpora`: the corpora that medlfm knows, and fetching or converting outside ones."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from medlfm.cli._shared import JsonFlag, console, emit_json

if TYPE_CHECKING:
    from medlfm.corpora import Converted
    from medlfm.corpora.converting import Progress

app = typer.Typer(no_args_is_help=True, help="Corpora: list them, read their cards, fetch or convert outside ones.")

_Out = Annotated[
    Path | None, typer.Option(help="A folder, or the .jsonl file in it; default MEDLFM_HOME/corpora/NAME.")
]


@app.command("list")
def list_corpora(json: JsonFlag = False) -> None:
    """List our own corpora and the outside ones that can be converted."""
    from medlfm.corpora import list_corpora as known
    from medlfm.settings import load_settings

    settings = load_settings()
    rows = [corpus.to_dict() | {"here": corpus.is_here(settings)} for corpus in known()]
    if json:
        emit_json(rows)
        return
    from rich.table import Column, Table

    table = Table(Column("corpus", no_wrap=True), "here", "languages", "licence", "may be used for")
    for row in rows:
        here = "own" if row["own"] else "yes" if row["here"] else ""
        table.add_row(row["name"], here, ", ".join(row["languages"]), row["licence"], ", ".join(row["uses"]))
    console().print(table)


@app.command()
def show(name: Annotated[str, typer.Argument(help="The name of a corpus.")], json: JsonFlag = False) -> None:
    """Show the card of a corpus: whose it is, what it may be used for, an example, known traps."""
    from medlfm.corpora import find_corpus

    corpus = find_corpus(name)
    if json:
        emit_json(corpus.to_dict() | {"readme": corpus.readme})
        return
    from rich.markdown import Markdown

    console().print(Markdown(corpus.readme))


@app.command()
def pull(
    name: Annotated[str, typer.Argument(help="The name of an outside corpus.")],
    source: Annotated[Path | None, typer.Option("--from", help="Its files, or a zip of them, instead.")] = None,
    out: _Out = None,
    url: Annotated[str, typer.Option(help="Another address of the same archive, e.g. a mirror.")] = "",
    json: JsonFlag = False,
) -> None:
    """Fetch an outside corpus at its pinned commit and convert it to records: all of it or nothing."""
    from medlfm.corpora import pull as pull_corpus

    _print(_watched(lambda progress: pull_corpus(name, source, out, url=url, progress=progress)), json)


@app.command()
def convert(
    name: Annotated[str, typer.Argument(help="The name of an outside corpus.")],
    source: Annotated[Path, typer.Option("--from", help="The folder of its files, a zip of it, or one file.")],
    out: _Out = None,
    json: JsonFlag = False,
) -> None:
    """Convert files of an outside corpus, as its authors lay them out, to records with their card."""
    from medlfm.corpora import convert as convert_corpus

    _print(_watched(lambda progress: convert_corpus(name, source, out, progress=progress)), json)


def _watched(work: Callable[[Progress], Converted]) -> Converted:
    from rich.progress import BarColumn, Progress, SpinnerColumn, TaskProgressColumn, TextColumn, TimeRemainingColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TaskProgressColumn())
    with Progress(*columns, TimeRemainingColumn(), console=console(err=True), transient=True) as bar:
        task = bar.add_task("starting", total=None)
        return work(lambda stage, done, total: bar.update(task, description=stage, completed=done, total=total or None))


def _print(done: Converted, json: bool) -> None:
    from medlfm.corpora import find_corpus

    if json:
        emit_json(done.to_dict())
        return
    out = console()
    out.print(f"{done.name} {'is here now' if done.fresh else 'was here already'}: {done.file}", soft_wrap=True)
    left = ", ".join(f"{number:,} {reason}" for reason, number in done.skipped.items())
    out.print(
        f"{done.records:,} record{'' if done.records == 1 else 's'}{f'; left out: {left}' if left else ''}",
        soft_wrap=True,
    )
    corpus = find_corpus(done.name)
    if corpus.upstream and done.revision != corpus.upstream.revision:
        out.print(f"It is not known to be of the pinned commit {corpus.upstream.revision}.", soft_wrap=True)
    out.print(f"Licence: {corpus.card.licence}. Credit: {corpus.card.attribution}", soft_wrap=True)
    out.print(f"May be used for: {', '.join(corpus.card.uses)}", soft_wrap=True)
