"""The answer to a question, with everything that is known about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

__all__ = ["ANSWER_STATUSES", "Answer", "Evidence"]

ANSWER_STATUSES = ("answered", "needs_review", "withheld", "emergency", "refused", "out_of_scope")


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """A passage behind an answer; `number` is the one in brackets there, `support` the share of words found in it.

    `quote` is the words that support the answer; for a passage that was only found, its beginning (number 0).
    """

    number: int
    id: str
    title: str
    source: str
    url: str
    quote: str
    support: float
    level: str
    licence: str
    lang: str


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What `ask` returns. `confidence` is None until a calibrator fits; `why` says why the status is what it is.

    `review_id`: its number in the review queue, where it was put there. `explanation`: see `safety/explaining.py`.

    `checks`: name → result ("pass", "flag", "off" or details), all plain JSON data.
    """

    text: str
    status: str
    lang: str
    confidence: float | None = None
    risk: str = "low"
    urgency: str = "low"
    experts: tuple[tuple[str, float], ...] = ()
    evidence: tuple[Evidence, ...] = ()
    checks: Mapping[str, Any] = field(default_factory=dict)
    why: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    disclaimer: str = ""
    audit_id: str = ""
    review_id: int | None = None
    explanation: Mapping[str, Any] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data."""
        values = asdict(self)
        values["experts"] = [[name, round(gate, 4)] for name, gate in self.experts]
        values["evidence"] = [asdict(item) for item in self.evidence]
        values["why"], values["warnings"] = list(self.why), list(self.warnings)
        values["checks"], values["explanation"] = dict(self.checks), dict(self.explanation)
        return values
