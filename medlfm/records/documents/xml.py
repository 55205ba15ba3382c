"""Reading and writing XML that strangers wrote: no DTD, so no entities, no external files and no blow-up."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from xml.dom import minidom
from xml.parsers import expat

from medlfm.records.fields import BadRecordError

__all__ = [
    "ELEMENT",
    "TEXTS",
    "XmlNode",
    "children",
    "elements",
    "local_name",
    "parse_xml",
    "set_text",
    "strip_comments",
    "text_nodes",
]

XmlNode = Any  # minidom's own types say of every parent that it may be None
ELEMENT = minidom.Node.ELEMENT_NODE
TEXTS = (minidom.Node.TEXT_NODE, minidom.Node.CDATA_SECTION_NODE)


def parse_xml(data: bytes | str) -> XmlNode:
    """Parse a document; raises BadRecordError("xml") for one that is broken, ("xml_dtd") for one with a DTD."""
    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = _refuse
    try:
        parser.Parse(data, True)
        document: XmlNode = minidom.parseString(data)  # noqa: S318 - see above
    except (expat.ExpatError, UnicodeError, ValueError, LookupError) as error:
        raise BadRecordError("xml") from error
    strip_comments(document)
    return document


def _refuse(*_: object) -> None:
    raise BadRecordError("xml_dtd")


def strip_comments(node: XmlNode) -> None:
    """Remove comments and processing instructions but the style sheet's: nobody reads them, and they may hold PHI."""
    for child in list(node.childNodes):
        drop = child.nodeType == minidom.Node.COMMENT_NODE or (
            child.nodeType == minidom.Node.PROCESSING_INSTRUCTION_NODE and child.target != "xml-stylesheet"
        )
        if drop:
            node.removeChild(child)
        else:
            strip_comments(child)


def local_name(node: XmlNode) -> str:
    """Return the name of an element or attribute without its prefix."""
    return str(node.nodeName).rpartition(":")[2]


def children(node: XmlNode, name: str = "") -> list[XmlNode]:
    """Return the child elements, or those of a local name."""
    found = [child for child in node.childNodes if child.nodeType == ELEMENT]
    return [child for child in found if not name or local_name(child) == name]


def elements(node: XmlNode, name: str = "") -> Iterator[XmlNode]:
    """Yield the elements below a node in document order, or those of a local name."""
    for child in children(node):
        if not name or local_name(child) == name:
            yield child
        yield from elements(child, name)


def text_nodes(node: XmlNode) -> Iterator[XmlNode]:
    """Yield the text nodes below a node in document order."""
    for child in node.childNodes:
        if child.nodeType in TEXTS:
            yield child
        else:
            yield from text_nodes(child)


def set_text(node: XmlNode, text: str) -> None:
    """Put a text in the place of all that an element holds."""
    for child in list(node.childNodes):
        node.removeChild(child)
    node.appendChild(node.ownerDocument.createTextNode(text))
