"""`medlfm experts`: the installed expert plugins."""

from __future__ import annotations

from typing import Annotated

import typer

from medlfm.cli._shared import JsonFlag, console, emit_json

app = typer.Typer(no_args_is_help=True, help="Expert plugins: list them, show one.")


@app.command("list")
def list_experts(json: JsonFlag = False) -> None:
    """List the installed experts, and the plugins that are broken."""
    from dataclasses import asdict

    from medlfm.experts.registry import discover

    registry = discover()
    if json:
        broken = [asdict(plugin) for plugin in registry.broken]
        emit_json({"experts": [expert.to_dict() for expert in registry], "broken": broken})
        return
    from rich.table import Column, Table

    table = Table(Column("expert", no_wrap=True), "title", "version", "languages", "adapters for")
    for expert in registry:
        bases = ", ".join(path.name for path in expert.adapters) or "none: knowledge-only"
        title = expert.title.get("en") or next(iter(expert.title.values()))
        table.add_row(expert.id, title, expert.version, " ".join(expert.languages), bases)
    console().print(table)
    for plugin in registry.broken:
        console(err=True).print(f"Broken: {plugin.distribution}: {plugin.error}", style="red", soft_wrap=True)
    if not len(registry):
        console(err=True).print("No expert is installed. Try: pip install -e plugins/medlfm-cardiology")


@app.command()
def show(
    name: Annotated[str, typer.Argument(help="The expert's id, as `experts list` shows it.")], json: JsonFlag = False
) -> None:
    """Show what an expert covers, what it must not be used for, and how its adapters scored."""
    from medlfm.experts.adapters import read_record
    from medlfm.experts.registry import discover

    expert = discover().get(name)
    records = [read_record(folder) for folder in expert.adapters]
    if json:
        emit_json({**expert.to_dict(), "records": records})
        return
    from rich.markdown import Markdown
    from rich.table import Table

    out = console()
    out.print(Markdown((expert.folder / "card.md").read_text(encoding="utf-8")))
    for folder, record in zip(expert.adapters, records, strict=True):
        table = Table("model", "held-out loss", title=f"{record['base']}: {folder}", title_justify="left")
        for row in record["losses"]["table"]:
            table.add_row(row["model"], f"{row['loss']:.3f}")
        out.print(table)
