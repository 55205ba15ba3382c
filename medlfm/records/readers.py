"""From a file to raw records: JSON, JSONL, CSV, Parquet, plain text (those but Parquet also as `.gz`), documents.

Documents are FHIR resources (in JSON and JSONL files), HL7 v2, CDA, DOCX, HTML and PDF: their running texts are notes.

A reader yields (line, raw) pairs, or rejects; neither a broken line nor a broken file stops the rest. `line` is the
line of the file, in a JSON array and in Parquet the number of the item.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from medlfm.errors import RecordError
from medlfm.records.documents import DOCUMENT_FORMATS, nested_opener
from medlfm.records.documents.fhir import is_fhir, open_fhir
from medlfm.records.documents.items import BOMS, Item, csv_delimiter, open_item, parquet_items, read_items
from medlfm.records.documents.notes import Known, notes_of
from medlfm.records.fields import BadRecordError, kind_of_columns

__all__ = ["SUFFIXES", "Raw", "Reject", "format_of", "read_raw"]

# file name ending (before .gz) → format
SUFFIXES = {
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "json",
    ".csv": "csv",
    ".tsv": "csv",
    ".parquet": "parquet",
    ".txt": "text",
    ".text": "text",
    ".hl7": "hl7",
    ".xml": "cda",
    ".cda": "cda",
    ".docx": "docx",
    ".pdf": "pdf",
    ".html": "html",
    ".htm": "html",
}
_NEVER_ZIPPED = ("parquet", "docx", "pdf")
csv.field_size_limit(1 << 27)  # the default of 128 kB is less than a long note


@dataclass(frozen=True)
class Reject:
    """What could not be used: where it stands and a reason code, never its text."""

    file: Path
    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class Raw:
    """One item of a file: its line and its value, or the reason why there is none."""

    line: int
    value: Any = None
    reason: str = ""
    known: Known = field(default_factory=dict)  # what the document says of the patient


def format_of(path: Path) -> str:
    """Return the format that a file's name says, or "" where it is none of ours."""
    suffixes = [suffix.lower() for suffix in path.suffixes[-2:]]
    if suffixes and suffixes[-1] == ".gz":
        suffixes.pop()
        kind = SUFFIXES.get(suffixes[-1], "") if suffixes else ""
        return "" if kind in _NEVER_ZIPPED else kind
    return SUFFIXES.get(suffixes[-1], "") if suffixes else ""


def read_raw(path: Path, *, encoding: str = "") -> Iterator[Raw]:
    """Read one file; `encoding` empty means UTF-8, or what a byte order mark says.

    Raises RecordError where the file can't be opened, or needs pyarrow and it isn't installed.
    """
    kind = format_of(path)
    if kind == "parquet":
        yield from _parquet(path)
        return
    if kind in DOCUMENT_FORMATS and kind != "text":
        for item in read_items(path, kind, encoding):
            yield from _documents(item, kind)
        return
    try:
        with path.open("rb") as raw:
            start = raw.read(8192)
        if not start:
            yield Raw(0, reason="empty_file")
            return
        zipped = path.suffix.lower() == ".gz"
        if zipped:
            with gzip.open(path) as opened:
                start = opened.read(8192)
        encoding = encoding or next((name for bom, name in BOMS.items() if start.startswith(bom)), "utf-8")
        if b"\0" in start and "16" not in encoding and "32" not in encoding:
            yield Raw(1, reason="binary")
            return
        with gzip.open(path) if zipped else path.open("rb") as file:
            yield from _READERS[kind](file, encoding)  # type: ignore[arg-type]
    except (gzip.BadGzipFile, EOFError, zlib.error):
        yield Raw(0, reason="broken_gzip")
    except LookupError as error:
        raise RecordError(f"There is no encoding {encoding!r}.", "Try --encoding cp1252 or latin-1.") from error
    except OSError as error:
        raise RecordError(f"Can't read {path}: {error.strerror or 'input error'}.", "Check path and rights.") from error


def _jsonl(file: IO[bytes], encoding: str) -> Iterator[Raw]:
    if "16" in encoding or "32" in encoding:  # line ends are not single bytes there
        text = _decoded(file.read(), encoding)
        lines: Iterator[str | bytes] = iter(text.value.split("\n")) if not text.reason else iter(())
        if text.reason:
            yield text
    else:
        lines = iter(file)
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            text_line = line if isinstance(line, str) else line.decode(encoding)
            yield from _value(number, json.loads(text_line))
        except UnicodeDecodeError:
            yield Raw(number, reason="encoding")
        except (ValueError, RecursionError):
            yield Raw(number, reason="json")


def _json(file: IO[bytes], encoding: str) -> Iterator[Raw]:
    text = _decoded(file.read(), encoding)
    if text.reason:
        yield text
        return
    try:
        value = json.loads(text.value)
    except json.JSONDecodeError as error:
        yield Raw(error.lineno, reason="json")
        return
    except (ValueError, RecursionError):
        yield Raw(1, reason="json")
        return
    if isinstance(value, dict):  # one record, or an object that wraps a list of them
        lists = [item for item in value.values() if isinstance(item, list) and item and isinstance(item[0], dict)]
        value = lists[0] if len(value) == len(lists) == 1 and not is_fhir(value) else [value]
    elif not isinstance(value, list):
        yield Raw(1, reason="not_an_object")
        return
    for number, item in enumerate(value, start=1):
        yield from _value(number, item)


def _value(number: int, value: Any) -> Iterator[Raw]:
    """Yield a record, or the notes of a FHIR resource."""
    if not is_fhir(value):
        yield Raw(number, value)
        return
    document = open_fhir(value, nested_opener)
    yield from (Raw(number, raw, known=known) for raw, known in notes_of(document, "fhir"))


def _documents(item: Item, kind: str) -> Iterator[Raw]:
    """Yield the notes of a document; one without running text is rejected."""
    try:
        notes = list(notes_of(open_item(item, kind), kind))
    except BadRecordError as error:
        yield Raw(item.line, reason=error.reason)
        return
    yield from (Raw(item.line, raw, known=known) for raw, known in notes)
    if not notes:
        yield Raw(item.line, reason="empty_text")


def _csv(file: IO[bytes], encoding: str) -> Iterator[Raw]:
    text = _decoded(file.read(), encoding)
    if text.reason:
        yield text
        return
    header = text.value.lstrip("\n").partition("\n")[0]
    rows = csv.reader(io.StringIO(text.value, newline=""), delimiter=csv_delimiter(header), strict=True)
    columns: list[str] = []
    while True:
        first = rows.line_num + 1
        try:
            row = next(rows)
        except StopIteration:
            return
        except csv.Error:  # an unclosed quote swallows the rest of the file
            yield Raw(first, reason="csv")
            return
        if not any(cell.strip() for cell in row):
            continue
        if not columns:
            columns = row
            try:
                kind_of_columns(columns)
            except BadRecordError as error:
                yield Raw(first, reason=error.reason)
                return
        elif len(row) != len(columns):
            yield Raw(first, reason="columns")
        else:
            yield Raw(first, dict(zip(columns, row, strict=True)))


def _text(file: IO[bytes], encoding: str) -> Iterator[Raw]:
    text = _decoded(file.read(), encoding)
    yield text if text.reason else Raw(1, {"kind": "note", "text": text.value})


def _decoded(data: bytes, encoding: str) -> Raw:
    """Decode all of a file; a wrong byte is reported with its line."""
    try:
        return Raw(1, data.decode(encoding))
    except UnicodeDecodeError as error:
        return Raw(data.count(b"\n", 0, error.start) + 1, reason="encoding")


def _parquet(path: Path) -> Iterator[Raw]:
    for item in parquet_items(path, kind_of_columns):
        given = {key: value for key, value in (item.raw or {}).items() if value is not None}
        yield Raw(item.line, reason=item.reason) if item.reason else Raw(item.line, given)


_READERS: dict[str, Callable[[IO[bytes], str], Iterator[Raw]]] = {
    "jsonl": _jsonl,
    "json": _json,
    "csv": _csv,
    "text": _text,
}
