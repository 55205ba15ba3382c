"""What a prescription says of the package ("N2", "PZN 01234567", "98 St", "#30"), which is no direction."""

from __future__ import annotations

import re

from medlfm.matching.quantities import NUMBER, RANGE
from medlfm.matching.sig_words import Words

__all__ = ["Packages"]


class Packages:
    """Blanks out what is said of the package, so that its numbers are taken for no dose; offsets stay."""

    def __init__(self, words: Words) -> None:
        unit = re.sub(r"\?P<\w+>", "?:", words.unit_pattern)
        size, pieces, form = (words.any(kind) for kind in ("package", "package-count", "form"))
        count = rf"{NUMBER}\s?(?:{pieces}|{form}|ml\b)"
        self._found = re.compile(
            rf"(?<![\d,.]){count}\s+(?={size})"
            rf"|{size}(?:[\s.:#]*(?:\d+|[IVXL]+)\b)?(?:\s*\(?[1-9]\d{{1,2}}\s?(?:{pieces}|{form})\)?)?"
            rf"|\(\s?{NUMBER}\s?{pieces}\s?\)|{NUMBER}\s?-?{form}\s+{words.any('supply')}"
            r"|#\s?\d+\b"
            # "1 g (2 Tbl. à 500 mg)"
            rf"|\(\s?{NUMBER}\s?{form}\s?(?:à|a|zu|of|x)\s?{NUMBER}\s?{unit}\s?\)"
            rf"|\(\s?{NUMBER}\s?{unit}\s{words.any('total')}\s?\)"
            # "10 mg (4 x 2.5 mg tabs)"
            rf"|(?P<kept>{NUMBER}\s?{unit}\s*)\(\s?\d+\s?[x×]\s?{NUMBER}\s?{unit}(?:\s?{form})?\s?\)"
            # "Spiegel 12 mg/l"
            rf"|{words.any('laboratory')}\s*(?:[:=]|von\b|of\b)?\s*{RANGE}(?:\s?{unit}(?:/(?:d?l|ml)\b)?)?",
            re.IGNORECASE,
        )

    def blank(self, text: str) -> str:
        """Return the text with spaces for the package."""
        return self._found.sub(lambda found: (found["kept"] or "").ljust(len(found[0])), text)
