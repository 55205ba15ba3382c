"""What a disease or a patient needs at least: a dose below it is too low even where it would do for something else."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from operator import ge, le, lt
from typing import Any

from medlfm.knowledge.drugs import Drug, DrugTable
from medlfm.safety.doses import Dose, dosage
from medlfm.safety.findings import Check
from medlfm.safety.patient import Patient
from medlfm.safety.wording import amount, say, words_of
from medlfm.settings import LANGUAGES

__all__ = ["check_need"]

_WHOLE_BODY = (None, "oral", "intravenous", "intramuscular", "subcutaneous")  # for these a row without a route is
_HEALTHY_KIDNEYS = 50  # ml/min: below it a child's dose may be lower


def check_need(
    drug: Drug, dose: Dose, order: Mapping[str, Any], patient: Patient, table: DrugTable, check: Check, said: str = ""
) -> None:
    """Compare a dose with the rows of `limits["needs"]` that fit this patient, or with the least that a child needs.

    A row has "daily_mg", "daily_mg_kg", "single_mg", "weekly_mg" …, or the same in "iu"; "condition" and "route", where
    it is for these only; and "unless", what makes a lower dose right: "age_from", "weight_up_to", "creatinine_from",
    "egfr_below_always", "egfr_below", of which "count" (else one) must be true. A row without a condition is the least
    of any course: it is not for a single day, as needed, nor where something is prevented, started or tapered. said:
    the words of the order, which may name what it is for.
    """
    for kind, needed in _needs(drug, dose, order, patient, table, said):
        given = {"single": dose.single, "daily": dose.daily, "weekly": (dose.daily or 0) * 7 or None}[kind]
        if given is not None and dose.weekly == (kind == "weekly") and given < needed * 0.99:
            values = {"value": amount(given, dose.unit, check.lang), "limit": amount(needed, dose.unit, check.lang)}
            why = say(check.lang, "need.why")
            what = say(check.lang, f"{kind}_low_need.what", **values)
            check.add("dose_too_low", "moderate", what, why, drug.source, dosage(drug, check.lang))
            return


def _needs(
    drug: Drug, dose: Dose, order: Mapping[str, Any], patient: Patient, table: DrugTable, said: str
) -> Iterator[tuple[str, float]]:
    """Yield (kind, amount) of the rows that hold."""
    if patient.is_child:
        by_weight = drug.limits.get("child", {}).get("low_daily_mg_kg")
        weak = patient.egfr is not None and patient.egfr < _HEALTHY_KIDNEYS
        able = by_weight and patient.weight_kg and not weak and dose.unit == "mg" and dose.times
        if able and by_weight and patient.weight_kg and _is_course(order, patient, said):
            yield "daily", by_weight * min(patient.weight_kg, 40.0)
        return
    rows = drug.limits.get("needs", ())
    course = any("condition" not in row for row in rows) and _is_course(order, patient, said)
    conditions = patient.known_conditions(table)[0] | table.find_conditions(said) if rows else set()
    for row in rows:
        general = "condition" not in row
        if row.get("condition", "") not in {"", *conditions} or (general and not course):
            continue
        route = order.get("route")
        if route != row["route"] if "route" in row else general and route not in _WHOLE_BODY:
            continue
        kind = next(kind for kind in ("single", "weekly", "daily") if any(key.startswith(kind) for key in row))
        needed = _needed(row, kind, dose.unit, patient)
        if needed is not None and not _excused(row.get("unless", {}), patient):
            yield kind, needed


def _is_course(order: Mapping[str, Any], patient: Patient, said: str) -> bool:
    """Whether an order is a course of days, in the full dose as far as its words tell."""
    words = " ".join((said, str(order.get("text", "")), *(patient.conditions or ()))).casefold()
    lower = any(word in words for lang in LANGUAGES for word in words_of(lang, "orders", "lower_on_purpose"))
    return not (lower or order.get("prn") or order.get("duration_days") == 1)


def _needed(row: Mapping[str, Any], kind: str, unit: str, patient: Patient) -> float | None:
    if f"{kind}_{unit}" in row:
        return float(row[f"{kind}_{unit}"])
    by_weight = row.get(f"{kind}_{unit}_kg")
    return by_weight * patient.weight_kg if by_weight and patient.weight_kg is not None else None


def _excused(unless: Mapping[str, Any], patient: Patient) -> bool:
    def holds(value: float | None, name: str, compare: Callable[[float, float], bool]) -> bool:
        return value is not None and name in unless and compare(value, unless[name])

    if holds(patient.egfr, "egfr_below_always", lt):
        return True
    reasons = [
        holds(patient.age, "age_from", ge),
        holds(patient.weight_kg, "weight_up_to", le),
        holds(patient.creatinine_mg_dl, "creatinine_from", ge),
        holds(patient.egfr, "egfr_below", lt),
    ]
    return sum(reasons) >= int(unless.get("count", 1))
