"""What the commands share: the console, and printing a result as JSON or for people."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["JsonFlag", "console", "emit_json"]

JsonFlag = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]


def console(*, err: bool = False) -> Console:
    """Return a rich console; `err` for what must not mix with a result on standard output."""
    from rich.console import Console

    return Console(stderr=err, highlight=False)


def emit_json(value: Any) -> None:
    """Print plain JSON data on standard output, indented, in UTF-8."""
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2))
