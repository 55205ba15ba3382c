"""Reading upstream files strictly: a file that isn't what it should be stops the conversion with file and line.

A pinned corpus is whole or it isn't the corpus, so nothing is skipped here. No message holds what the file says.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
import zipfile
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import IO, Any
from xml.etree import ElementTree

from medlfm.errors import RecordError

__all__ = ["csv_rows", "is_jsonl", "json_object", "json_results", "jsonl_rows", "xml_root"]

csv.field_size_limit(1 << 27)  # the default of 128 kB is less than a long note
_BLOCK = 1 << 20
_RESULTS = re.compile(r'"results"\s*:\s*\[')
_BETWEEN = re.compile(r"[\s,]*")


def is_jsonl(file: Path) -> bool:
    """Say whether a file is JSON Lines by its name, gzipped or not."""
    return file.name.removesuffix(".gz").endswith(".jsonl")


def jsonl_rows(file: Path, required: Collection[str]) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield (line, row); every row must have the keys required."""
    number = 0
    try:
        with gzip.open(file, "rt", encoding="utf-8") if file.suffix == ".gz" else file.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, start=1):
                if line.strip():
                    yield number, _with(json.loads(line), required, file, number)
    except (OSError, EOFError, ValueError) as error:
        raise _broken(file, number + isinstance(error, UnicodeDecodeError), "no JSON Lines") from error


def csv_rows(file: Path, required: Collection[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield (line, row) with column names in lower case, `_` for spaces; the delimiter is found by the header."""
    text = _text(file)
    header = text.lstrip("\n").partition("\n")[0]
    table = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=header.count), strict=True)
    columns: list[str] = []
    first = 1
    try:
        for cells in table:
            if not columns:
                columns = [re.sub(r"[\s-]+", "_", cell.strip().lower()) for cell in cells]
                _with(dict.fromkeys(columns), required, file, first)
            elif len(cells) == len(columns):
                yield first, dict(zip(columns, cells, strict=True))
            elif cells:
                raise _broken(file, first, f"{len(cells)} cells where {len(columns)} belong")
            first = table.line_num + 1
    except csv.Error as error:
        raise _broken(file, first, "no CSV") from error
    if not columns:
        raise _broken(file, 1, "empty")


def json_object(file: Path) -> dict[str, Any]:
    """Read a file that is one JSON object."""
    try:
        value = json.loads(_text(file))
    except (ValueError, RecursionError) as error:
        raise _broken(file, getattr(error, "lineno", 1), "no JSON") from error
    return _with(value, (), file, 1)


def json_results(file: Path) -> Iterator[dict[str, Any]]:
    """Yield the objects of the array "results" one by one: the files are larger than memory should be.

    A `.zip` is read through its one JSON file.
    """
    try:
        if file.suffix == ".zip":
            with zipfile.ZipFile(file) as archive:
                member = next(name for name in archive.namelist() if name.endswith(".json"))
                with archive.open(member) as raw:
                    yield from _results(io.TextIOWrapper(raw, encoding="utf-8"), file)
        else:
            with file.open(encoding="utf-8") as text:
                yield from _results(text, file)
    except (OSError, UnicodeDecodeError, zipfile.BadZipFile, StopIteration) as error:
        raise _broken(file, 1, "no UTF-8 text, or no zip with a JSON file in it") from error


def _results(text: IO[str], file: Path) -> Iterator[dict[str, Any]]:
    decoder = json.JSONDecoder()
    buffer = text.read(_BLOCK)
    start = _RESULTS.search(buffer)
    if not start:
        raise _broken(file, 1, 'no JSON object with an array "results"')
    at = start.end()
    while True:
        at = _BETWEEN.match(buffer, at).end()  # type: ignore[union-attr]  # it matches the empty string
        if buffer.startswith("]", at):
            return
        try:
            value, at = decoder.raw_decode(buffer, at)
        except ValueError as error:
            more = text.read(_BLOCK)
            if not more:
                raise _broken(file, 1, 'the array "results" breaks off') from error
            buffer, at = buffer[at:] + more, 0
        else:
            yield _with(value, (), file, 1)


def xml_root(file: Path) -> ElementTree.Element:
    """Parse an XML document that declares no entities of its own."""
    try:
        data = file.read_bytes()
        if b"<!DOCTYPE" in data or b"<!ENTITY" in data:
            raise _broken(file, 1, "it declares a document type, which is not accepted")
        return ElementTree.fromstring(data)  # noqa: S314 - no entities: see above
    except OSError as error:
        raise _broken(file, 1, error.strerror or "can't be read") from error
    except ElementTree.ParseError as error:
        raise _broken(file, error.position[0], "no XML") from error


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise _broken(file, error.object.count(b"\n", 0, error.start) + 1, "no UTF-8") from error
    except OSError as error:
        raise _broken(file, 1, error.strerror or "can't be read") from error


def _with(value: Any, required: Collection[str], file: Path, line: int) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _broken(file, line, "no JSON object")
    if missing := [key for key in required if key not in value]:
        raise _broken(file, line, f"lacks {', '.join(missing)}")
    return value


def _broken(file: Path, line: int, what: str) -> RecordError:
    return RecordError(
        f"{file}, line {line}: {what}.", "Is it the file of this corpus? `medlfm corpora show NAME` describes them."
    )
