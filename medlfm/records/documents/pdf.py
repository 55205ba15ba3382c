"""PDF: its text alone, page by page. What is written back is plain text; a scanned page has none and is refused."""

from __future__ import annotations

import io
import logging
from collections.abc import Sequence

from medlfm.errors import RecordError
from medlfm.records.documents.piece import Change, Document, Piece
from medlfm.records.fields import BadRecordError

__all__ = ["read_pdf"]


def read_pdf(data: bytes) -> Document:
    """Read a file; what is built is UTF-8 text.

    Raises BadRecordError("pdf") for a broken or encrypted file, ("pdf_without_text") where a page with pictures has
    no text, RecordError without pypdf.
    """
    try:
        from pypdf import PdfReader
    except ImportError as error:
        raise RecordError(
            "Reading PDF needs pypdf, which isn't installed.", "pip install 'medlfm[formats]'."
        ) from error
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # its warnings may quote the file
    try:
        pages = []
        for page in PdfReader(io.BytesIO(data)).pages:
            text = page.extract_text()
            if not text.strip() and "/XObject" in (page.get("/Resources") or {}):
                raise BadRecordError("pdf_without_text")
            pages.append(text.replace("\r\n", "\n"))
    except BadRecordError:
        raise
    except Exception as error:  # pypdf raises nearly anything for a broken file
        raise BadRecordError("pdf") from error
    text = "\n\n".join(pages)
    if not text.strip():
        raise BadRecordError("pdf_without_text")

    def build(changes: Sequence[Change]) -> bytes:
        return changes[0].text.encode("utf-8", "replace")

    return Document([Piece("text", text)], build)
