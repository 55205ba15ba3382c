"""The ingredients of a combination, each with its own dose where the order tells them ("30/500", "875/125 mg")."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from medlfm.knowledge.drugs import Drug, DrugTable

__all__ = ["parts_of"]

_NUMBER = r"\d+(?:[.,]\d+)?"
_UNITS = {"mg": 1.0, "g": 1000.0}


def parts_of(drug: Drug, order: Mapping[str, Any], table: DrugTable) -> list[tuple[Drug, dict[str, Any]]]:
    """Return the ingredients that the table knows, each with the order as it concerns it alone."""
    names = drug.id.split("/")
    if len(names) < 2:
        return []
    amounts = _amounts(str(order.get("text", "")), len(names)) or order.get("part_strengths_mg")
    result = []
    for place, name in enumerate(names):
        part = table.find(name)
        if part is not None and part.known:
            result.append((part, _order_of(part, order, amounts[place] if amounts else None)))
    return result


def _amounts(text: str, count: int) -> list[float]:
    """Find as many numbers with slashes between them as there are ingredients, in mg."""
    found = re.search(
        rf"(?<![\d./,-])({_NUMBER}(?:\s?(?:mg|g)?\s?/\s?{_NUMBER}){{{count - 1}}})\s*(mg|g)?(?![\d/])", text
    )
    if not found or re.fullmatch(r"[1-3]/[247]", found[1]):
        return []
    factor = _UNITS[found[2] or "mg"]
    return [float(number.replace(",", ".")) * factor for number in re.findall(_NUMBER, found[1])]


def _order_of(part: Drug, order: Mapping[str, Any], strength: float | None) -> dict[str, Any]:
    own = {**order, "ingredient": part.id, "atc": part.atc, "dose": None, "strength": None, "max_daily": None}
    if strength is None:
        return own
    counts = order.get("schedule") or ()
    quantity = (order.get("quantity") or {}).get("value") or max(counts, default=None) or 1.0
    own["strength"] = {"value": strength, "unit": "mg"}
    own["dose"] = {"value": strength * quantity, "unit": "mg", "per_kg": False}
    return own
