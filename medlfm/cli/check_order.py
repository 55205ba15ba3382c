"""`medlfm check-order`: check a medication order against the drug table and the patient."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from medlfm.cli._facts import read_facts
from medlfm.cli._shared import JsonFlag, console, emit_json

_COLOURS = {"contraindicated": "bold red", "major": "red", "moderate": "yellow", "minor": "dim"}


def command(
    order: Annotated[str, typer.Argument(help='E.g. "Paracetamol 2 g p.o. 6x/d"; - reads standard input.')],
    patient: Annotated[
        Path | None, typer.Option(help="JSON file with facts of the patient; every key optional.")
    ] = None,
    lang: Annotated[str, typer.Option(help="en or de; detected where not given.")] = "",
    json: JsonFlag = False,
) -> None:
    """Check dose, units, kidneys, age, pregnancy, allergies, illnesses and interactions of an order, by rules."""
    import sys

    from medlfm.safety import check_order

    text = sys.stdin.read() if order == "-" else order
    result = check_order(text, read_facts(patient), lang)
    if json:
        emit_json(result.to_dict())
        return
    from rich.markup import escape
    from rich.table import Table

    out = console()
    out.print(f"verdict: {result.verdict}", style="green" if result.verdict == "ok" else "bold red")
    if result.findings:
        table = Table("severity", "finding", "why", "instead", "source")
        for found in result.findings:
            colour = _COLOURS[found.severity]
            cells = map(escape, (found.what, found.why, found.instead, found.source))
            table.add_row(f"[{colour}]{found.severity}[/]", *cells)
        out.print(table)
    for text in result.unchecked:
        out.print(f"not checked: {escape(text)}", style="dim")
