"""Reading the dates that PHI detection finds, and writing them moved in the form they had."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

from medlfm.matching.rules import shipped_rules
from medlfm.settings import LANGUAGES

__all__ = ["find_year", "shift_date", "shift_day"]

_PART = re.compile(r"\d+|[^\W\d_]+")
_COMPACT = re.compile(r"((?:19|20)\d\d)(\d\d)(\d\d)((?:\d{4}|\d{6})?)")
_DAY_ALONE = re.compile(r"(\d{1,2})\.?(?:st|nd|rd|th)?")
_ORDINAL = {1: "st", 2: "nd", 3: "rd", 21: "st", 22: "nd", 23: "rd", 31: "st"}
_MIDDLE = 15  # the day that stands for a month without one
_LEAP_YEAR = 2000  # stands for a missing year, so that 29 February exists


@dataclass(frozen=True, slots=True)
class _Part:
    """A number or month name inside a date: role is "day", "month", "name", "year", "yy" or "ordinal"."""

    start: int
    end: int
    role: str
    value: int


@cache
def _months() -> dict[str, int]:
    return {
        name.casefold(): rule["month"]
        for lang in LANGUAGES
        for rule in shipped_rules(lang, "dates")
        for name in rule["names"]
    }


@cache
def _weekdays() -> dict[str, tuple[int, str, int]]:
    """Return the number of each name of a weekday, with its language and which of the names of that day it is."""
    return {
        name.casefold(): (rule["weekday"], lang, place)
        for lang in LANGUAGES
        for rule in shipped_rules(lang, "weekdays")
        for place, name in enumerate(rule["names"])
    }


def _weekday(text: str) -> tuple[str, str]:
    """Return the name of the weekday at the front of a date, and all behind it with what stands between."""
    word = _PART.match(text)
    if word and word[0].casefold() in _weekdays() and len(text) > word.end() and not text[word.end()].isalpha():
        return word[0], text[word.end() :]
    return "", text


def _moved_weekday(name: str, days: int) -> str:
    """Return the weekday so many days later, in the language and the form of the old one."""
    number, lang, form = _weekdays()[name.casefold()]
    names = next(rule["names"] for rule in shipped_rules(lang, "weekdays") if rule["weekday"] == (number + days) % 7)
    new: str = names[min(form, len(names) - 1)]
    return new.lower() if name.islower() else new.upper() if name.isupper() and len(name) > 2 else new


def find_year(text: str, *, today: date | None = None) -> int | None:
    """Return the year in a date; two digits are the latest such year that is not in the future."""
    text = _weekday(text)[1].lstrip(" .,")
    parts = _read(text, "en") or []
    for part in parts:
        if part.role == "year":
            return part.value
        if part.role == "yy":
            return _full_year(part.value, today or date.today())
    match = re.search(r"(?<!\d)(?:1[89]|20)\d\d(?!\d)", text)
    return int(match[0]) if match else None


def _full_year(value: int, today: date) -> int:
    year = today.year // 100 * 100 + value
    return year if year <= today.year else year - 100


def shift_date(text: str, days: int, lang: str, *, year: int | None = None) -> str | None:
    """Move a date by days and write it as it was written: order, separators, zeros, names of months, missing parts.

    year: the one to think of where the date has none. None where the date is not understood, or its parts would no
    longer fit together.
    """
    name, rest = _weekday(text)
    if name:
        moved_rest = shift_date(rest.lstrip(" .,"), days, lang, year=year)
        between = rest[: len(rest) - len(rest.lstrip(" .,"))]
        return None if moved_rest is None else _moved_weekday(name, days) + between + moved_rest
    parts = _read(text, lang)
    if not parts:
        return None
    by_role = {part.role: part.value for part in parts}
    known_year = by_role.get("year")
    if known_year is None and "yy" in by_role:
        known_year = _full_year(by_role["yy"], date.today())
    month = by_role.get("month", by_role.get("name"))
    if month is None:
        return None
    moved = []
    for day in [part.value for part in parts if part.role == "day"] or [_MIDDLE]:
        try:
            moved.append(date(known_year or year or _LEAP_YEAR, month, day) + timedelta(days=days))
        except (ValueError, OverflowError):
            return None
    if len({(item.year, item.month) for item in moved}) != 1:
        return None
    return _write(text, parts, moved, lang)


def shift_day(text: str, following: str, days: int, lang: str, *, year: int | None = None) -> str | None:
    """Move a day without its month ("12." in "12.-14.5.2024") by the date that follows.

    It keeps its form where both fall into one month again; else the whole date is written. None where it can't be done.
    """
    day = _DAY_ALONE.fullmatch(text)
    parts = _read(following, lang)
    first = next((part for part in parts or () if part.role == "day"), None)
    if not day or not first:
        return None
    whole = following[: first.start] + day[1] + following[first.end :]
    moved, beside = (shift_date(each, days, lang, year=year) for each in (whole, following))
    if moved is None or beside is None:
        return None
    read = [{part.role: part for part in _read(each, lang) or ()} for each in (moved, beside)]
    same = all(
        {role: part.value for role, part in read[0].items() if role != "day"}.get(role) == part.value
        for role, part in read[1].items()
        if role != "day"
    )
    number = read[0]["day"]
    ending = text[len(day[1]) :]
    if ending.isalpha():
        ending = _ORDINAL.get(number.value, "th")
    return moved[number.start : number.end] + ending if same else moved


def _write(text: str, parts: list[_Part], moved: list[date], lang: str) -> str:
    padded = any(text[part.start] == "0" for part in parts if part.role in ("day", "month"))
    pieces, position, days = [], 0, iter(moved)
    day = moved[0]
    for part in parts:
        if part.role == "day":
            day = next(days)
        pieces += [text[position : part.start], _rewritten(part, text[part.start : part.end], day, lang, padded=padded)]
        position = part.end
    return "".join([*pieces, text[position:]])


def _rewritten(part: _Part, old: str, day: date, lang: str, *, padded: bool) -> str:
    if part.role in ("day", "month"):
        number = day.day if part.role == "day" else day.month
        return f"{number:02d}" if padded else str(number)
    if part.role == "name":
        return _month_name(day.month, old, lang)
    if part.role == "ordinal":
        return _ORDINAL.get(day.day, "th")
    return f"{day.year:04d}" if part.role == "year" else f"{day.year % 100:02d}"


def _month_name(month: int, old: str, lang: str) -> str:
    """Return the name of a month in the language and the form (long, short, capitals) of the old one."""
    for each in (lang, *LANGUAGES):
        names: dict[int, list[str]] = {rule["month"]: rule["names"] for rule in shipped_rules(each, "dates")}
        if any(old.casefold() == name.casefold() for forms in names.values() for name in forms):
            break
    short = [name for name in names[month] if len(name) <= 4]
    was_short = not any(old.casefold() == forms[0].casefold() for forms in names.values())
    new = short[0] if was_short and short else names[month][0]
    return new.upper() if old.isupper() else new.lower() if old.islower() else new


def _read(text: str, lang: str) -> list[_Part] | None:
    """Split a date into its parts, in order; None where it is not understood."""
    if match := _COMPACT.fullmatch(text):
        return [
            _Part(0, 4, "year", int(match[1])),
            _Part(4, 6, "month", int(match[2])),
            _Part(6, 8, "day", int(match[3])),
        ]
    found = [(match.start(), match.end(), match[0]) for match in _PART.finditer(text)]
    numbers = [item for item in found if item[2].isdigit()]
    name = next(
        (
            item
            for item in found
            if item[2].casefold().removesuffix("s") in _months() or item[2].casefold() in _months()
        ),
        None,
    )
    parts = _named(text, found, name) if name else _numeric(text, numbers, lang)
    return sorted(parts, key=lambda part: part.start) if parts else None


def _named(text: str, found: list[tuple[int, int, str]], name: tuple[int, int, str]) -> list[_Part] | None:
    folded = name[2].casefold()
    parts = [_Part(name[0], name[1], "name", _months().get(folded) or _months()[folded.removesuffix("s")])]
    for start, end, value in found:
        if value.isdigit():
            number = int(value)
            quoted = text[max(0, start - 1) : start] == "'"
            if len(value) == 4:
                parts.append(_Part(start, end, "year", number))
            elif len(value) <= 2 and not quoted and 1 <= number <= 31 and not _is_year(text, start, name):
                parts.append(_Part(start, end, "day", number))
            elif len(value) == 2:
                parts.append(_Part(start, end, "yy", number))
            else:
                return None
        elif value.casefold() in ("st", "nd", "rd", "th") and parts and text[start - 1 : start].isdigit():
            parts.append(_Part(start, end, "ordinal", 0))
        elif (start, end, value) != name and value.casefold() in _months():
            return None
    return parts


def _is_year(text: str, start: int, name: tuple[int, int, str]) -> bool:
    """Whether two digits after the name of a month are a year: a day stands before it (3. März 20)."""
    return start > name[1] and any(char.isdigit() for char in text[: name[0]])


def _numeric(text: str, numbers: list[tuple[int, int, str]], lang: str) -> list[_Part] | None:
    if len(numbers) not in (2, 3) or re.search(r"[^\d\s./'-]", text):
        return None
    values = [int(value) for _, _, value in numbers]
    lengths = [len(value) for _, _, value in numbers]
    if len(numbers) == 3:
        if lengths[0] == 4:
            roles = ["year", "month", "day"]
        else:
            day_first = lang == "de" or (values[0] > 12 and values[1] <= 12)
            roles = [*(["day", "month"] if day_first else ["month", "day"]), "year" if lengths[2] == 4 else "yy"]
    elif lengths[1] == 4:
        roles = ["month", "year"]
    elif "/" in text and (lang == "de" or values[1] > 31):
        roles = ["month", "yy"]
    else:
        roles = ["day", "month"] if lang == "de" or values[0] > 12 else ["month", "day"]
    parts = [_Part(s, e, role, value) for (s, e, _), role, value in zip(numbers, roles, values, strict=True)]
    fits = all(1 <= p.value <= {"day": 31, "month": 12}.get(p.role, 9999) or p.role == "yy" for p in parts)
    return parts if fits else None
