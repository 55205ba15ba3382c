"""The facts of a patient in a note or a dialogue: conditions, drugs taken and allergies, where they are asserted."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from medlfm.components.medications import parse_orders
from medlfm.knowledge.drugs import DrugTable, drug_table
from medlfm.matching.context import ContextEngine
from medlfm.safety.patient import Patient
from medlfm.safety.wording import words_of

__all__ = ["read_facts"]

_SENTENCE = re.compile(r"[^.!?\n]+[.!?\n]*")


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
    return Patient(
        conditions=tuple(dict.fromkeys(conditions)),
        allergies=tuple(dict.fromkeys(allergies)),
        medications=tuple(dict.fromkeys(taken)),
    )


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
