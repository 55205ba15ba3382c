"""HL7 v2 messages: fields by their data types (`rules/shared/hl7_fields.jsonl`), reports of several OBX as one text."""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from medlfm.matching.rules import Rule
from medlfm.records.documents.nested import Nested, Opener, open_nested
from medlfm.records.documents.piece import (
    Change,
    Document,
    Piece,
    format_rules,
    is_telling,
    is_timestamp,
    spoken,
    spread,
)
from medlfm.records.fields import BadRecordError

__all__ = ["read_hl7"]

_LINE = re.compile(r"([^\r\n]*)(\r\n|\r|\n|$)")
_OID = re.compile(r"\d+(?:\.\d+)+")
_TEXT_TYPES = ("TX", "FT", "ST", "")
_PERSON = {1: "family", 2: "given", 3: "given"}
_ADDRESS = {0: "street", 1: "street", 2: "city", 3: "state", 4: "zip", 7: "city", 8: "city"}


@dataclass
class _Leaf:
    """One subcomponent: where it stands, and its text without escapes."""

    raw: str
    text: str


@dataclass
class _Segment:
    name: str
    ending: str
    fields: list[list[list[list[_Leaf]]]]  # field → repetition → component → subcomponent

    def first(self, field: int, component: int = 0) -> str:
        """Return the text of a component of the first repetition, or ""."""
        try:
            return self.fields[field - 1][0][component][0].text
        except IndexError:
            return ""


@cache
def _fields() -> dict[tuple[str, int], Rule]:
    return {(rule["segment"], rule["field"]): rule for rule in format_rules("hl7_fields") if "segment" in rule}


@cache
def _systems() -> frozenset[str]:
    return frozenset(name for rule in format_rules("hl7_fields") for name in rule.get("systems", ()))


def read_hl7(data: bytes, opener: Opener, encoding: str = "utf-8") -> Document:
    """Read one message; raises BadRecordError("hl7") for what is none, ("encoding") for wrong bytes."""
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        raise BadRecordError("encoding") from error
    return _Message(text, opener, encoding).document()


class _Message:
    def __init__(self, text: str, opener: Opener, encoding: str) -> None:
        self.opener, self.encoding = opener, encoding
        header = re.search(
            r"(?m)^(?:MSH|FHS|BHS)([^\w\s])([^\w\s])([^\w\s])([^\w\s])([^\w\s])?", text.lstrip("\x0b\ufeff")
        )
        if header is None:
            raise BadRecordError("hl7")
        self.field, self.component, self.repetition, self.escape, self.sub = (
            group or "\0" for group in header.groups()
        )
        self.pieces: list[Piece] = []
        self.places: list[list[_Leaf]] = []  # the leaves of each piece
        self.nested: list[tuple[int, Nested, _Leaf, _Leaf]] = []
        self.removed: dict[str, int] = {}
        self.segments = [self._segment(*match.groups()) for match in _LINE.finditer(text) if match[0]]
        self.patient = next(
            (s.first(3) or s.first(2) for s in self.segments if s.name == "PID" and (s.first(3) or s.first(2))), ""
        )

    def document(self) -> Document:
        index = 0
        while index < len(self.segments):
            index = self._visit(index)
        codes = [(s.first(19), s.first(17)) for s in self.segments if s.name == "MSH"]
        codes += [("", s.first(11, 5)) for s in self.segments if s.name == "PID"]
        lang = next((spoken(code) for pair in codes for code in pair if spoken(code)), "")
        return Document(self.pieces, self._build, self.removed, lang)

    # ---- taking apart

    def _segment(self, line: str, ending: str) -> _Segment:
        head, *rest = line.split(self.field)
        if head.strip("\x0b\ufeff ") in ("MSH", "FHS", "BHS"):  # the signs themselves are field 2
            fields = [[[[_Leaf("", "")]]], [[[_Leaf(rest[0] if rest else "", "")]]]]
            rest = rest[1:]
        else:
            fields = []
        for field in rest:
            fields.append(
                [
                    [
                        [_Leaf(raw, self._unescaped(raw)) for raw in part.split(self.sub)]
                        for part in each.split(self.component)
                    ]
                    for each in field.split(self.repetition)
                ]
            )
        return _Segment(head.strip("\x0b\ufeff "), ending, fields) if rest or fields else _Segment(line, ending, [])

    def _unescaped(self, raw: str) -> str:
        if self.escape not in raw:
            return raw
        signs = {
            "F": self.field,
            "S": self.component,
            "T": self.sub,
            "R": self.repetition,
            "E": self.escape,
            ".br": "\n",
        }
        sign = re.escape(self.escape)
        return re.sub(f"{sign}([^{sign}]*){sign}", lambda match: signs.get(match[1], ""), raw)

    def _escaped(self, text: str) -> str:
        signs = {
            self.field: "F",
            self.component: "S",
            self.sub: "T",
            self.repetition: "R",
            self.escape: "E",
            "\n": ".br",
        }
        return "".join(f"{self.escape}{signs[char]}{self.escape}" if char in signs else char for char in text)

    # ---- what each field is

    def _visit(self, index: int) -> int:
        """Take the pieces of a segment, and of those that go on with its text; return the place behind."""
        segment = self.segments[index]
        if not segment.fields and is_telling(segment.name):
            leaf = _Leaf(segment.name, segment.name)
            segment.fields, segment.name = [[[[leaf]]]], ""
            self._add([leaf], segment.name or "line")
            return index + 1
        last = index
        if segment.name in ("OBX", "NTE"):
            last = self._report(index)
        skipped = {"OBX": 5, "NTE": 3}.get(segment.name, 0)
        for each in self.segments[index : last + 1]:
            for number, repetitions in enumerate(each.fields, start=1):
                if number != skipped and not (each.name in ("MSH", "FHS", "BHS") and number < 3):
                    for repetition in repetitions:
                        self._field(each, number, repetition)
        return last + 1

    def _report(self, index: int) -> int:
        """Add the text of OBX-5 or NTE-3; consecutive lines of one report are one text."""
        segment, last = self.segments[index], index
        field = 5 if segment.name == "OBX" else 3
        kind = segment.first(2) if segment.name == "OBX" else "TX"
        if kind not in _TEXT_TYPES:
            for repetition in segment.fields[4] if len(segment.fields) > 4 else ():
                self._value(segment, kind, repetition)
            return index
        leaves: list[_Leaf] = []
        while last < len(self.segments):
            other = self.segments[last]
            same = other.name == segment.name and (
                field == 3 or (other.first(3) == segment.first(3) and other.first(2) == segment.first(2))
            )
            if not same:
                break
            if len(other.fields) >= field:
                for repetition in other.fields[field - 1]:
                    leaves += [leaf for component in repetition for leaf in component]
            last += 1
        cue = segment.first(3, 1) if segment.name == "OBX" else ""
        self._add(leaves, f"{segment.name}-{field}", cue=cue if len(leaves) == 1 else "")
        return last - 1

    def _value(self, segment: _Segment, kind: str, repetition: list[list[_Leaf]]) -> None:
        """Add a value of OBX-5 that is no text: a file, a name, an address, a code, a number."""
        if kind == "ED" and len(repetition) > 4:
            self._file(repetition)
        elif kind == "RP":
            for leaf in (leaf for component in repetition for leaf in component if leaf.text):
                self._add([leaf], "OBX-5", "URL", typed=True)
        else:
            label = {"CX": "ID", "EI": "ID", "XON": "ORGANIZATION"}.get(kind, "")
            self._typed(f"{segment.name}-5", kind, label, repetition)

    def _file(self, repetition: list[list[_Leaf]]) -> None:
        kind, subtype, data = repetition[1][0], repetition[2][0], repetition[4][0]
        media = {"PDF": "application/pdf", "HTML": "text/html", "TXT": "text/plain", "PLAIN": "text/plain"}.get(
            subtype.text.upper(), f"{kind.text}/{subtype.text}".lower()
        )
        nested = None
        if repetition[3][0].text.lower() == "base64":
            nested = open_nested(data.text, media, "OBX-5", self.opener, self.patient)
        if nested is None:
            self.removed["file"] = self.removed.get("file", 0) + 1
            data.raw = data.text = ""
            return
        if nested.media == "text/plain" and media != "text/plain":
            kind.raw, subtype.raw = "TEXT", "PLAIN"
        self.nested.append((len(self.pieces), nested, subtype, data))
        self.pieces += nested.pieces
        self.places += [[] for _ in nested.pieces]

    def _field(self, segment: _Segment, number: int, repetition: list[list[_Leaf]]) -> None:
        rule = _fields().get((segment.name, number), {})
        self._typed(f"{segment.name}-{number}", rule.get("type", ""), rule.get("label", ""), repetition)

    def _typed(self, path: str, kind: str, label: str, repetition: list[list[_Leaf]]) -> None:
        coded = {0, 2} if len(repetition) > 2 and self._is_system(repetition[2][0].text) else set()
        if len(repetition) > 5 and self._is_system(repetition[5][0].text):
            coded |= {3, 5}
        for index, component in enumerate(repetition):
            if kind == "NDL" and index == 0:
                for place, leaf in enumerate(component):
                    self._add([leaf], path, "NAME" if place else "ID", _PERSON.get(place, ""))
                continue
            what, part = _meaning(kind, label, index, component[0].text)
            for leaf in component:
                if not (index in coded and not what):
                    self._add([leaf], path, what, part)

    def _is_system(self, name: str) -> bool:
        return name.upper() in _systems() or name.startswith("99")

    def _add(
        self, leaves: list[_Leaf], path: str, label: str = "", part: str = "", *, typed: bool = False, cue: str = ""
    ) -> None:
        text = "\n".join(leaf.text for leaf in leaves)
        if not text.strip() or (not label and not is_telling(text)):
            return
        if not label and is_timestamp(text):
            label, part, typed = "DATE", "timestamp", True
        self.pieces.append(Piece(path, text, label, part, typed, cue, self.patient))
        self.places.append(leaves)

    # ---- putting together

    def _build(self, changes: Sequence[Change]) -> bytes:
        new: dict[int, str] = {}
        for leaves, change, piece in zip(self.places, changes, self.pieces, strict=True):
            if len(leaves) == 1 and change.text != piece.text:
                new[id(leaves[0])] = self._escaped(change.text)
            elif leaves and change.edits:
                segments = [part for leaf in leaves for part in (leaf.text, "\n")][:-1]
                for leaf, text in zip(leaves, spread(segments, change.edits)[::2], strict=True):
                    if text != leaf.text:
                        new[id(leaf)] = self._escaped(text)
        for start, nested, _, data in self.nested:
            content = nested.build(changes[start : start + len(nested.pieces)])
            new[id(data)] = base64.b64encode(content).decode("ascii")
        return "".join(self._line(segment, new) for segment in self.segments).encode(self.encoding, "replace")

    def _line(self, segment: _Segment, new: dict[int, str]) -> str:
        fields = [
            self.repetition.join(
                self.component.join(self.sub.join(new.get(id(leaf), leaf.raw) for leaf in part) for part in each)
                for each in field
            )
            for field in segment.fields
        ]
        if segment.name in ("MSH", "FHS", "BHS"):
            fields = fields[1:]
        return self.field.join([segment.name, *fields] if segment.name else fields) + segment.ending


def _meaning(kind: str, label: str, index: int, text: str) -> tuple[str, str]:
    """Return label and part of a component of a field of a data type; ("", "") for one to be searched."""
    match kind:
        case "XPN":
            part = {0: "family", 1: "given", 2: "given"}.get(index, "")
            return ("NAME" if part else "", part)
        case "XCN" if index == 0:
            return ("ID" if any(map(str.isdigit, text)) else "NAME", "")
        case "XCN":
            return ("NAME" if index in _PERSON else "", _PERSON.get(index, ""))
        case "XAD":
            return ("ADDRESS" if index in _ADDRESS else "", _ADDRESS.get(index, ""))
        case "CITY":
            return "ADDRESS", "city"
        case "XTN":
            number = sum(map(str.isdigit, text)) > 2
            return ("EMAIL" if "@" in text else "PHONE" if number else "", "")
        case "XON":
            return ({0: "ORGANIZATION", 2: "ID", 9: "ID"}.get(index, ""), "")
        case "PL":
            return ("ORGANIZATION" if index == 3 else "", "")
        case "HD":
            return (
                label if label and not _OID.fullmatch(text) and text not in ("ISO", "DNS", "GUID", "UUID") else "",
                "",
            )
        case "CODE":
            return "ID", "code"
        case "CX" | "EI":
            return (label if index == 0 else "", "")
    return label, ""
