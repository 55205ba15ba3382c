"""Gold for the other tasks on spans of text: context, abbreviations, medications.

context: {"spans": [{"start", "end", "negated", "historical", "hypothetical", "family", "uncertain", "asserted"}]}, a
missing key isn't scored. abbreviations: {"pairs": [[short form, long form]]} as defined in the text, or {"spans":
[{"start", "end", "long_form"}]}, or {"marked": …} alike, where only these spans are scored and no long form means
that nothing may be expanded there, or {"senses": [{"names", "share"}]} of a bare short form. medications: {"spans":
[[start, end, "DRUG"]], "values": [{attribute: value}]}, or {"orders": [{attribute: value}]} without offsets, each
with its ingredient.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from medlfm.evaluate.gold import Reader, Row
from medlfm.spans import MODIFIERS

__all__ = ["ABBREVIATIONS", "CONTEXT", "MEDICATIONS"]

_UNASSERTING = ("negated", "historical", "hypothetical", "family")

Found = Iterator[tuple[str, dict[str, Any], str, str]]


def _chapman(row: Row) -> Found:
    if row.get("start") is None or row.get("duplicate_of"):
        return
    span = {
        "start": row["start"],
        "end": row["end"],
        "negated": row["negation"] == "Negated",
        "historical": row["temporality"] == "Historical",
        "hypothetical": row["temporality"] == "Not particular",
        "family": row["experiencer"] != "Patient",
    }
    yield row["sentence_natural"], {"spans": [span]}, "en", str(row["report_no"])


def _context(row: Row) -> Found:
    spans = [
        {"start": int(span["start"]), "end": int(span["end"])}
        | {name: bool(span[name]) for name in (*MODIFIERS, "asserted") if name in span}
        for span in row["spans"]
    ]
    yield row["text"], {"spans": spans}, row.get("lang", ""), row.get("group", "")


def _marked(row: Row) -> Found:
    """Read findings marked as [[…]]; of a finding that is not asserted only the reason given is scored."""
    text, marks = _unmarked(row["text"])
    asserted = bool(row["asserted"])
    reason = row.get("reason") or "none"
    if asserted:
        judged = dict.fromkeys(_UNASSERTING, False) | {"uncertain": reason == "uncertain_asserted"}
    else:
        judged = {reason: True} if reason in MODIFIERS else {}
    spans = [{"start": start, "end": end, "asserted": asserted, **judged} for start, end in marks]
    yield text, {"spans": spans}, row.get("lang", ""), row.get("group", "")


def _unmarked(text: str) -> tuple[str, list[tuple[int, int]]]:
    """Take the brackets out of a text with [[marked]] stretches; return it and where they stood."""
    pieces = re.split(r"\[\[(.+?)\]\]", text)
    marks = []
    position = 0
    for number, piece in enumerate(pieces):
        if number % 2:
            marks.append((position, position + len(piece)))
        position += len(piece)
    return "".join(pieces), marks


CONTEXT = (
    Reader(
        "chapman_context",
        frozenset({"sentence_natural", "negation", "temporality", "experiencer"}),
        _chapman,
        (
            "rows without offsets and repeated rows are left out",
            "'Not particular' is read as hypothetical",
            "intervals are drawn over reports",
        ),
    ),
    Reader(
        "marked",
        frozenset({"text", "asserted"}),
        _marked,
        ("one finding a text; of one that is not asserted only the reason given is scored",),
    ),
    Reader("spans", frozenset({"text", "spans"}), _context),
)


def _pairs(row: Row) -> Found:
    pairs = [[pair["sf"], pair["lf"]] for pair in row["pairs"]]
    yield row["text"], {"pairs": pairs}, row.get("lang", "en"), ""


def _long_forms(row: Row) -> Found:
    spans = [
        {"start": int(span["start"]), "end": int(span["end"]), "long_form": str(span["long_form"])}
        for span in row["spans"]
    ]
    yield row["text"], {"spans": spans}, row.get("lang", ""), row.get("group", "")


def _marked_forms(row: Row) -> Found:
    text, marks = _unmarked(row["text"])
    marked = [{"start": start, "end": end, "long_form": row["long"] or ""} for start, end in marks]
    yield text, {"marked": marked}, row.get("lang", ""), row.get("group", "")


def _senses(row: Row) -> Found:
    senses = [{"names": [str(name) for name in s["names"]], "share": float(s["share"])} for s in row["senses"]]
    yield row["short"], {"senses": senses}, row.get("lang", "en"), row.get("group", "")


ABBREVIATIONS = (
    Reader(
        "marked",
        frozenset({"text", "long"}),
        _marked_forms,
        ("only the marked short form is scored; where the set says so, expanding it is wrong",),
    ),
    Reader(
        "pairs",
        frozenset({"text", "pairs"}),
        _pairs,
        ("only definitions count: a found long form that does not stand in the text is left out",),
    ),
    Reader("spans", frozenset({"text", "spans"}), _long_forms),
    Reader(
        "senses",
        frozenset({"short", "senses"}),
        _senses,
        ("bare short forms with the shares of use of their senses; each short form counts alike",),
    ),
)

_ATTRIBUTES = (
    "ingredient",
    "atc",
    "dose_value",
    "dose_unit",
    "per_kg",
    "route",
    "frequency_per_day",
    "prn",
    "duration_days",
)


def _labels(row: Row) -> Found:
    """Read the sentences of the NLM corpus on drug interactions: active ingredients and products are drugs."""
    for sentence in row["sentences"]:
        spans = sorted(
            {
                (entity["spans"][0][0], entity["spans"][0][1], "DRUG")
                for entity in sentence["entities"]
                if entity["type"] == "Drug" and len(entity["spans"]) == 1 and entity["offset_ok"]
            }
        )
        others = [
            tuple(part)
            for entity in sentence["entities"]
            if entity["type"] != "Drug" and entity["offset_ok"]
            for part in entity["spans"]
        ]
        yield sentence["text"], {"spans": spans, "ignored": others, "values": []}, "en", row["id"]


def _medications(row: Row) -> Found:
    spans = [(int(span["start"]), int(span["end"]), "DRUG") for span in row["spans"]]
    values = [{name: span[name] for name in _ATTRIBUTES if name in span} for span in row["spans"]]
    gold = {"spans": spans, "ignored": row.get("ignored", []), "values": values}
    yield row["text"], gold, row.get("lang", ""), row.get("group", "")


def _orders(row: Row) -> Found:
    orders = [{name: order[name] for name in _ATTRIBUTES if name in order} for order in row["medications"]]
    yield row["text"], {"orders": orders}, row.get("lang", ""), row.get("group", "")


MEDICATIONS = (
    Reader("orders", frozenset({"text", "medications"}), _orders, ("orders are matched by their ingredient",)),
    Reader(
        "nlm_ddi",
        frozenset({"sentences", "generic", "brand"}),
        _labels,
        (
            "the set marks drugs only where they interact: precision is a lower bound",
            "drug classes, substances and other entities are left out",
            "intervals are drawn over drug labels",
        ),
    ),
    Reader("spans", frozenset({"text", "spans"}), _medications),
)
