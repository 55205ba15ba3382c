"""Reading the directions of an order ("1 Tbl. 3x tgl. b. B. für 5 Tage"), apart from the drug they are for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from medlfm.matching.quantities import NUMBER, RANGE, number, upper_number, vocabulary
from medlfm.matching.rules import Rule

__all__ = ["Sig"]

Amount = dict[str, Any]

_QUARTER = r"(?:[1-3]/[2-4]|\d{1,2}(?:[.,]\d+)?|[½¼¾])"
_SCHEDULE = rf"(?<![\d.,/-]){_QUARTER}(?:\s?[-–]\s?{_QUARTER}){{2,3}}(?![\d/-])"
_MEASURED = (
    r"\s*(?:[:=]|von|of|was|is)?\s*\d+(?:[.,]\d+)?\s*(?:mg/dl|mmol/l|[nuμµ]g/m?l|g/dl|mval/l|meq/l|mg/l|nmol/l|U/l)\b"
)
_COUNTED = ("puff", "drop")  # forms that are a dose where no strength is given
_PARTS = {"7": 1.0, "52": 7.0, "12": 30.0}  # "3/7": three days; "2/52": two weeks; "1/12": a month
_ALOOF = 3  # words that are no directions, after which an order has ended
_TIMES_OF_DAY = {"morning", "noon", "evening", "bedtime"}


class Sig:
    """The vocabulary of directions in one language, compiled; rules are those with a "type".

    Types with a value: unit, form, route, frequency (times a day), number, period (days). Lists: prn, occasion ("bei
    Fieber": as needed), maximum, divided, doses, for, indication, every, times, bolus, laboratory, and, for the finder
    of orders, known and compound.
    "implied" words tell a route by the form ("syrup" is oral), also at the end of a compound.
    """

    def __init__(self, lang: str, rules: Sequence[Rule]) -> None:
        self.lang = lang
        self._rules = [rule for rule in rules if rule["type"] not in ("known", "compound")]
        self._dotted = tuple(word.lower() for rule in self._rules for word in rule["words"] if word.endswith("."))
        self._named = {
            kind: [(re.compile(vocabulary(rule["words"]), re.I), rule) for rule in self._of(kind)]
            for kind in ("form", "route", "frequency", "number", "period")
        }
        self._implied = {
            rule["value"]: re.compile(rf"(?:{'|'.join(map(re.escape, rule['words']))})(?![^\W\d_])", re.I)
            for rule in self._of("implied")
        }
        self._units = {word.lower(): rule["value"] for rule in self._of("unit") for word in rule["words"]}
        self._compile()

    def _of(self, kind: str) -> list[Rule]:
        return [rule for rule in self._rules if rule["type"] == kind]

    def _any(self, kind: str) -> str:
        return vocabulary(word for rule in self._of(kind) for word in rule["words"]) if self._of(kind) else "(?!)"

    def _compile(self) -> None:
        unit = f"(?:{'|'.join(re.escape(word) for word in sorted(self._units, key=len, reverse=True))})(?![^\\W\\d_])"
        self._number_and_unit = re.compile(rf"(?P<value>{RANGE})(?:/{NUMBER})*\s{{0,2}}-?(?P<unit>{unit})", re.I)
        amount = rf"{RANGE}(?:/{NUMBER})*\s{{0,2}}-?{unit}"
        period, form = f"(?P<period>{self._any('period')})", f"(?P<form>{self._any('form')})"
        count = rf"(?P<count>{RANGE}|{self._any('number')})"
        per = (
            rf"(?:\s?/\s?(?P<kg>kg)(?:\s?KG)?\b)?"
            rf"(?:\s?/\s?(?P<per>(?:\d+\s?)?ml|min|{self._any('period')}|dose|ED)(?![^\W\d_]))?"
        )
        times = rf"\s*-?{self._any('times')}(?![^\W\d_])\s*"
        patterns = {
            "maximum": rf"{self._any('maximum')}\s*:?\s*(?P<amount>{amount}){per}",
            "divided": rf"{self._any('divided')}\s*{count}\s*{self._any('doses')}",
            "schedule": _SCHEDULE,
            "duration": rf"{self._any('for')}\s*{count}\s*-?{period}",
            "duration_after": rf"{count}\s*{period}\s+lang\b",
            "duration_part": r"(?<![\d/.,])(?P<count>\d{1,2})/(?P<part>7|52|12)(?![\d/])",
            "duration_bare": rf"(?<![\d.,/-]){count}\s+{period}(?=\s*(?:[.,;)]|$))",
            "bolus": self._any("bolus"),
            "occasion": self._any("occasion"),
            "every": rf"{self._any('every')}\s*(?P<count>{RANGE})\s*-?\s*{period}",
            "hourly": rf"(?P<count>{NUMBER})\s*-?\s*(?P<period>hourly|stdl\b\.?|stündlich\w*)",
            "amount": rf"(?P<amount>{amount}){per}",
            "times": rf"{count}{times}(?:/|per\b|pro\b|am\b|an?\b|die\b|every\b)?\s*{period}?"
            rf"(?:(?P<each>{NUMBER})(?![\d.,]|\s*-?{unit}))?",
            "frequency": self._any("frequency"),
            "quantity": rf"{count}\s*{form}",
            "prn": self._any("prn"),
            "route": self._any("route"),
            "indication": rf"{self._any('indication')}\s+(?!\d)(?P<what>[^\W\d_]+(?:[ -][^\W\d_]+)?)",
        }
        self._patterns = {name: re.compile(pattern, re.I) for name, pattern in patterns.items()}
        self._laboratory = re.compile(rf"{_MEASURED}|[\s-]*{self._any('laboratory')}", re.I)
        lasting = rf"(?!{self._any('frequency')}){self._any('period')}"
        after = rf"\d|[.,]\d|\s*(?:%|[-–/]\s?\d|{self._any('form')}|{self._any('times')}|{lasting})"
        self._bare = re.compile(rf"\s*(?!(?:19|20)\d\d\b)(?P<value>{NUMBER})(?!{after})", re.I)
        plain_count = count.replace("?P<count>", "?:")
        self._before = re.compile(
            rf"(?:{amount}(?:\s?/\s?kg)?|{plain_count}\s*{self._any('form')})(?:\s*{self._any('route')})?(?:\s+(?:of|à|a))?\s*$",
            re.I,
        )

    def is_laboratory(self, text: str, end: int) -> bool:
        """Whether what follows a name is a measured value: "Digoxin-Spiegel", "glucose 120 mg/dl"."""
        return self._laboratory.match(text, end) is not None

    def is_name(self, word: str) -> bool:
        """Whether a word is none of the directions: the name of a drug, perhaps."""
        return not any(pattern.fullmatch(word) for items in self._named.values() for pattern, _ in items)

    def is_dotted(self, text: str) -> bool:
        """Whether the text ends in an abbreviation with its dot."""
        return text.lower().endswith(self._dotted) or re.search(r"\b[^\W\d_]\.$", text) is not None

    def before(self, text: str, low: int, start: int) -> int:
        """Where a dose that stands right before `start` begins; `start` where there is none."""
        found = self._before.search(text, low, start)
        return found.start() if found else start

    def reach(self, after: str) -> int:
        """How far the directions go in the words after a name: they end where other words take over."""
        end = 0
        if bare := self._bare.match(after):
            end = bare.end()
        starts = sorted((m.start(), m.end()) for pattern in self._patterns.values() for m in pattern.finditer(after))
        for start, stop in starts:
            if start >= end and len(re.findall(r"[^\W_]+", after[end:start])) > _ALOOF:
                break
            end = max(end, stop)
        return end

    def read(self, before: str, after: str, *, unit: str) -> dict[str, Any]:
        """Read the directions before and after a drug's name; `unit` is meant where a number stands alone."""
        reading = _Reading(before, after, self._patterns)
        part, bolus, occasion = reading.take("duration_part"), reading.has("bolus"), reading.has("occasion")
        maximum, divided, schedule = reading.take("maximum"), reading.take("divided"), reading.take("schedule")
        duration = reading.take("duration") or reading.take("duration_after")
        counts = [number(item, self.lang) for item in re.findall(_QUARTER, schedule[0])] if schedule else None
        bare = None if reading.has("amount") else reading.take_bare(self._bare)
        amounts = [self._amount(found) for found in reading.take_all("amount")]
        frequency, each = self._frequency(reading, counts)
        quantity = self._quantity(reading.take("quantity"), each)
        duration = duration or reading.take("duration_bare")
        prn, route, indication = reading.take("prn"), reading.take("route"), reading.take("indication")
        assumed = bare is not None or (counts is not None and not amounts and unit == "IU")
        if bare:
            amounts = [{"value": number(bare["value"], self.lang), "unit": unit, "per_kg": False}]
        elif assumed:
            amounts = [{"value": 1.0, "unit": unit, "per_kg": False}]
        dose, strength = _dose_and_strength(amounts, quantity, counts)
        if dose is None and quantity and quantity["form"] in _COUNTED and strength is None:
            dose = {"value": quantity["value"], "unit": quantity["form"], "per_kg": False}
        strength = None if assumed and not bare else strength
        dose, frequency = self._by_day(dose, frequency, divided)
        return {
            "dose": dose,
            "dose_assumed_unit": assumed,
            "strength": strength,
            "quantity": quantity,
            "route": self._rule("route", route[0])["value"] if route else None,
            "frequency_per_day": None if frequency is None else round(frequency, 4),
            "schedule": counts,
            "max_daily": _plain(self._amount(maximum)) if maximum else None,
            "prn": prn is not None or occasion,
            "bolus": bolus,
            "duration_days": self._duration(duration, part),
            "indication": indication["what"] if indication else "",
        }

    def _rule(self, kind: str, written: str) -> Rule:
        return next(rule for pattern, rule in self._named[kind] if pattern.fullmatch(written.strip()))

    def _count(self, written: str) -> float:
        if any(character.isdigit() or character in "½¼¾" for character in written):
            return upper_number(written, self.lang)
        return float(self._rule("number", written)["value"])

    def _days(self, written: str) -> float:
        written = written.strip()
        return next((rule["value"] for pattern, rule in self._named["period"] if pattern.fullmatch(written)), 1 / 24)

    def _duration(self, found: re.Match[str] | None, part: re.Match[str] | None) -> float | None:
        """Days of "for a week" or "5/7"; hours are how long an infusion runs, not how long a drug is taken."""
        if part:
            return float(part["count"]) * _PARTS[part["part"]]
        days = self._count(found["count"]) * self._days(found["period"]) if found else 0
        return days if days >= 1 else None

    def implied_route(self, text: str) -> str | None:
        """The route that a form tells ("syrup", "Nasenspray"); the first rule that matches."""
        return next((route for route, pattern in self._implied.items() if pattern.search(text)), None)

    def _amount(self, found: re.Match[str]) -> Amount:
        """An amount; "per" is what stands after its slash, "volume" the millilitres that hold it."""
        parts = self._number_and_unit.fullmatch(found["amount"])
        assert parts is not None
        amount: Amount = {
            "value": upper_number(parts["value"], self.lang),
            "unit": self._units[parts["unit"].lower()],
            "per_kg": bool(found["kg"]),
        }
        per = (found["per"] or "").lower()
        if per.endswith("ml"):
            amount["volume"] = float(per[:-2].strip() or 1)
        elif per == "min":
            amount["unit"] += "/min"
        elif per and per not in ("dose", "ed"):
            days = self._days(per)
            if days < 1:
                amount["unit"] += "/h"
            else:
                amount["days"] = days
        return amount

    def _quantity(self, found: re.Match[str] | None, each: float | None) -> dict[str, Any] | None:
        if found:
            return {"value": self._count(found["count"]), "form": self._rule("form", found["form"])["value"]}
        return {"value": each, "form": None} if each is not None else None

    def _frequency(self, reading: _Reading, counts: list[float] | None) -> tuple[float | None, float | None]:
        """Intakes a day, and the number of tablets in "3x1"."""
        if counts is not None:
            return float(sum(count > 0 for count in counts)), None
        if found := reading.take("every") or reading.take("hourly"):
            # the shorter interval of a range is the higher frequency
            shortest = min(number(item, self.lang) for item in re.findall(NUMBER, found["count"]))
            return (1 / (shortest * self._days(found["period"])) if shortest else None), None
        if found := reading.take("times"):
            reading.take_all("frequency")  # "3x 1 Tbl. täglich": counted already
            each = number(found["each"], self.lang) if found["each"] else None
            return self._count(found["count"]) / (self._days(found["period"]) if found["period"] else 1), each
        said = [self._rule("frequency", found[0]) for found in reading.take_all("frequency")]
        names = {rule["id"].split(".")[1] for rule in said}
        if names == {"single"}:
            return None, None
        if names & _TIMES_OF_DAY and names <= _TIMES_OF_DAY | {"daily"}:
            return float(len(names & _TIMES_OF_DAY)), None
        # "once a week, at bedtime": the slower word tells; else the one that says more than "daily" or "with meals"
        values = [float(rule["value"]) for rule in said if names == {"meals"} or not rule["id"].endswith(".meals")]
        return (min(values) if min(values) < 1 else max(values)) if values else None, None

    def _by_day(
        self, dose: Amount | None, frequency: float | None, divided: re.Match[str] | None
    ) -> tuple[Amount | None, float | None]:
        """Turn "45 mg/kg/day in 2 doses" into the dose of one intake."""
        if dose is None:
            return None, frequency
        if days := dose.get("days"):
            intakes = self._count(divided["count"]) if divided else frequency or 1 / days
            return {**_plain(dose), "value": dose["value"] / days / intakes}, intakes
        return _plain(dose), frequency


def _plain(amount: Amount) -> Amount:
    return {key: amount[key] for key in ("value", "unit", "per_kg")}


def _dose_and_strength(
    amounts: list[Amount], quantity: dict[str, Any] | None, counts: list[float] | None
) -> tuple[Amount | None, Amount | None]:
    """Tell the dose of one intake from the strength of one tablet or of a liquid."""
    amounts = [amount for amount in amounts if amount["unit"] != "%"] or amounts  # a concentration is no dose
    if not amounts or amounts[0]["unit"] == "%":
        return None, None
    first = amounts[0]
    strength = {"value": first["value"], "unit": first["unit"]}
    if volume := first.get("volume"):
        strength["per_ml"] = volume
        taken = next((amount["value"] for amount in amounts[1:] if amount["unit"] == "ml"), None)
        return ({**first, "value": first["value"] * taken / volume} if taken else None), strength
    if quantity and quantity["form"] == "drop" and not counts:
        return first, None  # "20 drops (50 mg)": the amount is that of all drops
    each = max(counts) if counts else quantity["value"] if quantity else None
    return (first, None) if each is None else ({**first, "value": first["value"] * each}, strength)


class _Reading:
    """The words around a name; what has been read is blanked out, so that nothing is read twice."""

    def __init__(self, before: str, after: str, patterns: dict[str, re.Pattern[str]]) -> None:
        self._after = len(before) + 1
        self._left = f"{before}\n{after}"
        self._patterns = patterns

    def has(self, name: str) -> bool:
        return self._patterns[name].search(self._left) is not None

    def take(self, name: str) -> re.Match[str] | None:
        return self._blank(self._patterns[name].search(self._left))

    def take_all(self, name: str) -> list[re.Match[str]]:
        return list(iter(lambda: self.take(name), None))

    def take_bare(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """A number without a unit, right after the name only."""
        return self._blank(pattern.match(self._left, self._after))

    def _blank(self, found: re.Match[str] | None) -> re.Match[str] | None:
        if found:
            start, end = found.span()
            self._left = f"{self._left[:start]}{' ' * (end - start)}{self._left[end:]}"
        return found
