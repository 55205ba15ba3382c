"""Why a file or a record was rejected, in words, and what to do about it."""

from __future__ import annotations

from medlfm.errors import RecordError

__all__ = ["explain", "in_words"]

# what it is that is wrong, and what helps beside correcting it
_REASONS = {
    "empty_file": ("it is empty", ""),
    "encoding": ("it isn't UTF-8", "Name its encoding, e.g. --encoding cp1252"),
    "not_text": ("it is no text", ""),
    "empty_text": ("its text is empty", ""),
    "json": ("it is no JSON", ""),
    "not_an_object": ("it is JSON, but no object", "Write one object a line"),
    "fhir": ("it is no FHIR resource", ""),
    "hl7": ("it is no HL7 v2 message", ""),
    "docx": ("it is no Word document, or a broken one", ""),
    "pdf": ("it is no PDF, or a broken or locked one", ""),
    "pdf_without_text": ("a page has no text, only a picture", "It needs text recognition first"),
    "xml": ("it is no XML, or a broken one", ""),
    "xml_dtd": ("it has a document type declaration, which is refused", ""),
    "xml_kind": ("it is XML, but no CDA document", ""),
    "missing_text": ("it has no text in the field", "Name the field: --field"),
    "missing_columns": ("its cells are not as many as its columns", ""),
    "language": ("its language is none of ours", "Name the language: --lang"),
    "too_large": ("it is too large", "Cut it into parts"),
}
_FAILED = "failed:"  # what a crash is reported as, with the name of its class


def in_words(reason: str) -> str:
    """Return why something was rejected; a reason that has no words stays as it is."""
    if reason.startswith(_FAILED):
        return f"it could not be read ({reason.removeprefix(_FAILED)})"
    return _REASONS.get(reason, (reason, ""))[0]


def explain(path: object, line: int, reason: str, end: str = "") -> RecordError:
    """Return the error that names a rejected item, with what to do about it."""
    where = f"{path}, line {line}" if line > 1 else str(path)
    hint = _REASONS.get(reason, ("", ""))[1] or "Correct it"
    return RecordError(f"{where}: {in_words(reason)}.", f"{hint}{end}.")
