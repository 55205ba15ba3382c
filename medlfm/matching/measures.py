"""Vital signs, laboratory values, ages and counts in raw text, in one unit each.

spo2 %, respiratory_rate and heart_rate per minute, systolic and diastolic mmHg, temperature °C, gcs points,
glucose mg/dl, lactate, potassium and sodium mmol/l, ph, hemoglobin g/dl, age years, gestation weeks, minutes, tablets,
paracetamol_grams g.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from medlfm.matching.phi.starts import Scanner
from medlfm.matching.quantities import NUMBER, number, vocabulary
from medlfm.matching.rules import Rule

__all__ = ["Measure", "MeasureFinder"]

_BETWEEN = r"[^\d\n.;,]{0,25}?"
_PAIR = r"(?<![\d./-])(?P<value>\d{2,3})\s?(?:/|over|zu|auf)\s?(?P<second>\d{2,3})(?![\d/]|\s?\.\d)"
_NUMBER = re.compile(NUMBER)
_DIGIT = re.compile(r"[\d½¼¾⅓⅔]")  # a number begins with one
_NUMBERED = r"(?!(?<=(?<![A-Za-z])[A-Z])\d(?![\d.,]))"  # "K1", "T4" are no values of K and T
_BEFORE = 30  # characters before a name that may say that it is another one
_SHORT = 3  # names up to this length ("K", "RR") stand right beside their number, in these capitals


@dataclass(frozen=True, slots=True)
class Measure:
    """A value at [start, end), name and number included."""

    name: str
    value: float
    start: int
    end: int


class MeasureFinder:
    """Finds what the rules with "measure" and "range" name; `before` and `after` are words around the number.

    "pair" makes two measures of "70/40"; "factor" is multiplied in; the rule with "numbers" holds numbers in words.
    "bare" is a pattern of a number that needs no name: "cough, 38.7, eats" is about a temperature. "unless" is one of
    the words before: "right ventricular pressure" is none of the arm.
    """

    def __init__(self, lang: str, rules: Sequence[Rule]) -> None:
        self.lang = lang
        self._words = {word: value for rule in rules for word, value in rule.get("numbers", {}).items()}
        spoken = rf"(?<!\w)(?:{'|'.join(self._words) or '(?!)'})(?!\w)"
        self._value = rf"(?P<value>{NUMBER}|{spoken})"
        self._spoken = re.compile(spoken, re.I)
        ranged = [rule for rule in rules if "range" in rule]
        after_name = [(rule, pattern) for rule in ranged for pattern in self._named(rule)]
        self._after_name = [rule for rule, _ in after_name]
        self._scanner = Scanner([pattern for _, pattern in after_name])
        self._at_value = [(rule, pattern) for rule in ranged for pattern in self._valued(rule)]
        self._any_at_value = re.compile("|".join(self._all_valued(ranged)) or r"(?!)", re.I)
        self._unless = {rule["id"]: re.compile(rule["unless"], re.I) for rule in ranged if "unless" in rule}
        self._bare = [(rule, re.compile(rule["bare"])) for rule in ranged if "bare" in rule]

    def _all_valued(self, rules: Sequence[Rule]) -> Iterator[str]:
        """Say what all the patterns of `_valued` find: most numbers are none of these."""
        value, pair = (re.sub(r"\?P<\w+>", "?:", pattern) for pattern in (self._value, _PAIR))
        if units := [unit for rule in rules if "pair" in rule for unit in rule["units"]]:
            yield rf"{pair}\s*{vocabulary(units)}"
        if words := [word for rule in rules for word in rule["after"]]:
            yield rf"{value}\s?-?{vocabulary(words)}"

    def _valued(self, rule: Rule) -> Iterator[re.Pattern[str]]:
        """Patterns that begin with the number; tried only where one stands."""
        if "pair" in rule and rule["units"]:
            yield re.compile(rf"{_PAIR}\s*(?P<unit>{vocabulary(rule['units'])})", re.I)
        if rule["after"]:
            yield re.compile(rf"{self._value}\s?-?(?P<unit>{vocabulary(rule['after'])})", re.I)

    def _named(self, rule: Rule) -> Iterator[re.Pattern[str]]:
        """Patterns that begin with a name."""
        unit = f"(?P<unit>{vocabulary(rule['units'])})" if rule["units"] else "(?P<unit>(?!))"
        long = [word for word in rule["before"] if len(word) > _SHORT]
        short = [word for word in rule["before"] if len(word) <= _SHORT]
        tail = rf"{self._value}(?!\s?[/-]\s?\d|[.,]?\d)(?:\s*{unit})?"
        if "pair" in rule:
            tail = rf"{_PAIR}(?:\s*{unit})?"
        if long:
            yield re.compile(rf"{vocabulary(long)}{_BETWEEN}{tail}", re.I)
        if short:
            yield re.compile(
                rf"(?-i:{vocabulary(short)}{_NUMBERED})[\s:=]{{0,3}}(?:of|is|was|von|bei|=|<|>|~|ca\.)?\s?{tail}", re.I
            )

    def find(self, text: str) -> list[Measure]:
        """Return the measures of a text, sorted by start; what lies outside the plausible range is left out."""
        found = {}
        named = self._scanner.find(text)
        matches = [(self._after_name[number], match) for number in sorted(named) for match in named[number]]
        for start in self._values(text):
            if self._any_at_value.match(text, start):
                valued = ((rule, pattern.match(text, start)) for rule, pattern in self._at_value)
                matches += [(rule, match) for rule, match in valued if match]
        matches += [(rule, match) for rule, pattern in self._bare for match in pattern.finditer(text)]
        for rule, match in matches:
            unless = self._unless.get(rule["id"])
            if unless and unless.search(text, max(0, match.start() - _BEFORE), match.start()):
                continue
            for measure in self._read(rule, match):
                found[measure.name, measure.end] = measure
        return sorted(found.values(), key=lambda measure: (measure.start, measure.name))

    def _values(self, text: str) -> Iterator[int]:
        """Where numbers begin, those in words last."""
        place = _DIGIT.search(text)
        while place:
            value = _NUMBER.match(text, place.start())
            if value:
                yield value.start()
            place = _DIGIT.search(text, value.end() if value else place.end())
        for spoken in self._spoken.finditer(text):
            yield spoken.start()

    def _read(self, rule: Rule, match: re.Match[str]) -> Iterator[Measure]:
        low, high = rule["range"]
        names = rule.get("pair", [rule["measure"]])
        written = [match["value"], *([match["second"]] if len(names) == 2 else [])]
        for name, text in zip(names, written, strict=True):
            value = self._words.get(text.lower(), None)
            value = number(text, self.lang) if value is None else float(value)
            if low <= value <= high:
                value = _converted(name, value, (match.groupdict().get("unit") or "").lower()) * rule.get("factor", 1)
                yield Measure(name, round(value, 4), match.start(), match.end())


def _converted(name: str, value: float, unit: str) -> float:
    """Bring a value to the unit of the module's head; without a unit, the plausible one is taken."""
    if name == "temperature" and (unit.startswith("f") or value > 45):
        return (value - 32) / 1.8
    if name == "glucose" and (unit.startswith("mmol") or (not unit and value < 20)):
        return value * 18
    if name == "hemoglobin":
        return value * 1.61 if unit == "mmol/l" else value / 10 if unit == "g/l" or value > 30 else value
    return value
