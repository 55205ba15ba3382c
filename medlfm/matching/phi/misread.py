"""Signs that character recognition took for one another, put right for the search; the text keeps its length."""

from __future__ import annotations

import re

__all__ = ["mended"]

_ENOUGH = 3  # such words in a text that was read by a machine
# figures inside words: "E1sie", "0tto", "Apri1"; the figure first, which a search finds fast
_IN_WORD = re.compile(
    r"[01](?:(?<=[a-zäöüß].)(?=[a-zäöüß])|(?<=[A-ZÄÖÜ].)(?=[a-zäöüß]{2})|(?<![^\W_].)(?=[a-zäöüß]{2})|"
    r"(?<=[a-zäöüß]{3}1)(?![\w.,-]))"
)
# letters inside numbers: "O7.l0.2O23", "9l"
_IN_NUMBER = re.compile(r"(?<![^\W\dOIlZS_])(?=[OIlZS]*\d|[OIl][OIl]?[./] ?[\dO])[\dOIlZS]+(?![^\W_])")
_LETTERS = str.maketrans("01", "ol")
_FIGURES = str.maketrans("OIlZS", "01125")


def mended(text: str, *, sure: bool = False) -> str:
    """Return a text in which such words and numbers are readable; as it is where it has few of them, unless `sure`."""
    if not sure and len(_IN_WORD.findall(text)) < _ENOUGH:
        return text
    text = _IN_WORD.sub(lambda match: _letter(match, text), text)
    return _IN_NUMBER.sub(lambda match: match[0].translate(_FIGURES), text)


def _letter(match: re.Match[str], text: str) -> str:
    front = match.start() == 0 or not text[match.start() - 1].isalnum()
    letter = match[0].translate(_LETTERS)
    return letter.upper() if front and letter == "o" else letter
