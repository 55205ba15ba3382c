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
    drug: Drug, dose: Dose, order: Mapping[str, Any], patient: Patient, table: DrugTable, check: Check
) -> None:
    """Compare the daily dose with the rows of `limits["needs"]` that fit this patient.

    A row has "daily_mg" or "daily_mg_kg"; "condition" and "route", where it is for these only; and "unless", what makes
    a lower dose right: "age_from", "weight_up_to", "creatinine_from", "egfr_below_always", "egfr_below", of which
    "count" (else one) must be true.
    """
    rows = drug.limits.get("needs", ())
    conditions = patient.known_conditions(table)[0] if rows else set()
    for row in rows:
        needed = _needed(row, patient)
        if needed is None or dose.unit != "mg" or dose.daily is None or dose.weekly or patient.is_child:
            continue
        if row.get("condition", "") not in {"", *conditions} or row.get("route") not in (None, order.get("route")):
            continue
        if dose.daily < needed * 0.99 and not _excused(row.get("unless", {}), patient):
            values = {"value": amount(dose.daily, "mg", check.lang), "limit": amount(needed, "mg", check.lang)}
            why = say(check.lang, "need.why")
            what = say(check.lang, "daily_low.what", **values)
            check.add("dose_too_low", "moderate", what, why, drug.source, dosage(drug, check.lang))
            return


def _needed(row: Mapping[str, Any], patient: Patient) -> float | None:
    if "daily_mg" in row:
        return float(row["daily_mg"])
    return float(row["daily_mg_kg"]) * patient.weight_kg if patient.weight_kg is not None else None


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
