"""Makes hard notes of marked text: small letters as in chats, dictated without signs, misread by a machine."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from benchmarks.phi_model.fill import Marked, lowered, uppered

__all__ = ["lines", "roughened", "way_of"]

_TEMPLATES = Path(__file__).parent / "templates"
_WAY = re.compile(r"@(\w+) ")
# what character recognition takes a sign for
_MISREAD: Mapping[str, Sequence[str]] = {
    "l": "1I", "I": "l1", "i": "1l", "o": "0", "O": "0", "0": "O", "1": "l", "S": "5", "5": "S", "e": "c", "h": "li",
    "m": ["rn"], "n": ["ri", "u"], "w": ["vv"], "d": ["cl"], "ü": "u", "ä": "a", "ö": "o", "t": "f", ".": ",", "B": "8",
}  # fmt: skip
_SIGNS = ".,;:()"
_RATES = (0.004, 0.015, 0.03, 0.05)  # of letters that are misread


@cache
def lines(lang: str) -> tuple[str, ...]:
    """Return the lines without PHI that stand in for {LINE}."""
    path = _TEMPLATES / f"{lang}.lines.txt"
    return tuple(line for line in path.read_text(encoding="utf-8").splitlines() if line.strip())


def way_of(template: str) -> tuple[str, str]:
    """Return how a template wants to be written ("chat", "dict", "ocr" or "") and the template itself."""
    way = _WAY.match(template)
    return (way[1], template[way.end() :]) if way else ("", template)


def roughened(marked: Marked, way: str, rng: random.Random) -> Marked:
    """Write a marked text in the way of a hurried chat, of a dictation, or as a poor scan."""
    if way == "ocr":
        return _scanned(marked, rng)
    if way == "dict" and rng.random() < 0.7:
        marked = _edited(marked, {at: "" for at, char in enumerate(marked.text) if char in _SIGNS})
    chance = rng.random()
    if chance < {"chat": 0.7, "dict": 0.8}.get(way, 0.12):
        return lowered(marked)
    if not way and chance < 0.15:
        return uppered(marked)
    return _scanned(marked, rng) if not way and chance < 0.22 else marked


def _scanned(marked: Marked, rng: random.Random) -> Marked:
    """Misread letters, tear words apart, run words together, break them at the end of lines."""
    rate, torn, text = rng.choice(_RATES), rng.choice([0.0, 0.01, 0.03, 0.05]), marked.text
    edits: dict[int, str] = {}
    for at, char in enumerate(text):
        inside = 0 < at < len(text) - 1 and text[at - 1].isalnum() and text[at + 1].isalnum() and char.isalnum()
        if char in _MISREAD and rng.random() < rate * (3 if char in "lIO01" else 1):
            edits[at] = rng.choice(_MISREAD[char])
        elif inside and rng.random() < torn:
            edits[at] = rng.choice([" ", " ", " ", "-\n"]) + char
        elif char == " " and rng.random() < torn / 2:
            edits[at] = rng.choice(["", "  ", "  ", "\n"])
    return _edited(marked, edits)


def _edited(marked: Marked, edits: Mapping[int, str]) -> Marked:
    """Put other text in the place of some characters; the spans keep their borders."""
    moved, parts, length = [0] * (len(marked.text) + 1), list[str](), 0
    for at, char in enumerate(marked.text):
        moved[at] = length
        new = edits.get(at, char)
        parts.append(new)
        length += len(new)
    moved[-1] = length
    text = "".join(parts)
    spans = [(moved[start], moved[end], label) for start, end, label in marked.spans]
    return Marked(text, [tightened for span in spans if (tightened := _tight(text, *span))])


def _tight(text: str, start: int, end: int, label: str) -> tuple[int, int, str] | None:
    """Return a span without blanks at its borders; None where nothing is left."""
    while start < end and text[start].isspace():
        start += 1
    while start < end and text[end - 1].isspace():
        end -= 1
    return (start, end, label) if start < end else None
