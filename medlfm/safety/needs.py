"""What a disease or a patient needs at least: a dose below it is too low even where it would do for something else."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from operator import ge, le, lt
from typing import Any

from medlfm.knowledge.drugs import Drug, DrugTable
from medlfm.safety.doses import Dose, dosage
from medlfm.safety.findings import Check
from medlfm.safety.patient import Patient
from medlfm.safety.wording import amount, say

__all__ = ["check_need"]


def check_need(
    drug: Drug, dose: Dose, order: Mapping[str, Any], patient: Patient, table: DrugTable, check: Check, said: str = ""
) -> None:
    """Compare the daily dose with the rows of `limits["needs"]` that fit this patient.

    A row has "daily_mg", "daily_mg_kg", "single_mg" …, or the same in "iu"; "condition" and "route", where it is for
    these only; and "unless", what makes a lower dose right: "age_from", "weight_up_to", "creatinine_from",
    "egfr_below_always", "egfr_below", of which "count" (else one) must be true. said: the words of the order, which
    may name what it is for.
    """
    rows = drug.limits.get("needs", ())
    conditions = patient.known_conditions(table)[0] | table.find_conditions(said) if rows else set()
    for row in rows:
        kind = "single" if any(key.startswith("single") for key in row) else "daily"
        needed, given = _needed(row, kind, dose.unit, patient), dose.single if kind == "single" else dose.daily
        if needed is None or given is None or dose.weekly or patient.is_child:
            continue
        if row.get("condition", "") not in {"", *conditions} or row.get("route") not in (None, order.get("route")):
            continue
        if given < needed * 0.99 and not _excused(row.get("unless", {}), patient):
            values = {"value": amount(given, dose.unit, check.lang), "limit": amount(needed, dose.unit, check.lang)}
            why = say(check.lang, "need.why")
            what = say(check.lang, f"{kind}_low_need.what", **values)
            check.add("dose_too_low", "moderate", what, why, drug.source, dosage(drug, check.lang))
            return


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
