"""The limits of the table that hold for one patient: by route, weight, age, kidneys and illness."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from medlfm.knowledge.drugs import Drug, drug_table
from medlfm.safety.findings import Check
from medlfm.safety.patient import Patient
from medlfm.safety.wording import say

__all__ = ["child_low", "daily_limit", "limits_of", "special_limits"]


def child_low(drug: Drug, patient: Patient, unit: str) -> dict[str, float]:
    """The least single dose of a child that works, by weight, but no more than that of an adult."""
    by_weight = drug.limits.get("child", {}).get("low_single_mg_kg")
    if unit != "mg" or by_weight is None or patient.weight_kg is None:
        return {}
    low = float(by_weight) * patient.weight_kg
    return {"low_single_mg": min(low, drug.limits.get("adult", {}).get("low_single_mg", low))}


def limits_of(drug: Drug, route: str | None, patient: Patient, check: Check, name: str) -> dict[str, float]:
    """Merge the table's limits for route, weight and age; keys are single_mg, daily_iu, weekly_mg, low_single_mg."""
    adult = dict(_for_route(drug.limits.get("adult", {}), route))
    light = drug.limits.get("light")
    if light and patient.weight_kg and patient.weight_kg < light["weight_below"] and route in light["routes"]:
        adult |= {key: value for key, value in light.items() if key.endswith("_kg")}
    for condition, own in adult.pop("by_condition", {}).items():
        if patient.conditions and condition in patient.known_conditions(drug_table())[0]:
            adult |= own
    if patient.age is None and drug.limits.get("child"):
        check.miss(say(check.lang, "unchecked.age"))
    if not patient.is_child:
        return _weighed(adult, patient)
    child = _for_route(drug.limits.get("child", {}), route)
    limits = _weighed(adult, patient)
    own = _weighed(child, patient)
    if not own:
        needs = any(key.endswith("_kg") for key in child)
        check.miss(say(check.lang, "unchecked.weight" if needs else "unchecked.child", drug=name))
    for key, value in own.items():
        limits[key] = min(value, limits.get(key, value))
    return limits


def _for_route(limits: Mapping[str, Any], route: str | None) -> dict[str, Any]:
    """Take the limits of a route; where none was named, those by mouth, else the most generous."""
    routes: Mapping[str, Mapping[str, float]] = limits.get("by_route", {})
    plain = {key: value for key, value in limits.items() if key != "by_route"}
    if route is not None and route in routes:
        own = dict(routes[route])
        return own if any(key.startswith(("single", "daily", "weekly")) for key in own) else {}
    if plain or not routes:
        return plain
    if route is not None:
        return {}
    keys = {key for own in routes.values() for key in own}
    return {key: max(own[key] for own in routes.values() if key in own) for key in keys}


def _weighed(limits: Mapping[str, Any], patient: Patient) -> dict[str, float]:
    """Turn limits by weight into plain ones where the weight is known; the stricter of both counts."""
    result = {key: float(value) for key, value in limits.items() if key.endswith(("_mg", "_iu", "_mmol"))}
    for key, value in limits.items():
        if key.endswith("_mg_kg") and patient.weight_kg is not None:
            whole = float(value) * patient.weight_kg
            plain = key.removesuffix("_kg")
            result[plain] = min(whole, result.get(plain, whole))
    return result


def special_limits(drug: Drug, patient: Patient, check: Check) -> list[tuple[str, float, str, str]]:
    """Return (kind, limit in mg, severity, why) of the limits for weak kidneys and for old age."""
    result = []
    rows = [
        row for row in drug.limits.get("renal", ()) if patient.egfr is not None and patient.egfr < row["egfr_below"]
    ]
    if rows:
        row = min(rows, key=lambda row: float(row["egfr_below"]))
        why = say(check.lang, "basis.renal", egfr=row["egfr_below"])
        limits = _weighed(row, patient)
        result += [
            (kind, limits[f"{kind}_mg"], row["severity"], why) for kind in ("single", "daily") if f"{kind}_mg" in limits
        ]
    old = drug.limits.get("elderly")
    if old and patient.age is not None and patient.age >= old["age_from"]:
        why = say(check.lang, "basis.elderly", age=old["age_from"])
        result.append(("daily", float(old["daily_mg"]), old.get("severity", "moderate"), why))
    return result


def daily_limit(drug: Drug, unit: str, route: str | None, patient: Patient) -> float | None:
    """Return the highest daily dose of a drug for a patient, the special limits included."""
    check = Check("en")
    limits = limits_of(drug, route, patient, check, drug.id)
    special = [limit for kind, limit, _, _ in special_limits(drug, patient, check) if kind == "daily" and unit == "mg"]
    found = [limits[f"daily_{unit}"]] if f"daily_{unit}" in limits else []
    return min(found + special, default=None)
