"""Records: their types, reading them from files, corpus cards, duplicates, splits and prepared runs."""

from __future__ import annotations

from medlfm.records.cards import Card, read_card
from medlfm.records.prepared import PreparedRun, load_prepared
from medlfm.records.readers import Reject
from medlfm.records.sources import Located, Source, find_sources, read_located, read_records
from medlfm.records.types import QA, Medication, Note, Record

__all__ = [
    "QA",
    "Card",
    "Located",
    "Medication",
    "Note",
    "PreparedRun",
    "Record",
    "Reject",
    "Source",
    "find_sources",
    "load_prepared",
    "read_card",
    "read_located",
    "read_records",
]
