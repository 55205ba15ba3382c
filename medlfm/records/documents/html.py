"""HTML and XHTML: the text between the tags, blocks on lines of their own."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape, unescape

from medlfm.records.documents.piece import Change, Document, Piece, is_telling, spread

__all__ = ["open_html", "read_html"]

_TAG = re.compile(r"<!--.*?-->|<(?:script|style)\b.*?</(?:script|style)\s*>|<[^>]*>", re.DOTALL | re.IGNORECASE)
_INLINE = re.compile(r"</?(?:b|i|u|em|strong|span|a|sub|sup|small|tt|code|font)\b", re.IGNORECASE)
_CELL = re.compile(r"</t[dh]\b", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""\s([\w:-]+)\s*=\s*("[^"]*"|'[^']*'|[^\s"'>]+)""")
_KEPT = {"class", "style", "xmlns", "colspan", "rowspan", "border", "width", "height", "align", "valign", "charset"}
_KEPT |= {"cellpadding", "cellspacing", "scope", "lang", "xml:lang", "dir", "type"}


def open_html(text: str) -> Document:
    """Read HTML as it stands, well formed or not; comments and scripts are left out, attributes too but for layout."""
    parts: list[str] = []  # tag and text by turns
    position = 0
    for match in _TAG.finditer(text):
        parts += [text[position : match.start()], _plain_tag(match[0])]
        position = match.end()
    parts.append(text[position:])
    segments = [unescape(part) if index % 2 == 0 else _gap(part) for index, part in enumerate(parts)]
    joined = "".join(segments)
    pieces = [Piece("text", joined)] if is_telling(joined) else []

    def build(changes: Sequence[Change]) -> str:
        new = spread(segments, changes[0].edits) if changes else segments
        kept = [
            part if index % 2 or new[index] == segments[index] else escape(new[index], quote=False)
            for index, part in enumerate(parts)
        ]
        return "".join(kept)

    return Document(pieces, build)


def read_html(data: bytes, encoding: str = "utf-8") -> Document:
    """Read an HTML file."""
    document = open_html(data.decode(encoding))
    return Document(document.pieces, lambda changes: document.build(changes).encode(encoding, "xmlcharrefreplace"))


def _gap(tag: str) -> str:
    if not tag or _INLINE.match(tag):
        return ""
    return "\t" if _CELL.match(tag) else "\n"


def _plain_tag(tag: str) -> str:
    if tag.startswith("<!--") or re.match(r"<(?:script|style)", tag, re.IGNORECASE):
        return ""
    return _ATTRIBUTE.sub(lambda match: match[0] if match[1].lower() in _KEPT else "", tag)
