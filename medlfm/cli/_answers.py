"""Printing an answer for people, and how it came about."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console

    from medlfm.safety.answer import Answer

__all__ = ["show", "show_answer"]

_COLOURS = {
    "answered": "green",
    "needs_review": "yellow",
    "withheld": "yellow",
    "emergency": "bold red",
    "refused": "red",
    "out_of_scope": "blue",
}
_PARTS = 6  # features of a confidence that are shown


def show(out: Console, answer: Answer, *, explain: bool = False) -> None:
    """Print status, answer, evidence, checks, confidence and disclaimer; explain: and what decided each step."""
    values = answer.to_dict()
    show_answer(out, values)
    if explain:
        _explain(out, values)


def show_answer(out: Console, answer: Mapping[str, Any]) -> None:
    """Print an answer from its JSON data."""
    from rich.markup import escape
    from rich.panel import Panel
    from rich.table import Table

    title = f"{answer['status']} · urgency {answer['urgency']} · risk {answer['risk']}"
    colour = _COLOURS[answer["status"]]
    out.print(Panel(escape(answer["text"]), title=title, border_style=colour, title_align="left"))
    if answer["evidence"]:
        table = Table("", "evidence", "source", "level", "support", box=None, padding=(0, 1))
        for column in table.columns:
            column.overflow = "fold"
        for item in answer["evidence"]:
            number = f"[{item['number']}]" if item["number"] else "–"
            source = f"{item['source']} {item['url']}".strip()
            support = f"{item['support']:.2f}" if item["number"] else "found only"
            table.add_row(escape(number), escape(item["title"]), escape(source), item["level"], support)
        out.print(table)
    out.print(" · ".join(_facts(answer)), style="dim", markup=False)
    for reason in answer["why"]:
        out.print(f"· {escape(reason)}")
    for warning in answer["warnings"]:
        out.print(f"! {escape(warning)}", style="yellow")
    out.print(escape(answer["disclaimer"]), style="italic")


def _facts(answer: Mapping[str, Any]) -> list[str]:
    """Say in short which experts, what confidence, which entry of the audit trail, which case of the review queue."""
    facts = []
    if answer["status"] not in ("refused", "out_of_scope"):
        experts = ", ".join(f"{name} {gate:.2f}" for name, gate in answer["experts"]) or "none fits: base alone"
        facts.append(f"experts: {experts}")
    if answer["status"] in ("answered", "needs_review"):
        confidence = answer["confidence"]
        facts.append(f"confidence: {'not calibrated yet' if confidence is None else f'{confidence:.2f}'}")
    facts.append(f"audit: {answer['audit_id']}")
    if answer["review_id"]:
        facts.append(f"review: {answer['review_id']}")
    return facts


def _explain(out: Console, answer: Mapping[str, Any]) -> None:
    """Print what decided: the question as it was masked, triage, gate, route, evidence, checks, confidence."""
    from rich.markup import escape

    explanation, checks = answer["explanation"], answer["checks"]
    out.print()
    out.rule("How this answer came about", style="dim", align="left")
    _step(out, "question", f"as every step after the triage saw it ({checks['phi']['masked']} identifiers masked):")
    out.print(f"  {escape(explanation['question'])}")
    triage = explanation["triage"]
    named = ", ".join(triage["conditions"]) or "nothing acute named"
    teaching = "; asks for knowledge, nobody in it is ill" if triage["teaching"] else ""
    _step(out, "triage", f"urgency {triage['urgency']}: {named}{teaching}")
    gate = checks["gate"]
    rules = ", ".join(gate["why"])
    _step(out, "gate", f"{gate['status']} {gate['category']} (score {gate['score']:.2f}; {rules})".replace("  ", " "))
    if explanation["routing"] is not None:
        _routing(out, explanation["routing"])
        _evidence(out, explanation["passages"])
        _checks(out, checks)
        _confidence(out, answer)
    _step(out, "status", f"{answer['status']}, risk {answer['risk']}: {' '.join(answer['why'])}")


def _step(out: Console, name: str, text: str) -> None:
    from rich.markup import escape

    out.print(f"[bold]{name}[/] {escape(text)}")


def _routing(out: Console, routing: Mapping[str, Any]) -> None:
    if not routing["experts"]:
        _step(out, "route", "no expert fits: the base answers alone")
    for (name, gate), why in zip(routing["experts"], routing["why"], strict=False):
        _step(out, "route", f"{name} {gate:.2f}, by {why.partition(': ')[2] or why}")


def _evidence(out: Console, passages: list[dict[str, Any]]) -> None:
    from rich.markup import escape
    from rich.table import Table

    if not passages:
        _step(out, "evidence", "nothing found in the store")
        return
    _step(out, "evidence", f"{len(passages)} passages, best first:")
    table = Table("", "title", "level", "score", box=None, padding=(0, 1))
    for item in passages:
        number = f"[{item['number']}]" if item["number"] else "–"
        table.add_row(escape(number), escape(item["title"]), item["level"], f"{item['score']:.2f}")
    out.print(table)


def _checks(out: Console, checks: Mapping[str, Any]) -> None:
    support, orders = checks["support"], checks["orders"]
    if not support["supported"] + support["dropped"]:
        _step(out, "support", "nothing was drafted")
        return
    source = "the model" if support["drafted_by"] == "model" else "quotation"
    _step(
        out, "support", f"drafted by {source}; {support['supported']} sentences supported, {support['dropped']} dropped"
    )
    if orders == "off":
        _step(out, "orders", "not checked: the checks were switched off")
    elif not orders:
        _step(out, "orders", "nothing speaks against a drug or dose in the answer")
    for finding in () if orders == "off" else orders:
        _step(out, "orders", f"{finding['verdict']} ({finding['severity']}): {finding['what']}. {finding['why']}")


def _confidence(out: Console, answer: Mapping[str, Any]) -> None:
    rated = answer["explanation"]["confidence"]
    if answer["confidence"] is None or rated is None:
        _step(out, "confidence", "none: no calibrator fits this answer")
        return
    needed = f"needed {rated['needed']:.2f} for a promise of {rated['threshold']:.2f}"
    _step(out, "confidence", f"{answer['confidence']:.2f}, {needed}; moved most by:")
    for part in rated["parts"][:_PARTS]:
        out.print(f"  {part['log_odds']:+.2f}  {part['meaning']}: {part['value']:.2f}", markup=False)
