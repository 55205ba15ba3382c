"""`medlfm evidence`: fill and search the evidence store."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from medlfm.cli._shared import JsonFlag, console, emit_json

app = typer.Typer(help="Fill and search the evidence store.", no_args_is_help=True)


@app.command("add")
def add(
    sources: Annotated[list[Path], typer.Argument(help="Prepared runs, JSONL passages, .md or .txt files, folders.")],
    source: Annotated[str, typer.Option(help="Whose document it is; for .md and .txt.")] = "",
    licence: Annotated[str, typer.Option(help="Its licence (SPDX); for .md and .txt.")] = "",
    attribution: Annotated[str, typer.Option(help="How it wants to be credited.")] = "",
    url: Annotated[str, typer.Option(help="Where it can be read.")] = "",
    date: Annotated[str, typer.Option(help="Its date, YYYY-MM-DD.")] = "",
    level: Annotated[str, typer.Option(help="reference or starter.")] = "reference",
    lang: Annotated[str, typer.Option(help="en or de; detected where not given.")] = "",
    specialty: Annotated[str, typer.Option(help="Specialty of the document.")] = "",
    json: JsonFlag = False,
) -> None:
    """Add passages: questions and answers of a prepared run, JSONL passages, Markdown or text cut by its headings."""
    from medlfm.ask import add_evidence
    from medlfm.knowledge.sources import Origin
    from medlfm.runtime.embedding import find_embedder

    origin = Origin(
        source=source,
        licence=licence,
        attribution=attribution,
        url=url,
        date=date,
        level=level,
        lang=lang,
        specialty=specialty,
    )
    with _titles(hidden=json) as advance:
        result = add_evidence(sources, origin, progress=advance)
    if json:
        emit_json(result.to_dict())
        return
    console().print(f"{result.added} passages added, {result.duplicates} were there already.")
    if find_embedder() is None:
        console().print("Titles are found by their words only; by meaning too after: pip install 'medlfm[embed]'")


@contextmanager
def _titles(*, hidden: bool) -> Iterator[Callable[[int, int], None]]:
    """Show how many titles have their vector, from the first batch on."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("titles by meaning"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console(err=True), disable=hidden, transient=True) as bar:
        task = bar.add_task("", visible=False)
        yield lambda done, total: bar.update(task, completed=done, total=total, visible=True)


@app.command("search")
def search(
    query: Annotated[str, typer.Argument(help="A question in English or German.")],
    lang: Annotated[str, typer.Option(help="en or de; detected where not given.")] = "",
    specialty: Annotated[list[str] | None, typer.Option(help="Only passages of this specialty, or of none.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=100, help="How many to show.")] = 5,
    json: JsonFlag = False,
) -> None:
    """Show the passages that answer a question best."""
    from medlfm.knowledge.evidence import EvidenceStore
    from medlfm.knowledge.text import question_language
    from medlfm.settings import load_settings

    store = EvidenceStore(load_settings().evidence)
    found = store.search(query, lang=lang or question_language(query) or "en", specialties=specialty or (), limit=limit)
    if json:
        emit_json([passage.to_dict() for passage in found])
        return
    from rich.markup import escape

    out = console()
    for passage in found:
        head = f"{passage.score:.2f}  {passage.title} · {passage.category or '–'} · {passage.lang} · {passage.level}"
        out.print(escape(head), style="bold")
        out.print(escape(passage.text[:400]))
        out.print(escape(f"{passage.source} {passage.url}".strip()), style="dim")
    if not found:
        out.print("Nothing was found. `medlfm evidence add` fills the store.")
