"""Doses dictated in words ("einhundertfünfzig Milligramm", "two and a half milligrams"), written in digits."""

from __future__ import annotations

import re

from medlfm.matching.sig_words import Words

__all__ = ["Numerals"]

_HUNDRED, _THOUSAND = 100, 1000


class Numerals:
    """Writes the number words before a unit in digits, at the right of the place they took: offsets stay.

    The vocabulary's rules of the type "numeral" are the parts of which a number word is made, "numeral-and" what joins
    them, "numeral-point" the decimal mark.
    """

    def __init__(self, words: Words) -> None:
        rules = [(word.lower(), float(rule["value"])) for rule in words.of("numeral") for word in rule["words"]]
        self._values = dict(rules)
        joins, points = (
            [word for rule in words.of(f"numeral-{kind}") for word in rule["words"]] for kind in ("and", "point")
        )
        self._points = {word.lower() for word in points}
        parts = "|".join(sorted((*self._values, *joins, *points), key=len, reverse=True))
        self._part = re.compile(parts or "(?!)", re.I)
        unit = re.sub(r"\?P<\w+>", "?:", words.unit_pattern)
        first = "|".join(sorted(self._values, key=len, reverse=True))
        self._found = re.compile(rf"\b(?:{first})(?:[\s-]?(?:{parts}))*(?=[\s-]{unit})" if rules else "(?!)", re.I)

    def write(self, text: str) -> str:
        """Return the text, as long as it was, with digits for the number words before a unit."""
        return self._found.sub(lambda found: f"{self._number(found[0]):g}".rjust(len(found[0])), text)

    def _number(self, written: str) -> float:
        whole, part, decimals = 0.0, 0.0, ""
        pointed = False
        for found in self._part.finditer(written):
            value = self._values.get(found[0].lower())
            if value is None:
                pointed = pointed or found[0].lower() in self._points
            elif pointed:
                decimals += f"{value:g}"
            elif value == _HUNDRED:
                part = max(part, 1.0) * _HUNDRED
            elif value == _THOUSAND:
                whole, part = whole + max(part, 1.0) * _THOUSAND, 0.0
            else:
                part += value
        return float(f"{whole + part:g}.{decimals}") if decimals else whole + part
