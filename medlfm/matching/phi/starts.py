"""Where in a text a regex can begin to match, told from the regex: most rules are then tried at few places only.

A search by `finditer` tries a regex at every character. Nearly all PHI rules begin at the front of a run of letters,
a run of digits, a sign or a line, and with few characters ("Tel" of "Tel."): `starts_of` works both out, and a
`Scanner` goes through a text once for many of them. It finds what `finditer` finds.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from importlib import import_module
from typing import Any, NamedTuple

__all__ = ["PLACE", "Scanner", "Starts", "starts_of"]

_Tried = tuple[int, Callable[[str, int], re.Match[str] | None]]  # the number of a regex, its match
_Node = tuple[str, Any, int]  # operation, its arguments, flags in force

# every place at which a rule with `Starts` may begin
PLACE = re.compile(r"[^\W\d_]+|\d+|[^\w \t\n\r\f\v]|_|(?<![^\n])[ \t]+")

_LETTER, _DIGIT, _SIGN = "\x80", "\x81", "\x82"  # stand for all characters beyond ASCII
_ALL = frozenset(map(chr, range(128))) | {_LETTER, _DIGIT, _SIGN}
_DIGITS = frozenset("0123456789") | {_DIGIT}
_LETTERS = frozenset(char for char in map(chr, range(128)) if char.isalpha()) | {_LETTER}
_SPACES = frozenset(char for char in map(chr, range(128)) if char.isspace()) | {_SIGN}
_CATEGORIES = {
    "CATEGORY_DIGIT": _DIGITS,
    "CATEGORY_WORD": _DIGITS | _LETTERS | {"_"},
    "CATEGORY_SPACE": _SPACES,
}
_NO_LETTER, _NO_DIGIT, _LINE = 1, 2, 4  # what is known of the place: neither follows one, it begins a line
_DEEP = 40  # nested optional parts, beyond which a regex is given up
_WIDE = 1000  # characters of a range that are looked at one by one
_KEPT = 50_000  # groups of characters of which is kept what can begin with them


class _UnsureError(Exception):
    """The regex has a part that is not understood."""


class Starts(NamedTuple):
    """How a match can begin: its first character → pairs of what may follow it, and what may follow that.

    Characters are those of `_symbol`; line_only: nowhere but at the front of a line.
    """

    after: dict[str, list[tuple[frozenset[str], frozenset[str]]]]
    line_only: bool


class _Head(NamedTuple):
    known: int
    chars: frozenset[str]
    rest: list[_Node]


class Scanner:
    """Finds the matches of several regexes in one pass over a text."""

    def __init__(self, regexes: Sequence[re.Pattern[str]]) -> None:
        self.regexes = list(regexes)
        starts = [starts_of(regex) for regex in regexes]
        self.placed = [(number, each) for number, each in enumerate(starts) if each is not None]
        self.anywhere = [number for number, each in enumerate(starts) if each is None]
        self.line_only = {number for number, each in self.placed if each.line_only}
        self._by_pair: dict[str, list[tuple[int, frozenset[str]]]] = {}
        self._by_key: dict[str, tuple[tuple[_Tried, ...], tuple[_Tried, ...]]] = {}

    def find(self, text: str, wanted: Callable[[int], bool] = lambda _: True) -> dict[int, list[re.Match[str]]]:
        """Return the matches of each regex by its number, those without any left out.

        wanted: whether a regex is to be looked for at all.
        """
        found = {number: list(self.regexes[number].finditer(text)) for number in self.anywhere if wanted(number)}
        never, by_key = len(text) + 1, self._by_key
        # where the last match of a regex ended
        reached = [0 if wanted(number) else never for number in range(len(self.regexes))]
        for place in PLACE.finditer(text):
            start = place.start()
            key = text[start : start + 3]
            begun = not start or text[start - 1] == "\n"
            for number, match_at in (by_key[key] if key in by_key else self._starting(key))[begun]:
                if start >= reached[number] and (match := match_at(text, start)):
                    found.setdefault(number, []).append(match)
                    reached[number] = match.end()
        return found

    def starting(self, key: str) -> tuple[int, ...]:
        """Return the numbers of the regexes that can begin at a `PLACE` with these up to three characters."""
        return tuple(number for number, _ in self._starting(key)[True])

    def _starting(self, key: str) -> tuple[tuple[_Tried, ...], tuple[_Tried, ...]]:
        """Return those inside a line, and those at its front."""
        if len(self._by_key) > _KEPT:
            self._by_key.clear()
            self._by_pair.clear()
        pair, third = key[:2], _symbol(key[2]) if len(key) > 2 else None
        if pair not in self._by_pair:
            self._by_pair[pair] = self._beginning(pair)
        all_of = tuple(
            (number, self.regexes[number].match)
            for number, chars in self._by_pair[pair]
            if third is None or third in chars
        )
        inside = tuple(item for item in all_of if item[0] not in self.line_only)
        self._by_key[key] = inside, all_of
        return inside, all_of

    def _beginning(self, pair: str) -> list[tuple[int, frozenset[str]]]:
        """Return the numbers of the regexes that can begin with a pair, with the characters that may follow it."""
        first, second = _symbol(pair[0]), _symbol(pair[1]) if len(pair) > 1 else None
        found = []
        for number, starts in self.placed:
            following = [third for chars, third in starts.after.get(first, ()) if second is None or second in chars]
            if following:
                found.append((number, frozenset().union(*following)))
        return found


def _symbol(char: str) -> str:
    """Return what stands for a character in `Starts`: itself in ASCII, else one of three for all others."""
    if char < "\x80":
        return char
    if char.isdecimal():
        return _DIGIT
    return _LETTER if char.isalnum() else _SIGN


@cache
def starts_of(pattern: re.Pattern[str]) -> Starts | None:
    """Return with which characters a match can begin; None where it may begin anywhere in a word."""
    try:
        parsed = import_module("re._parser").parse(pattern.pattern, pattern.flags)
        after: dict[str, dict[frozenset[str], set[str]]] = {}
        line_only = True
        for known, chars, rest in _heads(_nodes(parsed, pattern.flags), 0):
            if not _placed(known, chars):
                return None
            line_only = line_only and bool(known & _LINE)
            for _, second, following in _heads(rest, 0):
                third = frozenset[str]().union(*(head.chars for head in _heads(following, 0)))
                for char in chars:
                    after.setdefault(char, {}).setdefault(second, set()).update(third)
    except (ImportError, _UnsureError):  # without the standard library's parser the slower search remains
        return None
    return Starts(
        {char: [(second, frozenset(third)) for second, third in pairs.items()] for char, pairs in after.items()},
        line_only,
    )


def _placed(known: int, chars: frozenset[str]) -> bool:
    """Whether a match that begins with `chars` begins at a `PLACE`."""
    if chars & _LETTERS and not known & _NO_LETTER:
        return False
    if chars & _DIGITS and not known & _NO_DIGIT:
        return False
    blanks = chars & frozenset(" \t\n\r\f\v")
    return not blanks or (blanks <= {" ", "\t"} and bool(known & _LINE))


def _nodes(parsed: Any, flags: int) -> list[_Node]:
    return [(str(operation), arguments, flags) for operation, arguments in parsed]


def _heads(nodes: list[_Node], depth: int) -> Iterator[_Head]:
    """Yield the ways to begin: what is known of the place, the first character, what follows it."""
    if depth > _DEEP:
        raise _UnsureError
    if not nodes:  # the end of the regex: any character may stand there
        yield _Head(0, _ALL, [])
        return
    (operation, arguments, flags), tail = nodes[0], nodes[1:]
    if operation in ("LITERAL", "NOT_LITERAL", "IN", "ANY"):
        yield _Head(0, _characters(operation, arguments, flags), tail)
    elif operation == "FAILURE" or (operation == "ASSERT_NOT" and not len(arguments[1])):
        return  # "(?!)" matches nothing
    elif operation in ("AT", "ASSERT", "ASSERT_NOT"):
        known = _known(operation, arguments, flags)
        for head in _heads(tail, depth + 1):
            yield head._replace(known=head.known | known)
    elif operation == "SUBPATTERN":
        _, added, removed, inner = arguments
        yield from _heads(_nodes(inner, (flags | added) & ~removed) + tail, depth + 1)
    elif operation == "BRANCH":
        for branch in arguments[1]:
            yield from _heads(_nodes(branch, flags) + tail, depth + 1)
    elif operation in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
        low, high, inner = arguments
        if not low:
            yield from _heads(tail, depth + 1)
        if int(high):
            again: _Node = (operation, (max(low - 1, 0), int(high) - 1, inner), flags)
            yield from _heads([*_nodes(inner, flags), again, *tail], depth + 1)
    else:
        raise _UnsureError


def _known(operation: str, arguments: Any, flags: int) -> int:
    """Return what an assertion tells of the place before the first character."""
    if operation == "AT":
        place = str(arguments)
        if place == "AT_BOUNDARY":  # matters only before a letter or a digit, and then none stands before it
            return _NO_LETTER | _NO_DIGIT
        return _NO_LETTER | _NO_DIGIT | _LINE if place.startswith("AT_BEGINNING") else 0
    direction, inner = arguments
    nodes = _nodes(inner, flags)
    if direction > 0 or not nodes or nodes[-1][0] not in ("LITERAL", "NOT_LITERAL", "IN"):
        return 0
    if operation == "ASSERT":
        chars = _characters(*nodes[-1])
        if chars == {"\n"}:
            return _NO_LETTER | _NO_DIGIT | _LINE
        return _NO_LETTER * (not chars & _LETTERS) | _NO_DIGIT * (not chars & _DIGITS)
    if len(nodes) > 1 or nodes[0][0] != "IN":
        return 0
    if str(nodes[0][1][0][0]) == "NEGATE":  # "[^\\W\\d_]": what it doesn't leave out stands there nowhere
        left_out = _characters("IN", nodes[0][1][1:], nodes[0][2])
        return _NO_LETTER * (not left_out & _LETTERS) | _NO_DIGIT * (not left_out & _DIGITS)
    none = {str(value) for _, value in nodes[0][1]}  # nothing is concluded from letters that are named one by one
    return (_NO_LETTER | _NO_DIGIT) * ("CATEGORY_WORD" in none) | _NO_DIGIT * ("CATEGORY_DIGIT" in none)


def _characters(operation: str, arguments: Any, flags: int) -> frozenset[str]:
    if operation == "ANY":
        return _ALL
    if operation != "IN":
        arguments = [("LITERAL", arguments)]
    chars: set[str] = set()
    for kind, value in arguments:
        name = str(kind)
        if name == "LITERAL":
            chars |= _cased(value, value, flags)
        elif name == "RANGE":
            chars |= _cased(value[0], value[1], flags)
        elif name == "CATEGORY":
            category = str(value)
            positive = _CATEGORIES[category.replace("_NOT", "")]
            # no sign of ours tells which of those beyond ASCII are spaces: one is both
            chars |= (_ALL - positive) | {_SIGN} if "_NOT" in category else positive
        elif name != "NEGATE":
            raise _UnsureError
    negated = operation == "NOT_LITERAL" or (arguments and str(arguments[0][0]) == "NEGATE")
    return (_ALL - chars) | {_LETTER, _DIGIT, _SIGN} if negated else frozenset(chars)


def _cased(first: int, last: int, flags: int) -> set[str]:
    chars = {_symbol(chr(code)) for code in range(first, min(last, first + _WIDE) + 1)}
    if last - first > _WIDE:
        chars |= {_LETTER, _DIGIT, _SIGN}
    if flags & re.IGNORECASE:
        chars |= {char.swapcase() for char in chars & _LETTERS}
        if chars & _LETTERS:
            chars.add(_LETTER)  # a few beyond ASCII fold to letters in it
    return chars
