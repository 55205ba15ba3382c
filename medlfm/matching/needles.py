"""What every match of a regex must hold, told from the regex: where none of it stands, no search is needed."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from importlib import import_module
from typing import Any

__all__ = ["needles_of"]

_DEEP = 40  # nested parts, beyond which nothing is concluded


@cache
def needles_of(pattern: re.Pattern[str]) -> frozenset[str]:
    """Return strings of which each match holds at least one; none where that can't be told. Case must count."""
    if pattern.flags & re.IGNORECASE:
        return frozenset()
    try:
        parsed = import_module("re._parser").parse(pattern.pattern, pattern.flags)
    except ImportError:  # without the standard library's parser everything is searched for
        return frozenset()
    return _of_sequence(parsed, 0)


def _of_sequence(nodes: Iterable[Any], depth: int) -> frozenset[str]:
    """The best of what the parts of a sequence ask for: the longest strings, then the fewest."""
    choices: list[frozenset[str]] = []
    run = ""
    for operation, arguments in nodes:
        if str(operation) == "LITERAL":
            run += chr(arguments)
            continue
        choices += [frozenset((run,)), _of_part(str(operation), arguments, depth + 1)]
        run = ""
    choices.append(frozenset((run,)))
    known = [choice for choice in choices if choice and "" not in choice]
    return max(known, key=lambda choice: (min(map(len, choice)), -len(choice)), default=frozenset())


def _of_part(operation: str, arguments: Any, depth: int) -> frozenset[str]:
    if depth > _DEEP:
        return frozenset()
    if operation == "SUBPATTERN":
        _, added, _, inner = arguments
        return frozenset() if added & re.IGNORECASE else _of_sequence(inner, depth)
    if operation == "BRANCH":
        branches = [_of_sequence(branch, depth) for branch in arguments[1]]
        return frozenset().union(*branches) if all(branches) else frozenset()
    if operation in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT") and arguments[0] > 0:
        return _of_sequence(arguments[2], depth)
    return frozenset()
