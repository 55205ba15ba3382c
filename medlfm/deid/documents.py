"""De-identifying documents: fields by their meaning, texts by search, with what the fields say as known beforehand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from medlfm.deid.facts import Facts
from medlfm.deid.fields import replace_field
from medlfm.deid.finding import find_all
from medlfm.deid.known import find_known
from medlfm.deid.policy import Policy
from medlfm.deid.replacer import Replaced, Replacer
from medlfm.files import sha256_bytes
from medlfm.matching.language import detect_language
from medlfm.matching.phi import PhiMatch
from medlfm.matching.phi.match import resolve
from medlfm.records.documents import Change, Codes, Document, Piece
from medlfm.records.documents.notes import known_of

__all__ = ["DoneDocument", "DoneText", "Worker"]

_FIELD_RULE = "field"  # the rule of what was replaced for its place


@dataclass(frozen=True, slots=True)
class DoneText:
    """One text of a document before and after; `source` holds PHI."""

    path: str
    source: str
    text: str
    spans: tuple[Replaced, ...]


@dataclass(frozen=True)
class DoneDocument:
    """A document that was de-identified: what was built, and its texts in which something was replaced."""

    built: Any
    texts: list[DoneText]
    lang: str
    removed: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Worker:
    """De-identifies documents under one policy; `codes` live as long as the run."""

    policy: Policy
    codes: Codes
    lang: str = ""
    key: bytes | None = None
    patient: str = ""
    model: bool = True
    rules: str | Path | None = None
    facts: Facts = field(default_factory=lambda: Facts(None))

    def run(self, documents: Sequence[Document], *, texts: bool = True) -> Iterator[DoneDocument]:
        """Yield the documents de-identified, in order; all their texts are searched together."""
        langs = [self.lang or document.lang or _detected(document) for document in documents]
        known = [self._known(document) for document in documents]
        jobs = [
            (place, piece) for place, document in enumerate(documents) for piece in document.pieces if not piece.label
        ]
        searched = iter(
            find_all([(_cued(piece), langs[place]) for place, piece in jobs], model=self.model, rules=self.rules)
        )
        for place, document in enumerate(documents):
            changes, done = [], []
            for piece in document.pieces:
                found = [] if piece.label else _behind_cue(next(searched), piece)
                if not piece.label:
                    found = resolve([*found, *find_known(piece.text, known[place])], piece.text)
                change, text = self._piece(piece, found, langs[place], known[place].get("NAME", ()))
                changes.append(change)
                if texts and (text.spans or len(document.pieces) == 1):
                    done.append(text)
            yield DoneDocument(document.build(changes), done, langs[place], document.removed)

    def _known(self, document: Document) -> dict[str, list[str]]:
        """Return what the document, and others of its patients, say by their fields."""
        known = known_of(document.pieces)
        patients = {piece.patient for piece in document.pieces if piece.patient}
        for label, values in self.facts.get(sorted(patients)).items():
            known[label] = [*known.get(label, ()), *values]
        return known

    def _piece(self, piece: Piece, found: list[PhiMatch], lang: str, names: Sequence[str]) -> tuple[Change, DoneText]:
        whose = self.patient or piece.patient or sha256_bytes(piece.text.encode("utf-8", "surrogatepass"))
        replacer = Replacer(piece.text, found, self.policy, lang, self.key, whose, names)
        if piece.label:
            action, new = replace_field(piece, replacer, self.codes)
            length = len(piece.text)
            whole = Replaced(0, len(new), piece.label, _FIELD_RULE, action, 0, length)
            return Change(new, [(0, length, new)]), DoneText(
                piece.path, piece.text, new, () if action == "keep" else (whole,)
            )
        text, spans, _ = replacer.run()
        edits = [(span.source_start, span.source_end, text[span.start : span.end]) for span in spans]
        return Change(text, edits), DoneText(piece.path, piece.text, text, spans)


def _detected(document: Document) -> str:
    return next((lang for sample in document.samples() if (lang := detect_language(sample))), "")


def _cued(piece: Piece) -> str:
    return f"{piece.cue}: {piece.text}" if _has_cue(piece) else piece.text


def _has_cue(piece: Piece) -> bool:
    """Whether the name of the field is read with its text: not before a single word, which is most often a code."""
    return bool(piece.cue) and (len(piece.text.split()) > 1 or any(map(str.isdigit, piece.text)))


def _behind_cue(found: list[PhiMatch], piece: Piece) -> list[PhiMatch]:
    """Move finds in a text with its cue to the text alone."""
    if not _has_cue(piece):
        return found
    skip = len(piece.cue) + 2
    return [
        PhiMatch(max(0, match.start - skip), match.end - skip, match.label, match.rule, match.score)
        for match in found
        if match.end > skip
    ]
