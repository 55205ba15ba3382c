"""`medlfm check-order`: check a medication order, or those of a note, against the drug table and the patient."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from medlfm.cli._facts import read_facts
from medlfm.cli._shared import JsonFlag, console, emit_json

if TYPE_CHECKING:
    from medlfm.safety import Order

_STOPS = "interruptive"  # tier of an interaction
_FOUND = 3  # exit code; 1 is an error, 2 a wrong command line
_COLOURS = {"contraindicated": "bold red", "major": "red", "moderate": "yellow", "minor": "dim"}


def command(
    order: Annotated[str, typer.Argument(help='E.g. "Paracetamol 2 g p.o. 6x/d"; - reads standard input.')] = "",
    patient: Annotated[
        Path | None, typer.Option(help="JSON file with facts of the patient, every key optional, or a FHIR bundle.")
    ] = None,
    note: Annotated[
        Path | None, typer.Option(help="Text file: its orders are checked against all that it says of the patient.")
    ] = None,
    drugs: Annotated[
        list[Path] | None,
        typer.Option(help="Drug data of your own: openFDA labels, RXNCONSO.RRF, or a CSV of name, substance, ATC."),
    ] = None,
    lang: Annotated[str, typer.Option(help="en or de; detected where not given.")] = "",
    fail_on: Annotated[
        str,
        typer.Option(
            help="Exit with 3 where a finding is of this severity or worse (minor, moderate, major, contraindicated), "
            "or at an interaction that interrupts (interruptive)."
        ),
    ] = "",
    json: JsonFlag = False,
) -> None:
    """Check dose, units, kidneys, age, pregnancy, allergies, illnesses and interactions of an order, by rules.

    Exits with 0 whatever was found, unless --fail-on is given; with 1 after an error.
    """
    import sys

    from medlfm.errors import OrderError
    from medlfm.matching.language import detect_language
    from medlfm.safety import check_order

    _check_level(fail_on)
    if bool(order) == bool(note):
        raise OrderError("Give either an order or a note.", 'E.g. "Paracetamol 500 mg p.o. 4x/d", or --note FILE.')
    if note:
        from medlfm.safety.note_facts import check_note

        text = _read(note)
        result, facts = check_note(text, read_facts(patient), lang, drugs=drugs or ())
        read: dict[str, Any] = {"patient": {key: value for key, value in vars(facts).items() if value}}
    else:
        text, read = (sys.stdin.read() if order == "-" else order), {}
        result = check_order(text, read_facts(patient), lang, drugs=drugs or ())
    if json:
        emit_json(result.to_dict() | read)
    else:
        _show(result, lang or result.lang or detect_language(text) or "en", read.get("patient", {}))
    if fail_on and _reached(result, fail_on):
        raise typer.Exit(_FOUND)


def _check_level(name: str) -> None:
    from medlfm.errors import OrderError
    from medlfm.knowledge.drug import SEVERITIES

    if name and name not in (*SEVERITIES, _STOPS):
        raise OrderError(f"There is no severity {name!r}.", f"Allowed: {', '.join((*SEVERITIES, _STOPS))}.")


def _reached(result: Order, level: str) -> bool:
    from medlfm.knowledge.drug import SEVERITIES

    if level == _STOPS:
        return any(found.tier == _STOPS for found in result.findings)
    return any(SEVERITIES.index(found.severity) >= SEVERITIES.index(level) for found in result.findings)


def _read(path: Path) -> str:
    from medlfm.errors import OrderError

    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        raise OrderError(f"Can't read the note {path}.", "A text file in UTF-8.") from error


def _show(result: Order, lang: str, patient: dict[str, Any]) -> None:
    from rich.markup import escape
    from rich.table import Table

    from medlfm.safety.wording import say

    out = console()
    for name, value in patient.items():
        shown = "; ".join(value) if isinstance(value, tuple) else f"{value:g}" if isinstance(value, float) else value
        out.print(f"{say(lang, f'fact.{name}')}: {escape(str(shown))}", style="dim")
    for item in result.medications if patient else ():
        out.print(f"- {escape(str(item['text']))}")
    out.print(f"{say(lang, 'head.verdict')}: {result.verdict}", style="green" if result.verdict == "ok" else "bold red")
    if result.findings:
        table = Table.grid(padding=(0, 2))
        table.add_column(no_wrap=True)
        table.add_column(overflow="fold")
        for found in result.findings:
            colour = _COLOURS[found.severity]
            table.add_row(f"[{colour}]{say(lang, f'severity.{found.severity}')}[/]", f"[bold]{escape(found.what)}[/]")
            for name in ("why", "instead", "source"):
                if text := getattr(found, name):
                    table.add_row("", f"[dim]{say(lang, f'head.{name}')}:[/] {escape(text)}")
            if found.tier:
                table.add_row("", f"[dim]{say(lang, f'tier.{found.tier}')}[/]")
        out.print(table)
    for label in result.labels:
        out.print(f"{escape(label.source)}: {escape(label.text)}", style="dim")
    for text in result.unchecked:
        out.print(f"{say(lang, 'head.unchecked')}: {escape(text)}", style="dim")
