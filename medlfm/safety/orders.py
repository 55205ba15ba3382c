"""Checking a medication order against the drug table and the facts of a patient: rules only, never the model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from medlfm.components.medications import parse_orders
from medlfm.errors import OrderError
from medlfm.knowledge.drugs import Drug, DrugTable, drug_table
from medlfm.knowledge.own_drugs import Label
from medlfm.matching.language import detect_language
from medlfm.safety.combinations import parts_of
from medlfm.safety.doses import as_dosed, check_dose
from medlfm.safety.findings import Check, Finding, worst
from medlfm.safety.hazards import (
    check_allergies,
    check_conditions,
    check_duplicates,
    check_kidneys,
    check_others,
    check_pregnancy,
    check_use,
)
from medlfm.safety.needs import check_need
from medlfm.safety.own_table import OwnTable, own_table
from medlfm.safety.patient import Patient
from medlfm.safety.rates import check_infusion, check_rate, is_rate
from medlfm.safety.wording import say
from medlfm.settings import LANGUAGES

__all__ = ["Order", "check_order", "check_orders"]

Parsed = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Order:
    """The verdict on an order. `unchecked` is what the table is silent about or the patient's facts left open.

    "ok" means: nothing was found in what could be checked. `medications` are the orders as they were read, `lang` the
    language of the findings, `labels` what the user's own label files say of the drugs, as it stands there.
    """

    verdict: str
    findings: tuple[Finding, ...]
    unchecked: tuple[str, ...]
    medications: tuple[Parsed, ...] = ()
    lang: str = ""
    labels: tuple[Label, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data."""
        return {
            "verdict": self.verdict,
            "findings": [finding.to_dict() for finding in self.findings],
            "unchecked": list(self.unchecked),
            "medications": [dict(item) for item in self.medications],
            "labels": [asdict(label) for label in self.labels],
        }


def check_order(
    text: str, patient: Mapping[str, Any] | None = None, lang: str = "", *, drugs: Sequence[str | Path] = ()
) -> Order:
    """Check an order in free words ("Paracetamol 2 g p.o. 6x/d"), or several, which are checked together.

    patient: see `Patient`; every key is optional. lang: "en" or "de", detected where empty, and the language of the
    findings. drugs: files of the user's own, see `knowledge/own_drugs.py`. Raises OrderError for facts or files that
    can't be read and for an empty order.
    """
    if not text.strip():
        raise OrderError("The order is empty.", 'E.g. "Paracetamol 500 mg p.o. 4x/d".')
    lang = lang or detect_language(text) or _by_drugs(text)
    facts = Patient.read(patient)
    own = own_table(tuple(drugs))
    orders = own.parse(text, lang)
    if not orders:
        what, why, instead = (say(lang, name) for name in ("no_order.what", "unknown_drug.why", "unknown_drug.instead"))
        finding = Finding(verdict="unknown_drug", severity="moderate", what=what, why=why, source="", instead=instead)
        return Order(verdict="unknown_drug", findings=(finding,), unchecked=(), lang=lang)
    return check_orders(orders, facts, lang, said=text, own=own)


def check_orders(
    orders: Sequence[Parsed], patient: Patient, lang: str, *, said: str = "", own: OwnTable | None = None
) -> Order:
    """Check orders that were parsed already, each against the patient's medications and against the others.

    said: the words around them, which may name what they are for. own: with the user's own data.
    """
    table, own = drug_table(), own or own_table(())
    check = Check(lang)
    taken = _taken(patient, table, check, own)
    found = [(table.find(order["ingredient"], order["atc"]), order) for order in orders]
    for index, (drug, order) in enumerate(found):
        check.subject = drug.name(lang) if drug is not None and len(found) > 1 else ""
        parts = parts_of(drug, order, table) if drug is not None and not drug.known else []
        if drug is None or not (drug.known or parts):
            _unknown(order, drug, check)
        if drug is not None:
            before = [(other, item) for other, item in found[:index] if other is not None]
            _check_one(drug, order, [*taken, *before], patient, table, check, said)
    return Order(
        verdict=worst(check.findings),
        findings=tuple(sorted(check.findings, key=_rank, reverse=True)),
        unchecked=tuple(check.unchecked),
        medications=tuple(orders),
        lang=lang,
        labels=own.labels(orders),
    )


def _rank(finding: Finding) -> tuple[bool, int]:
    from medlfm.knowledge.drugs import SEVERITIES

    return finding.verdict != "ok", SEVERITIES.index(finding.severity)


def _check_one(
    drug: Drug,
    order: Parsed,
    others: Sequence[tuple[Drug, Parsed]],
    patient: Patient,
    table: DrugTable,
    check: Check,
    said: str,
) -> None:
    if drug.known:
        if is_rate(order):
            check_rate(drug, order, patient, check)
        dose = None if is_rate(order) else check_dose(drug, order, patient, check)
        check_infusion(drug, order, patient, check)
        if dose is not None:
            check_need(drug, dose, order, patient, table, check, said)
        _check_facts(drug, order, patient, table, check, said)
    else:
        check_conditions(drug, patient, table, check)  # by its classes
        for part, own in parts_of(drug, order, table):
            _check_facts(part, own, patient, table, check, said)
    check_allergies(drug, patient, table, check)
    expanded = [pair for other in others for pair in (other, *parts_of(*other, table))]
    for part, own in parts_of(drug, order, table):
        if own["dose"] is not None:
            check_dose(part, own, patient, check)
        check_duplicates(part, own, expanded, patient, check)
    check_duplicates(drug, order, expanded, patient, check)
    lowered = [(as_dosed(other, item), item) for other, item in others]
    check_others(as_dosed(drug, order), lowered, table, check)


def _check_facts(drug: Drug, order: Parsed, patient: Patient, table: DrugTable, check: Check, said: str) -> None:
    check_use(drug, order, patient, table, check, said)
    check_kidneys(drug, order, patient, check)
    check_conditions(drug, patient, table, check)
    check_pregnancy(drug, order, patient, table, check)


def _taken(patient: Patient, table: DrugTable, check: Check, own: OwnTable) -> list[tuple[Drug, Parsed]]:
    """Read the medications that the patient takes already, in either language."""
    if patient.medications is None:
        check.miss(say(check.lang, "unchecked.medications"))
    taken: list[tuple[Drug, Parsed]] = []
    for words in patient.medications or ():
        readings = (own.parse(words, lang) for lang in (check.lang, *(x for x in LANGUAGES if x != check.lang)))
        orders = next((found for found in readings if found and all(item["ingredient"] for item in found)), [])
        drugs = [(table.find(order["ingredient"], order["atc"]), order) for order in orders]
        taken += [(drug, order) for drug, order in drugs if drug is not None]
        if not drugs or any(drug is None for drug, _ in drugs):
            check.miss(say(check.lang, "unchecked.medication_word", word=words))
    return taken


def _unknown(order: Parsed, drug: Drug | None, check: Check) -> None:
    name = drug.name(check.lang) if drug else str(order.get("name") or order["ingredient"])
    what = say(check.lang, "unknown_drug.what", drug=name)
    why, instead = say(check.lang, "unknown_drug.why"), say(check.lang, "unknown_drug.instead")
    check.add("unknown_drug", "moderate", what, why, "", instead)


def _by_drugs(text: str) -> str:
    """Choose the language in which more of a terse order ("ASS 100 1-0-0") is read.

    Where both read it alike: German, which writes nouns with capitals, unless a name is in small letters.
    """
    read = {lang: parse_orders(text, lang) for lang in LANGUAGES}
    filled = {lang: sum(value is not None for item in found for value in item.values()) for lang, found in read.items()}
    small = any(str(item["name"])[:1].islower() for item in read["en"])
    return "en" if filled["en"] > filled["de"] or (small and filled["en"] == filled["de"]) else "de"
