"""Rates: patches in µg/h, infusions in mg/kg/min or over minutes, compared with the highest rate of the table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from medlfm.knowledge.drugs import Drug
from medlfm.safety.doses import read_dose
from medlfm.safety.findings import Check
from medlfm.safety.patient import Patient
from medlfm.safety.wording import amount, say

__all__ = ["check_infusion", "check_rate", "is_rate"]

_PER_HOUR = {"h": 1.0, "min": 60.0}
_UNITS = {"g": ("mg", 1000.0), "mg": ("mg", 1.0), "ug": ("mg", 0.001), "ng": ("mg", 1e-6), "IU": ("iu", 1.0)}
_UNITS |= {"mmol": ("mmol", 1.0), "meq": ("mmol", 1.0)}
_SLIP = 4.0  # times the highest rate: from there on a slip of unit or point is likelier


def is_rate(order: Mapping[str, Any]) -> bool:
    """Whether the dose of an order is an amount in a time."""
    return "/" in str((order.get("dose") or {}).get("unit", ""))


def check_rate(drug: Drug, order: Mapping[str, Any], patient: Patient, check: Check) -> None:
    """Compare a rate with `limits["rate"]`: "mg_h", "iu_h", "mmol_h", or by weight "mg_kg_h"."""
    dose, limits, name = order["dose"], drug.limits.get("rate", {}), drug.name(check.lang)
    written, _, time = dose["unit"].partition("/")
    unit, factor = _UNITS.get(written, ("", 0.0))
    value = float(dose["value"]) * factor * _PER_HOUR.get(time, 0.0)
    if dose.get("per_kg"):
        value *= patient.weight_kg or 0.0
    limit = limits.get(f"{unit}_h") or limits.get(f"{unit}_kg_h", 0.0) * (patient.weight_kg or 0.0)
    if not (value and limit):
        check.miss(say(check.lang, "unchecked.unit", drug=name, unit=dose["unit"]))
        return
    _check_patch(drug, order, check)
    if value <= limit * 1.001:
        return
    if value > limit * _SLIP and (meant := next((value / by for by in (1000, 10, 100) if value / by <= limit), 0.0)):
        shown = f"{amount(value, unit, check.lang)}/h"
        what = say(check.lang, "unit.what", value=shown, factor=f"{value / meant:.0f}")
        instead = say(check.lang, "unit.instead", value=f"{amount(meant, unit, check.lang)}/h")
        check.add("unit_error", "contraindicated", what, drug.dosage, drug.source, instead)
        return
    shown, most = (f"{amount(number, unit, check.lang)}/h" for number in (value, limit))
    what = say(check.lang, "single_high.what", value=shown, limit=most)
    check.add("dose_too_high", "major", what, "", drug.source, say(check.lang, "reduce.instead", limit=most))


def _check_patch(drug: Drug, order: Mapping[str, Any], check: Check) -> None:
    """Find a patch that is to be changed more often than the table allows."""
    most, often = drug.limits.get("patches_day"), order.get("frequency_per_day")
    if most and often and order.get("route") == "transdermal" and often > most * 1.01:
        what = say(check.lang, "patch_often.what", days=f"{1 / most:.0f}")
        check.add("dose_too_high", "major", what, say(check.lang, "patch_often.why"), drug.source)


def check_infusion(drug: Drug, order: Mapping[str, Any], patient: Patient, check: Check) -> None:
    """Compare the time in which a dose runs in with `limits["infusion"]`: "minutes" at least, or "mg_h" at most.

    "from_mg": of larger doses only; "mmol_h" and, by weight, "mg_kg_h" as in `check_rate`.
    """
    hours, limits = order.get("infused_hours"), drug.limits.get("infusion")
    if not (hours and limits) or order.get("route") not in (None, "intravenous", "intraosseous"):
        return
    dose = read_dose(order, patient, Check(check.lang), drug.name(check.lang))
    if dose is None or dose.single is None or dose.single < limits.get("from_mg", 0.0):
        return
    per_hour = [limits[key] for key in (f"{dose.unit}_h",) if key in limits]
    if patient.weight_kg and f"{dose.unit}_kg_h" in limits:
        per_hour.append(limits[f"{dose.unit}_kg_h"] * patient.weight_kg)
    least = max([limits.get("minutes", 0.0), *(60 * dose.single / limit for limit in per_hour)])
    if 60 * hours < least / 1.01:
        given = amount(dose.single, dose.unit, check.lang)
        what = say(check.lang, "infusion_fast.what", value=given, minutes=f"{60 * hours:.0f}")
        instead = say(check.lang, "infusion_fast.instead", least=f"{least:.0f}")
        check.add("dose_too_high", "major", what, say(check.lang, "infusion_fast.why"), drug.source, instead)
