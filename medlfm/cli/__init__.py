"""The command line: one file a command, each of which parses, calls a plain function and prints.

Command modules import typer and the standard library only; what they call is imported when they run, so that
`medlfm --help` stays quick.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from medlfm.errors import MedlfmError

__all__ = ["app"]


class _Group(TyperGroup):
    """Turns errors into one line and exit code 1; an unexpected one shows its place, never its values."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except MedlfmError as error:
            typer.secho(f"Error: {error}", err=True, fg="red")
            raise typer.Exit(1) from None
        except OSError as error:
            typer.secho(f"Error: {error.strerror or type(error).__name__}: {error.filename or ''}", err=True, fg="red")
            raise typer.Exit(1) from None
        except Exception as error:
            if os.environ.get("MEDLFM_DEBUG") or type(error).__module__.startswith(("click", "typer")):
                raise
            # The message of a foreign error may quote patient text: name the place instead.
            frame = error.__traceback__
            while frame is not None and frame.tb_next is not None:
                frame = frame.tb_next
            place = f"{frame.tb_frame.f_code.co_filename}:{frame.tb_lineno}" if frame else "?"
            typer.secho(
                f"Error: unexpected {type(error).__name__} at {place}. MEDLFM_DEBUG=1 shows all of it (which may "
                "quote the input).",
                err=True,
                fg="red",
            )
            raise typer.Exit(1) from None


app = typer.Typer(
    name="medlfm",
    cls=_Group,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Clinical NLP for English and German: prepare text, train experts, ask with evidence. "
    "It supports professionals and never replaces one.",
)


def _version(value: bool) -> None:
    if value:
        import medlfm

        typer.echo(medlfm.__version__)
        raise typer.Exit


@app.callback()
def main(
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Show it.")] = False,
) -> None:
    """Options that stand before the command."""


# One line a command, in the order of --help: a module with `command`, or with `app` where it has subcommands.
_COMMANDS: tuple[str, ...] = (
    "prepare",
    "train",
    "ask",
    "chat",
    "deidentify",
    "annotate",
    "rules",
    "check-order",
    "route",
    "experts",
    "models",
    "evidence",
    "corpora",
    "evaluate",
    "review",
    "audit",
    "doctor",
)

for _name in _COMMANDS:
    _module = import_module(f"medlfm.cli.{_name.replace('-', '_')}")
    if hasattr(_module, "app"):
        app.add_typer(_module.app, name=_name)
    else:
        app.command(_name)(_module.command)

if sys.platform == "win32":  # pragma: no cover - redirected output is cp1252 there
    for _stream in (sys.stdout, sys.stderr):
        _stream.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
