"""What a regex asks of the characters before its match, told from the assertions at its front."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from medlfm.matching.phi.symbols import Node, UnsureError, characters, nodes_of, symbol

__all__ = ["Before"]

_SEEN = 2  # characters before a place that are looked at
_SINGLE = ("LITERAL", "NOT_LITERAL", "IN", "ANY")
# ("is" or "not", characters one after the other), ("line",) or ("text",): the place is at the front of one
_Look = tuple[Any, ...]


class Before:
    """Regexes, by their numbers, by what they ask for; those that ask for the same are asked once."""

    def __init__(self, regexes: Mapping[int, Sequence[Node]]) -> None:
        self._looks: dict[_Look, int] = {}
        # numbers of looks, all of which must hold; a tuple of such tuples: one of them must
        self._by_conditions: dict[tuple[Any, ...], set[int]] = {}
        for number, nodes in regexes.items():
            self._by_conditions.setdefault(self._conditions(nodes), set()).add(number)
        self._sets = {chars for _, *rest in self._looks for chars in rest}
        self._kinds: dict[str, tuple[bool, ...]] = {}
        self._allowed: dict[tuple[tuple[bool, ...], ...], frozenset[int]] = {}

    def allowed(self, before: str) -> frozenset[int]:
        """Return the numbers of the regexes that can match behind two characters; fewer at the front of a text."""
        kinds = tuple([self._kinds[char] if char in self._kinds else self._kind(char) for char in before])
        if kinds not in self._allowed:
            held = [_holds(look, before) for look in self._looks]
            found = [numbers for conditions, numbers in self._by_conditions.items() if _all_hold(conditions, held)]
            self._allowed[kinds] = frozenset().union(*found)
        return self._allowed[kinds]

    def _kind(self, char: str) -> tuple[bool, ...]:
        """Return all that can matter of a character, which is the same for many."""
        like = symbol(char)
        self._kinds[char] = char == "\n", char.isascii(), *(like in chars for chars in self._sets)
        return self._kinds[char]

    def _conditions(self, nodes: Sequence[Node]) -> tuple[Any, ...]:
        found: list[Any] = []
        for operation, arguments, flags in nodes:
            if operation == "BRANCH":
                found.append(tuple(self._conditions(nodes_of(branch, flags)) for branch in arguments[1]))
                break
            if operation == "SUBPATTERN":
                _, added, removed, inner = arguments
                found += self._conditions(nodes_of(inner, (flags | added) & ~removed))
                break
            look = None
            if operation == "AT" and arguments.name.startswith("AT_BEGINNING"):
                look = ("line" if flags & re.MULTILINE and arguments.name == "AT_BEGINNING" else "text",)
            elif operation in ("ASSERT", "ASSERT_NOT") and arguments[0] < 0:
                look = _look_back("is" if operation == "ASSERT" else "not", nodes_of(arguments[1], flags))
            elif operation not in ("AT", "ASSERT", "ASSERT_NOT"):
                break
            if look:
                found.append(self._looks.setdefault(look, len(self._looks)))
        return tuple(found)


def _all_hold(conditions: tuple[Any, ...], held: Sequence[bool]) -> bool:
    return all(
        held[each] if isinstance(each, int) else any(_all_hold(way, held) for way in each) for each in conditions
    )


def _look_back(kind: str, nodes: Sequence[Node]) -> _Look | None:
    """Return what a look-behind asks for; None where that is more than single characters can tell."""
    if any(each not in _SINGLE for each, _, _ in nodes) or (kind == "not" and not 0 < len(nodes) <= _SEEN):
        return None
    try:
        return (kind, *(characters(*node) for node in nodes[-_SEEN:]))
    except UnsureError:
        return None


def _holds(look: _Look, before: str) -> bool:
    """Whether what a look asks for can be so; where that can't be told, it can."""
    kind, *rest = look
    if kind in ("line", "text"):
        return not before or (kind == "line" and before[-1] == "\n")
    seen = before[-len(rest) :]
    if kind == "is":
        return len(seen) == len(rest) and all(symbol(char) in chars for char, chars in zip(seen, rest, strict=True))
    # that one of them stands there is certain only in ASCII, where a symbol is one character
    if len(seen) < len(rest) or not seen.isascii():
        return True
    return not all(char in chars for char, chars in zip(seen, rest, strict=True))
