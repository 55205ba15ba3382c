"""The pathway of a question: from what somebody typed to an answer that says what it rests on.

```
question → emergency? said first → PHI masked → gate → experts → evidence → draft → support, orders → status → audit
```

`MedicalComplianceWrapper.generate_safe` walks it; this module opens what the walk needs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from medlfm.audit import AuditTrail
from medlfm.errors import ModelError
from medlfm.experts import create_medical_model
from medlfm.knowledge.evidence import Added, EvidenceStore
from medlfm.knowledge.sources import Origin, read_passages
from medlfm.knowledge.titles import Progress
from medlfm.safety.answer import Answer
from medlfm.safety.few_shot import read_examples
from medlfm.safety.wrapper import MedicalComplianceWrapper, Model
from medlfm.settings import Settings, load_settings

__all__ = ["add_evidence", "ask", "open_wrapper"]


def ask(
    question: str,
    *,
    settings: Settings | None = None,
    patient: Mapping[str, Any] | None = None,
    lang: str = "",
    require_evidence: bool = True,
    min_confidence: float | None = None,
    use_model: bool = True,
    draft: str = "auto",
    examples: Path | None = None,
) -> Answer:
    """Answer a question from the evidence store, with the model that the settings name where it is installed.

    patient: see `check_order`. lang: of question and answer, detected where empty. use_model: False quotes the
    evidence only. examples: a file of answered questions about a rare disease (see `safety/few_shot.py`).
    Raises MedlfmError where patient facts, examples, store or audit trail are not usable.
    """
    wrapper, notes = open_wrapper(settings, use_model=use_model, draft=draft)
    told = read_examples(examples) if examples else None
    answer = wrapper.generate_safe(question, min_confidence, require_evidence, patient, lang=lang, examples=told)
    return replace(answer, warnings=(*answer.warnings, *notes))


def open_wrapper(
    settings: Settings | None = None, *, use_model: bool = True, draft: str = "auto"
) -> tuple[MedicalComplianceWrapper, tuple[str, ...]]:
    """Open model, experts, evidence and audit trail; what is missing or broken comes back as notes.

    For several questions: the model is loaded once.
    """
    settings = settings or load_settings()
    model, notes = _open_model(settings) if use_model else (None, ())
    wrapper = MedicalComplianceWrapper(model, settings=settings, evidence=EvidenceStore(settings.evidence), draft=draft)
    return wrapper, notes


def _open_model(settings: Settings) -> tuple[Model | None, tuple[str, ...]]:
    """Find the model without loading its weights; without one the evidence is quoted, and a note says so."""
    if find_spec("torch") is None:
        return None, ("No language model: torch is not installed (pip install 'medlfm[lm]').",)
    try:
        model = create_medical_model(settings=settings)
    except ModelError as error:
        return None, (str(error),)
    return model, tuple(broken.error for broken in model.broken)


def add_evidence(
    paths: Iterable[Path],
    origin: Origin | None = None,
    *,
    settings: Settings | None = None,
    progress: Progress | None = None,
) -> Added:
    """Add what files, folders and prepared runs hold to the evidence store, and record it; see `read_passages`.

    Where an embedder is installed, titles are then found by meaning too; progress: told how many of them are done.
    """
    settings = settings or load_settings()
    origin = origin or Origin()
    store = EvidenceStore(settings.evidence)
    result = store.add(read_passages(paths, origin))
    store.add_vectors(progress)
    details = {"added": result.added, "duplicates": result.duplicates, "level": origin.level, "licence": origin.licence}
    AuditTrail(settings.audit).append("evidence_add", details)
    return result
