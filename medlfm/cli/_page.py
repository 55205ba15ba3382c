"""Annotated text for people: as a page of its own (HTML without scripts or anything from outside) and in a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.text import Text

__all__ = ["badges", "inline", "page", "terminal"]

# group → (name, colour of the page, style in a terminal)
GROUPS = {
    "medlfm_emergency": ("emergency", "#ffc9c9", "bold white on red"),
    "medlfm_medications": ("medication", "#b2f2bb", "black on green"),
    "medlfm_abbreviations": ("abbreviation", "#a5d8ff", "black on cyan"),
    "medlfm_phi": ("phi", "#ffe066", "black on yellow"),
}
MODIFIERS = ("negated", "historical", "hypothetical", "family", "uncertain")

_STYLE = """
:root { color-scheme: light dark }
body { font: 16px/2.1 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
article { white-space: pre-wrap; border: 1px solid #8884; border-radius: .5rem; padding: 1rem; margin: 1rem 0 }
mark { color: #111; border-radius: .35rem; padding: .2rem .35rem; line-height: 1;
  -webkit-box-decoration-break: clone; box-decoration-break: clone }
mark small { font-size: .62em; font-weight: 700; text-transform: uppercase; margin-left: .4rem; letter-spacing: .03em }
mark small.off { background: #1118; color: #fff; border-radius: .25rem; padding: .1rem .3rem }
mark.off { opacity: .75; outline: 2px dashed #868e96; outline-offset: -1px }
u { text-decoration: underline dotted 2px; text-underline-offset: .25em }
table { border-collapse: collapse; font-size: .85rem; line-height: 1.4; width: 100% }
td, th { text-align: left; vertical-align: top; padding: .25rem .6rem; border-bottom: 1px solid #8884 }
.urgency { font-weight: 700 }
"""


def inline(spans: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the spans to mark in the text: of those that overlap the most urgent group, then the longest."""
    order = list(GROUPS)
    kept: list[dict[str, Any]] = []
    wanted = [span for span in spans if span["group"] in GROUPS]
    for span in sorted(wanted, key=lambda s: (order.index(s["group"]), s["start"] - s["end"], s["start"])):
        if all(span["end"] <= other["start"] or other["end"] <= span["start"] for other in kept):
            kept.append(span)
    return sorted(kept, key=lambda span: span["start"])


def badges(span: dict[str, Any]) -> list[str]:
    """Return the modifiers of a finding or drug, in a fixed order; of names and short forms they say nothing."""
    if span["group"] in ("medlfm_abbreviations", "medlfm_phi"):
        return []
    return [name for name in MODIFIERS if span["attributes"].get(f"medlfm_{name}")]


def _label(span: dict[str, Any]) -> str:
    """Return what to write beside a span: of a short form what it stands for, where that is sure."""
    if span["group"] == "medlfm_abbreviations" and (long_form := span["attributes"].get("medlfm_long_form")):
        return str(long_form)
    if span["group"] in ("medlfm_emergency", "medlfm_phi"):
        return str(span["label"]).replace("_", " ")
    return GROUPS[span["group"]][0]


def _unasserted(span: dict[str, Any]) -> bool:
    return not {"uncertain"}.issuperset(badges(span))


def page(results: Sequence[dict[str, Any]], titles: Sequence[str]) -> str:
    """Return a whole HTML document for the results of `annotate`."""
    parts = [
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>medlfm annotate</title>',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">",
        f"<style>{_STYLE}</style></head><body>",
    ]
    for result, title in zip(results, titles, strict=True):
        urgency = result["document"].get("medlfm_urgency")
        parts.append(f"<h2>{escape(title)}</h2>")
        if urgency:
            reasons = " · ".join(escape(str(reason)) for reason in result["document"].get("medlfm_urgency_reasons", ()))
            parts.append(f'<p><span class="urgency">Urgency: {escape(urgency)}</span> {reasons}</p>')
        parts += [f"<article>{_marked(result)}</article>", _table(result)]
    return "".join([*parts, "</body></html>\n"])


def _marked(result: dict[str, Any]) -> str:
    text, html, last = result["text"], [], 0
    cues = sorted({(m["start"], m["end"], m["category"], m["rule"]) for s in result["spans"] for m in _cues(s)})
    for span in inline(result["spans"]):
        html.append(_underlined(text, last, span["start"], cues))
        off = badges(span)
        colour = GROUPS[span["group"]][1]
        small = "".join(f'<small class="off">{escape(each)}</small>' for each in off)
        kind = "off" if _unasserted(span) else ""
        html.append(
            f'<mark class="{kind}" style="background:{colour}" title="{escape(span["id"])}">'
            f"{escape(text[span['start'] : span['end']])}<small>{escape(_label(span))}</small>{small}</mark>"
        )
        last = span["end"]
    html.append(_underlined(text, last, len(text), cues))
    return "".join(html)


def _cues(span: dict[str, Any]) -> list[dict[str, Any]]:
    return list(span["attributes"].get("medlfm_modifiers", ()))


def _underlined(text: str, start: int, end: int, cues: Sequence[tuple[int, int, str, str]]) -> str:
    """Return a stretch of text with the cues in it underlined."""
    html, last = [], start
    for low, high, category, rule in cues:
        if last <= low and high <= end and low < high:
            title = escape(f"{category}: {rule}")
            html += [escape(text[last:low]), f'<u title="{title}">{escape(text[low:high])}</u>']
            last = high
    return "".join([*html, escape(text[last:end])])


def _table(result: dict[str, Any]) -> str:
    rows = "".join(
        f"<tr><td>{escape(span['text'])}</td><td>{escape(span['group'].removeprefix('medlfm_'))}</td>"
        f"<td>{escape(span['label'])}</td><td>{escape(', '.join(badges(span)))}</td><td>{escape(span['id'])}</td></tr>"
        for span in result["spans"]
        if span["group"] in GROUPS
    )
    head = "".join(f"<th>{name}</th>" for name in ("text", "found by", "label", "modifiers", "rule"))
    return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


def terminal(result: dict[str, Any]) -> Text:
    """Return the text with its spans coloured, each followed by its label and modifiers."""
    from rich.text import Text

    text, shown, last = result["text"], Text(), 0
    for span in inline(result["spans"]):
        style = GROUPS[span["group"]][2]
        off = badges(span)
        shown.append(text[last : span["start"]])
        shown.append(text[span["start"] : span["end"]], style=f"{style} strike" if _unasserted(span) else style)
        shown.append(f"[{' '.join([_label(span), *off])}]", style="dim")
        last = span["end"]
    return shown.append(text[last:])
