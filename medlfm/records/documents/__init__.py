"""Documents of many formats as texts with a meaning, and written back in the same format with other texts.

`open_document` reads one; its pieces are either free text or fields whose label follows from their place. Nothing is
left out of them: what can't be searched (pictures, unknown attachments) is not written back.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from medlfm.records.documents.cda import read_cda
from medlfm.records.documents.docx import read_docx
from medlfm.records.documents.fhir import read_fhir
from medlfm.records.documents.hl7 import read_hl7
from medlfm.records.documents.html import read_html
from medlfm.records.documents.pdf import read_pdf
from medlfm.records.documents.piece import Change, Codes, Document, Piece
from medlfm.records.fields import BadRecordError

__all__ = ["DOCUMENT_FORMATS", "Change", "Codes", "Document", "Piece", "nested_opener", "open_document"]


def _read_text(data: bytes, encoding: str = "utf-8") -> Document:
    try:
        text = data.decode("utf-8-sig" if encoding == "utf-8" else encoding)
    except UnicodeDecodeError as error:
        raise BadRecordError("encoding") from error

    def build(changes: Sequence[Change]) -> bytes:
        return changes[0].text.encode(encoding, "replace")

    return Document([Piece("text", text)], build)


def open_document(data: bytes, kind: str, encoding: str = "utf-8") -> Document:
    """Read a document of one of DOCUMENT_FORMATS; raises BadRecordError with a reason code."""
    return DOCUMENT_FORMATS[kind](data, encoding)


def nested_opener(data: bytes, kind: str) -> Document:
    """Open a file inside a document."""
    return open_document(data, kind)


DOCUMENT_FORMATS: dict[str, Callable[[bytes, str], Document]] = {
    "text": _read_text,
    "fhir": lambda data, _: read_fhir(data, nested_opener),
    "hl7": lambda data, encoding: read_hl7(data, nested_opener, encoding),
    "cda": lambda data, _: read_cda(data, nested_opener),
    "docx": lambda data, _: read_docx(data),
    "pdf": lambda data, _: read_pdf(data),
    "html": lambda data, encoding: read_html(data, encoding),
}
