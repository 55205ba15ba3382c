"""`medlfm_sections`: the sections of a document, found by their English or German headings."""

# no `from __future__ import annotations`: spaCy reads the types of a factory's arguments when it is registered
from collections.abc import Callable, Iterable
from typing import Any

from spacy.language import Language
from spacy.scorer import Scorer
from spacy.tokens import Doc
from spacy.training import Example
from spacy.util import registry

from medlfm import spans
from medlfm.matching.component import RuleComponent, text_of
from medlfm.matching.rules import Rule, load_rules
from medlfm.matching.sections import SectionFinder

__all__ = ["Sections", "make_sections", "make_sections_scorer"]

SCORER = {"@scorers": "medlfm.sections_scorer.v1"}


@Language.factory(
    "medlfm_sections",
    assigns=["doc.spans"],
    default_config={"rules": None, "replace_rules": False, "remove_rules": [], "scorer": SCORER},
    default_score_weights={f"spans_{spans.SECTIONS}_f": 1.0},
)
def make_sections(
    nlp: Language,
    name: str,
    *,
    rules: str | list[Rule] | None,
    replace_rules: bool,
    remove_rules: list[str],
    scorer: Callable[..., dict[str, Any]] | None,
) -> "Sections":
    """Make the component; the form of the rules is in `SectionFinder`."""
    loaded = load_rules(nlp.lang or "", "sections", extra=rules, replace=replace_rules, remove=remove_rules)
    return Sections(nlp, name, rules=loaded, scorer=scorer)


class Sections(RuleComponent):
    """Writes `doc.spans["medlfm_sections"]`: heading and text of each section, labelled, `span.id_` = the rule."""

    def compile(self) -> None:
        self._finder = SectionFinder(self.rules)

    def __call__(self, doc: Doc) -> Doc:
        found = [
            doc.char_span(section.start, section.end, section.label, alignment_mode="expand", span_id=section.rule)
            for section in self._finder.find(text_of(doc))
        ]
        doc.spans[spans.SECTIONS] = [span for span in found if span is not None]
        return doc


def make_sections_scorer() -> Callable[..., dict[str, Any]]:
    """Return the scorer: precision, recall and F1 of the section spans."""
    return _score


def _score(examples: Iterable[Example], **_: Any) -> dict[str, Any]:
    return Scorer.score_spans(
        examples,
        f"spans_{spans.SECTIONS}",
        getter=lambda doc, _: doc.spans.get(spans.SECTIONS, []),
        has_annotation=lambda doc: spans.SECTIONS in doc.spans,
        allow_overlap=True,
    )


registry.scorers("medlfm.sections_scorer.v1", func=make_sections_scorer)
