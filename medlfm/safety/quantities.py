"""Numbers with their units: "0,5 mg", "half an hour", "two to three weeks" as amounts that can be compared."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from medlfm.matching.rules import shipped_rules
from medlfm.safety.wordforms import fold_word

__all__ = ["LEAST", "MOST", "Quantity", "is_number", "read_quantities"]

LEAST, MOST = "≥", "≤"  # stand among the tokens for words that make a number a bound

_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")
_CLOSE = 1e-6
_NO_MEASURE = ("ord", "bare")
_AHEAD = 4  # tokens between a bound and its number


@dataclass(frozen=True)
class Quantity:
    """An amount in base units; `unit` is "" where none stands beside it, "ord" for a place in an order ("first-line").

    "bare" stands for a unit without a number ("within hours"), whose factor is the amount. bound: 1 where it is the
    least ("over 5", "5 or more"), -1 where it is the most, 0 where neither is said. end: of a range, -1 where it
    begins, 1 where it ends.
    """

    amount: float
    unit: str = ""
    bound: int = 0
    end: int = 0

    def among(self, others: Sequence[Quantity]) -> bool:
        """Say whether the same amount is among others; one without a unit fits any unit of measure.

        What is the most, or the end of a range, is not what is the least, or its beginning.
        """
        return any(
            abs(self.amount - other.amount) <= _CLOSE * abs(self.amount)
            and (self.unit == other.unit or (not self.unit and other.unit not in _NO_MEASURE))
            and self.bound * other.bound >= 0
            and self.end * other.end >= 0
            for other in others
        )


def read_quantities(tokens: Sequence[str], lang: str) -> Iterator[Quantity]:
    """Read the amounts in folded tokens; of a range ("8 to 12 hours") both ends have the unit.

    `LEAST` and `MOST` stand among the tokens for words such as "at least" and "or less".
    """
    waiting: list[tuple[float, int]] = []
    bare = {at for at, token in enumerate(tokens) if token in _folded(lang, "bare-units")}
    bounds = _bounds(tokens, lang)
    past = 0  # what was read together with a number before
    before = ("", 1.0)  # the unit in front of a range: "weeks 24 and 28"
    for at, token in enumerate(tokens):
        value = _value(token, lang)
        if value is None or at < past:
            continue
        if token in _listed(lang, "ordinals") and at + 1 < len(tokens) and _value(tokens[at + 1], lang) is not None:
            continue  # "the first two months"
        whole = _of_how_many(tokens, at, lang)
        if whole > value:
            yield Quantity(100 * value / whole, "%")
            past = at + 3
            continue
        unit, factor, length = _unit(tokens, at + 1, lang)
        bare -= set(range(at - 1, at + 1 + _reach(tokens, at + 1, lang) + length))
        if not length and not waiting and token in _listed(lang, "ordinals"):
            each = at and tokens[at - 1] in _listed(lang, "each") and value > 1
            yield Quantity(100 / value, "%") if each else Quantity(value, "ord")
            continue
        if token in _listed(lang, "articles") and not unit:
            continue
        if not waiting:
            free = at and not (at > 1 and _value(tokens[at - 2], lang) is not None)
            before = _units(lang).get(tokens[at - 1], ("", 1.0)) if free else ("", 1.0)
        if not length and _continues(tokens, at + 1, lang):
            waiting.append((value, at))
            continue
        if not length:
            unit, factor = before
        yield from _joined([*waiting, (value, at)], unit, factor, bounds)
        waiting = []
        if not unit:
            yield Quantity(value, bound=bounds.get(at, 0))
    yield from (Quantity(each) for each, _ in waiting)
    yield from (Quantity(_units(lang)[tokens[at]][1], "bare") for at in sorted(bare) if tokens[at] in _units(lang))


def _joined(
    values: Sequence[tuple[float, int]], unit: str, factor: float, bounds: Mapping[int, int]
) -> Iterator[Quantity]:
    """Yield the numbers that share a unit; of two, the first begins a range and the second ends it."""
    for place, (value, at) in enumerate(values):
        end = (-1, 1)[place] if len(values) == 2 and values[0][0] != values[1][0] else 0
        yield Quantity(value * factor, unit, bounds.get(at, 0), end)


def _bounds(tokens: Sequence[str], lang: str) -> dict[int, int]:
    """Return for the places of numbers whether a word beside them makes them the least or the most."""
    found: dict[int, int] = {}
    for at, token in enumerate(tokens):
        bound = (
            1
            if token == LEAST or token in _folded(lang, "least")
            else -1
            if token == MOST or token in _folded(lang, "most")
            else 0
        )
        if not bound:
            continue
        ahead = range(at + 1, min(at + 1 + _AHEAD, len(tokens)))
        behind = range(at - 1, max(at - 1 - _AHEAD, -1), -1) if token in (LEAST, MOST) else ()
        near = [n for n in (*ahead, *behind) if _value(tokens[n], lang) is not None]
        number = min(((abs(n - at), n < at, n) for n in near), default=None)
        if number:
            found[number[2]] = bound
    return found


def _of_how_many(tokens: Sequence[str], at: int, lang: str) -> float:
    """Return the second number of "one in five", 0 where there is none or it has a unit."""
    if at + 2 >= len(tokens) or tokens[at + 1] not in _listed(lang, "fractions") or _unit(tokens, at + 3, lang)[2]:
        return 0.0
    return _value(tokens[at + 2], lang) or 0.0


def _reach(tokens: Sequence[str], at: int, lang: str) -> int:
    """Count the words that may stand between a number and its unit."""
    return next((n for n, token in enumerate(tokens[at:]) if token not in _listed(lang, "skipped")), 0)


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
    while at < len(tokens) and tokens[at] in _listed(lang, "skipped"):
        at += 1
    if at + 1 < len(tokens) and tokens[at] in _listed(lang, "dividers") and tokens[at + 1] in _units(lang):
        below, divisor = _units(lang)[tokens[at + 1]]
        return f"/{below}", 1 / divisor, 2
    if at >= len(tokens) or tokens[at] not in _units(lang):
        return "", 1.0, 0
    unit, factor = _units(lang)[tokens[at]]
    if at + 2 < len(tokens) and tokens[at + 1] in _listed(lang, "dividers") and tokens[at + 2] in _units(lang):
        below, divisor = _units(lang)[tokens[at + 2]]
        return f"{unit}/{below}", factor / divisor, 3
    return unit, factor, 1


def _continues(tokens: Sequence[str], at: int, lang: str) -> bool:
    """Say whether a range or a list of amounts goes on: "to", "and", "-" and another number."""
    if at < len(tokens) and tokens[at] == "." and tokens[at + 1 : at + 2] and tokens[at + 1] in _listed(lang, "joints"):
        at += 1  # "the 24. and 28. week", as German writes it
    if at < len(tokens) and tokens[at] == "-":
        return at + 1 < len(tokens) and (
            tokens[at + 1] in _listed(lang, "joints") or _value(tokens[at + 1], lang) is not None
        )
    return at + 1 < len(tokens) and tokens[at] in _listed(lang, "joints") and _value(tokens[at + 1], lang) is not None


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


@cache
def _listed(lang: str, name: str) -> frozenset[str]:
    rules = (rule for rule in shipped_rules(lang, "support") if rule["id"] == name)
    return frozenset(form for rule in rules for word in rule.get("words", ()) for form in (word, fold_word(word, lang)))


@cache
def _folded(lang: str, name: str) -> frozenset[str]:
    return frozenset(fold_word(word, lang) for word in _listed(lang, name))


def is_number(token: str, lang: str) -> bool:
    """Say whether a folded token is a number, in digits or as a word."""
    return _value(token, lang) is not None
