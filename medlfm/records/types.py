"""The records that medlfm reads: clinical notes, questions with answers, medications.

Extra keys of an input record are kept out: what is not named here never reaches a prepared file.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

__all__ = ["QA", "Medication", "Note", "Record"]


@dataclass(frozen=True, kw_only=True)
class Record:
    """What all kinds share. `id` is unique in a source; `lang` is "en" or "de", detected where not given."""

    kind: ClassVar[str]
    id: str
    lang: str = ""
    specialty: str = ""


@dataclass(frozen=True, kw_only=True)
class Note(Record):
    """A clinical note, e.g. {"text": "Pat. klagt über …", "category": "ed_note", "specialty": "cardiology"}."""

    kind: ClassVar[str] = "note"
    text: str
    category: str = ""
    patient_id: str | None = None
    date: str | None = None
    # what columns or fields beside the text say of the patient, by PHI label; read by the search, written nowhere
    known: tuple[tuple[str, tuple[str, ...]], ...] = field(default=(), repr=False, compare=False)


@dataclass(frozen=True, kw_only=True)
class QA(Record):
    """A question with its answer; `topic` (the disease, drug or test) is the group that no split may cross."""

    kind: ClassVar[str] = "qa"
    question: str
    answer: str
    category: str = ""
    source: str = ""
    url: str = ""
    topic: str = ""


@dataclass(frozen=True, kw_only=True)
class Medication(Record):
    """A drug; lists hold free words or the identifiers of the drug table, which extends this schema."""

    kind: ClassVar[str] = "medication"
    name: str
    generic_name: str
    drug_class: tuple[str, ...] = ()
    indications: tuple[str, ...] = ()
    contraindications: tuple[str, ...] = ()
    dosage: str = ""
    source: str = field(default="", metadata={"help": "a document that was read, or 'general knowledge'"})
