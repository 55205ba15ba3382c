"""`medlfm_abbreviations`: short forms, their candidates, and the text with those written out that are sure enough."""

# no `from __future__ import annotations`: spaCy reads the types of a factory's arguments when it is registered
import warnings
from collections.abc import Callable, Iterable
from types import SimpleNamespace
from typing import Any

from spacy.language import Language
from spacy.scorer import Scorer
from spacy.tokens import Doc
from spacy.training import Example
from spacy.util import registry

from medlfm import spans
from medlfm.errors import SettingsError
from medlfm.matching.component import RuleComponent, text_of
from medlfm.matching.definitions import Definition
from medlfm.matching.inflection import agrees, inflected
from medlfm.matching.offsets import rewrite
from medlfm.matching.rules import Rule, load_rules
from medlfm.matching.shortforms import ShortForm, short_forms

__all__ = ["ENGINES", "LABEL", "Abbreviations", "make_abbreviations", "make_abbreviations_scorer"]

LABEL = "ABBREVIATION"
ENGINES = ("medlfm", "scispacy")

SCORER = {"@scorers": "medlfm.abbreviations_scorer.v1"}


@Language.factory(
    "medlfm_abbreviations",
    assigns=["doc.spans", "span._.medlfm_long_form", "span._.medlfm_candidates", "doc._.medlfm_expanded"],
    default_config={
        "rules": None,
        "replace_rules": False,
        "remove_rules": [],
        "engine": "medlfm",
        "threshold": 0.6,
        "scorer": SCORER,
    },
    default_score_weights={f"spans_{spans.ABBREVIATIONS}_f": 1.0},
)
def make_abbreviations(
    nlp: Language,
    name: str,
    *,
    rules: str | list[Rule] | None,
    replace_rules: bool,
    remove_rules: list[str],
    engine: str,
    threshold: float,
    scorer: Callable[..., dict[str, Any]] | None,
) -> "Abbreviations":
    """Make the component.

    engine: who finds the definitions in the text, "medlfm" or "scispacy" (its AbbreviationDetector).
    threshold: the score, 0 to 1, from which a short form is written out. Rules: see `matching/shortforms.py`.
    """
    if engine not in ENGINES:
        raise SettingsError(f"engine is {engine!r}.", f"Allowed: {', '.join(ENGINES)}.")
    if not 0 <= threshold <= 1:
        raise SettingsError(f"threshold is {threshold!r}; allowed is 0 to 1.", "Try 0.6.")
    loaded = load_rules(nlp.lang or "", "abbreviations", extra=rules, replace=replace_rules, remove=remove_rules)
    return Abbreviations(nlp, name, rules=loaded, engine=engine, threshold=threshold, scorer=scorer)


class Abbreviations(RuleComponent):
    """Writes `doc.spans["medlfm_abbreviations"]` and `doc._.medlfm_expanded` = {"text", "offsets"}.

    A span's `medlfm_long_form` is None where no candidate reaches the threshold; `medlfm_candidates` are ranked always.
    """

    extensions = ("medlfm_long_form", "medlfm_candidates", "medlfm_score", "medlfm_expanded")

    def __init__(
        self,
        nlp: Language,
        name: str,
        *,
        rules: list[Rule],
        engine: str = "medlfm",
        threshold: float = 0.6,
        scorer: Callable[..., dict[str, Any]] | None = None,
    ) -> None:
        self.engine = engine
        self.threshold = threshold
        if engine == "scispacy":
            _scispacy_detector()  # not installed is said now, not at the first document
        super().__init__(nlp, name, rules=rules, scorer=scorer)

    def compile(self) -> None:
        self._finder = short_forms(self.lang, self.rules)

    def senses(self, short: str) -> list[dict[str, Any]]:
        """Return the senses that the inventory lists for a short form, however it is written, the likeliest first."""
        known = sorted(self._finder.senses(short), key=lambda sense: -sense["prior"])
        return [
            {name: sense[name] for name in ("long", "also", "specialty", "prior") if name in sense} for sense in known
        ]

    def __call__(self, doc: Doc) -> Doc:
        source = text_of(doc)
        definitions = _scispacy_definitions(doc) if self.engine == "scispacy" else None
        found = []
        replacements = []
        for form in self._finder.find(source, definitions):
            if not form.candidates:
                continue
            best = form.candidates[0]
            sure = best["score"] >= self.threshold
            span = doc.char_span(form.start, form.end, LABEL, alignment_mode="expand", span_id=form.rule or "local")
            if span is None:
                continue
            span._.medlfm_long_form = best["long"] if sure else None
            span._.medlfm_candidates = [dict(candidate) for candidate in form.candidates]
            span._.medlfm_score = best["score"]
            found.append(span)
            if sure and not form.defined:
                written = self._written_out(source, form, best["long"])
                if written is not None:
                    replacements.append((form.start, form.end, written))
        doc.spans[spans.ABBREVIATIONS] = found
        text, offsets = rewrite(source, replacements)
        doc._.medlfm_expanded = {"text": text, "offsets": offsets.to_json()}
        return doc

    def _written_out(self, text: str, form: ShortForm, long: str) -> str | None:
        """The long form as its sentence asks for it; None where it can't be told (an adjective without its ending)."""
        if self.lang != "de":
            return long
        if text[form.end - 1] == "." and not agrees(long, text[form.end : form.end + 20]):
            return None
        return inflected(long, text[max(0, form.start - 30) : form.start], self._finder.lists)


def _scispacy_detector() -> Any:
    try:
        from scispacy.abbreviation import AbbreviationDetector
    except ImportError as error:
        raise SettingsError(
            "engine is 'scispacy', which is not installed.", "pip install 'medlfm[clinical]', or use the default."
        ) from error
    return AbbreviationDetector


def _scispacy_definitions(doc: Doc) -> list[Definition]:
    """The definitions that scispaCy's detector finds, sorted by their place: its own order changes from run to run.

    It reports each use of a short form; the first is taken for the definition.
    """
    # it asks for the pipeline, and uses the vocabulary alone
    detector = _scispacy_detector()(SimpleNamespace(vocab=doc.vocab), make_serializable=True)
    definitions = []
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=r"\[W036\]")  # its matcher of additional patterns has none
        doc = detector(doc)
    for found in doc._.abbreviations:
        short, long = doc[found["short_start"] : found["short_end"]], doc[found["long_start"] : found["long_end"]]
        places = (short.start_char, short.end_char, long.start_char, long.end_char)
        definitions.append(Definition(short.text, long.text, *places, score=1.0))
    first: dict[str, Definition] = {}
    for definition in sorted(definitions, key=lambda definition: (definition.short_start, definition.long_start)):
        first.setdefault(definition.short, definition)
    return list(first.values())


def make_abbreviations_scorer() -> Callable[..., dict[str, Any]]:
    """Return the scorer: precision, recall and F1 of the short forms."""
    return _score


def _score(examples: Iterable[Example], **_: Any) -> dict[str, Any]:
    return Scorer.score_spans(
        examples,
        f"spans_{spans.ABBREVIATIONS}",
        getter=lambda doc, _: doc.spans.get(spans.ABBREVIATIONS, []),
        has_annotation=lambda doc: spans.ABBREVIATIONS in doc.spans,
        allow_overlap=True,
    )


registry.scorers("medlfm.abbreviations_scorer.v1", func=make_abbreviations_scorer)
