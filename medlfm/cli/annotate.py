"""`medlfm annotate`: what the pipeline finds in a text, as spans."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from medlfm.cli._shared import JsonFlag, console, emit_json

_COLOURS = {
    "medlfm_phi": "red",
    "medlfm_emergency": "bold white on red",
    "medlfm_medications": "green",
    "medlfm_abbreviations": "cyan",
}


def command(
    source: Annotated[str, typer.Argument(help="Text, a file, or - for standard input.")],
    lang: Annotated[str | None, typer.Option(help="en or de; found out where not given.")] = None,
    engine: Annotated[str, typer.Option(help="medlfm, or medspacy (needs medlfm[clinical]).")] = "medlfm",
    json: JsonFlag = False,
) -> None:
    """Find PHI, sections, abbreviations, emergencies and medications in a text and show them."""
    text = _read(source)
    result = annotate(text, lang=lang, engine=engine)
    if json:
        emit_json(result)
    else:
        _show(text, result)


def _read(source: str) -> str:
    if source == "-":
        return sys.stdin.read()
    try:
        path = Path(source)
        is_file = len(source) < 1000 and path.is_file()
    except (OSError, ValueError):  # a text is no path
        return source
    if not is_file:
        return source
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        from medlfm.errors import RecordError

        raise RecordError(f"{path} is not UTF-8 text.", "Convert it first.") from error


def annotate(text: str, *, lang: str | None = None, engine: str = "medlfm") -> dict[str, Any]:
    """Run the pipeline; returns lang, text, spans and document attributes, as plain data."""
    from medlfm.errors import LanguageError
    from medlfm.matching.language import detect_language
    from medlfm.pipeline import load

    language = lang or detect_language(text)
    if not language:
        raise LanguageError("The language of the text isn't clear.", "Say it: --lang en or --lang de.")
    doc = load(language, engine=engine)(text)
    spans = [
        {
            "group": group,
            "label": span.label_,
            "start": span.start_char,
            "end": span.end_char,
            "text": span.text,
            "id": span.id_,
            "attributes": _attributes(span),
        }
        for group in sorted(doc.spans)
        for span in doc.spans[group]
    ]
    spans.sort(key=lambda span: (span["start"], span["end"]))
    return {"lang": language, "text": text, "spans": spans, "document": _attributes(doc)}


def _attributes(owner: Any) -> dict[str, Any]:
    """Return the medlfm extensions of a span or document that are set."""
    # spaCy has no public way to list extensions; `._` reads them from here
    names = sorted(name for name in owner._._extensions if name.startswith("medlfm_"))
    values = {name: owner._.get(name) for name in names}
    return {name: value for name, value in values.items() if value not in (None, False, [], "")}


def _show(text: str, result: dict[str, Any]) -> None:
    from rich.text import Text

    shown = Text(text)
    for span in result["spans"]:
        if colour := _COLOURS.get(span["group"]):
            shown.stylize(colour, span["start"], span["end"])
    out = console()
    out.print(shown)
    out.print()
    for span in result["spans"]:
        group = span["group"].removeprefix("medlfm_")
        notes = ", ".join(
            f"{k.removeprefix('medlfm_')}={v}" for k, v in span["attributes"].items() if k != "medlfm_modifiers"
        )
        out.print(Text(f"{span['start']:>6}–{span['end']:<6} {group:<14} {span['label']:<20} {notes}"))
    for name, value in result["document"].items():
        if not isinstance(value, dict):
            out.print(Text(f"{name.removeprefix('medlfm_')}: {value}"))
