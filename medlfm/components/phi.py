"""`medlfm_phi`: protected health information as spans of the document."""

# no `from __future__ import annotations`: confection reads the types of a factory's arguments at run time
from collections.abc import Callable, Iterable
from typing import Any

from spacy.language import Language
from spacy.scorer import Scorer
from spacy.tokens import Doc, Span
from spacy.training import Example
from spacy.util import registry

from medlfm.matching.component import RuleComponent
from medlfm.matching.phi import PhiEngine, PhiMatch, find_phi, phi_rules
from medlfm.matching.rules import Rule
from medlfm.spans import PHI

__all__ = ["PhiComponent", "PhiMatch", "find_phi", "make_phi", "make_phi_scorer", "score_phi"]

_CONFIG: dict[str, Any] = {
    "model": True,
    "min_score": 0.0,
    "rules": None,
    "replace_rules": False,
    "remove_rules": [],
    "scorer": {"@scorers": "medlfm.phi_scorer.v1"},
}


@Language.factory(
    "medlfm_phi",
    assigns=["doc.spans", "span._.medlfm_score"],
    default_config=_CONFIG,
    default_score_weights={f"spans_{PHI}_f": 1.0},
)
def make_phi(
    nlp: Language,
    name: str,
    *,
    model: bool,
    min_score: float,
    rules: str | list[Rule] | None,
    replace_rules: bool,
    remove_rules: list[str],
    scorer: Callable[..., dict[str, Any]] | None,
) -> "PhiComponent":
    """Make the component.

    model: whether a trained model joins the rules. None ships yet: True and False find the same, by rules.
    min_score: finds below it are left out. rules, replace_rules, remove_rules: as in `load_rules`.
    """
    own = phi_rules(nlp.lang or "", rules=rules, replace_rules=replace_rules, remove=remove_rules)
    return PhiComponent(nlp, name, rules=own, min_score=min_score, scorer=scorer)


class PhiComponent(RuleComponent):
    """Writes `doc.spans["medlfm_phi"]`; each span widened to whole tokens, with the rule as `id_`."""

    extensions = ("medlfm_score",)

    def __init__(
        self,
        nlp: Language,
        name: str,
        *,
        rules: list[Rule],
        min_score: float = 0.0,
        scorer: Callable[..., dict[str, Any]] | None = None,
    ) -> None:
        self.min_score = min_score
        self.scorer = scorer
        super().__init__(nlp, name, rules=rules)

    def compile(self) -> None:
        self.engine = PhiEngine(self.lang, self.rules)

    def __call__(self, doc: Doc) -> Doc:
        """Find PHI in the raw text and annotate it."""
        doc.spans[PHI] = self._annotate(doc, self.find(doc.text))
        return doc

    def find(self, text: str) -> list[PhiMatch]:
        """Find PHI in raw text, to the character."""
        return [match for match in self.engine.find(text) if match.score >= self.min_score]

    @staticmethod
    def _annotate(doc: Doc, matches: list[PhiMatch]) -> list[Span]:
        spans: list[Span] = []
        for match in matches:
            span = doc.char_span(match.start, match.end, label=match.label, span_id=match.rule, alignment_mode="expand")
            # two finds inside one token: the first one stands for both, since both would share one span._
            if span is None or (spans and span.start == spans[-1].start and span.end == spans[-1].end):
                continue
            span._.medlfm_score = round(match.score, 4)
            spans.append(span)
        return spans

    def score(self, examples: Iterable[Example], **_: Any) -> dict[str, Any]:
        return self.scorer(examples) if self.scorer else {}


def make_phi_scorer() -> Callable[..., dict[str, Any]]:
    """Return the scorer: precision, recall and F1 of exact spans with label, overall and by label."""
    return score_phi


def score_phi(examples: Iterable[Example], **_: Any) -> dict[str, Any]:
    """Score `doc.spans["medlfm_phi"]`; keys spans_medlfm_phi_p, _r, _f and _per_type, as spaCy's scorers name them."""
    return Scorer.score_spans(
        examples,
        f"spans_{PHI}",
        getter=lambda doc, _: doc.spans.get(PHI, []),
        has_annotation=lambda doc: PHI in doc.spans,
        allow_overlap=True,
    )


registry.scorers("medlfm.phi_scorer.v1", func=make_phi_scorer)
