"""Choosing among drugs: the one that is for the disease, and against which the least speaks in this patient."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import replace
from functools import cache

from medlfm.components.medications import parse_orders
from medlfm.knowledge.drugs import SEVERITIES, Drug, DrugTable, drug_table
from medlfm.matching.phrases import fold
from medlfm.safety.findings import Finding
from medlfm.safety.orders import check_orders
from medlfm.safety.patient import Patient
from medlfm.safety.wording import words_of
from medlfm.settings import LANGUAGES

__all__ = ["choose"]

_SAME_AREA = 0.3  # of a drug that is used in the same area of medicine
_UNKNOWN_USE = 1.0  # of a drug or a disease that the table doesn't know
_OTHER_USE = 5.0  # of one that is for something else: no answer to the question
_FURTHER = 0.05  # of a second concern, in its severity
_INTERRUPTS = 0.3  # of an interaction that stops the prescriber, beyond its severity
_LITTLE_KNOWN = 0.05  # of a drug of which the table knows the class only: silence is no safety
_TOUCHED = 0.1  # of a condition that was only touched
_TOUCHED_BESIDE = 1e-3  # the same where the patient takes other drugs: what they do together comes first
_INTERACTING = 1e-3  # of a rule by which a drug interacts
_CAUTIONED = 2e-5  # of a condition in which it asks for caution
_LONG = 4  # letters of a word that tells a disease


def choose(
    drugs: Sequence[str], indication: str, patient: Patient, lang: str, *, talk: str = ""
) -> list[tuple[str, float]]:
    """Rank drugs by what speaks against them, the best first: 0 is nothing, 4 is contraindicated.

    indication: in free words; "" where it doesn't matter; the disease itself speaks against no drug for it. talk: the
    conversation; what it only touches ("a liver problem years ago", a condition in the family) counts a little. Where
    all that is equal, the drug of which less is feared in general comes first.
    """
    table = drug_table()
    own = table.find_conditions(indication)
    others = tuple(words for words in patient.conditions or () if table.find_conditions(words) - own)
    patient = replace(patient, conditions=others if patient.conditions is not None else None)
    touched = table.spoken_of(talk) - own
    scored = [(name, _against(name, indication, patient, lang, table, touched)) for name in drugs]
    return sorted(scored, key=lambda item: item[1])


def _against(
    name: str, indication: str, patient: Patient, lang: str, table: DrugTable, touched: Collection[str]
) -> float:
    orders = parse_orders(name, lang)
    drugs = [table.find(order["ingredient"], order["atc"]) for order in orders]
    findings = check_orders(orders, patient, lang).findings if orders else ()
    severities = sorted((_weight(item) for item in findings if item.verdict != "unknown_drug"), reverse=True)
    worst = severities[0] if severities else 0.0
    known = [drug for drug in drugs if drug is not None]
    feared = [SEVERITIES.index(severity) + 1 for drug in known for severity in _cautions(drug, touched, table)]
    if patient.medications:
        general = _INTERACTING * sum(table.partner_count(drug) for drug in known)
    else:
        general = _CAUTIONED * sum(len(table.cautions(drug)) for drug in known)
    general += (_TOUCHED_BESIDE if patient.medications else _TOUCHED) * max(feared, default=0)
    general += 0.0 if any(drug.known for drug in known) else _LITTLE_KNOWN
    misuse = _misuse(drugs, indication, table) if indication else 0.0
    return worst + _FURTHER * sum(severities[1:]) + general + misuse


def _weight(finding: Finding) -> float:
    return SEVERITIES.index(finding.severity) + 1 + (_INTERRUPTS if finding.tier == "interruptive" else 0.0)


def _cautions(drug: Drug, conditions: Collection[str], table: DrugTable) -> list[str]:
    return [severity for name, severity in table.cautions(drug).items() if name in conditions]


def _misuse(drugs: Sequence[Drug | None], indication: str, table: DrugTable) -> float:
    known = [drug for drug in drugs if drug is not None]
    wanted = _stems(indication) | _stems(" ".join(table.implied(table.find_conditions(indication))))
    if any(wanted & _stems(use) for drug in known for use in drug.indications):
        return 0.0
    if known and (uses := table.uses_of(indication)):
        return 0.0 if any(drug.atc.startswith(tuple(uses)) or drug.id in uses for drug in known) else _OTHER_USE
    areas = table.areas_of(indication)
    if not (known and areas):
        return _UNKNOWN_USE
    return _SAME_AREA if any(areas & table.areas_for(drug.atc) for drug in known) else _OTHER_USE


def _stems(text: str) -> set[str]:
    """Return the beginnings of the words that tell a disease; "chronic" and "syndrome" tell none."""
    return _begins(text) - _vague()


def _begins(text: str) -> set[str]:
    return {word[:6] for word in re.findall(r"[^\W\d_]+", fold(text)) if len(word) >= _LONG}


@cache
def _vague() -> set[str]:
    return _begins(" ".join(word for lang in LANGUAGES for word in words_of(lang, "orders", "vague_disease_words")))
