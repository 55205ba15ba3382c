"""The facts of a patient in a note or a dialogue: conditions, drugs taken, allergies and numbers, where asserted."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from medlfm.components.medications import parse_orders
from medlfm.errors import OrderError
from medlfm.knowledge.drugs import DrugTable, drug_table
from medlfm.matching.context import ContextEngine
from medlfm.matching.language import detect_language
from medlfm.matching.rules import Rule, shipped_rules
from medlfm.safety.orders import Order, check_orders
from medlfm.safety.own_table import OwnTable, own_table
from medlfm.safety.patient import Patient
from medlfm.safety.wording import words_of

__all__ = ["check_note", "read_facts", "read_orders"]

_SENTENCE = re.compile(r"[^.!?\n]+[.!?\n]*")
_STRONG = 3  # times a pronoun, that a word such as "woman" counts


def check_note(
    text: str, facts: Mapping[str, Any] | None = None, lang: str = "", *, drugs: Sequence[str | Path] = ()
) -> tuple[Order, Patient]:
    """Check all orders of a note, each against the others and against the patient; returns also what was read of him.

    facts: what is known besides, which comes before what the note says. drugs: see `check_order`. Raises
    OrderError where nothing is in the note.
    """
    if not text.strip():
        raise OrderError("The note is empty.", "Give a file with text.")
    lang = lang or detect_language(text) or "en"
    given = {name: value for name, value in (facts or {}).items() if value is not None}
    found = vars(read_facts(text, lang)) | {"medications": ()}
    patient = Patient.read({name: value for name, value in found.items() if value is not None} | given)
    own = own_table(tuple(drugs))
    return check_orders(read_orders(text, lang, own), patient, lang, own=own), patient


def read_orders(text: str, lang: str, own: OwnTable | None = None) -> list[dict[str, Any]]:
    """Return the orders of a note that hold: neither denied, planned only, past, nor of others."""
    table = drug_table()
    found = own.parse(text, lang) if own else parse_orders(text, lang)
    orders = [order for order in found if order["ingredient"]]
    doc = _tokenizer(lang)(text)
    spans = [doc.char_span(order["start"], order["end"], alignment_mode="expand") for order in orders]
    _context(lang).annotate(doc, (), others=[span for span in spans if span is not None])
    return [
        order
        for order, span in zip(orders, spans, strict=True)
        if not (span is not None and _is_off(span)) and not _is_aside(text, order, lang, table)
    ]


def _is_off(span: Any) -> bool:
    marks = span._
    return bool(marks.medlfm_negated or marks.medlfm_family or marks.medlfm_hypothetical or marks.medlfm_historical)


def _is_aside(text: str, order: Mapping[str, Any], lang: str, table: DrugTable) -> bool:
    """Whether a drug is named as stopped, or as what the patient does not tolerate."""
    sentence = next((m[0] for m in _SENTENCE.finditer(text) if m.start() <= order["start"] < m.end()), "")
    if _speaks_of_allergy(sentence, lang) and table.find_allergens(sentence):
        return True
    clause = text[max(0, order["start"] - 25) : order["end"] + len(order["text"]) + 15].split("\n")
    return order["dose"] is None and any(_stopped(lang).search(part) for part in clause)


def read_facts(text: str, lang: str) -> Patient:
    """Read a note. Negated, hypothetical and others' conditions are left out; past ones count.

    A sentence that speaks of an allergy names allergens, not drugs that are taken.
    """
    table = drug_table()
    allergies: list[str] = []
    taken: list[str] = []
    conditions = _asserted(text, lang, table)
    for sentence in (match[0].strip() for match in _SENTENCE.finditer(text)):
        if _speaks_of_allergy(sentence, lang):
            if table.find_allergens(sentence):
                allergies.append(sentence)
            continue
        taken += [order["name"] for order in parse_orders(sentence, lang) if order["ingredient"]]
    return Patient.read(
        {
            **_numbers(text, lang),
            "sex": _sex(text, lang),
            "conditions": tuple(dict.fromkeys(conditions)),
            "allergies": tuple(dict.fromkeys(allergies)),
            "medications": tuple(dict.fromkeys(taken)),
        }
    )


def _numbers(text: str, lang: str) -> dict[str, float]:
    """Read age, weight, height, kidneys and weeks of pregnancy: the first rule that finds a value that can be right."""
    facts: dict[str, float] = {}
    for rule, pattern in _patterns(lang):
        found = pattern.search(text) if "fact" in rule and rule["fact"] not in facts else None
        if found:
            value = float(found["value"].replace(",", ".")) * rule.get("factor", 1)
            try:
                Patient.read({rule["fact"]: value})
            except OrderError:  # "300 years": something else
                continue
            facts[rule["fact"]] = value
    return facts


def _sex(text: str, lang: str) -> str | None:
    votes: Counter[str] = Counter()
    for rule, pattern in _patterns(lang):
        if "sex" in rule:
            votes[rule["sex"]] += len(pattern.findall(text)) * (1 if rule.get("weak") else _STRONG)
    ranked = votes.most_common(2)
    return ranked[0][0] if ranked and ranked[0][1] and (len(ranked) < 2 or ranked[0][1] > ranked[1][1]) else None


@cache
def _patterns(lang: str) -> list[tuple[Rule, re.Pattern[str]]]:
    rules = [rule for rule in shipped_rules(lang, "note_facts") if "pattern" in rule]
    return [(rule, re.compile(rule["pattern"], 0 if "sex" in rule and lang == "de" else re.I)) for rule in rules]


@cache
def _stopped(lang: str) -> re.Pattern[str]:
    return re.compile(next(rule["stopped"] for rule in shipped_rules(lang, "note_facts") if "stopped" in rule), re.I)


def _speaks_of_allergy(sentence: str, lang: str) -> bool:
    folded = sentence.casefold()
    return any(word in folded for word in words_of(lang, "orders", "allergy_words"))


def _asserted(text: str, lang: str, table: DrugTable) -> list[str]:
    """Return the words of the conditions that the patient has or had."""
    doc = _tokenizer(lang)(text)
    spans = []
    for start, end in table.condition_places(text):
        span = doc.char_span(start, end, alignment_mode="expand")
        if span is not None:
            spans.append(span)
    _context(lang).annotate(doc, spans)
    kept = [span for span in spans if not (span._.medlfm_negated or span._.medlfm_family or span._.medlfm_hypothetical)]
    return [span.text for span in kept]


@cache
def _context(lang: str) -> ContextEngine:
    return ContextEngine(lang)


@cache
def _tokenizer(lang: str) -> Any:
    import spacy

    return spacy.blank(lang).tokenizer
