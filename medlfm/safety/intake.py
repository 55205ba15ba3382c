"""What happens to a question first: is it an emergency, then all that identifies anyone is masked, then the gate.

Only the triage rules and the masking see the question as it was asked; all that follows sees `Intake.masked`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from medlfm.components.emergency import assess
from medlfm.deid import deidentify
from medlfm.knowledge.text import question_language, sentences
from medlfm.safety.asking import mask_frames
from medlfm.safety.gate import Gate, check
from medlfm.safety.teaching import asks_for_knowledge, asks_how_to_help, begins_as_asking, claims, waits_for_rescue
from medlfm.settings import LANGUAGES
from medlfm.spans import URGENCIES

__all__ = ["Intake", "receive"]

_TAG = re.compile(r"\[[A-Z_]+\]")


@dataclass(frozen=True, kw_only=True)
class Intake:
    """A question as the rest may see it. `lang`: of the answer; `understood`: whether the question was in it.

    `teaching`: it asks for knowledge about an emergency, or what to do in one that is only supposed, and nobody in it
    is ill; its urgency is that of any question.
    """

    masked: str
    hits: int
    lang: str
    understood: bool
    urgency: str
    reasons: tuple[str, ...]
    conditions: tuple[str, ...]
    gate: Gate
    teaching: bool = False

    @property
    def acute(self) -> bool:
        """Whether somebody must be seen now, which comes before everything else."""
        return self.urgency in ("critical", "high")

    @property
    def query(self) -> str:
        """The question without the tags of what was masked, for the search."""
        return _TAG.sub(" ", self.masked)


def receive(question: str, lang: str = "") -> Intake:
    """Triage, mask and gate a question; where its language is unknown, by the rules of both."""
    found = lang or question_language(question)
    languages = (found,) if found else LANGUAGES
    triage = _triage(question, languages)
    reasons = claims(question, languages) if triage["mentioned"] else ()
    teaching = bool(found and triage["mentioned"] and not reasons) and asks_for_knowledge(question, found)
    if reasons:
        triage |= {"urgency": URGENCIES[-1], "reasons": reasons, "conditions": triage["mentioned"]}
    elif teaching:
        triage = {"urgency": URGENCIES[0], "reasons": (), "conditions": ()}
    if found and triage["urgency"] == URGENCIES[0] and not teaching:
        asks = asks_how_to_help(question, found) or begins_as_asking(question, found)
        teaching = bool(triage["mentioned"] and asks) or waits_for_rescue(question, found)
    masked, hits = question, 0
    for each in languages:
        result = deidentify(masked, lang=each, policy="safe_harbor")
        masked, hits = result.text, hits + len(result.spans)
    masked, more = mask_frames(masked)
    hits += more
    return Intake(
        masked=masked,
        hits=hits,
        lang=found or "en",
        understood=bool(found),
        urgency=triage["urgency"],
        reasons=tuple(triage["reasons"]),
        conditions=tuple(triage["conditions"]),
        gate=check(masked, found),
        teaching=teaching,
    )


def _triage(question: str, languages: tuple[str, ...]) -> dict[str, Any]:
    """Grade the question, and alone what is left of it without sentences that ask for knowledge: the highest counts."""
    results = [assess(question, lang) for lang in languages]
    for lang in languages:
        parts = sentences(question, lang)
        for asks in (asks_for_knowledge, begins_as_asking):
            told = [part for part in parts if not asks(part, lang)]
            if told and len(told) < len(parts):
                results.append(assess(" ".join(told), lang))
    mentioned = sorted({name for result in results for name in result["mentioned"]})
    return max(results, key=lambda result: URGENCIES.index(result["urgency"])) | {"mentioned": mentioned}
