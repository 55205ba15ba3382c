"""Numbers with their units: "0,5 mg", "half an hour", "two to three weeks" as amounts that can be compared."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from medlfm.matching.rules import shipped_rules
from medlfm.safety.wordforms import fold_word

__all__ = ["Quantity", "read_quantities"]

_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")
_CLOSE = 1e-6
_NO_MEASURE = ("ord", "bare")


@dataclass(frozen=True)
class Quantity:
    """An amount in base units; `unit` is "" where none stands beside it, "ord" for a place in an order ("first-line").

    "bare" stands for a unit without a number ("within hours"), whose factor is the amount.
    """

    amount: float
    unit: str = ""

    def among(self, others: Sequence[Quantity]) -> bool:
        """Say whether the same amount is among others; one without a unit fits any unit of measure."""
        return any(
            abs(self.amount - other.amount) <= _CLOSE * abs(self.amount)
            and (self.unit == other.unit or (not self.unit and other.unit not in _NO_MEASURE))
            for other in others
        )


def read_quantities(tokens: Sequence[str], lang: str) -> Iterator[Quantity]:
    """Read the amounts in folded tokens; of a range ("8 to 12 hours") both ends have the unit."""
    waiting: list[float] = []
    bare = {at for at, token in enumerate(tokens) if token in _bare(lang)}
    past = 0  # what was read together with a number before
    before = ("", 1.0)  # the unit in front of a range: "weeks 24 and 28"
    for at, token in enumerate(tokens):
        value = _value(token, lang)
        if value is None or at < past:
            continue
        if token in _ordinals(lang) and at + 1 < len(tokens) and _value(tokens[at + 1], lang) is not None:
            continue  # "the first two months"
        whole = _of_how_many(tokens, at, lang)
        if whole > value:
            yield Quantity(100 * value / whole, "%")
            past = at + 3
            continue
        unit, factor, length = _unit(tokens, at + 1, lang)
        bare -= set(range(at - 1, at + 1 + _reach(tokens, at + 1, lang) + length))
        if not length and not waiting and token in _ordinals(lang):
            yield Quantity(value, "ord")
            continue
        if token in _articles(lang) and not unit:
            continue
        if not waiting:
            free = at and not (at > 1 and _value(tokens[at - 2], lang) is not None)
            before = _units(lang).get(tokens[at - 1], ("", 1.0)) if free else ("", 1.0)
        if not length and _continues(tokens, at + 1, lang):
            waiting.append(value)
            continue
        if not length:
            unit, factor = before
        yield from (Quantity(each * factor, unit) for each in (*waiting, value))
        waiting = []
        if not unit:
            yield Quantity(value)
    yield from (Quantity(each) for each in waiting)
    yield from (Quantity(_units(lang)[tokens[at]][1], "bare") for at in sorted(bare) if tokens[at] in _units(lang))


def _of_how_many(tokens: Sequence[str], at: int, lang: str) -> float:
    """Return the second number of "one in five", 0 where there is none or it has a unit."""
    if at + 2 >= len(tokens) or tokens[at + 1] not in _fractions(lang) or _unit(tokens, at + 3, lang)[2]:
        return 0.0
    return _value(tokens[at + 2], lang) or 0.0


def _reach(tokens: Sequence[str], at: int, lang: str) -> int:
    """Count the words that may stand between a number and its unit."""
    return next((n for n, token in enumerate(tokens[at:]) if token not in _skipped(lang)), 0)


def _value(token: str, lang: str) -> float | None:
    if _NUMBER.fullmatch(token):
        thousands = re.fullmatch(r"\d{1,3}(?:[.,]\d{3})+", token)
        plain = re.sub(r"[.,]", "", token) if thousands else re.sub(r"[,:]", ".", token)
        try:
            return float(plain)
        except ValueError:
            return None
    return _numerals(lang).get(token)


def _unit(tokens: Sequence[str], at: int, lang: str) -> tuple[str, float, int]:
    """Return (base unit, factor, tokens it takes) of the unit at a place, with what it is divided by."""
    while at < len(tokens) and tokens[at] in _skipped(lang):
        at += 1
    if at + 1 < len(tokens) and tokens[at] in _dividers(lang) and tokens[at + 1] in _units(lang):
        below, divisor = _units(lang)[tokens[at + 1]]
        return f"/{below}", 1 / divisor, 2
    if at >= len(tokens) or tokens[at] not in _units(lang):
        return "", 1.0, 0
    unit, factor = _units(lang)[tokens[at]]
    if at + 2 < len(tokens) and tokens[at + 1] in _dividers(lang) and tokens[at + 2] in _units(lang):
        below, divisor = _units(lang)[tokens[at + 2]]
        return f"{unit}/{below}", factor / divisor, 3
    return unit, factor, 1


def _continues(tokens: Sequence[str], at: int, lang: str) -> bool:
    """Say whether a range or a list of amounts goes on: "to", "and", "-" and another number."""
    if at < len(tokens) and tokens[at] == "." and tokens[at + 1 : at + 2] and tokens[at + 1] in _joints(lang):
        at += 1  # "the 24. and 28. week", as German writes it
    if at < len(tokens) and tokens[at] == "-":
        return at + 1 < len(tokens) and (tokens[at + 1] in _joints(lang) or _value(tokens[at + 1], lang) is not None)
    return at + 1 < len(tokens) and tokens[at] in _joints(lang) and _value(tokens[at + 1], lang) is not None


@cache
def _units(lang: str) -> dict[str, tuple[str, float]]:
    return {
        form: (rule["base"], float(rule["factor"]))
        for rule in shipped_rules(lang, "support")
        for form in rule.get("unit", ())
    }


@cache
def _numerals(lang: str) -> dict[str, float]:
    return {form: float(rule["number"]) for rule in shipped_rules(lang, "support") for form in rule.get("numeral", ())}


def _listed(lang: str, name: str) -> frozenset[str]:
    return frozenset(
        word for rule in shipped_rules(lang, "support") if rule["id"] == name for word in rule.get("words", ())
    )


@cache
def _ordinals(lang: str) -> frozenset[str]:
    return _listed(lang, "ordinals")


@cache
def _bare(lang: str) -> frozenset[str]:
    return frozenset(fold_word(word, lang) for word in _listed(lang, "bare-units"))


@cache
def _articles(lang: str) -> frozenset[str]:
    return _listed(lang, "articles")


@cache
def _joints(lang: str) -> frozenset[str]:
    return _listed(lang, "joints")


@cache
def _fractions(lang: str) -> frozenset[str]:
    return _listed(lang, "fractions")


@cache
def _dividers(lang: str) -> frozenset[str]:
    return _listed(lang, "dividers")


@cache
def _skipped(lang: str) -> frozenset[str]:
    return _listed(lang, "skipped")
