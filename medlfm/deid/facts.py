"""What one file says of a patient, known in the others: a table of patients beside a table of notes, FHIR in bulk.

The facts lie in a file of the run's own folder (mode 600), which is removed with it: memory stays flat.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from medlfm.deid.known import Known
from medlfm.records.documents import nested_opener
from medlfm.records.documents.fhir import is_fhir, open_fhir
from medlfm.records.documents.items import Item
from medlfm.records.documents.notes import known_of, known_of_row

__all__ = ["Facts", "collect_facts"]

_PEOPLE = ("Patient", "RelatedPerson")  # the resources of FHIR that say something of a patient


class Facts:
    """The facts of all patients; none where the file isn't there."""

    def __init__(self, path: Path | None) -> None:
        self._base: sqlite3.Connection | None = None
        if path is not None and path.is_file():
            self._base = sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)

    def get(self, patients: Iterable[str]) -> Known:
        """Return what is known of some patients, by label."""
        known: dict[str, list[str]] = {}
        if self._base is None:
            return known
        for patient in patients:
            for label, value in self._base.execute("SELECT label, value FROM facts WHERE patient = ?", (patient,)):
                known.setdefault(label, []).append(value)
        return known

    def close(self) -> None:
        if self._base is not None:
            self._base.close()


def collect_facts(path: Path, items: Iterable[Item], patient_field: str) -> None:
    """Write what rows and resources say of their patients to a new file."""
    path.unlink(missing_ok=True)
    os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
    with closing(sqlite3.connect(path)) as base:
        base.execute("PRAGMA journal_mode = OFF")
        base.execute("CREATE TABLE facts (patient TEXT, label TEXT, value TEXT, UNIQUE (patient, label, value))")
        rows = (row for item in items for row in _facts(item, patient_field))
        base.executemany("INSERT OR IGNORE INTO facts VALUES (?, ?, ?)", rows)
        base.commit()


def _facts(item: Item, patient_field: str) -> Iterator[tuple[str, str, str]]:
    value = item.raw
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return
    try:
        patient, known = _known(value, patient_field)
    except Exception:  # whatever is wrong with it: the item itself will be rejected for it
        return
    for label, values in known.items() if patient else ():
        yield from ((patient, label, each) for each in values if each != patient)


def _known(value: Any, patient_field: str) -> tuple[str, Known]:
    if not isinstance(value, dict):
        return "", {}
    if is_fhir(value):
        if value["resourceType"] not in _PEOPLE:
            return "", {}
        pieces = open_fhir(value, nested_opener).pieces
        return next((piece.patient for piece in pieces), ""), known_of(pieces)
    whose = value.get(patient_field)
    return (str(whose), known_of_row(value)) if isinstance(whose, str | int) else ("", {})
