"""Medication lines written for the tests: `text => ingredient d=5mg r=oral f=2 prn n=7 kg && …`, or `=> -` for none.

d: dose of one intake (`d=5`: no unit is written); r: route (also im, iv, sc); f: intakes a day; n: days. What
isn't given must not be read either; the dose of a combination only where `d` is given, no dose where it is `-`. "⏎" in
a text is a line break.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

_ROUTES = {"iv": "intravenous", "im": "intramuscular", "sc": "subcutaneous"}
_FOLDER = Path(__file__).parent / "lines"

Values = dict[str, Any]


def lines(lang: str) -> list[tuple[str, list[Values]]]:
    """Return the texts of a language, each with the orders it must give."""
    rows = (_FOLDER / f"medications.{lang}.txt").read_text("utf-8").splitlines()
    pairs = (row.split(" => ") for row in rows if row)
    return [(text.replace("⏎", "\n"), _orders(orders)) for text, orders in pairs]


def _orders(written: str) -> list[Values]:
    return [] if written.strip() == "-" else [_order(part.strip()) for part in written.split(" && ")]


def _order(written: str) -> Values:
    ingredient = re.split(r"\s(?=[drfn]=|prn$|prn\s|kg$)", written, maxsplit=1)[0]
    given = dict(part.split("=") for part in written.split() if "=" in part)
    flags = written[len(ingredient) :].split()
    order: Values = {
        "ingredient": ingredient,
        "route": _ROUTES.get(given.get("r", ""), given.get("r")),
        "frequency_per_day": float(given["f"]) if "f" in given else None,
        "prn": "prn" in flags,
        "duration_days": float(given["n"]) if "n" in given else None,
    }
    dose = given.get("d", "-" if "/" in ingredient else "")
    if dose != "-":
        value, unit = re.fullmatch(r"([\d.]*)(\D*)", dose).groups()  # type: ignore[union-attr]
        order |= {"dose": float(value) if value else None, "unit": unit.replace("µ", "u") or None}
        order["per_kg"] = "kg" in flags
    return order


def read(order: Values) -> Values:
    """Return an order that was found, in the terms of the lines."""
    dose = order["dose"] or {"value": None, "unit": None, "per_kg": False}
    return {
        **order,
        "dose": dose["value"],
        "unit": None if order["dose_assumed_unit"] else dose["unit"],
        "per_kg": dose["per_kg"],
    }


def wrong(wanted: list[Values], found: list[Values]) -> list[str]:
    """Say what differs; empty where all is right."""
    names = [order["ingredient"] for order in wanted], [order["ingredient"] for order in found]
    if names[0] != names[1]:
        return [f"found {names[1]}"]
    return [
        f"{name}: {other[name]}, not {value}"
        for order, other in zip(wanted, map(read, found), strict=True)
        for name, value in order.items()
        if not _same(value, other[name])
    ]


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return abs(one - other) <= max(2e-3 * max(abs(one), abs(other)), 6e-4)
    return bool(one == other)
