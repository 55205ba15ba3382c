"""What decided an answer, as plain data: `medlfm ask --explain` prints it, and it stands in the JSON of an answer.

Nothing of it holds more than the masked question and the evidence.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from medlfm.experts.router import Routing
from medlfm.knowledge.passages import Passage
from medlfm.safety.answer import Evidence
from medlfm.safety.intake import Intake
from medlfm.safety.wording import say

__all__ = ["Rated", "explain"]


@dataclass(frozen=True)
class Rated:
    """A calibrated confidence, None where no calibrator fits (`stale`: why, where one was refused).

    `needed`: what it must reach for a promise of `threshold`; `parts`: feature → (value, log odds it moved).
    """

    confidence: float | None
    threshold: float
    needed: float
    stale: str = ""
    parts: tuple[tuple[str, float, float], ...] = ()


def explain(
    intake: Intake,
    routing: Routing | None = None,
    passages: Sequence[Passage] = (),
    evidence: Sequence[Evidence] = (),
    rated: Rated | None = None,
) -> dict[str, Any]:
    """Return what was decided on the way, as JSON data; without routing for a question that was turned away."""
    numbers = {item.id: item.number for item in evidence}
    return {
        "question": intake.masked,
        "triage": {
            "urgency": intake.urgency,
            "conditions": list(intake.conditions),
            "reasons": list(intake.reasons),
            "teaching": intake.teaching,
        },
        "routing": routing.to_dict() if routing else None,
        "passages": [
            {
                "number": numbers.get(passage.id, 0),
                "id": passage.id,
                "title": passage.title,
                "level": passage.level,
                "score": round(passage.score, 3),
            }
            for passage in passages
        ],
        "confidence": _confidence(rated, intake.lang) if rated else None,
    }


def _confidence(rated: Rated, lang: str) -> dict[str, Any]:
    parts = sorted(rated.parts, key=lambda part: -abs(part[2]))
    return {
        "value": rated.confidence,
        "threshold": rated.threshold,
        "needed": round(rated.needed, 4),
        "parts": [
            {
                "feature": name,
                "meaning": say(lang, f"feature.{name}", "answers"),
                "value": round(value, 3),
                "log_odds": round(moved, 3),
            }
            for name, value, moved in parts
            if round(moved, 2)
        ],
    }
