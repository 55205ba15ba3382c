"""Printing an answer for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

    from medlfm.safety.answer import Answer

__all__ = ["show"]

_COLOURS = {
    "answered": "green",
    "needs_review": "yellow",
    "withheld": "yellow",
    "emergency": "bold red",
    "refused": "red",
    "out_of_scope": "blue",
}


def show(out: Console, answer: Answer) -> None:
    """Print status, answer, evidence, checks, confidence and disclaimer."""
    from rich.markup import escape
    from rich.panel import Panel
    from rich.table import Table

    colour = _COLOURS[answer.status]
    title = f"{answer.status} · urgency {answer.urgency} · risk {answer.risk}"
    out.print(Panel(escape(answer.text), title=title, border_style=colour, title_align="left"))
    if answer.evidence:
        table = Table("", "evidence", "source", "level", "support", box=None, padding=(0, 1))
        for item in answer.evidence:
            number = f"[{item.number}]" if item.number else "–"
            source = f"{item.source} {item.url}".strip()
            support = f"{item.support:.2f}" if item.number else "found only"
            table.add_row(escape(number), escape(item.title), escape(source), item.level, support)
        out.print(table)
    experts = ", ".join(f"{name} {gate:.2f}" for name, gate in answer.experts) or "none fits: base alone"
    confidence = "not calibrated yet" if answer.confidence is None else f"{answer.confidence:.2f}"
    out.print(f"experts: {experts} · confidence: {confidence} · audit: {answer.audit_id}", style="dim")
    for reason in answer.why:
        out.print(f"· {escape(reason)}")
    for warning in answer.warnings:
        out.print(f"! {escape(warning)}", style="yellow")
    out.print(escape(answer.disclaimer), style="italic")
