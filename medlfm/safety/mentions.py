"""Checking the drugs that an answer names: doses against the table, and the drugs themselves against the patient.

Each mention is checked alone: a text that names two drugs doesn't say to take both.
"""

from __future__ import annotations

from medlfm.components.medications import parse_orders
from medlfm.knowledge.drugs import drug_table
from medlfm.safety.findings import Finding
from medlfm.safety.orders import check_orders
from medlfm.safety.patient import Patient

__all__ = ["check_mentions"]


def check_mentions(text: str, patient: Patient, lang: str) -> list[Finding]:
    """Return what speaks against the drugs and doses in a text, once each; drugs that the table lacks are left out."""
    table = drug_table()
    found: dict[Finding, None] = {}
    for order in parse_orders(text, lang):
        drug = table.find(order["ingredient"], order["atc"])
        if drug is not None:
            findings = check_orders([order], patient, lang).findings
            found |= dict.fromkeys(
                finding for finding in findings if finding.verdict not in ("unknown_drug", "dose_too_low")
            )
    return list(found)
