"""`medlfm_normalizer`: the cleaned text beside the untouched one, with the map between them."""

# no `from __future__ import annotations`: spaCy reads the types of a factory's arguments when it is registered
from collections.abc import Callable, Iterable
from typing import Any

from spacy.language import Language
from spacy.tokens import Doc
from spacy.training import Example
from spacy.util import registry

from medlfm.matching.component import RuleComponent, text_of
from medlfm.matching.normalization import Normalizer
from medlfm.matching.rules import Rule, load_rules

__all__ = ["NormalizerComponent", "make_normalizer", "make_normalizer_scorer"]

SCORER = {"@scorers": "medlfm.normalizer_scorer.v1"}


@Language.factory(
    "medlfm_normalizer",
    assigns=["doc._.medlfm_normalized"],
    default_config={"rules": None, "replace_rules": False, "remove_rules": [], "scorer": SCORER},
    default_score_weights={"normalized_acc": 1.0},
)
def make_normalizer(
    nlp: Language,
    name: str,
    *,
    rules: str | list[Rule] | None,
    replace_rules: bool,
    remove_rules: list[str],
    scorer: Callable[..., dict[str, Any]] | None,
) -> "NormalizerComponent":
    """Make the component; the steps and the form of the rules are in `Normalizer`."""
    loaded = load_rules(nlp.lang or "", "normalizer", extra=rules, replace=replace_rules, remove=remove_rules)
    return NormalizerComponent(nlp, name, rules=loaded, scorer=scorer)


class NormalizerComponent(RuleComponent):
    """Writes `doc._.medlfm_normalized` = {"text", "offsets"}; offsets are those of `OffsetMap.to_json`."""

    extensions = ("medlfm_normalized",)

    def compile(self) -> None:
        self._normalize = Normalizer(self.lang, self.rules)

    def __call__(self, doc: Doc) -> Doc:
        text, offsets = self._normalize(text_of(doc))
        doc._.medlfm_normalized = {"text": text, "offsets": offsets.to_json()}
        return doc


def make_normalizer_scorer() -> Callable[..., dict[str, Any]]:
    """Return the scorer: the share of docs whose cleaned text is the reference's."""
    return _score


def _score(examples: Iterable[Example], **_: Any) -> dict[str, Any]:
    pairs = [(example.reference._.medlfm_normalized, example.predicted._.medlfm_normalized) for example in examples]
    right = [bool(found) and found["text"] == gold["text"] for gold, found in pairs if gold]
    return {"normalized_acc": sum(right) / len(right) if right else None}


registry.scorers("medlfm.normalizer_scorer.v1", func=make_normalizer_scorer)
