"""`medlfm rules`: the vocabulary of the components: list it, test your own rules, see why a rule fired or not."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from medlfm.cli._shared import JsonFlag, console, emit_json

if TYPE_CHECKING:
    from rich.text import Text

app = typer.Typer(no_args_is_help=True, help="Rules of the components: list them, test your own, explain a text.")

KINDS = ("context", "sections", "sentences", "normalizer", "phi", "abbreviations", "emergency", "medications")

Lang = Annotated[str, typer.Option(help="en or de.")]


@app.command("list")
def list_rules(
    kind: Annotated[str, typer.Argument(help=f"The component: {', '.join(KINDS)}.")] = "context",
    lang: Lang = "en",
    contains: Annotated[str, typer.Option(help="Only rules in which this stands, whatever its capitals.")] = "",
    json: JsonFlag = False,
) -> None:
    """List the rules of a component."""
    from medlfm.matching.rules import load_rules

    _check_kind(kind)
    rules = [rule for rule in load_rules(lang, kind) if contains.lower() in _line(rule).lower()]
    if json:
        emit_json(rules)
        return
    from rich.table import Column, Table

    table = Table(Column("rule", no_wrap=True), "what", "words")
    for rule in rules:
        table.add_row(rule["id"], _what(rule), _words(rule))
    console().print(table)
    console().print(f"{len(rules)} rules")


@app.command("test")
def run_examples(
    file: Annotated[Path, typer.Argument(help="JSONL, one rule a line.")],
    kind: Annotated[str, typer.Option(help=f"The component: {', '.join(KINDS)}.")] = "context",
    lang: Lang = "en",
    json: JsonFlag = False,
) -> None:
    """Check the form of rules and their own examples: {"id": …, "examples": ["No [[negated|fever]] today."]}."""
    result = check_rules(file, kind=kind, lang=lang)
    if json:
        emit_json(result)
    else:
        for miss in result["failed"]:
            console().print(f"{miss['rule']}: {miss['example']}\n  wanted {miss['wanted']}\n  found  {miss['found']}")
        console().print(f"{result['rules']} rules are well formed, {result['passed']} examples right, ", end="")
        console().print(f"{len(result['failed'])} wrong")
    if result["failed"]:
        raise typer.Exit(1)


def check_rules(file: Path, *, kind: str, lang: str) -> dict[str, Any]:
    """Load rules beside the shipped ones and run their examples; raises RulesError for a malformed rule.

    An example marks each span: [[label|text]]; in those of the context component the label is its modifiers.
    """
    from medlfm.matching.rules import read_examples, read_rules
    from medlfm.pipeline import load

    _check_kind(kind)
    name = f"medlfm_{kind}"
    settings: dict[str, Any] = {"rules": str(file)}
    if kind == "phi":
        settings["model"] = False
    nlp = load(lang, phi=kind == "phi", config={name: settings})
    component, failed = nlp.get_pipe(name), []
    examples = read_examples(file)
    for rule, example in examples:
        text, wanted = _unmarked(example)
        found = _found(component, nlp.make_doc(text), name, wanted)
        if found != wanted:
            failed.append({"rule": rule, "example": example, "wanted": wanted, "found": found})
    return {"rules": len(read_rules(file)), "passed": len(examples) - len(failed), "failed": failed}


@app.command()
def explain(
    text: Annotated[str, typer.Argument(help="The text.")],
    target: Annotated[list[str] | None, typer.Option(help="Words to judge; else what the components find.")] = None,
    lang: Annotated[str | None, typer.Option(help="en or de; found out where not given.")] = None,
    json: JsonFlag = False,
) -> None:
    """Say which rules found what in a text, which cues reach it, and why the others don't."""
    result = explain_text(text, targets=target or (), lang=lang)
    if json:
        emit_json(result)
        return
    out = console()
    for finding in result["findings"]:
        out.print(_title(text, finding))
        for cue in finding["cues"]:
            mark, style = ("✓", "bold") if cue["applies"] else ("·", "dim")
            out.print(f"  {mark} {cue['text']!r} says {cue['says']}: {cue['why']}  ({cue['rule']})", style=style)
    if not result["findings"]:
        out.print("Nothing was found. Name the words to judge: --target WORDS")


def explain_text(text: str, *, targets: tuple[str, ...] | list[str] = (), lang: str | None = None) -> dict[str, Any]:
    """Return {"lang", "findings": [{group, label, rule, start, end, text, modifiers, cues}]}."""
    from medlfm import spans
    from medlfm.cli.annotate import language_of
    from medlfm.matching.context import shipped_engine
    from medlfm.matching.explaining import explain_context
    from medlfm.pipeline import load

    language = lang or language_of(text)
    doc = load(language, phi=False)(text)
    sections = [(span.start_char, span.end_char, span.label_) for span in doc.spans[spans.SECTIONS]]
    sentences = [(sentence.start_char, sentence.end_char) for sentence in doc.sents] if len(doc) > 1 else None
    found = [
        {"group": group, "label": span.label_, "rule": span.id_, "start": span.start_char, "end": span.end_char}
        for group in (spans.EMERGENCY, spans.MEDICATIONS, spans.ABBREVIATIONS)
        for span in doc.spans[group]
    ]
    if targets:
        found = [{"group": "", "label": "", "rule": "", "start": s, "end": e} for s, e in _places(text, targets)]
    engine = shipped_engine(language)
    for finding in sorted(found, key=lambda item: item["start"]):
        bounds = (finding["start"], finding["end"])
        modifiers = engine.modifiers(text, [bounds], sentences=sentences, sections=sections)[0]
        finding["text"] = text[slice(*bounds)]
        finding["modifiers"] = sorted({modifier["category"] for modifier in modifiers})
        finding["cues"] = explain_context(engine, text, bounds, sentences=sentences, sections=sections)
    return {"lang": language, "findings": sorted(found, key=lambda item: item["start"])}


def _places(text: str, targets: list[str] | tuple[str, ...]) -> list[tuple[int, int]]:
    from medlfm.errors import SettingsError

    places = []
    for target in targets:
        start = text.lower().find(target.lower())
        if start < 0:
            raise SettingsError("A target doesn't stand in the text.", "Give its words as the text has them.")
        places.append((start, start + len(target)))
    return places


def _check_kind(kind: str) -> None:
    from medlfm.errors import SettingsError

    if kind not in KINDS:
        raise SettingsError(f"There are no rules of a component {kind!r}.", f"Allowed: {', '.join(KINDS)}.")


def _unmarked(example: str) -> tuple[str, list[dict[str, Any]]]:
    """Take the marks [[label|text]] out of an example; returns the text and what they say."""
    import re

    text, marks, last = "", [], 0
    for mark in re.finditer(r"\[\[([^|\]]*)\|([^\]]+)\]\]", example):
        text += example[last : mark.start()]
        label = ",".join(sorted(filter(None, mark[1].split(","))))
        marks.append({"start": len(text), "end": len(text) + len(mark[2]), "label": label})
        text += mark[2]
        last = mark.end()
    return text + example[last:], marks


def _found(component: Any, doc: Any, name: str, wanted: list[dict[str, Any]]) -> list[dict[str, Any]]:
    if name == "medlfm_context":
        from medlfm.spans import MODIFIERS

        targets = [doc.char_span(mark["start"], mark["end"], "FINDING", alignment_mode="expand") for mark in wanted]
        doc.spans["medlfm_emergency"] = targets
        component(doc)
        labels = [",".join(sorted(c for c, name in MODIFIERS.items() if span._.get(name))) for span in targets]
        return [{**mark, "label": label} for mark, label in zip(wanted, labels, strict=True)]
    component(doc)
    if name == "medlfm_sentences":
        return [{"start": s.start_char, "end": s.end_char, "label": ""} for s in doc.sents]
    group = doc.spans.get(name, ())
    return [{"start": span.start_char, "end": span.end_char, "label": span.label_} for span in group]


def _line(rule: dict[str, Any]) -> str:
    import json

    return json.dumps(rule, ensure_ascii=False)


def _what(rule: dict[str, Any]) -> str:
    for key in ("category", "section", "type", "condition", "label", "measure", "word"):
        if value := rule.get(key):
            return value if isinstance(value, str) else ", ".join(map(str, value))
    return ", ".join(key for key in rule if key != "id")


def _words(rule: dict[str, Any]) -> str:
    for key in ("cue", "regex", "headings", "phrases", "words", "short", "en", "de", "abbreviations", "pattern"):
        if value := rule.get(key):
            shown = value if isinstance(value, str) else ", ".join(map(str, value))
            return shown if len(shown) <= 100 else shown[:99] + "…"
    return ""


def _title(text: str, finding: dict[str, Any]) -> Text:
    from rich.text import Text

    modifiers = ", ".join(finding["modifiers"]) or "asserted"
    rule = f" ({finding['rule']})" if finding["rule"] else ""
    title = Text(text[finding["start"] : finding["end"]], style="bold underline")
    return title.append(f"  {finding['label']}{rule}  → {modifiers}", style="not bold not underline")
