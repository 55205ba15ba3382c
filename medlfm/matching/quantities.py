"""Numbers and units as they are written in clinical text: "0,5", "1.000", "1,000", "½", "1-2", "5 mg/kg KG".

Units are rules of the vocabulary (type "unit"), UCUM's spellings among them ("ug", "[iU]", "[drp]", "{tbl}"), and doses
are converted by a table of powers of ten in `safety/doses.py`. A library such as pint would add an import of its own,
take "U", "E" and "IE" for no unit or another one, and read neither "0,5" nor "5 mg/kg KG": what is needed of it is
exact and twelve lines long.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

__all__ = ["NUMBER", "RANGE", "number", "upper_number", "vocabulary"]

_FRACTIONS = {"½": 0.5, "¼": 0.25, "¾": 0.75, "⅓": 1 / 3, "⅔": 2 / 3}
_THOUSANDS = {"de": re.compile(r"\d{1,3}(?:\.\d{3})+(?:,\d+)?"), "en": re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?")}

_SPACED = re.compile(r"\d{1,3}(?:\s\d{3})+")

# a number, as a pattern without groups; digits that belong to a longer number or a word are none
NUMBER = (
    r"(?<![\d.,])(?:\d+\s?[½¼¾⅓⅔]|[1-3] [1-3]/[2-4](?!\d)|\d{1,3}(?:[ \u202f](?:000|500))+(?!\d)"
    r"|(?<![^\W\d_])[½¼¾⅓⅔]|[1-3]/[2-4](?!\d)|\d+(?:[.,]\d+)*)"
)
RANGE = rf"{NUMBER}(?: ?(?:-|–|bis|to|or|oder) ?{NUMBER})?"


def number(text: str, lang: str) -> float:
    """Read one number. A dot before three digits divides thousands in German, unless the number begins with 0.

    The comma does in English. Either is a decimal mark where it can be nothing else. Raises ValueError for no number.
    """
    text = text.strip()
    if _SPACED.fullmatch(text):
        text = re.sub(r"\s", "", text)
    if text[-1:] in _FRACTIONS:
        return float(text[:-1] or 0) + _FRACTIONS[text[-1]]
    if "/" in text:
        whole, _, part = text.rpartition(" ")
        above, below = part.split("/")
        return float(whole or 0) + float(above) / float(below)
    if not text.startswith("0") and _THOUSANDS[lang].fullmatch(text):
        text = text.replace("." if lang == "de" else ",", "")
    if text.count(",") + text.count(".") > 1:
        text = text.replace("." if lang == "de" else ",", "")
    return float(text.replace(",", "."))


def upper_number(text: str, lang: str) -> float:
    """Read a number, or the upper end of a range: what is checked is the largest dose that an order allows."""
    return max(number(found, lang) for found in re.findall(NUMBER, text))


def vocabulary(words: Iterable[str]) -> str:
    """Build one pattern from written forms: the longest first, dots optional, whole words ("jährig*": any ending).

    "=DA" is matched as it is written, capitals and dots included.

    The case of the forms counts where the pattern is compiled without IGNORECASE.
    """
    forms: dict[str, list[str]] = {}
    for word in sorted(set(words), key=lambda item: (-len(item), item)):
        first = word[1] if word.startswith("=") else word[0]
        front = r"(?<!\d)" if first.isdigit() else ""
        forms.setdefault(first.lower() if first.isalpha() else "", []).append(front + _form(word))
    # by first letter, so that a search tries few forms at a place
    named = [f"(?=(?i:{letter}))(?:{'|'.join(own)})" for letter, own in sorted(forms.items()) if letter]
    parts = [rf"(?<![^\W\d_])(?:{'|'.join(named)})"] if named else []
    return f"(?:{'|'.join(parts + forms.get('', []))})"


def _form(word: str) -> str:
    """Return the pattern of one written form, but for its front."""
    if word.startswith("="):
        end = r"(?![^\W\d_])" if word[-1].isalpha() else ""
        return f"(?-i:{re.escape(word[1:])}){end}"
    body = re.escape(word.removesuffix("*")).replace(r"\.\ ", r"\.?\s?").replace(r"\ ", r"\s+")
    body = re.sub(r"\\\.(?!\?)", r"\\.?\\s?", body) if re.search(r"\w\.\w", word) else body.replace(r"\.", r"\.?")
    if word[-1].isdigit():
        return body + r"(?![^\W_])"  # "q4" is not the beginning of "q4w"
    tail = r"\w*" if word.endswith("*") else r"(?![^\W\d_])" if word[-1].isalpha() or word[-1] == "." else ""
    return body + tail
