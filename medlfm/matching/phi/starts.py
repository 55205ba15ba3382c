"""Where in a text a regex can begin to match, told from the regex: most rules are then tried at few places only.

A search by `finditer` tries a regex at every character. Nearly all PHI rules begin at the front of a run of letters,
a run of digits, a sign or a line, which `starts_of` tells; a `Scanner` goes through these places of a text once for
many regexes, and tries only those that can match what begins there. It finds what `finditer` finds.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any, NamedTuple

from medlfm.matching.phi.prefixes import Prefixes, State
from medlfm.matching.phi.symbols import ALL, DIGITS, LETTERS, Node, UnsureError, characters, nodes_of, parsed

__all__ = ["PLACE", "Scanner", "Starts", "starts_of"]

_Tried = tuple[int, Callable[[str, int], re.Match[str] | None]]  # the number of a regex, its match

# every place at which a rule with `Starts` may begin
PLACE = re.compile(r"[^\W\d_]+|\d+|[^\w \t\n\r\f\v]|_|(?<![^\n])[ \t]+")

_BEFORE, _BEHIND = 2, 2  # characters around a word that are looked at
_LONG = 24  # characters of a word that are looked at
_NO_LETTER, _NO_DIGIT, _LINE = 1, 2, 4  # what is known of a place: neither follows one, it begins a line
_DEEP = 40  # nested optional parts, beyond which a regex is given up
_KEPT = 50_000  # words of which is kept what can begin with them


class Starts(NamedTuple):
    """How a match can begin: its first characters, or what stands for them."""

    first: frozenset[str]


class Scanner:
    """Finds the matches of several regexes in one pass over a text."""

    def __init__(self, regexes: Sequence[re.Pattern[str]]) -> None:
        self.regexes = list(regexes)
        trees = [_parsed(regex) for regex in self.regexes]
        starts = [_starts(nodes) for nodes in trees]
        self.placed = [(number, each) for number, each in enumerate(starts) if each is not None]
        self.anywhere = [number for number, each in enumerate(starts) if each is None]
        self._prefixes = Prefixes({number: trees[number] or [] for number, _ in self.placed})
        self._by_word: dict[str, State] = {}
        # which regexes are tried in a state, by the characters before the place; many of these allow the same
        self._by_before: dict[str, dict[State, tuple[_Tried, ...]]] = {}
        self._by_allowed: dict[frozenset[int], dict[State, tuple[_Tried, ...]]] = {}

    def __reduce__(self) -> tuple[type[Scanner], tuple[list[re.Pattern[str]]]]:
        return Scanner, (self.regexes,)  # parsed regexes can't be stored, and words of texts must not be

    def find(self, text: str, unwanted: Collection[int] = ()) -> dict[int, list[re.Match[str]]]:
        """Return the matches of each regex by its number, those without any left out.

        unwanted: the numbers of regexes that are not to be looked for.
        """
        found = {
            number: list(self.regexes[number].finditer(text)) for number in self.anywhere if number not in unwanted
        }
        reached = [0] * len(self.regexes)  # where the last match of a regex ended
        for number in unwanted:
            reached[number] = len(text) + 1
        by_word, by_before = self._by_word, self._by_before
        for place in PLACE.finditer(text):
            start, end = place.span()
            word = text[start : end + _BEHIND]
            before = text[start - _BEFORE : start] if start > 1 else text[:start]
            state = by_word[word] if word in by_word else self._state(word)
            by_state = by_before[before] if before in by_before else self._behind(before)
            tried = by_state[state] if state in by_state else self._tried(state, before)
            for number, match_at in tried:
                if start >= reached[number] and (match := match_at(text, start)):
                    found.setdefault(number, []).append(match)
                    reached[number] = match.end()
        return found

    def starting(self, front: str) -> tuple[int, ...]:
        """Return the numbers of the regexes that can begin at a `PLACE` where the text goes on with `front`."""
        return self._prefixes.state(front).alive

    def _state(self, word: str) -> State:
        if len(self._by_word) > _KEPT:
            self._by_word.clear()
            for by_state in self._by_allowed.values():
                by_state.clear()
        self._by_word[word] = state = self._prefixes.state(word[:_LONG])
        return state

    def _behind(self, before: str) -> dict[State, tuple[_Tried, ...]]:
        self._by_before[before] = by_state = self._by_allowed.setdefault(self._prefixes.allowed(before), {})
        return by_state

    def _tried(self, state: State, before: str) -> tuple[_Tried, ...]:
        allowed = self._prefixes.allowed(before)
        tried = tuple((number, self.regexes[number].match) for number in state.alive if number in allowed)
        self._by_before[before][state] = tried
        return tried


def starts_of(pattern: re.Pattern[str]) -> Starts | None:
    """Return with which characters a match can begin; None where it may begin anywhere in a word."""
    return _starts(_parsed(pattern))


def _parsed(pattern: re.Pattern[str]) -> list[Node] | None:
    try:
        return parsed(pattern)
    except ImportError:  # without the standard library's parser the slower search remains
        return None


def _starts(nodes: list[Node] | None) -> Starts | None:
    first: set[str] = set()
    try:
        for known, chars in _heads(nodes, 0) if nodes is not None else [(0, ALL)]:
            if not _placed(known, chars):
                return None
            first |= chars
    except UnsureError:
        return None
    return Starts(frozenset(first))


def _placed(known: int, chars: frozenset[str]) -> bool:
    """Whether a match that begins with `chars` begins at a `PLACE`."""
    if not chars or (chars & LETTERS and not known & _NO_LETTER):
        return False
    if chars & DIGITS and not known & _NO_DIGIT:
        return False
    blanks = chars & frozenset(" \t\n\r\f\v")
    return not blanks or (blanks <= {" ", "\t"} and bool(known & _LINE))


def _heads(nodes: list[Node], depth: int) -> Iterator[tuple[int, frozenset[str]]]:
    """Yield the ways to begin: what is known of the place, the first character."""
    if depth > _DEEP:
        raise UnsureError
    if not nodes:  # the end of the regex: any character may stand there
        yield 0, ALL
        return
    (operation, arguments, flags), tail = nodes[0], nodes[1:]
    if operation in ("LITERAL", "NOT_LITERAL", "IN", "ANY"):
        yield 0, characters(operation, arguments, flags)
    elif operation == "FAILURE" or (operation == "ASSERT_NOT" and not len(arguments[1])):
        return  # "(?!)" matches nothing
    elif operation in ("AT", "ASSERT", "ASSERT_NOT"):
        known = _known(operation, arguments, flags)
        for more, chars in _heads(tail, depth + 1):
            yield known | more, chars
    elif operation == "SUBPATTERN":
        _, added, removed, inner = arguments
        yield from _heads(nodes_of(inner, (flags | added) & ~removed) + tail, depth + 1)
    elif operation == "ATOMIC_GROUP":
        yield from _heads(nodes_of(arguments, flags) + tail, depth + 1)
    elif operation == "BRANCH":
        for branch in arguments[1]:
            yield from _heads(nodes_of(branch, flags) + tail, depth + 1)
    elif operation in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
        low, high, inner = arguments
        if not low:
            yield from _heads(tail, depth + 1)
        if int(high):
            again: Node = (operation, (max(low - 1, 0), int(high) - 1, inner), flags)
            yield from _heads([*nodes_of(inner, flags), again, *tail], depth + 1)
    else:
        raise UnsureError


def _known(operation: str, arguments: Any, flags: int) -> int:
    """Return what an assertion tells of the place before the first character."""
    if operation == "AT":
        place = arguments.name
        if place == "AT_BOUNDARY":  # matters only before a letter or a digit, and then none stands before it
            return _NO_LETTER | _NO_DIGIT
        return _NO_LETTER | _NO_DIGIT | _LINE if place.startswith("AT_BEGINNING") else 0
    direction, inner = arguments
    nodes = nodes_of(inner, flags)
    if direction > 0 or not nodes or nodes[-1][0] not in ("LITERAL", "NOT_LITERAL", "IN"):
        return 0
    if operation == "ASSERT":
        chars = characters(*nodes[-1])
        if chars == {"\n"}:
            return _NO_LETTER | _NO_DIGIT | _LINE
        return _NO_LETTER * (not chars & LETTERS) | _NO_DIGIT * (not chars & DIGITS)
    if len(nodes) > 1 or nodes[0][0] != "IN":
        return 0
    if nodes[0][1][0][0].name == "NEGATE":  # "[^\\W\\d_]": what it doesn't leave out stands there nowhere
        left_out = characters("IN", nodes[0][1][1:], nodes[0][2])
        return _NO_LETTER * (not left_out & LETTERS) | _NO_DIGIT * (not left_out & DIGITS)
    none = {str(value) for _, value in nodes[0][1]}  # nothing is concluded from letters that are named one by one
    return (_NO_LETTER | _NO_DIGIT) * ("CATEGORY_WORD" in none) | _NO_DIGIT * ("CATEGORY_DIGIT" in none)
