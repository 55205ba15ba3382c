"""The wrapper around a model: no question reaches it unmasked, no answer leaves unchecked or unrecorded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

from medlfm.audit import AuditTrail, fingerprint
from medlfm.errors import MedlfmError, ModelError, SettingsError
from medlfm.experts.router import Routing, default_router
from medlfm.knowledge.evidence import EvidenceStore
from medlfm.knowledge.passages import LEVELS, Passage
from medlfm.safety.answer import Answer
from medlfm.safety.confidence import Calibrator, collect, key_of
from medlfm.safety.drafting import Draft, extract, keep_supported, without_last
from medlfm.safety.drug_questions import answer_from_table
from medlfm.safety.explaining import Rated
from medlfm.safety.few_shot import FewShot
from medlfm.safety.gate import check_answer
from medlfm.safety.intake import Intake, receive
from medlfm.safety.judging import Question, from_table, judge, turn_away
from medlfm.safety.mentions import check_mentions
from medlfm.safety.patient import Patient
from medlfm.safety.regions import emergency_contacts
from medlfm.safety.reviews import REVIEWED, ReviewQueue
from medlfm.safety.wording import say
from medlfm.settings import Settings, load_settings

__all__ = ["MedicalComplianceWrapper"]

_PASSAGES = 4  # given to the model and quoted from; what fits a small model's context with room for an answer
_TOKENS = 200
# Parameters below which a base only quotes: of what SmolLM2-135M (the one measured) wrote from two passages, half had
# no support, and 8 of 40 answers were useful where 19 were that quoted.
_SMALL = 1_000_000_000


class Model(Protocol):
    """What the wrapper needs of `MedicalModel`."""

    base_name: str
    experts: Any

    @property
    def parameters(self) -> int: ...

    def route(self, text: str, patient: Mapping[str, Any] | None = None) -> Routing: ...

    def generate(
        self,
        question: str,
        passages: Sequence[tuple[str, str]] = (),
        routing: Routing | None = None,
        max_new_tokens: int = 256,
    ) -> Any: ...


class MedicalComplianceWrapper:
    """Answers questions safely; see `generate_safe`.

    model: a MedicalModel, or None to quote the evidence only. enable_safety_checks: the checks of orders in the answer
    and of harmful requests; triage, masking, support and the audit record are never switched off.
    draft: "model", "extract" (the evidence is quoted), or "auto": a base of less than 10⁹ parameters quotes, and its
    weights are not even loaded.
    calibrator: by default MEDLFM_HOME/calibration.json where there is one, else the shipped one for quoted answers.
    measuring: the questions are a test's: they are recorded as such, and none goes into the review queue.
    """

    def __init__(
        self,
        model: Model | None = None,
        confidence_threshold: float | None = None,
        enable_safety_checks: bool = True,
        *,
        settings: Settings | None = None,
        evidence: EvidenceStore | None = None,
        draft: str = "auto",
        calibrator: Path | None = None,
        measuring: bool = False,
    ) -> None:
        self.model = model
        self.settings = settings or load_settings()
        self.enable_safety_checks = enable_safety_checks
        chosen = self.settings.confidence_threshold if confidence_threshold is None else confidence_threshold
        self.confidence_threshold = _probability("confidence_threshold", chosen)
        self.evidence = evidence or EvidenceStore(self.settings.evidence)
        self.audit = AuditTrail(self.settings.audit)
        self.reviews = ReviewQueue(self.settings.reviews, self.audit)
        self.measuring = measuring
        if draft not in ("auto", "model", "extract"):
            raise SettingsError(f"draft is {draft!r}; allowed: auto, model, extract.")
        self.draft = draft
        self._calibrator = calibrator or self.settings.home / "calibration.json"

    def generate_safe(
        self,
        question: str,
        min_confidence: float | None = None,
        require_evidence: bool = True,
        patient: Mapping[str, Any] | None = None,
        *,
        lang: str = "",
        allow_starter: bool | None = None,
        examples: FewShot | None = None,
    ) -> Answer:
        """Answer a question.

        min_confidence overrides the wrapper's threshold. require_evidence: only sentences supported by evidence at
        reference level (or starter level, where allowed) are shown; without it, unsupported ones are marked.
        examples: answered questions about a rare disease, see `few_shot`.
        Raises AuditError where the answer can't be recorded, ReviewError where it can't be put into the review queue:
        then there is none.
        """
        threshold = _probability(
            "min_confidence", self.confidence_threshold if min_confidence is None else min_confidence
        )
        facts = Patient.read(patient)
        intake = receive(question, lang)
        contacts = emergency_contacts(self.settings.region, intake.lang)
        if intake.gate.status != "allowed" and (self.enable_safety_checks or intake.gate.status == "emergency"):
            return self._record(turn_away(intake, contacts), intake, threshold)
        few = examples or FewShot()
        answer = self._answer(
            replace(intake, masked=few.named(intake.masked)),
            facts,
            few,
            contacts,
            threshold,
            starter=self.settings.allow_starter if allow_starter is None else allow_starter,
            mark=not require_evidence,
        )
        return self._record(answer, intake, threshold)

    def _answer(
        self,
        intake: Intake,
        facts: Patient,
        few: FewShot,
        contacts: Mapping[str, str],
        threshold: float,
        *,
        starter: bool,
        mark: bool,
    ) -> Answer:
        """Route, search, draft, check and judge. starter: such evidence counts; mark: show what nothing supports."""
        routing = self._route(intake, facts)
        levels = LEVELS if starter or mark else ("reference",)
        passages = self.evidence.search(intake.query, lang=intake.lang, levels=levels, limit=_PASSAGES)
        if told := few.search(intake.query, intake.lang)[:_PASSAGES]:
            passages = sorted([*told, *passages], key=lambda passage: -passage.score)[:_PASSAGES]
        draft = self._draft(intake, passages, routing, few, mark=mark)
        asked = Question(intake, facts, routing, tuple(passages), contacts)
        words = " ".join(line.text for line in draft.lines)
        findings = check_mentions(words, facts, intake.lang) if self.enable_safety_checks else None
        flags = sum(finding.verdict != "ok" for finding in findings or ())
        rated = self._confidence(asked, draft, flags, threshold)
        answer = judge(asked, draft, findings, rated)
        if said := answer_from_table(intake.query, facts, intake.lang):
            answer = from_table(answer, said)
        notes = [rated.stale] if rated.stale else []
        if self.model is None and draft.lines:
            notes.append(say(intake.lang, "warn.no_model", "answers"))
        return replace(answer, warnings=(*answer.warnings, *notes))

    def _route(self, intake: Intake, facts: Patient) -> Routing:
        known = {"age": facts.age} if facts.age is not None else None
        return self.model.route(intake.query, known) if self.model else default_router().route(intake.query, known)

    def _draft(
        self, intake: Intake, passages: Sequence[Passage], routing: Routing, few: FewShot, *, mark: bool
    ) -> Draft:
        """Let the model draft where it shall and keep what is supported; else, or if nothing is left, quote."""
        draft = Draft()
        if self.model and self._drafts(self.model) and (passages or mark):
            given = [(passage.title, passage.text) for passage in passages] + few.nearest(intake.query, intake.lang)
            try:
                made = self.model.generate(intake.masked, given, routing, _TOKENS)
            except MedlfmError:
                raise
            except Exception as error:
                # its message may quote the prompt
                raise ModelError(
                    f"The model failed ({type(error).__name__}).", "Try --no-model, or medlfm doctor."
                ) from None
            whole = made.text if made.finished else without_last(made.text, intake.lang)
            lines, draft.dropped = keep_supported(whole, passages, intake.lang, mark=mark)
            draft.lines = [line for line in lines if self._may_be_said(line.text, intake.lang)]
            draft.dropped += len(lines) - len(draft.lines)
            draft.logprobs, draft.by_model = tuple(made.token_logprobs), True
        if not any(not line.marked for line in draft.lines):
            quoted = extract(
                intake.query,
                passages,
                intake.lang,
                prefer=lambda text: few.likeness(intake.query, intake.lang, text),
            )
            if quoted:
                draft.lines, draft.logprobs, draft.by_model = quoted, (), False
        return draft

    def _may_be_said(self, text: str, lang: str) -> bool:
        """Whether the gate lets a model's sentence pass."""
        return not self.enable_safety_checks or check_answer(text, lang).status == "allowed"

    def _drafts(self, model: Model) -> bool:
        return self.draft == "model" or (self.draft == "auto" and model.parameters >= _SMALL)

    def calibration_key(self, by_model: bool) -> str:
        """Return the key that a calibrator must have to count for answers of this wrapper."""
        if not (self.model and by_model):
            return key_of("", {})
        base: Any = getattr(self.model, "base", None)
        adapters = {expert.id: expert.version for expert in self.model.experts}
        return key_of(getattr(base, "fingerprint", self.model.base_name), adapters)

    def _confidence(self, question: Question, draft: Draft, flags: int, threshold: float) -> Rated:
        """Rate a draft by the calibrator; without a confidence where none fits."""
        lang = question.intake.lang
        none = Rated(None, threshold, threshold)
        if not draft.lines:
            return none
        quoted = [line.support.passage for line in draft.lines if line.support.passage >= 0]
        features = collect(
            question=question.intake.query,
            lang=lang,
            passages=question.passages,
            quoted=list(dict.fromkeys(quoted)),
            logprobs=draft.logprobs,
            supports=[line.support.score for line in draft.lines],
            dropped=draft.dropped,
            margin=question.routing.margin if draft.by_model else 0.0,
            flags=flags,
            lines=[line.text for line in draft.lines],
        )
        path = self._calibrator if self._calibrator.is_file() else None
        if path is None and draft.by_model:
            return none  # the shipped one is for quoted answers
        try:
            calibrator = Calibrator.load(path, self.calibration_key(draft.by_model))
        except ModelError as error:
            return replace(none, stale=error.message)
        if lang not in calibrator.languages:
            return none
        needed = calibrator.needed(threshold)
        return Rated(calibrator.predict(features), threshold, needed, parts=calibrator.parts(features))

    def _record(self, answer: Answer, intake: Intake, threshold: float) -> Answer:
        """Write the audit record (hashes, decisions, ids), queue what needs review, then hand the answer out."""
        orders = answer.checks.get("orders")
        queued = self.settings.review and not self.measuring and answer.status in REVIEWED
        audit_id = self.audit.append(
            "ask",
            {
                "status": answer.status,
                "urgency": answer.urgency,
                "risk": answer.risk,
                "lang": answer.lang,
                "gate": intake.gate.status,
                "category": intake.gate.category,
                "masked": intake.hits,
                "masked_sha": fingerprint(intake.masked),
                "experts": [name for name, _ in answer.experts],
                "base": self.model.base_name if self.model else "",
                "evidence": [item.id for item in answer.evidence],
                "orders": [item["verdict"] for item in orders] if isinstance(orders, list) else [],
                "confidence": answer.confidence,
                "threshold": threshold,
                "safety_checks": self.enable_safety_checks,
                "queued": queued,
                "measuring": self.measuring,
            },
        )
        answer = replace(answer, audit_id=audit_id)
        return replace(answer, review_id=self.reviews.add(intake.masked, answer)) if queued else answer


def _probability(name: str, value: float) -> float:
    if not 0 <= value <= 1:
        raise SettingsError(f"{name} is {value!r}; allowed is 0 to 1.", "Try 0.85.")
    return float(value)
