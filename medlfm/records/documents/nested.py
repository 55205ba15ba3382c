"""Files inside documents: FHIR attachments, HL7 encapsulated data, the body of a CDA document."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from medlfm.records.documents.piece import Change, Document, Piece
from medlfm.records.fields import BadRecordError

__all__ = ["Nested", "Opener", "open_nested"]

Opener = Callable[[bytes, str], Document]  # content, format → the document

# media type → (format, the media type of what is written back)
_MEDIA = {
    "text/plain": ("text", "text/plain"),
    "text/html": ("html", "text/html"),
    "text/xml": ("cda", "text/xml"),
    "application/xml": ("cda", "application/xml"),
    "application/hl7-v3": ("cda", "application/hl7-v3"),
    "application/pdf": ("pdf", "text/plain"),
    "application/fhir+json": ("fhir", "application/fhir+json"),
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": (
        "docx",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ),
}


@dataclass(frozen=True)
class Nested:
    """A file that was opened inside a document; `pieces` are those of it, for the outer one's list."""

    pieces: list[Piece]
    media: str
    document: Document

    def build(self, changes: Sequence[Change]) -> bytes:
        """Return the content with its new texts."""
        built: bytes = self.document.build(changes)
        return built


def open_nested(data: str, media: str, path: str, opener: Opener, patient: str = "") -> Nested | None:
    """Open base64 data; None for what can't be searched, which must then be left out."""
    kind, written = _MEDIA.get(media.partition(";")[0].strip().lower(), ("", ""))
    if not kind:
        return None
    try:
        document = opener(base64.b64decode("".join(data.split()), validate=True), kind)
    except (binascii.Error, ValueError, BadRecordError):
        return None
    pieces = [replace(piece, path=f"{path}/{piece.path}", patient=patient) for piece in document.pieces]
    return Nested(pieces, written, document)
