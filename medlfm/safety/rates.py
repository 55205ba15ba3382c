"""Rates: patches in µg/h and infusions in mg/kg/min, compared with the highest rate of the table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from medlfm.knowledge.drugs import Drug
from medlfm.safety.findings import Check
from medlfm.safety.patient import Patient
from medlfm.safety.wording import amount, say

__all__ = ["check_rate", "is_rate"]

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
