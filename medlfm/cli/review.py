"""`medlfm review`: look at answers that need a professional, and decide about them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from medlfm.cli._shared import JsonFlag, console, emit_json

if TYPE_CHECKING:
    from rich.console import Console

    from medlfm.safety.reviews import ReviewCase, ReviewQueue

app = typer.Typer(no_args_is_help=True, help="Decide about answers that need a professional.")

_Number = Annotated[int, typer.Argument(metavar="ID", help="Number of the case, as `review list` shows it.")]
_Reviewer = Annotated[str | None, typer.Option(help="Who decides; else MEDLFM_REVIEWER, else this account's name.")]
_Role = Annotated[str | None, typer.Option(help="The reviewer's role, e.g. pharmacist; else MEDLFM_ROLE.")]
_Why = Annotated[str, typer.Option(help="The reason.")]
_RISKS = {"critical": "bold red", "high": "red", "moderate": "yellow", "low": "green"}
_STATES = {"open": "yellow", "accepted": "green", "corrected": "cyan", "rejected": "red"}


def _queue() -> ReviewQueue:
    from medlfm.audit import AuditTrail
    from medlfm.safety.reviews import ReviewQueue
    from medlfm.settings import load_settings

    settings = load_settings()
    return ReviewQueue(settings.reviews, AuditTrail(settings.audit))


@app.command("list")
def list_cases(
    state: Annotated[str, typer.Option(help="open, accepted, corrected, rejected, or all.")] = "open",
    last: Annotated[int, typer.Option("--last", "-n", min=1, help="At most so many.")] = 50,
    as_json: JsonFlag = False,
) -> None:
    """Show the cases of a state, the riskiest first; questions are shown as they were masked."""
    queue = _queue()
    cases = queue.cases("" if state == "all" else state, limit=last)
    if as_json:
        emit_json([case.to_dict() for case in cases])
        return
    out = console()
    if cases:
        out.print(_table(cases))
    counts = queue.counts()
    out.print(" · ".join(f"{count} {name}" for name, count in counts.items()), style="dim")


@app.command()
def show(number: _Number, as_json: JsonFlag = False) -> None:
    """Show a case: question, answer with its citations, why it waits, its risk, and what was decided."""
    case = _queue().case(number)
    if as_json:
        emit_json(case.to_dict())
        return
    _show(console(), case)


@app.command()
def accept(
    number: _Number, why: _Why = "", reviewer: _Reviewer = None, role: _Role = None, as_json: JsonFlag = False
) -> None:
    """Accept an answer as it stands (or that there is none, where it was withheld)."""
    _decide(number, "accept", reviewer, role, as_json, why=why)


@app.command()
def correct(
    number: _Number,
    text: Annotated[str, typer.Option(help="The corrected answer.")] = "",
    file: Annotated[Path | None, typer.Option(help="A text file that holds it; - reads standard input.")] = None,
    why: _Why = "",
    reviewer: _Reviewer = None,
    role: _Role = None,
    as_json: JsonFlag = False,
) -> None:
    """Put another answer in the place of one; what names anybody in it is masked."""
    from medlfm.errors import ReviewError

    if bool(text) == bool(file):
        raise ReviewError("Give the corrected answer either by --text or by --file.", "Nothing was changed.")
    _decide(number, "correct", reviewer, role, as_json, text=text or _read(file), why=why)


@app.command()
def reject(
    number: _Number, why: _Why, reviewer: _Reviewer = None, role: _Role = None, as_json: JsonFlag = False
) -> None:
    """Reject an answer."""
    _decide(number, "reject", reviewer, role, as_json, why=why)


@app.command()
def reopen(
    number: _Number, why: _Why, reviewer: _Reviewer = None, role: _Role = None, as_json: JsonFlag = False
) -> None:
    """Put a decided case back; what was decided stays on record."""
    _decide(number, "reopen", reviewer, role, as_json, why=why)


@app.command()
def export(
    out: Annotated[Path, typer.Option(help="File for the rows (JSONL), which `medlfm prepare` reads.")],
    accepted: Annotated[
        bool, typer.Option("--accepted", help="Also answers that were accepted as they stood.")
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """Write corrections as training rows; each is searched for names and numbers of patients once more."""
    from medlfm.safety.corrections import export_corrections

    result = export_corrections(_queue(), out, accepted=accepted)
    if as_json:
        emit_json(result.to_dict())
        return
    screen = console()
    screen.print(f"{result.rows} rows written to {out}; {result.masked} identifiers masked on the way.", markup=False)
    reasons = {"phi": "looks like patient data", "order": "a dose or drug in it fails its check"}
    for name, count in result.left_out.items():
        screen.print(f"{count} left out: {reasons[name]}.", style="yellow")


def _decide(
    number: int, action: str, reviewer: str | None, role: str | None, as_json: bool, *, text: str = "", why: str = ""
) -> None:
    from getpass import getuser

    from medlfm.safety.corrections import concerns
    from medlfm.settings import load_settings

    settings = load_settings(reviewer=reviewer, role=role)
    case = _queue().decide(
        number, action, reviewer=settings.reviewer or getuser(), role=settings.role, text=text, why=why
    )
    found = concerns(case)
    if as_json:
        emit_json(case.to_dict() | {"concerns": found})
        return
    out, last = console(), case.decisions[-1]
    who = f"{last.reviewer} ({last.role})" if last.role else last.reviewer
    out.print(f"Case {case.id}: {case.state}, by {who} · audit {last.audit_id}", markup=False)
    if last.masked:
        out.print(f"! {last.masked} identifiers in what was typed were masked.", style="yellow")
    for concern in found:
        out.print(f"! {concern}", style="yellow", markup=False)


def _read(path: Path | None) -> str:
    import sys

    from medlfm.errors import ReviewError

    if path is None or str(path) == "-":
        return sys.stdin.read()
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        raise ReviewError(f"Can't read {path}.", "A text file in UTF-8.") from error


def _table(cases: list[ReviewCase]) -> Any:
    from rich.markup import escape
    from rich.table import Table

    table = Table("ID", "risk", "status", "asked", "question", "state", box=None, padding=(0, 1), header_style="bold")
    for case in cases:
        question = " ".join(case.question.split())
        confidence = "" if case.confidence is None else f"\n[dim]confidence {case.confidence:.2f}[/]"
        times = f"\n[dim]{case.asked} times[/]" if case.asked > 1 else ""
        by = f"\n[dim]{escape(case.decisions[-1].reviewer)}[/]" if case.decisions else ""
        table.add_row(
            str(case.id),
            f"[{_RISKS[case.risk]}]{case.risk}[/]",
            f"{case.status}{confidence}",
            f"{case.time[:16].replace('T', ' ')}{times}",
            escape(question if len(question) <= 160 else f"{question[:159]}…"),
            f"[{_STATES[case.state]}]{case.state}[/]{by}",
        )
    return table


def _show(out: Console, case: ReviewCase) -> None:
    from medlfm.cli._answers import show_answer

    head = f"case {case.id} · {case.state} · asked {case.time[:16].replace('T', ' ')} UTC"
    times = f", {case.asked} times" if case.asked > 1 else ""
    _panel(out, case.question, f"{head}{times}", case.state)
    show_answer(out, case.answer)
    for item in case.decisions:
        who = f"{item.reviewer} ({item.role})" if item.role else item.reviewer
        done = "reopened" if item.outcome == "open" else item.outcome
        said = "\n\n".join(part for part in (item.text, f"Why: {item.why}" if item.why else "") if part)
        _panel(out, said or "–", f"{done} by {who} · {item.time[:16].replace('T', ' ')} UTC", item.outcome)


def _panel(out: Console, text: str, title: str, state: str) -> None:
    from rich.markup import escape
    from rich.panel import Panel

    out.print(Panel(escape(text), title=escape(title), border_style=_STATES[state], title_align="left"))
