"""JSON objects and table rows: columns by their names (`rules/<lang>/identifiers.jsonl`), the rest to be searched."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import cache
from typing import Any

from medlfm.matching.rules import shipped_rules
from medlfm.records.documents.fhir import is_fhir, open_fhir
from medlfm.records.documents.nested import Opener
from medlfm.records.documents.piece import Change, Document, Piece, is_telling, is_timestamp, spoken
from medlfm.records.fields import BadRecordError
from medlfm.settings import LANGUAGES

__all__ = ["column_meaning", "columns_of", "open_row"]

# a number of so many digits may be somebody's
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z]{2,4})?|")  # a code, or nothing
_LONG_NUMBER = 5


@cache
def _columns() -> dict[str, tuple[str, str]]:
    names: dict[str, tuple[str, str]] = {}
    for lang in LANGUAGES:
        for rule in shipped_rules(lang, "identifiers"):
            if not rule.get("beside_person"):
                names |= dict.fromkeys(rule["names"], (rule["label"], rule.get("part", "")))
    return names


@cache
def _names_of(flag: str) -> frozenset[str]:
    rules = [rule for lang in LANGUAGES for rule in shipped_rules(lang, "identifiers") if rule.get(flag)]
    return frozenset(name for rule in rules for name in rule["names"])


def _plain(name: str) -> str:
    parted = re.sub(r"(?<=[a-zäöüß])(?=[A-ZÄÖÜ])", "_", name.strip())  # patientName
    return re.sub(r"[\W_]+", "_", parted.lower()).strip("_")


def column_meaning(name: str) -> tuple[str, str]:
    """Return the PHI label and the part that a column has by its name; ("", "") for one to be searched."""
    return _columns().get(_plain(name), ("", ""))


def columns_of(row: Mapping[Any, Any]) -> dict[str, tuple[str, str]]:
    """Return the label and part of each column; a bare `name` beside a birth date or an address is a person's."""
    found = {str(name): column_meaning(str(name)) for name in row}
    if any(_plain(name) in _names_of("person") for name in found):
        bare = {name: ("NAME", "") for name in found if _plain(name) in _names_of("beside_person")}
        found |= bare
    return found


def open_row(
    row: Any, opener: Opener, *, text: str = "", patient: str = "patient_id", keep: Collection[str] = ()
) -> Document:
    """Read a JSON object or a table row, a FHIR resource too; what is built is a row again.

    text: the column that must hold text, "" for any. patient: the column that says whose it is. keep: columns that
    go along untouched. Raises BadRecordError("not_an_object"), ("missing_text").
    """
    if not isinstance(row, Mapping):
        raise BadRecordError("not_an_object")
    if is_fhir(row):
        return open_fhir(dict(row), opener)
    if text and not isinstance(row.get(text), str):
        raise BadRecordError("missing_text")
    whose = row.get(patient)
    named = row.get("lang", row.get("language", ""))
    kept = {*keep, *(key for key in ("lang", "language") if _LANGUAGE.fullmatch(str(row.get(key, ""))))}
    reader = _Reader(dict(row), str(whose) if isinstance(whose, str | int) else "", kept, text)
    return Document(reader.pieces, reader.build, reader.removed, spoken(named) if isinstance(named, str) else "")


class _Reader:
    def __init__(self, row: dict[str, Any], patient: str, keep: Collection[str], text: str) -> None:
        self.root, self.patient, self.keep = copy.deepcopy(row), patient, keep
        self.pieces: list[Piece] = []
        self.setters: list[Callable[[Sequence[Change]], None]] = []
        # the names of columns are no texts of a patient, but may be made of one: {"Anna Keller": {…}}
        self.keys: dict[str, int] = {}
        self.removed: dict[str, int] = {}
        meanings = columns_of(row)
        for key in sorted(row, key=lambda key: key != text):
            if key not in keep:
                self._value(self.root, key, row[key], str(key), meanings[str(key)])

    def build(self, changes: Sequence[Change]) -> dict[str, Any]:
        for put in self.setters:
            put(changes)
        renamed = {key: changes[index].text for key, index in self.keys.items()}
        built = _renamed(self.root, renamed)
        assert isinstance(built, dict)
        return built

    def _value(self, holder: Any, key: Any, value: Any, path: str, meaning: tuple[str, str]) -> None:
        if isinstance(value, Mapping):
            holder[key] = value = dict(value)
            meanings = columns_of(value)
            if meaning[0] == "NAME":  # {"physician": {"name": …}}
                meanings |= {name: meaning for name in meanings if _plain(name) in _names_of("beside_person")}
            for each in list(value):
                if each not in self.keep:
                    self._key(each)
                    self._value(value, each, value[each], f"{path}.{each}", meanings[str(each)])
        elif isinstance(value, list | tuple):
            holder[key] = value = list(value)
            for index, item in enumerate(value):
                self._value(value, index, item, path, meaning)
        elif value is not None and not isinstance(value, bool):
            self._leaf(holder, key, value, path, meaning)

    def _key(self, name: Any) -> None:
        if isinstance(name, str) and " " in name and is_telling(name) and not column_meaning(name)[0]:
            self.keys.setdefault(name, len(self.pieces))
            self.pieces.append(Piece("key", name, patient=self.patient))

    def _leaf(self, holder: Any, key: Any, value: Any, path: str, meaning: tuple[str, str]) -> None:
        text = value if isinstance(value, str) else str(value)
        name = path.rpartition(".")[2]
        label, part = meaning
        if isinstance(value, bytes):  # a picture, a file: it can't be searched
            holder[key] = None
            self.removed["bytes"] = self.removed.get("bytes", 0) + 1
            return
        if part == "age":
            self._age(holder, key, value)
            return
        searched = is_telling(text) if isinstance(value, str) else sum(map(str.isdigit, text)) >= _LONG_NUMBER
        if not text.strip() or not (label or searched):
            return
        if not label and is_timestamp(text.strip()):
            label, part = "DATE", "timestamp"
        cue = name if not label and name != "id" and len(text) < 60 else ""
        place = len(self.pieces)
        self.pieces.append(Piece(_safe(path), text, label, part, cue=cue, patient=self.patient))

        def put(changes: Sequence[Change]) -> None:
            if changes[place].text != text:
                holder[key] = changes[place].text

        self.setters.append(put)

    def _age(self, holder: Any, key: Any, value: Any) -> None:
        """Take an age; a bare number needs the word that makes it one for the policy."""
        text = str(value)
        place = len(self.pieces)
        number = re.search(r"\d+", text)
        if number is None or int(number[0]) <= 89:
            return
        self.pieces.append(Piece("age", text, "AGE", patient=self.patient))

        def put(changes: Sequence[Change]) -> None:
            if changes[place].text != text:
                holder[key] = changes[place].text

        self.setters.append(put)


def _safe(path: str) -> str:
    """Return a path for the log: names of columns without blanks only, others may be made of a patient's."""
    return ".".join(part if re.fullmatch(r"[\w-]{1,40}", part) else "column" for part in path.split("."))


def _renamed(node: Any, names: Mapping[str, str]) -> Any:
    if isinstance(node, dict):
        return {names.get(key, key): _renamed(value, names) for key, value in node.items()}
    if isinstance(node, list):
        return [_renamed(item, names) for item in node]
    return node
