"""What a check of an order finds, and which of several findings is the worst."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

from medlfm.knowledge.drugs import SEVERITIES

__all__ = ["VERDICTS", "Check", "Finding", "worst"]

# Ordered: of two findings of equal severity the later one names the verdict.
VERDICTS = (
    "ok",
    "dose_too_low",
    "unknown_drug",
    "interaction",
    "dose_too_high",
    "unit_error",
    "contraindicated",
    "allergy",
)


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing to know about an order. `severity`: minor, moderate, major or contraindicated.

    `source` is where the fact comes from, "general knowledge" where no document was read for it. `tier`, of two drugs
    only: "interruptive" where they are to be kept apart whatever the dose, else "passive".
    """

    verdict: str
    severity: str
    what: str
    why: str
    source: str
    instead: str = ""
    tier: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data."""
        return asdict(self)


@dataclass
class Check:
    """Collects findings, and what could not be checked, once each."""

    lang: str
    findings: list[Finding] = field(default_factory=list)
    unchecked: list[str] = field(default_factory=list)
    subject: str = ""  # of which drug a finding speaks, where there are several

    def add(
        self, verdict: str, severity: str, what: str, why: str, source: str, instead: str = "", *, tier: str = ""
    ) -> None:
        """Note a finding; a concern below major leaves the verdict "ok", unless it is about the dose or the drug."""
        if verdict in ("interaction", "contraindicated", "allergy") and severity in ("minor", "moderate"):
            verdict = "ok"
        if self.subject and self.subject not in what:
            what = f"{self.subject}: {what}"
        found = Finding(
            verdict=verdict, severity=severity, what=what, why=why, source=source, instead=instead, tier=tier
        )
        if found not in self.findings:
            self.findings.append(found)

    def miss(self, text: str) -> None:
        """Note what could not be checked."""
        if text not in self.unchecked:
            self.unchecked.append(text)


def worst(findings: Iterable[Finding]) -> str:
    """Return the verdict of the worst finding: severity first; an "ok" never hides another verdict."""
    ranked = sorted(
        (found for found in findings if found.verdict != "ok"),
        key=lambda found: (SEVERITIES.index(found.severity), VERDICTS.index(found.verdict)),
    )
    return ranked[-1].verdict if ranked else "ok"
