"""What a prescription says of the package ("N2", "PZN 01234567", "98 St", "#30"), which is no direction."""

from __future__ import annotations

import re

from medlfm.matching.quantities import NUMBER
from medlfm.matching.sig_words import Words

__all__ = ["Packages"]


class Packages:
    """Blanks out what is said of the package, so that its numbers are taken for no dose; offsets stay."""

    def __init__(self, words: Words) -> None:
        unit = re.sub(r"\?P<\w+>", "?:", words.unit_pattern)
        size = rf"{words.any('package')}"
        count = rf"{NUMBER}\s?(?:{words.any('package-count')}|{words.any('form')}|ml\b)"
        self._found = re.compile(
            rf"(?<![\d,.]){count}\s+(?={size})"
            rf"|{size}(?:[\s.:#]*(?:\d+|[IVXL]+)\b)?"
            r"|#\s?\d+\b"
            # "1 g (2 Tbl. à 500 mg)"
            rf"|\(\s?{NUMBER}\s?{words.any('form')}\s?(?:à|a|zu|of|x)\s?{NUMBER}\s?{unit}\s?\)",
            re.IGNORECASE,
        )

    def blank(self, text: str) -> str:
        """Return the text with spaces for the package."""
        return self._found.sub(lambda found: " " * len(found[0]), text)
