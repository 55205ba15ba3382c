"""What becomes of a draft: its status and why, its risk, its warnings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from medlfm.experts.router import Routing
from medlfm.knowledge.passages import Passage
from medlfm.knowledge.text import question_type
from medlfm.safety.answer import Answer, Evidence
from medlfm.safety.composing import compose, evidence_of
from medlfm.safety.drafting import Draft, Line
from medlfm.safety.explaining import Rated, explain
from medlfm.safety.few_shot import is_example
from medlfm.safety.findings import Finding
from medlfm.safety.groups import left_out
from medlfm.safety.intake import Intake
from medlfm.safety.mentions import check_mentions
from medlfm.safety.patient import Patient
from medlfm.safety.risk import rate_risk
from medlfm.safety.wording import say
from medlfm.settings import LANGUAGES

__all__ = ["Question", "from_table", "judge", "turn_away"]


_DOSES = ("dose_too_high", "unit_error")


@dataclass(frozen=True)
class Question:
    """A masked question with all that was gathered for it."""

    intake: Intake
    facts: Patient
    routing: Routing
    passages: tuple[Passage, ...]
    contacts: Mapping[str, str]


def judge(asked: Question, draft: Draft, findings: Sequence[Finding] | None, rated: Rated) -> Answer:
    """Make the answer of a draft. findings: of the check of its drugs, None where that was switched off."""
    intake, lang = asked.intake, asked.intake.lang
    confidence, threshold = rated.confidence, rated.needed
    status, why = _status(asked, draft, findings, confidence, threshold)
    shown = [] if status == "withheld" or _forbidden(findings) else draft.lines
    wrong = [finding.what for finding in findings or () if finding.verdict != "ok"]
    evidence = _evidence(status, shown, asked, checked=findings is not None)
    return Answer(
        text=compose(status, shown, intake, asked.passages, asked.contacts),
        status=status,
        lang=lang,
        confidence=confidence,
        risk=rate_risk(intake.urgency, question_type(intake.query, lang), findings or (), asked.facts),
        urgency=intake.urgency,
        experts=asked.routing.experts,
        evidence=evidence,
        checks=_checks(intake, draft, findings),
        why=(
            *intake.reasons,
            *(say(lang, f"why.{name}", "answers", **_values(asked, draft, confidence, threshold)) for name in why),
        ),
        warnings=(*_warnings(asked, draft), *dict.fromkeys(wrong)),
        disclaimer=say(lang, "disclaimer", "answers", **asked.contacts),
        explanation=explain(intake, asked.routing, asked.passages, evidence, rated),
    )


def from_table(answer: Answer, facts: Sequence[str]) -> Answer:
    """Put what the drug table says in front of an answer; it is no citation, so the answer goes to review.

    In an emergency what to do stays first.
    """
    lines = "\n".join([say(answer.lang, "drug.note", "answers"), *(f"- {fact}" for fact in facts)])
    quoted = answer.text if answer.status in ("answered", "needs_review") else ""
    if answer.status == "emergency":
        return replace(answer, text=f"{answer.text}\n\n{lines}")
    return replace(
        answer,
        text=f"{lines}\n\n{quoted}".strip(),
        status="needs_review",
        confidence=None,
        why=(say(answer.lang, "why.drug_table", "answers"), *answer.why),
    )


def turn_away(intake: Intake, contacts: Mapping[str, str]) -> Answer:
    """Make the answer to a question that the gate doesn't let pass; an emergency in it is told all the same."""
    gate, lang = intake.gate, intake.lang
    text = say(lang, f"{gate.status}.{gate.category}", "answers", **contacts) or say(lang, gate.status, "answers")
    acute = intake.acute and gate.status != "emergency"
    if acute:
        text = f"{say(lang, f'emergency.{intake.urgency}', 'answers', **contacts)}\n\n{text}"
    status = "emergency" if acute else gate.status
    return Answer(
        text=text,
        status=status,
        lang=lang,
        risk={"emergency": "critical", "refused": "high"}.get(status, "low"),
        urgency="critical" if gate.status == "emergency" else intake.urgency,
        checks={"gate": gate.to_dict(), "phi": {"masked": intake.hits}},
        why=(*intake.reasons, say(lang, f"why.gate.{gate.category}", "answers") or gate.category),
        disclaimer=say(lang, "disclaimer", "answers", **contacts),
        explanation=explain(intake),
    )


def _forbidden(findings: Sequence[Finding] | None) -> bool:
    """Whether a text may not be shown: what is forbidden, and every dose that is plainly too high or slipped."""
    return any(
        finding.verdict != "ok"
        and (finding.severity == "contraindicated" or (finding.verdict in _DOSES and finding.severity == "major"))
        for finding in findings or ()
    )


def _status(
    asked: Question, draft: Draft, findings: Sequence[Finding] | None, confidence: float | None, threshold: float
) -> tuple[str, list[str]]:
    """Return the status, and the reasons by the name of their sentence."""
    if asked.intake.acute:
        return "emergency", ["order"] if _forbidden(findings) else []
    if not draft.lines:
        return "withheld", ["not_supported" if asked.passages else "nothing_found"]
    if _forbidden(findings):
        return "withheld", ["order"]
    against = {
        "order": any(finding.verdict != "ok" for finding in findings or ()),
        "no_checks": findings is None,
        "not_supported": any(line.marked for line in draft.lines),
        "starter": all(
            asked.passages[line.support.passage].level == "starter" for line in draft.lines if not line.marked
        ),
        "example": any(is_example(asked.passages[line.support.passage]) for line in draft.lines if not line.marked),
        "group": bool(_left_out(asked, draft)),
        "no_calibrator": confidence is None,
        "low_confidence": confidence is not None and confidence < threshold,
    }
    reasons = [name for name, holds in against.items() if holds]
    return ("needs_review", reasons) if reasons else ("answered", ["answered"])


def _values(asked: Question, draft: Draft, confidence: float | None, threshold: float) -> dict[str, str]:
    groups = ", ".join(_left_out(asked, draft))
    return {"confidence": f"{confidence or 0:.2f}", "threshold": f"{threshold:.2f}", "groups": groups}


def _left_out(asked: Question, draft: Draft) -> list[str]:
    cited = [asked.passages[line.support.passage] for line in draft.lines if not line.marked]
    return left_out(asked.intake.query, cited, asked.intake.lang) if cited else []


def _evidence(status: str, shown: Sequence[Line], asked: Question, *, checked: bool) -> tuple[Evidence, ...]:
    """List what was quoted and what was found; in an emergency nothing that is not quoted, to be read at a glance.

    checked: of a passage that names a dose which may not be shown only the source is told.
    """
    found = evidence_of(shown, asked.passages)
    if checked:
        found = tuple(_harmless(item, asked.facts) for item in found)
    return tuple(item for item in found if item.number) if status == "emergency" else found


def _harmless(item: Evidence, facts: Patient) -> Evidence:
    lang = item.lang if item.lang in LANGUAGES else LANGUAGES[0]
    return replace(item, quote="") if _forbidden(check_mentions(item.quote, facts, lang)) else item


def _checks(intake: Intake, draft: Draft, findings: Sequence[Finding] | None) -> dict[str, Any]:
    return {
        "triage": {"urgency": intake.urgency, "conditions": list(intake.conditions), "teaching": intake.teaching},
        "phi": {"masked": intake.hits},
        "gate": intake.gate.to_dict(),
        "support": {
            "supported": sum(not line.marked for line in draft.lines),
            "dropped": draft.dropped,
            "drafted_by": "model" if draft.by_model else "evidence",
        },
        "orders": "off" if findings is None else [finding.to_dict() for finding in findings],
    }


def _warnings(asked: Question, draft: Draft) -> list[str]:
    intake = asked.intake
    cited = [asked.passages[line.support.passage] for line in draft.lines if not line.marked]
    holds = {
        "warn.language": not intake.understood,
        "warn.phi": intake.hits > 0,
        "warn.starter": any(passage.level == "starter" for passage in cited),
        "warn.dropped": draft.dropped > 0,
    }
    return [say(intake.lang, name, "answers", count=draft.dropped) for name, true in holds.items() if true]
