"""The facts of a patient that a check may use: all optional, lists in free words of either language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import Any

from medlfm.errors import OrderError
from medlfm.knowledge.drugs import DrugTable
from medlfm.matching.phrases import fold
from medlfm.safety.wording import words_of
from medlfm.settings import LANGUAGES

__all__ = ["Patient", "is_female"]

_NUMBERS = {
    "age": (0, 125),
    "weight_kg": (0.2, 500),
    "height_cm": (20, 250),
    "egfr": (0, 250),
    "creatinine_mg_dl": (0.05, 40),
    "gestation_weeks": (0, 45),
}
_FLAGS = ("pregnant", "lactating")
_LISTS = ("allergies", "conditions", "medications")


@dataclass(frozen=True, kw_only=True)
class Patient:
    """What is known; None: unknown. An empty list says that there are none."""

    age: float | None = None
    sex: str | None = None
    weight_kg: float | None = None
    height_cm: float | None = None
    egfr: float | None = None
    creatinine_mg_dl: float | None = None
    pregnant: bool | None = None
    lactating: bool | None = None
    gestation_weeks: float | None = None
    allergies: tuple[str, ...] | None = None
    conditions: tuple[str, ...] | None = None
    medications: tuple[str, ...] | None = None

    @classmethod
    def read(cls, facts: Mapping[str, Any] | None) -> Patient:
        """Read the facts; raises OrderError for an unknown key or a value that can't be right, naming only the key."""
        allowed = [item.name for item in fields(cls)]
        values: dict[str, Any] = {}
        for key, value in (facts or {}).items():
            name = str(key).lower()
            if name not in allowed:
                raise OrderError("A patient fact has an unknown key.", f"Allowed: {', '.join(allowed)}.")
            if value is not None:
                values[name] = _checked(name, value)
        if "egfr" not in values and (estimate := _estimated_egfr(values)) is not None:
            values["egfr"] = estimate
        return cls(**values)

    @property
    def is_child(self) -> bool:
        return self.age is not None and self.age < 18

    def known_conditions(self, table: DrugTable) -> tuple[set[str], list[str]]:
        """Return the conditions that the table knows, and the words it doesn't; "no asthma" names none."""
        found: set[str] = set()
        unknown = []
        if self.lactating:
            found |= table.implied(["breastfeeding"])
        for words in self.conditions or ():
            if _denied(words):
                continue
            names = _named(table, words)
            found |= names
            if not names:
                unknown.append(words)
        return found, unknown

    def known_allergens(self, table: DrugTable) -> tuple[dict[str, str], list[str]]:
        """Return drug or class → the words it was named by, and the words that name none that the table knows."""
        found: dict[str, str] = {}
        unknown = []
        for words in self.allergies or ():
            if _denied(words):
                continue
            names = table.find_allergens(words)
            found |= {name: words for name in sorted(names) if name not in found}
            if not names:
                unknown.append(words)
        return found, unknown


@lru_cache(maxsize=2048)  # the same illnesses come with patient after patient, and twice in a check
def _named(table: DrugTable, words: str) -> frozenset[str]:
    return frozenset(table.find_conditions(words) | table.measured(words))


def _denied(words: str) -> bool:
    first = fold(words.split()[0]) if words.split() else ""
    return any(first in {fold(word) for word in words_of(lang, "orders", "negations")} for lang in LANGUAGES)


def _estimated_egfr(facts: Mapping[str, Any]) -> float | None:
    """Estimate the eGFR in ml/min/1.73 m²: adults by CKD-EPI 2021 (without race), children by bedside Schwartz."""
    creatinine, age, height = (facts.get(name) for name in ("creatinine_mg_dl", "age", "height_cm"))
    if creatinine is None or age is None:
        return None
    if age < 18:
        return 0.413 * float(height) / float(creatinine) if height and age >= 1 else None
    if not facts.get("sex"):
        return None
    female = is_female(facts["sex"])
    kappa, alpha = (0.7, -0.241) if female else (0.9, -0.302)
    ratio = float(creatinine) / kappa
    estimate = 142 * min(ratio, 1) ** alpha * max(ratio, 1) ** -1.2 * 0.9938 ** float(age)
    return float(round(estimate * (1.012 if female else 1), 1))


def is_female(sex: str | None) -> bool:
    """Read the sex in either language ("female", "weiblich", "f", "w", "Frau")."""
    return (sex or "").strip().lower()[:1] in ("f", "w")


def _checked(name: str, value: Any) -> Any:
    if name in _NUMBERS:
        low, high = _NUMBERS[name]
        if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
            raise OrderError(
                f"The patient fact {name!r} is no number from {low} to {high}.", "Correct it or leave it out."
            )
        return float(value)
    if name in _LISTS:
        items = [value] if isinstance(value, str) else value
        if not isinstance(items, list | tuple) or not all(isinstance(item, str) for item in items):
            raise OrderError(f"The patient fact {name!r} is no list of words.", f'E.g. {{"{name}": ["…"]}}.')
        return tuple(item for item in items if item.strip())
    if name in _FLAGS and not isinstance(value, bool):
        raise OrderError(f"The patient fact {name!r} is neither true nor false.", "Leave it out where it is unknown.")
    if name == "sex" and not isinstance(value, str):
        raise OrderError("The patient fact 'sex' is no word.", "E.g. female or male.")
    return value
