"""`medlfm models`: the base models that are here, and fetching more."""

from __future__ import annotations

from typing import Annotated

import typer

from medlfm.cli._shared import JsonFlag, console, emit_json

app = typer.Typer(no_args_is_help=True, help="Base models: list them, fetch them.")


@app.command("list")
def list_models(json: JsonFlag = False) -> None:
    """List the models that are here and those that have a short name."""
    from medlfm.runtime.models import ALIASES, installed
    from medlfm.settings import load_settings

    here = {model.name: model for model in installed(load_settings())}
    known = {known.alias: known for known in ALIASES.values()}
    rows = [
        {
            "name": name,
            "pulled": name in here,
            "licence": here[name].licence if name in here else known[name].licence,
            "revision": here[name].revision if name in here else "",
            "about": known[name].about if name in known else "",
        }
        for name in [*known, *(name for name in here if name not in known)]
    ]
    if json:
        emit_json(rows)
        return
    from rich.table import Column, Table

    table = Table(Column("model", no_wrap=True), "here", "licence", "about")
    for row in rows:
        table.add_row(str(row["name"]), "yes" if row["pulled"] else "", str(row["licence"]), str(row["about"]))
    console().print(table)


@app.command()
def pull(
    name: Annotated[str, typer.Argument(help="A short name, or owner/name[@revision] of the Hugging Face hub.")],
    accept_licence: Annotated[bool, typer.Option("--accept-licence", help="Accept the licence shown.")] = False,
    json: JsonFlag = False,
) -> None:
    """Fetch a base model: all of it or nothing. One that is here already is left alone."""
    from rich.progress import BarColumn, DownloadColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn

    from medlfm.runtime.models import pull as pull_model

    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console(err=True), transient=True) as bar:
        task = bar.add_task("starting", total=None)

        def progress(stage: str, done: int, total: int) -> None:
            bar.update(task, description=stage, completed=done, total=total or None)

        pulled = pull_model(name, accept_licence=accept_licence, progress=progress)
    if json:
        emit_json(pulled.to_dict())
        return
    say = "is here now" if pulled.fresh else "was here already"
    console().print(f"{pulled.model.name} {say}: {pulled.model.folder}", soft_wrap=True)
    console().print(f"Licence: {pulled.model.licence}")
