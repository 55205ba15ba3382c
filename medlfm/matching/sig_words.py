"""The vocabulary of directions in one language: what the words of an order mean, and how they are written."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from medlfm.matching.quantities import RANGE, number, upper_number, vocabulary
from medlfm.matching.rules import Rule

__all__ = ["Reading", "Words"]

Amount = dict[str, Any]

_VALUED = ("form", "route", "frequency", "repeated", "number", "ordinal", "period", "weekday", "month")
_MONTH_DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_LEXICON = ("known", "compound", "shared", "dotted-name", "no-typo")  # for the finder of orders


class Words:
    """The rules with a "type", by type.

    With a value: unit, form, route, frequency (times a day; frequency-last: only at the end or before "last-before"),
    number, ordinal, period (days), weekday (1 to 7). Lists: prn, occasion ("bei Fieber": as needed; also one of "when"
    before a "symptom", unless "suspend" follows: "bei Durchfall pausieren"), purpose ("for sleep": as needed where no
    frequency is told), nothing ("mittags nichts"), over (with hours no duration: "über 24 h"), maximum, divided, doses,
    for, indication, every, always and on-days ("immer montags"), through ("Monday through Friday"), pause ("Sa/So
    Pause"), times, multiple ("2 x 500 mg" is twice the amount), bolus, size ("large tablets"), modifier (words of a
    product's name: "retard"), measure (units of no dose), after, ago, not-duration (what is no duration: "in 2 weeks",
    "3 days old"), course and day-word ("day 3 of 14"), total, daytime and and ("um 8 und 20 Uhr"), next (what comes
    later: "then 20 mg"; "by" ends a step: "alle 3 Tage um 5 mg"), changed ("increased to"; also "from" 9 "up-to" 6 mg),
    no-product (capitalised words that name no product), no-direction ("oral contraceptives", "water pill"), an-hour
    ("125 ml per hour"), supply ("60 pill prescription"), laboratory.
    apart and apart-after ("at least 6 hours apart": at most so often), month and including ("vom 3. Mai bis einschl.
    9. Mai"), also ("zusätzlich 20 mg": what comes later), handled (what is said of a drug only: "stopped").
    "implied" words tell a route by the form ("syrup" is oral), also at the end of a compound; "implied-by-class" those
    of drugs of some ATC codes.
    """

    def __init__(self, lang: str, rules: Sequence[Rule]) -> None:
        self.lang = lang
        self._rules = [rule for rule in rules if rule["type"] not in _LEXICON]
        self.dotted = tuple(word.lower() for rule in self._rules for word in rule["words"] if word.endswith("."))
        self._named = {kind: [(_pattern(rule), rule) for rule in self.of(kind)] for kind in _VALUED}
        self._named["frequency"] += [(_pattern(rule), rule) for rule in self.of("frequency-last")]
        self.units = {word.lower(): rule["value"] for rule in self.of("unit") for word in rule["words"]}
        self.unit_pattern = self._unit_pattern()
        self._form = re.compile(self.any("form"), re.I)
        drops = [word for rule in self.of("form") if rule["value"] == "drop" for word in rule["words"]]
        self._drops = re.compile(vocabulary(drops) if drops else "(?!)", re.I)
        self._daypart = re.compile(f"{self.any('daypart-end')}|{self.any('daypart')}", re.I)
        self._unit = re.compile(self.unit_pattern, re.I)
        self._number_and_unit = re.compile(rf"(?P<value>{RANGE})(?P<rest>.*)", re.I | re.S)

    def of(self, kind: str) -> list[Rule]:
        """Return the rules of one type."""
        return [rule for rule in self._rules if rule["type"] == kind]

    def any(self, kind: str) -> str:
        """Return a pattern for the words of one type; it matches nothing where there are none."""
        return vocabulary(word for rule in self.of(kind) for word in rule["words"]) if self.of(kind) else "(?!)"

    def _unit_pattern(self) -> str:
        """Match a unit with a name, of millions perhaps, which alone are units of activity ("1,2 Mega")."""
        names = "|".join(re.escape(word) for word in sorted(self.units, key=len, reverse=True))
        unit = f"(?:{names})(?![^\\W\\d_])"
        return rf"(?:(?P<million>{self.any('million')})\s?(?P<milli_unit>{unit})?|(?P<unit>{unit}))"

    def is_name(self, word: str) -> bool:
        """Whether a word is none of the directions: the name of a drug, perhaps."""
        return not any(pattern.fullmatch(word) for items in self._named.values() for pattern, _ in items)

    def rule(self, kind: str, written: str) -> Rule:
        """Return the rule that a form belongs to."""
        return next(rule for pattern, rule in self._named[kind] if pattern.fullmatch(written.strip()))

    def dayparts(self, written: str) -> int:
        """Return how many times of day a list names."""
        return len(self._daypart.findall(written))

    def ordinal(self, written: str) -> float:
        """Return the number of "every third day"; 1 where none is named."""
        return float(next((rule["value"] for pattern, rule in self._named["ordinal"] if pattern.search(written)), 1))

    def weekday(self, written: str) -> int:
        """Return 1 to 7, or 0 for another word."""
        return int(next((rule["value"] for pattern, rule in self._named["weekday"] if pattern.fullmatch(written)), 0))

    def goes_on(self, text: str) -> bool:
        """Whether the days between two are meant, too: "Monday through Friday"."""
        return re.fullmatch(rf"\s*{self.any('through')}\s*", text, re.I) is not None

    def counts_drops(self, text: str) -> bool:
        """Whether a text names drops, which are counted then: "Tr. 5-5-10"."""
        return self._drops.search(text) is not None

    def form(self, text: str) -> str | None:
        """Return the form that a text names ("Macrogol Beutel 1-0-1"), or None."""
        found = self._form.search(text)
        return str(self.rule("form", found[0])["value"]) if found else None

    def count(self, written: str) -> float:
        """Read a number in digits or in words, the upper end of a range."""
        if any(character.isdigit() or character in "½¼¾" for character in written):
            return upper_number(written, self.lang)
        return float(self.rule("number", written)["value"])

    def days(self, written: str) -> float:
        """Return the length of a period; what has no rule is an hour."""
        written = written.strip()
        if written.startswith("24"):
            return 1.0
        return next((rule["value"] for pattern, rule in self._named["period"] if pattern.fullmatch(written)), 1 / 24)

    def between(self, first: str, last: str) -> float | None:
        """Return the days from one date to another, both counted; None for what is no date.

        Without a year it is the next such day. The shorter of "4/3 - 10/3" and the same with the month first.
        """
        lengths = [
            (end - start) % 365 + 1
            for flip in (False, True)
            if (start := self._day(first, flip=flip)) and (end := self._day(last, flip=flip))
        ]
        return float(min(lengths)) if lengths else None

    def _day(self, written: str, *, flip: bool) -> int | None:
        """Return the day of the year; flip: the month stands before the day, which only slashes leave open."""
        numbers = [int(item) for item in re.findall(r"\d+", written)]
        named = next((rule["value"] for pattern, rule in self._named["month"] if pattern.search(written)), None)
        if flip and (named or "/" not in written):
            return None
        day, month = (numbers[0], named) if named else (numbers[1], numbers[0]) if flip else (numbers[0], numbers[1])
        if not (1 <= month <= 12 and 1 <= day <= 31):
            return None
        return sum(_MONTH_DAYS[: month - 1]) + day

    def scaled(self, value: float, written: str) -> Amount:
        """Return an amount in the unit that was written, millions multiplied out."""
        parts = self._unit.fullmatch(written.strip())
        assert parts is not None
        named = parts["unit"] or parts["milli_unit"]
        unit = self.units[named.lower()] if named else "IU"
        return {"value": value * (1e6 if parts["million"] else 1), "unit": unit, "per_kg": False}

    def amount(self, found: re.Match[str]) -> Amount:
        """Read an amount; "per" is what stands after its slash, "volume" the millilitres that hold it."""
        parts = self._number_and_unit.fullmatch(found["amount"])
        assert parts is not None
        unit = re.search(rf"{self.unit_pattern}$", parts["rest"], re.I)
        assert unit is not None
        scaled = self.scaled(upper_number(parts["value"], self.lang), unit[0])
        amount = {**scaled, "per_kg": bool(found["kg"]), "place": found.span()}
        per = "h" if found["hourly"] else (found["per"] or "").lower()
        if per.endswith("ml"):
            amount["volume"] = number(per[:-2].strip() or "1", self.lang)
        elif per == "min":
            amount["unit"] += "/min"
        elif per and per not in ("dose", "ed"):
            days = 1.0 if per.startswith("24") else self.days(per)
            amount |= {"unit": amount["unit"] + "/h"} if days < 1 else {"days": days}
        return amount


class Reading:
    """The words around a name; what has been read is blanked out, so that nothing is read twice."""

    def __init__(
        self, before: str, after: str, patterns: dict[str, re.Pattern[str]], kinds: frozenset[str] | None = None
    ) -> None:
        self._kinds = frozenset(patterns) if kinds is None else kinds
        self._after = len(before) + 1
        self._left = self.said = f"{before}\n{after}"
        self._patterns = patterns

    @property
    def before(self) -> str:
        """What is left of the words before the name."""
        return self._left[: self._after - 1].rstrip()

    def has(self, name: str) -> bool:
        """Whether something of that kind is left."""
        return name in self._kinds and self._patterns[name].search(self._left) is not None

    def take(self, name: str, group: str = "") -> re.Match[str] | None:
        """Read the first of that kind, or only a group of it."""
        return self._blank(self._patterns[name].search(self._left), group) if name in self._kinds else None

    def find_all(self, name: str) -> list[re.Match[str]]:
        """Find all of that kind and leave them."""
        return list(self._patterns[name].finditer(self._left)) if name in self._kinds else []

    def take_all(self, name: str) -> list[re.Match[str]]:
        """Read all of that kind, in their order."""
        return list(iter(lambda: self.take(name), None))

    def take_bare(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """Read a number without a unit, right after the name only; "Turbohaler" before it may tell more."""
        found = pattern.match(self._left, self._after)
        return self._blank(found, next(name for name, value in found.groupdict().items() if value) if found else "")

    def _blank(self, found: re.Match[str] | None, group: str = "") -> re.Match[str] | None:
        if found:
            start, end = found.span(group or 0)
            self._left = f"{self._left[:start]}{' ' * (end - start)}{self._left[end:]}"
        return found


def _pattern(rule: Rule) -> re.Pattern[str]:
    return re.compile(vocabulary(rule["words"]), re.I)
