"""`medlfm_sentences`: sentence starts that stay right around clinical abbreviations, lists and broken lines."""

# no `from __future__ import annotations`: spaCy reads the types of a factory's arguments when it is registered
from collections.abc import Callable, Iterable
from typing import Any

from spacy.language import Language
from spacy.scorer import Scorer
from spacy.tokens import Doc
from spacy.training import Example
from spacy.util import registry

from medlfm.matching.component import RuleComponent
from medlfm.matching.rules import Rule, load_rules
from medlfm.matching.sentences import set_sentences, splitter

__all__ = ["Sentences", "make_sentences", "make_sentences_scorer"]

SCORER = {"@scorers": "medlfm.sentences_scorer.v1"}


@Language.factory(
    "medlfm_sentences",
    assigns=["token.is_sent_start", "doc.sents"],
    default_config={"rules": None, "replace_rules": False, "remove_rules": [], "scorer": SCORER},
    default_score_weights={"sents_f": 1.0, "sents_p": 0.0, "sents_r": 0.0},
)
def make_sentences(
    nlp: Language,
    name: str,
    *,
    rules: str | list[Rule] | None,
    replace_rules: bool,
    remove_rules: list[str],
    scorer: Callable[..., dict[str, Any]] | None,
) -> "Sentences":
    """Make the component; the form of the rules is in `SentenceSplitter`."""
    loaded = load_rules(nlp.lang or "", "sentences", extra=rules, replace=replace_rules, remove=remove_rules)
    return Sentences(nlp, name, rules=loaded, scorer=scorer)


class Sentences(RuleComponent):
    """Sets `token.is_sent_start` on every token; a parsed doc keeps the sentences of its parser."""

    def compile(self) -> None:
        self._splitter = splitter(self.lang, self.rules)

    def __call__(self, doc: Doc) -> Doc:
        if not doc.has_annotation("DEP"):
            set_sentences(doc, self._splitter)
        return doc


def make_sentences_scorer() -> Callable[..., dict[str, Any]]:
    """Return the scorer: precision, recall and F1 of the sentences."""
    return _score


def _score(examples: Iterable[Example], **_: Any) -> dict[str, Any]:
    def has_sentences(doc: Doc) -> bool:
        return doc.has_annotation("SENT_START")

    results = Scorer.score_spans(examples, "sents", has_annotation=has_sentences)
    results.pop("sents_per_type", None)
    return results


registry.scorers("medlfm.sentences_scorer.v1", func=make_sentences_scorer)
