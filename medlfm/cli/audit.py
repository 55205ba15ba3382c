"""`medlfm audit`: check the trail of all operations, and look at it."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from medlfm.cli._shared import JsonFlag, console, emit_json

app = typer.Typer(no_args_is_help=True, help="Check and show the audit trail of all operations.")


@app.command()
def verify(as_json: JsonFlag = False) -> None:
    """Check every entry, the chain between them, the seals and the anchor; exit code 1 if something is wrong."""
    from medlfm.audit import AuditTrail
    from medlfm.settings import load_settings

    trail = AuditTrail(load_settings().audit)
    verification = trail.verify()
    if as_json:
        emit_json(verification.to_dict())
    else:
        out = console()
        for problem in verification.problems:
            out.print(f"[red]✗[/red] {problem}", soft_wrap=True)
        state = "[green]✓ intact[/green]" if verification.ok else "[red]✗ not intact[/red]"
        out.print(f"{state}: {verification.entries} entries in {verification.segments} segments ({trail.folder})")
    if not verification.ok:
        raise typer.Exit(1)


@app.command()
def show(
    last: Annotated[int, typer.Option("--last", "-n", min=1, help="How many entries, from the end.")] = 20,
    operation: Annotated[str, typer.Option(help="Only this operation, e.g. prepare.")] = "",
    fhir: Annotated[bool, typer.Option("--fhir", help="Print FHIR R4 AuditEvent resources.")] = False,
    as_json: JsonFlag = False,
) -> None:
    """Show the last entries, oldest first."""
    from collections import deque

    from medlfm.audit import AuditTrail, to_fhir
    from medlfm.settings import load_settings

    trail = AuditTrail(load_settings().audit)
    entries = deque((entry for entry in trail.entries() if operation in ("", entry.operation)), maxlen=last)
    if fhir:
        emit_json([to_fhir(entry) for entry in entries])
    elif as_json:
        emit_json([entry.to_dict() for entry in entries])
    elif not entries:
        console().print("No entries.")
    else:
        console().print(_table(entries))


def _table(entries: Any) -> Any:
    from rich.table import Table

    from medlfm.files import canonical_json

    table = Table("seq", "time (UTC)", "operation", "details", box=None, header_style="bold")
    for entry in entries:
        details = ", ".join(
            f"{name}={value if isinstance(value, str) else canonical_json(value)}"
            for name, value in entry.details.items()
        )
        table.add_row(str(entry.seq), entry.time[:19].replace("T", " "), entry.operation, details)
    return table
