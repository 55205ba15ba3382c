"""Fields whose meaning follows from their place: parts of names and addresses, timestamps, ids that others name."""

from __future__ import annotations

import re

from medlfm.deid.dates import shift_date
from medlfm.deid.replacer import Replacer, is_small_area
from medlfm.records.documents import Codes, Piece
from medlfm.records.documents.piece import is_timestamp

__all__ = ["replace_field"]

_UUID = re.compile(r"(?i)[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_DAY = re.compile(r"\d{4}-?\d\d-?\d\d|\d{4}-\d\d")


def replace_field(piece: Piece, replacer: Replacer, codes: Codes) -> tuple[str, str]:
    """Return the action taken and the new text; "" where nothing that the field's type allows is left."""
    if piece.part == "code":
        return "code", _code(piece.text, codes)
    action = replacer.policy.action(piece.label)
    if action == "keep" or piece.part == "state":
        return "keep", piece.text
    new: str | None = None
    if piece.part in ("timestamp", "instant", "year"):
        new = _date(piece, replacer, action)
    elif piece.label == "ADDRESS" and piece.part:
        new = _address(piece, replacer, action)
    elif piece.label == "NAME" and piece.part and action == "surrogate" and replacer.surrogates:
        new = replacer.surrogates.name_part(piece.text, given=piece.part == "given")
    else:
        action, new = replacer.apply(piece.label, piece.text)
    if new is None:
        action, new = "mask", f"[{piece.label}]"
    return action, "" if piece.typed and "[" in new else new


def _code(value: str, codes: Codes) -> str:
    code = codes.code(value)
    if _UUID.fullmatch(value):
        long = code + codes.code(value + "\0")
        return "-".join((long[:8], long[8:12], long[12:16], long[16:20], long[20:32]))
    return code


def _date(piece: Piece, replacer: Replacer, action: str) -> str | None:
    """Handle a timestamp: of one that must be exact, nothing is left where the year alone may stay."""
    if action == "year":
        year = replacer.year_of(piece.text[:4] if is_timestamp(piece.text) else piece.text) or "[DATE]"
        exact = piece.part == "instant" or (piece.typed and not year.isdigit())
        return "" if exact else year
    if action == "shift" and piece.part == "year":  # a year alone is no PHI, but for an age over 89
        return replacer.year_of(piece.text)
    day = _DAY.match(piece.text)
    if action == "shift" and day and replacer.surrogates:
        moved = shift_date(day[0], replacer.surrogates.shift_days, replacer.lang)
        return None if moved is None else moved + piece.text[day.end() :]
    return replacer.apply("DATE", piece.text)[1] if action != "shift" or not piece.typed else None


def _address(piece: Piece, replacer: Replacer, action: str) -> str | None:
    if action == "surrogate" and replacer.surrogates:
        return replacer.surrogates.address_part(piece.text, piece.part)
    if action == "town":
        return None if piece.part == "street" else piece.text
    if action == "zip3" and piece.part == "zip" and replacer.has_us_zips:
        match = re.fullmatch(r"(\d{3})\d{2}(?:-?\d{4})?", piece.text.strip())
        return None if match is None else "000" if is_small_area(match[1]) else match[1]
    return replacer.apply("ADDRESS", piece.text)[1] if action in ("pseudonym", "number") else None
