"""How else a short form is written: "copd" for COPD, "ABD" for abd, "MRIs" for several."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

from medlfm.matching.phrases import fold

__all__ = ["plural", "writings"]

_SHORTEST = 3


def writings(shorts: Iterable[str], words: Collection[str]) -> dict[str, tuple[str, bool]]:
    """Return each way of writing with the short form that it stands for and whether it differs in case.

    words: folded or in capitals, short forms that are also words of the language, which are taken as they are listed.
    """
    listed = list(shorts)
    found = {short: (short, False) for short in listed}
    taken = {fold(word) for word in words}
    for short in listed:
        if short.isupper() and short.isalpha() and len(short) > 1:
            found.setdefault(f"{short}s", (short, False))
    for short in listed:
        if len(short) >= _SHORTEST and short[-1] != "." and fold(short) not in taken:
            for other in _cases(short):
                found.setdefault(other, (short, True))
    return found


def plural(long: str) -> str:
    """Return an English long form in the plural, by the ending of its last word."""
    if long.endswith("sis"):
        return f"{long[:-2]}es"
    if long.endswith(("s", "x", "z", "ch", "sh")):
        return f"{long}es"
    return f"{long[:-1]}ies" if re.search(r"[^aeiou]y$", long) else f"{long}s"


def _cases(short: str) -> tuple[str, ...]:
    """The other cases; mixed ones ("HAs", "pH") are written as they are, or all in capitals."""
    if short.isupper():
        return (short.lower(),)
    return (short.upper(), short.capitalize()) if short.islower() else (short.upper(),)
