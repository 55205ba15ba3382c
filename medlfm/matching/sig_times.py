"""How often and how long: the intakes a day and the days that the directions of an order tell."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from medlfm.matching.quantities import NUMBER, number
from medlfm.matching.rules import Rule
from medlfm.matching.sig_words import Reading, Words

__all__ = ["read_duration", "read_frequency", "read_infusion"]

_PARTS = {"7": 1.0, "52": 7.0, "12": 30.0}  # "3/7": three days; "2/52": two weeks; "1/12": a month
_HOURLY = 24.01  # times a day
_ONCE = {"single", "once"}
_TIMES_OF_DAY = {"morning", "noon", "evening", "bedtime"}
_JOINED = re.compile(r"[,;+/&]|\b(?:und|u|and)\b", re.I)
_RANGED = re.compile(r"\s*[-–]\s*")


def read_infusion(reading: Reading, words: Words) -> float | None:
    """Return the hours in which an infusion runs: "über 30 min"; days are how long a drug is taken."""
    for found in reading.find_all("infused"):
        if (days := words.count(found["count"]) * words.days(found["period"])) <= 1 and words.days(found["period"]) < 1:
            return round(days * 24, 4)
    return None


def read_duration(reading: Reading, words: Words) -> float | None:
    """Return the days of "for a week" or "5/7"; hours are how long an infusion runs, not how long a drug is taken."""
    if dates := reading.take("dates"):
        return words.between(dates["first"] or dates["first_slashed"], dates["last"])
    if course := reading.take("course") or reading.take("days_listed"):
        return float(course["count"])
    if part := reading.take("duration_part"):
        return float(part["count"]) * _PARTS[part["part"]]
    reading.take_all("no_direction")
    reading.take_all("paused")
    reading.take_all("aside")
    found = reading.take("duration") or reading.take("duration_after")
    if found is None:
        return 1.0 if reading.take("first_day") else None
    return _lasting(found, words)


def _lasting(found: re.Match[str], words: Words) -> float | None:
    length = words.days(found["period"])
    days = words.count(found["count"]) * length
    infused = length < 1 and found.groupdict().get("over")  # "über 24 h"
    return days if days >= 1 and not infused else None


def read_frequency(
    reading: Reading, words: Words, counts: Sequence[float] | None, apart: re.Match[str] | None = None
) -> tuple[float | None, float | None, float | None]:
    """Return the intakes a day, the number of tablets in "3x1", and the days of a bare "5 Tage" after them."""
    parts = reading.take("parts")  # "mo/mi/ab", before "mo/mi" is read as Monday and Wednesday
    days = _weekdays(reading, words)
    if counts is not None:
        seldom = [often for found in reading.take_all("ordinal") if (often := _ordinal(found, words) or 1) < 1]
        seldom += [often for found in reading.take_all("every") if (often := _every(found, words) or 1) < 1]
        frequency: float | None = sum(count > 0 for count in counts) * (days or min(seldom, default=1.0))
        each = None
    else:
        frequency, each = _daily(reading, words)
        if apart and frequency is None:  # "at least 6 hours apart": at most so often
            frequency = 1 / (words.count(apart["count"]) * words.days(apart["period"]))
        frequency = max(frequency or 0.0, float(words.dayparts(parts[0]))) if parts else frequency
        if days is not None and (frequency is None or frequency >= 1):
            frequency = days * (frequency or 1.0)
    bare = reading.take("duration_bare")
    return frequency, each, _bare_days(bare, words)


def _bare_days(bare: re.Match[str] | None, words: Words) -> float | None:
    """Return the days of "5 Tage" or "7d" after the intakes; of hours none."""
    if bare is None or bare["glued"]:
        return float(bare["glued"]) if bare else None
    return _lasting(bare, words) if words.days(bare["period"]) >= 1 else None


def _weekdays(reading: Reading, words: Words) -> float | None:
    """The share of a week's days: "Mo/Mi/Fr", "jeden Freitag", "montags"."""
    named: set[int] = set()
    unnamed = 0
    lists = reading.take_all("weekdays")
    if len(lists) > 1 and re.search(r"\d", reading.said[lists[0].end() : lists[1].start()]):
        lists = lists[:1]  # "100 µg Mo-Fr, 112 µg Sa/So"
    for found in lists:
        listed = [*re.finditer(r"[^\W\d_]+", found["list"] or "")]
        days = [(item, day) for item in listed if (day := words.weekday(item[0]))]
        for (before, first), (after, last) in pairwise(days):
            between = found["list"][before.end() : after.start()]
            if _RANGED.fullmatch(between) or words.goes_on(between):
                named |= {(first + step - 1) % 7 + 1 for step in range((last - first) % 7 + 1)}
        named |= {day for _, day in days}
        unnamed += not found["list"]
    total = len(named) + unnamed
    return min(total, 7) / 7 if total else None


def _daily(reading: Reading, words: Words) -> tuple[float | None, float | None]:
    if clocks := reading.take("clocks"):
        return float(len(re.findall(r"\d+(?:[:.]\d\d)?", clocks[0]))), None
    reading.take_all("clock")
    if found := reading.take("ordinal"):
        return _ordinal(found, words), None
    if found := reading.take("every") or reading.take("hourly"):
        reading.take_all("frequency")
        return _every(found, words), None
    if found := reading.take("repeated"):
        reading.take_all("frequency")
        return words.rule("repeated", found["count"])["value"] / words.days(found["period"]), None
    if found := reading.take("times") or reading.take("a_day"):
        reading.take_all("frequency")  # "3x 1 Tbl. täglich": counted already
        each = found.groupdict().get("each")
        each = number(each, words.lang) if each else None
        return words.count(found["count"]) / (words.days(found["period"]) if found["period"] else 1), each
    said = reading.take_all("frequency")
    rules = [words.rule("frequency", found[0]) for found in said]
    return _said(
        [rule for rule, later in zip(rules, _same_evening(rules, said, reading), strict=True) if not later]
    ), None


def _ordinal(found: re.Match[str], words: Words) -> float | None:
    nth = float(found["nth"]) if found["nth"] else words.ordinal(found[0])
    return _plan(1 / (nth * (words.days(found["period"]) if found["period"] else 1)))


def _every(found: re.Match[str], words: Words) -> float | None:
    # the shorter interval of a range is the higher frequency
    numbers = [number(item, words.lang) for item in re.findall(NUMBER, found["count"])]
    shortest = min(numbers) if numbers else words.count(found["count"])
    return _plan(1 / (shortest * words.days(found["period"]))) if shortest else None


def _plan(often: float) -> float | None:
    """Return the intakes a day; "every 5 minutes" is no plan for a day."""
    return often if often <= _HOURLY else None


def _same_evening(rules: Sequence[Rule], said: Sequence[re.Match[str]], reading: Reading) -> list[bool]:
    """Which words say again what another did: "abends 1 Tbl. zur Nacht" is one intake, "abends und zur Nacht" two."""
    names = [rule["id"].split(".")[1] for rule in rules]
    again = [False] * len(names)
    for place, ((before, one), (after, other)) in enumerate(pairwise(zip(said, names, strict=True))):
        if (one, other) == ("evening", "bedtime") and not _JOINED.search(reading.said, before.end(), after.start()):
            again[place] = True
    return again


def _said(rules: Sequence[Rule]) -> float | None:
    names = {rule["id"].split(".")[1] for rule in rules}
    if names == {"once"} or ("single" in names and names <= _ONCE | _TIMES_OF_DAY):
        return None
    rules = [rule for rule in rules if rule["id"].split(".")[1] not in _ONCE]
    names -= _ONCE
    if "workdays" in names:  # "100 werktags, am Wochenende 75"
        rules = [rule for rule in rules if rule["id"] != "frequency.weekends"]
    if names & _TIMES_OF_DAY and names <= _TIMES_OF_DAY | {"daily"}:
        return float(len(names & _TIMES_OF_DAY))
    # "once a week, at bedtime": the slower word tells; else the one that says more than "daily" or "with meals"
    values = [float(rule["value"]) for rule in rules if names == {"meals"} or not rule["id"].endswith(".meals")]
    return (min(values) if min(values) < 1 else max(values)) if values else None
