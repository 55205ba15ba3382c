"""A second look at a question that was masked: what its frame says names somebody, whatever the words are.

Who asks says who they are in few ways ("This is … here", "Kind regards, …", "my number is …"), and leaves parts of a
name beside the mask of another. In notes such frames would hide findings; a question loses nothing by them. The frames
of both languages are tried, since the language of a short question is easily mistaken.
"""

from __future__ import annotations

import re
from functools import cache

from medlfm.matching.rules import shipped_rules
from medlfm.settings import LANGUAGES

__all__ = ["mask_frames"]

_UPPER = "".join(char for char in map(chr, range(0x250)) if char.isupper())
_PARTS = {"{Cap}": rf"[{_UPPER}][\w'’.-]*", "{Upper}": _UPPER}


def mask_frames(text: str) -> tuple[str, int]:
    """Return the text with what stands in a frame replaced by the tag of its label, and how much that was."""
    hits = 0
    for label, expression in _frames():
        text, count = expression.subn(lambda match, label=label: _tagged(match, label), text)  # type: ignore[misc]
        hits += count
    return text, hits


def _tagged(match: re.Match[str], label: str) -> str:
    name = "hit" if "hit" in match.re.groupindex else 0
    start, end = match.start(name) - match.start(), match.end(name) - match.start()
    return f"{match[0][:start]}[{label}]{match[0][end:]}"


@cache
def _frames() -> tuple[tuple[str, re.Pattern[str]], ...]:
    rules = {rule["id"]: rule for lang in LANGUAGES for rule in shipped_rules(lang, "asking")}
    return tuple((rule["label"], re.compile(_filled(rule["mask"]))) for rule in rules.values())


def _filled(expression: str) -> str:
    for name, part in _PARTS.items():
        expression = expression.replace(name, part)
    return expression
