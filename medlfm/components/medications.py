"""`medlfm_medications`: drugs with dose, route, frequency and duration; also for raw text, by `parse_orders`."""

# no `from __future__ import annotations`: spaCy reads the types of a factory's arguments when it is registered
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

from spacy.language import Language
from spacy.scorer import Scorer
from spacy.tokens import Doc
from spacy.training import Example
from spacy.util import registry

from medlfm import spans
from medlfm.matching.component import RuleComponent, text_of
from medlfm.matching.context import EXTENSIONS, shipped_engine
from medlfm.matching.orders import OrderFinder, order_finder
from medlfm.matching.rules import Rule, load_rules

__all__ = ["LABEL", "Medications", "make_medications", "make_medications_scorer", "parse_orders"]

LABEL = "DRUG"

SCORER = {"@scorers": "medlfm.medications_scorer.v1"}


@Language.factory(
    "medlfm_medications",
    assigns=["doc.spans", "span._.medlfm_medication"],
    default_config={"rules": None, "replace_rules": False, "remove_rules": [], "scorer": SCORER},
    default_score_weights={f"spans_{spans.MEDICATIONS}_f": 1.0},
)
def make_medications(
    nlp: Language,
    name: str,
    *,
    rules: str | list[Rule] | None,
    replace_rules: bool,
    remove_rules: list[str],
    scorer: Callable[..., dict[str, Any]] | None,
) -> "Medications":
    """Make the component; see `matching/orders.py` for what an order holds."""
    loaded = load_rules(nlp.lang or "", "medications", extra=rules, replace=replace_rules, remove=remove_rules)
    return Medications(nlp, name, rules=loaded, scorer=scorer)


class Medications(RuleComponent):
    """Writes `doc.spans["medlfm_medications"]`: the drug's name, with the order in `span._.medlfm_medication`.

    Rules are ingredients {"id", "atc", "en", "de", "brands"; "guarded": names that need a dose beside them, "unit": the
    unit of a bare number} and directions {"id", "type", "value", "words"}.
    """

    extensions = ("medlfm_medication", *EXTENSIONS)

    def compile(self) -> None:
        self._finder = order_finder(self.lang, self.rules)

    def __call__(self, doc: Doc) -> Doc:
        found = []
        for order in self._finder.find(text_of(doc)):
            span = doc.char_span(
                order["start"], order["end"], LABEL, alignment_mode="expand", span_id=order["ingredient"]
            )
            if span is not None:
                span._.medlfm_medication = order
                found.append(span)
        doc.spans[spans.MEDICATIONS] = found
        shipped_engine(self.lang).annotate(doc, (), others=found)
        return doc


@cache
def _shipped_finder(lang: str) -> OrderFinder:
    return order_finder(lang, load_rules(lang, "medications"))


def parse_orders(text: str, lang: str) -> list[dict[str, Any]]:
    """Read the medication orders of a text by the shipped rules; offsets are those of the text.

    What looks like one order of a drug that the lexicon doesn't know ("Xyzamab 5 mg p.o.") comes back with the
    ingredient and code "", so that a check can say so.
    """
    finder = _shipped_finder(lang)
    if orders := finder.find(text):
        return orders
    unknown = finder.unknown(text)
    return [unknown] if unknown else []


def make_medications_scorer() -> Callable[..., dict[str, Any]]:
    """Return the scorer: precision, recall and F1 of the drug spans."""
    return _score


def _score(examples: Iterable[Example], **_: Any) -> dict[str, Any]:
    return Scorer.score_spans(
        examples,
        f"spans_{spans.MEDICATIONS}",
        getter=lambda doc, _: doc.spans.get(spans.MEDICATIONS, []),
        has_annotation=lambda doc: spans.MEDICATIONS in doc.spans,
        allow_overlap=True,
    )


registry.scorers("medlfm.medications_scorer.v1", func=make_medications_scorer)
