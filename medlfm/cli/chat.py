"""`medlfm chat`: ask one question after another."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from medlfm.cli._facts import read_facts
from medlfm.cli._shared import console


def command(
    patient: Annotated[
        Path | None, typer.Option(help="JSON file with facts of the patient, for all questions.")
    ] = None,
    lang: Annotated[str, typer.Option(help="en or de; detected where not given.")] = "",
    base: Annotated[str | None, typer.Option(help="Base model: alias, Hugging Face id or folder.")] = None,
    model: Annotated[bool, typer.Option("--model/--no-model", help="Without: quote the evidence only.")] = True,
    allow_starter: Annotated[
        bool | None, typer.Option("--allow-starter/--reference-only", help="Accept the project's own starter texts.")
    ] = None,
) -> None:
    """Ask one question after another, each answered by itself; an empty line or "exit" ends it. Nothing is kept."""
    from medlfm.ask import open_wrapper
    from medlfm.cli._answers import show
    from medlfm.errors import MedlfmError
    from medlfm.settings import load_settings

    facts = read_facts(patient)
    out = console()
    wrapper, notes = open_wrapper(load_settings(base_model=base, allow_starter=allow_starter), use_model=model)
    for note in notes:
        out.print(note, style="yellow")
    while True:
        try:
            question = input("? ").strip()
        except (EOFError, KeyboardInterrupt):
            break
        if question.lower() in ("", "exit", "quit"):
            break
        try:
            with out.status("…"):
                answer = wrapper.generate_safe(question, patient=facts, lang=lang)
        except MedlfmError as error:
            out.print(f"Error: {error}", style="red")
            continue
        show(out, answer)
