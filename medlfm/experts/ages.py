"""The age of the patient that a text is about, where it says one."""

from __future__ import annotations

import re

__all__ = ["age_in"]

_YEARS = {"d": 1 / 365, "w": 7 / 365, "m": 1 / 12, "y": 1.0}
_UNIT = (
    r"(?P<{0}>years?|yrs?|y|months?|mths?|mo|m|weeks?|wks?|wk|w|days?|d|"
    r"jahren?|jahre|jahr|j|lj|monate?n?|mon|wochen?|wo|tagen?|tage?|lt|lw|lm)"
)
_NUMBER = r"(?P<n{0}>\d{{1,3}})(?:[.,]\d)?"
_PATTERNS = [
    # 3-year-old, 6 day old, 4 y/o, 17 Monate alt, 5-jährige, 7 wk old
    _NUMBER.format(1) + r"[\s-]*" + _UNIT.format("u1") + r"\.?(?:[\s-]*old\b|/o\b|\s+alt(?:e[rsnm]?)?\b|\s+of\s+age\b)",
    _NUMBER.format(2) + r"[\s-]*(?P<u2>monatig|woechig|wöchig|taegig|tägig|jaehrig|jährig)",
    # 34M, 72F
    r"(?<![\d.,])(?P<n3>\d{1,3})(?P<u3>)[MFmfw]\b(?![.:])",
    # aged 4, my son (7), Tochter, 3, Kind von 5 Jahren
    r"(?:\baged|\bage|\balter|\bim alter von)\s(?P<n4>\d{1,3})(?P<u4>)\b",
    r"\b(?:son|daughter|boy|girl|child|kid|baby|infant|grandson|granddaughter|niece|nephew|brother|sister|"
    r"sohn|tochter|junge|mädchen|kind|enkel|enkelin|bruder|schwester|neffe|nichte|säugling|sgl\.?)\s?[,(]\s?"
    r"(?P<n5>\d{1,3})(?P<u5>)(?=\s?[,).])",
    r"\b(?:is|are|ist|bin|wird|am|just turned|noch keine)\s+(?:erst |only |just |gerade |now )?"
    + _NUMBER.format(6)
    + r"\s+"
    + _UNIT.format("u6")
    + r"\b",
    # in notes: ", 4 y,"  "4 J.,"  "9 mo" between commas or at the end; "7. LT"
    r"(?:^|[,;:(]\s?|\b[mfw]\s)" + _NUMBER.format(7) + r"\s?" + _UNIT.format("u7") + r"\b\.?(?=\s?(?:[,;:.?)]|$))",
    r"\b(?P<n8>\d{1,3})\.\s?(?P<u8>lt|lw|lm|lj|lebenstag|lebenswoche|lebensmonat|lebensjahr)",
    r"\b(?P<n9>\d{1,2})(?P<u9>\s?j)\.(?!\w)",
    # a year's age that stands alone between commas
    r"(?:woman|man|male|female|frau|mann|patient(?:in)?|pat\.)\s?[,(]?\s?(?P<n10>\d{1,3})(?P<u10>)\b(?!-|\s?[%/]|\s?m?g)",
]
_AGES = [re.compile(pattern, re.IGNORECASE) for pattern in _PATTERNS]
# a time, not an age
_NOT = re.compile(
    r"\b(?:seit|since|for|vor|after|nach|every|alle|über|over|within|in|for the last|past)\s*(?:\w+\s)?$", re.IGNORECASE
)
_AGO = re.compile(r"\.?\s*(?:ago|after|post|later|nach|später|lang|long)\b", re.IGNORECASE)


def age_in(text: str) -> float | None:
    """Return the first age that a text states, in years."""
    for pattern in _AGES:
        for match in pattern.finditer(text):
            if not _NOT.search(text[: match.start()]) and not _AGO.match(text[match.end() :]):
                return _years(match)
    return None


def _years(match: re.Match[str]) -> float:
    groups = {name: value for name, value in match.groupdict().items() if value is not None}
    number = next(int(value) for name, value in groups.items() if name.startswith("n"))
    unit = next(value for name, value in groups.items() if name.startswith("u")).strip().lower()
    return number * _YEARS[_letter(unit)]


def _letter(unit: str) -> str:
    if unit.startswith(("d", "t", "lt", "lebenstag")):
        return "d"
    if unit.startswith(("w", "lw", "lebenswoche")):
        return "w"
    if unit.startswith(("m", "lm", "lebensmonat")):
        return "m"
    return "y"
