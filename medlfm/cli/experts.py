"""`medlfm experts`: the installed expert plugins."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from medlfm.cli._shared import JsonFlag, console, emit_json

app = typer.Typer(no_args_is_help=True, help="Expert plugins: list, show, verify, write a new one.")


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


@app.command()
def verify(
    name: Annotated[str, typer.Argument(help="The expert's id, or all.")] = "all",
    base: Annotated[str, typer.Option(help="Base model: short name, Hugging Face id or folder.")] = "",
    data: Annotated[str, typer.Option(help="A prepared run: measure the gain on its held-out rows again.")] = "",
    json: JsonFlag = False,
) -> None:
    """Take experts through the gate: schema, routing, theft, files, effect, gain, safety."""
    from medlfm.experts.verify import verify as run

    found = run(() if name == "all" else (name,), base, data=data)
    if json:
        emit_json({"experts": [verification.to_dict() for verification in found]})
    else:
        from rich.table import Column, Table

        table = Table(Column("expert", no_wrap=True), "status", "check", "", "found")
        marks = {True: "✓", False: "✗", None: "–"}
        for verification in found:
            for number, check in enumerate(verification.checks):
                head = (verification.expert, verification.status) if number == 0 else ("", "")
                table.add_row(*head, check.name, marks[check.ok], check.found)
        console().print(table)
    if any(verification.status == "failed" for verification in found):
        raise typer.Exit(1)


@app.command()
def added(
    name: Annotated[str, typer.Argument(help="The expert's id, as `experts list` shows it.")],
    meaning: Annotated[
        bool, typer.Option("--meaning", help="Route with the installed embedder, as `ask` does; slower.")
    ] = False,
    json: JsonFlag = False,
) -> None:
    """Show what an expert brings beside the other installed ones, and what it takes from them."""
    from medlfm.experts.added import added as run

    found = run(name, meaning=meaning)
    if json:
        emit_json(found.to_dict())
        return
    from rich.table import Column, Table

    title = "Questions that the router has not seen: how many go right"
    table = Table(
        Column("owner", no_wrap=True),
        *(Column(head, justify="right") for head in ("asked", f"without {name}", f"with {name}")),
        title=title,
        title_justify="left",
    )
    for owner, (before, asked) in found.before.items():
        table.add_row(owner, str(asked), str(before), str(found.after[owner][0]))
    table.add_row("all", "", *(f"{share:.1%}" for share in found.total), style="bold")
    out = console()
    out.print(table)
    out.print(f"Gain on its own questions: {100 * found.gain:+.1f} points", soft_wrap=True)
    out.print(f"Taken from the others: {100 * found.theft:+.1f} points", soft_wrap=True)
    for base, gain in found.adapters.items():
        shown = f"{gain[0]:+.3f} to {gain[1]:+.3f} nats a token" if gain else "not measured"
        out.print(f"Adapter for {base}, gain as recorded: {shown}", soft_wrap=True)


@app.command()
def new(
    name: Annotated[str, typer.Argument(help="Its id: lower-case letters, digits and _.")],
    out: Annotated[Path, typer.Option(help="Folder to write the package into.")] = Path(),
    term: Annotated[list[str] | None, typer.Option(help="A disease or test of it, in English; several times.")] = None,
    term_de: Annotated[list[str] | None, typer.Option(help="The same in German; several times.")] = None,
    title: Annotated[str, typer.Option(help="Its title in English; empty: the id.")] = "",
    title_de: Annotated[str, typer.Option(help="Its title in German; empty: the English one.")] = "",
    json: JsonFlag = False,
) -> None:
    """Write the package of a new expert: it installs, verifies and passes its own tests as it is."""
    from medlfm.experts.scaffold import new_expert

    folder = new_expert(name, out, terms={"en": term or [], "de": term_de or []}, titles={"en": title, "de": title_de})
    if json:
        emit_json({"expert": name, "folder": str(folder)})
    else:
        console().print(f"Written: {folder}", soft_wrap=True)
        console().print(f"Next: pip install -e {folder}, then medlfm experts verify {name}", soft_wrap=True)
