"""How much: the dose of one intake and the strength of one unit, from the amounts and counts of an order."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from medlfm.matching.quantities import NUMBER, number
from medlfm.matching.sig_patterns import QUARTER
from medlfm.matching.sig_words import Reading, Words

__all__ = ["Taken", "by_day", "plain", "read_counts", "read_doses", "read_quantity", "several_pattern"]

Amount = dict[str, Any]
Quantity = dict[str, Any]

_VOLUMES = ("ml", "ml/h")
_DILUTED = ("drop", "puff")
_MASSES = ("mg", "g", "ug")
_SOLID = ("tablet", "capsule", "patch", "pen", "ampoule")
_WHOLE_VOLUME = 10.0  # "20 g/30 ml" is what is taken, "250 mg/5 ml" the strength of a liquid
_MANY = 5  # more tablets than one takes at a time: milligrams


@dataclass
class Taken:
    """What was read of the dose; `told`: the unit was written."""

    dose: Amount | None
    strength: Amount | None
    quantity: Quantity | None
    counts: list[float] | None
    told: bool = True


def several_pattern(words: Words) -> re.Pattern[str]:
    """Match a number right before the name of a drug: "3 ibuprofen 200 mg", "40 of furosemide"; none in a numbering."""
    few = rf"(?:(?<=[^\n])(?<![\d.,])[1-9](?![\d.,])|{words.any('number')})"
    return re.compile(rf"(?P<count>{few}|{NUMBER})\s*(?P<of>of|von|x|à)?\s*$", re.I)


def read_counts(schedule: re.Match[str] | None, words: Words) -> list[float] | None:
    """Return the numbers of "1-0-½"."""
    if schedule is None:
        return None
    text = schedule[0][: schedule.start("counted") - schedule.start()] if schedule["counted"] else schedule[0]
    return [number(item, words.lang) for item in re.findall(QUARTER, text)]


def read_quantity(reading: Reading, words: Words, each: float | None) -> Quantity | None:
    """Return how many of which form are taken: the first of several ("1 tab in the morning, 2 at night")."""
    if found := reading.take_all("quantity") or reading.take_all("quantity_after"):
        first = found[0]
        form = words.rule("form", first["form"])["value"]
        return {"value": words.count(first["count"]), "form": form, "place": first.span()}
    return {"value": each, "form": None} if each is not None else None


def read_doses(
    reading: Reading,
    words: Words,
    amounts: list[Amount],
    quantity: Quantity | None,
    schedule: re.Match[str] | None,
    bare: re.Match[str] | None,
    several: re.Pattern[str],
    unit: str,
) -> Taken:
    """Put together what was read; `unit` is the usual one of the drug, meant where a number stands alone."""
    counts = read_counts(schedule, words)
    first = next((count for count in counts or () if count), 0.0)
    if schedule and counts and not amounts and not schedule["counted"]:
        form = words.form(reading.said[: schedule.start()])  # "Macrogol Beutel 1-0-1"; tablets are seldom the dose
        form = "drop" if words.counts_drops(reading.said) else None if bare or form in _SOLID else form
        if form:
            return Taken({"value": first, "unit": form, "per_kg": False}, None, quantity, counts)
    if schedule and schedule["counted"] and not (amounts and max(counts or [0]) < _MANY):  # "20-0-10 IE"
        return Taken(words.scaled(first, schedule["counted"]), None, quantity, counts)
    if bare:
        value = next(item for item in (bare[name] for name in bare.groupdict()) if item)
        if words.counts_drops(bare[0]):  # "Tramadol-Trpf. 20"
            return Taken({"value": number(value, words.lang), "unit": "drop", "per_kg": False}, None, quantity, counts)
        amounts = [{"value": number(value, words.lang), "unit": unit, "per_kg": False, "place": bare.span()}]
    elif counts and not amounts and (unit == "IU" or max(counts) >= _MANY):  # "Prednisolon 20-0-0"
        return Taken({"value": first, "unit": unit, "per_kg": False}, None, quantity, counts, told=False)
    before = several.search(reading.before) if quantity is None and counts is None else None
    if before and (before["of"] or "").lower() in ("of", "von") and not amounts:
        counted: Amount = {"value": words.count(before["count"]), "unit": unit, "per_kg": False}
        return Taken(counted, None, None, counts, told=False)
    if before and amounts and words.count(before["count"]) < _MANY:
        quantity = {"value": words.count(before["count"]), "form": None}
    dose, strength = _dose_and_strength(amounts, quantity, counts, reading.said)
    if quantity and quantity["form"]:
        units = {amount["unit"] for amount in amounts}
        of_liquid = quantity["form"] == "drop" and bool(amounts) and _apart(amounts[0], quantity, reading.said)
        diluted = quantity["form"] in _DILUTED and (units == {"ml"} or dose is None or of_liquid)  # "20 drops in 2 ml"
        if diluted or (dose is None and strength is None):
            dose = {"value": quantity["value"], "unit": quantity["form"], "per_kg": False}
    return Taken(dose, strength, quantity, counts, told=bare is None)


def _apart(amount: Amount, quantity: Quantity, said: str) -> bool:
    """Whether an amount is that of a liquid: "500 mg drops, 20 drops", but not "50 mg (20 drops)"."""
    between = said[amount["place"][1] : quantity["place"][0]]
    return any(character.isalpha() for character in between)


def _equal(one: Amount, other: Amount, said: str) -> bool:
    """Whether two amounts are said to be the same: "5 ml (200 mg)"."""
    return said[one["place"][1] : other["place"][0]].strip() in ("(", "=")


def _dose_and_strength(
    amounts: Sequence[Amount], quantity: Quantity | None, counts: Sequence[float] | None, said: str
) -> tuple[Amount | None, Amount | None]:
    """Tell the dose of one intake from the strength of one tablet or of a liquid."""
    amounts = [amount for amount in amounts if amount["unit"] != "%"]  # a concentration is no dose
    if not amounts:
        return None, None
    first = amounts[0]
    strength = {"value": first["value"], "unit": first["unit"]}
    if len(amounts) > 1 and first["unit"] == "ml" and amounts[1]["unit"] in _MASSES and _equal(first, amounts[1], said):
        return amounts[1], None
    rate = next((amount for amount in amounts[1:] if amount["unit"] == "ml/h"), None)
    if rate and "/" not in first["unit"]:  # "250 mg in 50 ml at 4 ml/h"
        return rate, {**strength, "per_ml": first.get("volume") or _volume(amounts) or 1.0}
    if volume := first.get("volume"):
        strength["per_ml"] = volume
        taken = _volume(amounts)
        alike = [amount for amount in amounts[1:] if amount["unit"] == first["unit"] and "volume" not in amount]
        if alike and taken is None:  # "100 units/ml 18 units"
            return alike[0], strength
        if taken is None:
            return (first if volume >= _WHOLE_VOLUME else None), strength
        return {**first, "value": first["value"] * taken / volume}, strength
    if quantity and quantity["form"] == "drop" and not counts:
        return first, None  # "20 drops (50 mg)": the amount is that of all drops
    each = next((count for count in counts if count), 1.0) if counts else quantity["value"] if quantity else None
    return (first, None) if each is None else ({**first, "value": first["value"] * each}, strength)


def _volume(amounts: Sequence[Amount]) -> float | None:
    return next((amount["value"] for amount in amounts[1:] if amount["unit"] == "ml"), None)


def by_day(
    dose: Amount | None, frequency: float | None, divided: re.Match[str] | None, words: Words
) -> tuple[Amount | None, float | None]:
    """Turn "45 mg/kg/day in 2 doses" into the dose of one intake."""
    if dose is None:
        return None, frequency
    if (days := dose.get("days")) and not (frequency and frequency < 1 == days):
        intakes = words.count(divided["count"]) if divided else frequency or 1 / days
        return {**plain(dose), "value": dose["value"] / days / intakes}, intakes
    return plain(dose), frequency


def plain(amount: Amount) -> Amount:
    """Return what an order shows of an amount."""
    return {key: amount[key] for key in ("value", "unit", "per_kg")}
