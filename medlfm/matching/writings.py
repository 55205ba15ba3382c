"""How else a short form is written: "copd" for COPD, "ABD" for abd, "MRIs" for several."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from medlfm.matching.phrases import fold

__all__ = ["writings"]

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
            for other in (short.lower(), short.upper(), short.capitalize()):
                found.setdefault(other, (short, True))
    return found
