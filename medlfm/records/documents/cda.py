"""CDA R2: names, addresses, ids, times by their elements (`rules/shared/cda_fields.jsonl`), narrative as one text."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

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
from medlfm.records.documents.xml import ELEMENT, TEXTS, XmlNode, elements, local_name, parse_xml, set_text, text_nodes
from medlfm.records.fields import BadRecordError

__all__ = ["read_cda"]

_OID = re.compile(r"\d+(?:\.\d+)+")
_STREET = {"streetAddressLine", "streetName", "houseNumber", "houseNumberNumeric", "additionalLocator", "unitID"}
_STREET |= {"postBox", "streetNameBase", "streetNameType", "deliveryAddressLine", "buildingNumberSuffix", "unitType"}
_TOWN = {"city", "county", "precinct", "censusTract"}
_SCHEMES = {"tel": "PHONE", "fax": "FAX", "mailto": "EMAIL", "http": "URL", "https": "URL", "ftp": "URL"}


@cache
def _known(key: str) -> frozenset[str]:
    return frozenset(name for rule in format_rules("cda_fields") for name in rule.get(key, ()))


def read_cda(data: bytes, opener: Opener) -> Document:
    """Read a document; raises BadRecordError for broken XML and for XML that is no CDA ("xml_kind")."""
    tree = parse_xml(data)
    if local_name(tree.documentElement) != "ClinicalDocument":
        raise BadRecordError("xml_kind")
    reader = _Reader(opener)
    reader.patient = _patient(tree.documentElement)
    reader.element(tree.documentElement, "ClinicalDocument")

    def build(changes: Sequence[Change]) -> bytes:
        for start, end, put in reader.setters:
            put(changes[start:end])
        written: bytes = tree.toxml(encoding="utf-8")
        return written + b"\n"

    codes = [node.getAttribute("code") for name in ("languageCode", "realmCode") for node in elements(tree, name)]
    return Document(reader.pieces, build, reader.removed, next((spoken(code) for code in codes if spoken(code)), ""))


def _patient(root: XmlNode) -> str:
    for role in elements(root, "patientRole"):
        for ident in elements(role, "id"):
            return str(ident.getAttribute("extension") or ident.getAttribute("root"))
    return ""


class _Reader:
    def __init__(self, opener: Opener) -> None:
        self.opener = opener
        self.pieces: list[Piece] = []
        self.setters: list[tuple[int, int, Callable[[Sequence[Change]], None]]] = []
        self.removed: dict[str, int] = {}
        self.patient = ""

    def element(self, node: XmlNode, path: str) -> None:
        name = local_name(node)
        for attribute in list(node.attributes.values()):
            self._attribute(node, attribute, f"{path}@{local_name(attribute)}")
        if name == "text" and node.getAttribute("representation") == "B64":
            self._file(node, path)
        elif name == "value" and node.getAttribute("representation") == "B64":
            self._empty(node, "file")
        elif name == "text" and local_name(node.parentNode) in ("section", "act", "observation", "procedure"):
            self._narrative(node, path)
        elif name == "name":
            self._name(node, path)
        elif name == "addr":
            self._address(node, path)
        else:
            self._content(node, path)

    def _content(self, node: XmlNode, path: str) -> None:
        for child in list(node.childNodes):
            if child.nodeType == ELEMENT:
                self.element(child, f"{path}.{local_name(child)}")
            elif child.nodeType in TEXTS and is_telling(child.data):
                self._text(child, Piece(path, child.data, cue=local_name(node) if len(child.data) < 60 else ""))

    def _attribute(self, node: XmlNode, attribute: XmlNode, path: str) -> None:
        name, value, element = local_name(attribute), attribute.value, local_name(node)
        if attribute.name.startswith("xmlns") or name in _known("attributes") or not value.strip():
            return
        if element in _known("public"):
            return
        if name == "assigningAuthorityName":
            self._put(node, name, Piece(path, value, "ORGANIZATION"))
        elif name in ("root", "extension"):
            self._identifier(node, name, value, path)
        elif name == "value" and is_timestamp(value):
            self._put(node, name, Piece(path, value, "DATE", "timestamp", True), masked=True)
        elif element == "telecom" and name == "value":
            scheme, sign, rest = value.partition(":")
            label = _SCHEMES.get(scheme.lower(), "") if sign else ""
            front = f"{scheme}:" if label else ""
            self._put(node, name, Piece(path, rest if label else value, label or "PHONE"), front)
        elif not (value.startswith("#") and " " not in value) and is_telling(value):
            self._put(node, name, Piece(path, value, cue=element))

    def _identifier(self, node: XmlNode, name: str, value: str, path: str) -> None:
        if name == "root" and _OID.fullmatch(value):
            return
        if name == "root":  # a UUID: others may refer to it
            self._put(node, name, Piece(path, value, "ID", "code"))
            return
        parent = local_name(node.parentNode)
        label = "MRN" if parent in _known("patients") else "ID"
        self._put(node, name, Piece(path, value, label))

    def _name(self, node: XmlNode, path: str) -> None:
        """Tell people, places and things apart by what the name stands in."""
        parents = _ancestors(node)
        place = next((name for name in parents if name in _known("places") | _known("people")), "")
        parts = [child for child in node.childNodes if child.nodeType == ELEMENT]
        if place in _known("people") or any(local_name(part) in ("given", "family") for part in parts):
            for text in text_nodes(node):
                part = local_name(text.parentNode)
                if text.data.strip() and part not in ("prefix", "suffix"):
                    kind = part if part in ("given", "family") else ""
                    self._text(text, Piece(f"{path}.{part}", text.data, "NAME", kind))
                elif is_telling(text.data):
                    self._text(text, Piece(f"{path}.{part}", text.data))
        elif place:
            for text in text_nodes(node):
                if text.data.strip():
                    self._text(text, Piece(path, text.data, "ORGANIZATION"))
        else:
            self._content(node, path)

    def _address(self, node: XmlNode, path: str) -> None:
        for text in text_nodes(node):
            part = local_name(text.parentNode)
            kind = "street" if part in _STREET else "city" if part in _TOWN else ""
            kind = kind or {"postalCode": "zip", "state": "state", "country": "state"}.get(part, "")
            if text.data.strip():
                self._text(text, Piece(f"{path}.{part}", text.data, "ADDRESS", kind))

    def _narrative(self, node: XmlNode, path: str) -> None:
        """Take all text of a section as one piece, blocks on lines of their own and cells with a tab between."""
        nodes: list[Any] = []
        segments: list[str] = []
        _gather(node, nodes, segments)
        for child in elements(node):
            for attribute in list(child.attributes.values()):
                self._attribute(child, attribute, f"{path}.{local_name(child)}@{local_name(attribute)}")
        joined = "".join(segments)
        if not is_telling(joined):
            return

        def put(changes: Sequence[Change]) -> None:
            for text, old, new in zip(nodes, segments, spread(segments, changes[0].edits), strict=True):
                if text is not None and new != old:
                    text.data = new

        self._remember([Piece(path, joined)], put)

    def _file(self, node: XmlNode, path: str) -> None:
        data = "".join(text.data for text in text_nodes(node))
        nested: Nested | None = open_nested(data, node.getAttribute("mediaType"), path, self.opener, self.patient)
        if nested is None:
            self._empty(node, "file")
            return

        def put(changes: Sequence[Change]) -> None:
            content = base64.b64encode(nested.build(changes)).decode("ascii")
            set_text(node, content)
            node.setAttribute("mediaType", nested.media)

        self._remember(nested.pieces, put)

    def _empty(self, node: XmlNode, what: str) -> None:
        set_text(node, "")
        node.setAttribute("nullFlavor", "MSK")
        self.removed[what] = self.removed.get(what, 0) + 1

    # ---- putting back

    def _text(self, node: Any, piece: Piece) -> None:
        lead = piece.text[: len(piece.text) - len(piece.text.lstrip())]
        trail = piece.text[len(piece.text.rstrip()) :]
        inner = _replaced(piece, piece.text.strip())

        def put(changes: Sequence[Change]) -> None:
            node.data = f"{lead}{changes[0].text}{trail}"

        self._remember([inner], put)

    def _put(self, node: XmlNode, name: str, piece: Piece, front: str = "", *, masked: bool = False) -> None:
        def put(changes: Sequence[Change]) -> None:
            if changes[0].text:
                node.setAttribute(name, front + changes[0].text)
            else:
                node.removeAttribute(name)
                if masked:
                    node.setAttribute("nullFlavor", "MSK")  # HL7: masked

        self._remember([piece], put)

    def _remember(self, pieces: list[Piece], put: Callable[[Sequence[Change]], None]) -> None:
        start = len(self.pieces)
        self.pieces += [_replaced(piece, piece.text, self.patient) for piece in pieces]
        self.setters.append((start, len(self.pieces), put))


def _replaced(piece: Piece, text: str, patient: str = "") -> Piece:
    return Piece(piece.path, text, piece.label, piece.part, piece.typed, piece.cue, patient or piece.patient)


def _ancestors(node: XmlNode) -> list[str]:
    names = []
    while (node := node.parentNode) is not None and node.nodeType == ELEMENT:
        names.append(local_name(node))
    return names


def _gather(node: XmlNode, nodes: list[Any], segments: list[str]) -> None:
    for child in node.childNodes:
        if child.nodeType in TEXTS:
            nodes.append(child)
            segments.append(child.data)
        elif child.nodeType == ELEMENT:
            name = local_name(child)
            _gather(child, nodes, segments)
            gap = "\t" if name in ("td", "th") else "\n" if name in _known("blocks") else ""
            if gap:
                nodes.append(None)
                segments.append(gap)
