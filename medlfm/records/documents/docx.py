"""Word documents: paragraphs, tables, headers, footers, notes, comments, properties, written back in their formatting.

A replacement takes the formatting of the run in which the replaced text began. Pictures become blank ones, embedded
objects and macros are emptied: what can't be searched doesn't stay.
"""

from __future__ import annotations

import base64
import io
import re
import zipfile
from collections.abc import Callable, Sequence
from typing import Any

from medlfm.records.documents.piece import Change, Document, Piece, is_telling, spread
from medlfm.records.documents.xml import XmlNode, children, elements, local_name, parse_xml, set_text, text_nodes
from medlfm.records.fields import BadRecordError

__all__ = ["read_docx"]

_LARGEST = 1 << 28  # bytes of all parts: a bomb has more
_BLANK = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNkYAAAAAYAAjCB0C8AAAAASUVORK5CYII="
)
# parts that hold layout only
_LAYOUT = re.compile(
    r"(?:\[Content_Types\]|word/(?:styles|stylesWithEffects|fontTable|numbering|webSettings|theme/.*))\.xml"
)
_TEXT = re.compile(r"word/(?:document|header\d*|footer\d*|footnotes|endnotes|comments|glossary/document)\.xml")
_PICTURE = re.compile(r"(?:word/media/|docProps/thumbnail)")
_WHO = {"author": "NAME", "initials": "NAME", "userId": "ID", "providerId": "", "contact": "NAME"}
_PROPERTIES = {"creator": "NAME", "lastModifiedBy": "NAME", "Manager": "NAME", "Company": "ORGANIZATION"}
_SPOKEN = ("descr", "title", "alt", "instr", "tooltip")  # attributes that hold text: of pictures, fields, links
_INLINE = {"t", "delText", "instrText"}
_REPLACED = {"del", "ins", "moveFrom", "moveTo"}
_Put = tuple[int, int, Callable[[Sequence[Change]], None]]


def read_docx(data: bytes) -> Document:
    """Read a document; raises BadRecordError("docx") for what is none."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(item.file_size for item in archive.infolist()) > _LARGEST:
                raise BadRecordError("too_large")
            parts = {item.filename: archive.read(item) for item in archive.infolist() if not item.is_dir()}
    except (zipfile.BadZipFile, EOFError, RuntimeError, NotImplementedError) as error:
        raise BadRecordError("docx") from error
    if "word/document.xml" not in parts:
        raise BadRecordError("docx")
    return _Reader(parts).document()


class _Reader:
    def __init__(self, parts: dict[str, bytes]) -> None:
        self.parts = parts
        self.trees: dict[str, Any] = {}
        self.pieces: list[Piece] = []
        self.setters: list[_Put] = []
        self.removed: dict[str, int] = {}

    def document(self) -> Document:
        # the text first: what is said there tells the language
        for name in sorted(self.parts, key=lambda name: (name != "word/document.xml", name)):
            self._part(name)
        return Document(self.pieces, self._build, self.removed)

    def _part(self, name: str) -> None:
        if _LAYOUT.fullmatch(name):
            return
        if name.endswith((".xml", ".rels")):
            tree = self.trees[name] = parse_xml(self.parts[name])
            read = self._flow if _TEXT.fullmatch(name) else self._properties
            read = self._links if name.endswith(".rels") else read
            if name == "word/settings.xml":
                read = self._settings
            read(tree.documentElement, name.rpartition("/")[2].removesuffix(".xml"))
            return
        picture = bool(_PICTURE.match(name))
        self.parts[name] = _BLANK if picture else b""
        what = "picture" if picture else "embedded"
        self.removed[what] = self.removed.get(what, 0) + 1

    def _flow(self, root: XmlNode, path: str) -> None:
        """Take all paragraphs as one text, cells of a row with a tab between."""
        nodes: list[XmlNode | None] = []
        segments: list[str] = []
        _gather(root, nodes, segments)
        joined = "".join(segments)
        self._people(root, path)

        def put(changes: Sequence[Change]) -> None:
            for node, old, new in zip(nodes, segments, spread(segments, changes[0].edits), strict=True):
                if node is not None and new != old:
                    _write(node, new)

        if is_telling(joined):
            self._remember(Piece(path, joined), put)

    def _people(self, root: XmlNode, path: str) -> None:
        """Take who commented or changed something, and the alternative texts of pictures."""
        for element in elements(root):
            for attribute in list(element.attributes.values()):
                name = local_name(attribute)
                if name in _WHO and attribute.value:
                    self._attribute(element, attribute.name, Piece(f"{path}@{name}", attribute.value, _WHO[name]))
                elif name in _SPOKEN and is_telling(attribute.value):
                    self._attribute(element, attribute.name, Piece(f"{path}@{name}", attribute.value))
                elif name == "date" and local_name(element) in ("comment", "ins", "del", "rPrChange", "pPrChange"):
                    date = Piece(f"{path}@date", attribute.value, "DATE", "instant", True)
                    self._attribute(element, attribute.name, date)

    def _properties(self, root: XmlNode, path: str) -> None:
        """Take every text of a part that is no flow: properties, people, charts, custom data."""
        self._people(root, path)
        for text in text_nodes(root):
            name = local_name(text.parentNode)
            value = text.data
            if name in ("created", "modified", "lastPrinted"):
                self._text(text, Piece(f"{path}.{name}", value, "DATE", "instant", True))
            elif name in _PROPERTIES and value.strip():
                self._text(text, Piece(f"{path}.{name}", value, _PROPERTIES[name]))
            elif name not in ("Application", "AppVersion", "Template", "f", "formatCode") and is_telling(value):
                self._text(text, Piece(f"{path}.{name}", value, cue=name if len(value) < 60 else ""))
        if path == "item1" or root.nodeName.endswith("properties"):
            return
        for element in elements(root):
            for attribute in list(element.attributes.values()):
                if local_name(attribute) in ("name", "val") and " " in attribute.value:
                    self._attribute(element, attribute.name, Piece(f"{path}@val", attribute.value))

    def _settings(self, root: XmlNode, path: str) -> None:
        for element in list(elements(root)):
            if local_name(element) in ("docVar", "mailMerge", "attachedTemplate") and element.parentNode is not None:
                element.parentNode.removeChild(element)
        self._people(root, path)

    def _links(self, root: XmlNode, path: str) -> None:
        """Blank the addresses that links lead to: they are e-mail addresses and places on a server."""
        for relation in children(root):
            if relation.getAttribute("TargetMode") == "External":
                relation.setAttribute("Target", "about:blank")

    # ---- putting back

    def _attribute(self, element: XmlNode, name: str, piece: Piece) -> None:
        def put(changes: Sequence[Change]) -> None:
            if changes[0].text:
                element.setAttribute(name, changes[0].text)
            else:
                element.removeAttribute(name)

        self._remember(piece, put)

    def _text(self, node: Any, piece: Piece) -> None:
        def put(changes: Sequence[Change]) -> None:
            node.data = changes[0].text
            if not changes[0].text and piece.typed:  # an empty time is not valid
                node.parentNode.parentNode.removeChild(node.parentNode)

        self._remember(piece, put)

    def _remember(self, piece: Piece, put: Callable[[Sequence[Change]], None]) -> None:
        self.setters.append((len(self.pieces), len(self.pieces) + 1, put))
        self.pieces.append(piece)

    def _build(self, changes: Sequence[Change]) -> bytes:
        for start, end, put in self.setters:
            put(changes[start:end])
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in self.parts.items():
                written = self.trees[name].toxml(encoding="utf-8") if name in self.trees else content
                archive.writestr(zipfile.ZipInfo(name), written, zipfile.ZIP_DEFLATED)
        return buffer.getvalue()


def _gather(node: XmlNode, nodes: list[XmlNode | None], segments: list[str]) -> None:
    for child in children(node):
        name = local_name(child)
        if name in _INLINE:
            nodes.append(child)
            segments.append("".join(text.data for text in text_nodes(child)))
            continue
        if name in _REPLACED and segments and not segments[-1].isspace():
            nodes.append(None)
            segments.append(" ")
        if name in ("tab", "br", "cr", "noBreakHyphen") and local_name(node) == "r":
            gap = {"tab": "\t", "noBreakHyphen": "-"}.get(name, "\n")
        else:
            _gather(child, nodes, segments)
            in_cell = local_name(node) == "tc" and name == "p" and child is children(node, "p")[-1]
            gap = "\n" if name == "tr" or (name == "p" and not in_cell) else "\t" if name == "tc" else ""
            if name in _REPLACED:  # what was deleted and what stands in its place are two words
                gap = " "
        if gap:
            nodes.append(None)
            segments.append(gap)


def _write(node: XmlNode, text: str) -> None:
    set_text(node, text)
    if text != text.strip():
        node.setAttribute("xml:space", "preserve")
