"""A regex for any of many phrases, which share what they begin with."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

__all__ = ["alternatives"]

_END = ""
# the word lists are case-folded, which makes ss of ß
_PART = re.compile("ss|.", re.DOTALL)
_VARIANTS = {" ": "[ -]", "ss": "(?:ss|ß)"}


def alternatives(phrases: Iterable[str]) -> str:
    """Return a regex for any of some case-folded phrases, the longest first; one that matches nothing for none.

    One after the other, as in "Arzt|Arzthelferin|…", hundreds of them would be tried at every place.
    """
    root: dict[str, Any] = {}
    for phrase in sorted(phrases):
        node = root
        for part in _PART.findall(phrase):
            node = node.setdefault(_VARIANTS.get(part) or re.escape(part), {})
        node[_END] = {}
    return _branch(root) if root else r"(?!)"


def _branch(node: dict[str, Any]) -> str:
    """Return what may follow a part of the phrases; the longer ways come first."""
    ways = [part + _branch(following) for part, following in node.items() if part != _END]
    ways.sort(key=lambda way: (not way.startswith(_VARIANTS["ss"]), -len(way), way))  # else "s" takes half of "ss"
    if _END in node:
        return f"(?:{'|'.join(ways)})?" if ways else ""
    return ways[0] if len(ways) == 1 else f"(?:{'|'.join(ways)})"
