"""The facts of a patient in a FHIR R4 bundle: Patient, Condition, AllergyIntolerance, medications and observations.

Only what is active and confirmed counts, and of an observation the latest value. Codes are LOINC and SNOMED CT.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from medlfm.errors import OrderError

__all__ = ["facts_of_bundle", "is_bundle"]

Resource = Mapping[str, Any]

# LOINC code → (fact, factor by unit; "" where none is given)
_KIDNEYS = {"": 1.0, "ml/min": 1.0, "ml/min/1.73m2": 1.0, "ml/min/{1.73_m2}": 1.0}
_OBSERVED: dict[str, tuple[str, dict[str, float]]] = {
    **dict.fromkeys(
        ("33914-3", "62238-1", "98979-8", "69405-9", "48642-3", "48643-1", "50044-7", "77147-7"), ("egfr", _KIDNEYS)
    ),
    "2160-0": ("creatinine_mg_dl", {"": 1.0, "mg/dl": 1.0, "umol/l": 0.011312217}),
    "14682-9": ("creatinine_mg_dl", {"": 0.011312217, "umol/l": 0.011312217, "mg/dl": 1.0}),
    **dict.fromkeys(("29463-7", "3141-9"), ("weight_kg", {"": 1.0, "kg": 1.0, "g": 0.001, "[lb_av]": 0.45359237})),
    "8302-2": ("height_cm", {"": 1.0, "cm": 1.0, "m": 100.0, "[in_i]": 2.54}),
    **dict.fromkeys(("18185-9", "49051-6", "11884-4"), ("gestation_weeks", {"": 1.0, "wk": 1.0, "d": 1 / 7})),
}
_PREGNANCY = "82810-3"
_PREGNANT = {"77386006": True, "60001007": False, "LA15173-0": True, "LA26683-5": False}
_ACTIVE = {
    "Condition": {"active", "recurrence", "relapse", ""},
    "AllergyIntolerance": {"active", ""},
    "MedicationStatement": {"active", "intended", "on-hold", "unknown", ""},
    "MedicationRequest": {"active", "on-hold", "draft", "unknown", ""},
}
_REFUTED = {"refuted", "entered-in-error"}
_LISTS = {
    "Condition": "conditions",
    "AllergyIntolerance": "allergies",
    "MedicationStatement": "medications",
    "MedicationRequest": "medications",
}


def is_bundle(data: Mapping[str, Any]) -> bool:
    """Whether a JSON object is a FHIR bundle or a single patient of FHIR."""
    return data.get("resourceType") in ("Bundle", "Patient")


def facts_of_bundle(bundle: Mapping[str, Any], *, today: date | None = None) -> dict[str, Any]:
    """Return the facts as `check_order` takes them. Raises OrderError where the bundle holds several patients.

    A list that no resource speaks of is left out, as unknown.
    """
    resources = [bundle] if bundle.get("resourceType") == "Patient" else list(_resources(bundle))
    patients = [item for item in resources if item.get("resourceType") == "Patient"]
    if len(patients) > 1:
        raise OrderError("The bundle holds several patients.", "Give the bundle of one patient.")
    named = {f"Medication/{item.get('id')}": item for item in resources if item.get("resourceType") == "Medication"}
    facts: dict[str, Any] = _of_patient(patients[0], today or date.today()) if patients else {}
    for item in resources:
        kind = str(item.get("resourceType"))
        if kind in _LISTS and _holds(item, kind) and (words := _words(item, kind, named)):
            facts.setdefault(_LISTS[kind], []).append(words)
    return facts | _observed(resources)


def _resources(bundle: Mapping[str, Any]) -> Iterable[Resource]:
    for entry in bundle.get("entry") or ():
        resource = entry.get("resource") if isinstance(entry, Mapping) else None
        if isinstance(resource, Mapping):
            yield resource


def _of_patient(patient: Resource, today: date) -> dict[str, Any]:
    facts: dict[str, Any] = {}
    if patient.get("gender") in ("female", "male"):
        facts["sex"] = patient["gender"]
    parts = [int(part) for part in str(patient.get("birthDate", "")).split("-") if part.isdigit()]
    if parts:
        year, month, day = (*parts, *(1, 1))[:3] if len(parts) < 3 else parts
        before = (today.month, today.day) < (month, day)
        years = today.year - year - before
        months = (today.year - year) * 12 + today.month - month - (today.day < day)
        facts["age"] = years if years >= 2 else max(0, months) / 12
    return facts


def _holds(item: Resource, kind: str) -> bool:
    status = (
        _code(item.get("clinicalStatus")) if kind in ("Condition", "AllergyIntolerance") else item.get("status", "")
    )
    return str(status) in _ACTIVE[kind] and _code(item.get("verificationStatus")) not in _REFUTED


def _words(item: Resource, kind: str, named: Mapping[str, Resource]) -> str:
    if kind == "Condition":
        return f"{_text(item.get('code'))} {_coded(item.get('code'))}".strip()
    if kind == "AllergyIntolerance":
        return _text(item.get("code"))
    concept = item.get("medicationCodeableConcept")
    reference = item.get("medicationReference") or {}
    if not concept and isinstance(reference, Mapping):
        concept = named.get(str(reference.get("reference")), {}).get("code") or {"text": reference.get("display", "")}
    dosages = item.get("dosage") or item.get("dosageInstruction") or ()
    dosage = next((str(entry["text"]) for entry in dosages if isinstance(entry, Mapping) and entry.get("text")), "")
    return f"{_text(concept)} {dosage}".strip()


def _text(concept: Any) -> str:
    if not isinstance(concept, Mapping):
        return ""
    shown = (coding.get("display", "") for coding in concept.get("coding") or () if isinstance(coding, Mapping))
    return str(concept.get("text") or next((text for text in shown if text), ""))


def _coded(concept: Any) -> str:
    """Return the code of ICD-10 in brackets, or what else stands alone where no words do."""
    codings = concept.get("coding") or () if isinstance(concept, Mapping) else ()
    codings = [coding for coding in codings if isinstance(coding, Mapping) and coding.get("code")]
    codes = [str(coding["code"]) for coding in codings if "icd-10" in str(coding.get("system", "")).lower()]
    if _text(concept):
        return f"({codes[0]})" if codes else ""
    return next(iter(codes or [str(coding["code"]) for coding in codings]), "")


def _code(concept: Any) -> str:
    codings = concept.get("coding") or () if isinstance(concept, Mapping) else ()
    return next((str(coding.get("code", "")) for coding in codings if isinstance(coding, Mapping)), "")


def _observed(resources: Iterable[Resource]) -> dict[str, Any]:
    facts: dict[str, Any] = {}
    observations = [item for item in resources if item.get("resourceType") == "Observation"]
    for item in sorted(observations, key=lambda item: str(item.get("effectiveDateTime") or item.get("issued") or "")):
        if item.get("status") in ("cancelled", "entered-in-error", "unknown"):
            continue
        for coding in (item.get("code") or {}).get("coding") or ():
            code = str(coding.get("code", ""))
            if code == _PREGNANCY and (value := _PREGNANT.get(_code(item.get("valueCodeableConcept")))) is not None:
                facts["pregnant"] = value
            if code in _OBSERVED:
                facts |= _quantity(item.get("valueQuantity"), *_OBSERVED[code])
    return facts


def _quantity(quantity: Any, fact: str, factors: Mapping[str, float]) -> dict[str, float]:
    if not isinstance(quantity, Mapping) or isinstance(quantity.get("value"), bool | str | None):
        return {}
    unit = str(quantity.get("code") or quantity.get("unit") or "").lower().replace("µ", "u").replace("μ", "u")
    factor = factors.get(unit)
    return {} if factor is None else {fact: round(float(quantity["value"]) * factor, 4)}
