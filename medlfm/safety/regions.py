"""Whom to call in an emergency, by country."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files

from medlfm.errors import SettingsError

__all__ = ["emergency_contacts"]


def emergency_contacts(region: str, lang: str) -> dict[str, str]:
    """Return {"emergency", "crisis"} for a two-letter country; "" gives what holds where it is unknown.

    Raises SettingsError for a country that is not in `regions.jsonl`.
    """
    table = _regions()
    code = region.upper().replace("UK", "GB")
    if code not in table:
        known = ", ".join(sorted(filter(None, table)))
        raise SettingsError(f"region is {region!r}, for which no emergency number is known.", f"Known: {known}.")
    row = table[code]
    return {"emergency": str(row["emergency"]), "crisis": row["crisis"][lang]}


@cache
def _regions() -> dict[str, dict[str, dict[str, str]]]:
    text = (files("medlfm") / "safety" / "regions.jsonl").read_text(encoding="utf-8")
    return {row["id"]: row for row in map(json.loads, text.splitlines())}
