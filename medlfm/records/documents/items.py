"""Files as streams of items: lines, rows, messages or whole documents, read one by one and as they stand."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import json
import re
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import IO, Any

from medlfm.errors import RecordError
from medlfm.records.documents import nested_opener, open_document
from medlfm.records.documents.piece import Change, Document
from medlfm.records.documents.rows import open_row
from medlfm.records.fields import BadRecordError

__all__ = [
    "BOMS",
    "ENDINGS",
    "STREAMS",
    "Item",
    "csv_delimiter",
    "kind_of",
    "open_item",
    "parquet_items",
    "read_items",
    "written_ending",
]

# file name ending (before .gz) → kind
ENDINGS = {
    ".txt": "text",
    ".text": "text",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "json",
    ".csv": "csv",
    ".tsv": "csv",
    ".parquet": "parquet",
    ".hl7": "hl7",
    ".xml": "cda",
    ".cda": "cda",
    ".docx": "docx",
    ".pdf": "pdf",
    ".html": "html",
    ".htm": "html",
}
STREAMS = ("jsonl", "csv", "parquet", "hl7")  # many items a file; of the others a file is one item
BOMS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
_NEVER_ZIPPED = ("parquet", "docx", "pdf")
_LARGEST = 1 << 28  # bytes of a file that is read whole


@dataclass(frozen=True, slots=True)
class Item:
    """One item of a file: its line (or number) and its content, or the reason why there is none."""

    line: int
    raw: Any = None
    reason: str = ""
    encoding: str = "utf-8"  # of raw bytes


def kind_of(path: Path) -> str:
    """Return the kind that a file's name says, "" where it is none of ours."""
    endings = [ending.lower() for ending in path.suffixes[-2:]]
    zipped = bool(endings) and endings[-1] == ".gz"
    if zipped:
        endings.pop()
    kind = ENDINGS.get(endings[-1], "") if endings else ""
    return "" if zipped and kind in _NEVER_ZIPPED else kind


def written_ending(path: Path) -> str:
    """Return the name of what is written for a file: that of a PDF becomes plain text."""
    return path.name.removesuffix(path.suffix) + ".txt" if kind_of(path) == "pdf" else path.name


def read_items(path: Path, kind: str, encoding: str = "") -> Iterator[Item]:
    """Yield the items of a file; neither a broken line nor a broken file raises.

    Raises RecordError where the file can't be opened, or its encoding doesn't exist.
    """
    if kind == "parquet":
        yield from parquet_items(path)
        return
    try:
        opener: Any = gzip.open if path.suffix.lower() == ".gz" else Path.open
        with opener(path, "rb") as file:
            start = file.peek(4096)[:4096]
            if not start:
                yield Item(0, reason="empty_file")
                return
            encoding = encoding or next((name for bom, name in BOMS.items() if start.startswith(bom)), "utf-8")
            codecs.lookup(encoding)
            if kind not in ("docx", "pdf") and b"\0" in start and "16" not in encoding and "32" not in encoding:
                yield Item(1, reason="binary")
                return
            yield from _READERS.get(kind, _whole)(file, encoding)
    except (gzip.BadGzipFile, EOFError, zlib.error):
        yield Item(0, reason="broken_gzip")
    except LookupError as error:
        raise RecordError(f"There is no encoding {encoding!r}.", "Try --encoding cp1252 or latin-1.") from error
    except OSError as error:
        raise RecordError(f"Can't read {path}: {error.strerror or 'input error'}.", "Check path and rights.") from error


def open_item(item: Item, kind: str, **options: Any) -> Document:
    """Open an item as a document; what is built is bytes, of CSV and Parquet a row.

    options: those of `open_row`. Raises BadRecordError.
    """
    if item.reason:
        raise BadRecordError(item.reason)
    if kind in ("csv", "parquet"):
        return open_row(item.raw, nested_opener, **options)
    if kind == "jsonl":
        document = open_row(_parsed(item.raw), nested_opener, **options)
        return _serialised(document, lambda value: json.dumps(value, ensure_ascii=False) + "\n")
    if kind == "json":
        return _json(item.raw, item.encoding, options)
    if kind == "text" and item.raw[:4] == b"MSH|":
        kind = "hl7"
    return open_document(item.raw, kind, item.encoding)


def _serialised(document: Document, write: Callable[[Any], str]) -> Document:
    return Document(
        document.pieces, lambda changes: write(document.build(changes)).encode(), document.removed, document.lang
    )


def _json(raw: bytes, encoding: str, options: dict[str, Any]) -> Document:
    """Open a JSON file: one resource, one record, an array of them, or an object around one."""
    value = _parsed(_decoded(raw, encoding))
    rows = value if isinstance(value, list) else [value]
    documents = [open_row(row, nested_opener, **options) for row in rows]
    pieces = [piece for document in documents for piece in document.pieces]
    removed: dict[str, int] = {}
    for document in documents:
        removed |= {name: removed.get(name, 0) + count for name, count in document.removed.items()}

    def build(changes: list[Change]) -> bytes:
        built, start = [], 0
        for document in documents:
            built.append(document.build(changes[start : start + len(document.pieces)]))
            start += len(document.pieces)
        return (
            json.dumps(built if isinstance(value, list) else built[0], ensure_ascii=False, indent=2) + "\n"
        ).encode()

    return Document(pieces, build, removed, next((d.lang for d in documents if d.lang), ""))  # type: ignore[arg-type]


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadRecordError("json") from error


def _decoded(raw: bytes, encoding: str) -> str:
    try:
        return raw.decode("utf-8-sig" if encoding == "utf-8" else encoding)
    except UnicodeDecodeError as error:
        raise BadRecordError("encoding") from error


# ---- readers: open file, encoding → items


def _whole(file: IO[bytes], encoding: str) -> Iterator[Item]:
    raw = file.read(_LARGEST + 1)
    yield Item(1, reason="too_large") if len(raw) > _LARGEST else Item(1, raw, encoding=encoding)


@contextmanager
def _text(file: IO[bytes], encoding: str, newline: str) -> Iterator[io.TextIOWrapper]:
    """Read a file as text, and leave closing it to whoever opened it."""
    text = io.TextIOWrapper(file, encoding, newline=newline)
    try:
        yield text
    finally:
        text.detach()


def _lines(file: IO[bytes], encoding: str) -> Iterator[tuple[int, str | None]]:
    """Yield (number, line) with its ending, None for one with wrong bytes."""
    if "16" in encoding or "32" in encoding:  # line ends are not single bytes there
        with _text(file, encoding, "\n") as text:
            try:
                yield from enumerate(text, start=1)
            except UnicodeError:
                yield 0, None
        return
    for number, line in enumerate(file, start=1):
        try:
            yield number, line.decode(encoding)
        except UnicodeDecodeError:
            yield number, None


def _jsonl(file: IO[bytes], encoding: str) -> Iterator[Item]:
    for number, line in _lines(file, encoding):
        if line is None:
            yield Item(number, reason="encoding")
        elif line.strip(" \t\r\n\ufeff"):
            yield Item(number, line.strip("\ufeff"))


def _hl7(file: IO[bytes], encoding: str) -> Iterator[Item]:
    """Cut a file of messages: each begins with MSH, what stands before (FHS, BHS) is a message of its own."""
    message: list[bytes] = []
    first = number = 1
    while chunk := file.readline():
        for part in re.findall(rb"[^\r\n]*(?:\r\n|\r|\n|$)", chunk)[:-1]:
            start = part.lstrip(b"\x0b")[:4]
            if start[:3] in (b"MSH", b"BTS", b"FTS") and message:
                yield Item(first, b"".join(message), encoding=encoding)
                message, first = [], number
            message.append(part)
            number += 1
    if message:
        yield Item(first, b"".join(message), encoding=encoding)


def csv_delimiter(header: str) -> str:
    """Return the delimiter of a table by its first line."""
    return max("\t;,|", key=header.count)


def _csv(file: IO[bytes], encoding: str) -> Iterator[Item]:
    """Yield the header as a list, then the rows as objects."""
    with _text(file, "utf-8-sig" if encoding == "utf-8" else encoding, "") as text:
        yield from _table(text)


def _table(text: IO[str]) -> Iterator[Item]:
    columns: list[str] = []
    line = 1
    try:
        header = text.readline()
        delimiter = csv_delimiter(header)
        rows = csv.reader(chain([header], text), delimiter=delimiter, strict=True)
        for row in rows:
            first, line = line, rows.line_num + 1
            if not any(cell.strip() for cell in row):
                continue
            if not columns:
                columns = row
                unique = len(set(columns)) == len(columns)
                yield Item(first, [delimiter, *columns]) if unique else Item(first, reason="columns")
            elif len(row) != len(columns):
                yield Item(first, reason="columns")
            else:
                yield Item(first, dict(zip(columns, row, strict=True)))
    except UnicodeDecodeError:  # what comes behind can't be told apart any more
        yield Item(line, reason="encoding")
    except csv.Error:  # an unclosed quote swallows the rest of the file
        yield Item(line, reason="csv")


def parquet_items(path: Path, check: Callable[[list[str]], object] | None = None) -> Iterator[Item]:
    """Yield the rows of a Parquet file; `check` sees its columns first, and may raise BadRecordError for all of it.

    Raises RecordError where pyarrow isn't installed.
    """
    try:
        from pyarrow import ArrowException
        from pyarrow.parquet import ParquetFile
    except ImportError as error:
        raise RecordError(
            f"Reading {path} needs pyarrow, which isn't installed.", "pip install 'medlfm[parquet]'."
        ) from error
    if path.stat().st_size == 0:
        yield Item(0, reason="empty_file")
        return
    try:
        with ParquetFile(path) as file:
            if check:
                check(file.schema_arrow.names)
            number = 0
            for batch in file.iter_batches(batch_size=256):
                for row in batch.to_pylist():
                    number += 1
                    yield Item(number, row)
    except BadRecordError as error:
        yield Item(1, reason=error.reason)
    except (ArrowException, OSError):
        yield Item(1, reason="parquet")


_READERS: dict[str, Callable[[IO[bytes], str], Iterator[Item]]] = {"jsonl": _jsonl, "csv": _csv, "hl7": _hl7}
