"""Write `docs/cli.md` from the help of every command: `python docs/generate_cli.py`.

A test holds that it is current.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

__all__ = ["page"]

_HEAD = """# Command line

Written by `python docs/generate_cli.py` from the commands themselves: change those, not this page.

Settings come from flags, then from the environment (`MEDLFM_*`), then from `medlfm.toml` in the folder where a command
runs. An error is one line on standard error, and the exit code 1. `python cli.py` in the checkout, and
`python -m medlfm`, work like `medlfm`.
"""


def page() -> str:
    """Return the page: a heading and the help of each command, subcommands below their group."""
    from medlfm.cli import app

    command = typer.main.get_command(app)
    parts = [_HEAD]
    for path, text in _helps(command, typer.Context(command, info_name="medlfm", max_content_width=100)):
        parts.append(f"{'#' * (path.count(' ') + 1 if ' ' in path else 2)} {path}\n\n```text\n{text}\n```\n")
    return "\n".join(parts)


def _helps(command: Any, context: typer.Context) -> Iterator[tuple[str, str]]:
    command.rich_markup_mode = None  # plain text, whatever the terminal
    context.terminal_width = 100
    yield context.command_path, "\n".join(line.rstrip() for line in command.get_help(context).strip().splitlines())
    for name, inner in getattr(command, "commands", {}).items():
        yield from _helps(inner, typer.Context(inner, info_name=name, parent=context))


if __name__ == "__main__":
    (Path(__file__).parent / "cli.md").write_text(page(), encoding="utf-8")
