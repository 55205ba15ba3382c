"""`medlfm_emergency`: signs of emergencies, and how urgent a text is; also for raw text, by `assess`.

Conservative: in doubt the urgency is higher. It knows what its rules know, replaces no triage, and finding nothing
doesn't mean that nothing is there.
"""

# no `from __future__ import annotations`: spaCy reads the types of a factory's arguments when it is registered
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

from spacy.language import Language
from spacy.scorer import Scorer
from spacy.tokens import Doc, Span
from spacy.training import Example
from spacy.util import registry

from medlfm import spans
from medlfm.matching.component import RuleComponent, text_of
from medlfm.matching.context import EXTENSIONS, shipped_engine
from medlfm.matching.rules import Rule, load_rules
from medlfm.matching.triage import Bounds, Modify, Triage, triage

__all__ = ["Emergency", "assess", "make_emergency", "make_emergency_scorer", "modifiers_of"]

SCORER = {"@scorers": "medlfm.emergency_scorer.v1"}


@Language.factory(
    "medlfm_emergency",
    assigns=["doc.spans", "span._.medlfm_asserted", "doc._.medlfm_urgency", "doc._.medlfm_urgency_reasons"],
    default_config={"rules": None, "replace_rules": False, "remove_rules": [], "scorer": SCORER},
    default_score_weights={f"spans_{spans.EMERGENCY}_f": 1.0},
)
def make_emergency(
    nlp: Language,
    name: str,
    *,
    rules: str | list[Rule] | None,
    replace_rules: bool,
    remove_rules: list[str],
    scorer: Callable[..., dict[str, Any]] | None,
) -> "Emergency":
    """Make the component; see `matching/triage.py` for the form of its rules."""
    loaded = load_rules(nlp.lang or "", "emergency", extra=rules, replace=replace_rules, remove=remove_rules)
    return Emergency(nlp, name, rules=loaded, scorer=scorer)


class Emergency(RuleComponent):
    """Writes `doc.spans["medlfm_emergency"]` (label: condition, id: rule), `doc._.medlfm_urgency` and its reasons.

    A span whose `medlfm_asserted` is False is negated, past, hypothetical or another person's: it raises no urgency.
    """

    extensions = ("medlfm_asserted", "medlfm_urgency", "medlfm_urgency_reasons", *EXTENSIONS)

    def compile(self) -> None:
        self._triage = triage(self.lang, self.rules)

    def __call__(self, doc: Doc) -> Doc:
        context = shipped_engine(self.lang)
        boundaries = _boundaries(doc)

        def modify(text: str, bounds: list[Bounds]) -> list[set[str]]:
            return _categories(context.modifiers(text, bounds, **boundaries))

        assessment = self._triage.assess(text_of(doc), modify)
        found = []
        for fact in assessment.facts:
            span = doc.char_span(fact.start, fact.end, fact.condition, alignment_mode="expand", span_id=fact.rule)
            if span is not None:
                found.append(span)
        context.annotate(doc, found)
        for span, fact in zip(found, assessment.facts, strict=True):
            span._.medlfm_asserted = fact.asserted
        doc.spans[spans.EMERGENCY] = found
        doc._.medlfm_urgency = assessment.urgency
        doc._.medlfm_urgency_reasons = list(assessment.reasons)
        return doc


def _boundaries(doc: Doc) -> dict[str, Any]:
    """What the pipeline before has found out about sentences and sections, for the context engine."""
    sections: Iterable[Span] = doc.spans.get(spans.SECTIONS, ())
    known = len(doc) > 1 and doc.has_annotation("SENT_START")
    return {
        "sentences": [(sentence.start_char, sentence.end_char) for sentence in doc.sents] if known else None,
        "sections": sorted((span.start_char, span.end_char, span.label_) for span in sections),
    }


def _categories(modifiers: list[list[dict[str, Any]]]) -> list[set[str]]:
    return [{modifier["category"] for modifier in each} for each in modifiers]


@cache
def _shipped(lang: str) -> Triage:
    return triage(lang, load_rules(lang, "emergency"))


def modifiers_of(lang: str) -> Modify:
    """Return what tells the categories of modifiers in raw text, by the shipped context rules."""
    context = shipped_engine(lang)
    return lambda text, bounds: _categories(context.modifiers(text, bounds))


def assess(text: str, lang: str) -> dict[str, Any]:
    """Assess raw text by the shipped rules: {"urgency", "conditions", "reasons", "mentioned"}, most urgent first.

    Reasons are sentences in the language of the text; they hold no words of it. `mentioned`: the conditions of all
    signs, those too that are negated, past, hypothetical or about someone else.
    """
    found = _shipped(lang).assess(text, modifiers_of(lang))
    return {
        "urgency": found.urgency,
        "conditions": list(found.conditions),
        "reasons": list(found.reasons),
        "mentioned": sorted({fact.condition for fact in found.facts}),
    }


def make_emergency_scorer() -> Callable[..., dict[str, Any]]:
    """Return the scorer: precision, recall and F1 of the emergency spans by condition."""
    return _score


def _score(examples: Iterable[Example], **_: Any) -> dict[str, Any]:
    return Scorer.score_spans(
        examples,
        f"spans_{spans.EMERGENCY}",
        getter=lambda doc, _: doc.spans.get(spans.EMERGENCY, []),
        has_annotation=lambda doc: spans.EMERGENCY in doc.spans,
        allow_overlap=True,
    )


registry.scorers("medlfm.emergency_scorer.v1", func=make_emergency_scorer)
