"""A gold set: cases of one task, whatever file they were read from."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from medlfm.errors import RecordError
from medlfm.files import sha256_file

__all__ = ["Case", "Gold", "Reader", "read_gold"]

Row = dict[str, Any]


@dataclass(frozen=True)
class Case:
    """One case. `row` is its line, from 1: results name cases by it, since an id may hold a patient's name.

    `gold` is what should come out, in the form that the task's reader documents; `group` is what a bootstrap draws
    together (a report, a topic).
    """

    row: int
    text: str
    gold: dict[str, Any]
    lang: str = ""
    group: str = ""


@dataclass(frozen=True)
class Gold:
    """A set that was read: `reader` names the form it had, `skipped` the rows that hold no case for the task."""

    name: str
    sha256: str
    reader: str
    cases: tuple[Case, ...]
    skipped: int = 0
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Reader:
    """How the rows of one set become cases: `keys` tell its rows from other sets'; `read` returns a row's cases.

    `notes` say in words what was mapped, merged or left out, for the reports.
    """

    name: str
    keys: frozenset[str]
    read: Callable[[Row], Iterable[tuple[str, dict[str, Any], str, str]]]  # text, gold, lang, group
    notes: tuple[str, ...] = field(default=())


def read_gold(path: Path, readers: Iterable[Reader], *, lang: str = "", limit: int | None = None) -> Gold:
    """Read JSONL (also .gz) with the first reader whose keys the first row has.

    lang: for rows that don't name their language. limit: rows to read, from the top.
    Raises RecordError, which names file and line but none of its text.
    """
    readers = list(readers)
    cases: list[Case] = []
    reader: Reader | None = None
    skipped = 0
    for number, row in _rows(path):
        if limit is not None and number > limit:
            break
        reader = reader or _choose(path, row, readers)
        try:
            found = [Case(number, text, gold, own or lang, group) for text, gold, own, group in reader.read(row)]
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise RecordError(
                f"{path}:{number}: not a row of the form {reader.name!r} ({type(error).__name__}).",
                "docs/formats/gold.md describes the forms.",
            ) from error
        skipped += not found
        cases += found
    if reader is None:
        raise RecordError(f"{path} holds no rows.", "docs/formats/gold.md describes the forms.")
    name = path.name.removesuffix(".gz").removesuffix(".jsonl")
    return Gold(name, sha256_file(path), reader.name, tuple(cases), skipped, reader.notes)


def _choose(path: Path, row: Row, readers: list[Reader]) -> Reader:
    for reader in readers:
        if reader.keys <= row.keys():
            return reader
    forms = "; ".join(f"{reader.name} ({', '.join(sorted(reader.keys))})" for reader in readers)
    raise RecordError(f"{path} has none of the forms of this task: {forms}.", "docs/formats/gold.md describes them.")


def _rows(path: Path) -> Iterator[tuple[int, Row]]:
    try:
        with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as file:
            for number, line in enumerate(file, start=1):
                if line.strip():
                    yield number, _parsed(path, number, line)
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise RecordError(f"Can't read {path} ({type(error).__name__}).", "Give a JSONL file, plain or .gz.") from error


def _parsed(path: Path, number: int, line: str) -> Row:
    try:
        row = json.loads(line)
    except json.JSONDecodeError as error:
        raise RecordError(f"{path}:{number}: no JSON.", "Give one JSON object a line.") from error
    if not isinstance(row, dict):
        raise RecordError(f"{path}:{number}: no JSON object.", "Give one JSON object a line.")
    return row
