"""`medlfm route`: which experts a text goes to, and why."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from medlfm.cli._shared import JsonFlag, console, emit_json


def command(
    text: Annotated[str, typer.Argument(help="A question or another text; - reads standard input.")],
    patient: Annotated[Path | None, typer.Option(help="JSON file with facts of the patient, e.g. the age.")] = None,
    json: JsonFlag = False,
) -> None:
    """Show which experts a text goes to, and the words that decided."""
    import sys

    from medlfm.experts import route

    routing = route(sys.stdin.read() if text == "-" else text, _facts(patient))
    if json:
        emit_json(routing.to_dict())
        return
    from rich.table import Table

    table = Table("expert", "gate", "score", "decided by")
    for (name, gate), why in zip(routing.experts, routing.why, strict=True):
        table.add_row(name, f"{gate:.2f}", f"{routing.scores[name]:.1f}", why.partition(": ")[2])
    out = console()
    out.print(table if routing.experts else "No expert fits: the base answers alone.")
    out.print(f"Language: {routing.language or 'unknown'}. Urgency: {routing.urgency or 'unknown'}.")


def _facts(path: Path | None) -> dict[str, object] | None:
    if path is None:
        return None
    import json

    from medlfm.errors import OrderError

    try:
        facts = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(facts, dict):
            raise TypeError
    except (OSError, ValueError, TypeError) as error:
        raise OrderError(f"Can't read the patient facts in {path}.", 'A JSON object, e.g. {"age": 54}.') from error
    return facts
