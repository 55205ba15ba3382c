"""What every document format has in common: its texts in pieces, and writing it back with other texts."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from medlfm.matching.rules import Rule, read_rules

__all__ = [
    "Change",
    "Codes",
    "Document",
    "Edits",
    "Piece",
    "format_rules",
    "is_telling",
    "is_timestamp",
    "spoken",
    "spread",
]

Edits = Sequence[tuple[int, int, str]]  # [start, end) of the old text and what stands there now, in order

# FHIR and XML (2024-05-03T10:15:00Z), HL7 (20240503101500+0100), month alone (2024-05)
_TIMESTAMP = re.compile(
    r"(?:1[89]|20)\d\d-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01])(?:[T ][\d:.]+(?:Z|[+-]\d\d:?\d\d)?)?)?"
    r"|(?:1[89]|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:\d{2,6}(?:\.\d+)?)?(?:[+-]\d{4})?"
)


# what is shorter than that (a flag, a small number) says nothing about anybody
_TELLING = re.compile(r"[^\W\d_]{3}|\d{4}|\d[./-]\d|@")


@dataclass(frozen=True, slots=True)
class Piece:
    """One text of a document.

    path: where it stands, e.g. "PID-5" or "Patient.name.family"; it holds nothing of the text.
    label: the PHI label that the whole text has by its place; "" for a text that must be searched.
    part: given | family (of a name), street | city | zip | state (of an address), timestamp, or code (an id that other
    places refer to). typed: the place takes values of its type only, no "[DATE]"; what can't be kept is left out.
    cue: the name of the place, which the search reads before the text. patient: whose text it is.
    """

    path: str
    text: str
    label: str = ""
    part: str = ""
    typed: bool = False
    cue: str = ""
    patient: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """What became of a piece: its new text, and by which edits."""

    text: str
    edits: Edits = ()


@dataclass(frozen=True)
class Document:
    """A document that was read: its pieces in order; `build` takes a change for each and returns the document again.

    removed: counts of what can't be searched, such as pictures, and is not in what `build` returns. lang: the
    language that the document names, "" where it names none.
    """

    pieces: list[Piece]
    build: Callable[[Sequence[Change]], Any]
    removed: dict[str, int] = field(default_factory=dict)
    lang: str = ""

    def samples(self) -> Iterator[str]:
        """Yield what tells the language: the longest text, then all that is searched."""
        texts = [piece.text for piece in self.pieces if not piece.label]
        if texts:
            yield max(texts, key=len)
        yield "\n".join(texts)


class Codes:
    """Random codes for ids: the same for the same id as long as the secret lives, and related to nothing (164.514(c)).

    The secret is random and thrown away after the run, so that a code can't be computed from an id later.
    """

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def code(self, value: str) -> str:
        """Return 16 hex digits."""
        return hmac.new(self._secret, value.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()[:16]


def spoken(code: str) -> str:
    """Return the language that a code like "de-DE" or a country's like "AUT" means, "" where it is none of ours."""
    first = code.strip().lower().replace("_", "-").split("-")[0]
    german = first in ("de", "deu", "ger", "at", "aut", "ch", "che", "deutschland", "österreich", "schweiz")
    return "de" if german else "en" if first in ("en", "eng", "us", "usa", "gb", "gbr", "uk") else ""


def is_timestamp(text: str) -> bool:
    """Whether a field holds a date more exact than a year, as FHIR, HL7 v2 and CDA write it."""
    return bool(_TIMESTAMP.fullmatch(text))


def is_telling(text: str) -> bool:
    """Whether a field's text is long enough to be searched."""
    return bool(_TELLING.search(text))


def spread(segments: Sequence[str], edits: Edits) -> list[str]:
    """Apply edits of the joined segments to each of them; a replacement stands where its first character stood."""
    parts: list[list[str]] = [[] for _ in segments]
    starts = []
    position = 0
    for segment in segments:
        starts.append(position)
        position += len(segment)
    for index, segment in enumerate(segments):
        low, high = starts[index], starts[index] + len(segment)
        at = low
        for start, end, new in edits:
            if end <= low or start >= high:
                continue
            if start > at:
                parts[index].append(segment[at - low : start - low])
            if start >= low:
                parts[index].append(new)
            at = max(at, min(end, high))
        parts[index].append(segment[at - low :])
    return ["".join(part) for part in parts]


@cache
def format_rules(name: str) -> tuple[Rule, ...]:
    """Return what is known of a format's fields: `medlfm/rules/shared/<name>.jsonl`."""
    return tuple(read_rules(Path(str(files("medlfm") / "rules" / "shared" / f"{name}.jsonl"))))
