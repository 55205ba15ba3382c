"""FHIR R4 in JSON: one resource or a Bundle; fields by the names and data types of `rules/shared/fhir_fields.jsonl`."""

from __future__ import annotations

import base64
import copy
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from medlfm.records.documents.fhir_values import (
    OLDEST,
    REFERENCE,
    aliases,
    first_patient,
    is_age,
    language,
    pruned,
    strings,
    subject,
)
from medlfm.records.documents.html import open_html
from medlfm.records.documents.nested import Opener, open_nested
from medlfm.records.documents.piece import Change, Document, Piece, format_rules, is_telling, is_timestamp
from medlfm.records.fields import BadRecordError

__all__ = ["is_fhir", "read_fhir"]

_CODE = re.compile(r"[\w.\-+/%\[\]{}():|^']{1,64}")
_STREET = {
    "line": "street",
    "city": "city",
    "district": "city",
    "postalCode": "zip",
    "state": "state",
    "country": "state",
}
_TELECOM = {"phone": "PHONE", "sms": "PHONE", "pager": "PHONE", "fax": "FAX", "email": "EMAIL", "url": "URL"}
_Set = Callable[[Sequence[Change]], None]


@cache
def _known(key: str) -> Any:
    """Return all values under a key of the rules: the union of lists, or one mapping."""
    values = [rule[key] for rule in format_rules("fhir_fields") if key in rule]
    return frozenset(item for value in values for item in value) if isinstance(values[0], list) else values[0]


@cache
def _by_type(key: str) -> dict[str, str]:
    return {name: rule[key] for rule in format_rules("fhir_fields") if key in rule for name in rule["types"]}


@cache
def _labelled() -> dict[str, str]:
    rules = [rule for rule in format_rules("fhir_fields") if "label" in rule]
    return {name: rule["label"] for rule in rules for name in rule["keys"]}


def is_fhir(value: Any) -> bool:
    """Whether a JSON value is a FHIR resource."""
    return isinstance(value, dict) and isinstance(value.get("resourceType"), str)


def read_fhir(data: bytes, opener: Opener) -> Document:
    """Read a resource; raises BadRecordError("json") for what is no JSON, ("fhir") for what is no resource."""
    try:
        value = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise BadRecordError("json") from error
    document = open_fhir(value, opener)
    lines = b"\n" in data.strip()

    def build(changes: Sequence[Change]) -> bytes:
        resource = document.build(changes)
        return (json.dumps(resource, ensure_ascii=False, indent=2 if lines else None) + "\n").encode()

    return replace(document, build=build)


def open_fhir(value: Any, opener: Opener) -> Document:
    """Read a resource that was parsed; what is built is JSON data."""
    if not is_fhir(value):
        raise BadRecordError("fhir")
    reader = _Reader(value, opener)
    return Document(reader.pieces, reader.build, reader.removed, language(value))


class _Reader:
    """Walks a copy of a resource, takes its pieces, and remembers how to put each change in its place."""

    def __init__(self, resource: dict[str, Any], opener: Opener) -> None:
        self.root, self.opener = copy.deepcopy(resource), opener
        self.pieces: list[Piece] = []
        self.setters: list[tuple[int, int, _Set]] = []
        self.removed: dict[str, int] = {}
        self.aliases = aliases(self.root)
        self.patient = self._whose(first_patient(self.root))
        self._resource(self.root, self.root["resourceType"], self.patient)

    def build(self, changes: Sequence[Change]) -> Any:
        for start, end, put in self.setters:
            put(changes[start:end])
        return pruned(self.root)

    # ---- taking pieces

    def _resource(self, node: dict[str, Any], path: str, patient: str) -> None:
        kind = str(node.get("resourceType"))
        own = str(node.get("id", "")) if kind == "Patient" else subject(node)
        self._object(node, kind, path, self._whose(own) or patient)

    def _whose(self, ident: str) -> str:
        return self.aliases.get(ident, ident)

    def _object(self, node: dict[str, Any], kind: str, path: str, patient: str) -> None:
        for key in list(node):
            value = node[key]
            if key.startswith("_") and not isinstance(value, dict | list):
                del node[key]
            elif key in _known("removed") or key in ("position", "geolocation"):
                self._remove(node, key)
            elif is_age(key, value):
                value |= {"value": OLDEST + 1, "comparator": ">="}
            else:
                self._value(node, key, value, kind, f"{path}.{key}", patient)

    def _value(self, holder: Any, key: Any, value: Any, kind: str, path: str, patient: str) -> None:
        name = path.rpartition(".")[2]
        if isinstance(value, list):
            for index, item in enumerate(value):
                self._value(value, index, item, kind, path, patient)
        elif isinstance(value, dict):
            if "resourceType" in value:
                self._resource(value, path, patient)
            elif (read := self._reader(name, value)) is not None:
                read(value, kind, path, patient)
            else:
                self._object(value, kind, path, patient)
        elif isinstance(value, str):
            self._string(holder, key, value, kind, path, patient)
        elif name in _labelled() and value is not None and not isinstance(value, bool):
            self._add(holder, key, Piece(path, str(value), _labelled()[name], patient=patient))

    def _reader(self, name: str, value: dict[str, Any]) -> Callable[[dict[str, Any], str, str, str], None] | None:
        """Return how to read an object of one of the data types that identify somebody."""
        last = name.removeprefix("value")
        if last in ("name", "HumanName") and value.keys() & {"family", "given", "text"}:
            return self._name
        if last.lower() == "address" and value.keys() & {*_STREET, "text"}:
            return self._address
        if last in ("telecom", "ContactPoint") or (
            value.keys() >= {"system", "value"} and str(value["system"]) in _TELECOM
        ):
            return self._telecom
        if last.lower() == "identifier" and "value" in value:
            return self._identifier
        if value.keys() & {"data", "url"} and "contentType" in value:
            return self._attachment
        if "geolocation" in str(value.get("url", "")):
            return self._emptied
        return None

    def _name(self, node: dict[str, Any], kind: str, path: str, patient: str) -> None:
        for key, part in (("family", "family"), ("given", "given"), ("text", "")):
            for holder, index, text in strings(node, key):
                self._add(holder, index, Piece(f"{path}.{key}", text, "NAME", part, patient=patient))
        self._rest(node, ("family", "given", "text"), kind, path, patient)

    def _address(self, node: dict[str, Any], kind: str, path: str, patient: str) -> None:
        for key, part in (*_STREET.items(), ("text", "")):
            for holder, index, text in strings(node, key):
                self._add(holder, index, Piece(f"{path}.{key}", text, "ADDRESS", part, patient=patient))
        self._rest(node, (*_STREET, "text"), kind, path, patient)

    def _telecom(self, node: dict[str, Any], kind: str, path: str, patient: str) -> None:
        label = _TELECOM.get(str(node.get("system", "")), "PHONE")
        if isinstance(node.get("value"), str):
            self._add(node, "value", Piece(f"{path}.value", node["value"], label, patient=patient))
        self._rest(node, ("value", "system"), kind, path, patient)

    def _identifier(self, node: dict[str, Any], kind: str, path: str, patient: str) -> None:
        codings = node.get("type", {}).get("coding", []) if isinstance(node.get("type"), dict) else []
        codes = [str(coding.get("code", "")).upper() for coding in codings if isinstance(coding, dict)]
        system = str(node.get("system", "")).lower()
        codes += [
            name for name in _known("identifiers") if f"/{name.lower()}" in system or f"-{name.lower()}" in system
        ]
        label = next((_known("identifiers")[code] for code in codes if code in _known("identifiers")), "ID")
        self._add(node, "value", Piece(f"{path}.value", str(node["value"]), label, patient=patient))
        self._rest(node, ("value",), kind, path, patient)

    def _attachment(self, node: dict[str, Any], kind: str, path: str, patient: str) -> None:
        for key in ("url", "hash", "size"):
            node.pop(key, None)
        if "data" in node:
            nested = open_nested(str(node["data"]), str(node["contentType"]), path, self.opener, patient)
            if nested is None:
                self._remove(node, "data", "file")
            else:
                start = len(self.pieces)
                self.pieces += nested.pieces
                node["contentType"] = nested.media

                def put(changes: Sequence[Change]) -> None:
                    node["data"] = base64.b64encode(nested.build(changes)).decode("ascii")

                self.setters.append((start, len(self.pieces), put))
        self._rest(node, ("data", "contentType"), kind, path, patient)

    def _emptied(self, node: dict[str, Any], *_: str) -> None:
        node.clear()
        self.removed["position"] = self.removed.get("position", 0) + 1

    def _rest(self, node: dict[str, Any], done: Sequence[str], kind: str, path: str, patient: str) -> None:
        for key in [key for key in node if key not in done]:
            self._value(node, key, node[key], kind, f"{path}.{key}", patient)

    # ---- plain strings

    def _string(self, holder: Any, key: Any, value: str, kind: str, path: str, patient: str) -> None:
        name = path.rpartition(".")[2]
        parent = path.rpartition(".")[0].rpartition(".")[2]
        if name == "div":
            self._narrative(holder, key, value, path, patient)
        elif is_timestamp(value):
            typed = Piece(path, value, "DATE", "instant" if name in _known("instants") else "timestamp", True)
            self._add(holder, key, _of(typed, patient))
        elif name in ("reference", "fullUrl") or (name == "url" and parent in ("request", "link")):
            self._reference(holder, key, value, path, patient)
        elif name == "id":
            self._add(holder, key, Piece(path, value, "ID", "code", patient=patient))
        elif name in _known("uris"):
            self._uri(holder, key, value, path, patient)
        elif name in _known("structural") and _CODE.fullmatch(value):
            return
        else:
            of_extension = str(holder.get("url", "")).rpartition("/")[2] if isinstance(holder, dict) else ""
            label = _labelled().get(name if not name.startswith("valueString") else of_extension, "")
            if name == "display" and isinstance(holder, dict) and "reference" in holder:
                match = REFERENCE.fullmatch(str(holder["reference"]))
                label = _by_type("display").get(match[1] if match else str(holder.get("type", "")), "")
            elif name in ("name", "alias") and parent == kind:
                label = _by_type("name").get(kind, "")
            if label or is_telling(value):
                self._add(holder, key, Piece(path, value, label, cue=name if not label else "", patient=patient))

    def _narrative(self, holder: Any, key: Any, value: str, path: str, patient: str) -> None:
        document = open_html(value)
        start = len(self.pieces)
        self.pieces += [_of(piece, patient, path) for piece in document.pieces]

        def put(changes: Sequence[Change]) -> None:
            holder[key] = document.build(changes)

        self.setters.append((start, len(self.pieces), put))

    def _reference(self, holder: Any, key: Any, value: str, path: str, patient: str) -> None:
        """Keep the type and give the id a code; the server's address goes."""
        if value.startswith("#") or not value:
            return
        match = REFERENCE.fullmatch(value.partition("?")[0])
        ident = match[2] if match else value.removeprefix("urn:uuid:")
        front = f"{match[1]}/" if match else "urn:uuid:" if value.startswith("urn:uuid:") else ""
        self._add(holder, key, Piece(path, ident, "ID", "code", patient=patient), front)

    def _uri(self, holder: Any, key: Any, value: str, path: str, patient: str) -> None:
        """Keep the addresses of public vocabularies; others name the institution or its server."""
        try:
            parts = urlsplit(value)
        except ValueError:
            parts = urlsplit("")
        host = parts.hostname or ""
        public = host in _known("hosts") or any(host.endswith("." + known) for known in _known("hosts"))
        if (public and "@" not in value and not parts.query) or re.fullmatch(r"urn:(?:oid:[\d.]+|ietf:[\w:]+)", value):
            return
        if _CODE.fullmatch(value) and not parts.scheme and not is_telling(value.replace("/", "")):
            return
        if value in _TELECOM:
            return
        self._add(holder, key, Piece(path, value, "ID", "code", patient=patient), "urn:medlfm:")

    def _add(self, holder: Any, key: Any, piece: Piece, front: str = "") -> None:
        if not piece.text.strip():
            return
        start = len(self.pieces)
        self.pieces.append(piece)

        def put(changes: Sequence[Change]) -> None:
            holder[key] = front + changes[0].text if changes[0].text else ""

        self.setters.append((start, start + 1, put))

    def _remove(self, node: dict[str, Any], key: str, what: str = "") -> None:
        del node[key]
        what = what or key
        self.removed[what] = self.removed.get(what, 0) + 1


def _of(piece: Piece, patient: str, path: str = "") -> Piece:
    return Piece(path or piece.path, piece.text, piece.label, piece.part, piece.typed, piece.cue, patient)
