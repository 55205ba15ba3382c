"""A row of the drug table, and a rule about two drugs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["SEVERITIES", "TIERS", "Drug", "Interaction", "drug_of", "interaction_of"]

# Ordered: a later one is worse.
SEVERITIES = ("minor", "moderate", "major", "contraindicated")
# Ordered: whether an interaction is shown beside the order, or stops the prescriber.
TIERS = ("passive", "interruptive")


@dataclass(frozen=True, kw_only=True)
class Drug:
    """An ingredient, with what `safety/doses.py` and `safety/hazards.py` check.

    mechanisms: the groups of mechanisms.jsonl, by which interactions are decided.
    limits: "adult" and "child" (single, daily, weekly and low_single, each with _mg, _iu, _mmol, or _mg_kg by weight;
    "by_route": the same by route; "min_age_years", "min_age_months"; "low_daily_mg_kg" of a child's course), "renal"
    (rows for an eGFR below a limit), "elderly" (from an age on), "light" (below a weight, for some routes), "needs",
    "route_for" (condition → the only route that works), "most_for" (the highest single dose in an illness, by a route),
    "weekly_only", "usual_mg" and "usual_iu" (single doses as they are given every day), "infusion" and "patches_day"
    (see `safety/rates.py`); in "adult" also "by_condition" and "times_day". contraindications: condition → severity.
    pregnancy: "level", with "from_week" and the level "before" it, "kidneys_from_week" of NSAIDs.
    """

    id: str
    atc: str
    names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    brands: tuple[str, ...] = ()
    drug_class: frozenset[str] = frozenset()
    mechanisms: frozenset[str] = frozenset()
    allergy_classes: frozenset[str] = frozenset()
    routes: tuple[str, ...] = ()
    indications: tuple[str, ...] = ()
    contraindications: Mapping[str, str] = field(default_factory=dict)
    dosage: str = ""
    limits: Mapping[str, Any] = field(default_factory=dict)
    pregnancy: Mapping[str, Any] = field(default_factory=dict)
    source: str = ""

    @property
    def known(self) -> bool:
        """Whether the table has more than the classes of this drug."""
        return bool(self.source)

    @property
    def groups(self) -> frozenset[str]:
        """What an interaction may name it by: itself, one of its parts, or one of their classes."""
        return self.drug_class | self.mechanisms | self.parts | {self.id}

    @property
    def parts(self) -> frozenset[str]:
        """The ingredients of a combination ("levodopa/carbidopa"), else nothing."""
        return frozenset(self.id.split("/")) if "/" in self.id else frozenset()

    def name(self, lang: str) -> str:
        """Return the usual name in a language."""
        return next(iter(self.names.get(lang, ())), self.id)


@dataclass(frozen=True)
class Interaction:
    """A rule about two drugs or classes.

    tier: "interruptive" where the two are to be kept apart by their mechanism, whatever the dose; "passive" where they
    may go together under watch or in another dose, or where only a duplicate is to be looked at.
    """

    id: str
    severity: str
    tier: str
    effect: Mapping[str, str]
    instead: Mapping[str, str]
    source: str


def drug_of(row: Mapping[str, Any]) -> Drug:
    """Read a line of drugs.jsonl."""
    return Drug(
        id=row["id"],
        atc=row["atc"],
        names={lang: tuple(names) for lang, names in row["names"].items()},
        brands=tuple(row["brands"]),
        drug_class=frozenset(row["drug_class"]),
        allergy_classes=frozenset(row["allergy_classes"]),
        routes=tuple(row["routes"]),
        indications=tuple(row["indications"]),
        contraindications={item["condition"]: item["severity"] for item in row["contraindications"]},
        dosage=row["dosage"],
        limits=row["limits"],
        pregnancy=row["pregnancy"],
        source=row["source"],
    )


def interaction_of(row: Mapping[str, Any]) -> Interaction:
    """Read a line of interactions.jsonl."""
    return Interaction(row["id"], row["severity"], row["tier"], row["effect"], row["instead"], row["source"])
