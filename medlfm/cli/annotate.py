"""`medlfm annotate`: what the pipeline finds in a text, as spans."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from medlfm.cli._shared import JsonFlag, console, emit_json


def command(
    sources: Annotated[list[str], typer.Argument(metavar="SOURCE…", help="Texts, files, or - for standard input.")],
    lang: Annotated[str | None, typer.Option(help="en or de; found out where not given.")] = None,
    engine: Annotated[str, typer.Option(help="medlfm, or medspacy (needs medlfm[clinical]).")] = "medlfm",
    html: Annotated[Path | None, typer.Option(help="Write a page of its own here; it holds the text as it is.")] = None,
    json: JsonFlag = False,
) -> None:
    """Find PHI, sections, abbreviations, emergencies and medications in a text and show them."""
    results = [annotate(_read(source), lang=lang, engine=engine) for source in sources]
    if html is not None:
        from medlfm.cli._page import page
        from medlfm.files import atomic_write

        with atomic_write(html) as file:
            file.write(page(results, [_title(source) for source in sources]))
        console(err=True).print(f"{html} written; it holds the text as it is.")
    if json:
        emit_json(results[0] if len(results) == 1 else results)
    elif html is None:
        for result in results:
            _show(result)


def _title(source: str) -> str:
    """Return what stands over a text: the name of its file."""
    return Path(source).name if source != "-" and len(source) < 1000 and Path(source).is_file() else "Text"


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
    from medlfm.pipeline import load

    language = lang or language_of(text)
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


def language_of(text: str) -> str:
    """Return the language of a text; raises LanguageError where it isn't clear."""
    from medlfm.errors import LanguageError
    from medlfm.matching.language import detect_language

    if language := detect_language(text):
        return language
    raise LanguageError("The language of the text isn't clear.", "Say it: --lang en or --lang de.")


def _attributes(owner: Any) -> dict[str, Any]:
    """Return the medlfm extensions of a span or document that are set."""
    # spaCy has no public way to list extensions; `._` reads them from here
    names = sorted(name for name in owner._._extensions if name.startswith("medlfm_"))
    values = {name: owner._.get(name) for name in names}
    return {name: value for name, value in values.items() if value not in (None, False, [], "")}


def _show(result: dict[str, Any]) -> None:
    from rich.text import Text

    from medlfm.cli._page import terminal

    out = console()
    out.print(terminal(result))
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
