"""The characters that a part of a regex can be, as far as rules tell them apart: ASCII singly, few groups beyond."""

from __future__ import annotations

import re
from functools import lru_cache
from importlib import import_module
from typing import Any

__all__ = ["ALL", "DIGITS", "LETTERS", "Node", "UnsureError", "characters", "nodes_of", "parsed", "symbol"]

Node = tuple[str, Any, int]  # operation, its arguments, flags in force

_LETTER, _DIGIT, _SIGN = "\x80", "\x81", "\x82"  # stand for all characters beyond ASCII
ALL = frozenset(map(chr, range(128))) | {_LETTER, _DIGIT, _SIGN}
DIGITS = frozenset("0123456789") | {_DIGIT}
LETTERS = frozenset(char for char in map(chr, range(128)) if char.isalpha()) | {_LETTER}
_SPACES = frozenset(char for char in map(chr, range(128)) if char.isspace()) | {_SIGN}
_CATEGORIES = {
    "CATEGORY_DIGIT": DIGITS,
    "CATEGORY_WORD": DIGITS | LETTERS | {"_"},
    "CATEGORY_SPACE": _SPACES,
}
_WIDE = 1000  # characters of a range that are looked at one by one


class UnsureError(Exception):
    """The regex has a part that is not understood."""


def parsed(pattern: re.Pattern[str]) -> list[Node]:
    """Return the parts of a regex; raises ImportError without the standard library's parser."""
    return nodes_of(import_module("re._parser").parse(pattern.pattern, pattern.flags), pattern.flags)


def nodes_of(tree: Any, flags: int) -> list[Node]:
    """Return the parts of a tree, one after the other."""
    return [(operation.name, arguments, flags) for operation, arguments in tree.data]


def symbol(char: str) -> str:
    """Return what stands for a character: itself in ASCII, else one of three for all others."""
    if char < "\x80":
        return char
    if char.isdecimal():
        return _DIGIT
    return _LETTER if char.isalnum() else _SIGN


def characters(operation: str, arguments: Any, flags: int) -> frozenset[str]:
    """Return the symbols of the characters that a part of one character can be: an upper bound."""
    if operation == "ANY":
        return ALL
    if operation != "IN":
        chars = _cased(arguments, arguments, flags & re.IGNORECASE)
        return _beyond(ALL - chars) if operation == "NOT_LITERAL" else chars
    found: set[str] = set()
    negated = False
    for kind, value in arguments:
        name = kind.name
        if name == "NEGATE":
            negated = True
        elif name == "LITERAL":
            found |= _cased(value, value, flags & re.IGNORECASE)
        elif name == "RANGE":
            found |= _cased(value[0], value[1], flags & re.IGNORECASE)
        elif name == "CATEGORY":
            positive = _CATEGORIES[value.name.replace("_NOT", "")]
            # no sign of ours tells which of those beyond ASCII are spaces: one is both
            found |= (ALL - positive) | {_SIGN} if "_NOT" in value.name else positive
        else:
            raise UnsureError
    return _beyond(ALL - found) if negated else frozenset(found)


def _beyond(chars: frozenset[str]) -> frozenset[str]:
    """Add what lies beyond ASCII: none of it is ever left out as a whole."""
    return chars | {_LETTER, _DIGIT, _SIGN}


@lru_cache(4096)
def _cased(first: int, last: int, ignored: int) -> frozenset[str]:
    chars = {symbol(chr(code)) for code in range(first, min(last, first + _WIDE) + 1)}
    if last - first > _WIDE:
        chars |= {_LETTER, _DIGIT, _SIGN}
    if ignored:
        chars |= {char.swapcase() for char in chars & LETTERS}
        if chars & LETTERS:
            chars.add(_LETTER)  # a few beyond ASCII fold to letters in it
    return frozenset(chars)
