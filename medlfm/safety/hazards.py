"""What speaks against a drug in this patient apart from its dose: allergy, illness, kidneys, age, pregnancy, others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from medlfm.knowledge.drugs import SEVERITIES, TIERS, Drug, DrugTable
from medlfm.matching.phrases import fold
from medlfm.safety.doses import dosage, read_dose
from medlfm.safety.findings import Check
from medlfm.safety.limits import daily_limit
from medlfm.safety.patient import Patient, is_female
from medlfm.safety.wording import amount, say

__all__ = [
    "check_allergies",
    "check_conditions",
    "check_duplicates",
    "check_kidneys",
    "check_others",
    "check_pregnancy",
    "check_use",
]

_STRONGEST_CAUTION = "moderate"  # of advice to adjust a dose for which the table has no number


def check_allergies(drug: Drug, patient: Patient, table: DrugTable, check: Check) -> None:
    """Compare the drug and its classes with the patient's allergies; a cross-allergy has its own rule."""
    if patient.allergies is None:
        check.miss(say(check.lang, "unchecked.allergies"))
        return
    allergens, unknown = patient.known_allergens(table)
    reactions = {word: table.find_conditions(word) for word in unknown}  # "HIT II" among the allergies
    for word, conditions in reactions.items():
        if not conditions:
            check.miss(say(check.lang, "unchecked.allergy_word", word=word))
    name, source = drug.name(check.lang), drug.source or "general knowledge"
    direct = sorted({drug.id, *drug.parts, *drug.allergy_classes} & set(allergens), key=lambda group: group != drug.id)
    if direct:
        what = say(check.lang, "allergy.what", drug=name, allergy=table.label(direct[0], check.lang))
        check.add("allergy", "contraindicated", what, say(check.lang, "allergy.why"), source)
        return
    against = table.cautions(drug)
    for condition in sorted(set().union(*reactions.values())):
        if against.get(condition) == "contraindicated":
            what = say(check.lang, "condition.what", drug=name, condition=table.label(condition, check.lang))
            check.add("allergy", "contraindicated", what, say(check.lang, "condition.contraindicated"), source)
            return
    for rule in table.cross_allergy(allergens, drug)[:1]:
        what = say(check.lang, "allergy.what", drug=name, allergy=table.label(rule["allergy"], check.lang))
        check.add("allergy", rule["severity"], what, rule["why"][check.lang], rule["source"])


def check_conditions(drug: Drug, patient: Patient, table: DrugTable, check: Check) -> None:
    """Compare the drug's contraindications with the patient's conditions, those that a low eGFR means included."""
    if patient.conditions is None:
        check.miss(say(check.lang, "unchecked.conditions"))
    conditions, unknown = patient.known_conditions(table)
    for word in unknown:
        check.miss(say(check.lang, "unchecked.condition_word", word=word))
    if patient.egfr is not None and not drug.limits.get("renal"):
        stage = "severe_renal_impairment" if patient.egfr < 30 else "renal_impairment" if patient.egfr < 60 else ""
        conditions |= table.implied([stage]) if stage else set()
    found = {name: severity for name, severity in table.cautions(drug).items() if name in conditions}
    for name, severity in found.items():
        # "severe asthma" and the "asthma" it implies are one concern: the more specific is told.
        if any(name in table.implied([other]) - {other} and _as_bad(found[other], severity) for other in found):
            continue
        what = say(check.lang, "condition.what", drug=drug.name(check.lang), condition=table.label(name, check.lang))
        check.add("contraindicated", severity, what, say(check.lang, f"condition.{severity}"), drug.source)


def _as_bad(one: str, other: str) -> bool:
    return SEVERITIES.index(one) >= SEVERITIES.index(other)


def check_kidneys(drug: Drug, order: Mapping[str, Any], patient: Patient, check: Check) -> None:
    """Apply the renal rows that have no number: contraindicated below a limit, or to be adjusted."""
    rows = drug.limits.get("renal", ())
    name = drug.name(check.lang)
    if rows and patient.egfr is None:
        check.miss(say(check.lang, "unchecked.egfr", drug=name))
    below = [row for row in rows if patient.egfr is not None and patient.egfr < row["egfr_below"]]
    if not below or patient.egfr is None:
        return
    row = min(below, key=lambda row: float(row["egfr_below"]))
    if any(key.endswith(("_mg", "_mg_kg")) and not key.startswith("over_") for key in row):
        return
    egfr = f"{patient.egfr:g}"
    if row["severity"] == "contraindicated":
        dose = read_dose(order, patient, Check(check.lang), name)
        if "over_daily_mg" in row and dose and dose.daily is not None and dose.daily <= row["over_daily_mg"]:
            return
        what = say(check.lang, "renal.what", drug=name, egfr=egfr)
        why = say(check.lang, "renal.why", below=row["egfr_below"])
        check.add("contraindicated", "contraindicated", what, why, drug.source)
    else:
        what = say(check.lang, "renal_caution.what", drug=name, egfr=egfr)
        why = say(check.lang, "renal_caution.why")
        check.add("ok", _STRONGEST_CAUTION, what, why, drug.source, dosage(drug, check.lang))


def check_use(
    drug: Drug, order: Mapping[str, Any], patient: Patient, table: DrugTable, check: Check, said: str = ""
) -> None:
    """Check the route, also for what the order is said to be for, and whether the drug is for this age at all."""
    name, route = drug.name(check.lang), order.get("route")
    special = drug.limits.keys() & {"route_for", "most_for"}
    meant = patient.known_conditions(table)[0] | table.find_conditions(said) if special else set()
    _check_most_for(drug, order, patient, meant, check)
    for condition, only in drug.limits.get("route_for", {}).items():
        if route and route != only and condition in meant:
            values = {"condition": table.label(condition, check.lang), "route": say(check.lang, f"route.{only}")}
            what = say(check.lang, "route_for.what", drug=name, **values)
            check.add("contraindicated", "major", what, say(check.lang, "route_for.why"), drug.source)
    if route and drug.routes and route not in drug.routes and not order.get("route_assumed"):
        routes = ", ".join(say(check.lang, f"route.{item}") or item for item in drug.routes)
        what = say(check.lang, "route.what", drug=name, route=say(check.lang, f"route.{route}") or route)
        check.add("contraindicated", "contraindicated", what, say(check.lang, "route.why", routes=routes), drug.source)
    depot = drug.limits.get("depot")
    if depot and route and route not in depot["routes"] and _is_depot(order, depot["names"]):
        routes = ", ".join(say(check.lang, f"route.{item}") or item for item in depot["routes"])
        what = say(check.lang, "route.what", drug=name, route=say(check.lang, f"route.{route}") or route)
        check.add("contraindicated", "contraindicated", what, say(check.lang, "route.why", routes=routes), drug.source)
    if order.get("bolus") and drug.limits.get("no_bolus") and route in (None, "intravenous"):
        what, why = (say(check.lang, f"bolus.{part}", drug=name) for part in ("what", "why"))
        check.add("contraindicated", "contraindicated", what, why, drug.source, dosage(drug, check.lang))
    child = drug.limits.get("child", {})
    years, months = child.get("min_age_years"), child.get("min_age_months")
    youngest = years if years is not None else months / 12 if months is not None else 0
    if patient.age is not None and patient.age < youngest:
        unit, count = ("years", years) if years is not None else ("months", months)
        what = say(check.lang, "age.what", drug=name, age=say(check.lang, unit, n=f"{count:g}"))
        severity = child.get("severity", "major")
        check.add("contraindicated", severity, what, say(check.lang, "age.why"), drug.source)


def _check_most_for(drug: Drug, order: Mapping[str, Any], patient: Patient, meant: set[str], check: Check) -> None:
    """Apply the highest single dose by a route that only some illness allows to be exceeded.

    1 mg of adrenaline i.v. is for a cardiac arrest, not for anaphylaxis with a pulse.
    """
    for row in drug.limits.get("most_for", ()):
        if order.get("route") != row["route"] or row["condition"] not in meant or row["unless"] in meant:
            continue
        dose = read_dose(order, patient, Check(check.lang), drug.name(check.lang))
        if dose and dose.unit == "mg" and dose.single is not None and dose.single > row["single_mg"]:
            shown = [amount(value, "mg", check.lang) for value in (dose.single, row["single_mg"])]
            what = say(check.lang, "single_high.what", value=shown[0], limit=shown[1])
            why = say(check.lang, "most_for.why")
            instead = say(check.lang, "reduce.instead", limit=shown[1])
            check.add("dose_too_high", "contraindicated", what, why, drug.source, instead)


def _is_depot(order: Mapping[str, Any], names: Sequence[str]) -> bool:
    """Whether an order names a form that may not be given like the plain drug (benzathine, procaine)."""
    written = fold(f"{order.get('name', '')} {order.get('text', '')}")
    return any(fold(name) in written for name in names)


def check_pregnancy(drug: Drug, order: Mapping[str, Any], patient: Patient, table: DrugTable, check: Check) -> None:
    """Apply the level for pregnancy; from the week on, where the table names one and the week is known."""
    level = drug.pregnancy.get("level", "unknown")
    name = drug.name(check.lang)
    matters = level != "compatible" and patient.conditions
    conditions = patient.known_conditions(table)[0] if matters else set()
    if not patient.pregnant and "planned_pregnancy" in conditions and level == "contraindicated":
        if not drug.pregnancy.get("from_week"):
            what, why = (say(check.lang, f"planned_pregnancy.{part}", drug=name) for part in ("what", "why"))
            check.add("contraindicated", "major", what, why, drug.source)
        return
    if not (patient.pregnant or "pregnancy" in conditions or patient.gestation_weeks):
        female = is_female(patient.sex)
        if (
            patient.pregnant is None
            and female
            and 12 <= (patient.age or 30) <= 50
            and level in ("contraindicated", "avoid")
        ):
            check.miss(say(check.lang, "unchecked.pregnancy", drug=name))
        return
    if level == "unknown":
        check.miss(say(check.lang, "unchecked.pregnancy_table", drug=name))
        return
    start = drug.pregnancy.get("from_week", 0)
    if patient.gestation_weeks is not None and patient.gestation_weeks < start:
        level = drug.pregnancy.get("before", level)
    dose = read_dose(order, patient, Check(check.lang), name)
    small = drug.pregnancy.get("up_to_daily_mg")
    if small and dose and dose.unit == "mg" and dose.daily is not None and dose.daily <= small:
        level = "caution"
    severity = {"contraindicated": "contraindicated", "avoid": "major", "caution": "minor"}.get(level)
    kidneys = drug.pregnancy.get("kidneys_from_week")
    if kidneys and level == "caution" and (patient.gestation_weeks or 0) >= kidneys:
        level, severity = "kidneys", "moderate"
    if severity:
        what = say(check.lang, "pregnancy.what", drug=name)
        check.add("contraindicated", severity, what, say(check.lang, f"pregnancy.{level}"), drug.source)


def check_others(drug: Drug, others: Sequence[tuple[Drug, Mapping[str, Any]]], table: DrugTable, check: Check) -> None:
    """Compare with the other drugs: the worst interaction of each pair; it interrupts where any of the pair does."""
    for other, _ in others:
        if other.id == drug.id:
            continue
        if not other.known:
            check.miss(say(check.lang, "unchecked.medication_table", drug=other.name(check.lang)))
        rules = table.interactions(drug, other)
        tier = max((rule.tier for rule in rules), key=TIERS.index, default="")
        for rule in rules[:1]:
            what = say(check.lang, "interaction.what", drug=drug.name(check.lang), other=other.name(check.lang))
            texts = (rule.effect[check.lang], rule.source, rule.instead[check.lang])
            check.add("interaction", rule.severity, what, *texts, tier=tier)


def check_duplicates(
    drug: Drug,
    order: Mapping[str, Any],
    others: Sequence[tuple[Drug, Mapping[str, Any]]],
    patient: Patient,
    check: Check,
) -> None:
    """Find the same ingredient in another order."""
    for other, other_order in others:
        if other.id == drug.id:
            _check_duplicate(drug, order, other_order, patient, check)


def _check_duplicate(
    drug: Drug, order: Mapping[str, Any], other: Mapping[str, Any], patient: Patient, check: Check
) -> None:
    name = drug.name(check.lang)
    doses = [read_dose(item, patient, Check(check.lang), name) for item in (order, other)]
    instead = say(check.lang, "duplicate.instead")
    known = [dose for dose in doses if dose and dose.daily is not None]
    if len(known) == 2 and known[0].unit == known[1].unit:
        total = sum(dose.daily or 0.0 for dose in known)
        limit = daily_limit(drug, known[0].unit, order.get("route"), patient)
        if limit and total > limit:
            values = {
                "value": amount(total, known[0].unit, check.lang),
                "limit": amount(limit, known[0].unit, check.lang),
            }
            what = say(check.lang, "duplicate_high.what", drug=name, **values)
            check.add("dose_too_high", "major", what, say(check.lang, "duplicate.why"), drug.source, instead)
            return
    what = say(check.lang, "duplicate.what", drug=name)
    check.add(
        "interaction", "major", what, say(check.lang, "duplicate.why"), drug.source or "general knowledge", instead
    )
