"""`medlfm_context`: what is said about each finding: negated, historical, hypothetical, family, uncertain."""

# no `from __future__ import annotations`: spaCy reads the types of a factory's arguments when it is registered
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from spacy import blank
from spacy.language import Language
from spacy.scorer import PRFScore
from spacy.tokens import Doc, Span
from spacy.training import Example
from spacy.util import registry

from medlfm import spans as keys
from medlfm.errors import SettingsError
from medlfm.matching.component import RuleComponent
from medlfm.matching.context import EXTENSIONS, ContextEngine, shipped_engine
from medlfm.matching.medspacy import (
    MedspacyEngine,
    default_rules,
    from_medspacy,
    is_medspacy,
    read_medspacy,
    write_medspacy_attributes,
)
from medlfm.matching.rules import Rule, load_rules
from medlfm.matching.sentences import splitter, temporary_sentences
from medlfm.settings import LANGUAGES

__all__ = ["ENGINES", "Context", "make_context", "make_context_scorer"]

ENGINES = ("medlfm", "medspacy")
ENTS = "ents"  # the name of doc.ents among the targets
_NO_FINDINGS = (keys.ABBREVIATIONS, keys.MEDICATIONS)
TARGETS = (keys.PHI, keys.ABBREVIATIONS, keys.EMERGENCY, keys.MEDICATIONS, ENTS)

SCORER = {"@scorers": "medlfm.context_scorer.v1"}


@Language.factory(
    "medlfm_context",
    assigns=[f"span._.{name}" for name in EXTENSIONS],
    default_config={
        "rules": None,
        "replace_rules": False,
        "remove_rules": [],
        "targets": None,
        "engine": "medlfm",
        "medspacy_attributes": False,
        "scorer": SCORER,
    },
    default_score_weights={"context_micro_f": 1.0},
)
def make_context(
    nlp: Language,
    name: str,
    *,
    rules: str | list[Rule] | None,
    replace_rules: bool,
    remove_rules: list[str],
    targets: list[str] | None,
    engine: str,
    medspacy_attributes: bool,
    scorer: Callable[..., dict[str, Any]] | None,
) -> "Context":
    """Make the component.

    targets: names of span groups, "ents" for doc.ents; None: the groups that medlfm writes, and doc.ents
    rules: a path (JSONL as in `CueRule`, or medspaCy's JSON) or a list of either form
    remove_rules: ids of rules to leave out; without "en-trained-decider" or "de-trained-decider" cues decide alone
    engine: medlfm, or medspacy: its ConText with its own rules (for German, which it has none for, with ours)
    medspacy_attributes: also set medspaCy's names, `span._.is_negated` and the others, for code that reads those
    """
    if engine not in ENGINES:
        raise SettingsError(f"The context engine {engine!r} is unknown.", f"Allowed: {', '.join(ENGINES)}.")
    extra: str | list[Rule] | None = rules
    if isinstance(rules, str) and rules.lower().endswith(".json"):
        extra = read_medspacy(Path(rules))
    shipped = default_rules(nlp.lang or "") if engine == "medspacy" and not replace_rules else []
    if shipped:
        known = {
            rule["id"]: rule for rule in [*shipped, *load_rules(nlp.lang or "", "context", extra=extra, replace=True)]
        }
        loaded = load_rules(nlp.lang or "", "context", extra=list(known.values()), replace=True, remove=remove_rules)
    else:
        loaded = load_rules(nlp.lang or "", "context", extra=extra, replace=replace_rules, remove=remove_rules)
    return Context(
        nlp,
        name,
        rules=loaded,
        targets=targets,
        engine=engine,
        medspacy_attributes=medspacy_attributes,
        scorer=scorer,
    )


class Context(RuleComponent):
    """Sets the modifier extensions on every span of its targets."""

    extensions = EXTENSIONS

    def __init__(
        self,
        nlp: Language,
        name: str,
        *,
        rules: list[Rule],
        targets: list[str] | None = None,
        engine: str = "medlfm",
        medspacy_attributes: bool = False,
        scorer: Callable[..., dict[str, Any]] | None = None,
    ) -> None:
        self.medspacy_attributes = medspacy_attributes
        self.targets = tuple(TARGETS if targets is None else targets)
        self.engine = engine
        super().__init__(nlp, name, rules=rules, scorer=scorer)

    def compile(self) -> None:
        self._medspacy: MedspacyEngine | None = None  # made with the vocabulary of the first doc
        self._splitter = splitter(self.lang)
        if self.engine == "medlfm":
            rules = [from_medspacy(rule) if is_medspacy(rule) else rule for rule in self.rules]
            shipped = self.lang in LANGUAGES and rules == load_rules(self.lang, "context")
            self._medlfm = shipped_engine(self.lang) if shipped else ContextEngine(self.lang, rules)

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_medspacy": None}  # medspaCy's matchers hold what no other process can load

    def __call__(self, doc: Doc) -> Doc:
        findings, others, phi = self._targets(doc)
        if self.engine == "medlfm":
            self._medlfm.annotate(doc, findings, others=others)
            self._medlfm.annotate(doc, (), others=phi)
        else:
            if self._medspacy is None:
                self._medspacy = MedspacyEngine(blank(self.lang, vocab=doc.vocab), self.rules)
            with temporary_sentences(doc, self._splitter):
                self._medspacy.annotate(doc, [*findings, *others, *phi])
        if self.medspacy_attributes:
            write_medspacy_attributes([*findings, *others, *phi])
        return doc

    def _targets(self, doc: Doc) -> tuple[list[Span], list[Span], list[Span]]:
        """The spans to annotate: findings, drugs and abbreviations, identifiers.

        Identifiers apart: "Mutter" within a name must not be taken for part of a finding. Drugs and abbreviations
        apart: the trained decider knows findings only.
        """
        kinds: tuple[list[Span], list[Span], list[Span]] = [], [], []
        for target in self.targets:
            spans = doc.ents if target == ENTS else doc.spans.get(target, ())
            kinds[2 if target == keys.PHI else 1 if target in _NO_FINDINGS else 0].extend(spans)
        return kinds


def make_context_scorer() -> Callable[..., dict[str, Any]]:
    """Return the scorer: precision, recall and F1 of each modifier over the reference's spans, and micro F1.

    A reference span counts where the prediction has a span at the same characters, in any group or in doc.ents.
    """
    return _score


def _score(examples: Iterable[Example], **_: Any) -> dict[str, Any]:
    scores = {category: PRFScore() for category in keys.MODIFIERS}
    found = False
    for example in examples:
        gold, predicted = _annotated(example.reference), _annotated(example.predicted)
        for place in gold.keys() & predicted.keys():
            found = True
            for category, score in scores.items():
                score.score_set({category} & predicted[place], {category} & gold[place])
    micro = sum(scores.values(), PRFScore())
    result: dict[str, Any] = {f"context_{name}_f": score.fscore if found else None for name, score in scores.items()}
    return {
        **result,
        **{
            f"context_micro_{key}": value if found else None
            for key, value in zip("prf", (micro.precision, micro.recall, micro.fscore), strict=True)
        },
    }


def _annotated(doc: Doc) -> dict[tuple[int, int], set[str]]:
    names = [name for name in TARGETS if name in doc.spans]
    spans = [*doc.ents, *(span for name in names for span in doc.spans[name])]
    return {
        (span.start_char, span.end_char): {
            category for category, name in keys.MODIFIERS.items() if Span.has_extension(name) and span._.get(name)
        }
        for span in spans
    }


registry.scorers("medlfm.context_scorer.v1", func=make_context_scorer)
