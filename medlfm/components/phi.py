"""`medlfm_phi`: protected health information as spans of the document."""

# no `from __future__ import annotations`: confection reads the types of a factory's arguments at run time
import shutil
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import srsly
from spacy.language import Language
from spacy.scorer import Scorer
from spacy.tokens import Doc, Span
from spacy.training import Example
from spacy.util import registry

from medlfm.matching.component import RuleComponent
from medlfm.matching.phi import PhiEngine, PhiMatch, find_phi, phi_rules
from medlfm.matching.phi.model import PhiModel, shipped_model
from medlfm.matching.rules import Rule
from medlfm.spans import PHI

__all__ = ["PhiComponent", "PhiMatch", "find_phi", "make_phi", "make_phi_scorer", "score_phi"]

_MODEL = "model"  # the model's folder in that of the component

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

    model: whether the trained model joins the rules; its finds have the id "model". Several times slower than the
    rules alone, and better at names, addresses and organisations without a cue.
    min_score: finds below it are left out. rules, replace_rules, remove_rules: as in `load_rules`.
    """
    own = phi_rules(nlp.lang or "", rules=rules, replace_rules=replace_rules, remove=remove_rules)
    trained = shipped_model(nlp.lang) if model and nlp.lang else None
    return PhiComponent(nlp, name, rules=own, model=trained, min_score=min_score, scorer=scorer)


class PhiComponent(RuleComponent):
    """Writes `doc.spans["medlfm_phi"]`; each span widened to whole tokens, with the rule as `id_`."""

    extensions = ("medlfm_score",)

    def __init__(
        self,
        nlp: Language,
        name: str,
        *,
        rules: list[Rule],
        model: PhiModel | None = None,
        min_score: float = 0.0,
        scorer: Callable[..., dict[str, Any]] | None = None,
    ) -> None:
        self.model = model
        self.min_score = min_score
        super().__init__(nlp, name, rules=rules, scorer=scorer)

    def compile(self) -> None:
        self.engine = PhiEngine(self.lang, self.rules)

    def __call__(self, doc: Doc) -> Doc:
        """Find PHI in the raw text and annotate it."""
        doc.spans[PHI] = self._annotate(doc, self.find(doc.text))
        return doc

    def pipe(self, stream: Iterable[Doc], *, batch_size: int = 32) -> Iterator[Doc]:
        """Annotate a stream of docs; the model reads those of a batch together."""
        for batch in _batches(stream, batch_size):
            for doc, matches in zip(batch, self.find_all([doc.text for doc in batch]), strict=True):
                doc.spans[PHI] = self._annotate(doc, matches)
                yield doc

    def find(self, text: str) -> list[PhiMatch]:
        """Find PHI in raw text, to the character."""
        return next(self.find_all([text]))

    def find_all(self, texts: list[str]) -> Iterator[list[PhiMatch]]:
        """Yield the PHI of each text, to the character."""
        more: Iterable[list[PhiMatch]] = self.model.find_all(texts) if self.model else ([] for _ in texts)
        for text, trained in zip(texts, more, strict=True):
            yield [match for match in self.engine.find(text, trained) if match.score >= self.min_score]

    # the model travels with the rules

    def to_bytes(self, *, exclude: Iterable[str] = ()) -> bytes:
        """Serialise the rules in force and the model."""
        model = self.model.to_bytes() if self.model else None
        return bytes(srsly.msgpack_dumps({"rules": super().to_bytes(), "model": model}))

    def from_bytes(self, data: bytes, *, exclude: Iterable[str] = ()) -> "PhiComponent":
        """Load what `to_bytes` wrote; returns itself."""
        parts = srsly.msgpack_loads(data)
        self.model = PhiModel.from_bytes(parts["model"]) if parts["model"] else None
        super().from_bytes(parts["rules"])
        return self

    def to_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> None:
        """Write the rules in force, and the model into a folder beside them; one that was there before goes."""
        super().to_disk(path)
        folder = Path(path) / _MODEL
        if folder.is_dir():
            shutil.rmtree(folder)
        if self.model:
            self.model.to_disk(folder)

    def from_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> "PhiComponent":
        """Load what `to_disk` wrote; returns itself."""
        folder = Path(path) / _MODEL
        self.model = PhiModel.read(folder) if folder.is_dir() else None
        super().from_disk(path)
        return self

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


def _batches(stream: Iterable[Doc], size: int) -> Iterator[list[Doc]]:
    docs = iter(stream)
    while batch := list(islice(docs, size)):
        yield batch


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
