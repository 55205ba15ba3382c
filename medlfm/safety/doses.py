"""Is a dose too high, too low, or off by a unit? For this patient's age, weight and kidneys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from medlfm.knowledge.drugs import Drug
from medlfm.safety.findings import Check
from medlfm.safety.limits import child_low, limits_of, special_limits
from medlfm.safety.patient import Patient
from medlfm.safety.wording import amount, say

__all__ = ["Dose", "as_dosed", "check_dose", "dosage", "read_dose"]

_TO_BASE = {"g": ("mg", 1000.0), "mg": ("mg", 1.0), "ug": ("mg", 0.001), "ng": ("mg", 1e-6), "IU": ("iu", 1.0)}
_TO_BASE |= {"mmol": ("mmol", 1.0), "meq": ("mmol", 1.0)}
_DECIMAL_SLIP = 4.0  # times the highest dose: below it a dose is merely too high, above it a slip is likelier
_CHILD_SLIP = 4.5  # an adult's dose given to a child is too high, not slipped
_DOUBLED, _ROUNDED = 2.0, 0.01
_NEAR = 1.25  # times the highest dose: what a slipped point was meant to be may be rounded up
_ABSURD = 100.0  # times the highest dose: no dose at all
_SMALLEST = 0.02  # of the highest single dose: the lowest sensible one where the table names none
_TOLERANCE = 1.001  # rounding of a dose by weight


@dataclass(frozen=True)
class Dose:
    """A dose in mg, iu or mmol; `daily` None: no frequency given, `weekly`: less often than every second day."""

    unit: str
    single: float | None
    daily: float | None
    weekly: bool
    times: float | None


def read_dose(order: Mapping[str, Any], patient: Patient, check: Check, name: str) -> Dose | None:
    """Turn a parsed order into a dose; None, with the reason noted, where it can't be compared."""
    given = order.get("dose") or _of_quantity(order)
    most = order.get("max_daily")
    if not (given or most):
        check.miss(say(check.lang, "unchecked.dose", drug=name))
        return None
    base = _base(given or most or {}, patient, check, name)
    if base is None:
        return None
    unit, value = base
    single = value * _most_of(order) if given else None
    times = order.get("frequency_per_day")
    daily = _daily(order, single, times, patient, check, name)
    if daily is None and single is not None:
        check.miss(say(check.lang, "unchecked.frequency", drug=name))
    return Dose(unit, single, daily, times is not None and times < 0.5, times)


def _most_of(order: Mapping[str, Any]) -> float:
    """How many times the day's first intake the largest one is ("1-0-2")."""
    counts = [count for count in order.get("schedule") or () if count]
    return max(counts) / counts[0] if counts else 1.0


def _of_quantity(order: Mapping[str, Any]) -> Mapping[str, Any] | None:
    quantity, strength = order.get("quantity"), order.get("strength")
    if not (quantity and strength):
        return None
    return {"value": quantity["value"] * strength["value"], "unit": strength["unit"], "per_kg": False}


def _daily(
    order: Mapping[str, Any], single: float | None, times: float | None, patient: Patient, check: Check, name: str
) -> float | None:
    candidates = []
    schedule = order.get("schedule")
    if schedule and single is not None and max(schedule):
        candidates.append(single * sum(schedule) / max(schedule) * min(1.0, (times or 1.0) / _intakes(schedule)))
    elif single is not None and times is not None:
        candidates.append(single * times)
    if order.get("max_daily") and (base := _base(order["max_daily"], patient, check, name)):
        candidates.append(base[1])
    return min(candidates) if order.get("prn") and candidates else max(candidates, default=None)


def _intakes(schedule: Sequence[float]) -> int:
    return sum(count > 0 for count in schedule)


def _base(given: Mapping[str, Any], patient: Patient, check: Check, name: str) -> tuple[str, float] | None:
    """Return (unit, value) in mg, iu or mmol for the whole patient."""
    if given["unit"] not in _TO_BASE:
        check.miss(say(check.lang, "unchecked.unit", drug=name, unit=given["unit"]))
        return None
    unit, factor = _TO_BASE[given["unit"]]
    value = float(given["value"]) * factor
    if given.get("per_kg"):
        if patient.weight_kg is None:
            check.miss(say(check.lang, "unchecked.weight", drug=name))
            return None
        value *= patient.weight_kg
    return unit, value


def check_dose(drug: Drug, order: Mapping[str, Any], patient: Patient, check: Check) -> Dose | None:
    """Compare a dose with the table's limits for this patient; returns it where it is neither slipped nor too high."""
    name = drug.name(check.lang)
    dose = read_dose(_in_units(drug, order), patient, check, name)
    if dose is None:
        return None
    limits = limits_of(drug, order.get("route"), patient, check, name)
    units = {unit for unit in ("mg", "iu", "mmol") if any(f"_{unit}" in key for key in limits)}
    if units and dose.unit not in units:
        _wrong_kind(drug, dose, units, check)
        return None
    if drug.limits.get("weekly_only") and dose.daily and not dose.weekly and dose.times and dose.times >= 0.5:
        what, why = (say(check.lang, f"weekly_only.{part}", drug=name) for part in ("what", "why"))
        check.add("dose_too_high", "contraindicated", what, why, drug.source, dosage(drug, check.lang))
        return None
    if not any(key in limits for key in (f"single_{dose.unit}", f"daily_{dose.unit}", f"weekly_{dose.unit}")):
        check.miss(say(check.lang, "unchecked.limit", drug=name))
    if not dose.weekly and (dose.times or 0) >= 1 and order.get("duration_days") != 1:  # no loading dose
        limits = _kept(limits)
    if _slipped(drug, dose, limits, check, child=patient.is_child) or _too_high(drug, dose, limits, patient, check):
        return None
    if patient.is_child:
        _too_low(drug, dose, child_low(drug, patient, dose.unit), check)
    elif order.get("dose") and not order["dose"].get("per_kg"):
        _too_low(drug, dose, limits, check)
    return dose


def _kept(limits: Mapping[str, float]) -> dict[str, float]:
    """Lower the limit of a day to that of a dose which is kept up: a loading dose is given once."""
    kept = limits.get("kept_daily_mg")
    return {**limits, **({"daily_mg": min(kept, limits.get("daily_mg", kept))} if kept else {})}


def as_dosed(drug: Drug, order: Mapping[str, Any]) -> Drug:
    """Leave out the classes that a drug has in higher doses only ("low_dose": aspirin up to 325 mg a day)."""
    low = drug.limits.get("low_dose")
    dose = read_dose(order, Patient(), Check("en"), drug.id) if low else None
    value = (dose.daily or dose.single) if dose else None
    if low is None or value is None or value > low["daily_mg"]:
        return drug
    without = frozenset(low["without"])
    return replace(drug, drug_class=drug.drug_class - without, mechanisms=drug.mechanisms - without)


def _in_units(drug: Drug, order: Mapping[str, Any]) -> Mapping[str, Any]:
    """Read millilitres of a drug that is dosed in units by its usual concentration (insulin: 100 a millilitre)."""
    dose, strength = order.get("dose"), drug.limits.get("iu_per_ml")
    if not (dose and strength and dose["unit"] == "ml"):
        return order
    return {**order, "dose": {**dose, "value": dose["value"] * strength, "unit": "IU"}}


def _wrong_kind(drug: Drug, dose: Dose, units: set[str], check: Check) -> None:
    names = {"mg": "mg", "iu": amount(1, "iu", check.lang).split()[1], "mmol": "mmol"}
    what = say(check.lang, "unit_kind.what", unit=names[dose.unit], drug=drug.name(check.lang))
    why = say(check.lang, "unit_kind.why", expected=", ".join(names[unit] for unit in sorted(units)))
    check.add("unit_error", "major", what, why, drug.source, dosage(drug, check.lang))


def _slipped(drug: Drug, dose: Dose, limits: Mapping[str, float], check: Check, *, child: bool) -> bool:
    """Find a dose that is right once its unit (factor 1000) or its decimal point (factor 10 or 100) is moved."""
    high = limits.get(f"single_{dose.unit}") or limits.get(f"daily_{dose.unit}") or 0.0
    low = limits.get(f"low_single_{dose.unit}", high * _SMALLEST)
    if not high or dose.single is None:
        return False
    other = limits.get("single_iu", 0.0) if dose.unit == "mg" else 0.0
    if dose.single > high * _DECIMAL_SLIP and high < dose.single <= other:  # "20,000 mg" of vitamin D
        _wrong_kind(drug, dose, {"iu"}, check)
        return True
    if dose.single > high * (_CHILD_SLIP if child else _DECIMAL_SLIP):
        meant = next((dose.single / by for by in (1000, 10, 100) if low <= dose.single / by <= high * _NEAR), 0.0)
    elif not child and dose.single >= high * _DOUBLED and _is_usual(drug, dose, dose.single / 10):
        meant = dose.single / 10
    elif dose.single < low / 20 and dose.unit == "mg":
        meant = dose.single * 1000 if low <= dose.single * 1000 <= high else 0.0
    else:
        meant = 0.0
    if not meant and dose.single > high * _ABSURD:
        check.add(
            "unit_error", "contraindicated", say(check.lang, "unit_far.what"), "", drug.source, dosage(drug, check.lang)
        )
        return True
    if not meant:
        return False
    factor = max(dose.single / meant, meant / dose.single)
    what = say(check.lang, "unit.what", value=amount(dose.single, dose.unit, check.lang), factor=f"{factor:.0f}")
    instead = say(check.lang, "unit.instead", value=amount(meant, dose.unit, check.lang))
    check.add("unit_error", "contraindicated", what, _basis(drug, check, "adult"), drug.source, instead)
    return True


def _is_usual(drug: Drug, dose: Dose, value: float) -> bool:
    """Whether a dose is one that is given every day; ten times that which is twice the highest is a slipped point."""
    return any(abs(value - usual) < _ROUNDED * usual for usual in drug.limits.get(f"usual_{dose.unit}", ()))


def _too_high(drug: Drug, dose: Dose, limits: Mapping[str, float], patient: Patient, check: Check) -> bool:
    basis = _basis(drug, check, "child" if patient.is_child else "adult")
    kinds = [("single", dose.single), ("weekly" if dose.weekly else "daily", dose.daily)]
    if not dose.weekly and f"weekly_{dose.unit}" in limits and "kept_daily_mg" not in limits:
        kinds = [("single", dose.single), ("weekly", dose.daily)]
    found = False
    for kind, value in kinds:
        limit = limits.get(f"{kind}_{dose.unit}")
        total = value * 7 if value is not None and kind == "weekly" else value
        if limit and total is not None and total > limit * _TOLERANCE:
            severity = "contraindicated" if total >= 2 * limit else "major"
            _report(drug, check, kind, total, limit, dose.unit, severity, basis)
            found = True
    most = drug.limits.get("adult", {}).get("times_day")
    if most and dose.times is not None and dose.times > most and not found:
        what = say(check.lang, "times_high.what", limit=f"{most:g}")
        check.add("dose_too_high", "major", what, basis, drug.source, dosage(drug, check.lang))
        found = True
    for kind, limit, severity, why in special_limits(drug, patient, check):
        if dose.unit != "mg":  # the table has them in mg
            break
        total = dose.single if kind == "single" else dose.daily
        usual = limits.get(f"{kind}_{dose.unit}", limit)
        if total is not None and limit * _TOLERANCE < total <= usual * _TOLERANCE:
            _report(drug, check, kind, total, limit, dose.unit, severity, why)
            found = True
    return found


def _report(
    drug: Drug, check: Check, kind: str, value: float, limit: float, unit: str, severity: str, why: str
) -> None:
    shown = amount(limit, unit, check.lang)
    what = say(check.lang, f"{kind}_high.what", value=amount(value, unit, check.lang), limit=shown)
    tolerant = drug.limits.get("adult", {}).get("tolerance")
    instead = say(check.lang, "tolerance.instead" if tolerant else "reduce.instead", limit=shown)
    check.add("dose_too_high", severity, what, why, drug.source, instead)


def _too_low(drug: Drug, dose: Dose, limits: Mapping[str, float], check: Check) -> None:
    low = limits.get(f"low_single_{dose.unit}")
    if low and dose.single is not None and dose.single < low / _TOLERANCE:
        value, limit = (amount(number, dose.unit, check.lang) for number in (dose.single, low))
        what = say(check.lang, "single_low.what", value=value, limit=limit)
        check.add("dose_too_low", "moderate", what, say(check.lang, "low.why"), drug.source, dosage(drug, check.lang))


def _basis(drug: Drug, check: Check, who: str) -> str:
    return say(check.lang, f"basis.{who}", dosage=dosage(drug, check.lang)).strip()


def dosage(drug: Drug, lang: str) -> str:
    """Return the usual dose in words; the table has it in English."""
    return drug.dosage if lang == "en" else ""
