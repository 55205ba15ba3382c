"""`medlfm ask`: answer a question from evidence, with its checks."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from medlfm.cli._facts import read_facts
from medlfm.cli._shared import JsonFlag, console, emit_json


def command(
    question: Annotated[str, typer.Argument(help="The question; - reads standard input.")],
    patient: Annotated[
        Path | None,
        typer.Option(
            help="JSON file with facts of the patient: age, sex, weight_kg, egfr, pregnant, gestation_weeks, "
            "allergies, conditions, medications."
        ),
    ] = None,
    lang: Annotated[str, typer.Option(help="en or de; detected where not given.")] = "",
    base: Annotated[str | None, typer.Option(help="Base model: alias, Hugging Face id or folder.")] = None,
    model: Annotated[bool, typer.Option("--model/--no-model", help="Without: quote the evidence only.")] = True,
    draft: Annotated[
        str, typer.Option(help="Who drafts: auto (a base below 10⁹ parameters quotes the evidence), model, or extract.")
    ] = "auto",
    require_evidence: Annotated[
        bool, typer.Option(help="Show only what evidence supports; else the rest is marked.")
    ] = True,
    allow_starter: Annotated[
        bool | None, typer.Option("--allow-starter/--reference-only", help="Accept the project's own starter texts.")
    ] = None,
    min_confidence: Annotated[float | None, typer.Option(help="Below it an answer goes to review, 0 to 1.")] = None,
    examples: Annotated[
        Path | None,
        typer.Option(help="Few-shot mode: a JSONL file of 3 to 10 answered questions about a rare disease."),
    ] = None,
    explain: Annotated[bool, typer.Option("--explain", help="Also show what decided each step.")] = False,
    json: JsonFlag = False,
) -> None:
    """Answer a question: emergency first, names masked, evidence cited, orders checked, everything recorded."""
    import sys

    from medlfm.ask import ask
    from medlfm.cli._answers import show
    from medlfm.settings import load_settings

    answer = ask(
        sys.stdin.read() if question == "-" else question,
        settings=load_settings(base_model=base, allow_starter=allow_starter),
        patient=read_facts(patient),
        lang=lang,
        require_evidence=require_evidence,
        min_confidence=min_confidence,
        use_model=model,
        draft=draft,
        examples=examples,
    )
    if json:
        emit_json(answer.to_dict())
    else:
        show(console(), answer, explain=explain)
