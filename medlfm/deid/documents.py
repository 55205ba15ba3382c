"""De-identifying documents: fields by their meaning, texts by search, with what the fields say as known beforehand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from medlfm.deid.facts import Facts
from medlfm.deid.fields import replace_field
from medlfm.deid.finding import find_all
from medlfm.deid.known import with_known
from medlfm.deid.policy import Policy
from medlfm.deid.replacer import Replaced, Replacer
from medlfm.files import sha256_bytes
from medlfm.matching.language import detect_language
from medlfm.matching.phi import PhiMatch
from medlfm.records.documents import Change, Codes, Document, Piece
from medlfm.records.documents.notes import known_of

__all__ = ["DoneDocument", "DoneText", "Worker"]

_SURE = ("name-title", "name-label", "name-born", "name-surname-first")  # rules whose finds hold in all of a document
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
            found = [None if piece.label else _behind_cue(next(searched), piece) for piece in document.pieces]
            names = _sure_names(document.pieces, found)
            known[place]["NAME"] = [*known[place].get("NAME", ()), *names]
            yield self._document(document, found, langs[place], known[place], texts=texts)

    def _document(
        self,
        document: Document,
        found: Sequence[list[PhiMatch] | None],
        lang: str,
        known: dict[str, list[str]],
        *,
        texts: bool,
    ) -> DoneDocument:
        whole = "\0".join(piece.text for piece in document.pieces)
        own = sha256_bytes(whole.encode("utf-8", "surrogatepass"))  # whose it is where nothing says it
        numbers: dict[tuple[str, str], int] = {}
        changes, done = [], []
        for piece, matches in zip(document.pieces, found, strict=True):
            if matches is not None:
                matches = with_known(matches, piece.text, known)
            whose = self.patient or piece.patient or own
            replacer = Replacer(
                piece.text, matches or [], self.policy, lang, self.key, whose, known["NAME"], numbers=numbers
            )
            change, text = self._piece(piece, replacer)
            changes.append(change)
            if texts and (text.spans or not piece.label or len(document.pieces) == 1):
                done.append(text)
        return DoneDocument(document.build(changes), done, lang, document.removed)

    def _known(self, document: Document) -> dict[str, list[str]]:
        """Return what the document, and others of its patients, say by their fields."""
        known = known_of(document.pieces)
        patients = {piece.patient for piece in document.pieces if piece.patient}
        for label, values in self.facts.get(sorted(patients)).items():
            known[label] = [*known.get(label, ()), *values]
        return known

    def _piece(self, piece: Piece, replacer: Replacer) -> tuple[Change, DoneText]:
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


def _sure_names(pieces: Sequence[Piece], found: Sequence[list[PhiMatch] | None]) -> list[str]:
    """Return the names with a cue in the texts of a document: those of a header are the patient's in the body, too."""
    if sum(matches is not None for matches in found) < 2:
        return []
    return [
        piece.text[match.start : match.end]
        for piece, matches in zip(pieces, found, strict=True)
        for match in matches or ()
        if match.label == "NAME" and match.rule.startswith(_SURE)
    ]


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
