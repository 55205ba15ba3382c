"""How much harm a wrong answer could do here: from its urgency, its drugs, and whom it is about."""

from __future__ import annotations

from collections.abc import Iterable

from medlfm.safety.findings import Finding
from medlfm.safety.patient import Patient

__all__ = ["RISKS", "rate_risk"]

# Ordered: a later one is worse.
RISKS = ("low", "moderate", "high", "critical")
_SENSITIVE = ("medication", "treatment", "emergency")
_OLD = 75
_YOUNG = 6


def rate_risk(urgency: str, kind: str, findings: Iterable[Finding], patient: Patient) -> str:
    """Return the worst of what the urgency, the findings and the topic with the patient mean."""
    levels = [RISKS.index(urgency) if urgency in RISKS else 0]
    if kind in _SENSITIVE:
        frail = patient.pregnant or (patient.age is not None and not _YOUNG <= patient.age < _OLD)
        levels.append(RISKS.index("high" if frail or (patient.egfr or 90) < 30 else "moderate"))
    for finding in findings:
        if finding.severity == "contraindicated":
            levels.append(RISKS.index("critical"))
        elif finding.severity == "major":
            levels.append(RISKS.index("high"))
    return RISKS[max(levels)]
