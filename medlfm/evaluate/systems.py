"""What is measured: medlfm's own answer to a case of each task, and room for others' beside it."""

from __future__ import annotations

import platform
from collections.abc import Callable, Sequence
from contextlib import nullcontext, suppress
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from medlfm.errors import ModelError, SettingsError
from medlfm.evaluate.gold import Case
from medlfm.matching.language import detect_language
from medlfm.settings import Settings

__all__ = ["SYSTEMS", "System", "language_of", "make_system", "versions"]


@dataclass(frozen=True)
class System:
    """Something that answers the cases of a task; `predict` returns what the task's score documents."""

    name: str
    predict: Callable[[Case], dict[str, Any]]
    versions: dict[str, str] = field(default_factory=dict)


def versions(*distributions: str) -> dict[str, str]:
    """Return the installed versions of distributions, and Python's; one that isn't installed is left out."""
    found = {"python": platform.python_version()}
    for name in ("medlfm", "spacy", *distributions):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def language_of(case: Case) -> str:
    """Return the case's language, detected where it doesn't say; English where that fails."""
    return case.lang or detect_language(case.text) or "en"


class _Component:
    """One component alone on a blank pipeline, a pipeline a language."""

    def __init__(self, factory: str, **config: Any) -> None:
        self._load = cache(lambda lang: _blank(lang, factory, config))

    def pipe(self, case: Case) -> Any:
        """Return the component itself, for what it knows without a document."""
        return self._load(language_of(case)).pipeline[0][1]

    def __call__(self, case: Case, prepare: Callable[[Any], None] = lambda doc: None) -> Any:
        nlp = self._load(language_of(case))
        doc = nlp.make_doc(case.text)
        prepare(doc)
        for _, component in nlp.pipeline:
            doc = component(doc)
        return doc


def _blank(lang: str, factory: str, config: dict[str, Any]) -> Any:
    import spacy

    nlp = spacy.blank(lang)
    nlp.max_length = 10_000_000
    nlp.add_pipe(factory, config=config)
    return nlp


def _phi(settings: Settings, **config: Any) -> Callable[[Case], dict[str, Any]]:
    component = _Component("medlfm_phi", **config)

    def predict(case: Case) -> dict[str, Any]:
        doc = component(case)
        return {"spans": [(span.start_char, span.end_char, span.label_) for span in doc.spans["medlfm_phi"]]}

    return predict


def _context(settings: Settings) -> Callable[[Case], dict[str, Any]]:
    from medlfm.spans import MODIFIERS

    component = _Component("medlfm_context", targets=["gold"])

    def predict(case: Case) -> dict[str, Any]:
        # One span at a time: the tokens of a doc can hold two equal spans, which would share their extensions.
        modifiers = []
        for span in case.gold["spans"]:
            doc = component(case, lambda doc, span=span: _target(doc, span))  # type: ignore[misc]
            target = doc.spans["gold"][0]
            modifiers.append({name: bool(target._.get(extension)) for name, extension in MODIFIERS.items()})
        return {"modifiers": modifiers}

    return predict


def _target(doc: Any, span: dict[str, Any]) -> None:
    doc.spans["gold"] = [doc.char_span(span["start"], span["end"], alignment_mode="expand")]


def _abbreviations(settings: Settings) -> Callable[[Case], dict[str, Any]]:
    component = _Component("medlfm_abbreviations")

    def predict(case: Case) -> dict[str, Any]:
        if "senses" in case.gold:
            return {"senses": component.pipe(case).senses(case.text)}
        doc = component(case)
        return {
            "spans": [
                {
                    "start": span.start_char,
                    "end": span.end_char,
                    "short_form": span._.medlfm_candidates[0].get("short", span.text),  # tokens may be longer
                    "long_form": span._.medlfm_long_form,
                    "candidates": list(span._.medlfm_candidates),
                }
                for span in doc.spans["medlfm_abbreviations"]
            ]
        }

    return predict


def _emergency(settings: Settings) -> Callable[[Case], dict[str, Any]]:
    component = _Component("medlfm_emergency")

    def predict(case: Case) -> dict[str, Any]:
        doc = component(case)
        asserted = {span.label_ for span in doc.spans["medlfm_emergency"] if span._.medlfm_asserted}
        return {"urgency": doc._.medlfm_urgency, "emergencies": sorted(asserted)}

    return predict


def _medications(settings: Settings) -> Callable[[Case], dict[str, Any]]:
    component = _Component("medlfm_medications")

    def predict(case: Case) -> dict[str, Any]:
        doc = component(case)  # bound: span groups die with their doc
        spans = list(doc.spans["medlfm_medications"])
        return {
            "spans": [(span.start_char, span.end_char, span.label_) for span in spans],
            "values": [_flat(span._.medlfm_medication or {}) for span in spans],
        }

    return predict


def _flat(order: dict[str, Any]) -> dict[str, Any]:
    dose = order.get("dose") or {}
    values = {**order, "dose_value": dose.get("value"), "dose_unit": dose.get("unit"), "per_kg": dose.get("per_kg")}
    if order.get("dose_assumed_unit"):
        values["dose_unit"] = None
    # what doesn't apply, or wasn't written, is nothing, as in the gold
    return {name: None if value is False else value for name, value in values.items()}


def _orders(settings: Settings) -> Callable[[Case], dict[str, Any]]:
    from medlfm.safety import check_order
    from medlfm.safety.choice import choose
    from medlfm.safety.note_facts import read_facts

    def predict(case: Case) -> dict[str, Any]:
        lang = language_of(case)
        if "offered" in case.gold:
            facts = read_facts(case.gold["dialogue"], lang)
            dialogue, indication = case.gold["dialogue"], case.gold["indication"]
            ranked = choose(case.gold["offered"], indication, facts, lang, talk=dialogue)
            return {"first": [name for name, score in ranked if score == ranked[0][1]]}
        order = check_order(case.gold["order"], patient=case.gold["patient"], lang=lang)
        if "interacts" not in case.gold:
            return {"verdict": order.verdict}
        known = "unknown_drug" not in {finding.verdict for finding in order.findings}
        grades = {finding.severity for finding in order.findings if finding.verdict == "interaction"}
        interrupts = any(finding.tier == "interruptive" for finding in order.findings)
        return {"interaction": bool(grades), "interrupts": interrupts, "known": known}

    return predict


def _routing(settings: Settings) -> Callable[[Case], dict[str, Any]]:
    from medlfm.experts import route

    return lambda case: {"experts": [name for name, _ in route(case.text).experts]}


def _safety(settings: Settings) -> Callable[[Case], dict[str, Any]]:
    from medlfm.knowledge.passages import Passage
    from medlfm.safety.gate import check
    from medlfm.safety.support import find_support

    def predict(case: Case) -> dict[str, Any]:
        lang = language_of(case)
        if "passage" in case.gold:
            passage = Passage(title="", text=case.gold["passage"], lang=lang, source="gold", licence="gold")
            return {"supported": find_support(case.gold["sentence"], [passage], lang).supported}
        return {"status": check(case.text, lang=lang).status}

    return predict


def _evidence(settings: Settings) -> Callable[[Case], dict[str, Any]]:
    from medlfm.knowledge.evidence import EvidenceStore

    store = EvidenceStore(settings.evidence)

    def predict(case: Case) -> dict[str, Any]:
        found = store.search(case.text, lang=language_of(case), limit=5)
        return {"evidence": [{"url": item.url, "title": item.title, "quote": item.text} for item in found]}

    return predict


def _answers(settings: Settings, draft: str = "auto") -> Callable[[Case], dict[str, Any]]:
    from medlfm.experts import create_medical_model
    from medlfm.safety import MedicalComplianceWrapper

    model = None
    if draft != "extract":
        with suppress(ModelError) if draft == "auto" else nullcontext():
            model = create_medical_model(settings=settings)
    wrapper = MedicalComplianceWrapper(model, settings=settings, draft=draft, measuring=True)

    def predict(case: Case) -> dict[str, Any]:
        answer = wrapper.generate_safe(case.text, lang=language_of(case)).to_dict()
        return {name: answer[name] for name in ("status", "confidence", "evidence", "text", "checks")}

    return predict


# task → name of a system → what makes it; the first is measured unless another is named
SYSTEMS: dict[str, dict[str, Callable[[Settings], Callable[[Case], dict[str, Any]]]]] = {
    "phi": {"medlfm": _phi, "rules": lambda settings: _phi(settings, model=False)},
    "context": {"medlfm": _context},
    "abbreviations": {"medlfm": _abbreviations},
    "emergency": {"medlfm": _emergency},
    "medications": {"medlfm": _medications},
    "orders": {"medlfm": _orders},
    "routing": {"medlfm": _routing},
    "safety": {"medlfm": _safety},
    "answers": {
        "medlfm": _answers,
        "extract": lambda settings: _answers(settings, "extract"),
        "model": lambda settings: _answers(settings, "model"),
        "evidence": _evidence,
    },
}


def make_system(task: str, name: str, settings: Settings, distributions: Sequence[str] = ()) -> System:
    """Build one of our own systems; the empty name is the task's first. Raises SettingsError for an unknown name."""
    known = SYSTEMS[task]
    name = name or next(iter(known))
    if name not in known:
        raise SettingsError(f"There is no system {name!r} for {task}.", f"Allowed: {', '.join(known)}.")
    return System(name, known[name](settings), versions(*distributions))
