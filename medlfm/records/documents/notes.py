"""The notes in a document, for `prepare`: its running texts, with what its fields say of the patient."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from medlfm.records.documents.piece import Document, Piece
from medlfm.records.documents.rows import columns_of

__all__ = ["Known", "known_of", "known_of_row", "notes_of"]

Known = dict[str, list[str]]  # label → values, as `medlfm.deid.deidentify` takes them

# the places of birth dates: the others would be a pattern each, and the search finds dates by itself
_BIRTH = re.compile(r"(?i)birth|born|dob|geb|PID-7")
_LEAST_WORDS = 5  # of a running text; what is shorter is a code, a unit, the name of a test


def known_of(pieces: Sequence[Piece]) -> Known:
    """Collect what the fields of a document say, by label; the parts of a name and the name in one."""
    known: Known = {}
    last: Piece | None = None
    for piece in pieces:
        internal = piece.part in ("state", "zip", "instant") or (piece.part, piece.label) == ("code", "ID")
        internal = internal or (piece.label == "DATE" and not _BIRTH.search(piece.path))
        if piece.label and not internal and piece.text.strip():
            known.setdefault(piece.label, []).append(piece.text.strip())
            beside = last is not None and {piece.part, last.part} == {"given", "family"}
            if piece.label == "NAME" and last is not None and beside:
                known["NAME"].append(f"{last.text.strip()} {piece.text.strip()}")
        last = piece
    return known


def known_of_row(row: Mapping[Any, Any]) -> Known:
    """Collect what the columns of a row say, those that are known by their names."""
    pieces = []
    meanings = columns_of(row)
    for name, value in row.items():
        label, part = meanings[str(name)]
        if label and part not in ("age", "year") and isinstance(value, str | int) and not isinstance(value, bool):
            pieces.append(Piece(str(name), str(value), label, part))
    return known_of(pieces)


def notes_of(document: Document, kind: str) -> Iterator[tuple[dict[str, Any], Known]]:
    """Yield the notes of a document as raw records: of FHIR one a text, of other formats all text as one."""
    running = [piece for piece in document.pieces if not piece.label and len(piece.text.split()) >= _LEAST_WORDS]
    known = known_of(document.pieces)
    groups = [[piece] for piece in running] if kind == "fhir" else [running]
    for group in groups:
        if group:
            text = "\n\n".join(piece.text.strip() for piece in group)
            raw: dict[str, Any] = {"kind": "note", "text": text, "patient_id": group[0].patient}
            yield raw | ({"lang": document.lang} if document.lang else {}), known
