"""The span groups and extension attributes that the components write, each declared once.

What needs the names alone (de-identification by rules, in many processes) is spared the import of spaCy.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

__all__ = [
    "ABBREVIATIONS",
    "EMERGENCY",
    "MEDICATIONS",
    "MODIFIERS",
    "PHI",
    "PHI_LABELS",
    "SECTIONS",
    "URGENCIES",
    "register",
]

SECTIONS = "medlfm_sections"
PHI = "medlfm_phi"
ABBREVIATIONS = "medlfm_abbreviations"
EMERGENCY = "medlfm_emergency"
MEDICATIONS = "medlfm_medications"

PHI_LABELS = (
    "NAME",
    "ADDRESS",
    "DATE",
    "AGE",
    "PHONE",
    "FAX",
    "EMAIL",
    "SSN",
    "MRN",
    "HEALTH_PLAN",
    "ACCOUNT",
    "LICENSE",
    "VEHICLE",
    "DEVICE",
    "URL",
    "IP",
    "BIOMETRIC",
    "ORGANIZATION",
    "ID",
)

# Ordered: a later one is more urgent.
URGENCIES = ("low", "moderate", "high", "critical")

# category → the boolean extension that it sets
MODIFIERS = {
    "negated": "medlfm_negated",
    "historical": "medlfm_historical",
    "hypothetical": "medlfm_hypothetical",
    "family": "medlfm_family",
    "uncertain": "medlfm_uncertain",
}

# name → (owner, default); a mutable default is copied by spaCy for each object
_EXTENSIONS: dict[str, tuple[str, Any]] = {
    **dict.fromkeys(MODIFIERS.values(), ("Span", False)),
    "medlfm_modifiers": ("Span", []),
    "medlfm_asserted": ("Span", None),
    "medlfm_long_form": ("Span", None),
    "medlfm_candidates": ("Span", []),
    "medlfm_score": ("Span", None),
    "medlfm_medication": ("Span", None),
    "medlfm_normalized": ("Doc", None),
    "medlfm_expanded": ("Doc", None),
    "medlfm_urgency": ("Doc", None),
    "medlfm_urgency_reasons": ("Doc", []),
}


def register(names: Iterable[str]) -> None:
    """Declare the named extensions; one that is there already is left alone.

    A component calls it in its constructor, and again in `from_disk` and `from_bytes`: an unpickled pipeline
    in a spawned process starts without them.
    """
    from spacy import tokens

    owners: dict[str, type[tokens.Doc] | type[tokens.Span]] = {"Doc": tokens.Doc, "Span": tokens.Span}
    for name in names:
        kind, default = _EXTENSIONS[name]
        owner = owners[kind]
        if not owner.has_extension(name):
            owner.set_extension(name, default=default)
