"""Senses of bare short forms with their shares of use, out of the public clinical inventories.

A row is {"short", "senses": [{"names": […], "share"}]}: the names are those that a source gives for one concept. Only
the sources that state shares count; the way in which a short form was written most often is the one asked for.
"""

from __future__ import annotations

import gzip
import json
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

__all__ = ["inventory_senses"]


def inventory_senses(path: Path) -> list[dict[str, Any]]:
    """Return a row for each short form of each source."""
    forms: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for row in map(json.loads, file):
            if row["frequency"]:
                forms[row["source"], row["sf"].lower()].append(row)
    return [{"short": _written(rows), "senses": _senses(rows), "group": source} for (source, _), rows in forms.items()]


def _senses(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    shares: dict[str, float] = defaultdict(float)
    names: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        concept = row["cui"] or row["lf"].lower()
        shares[concept] += row["frequency"]
        names[concept].append(row["lf"])
    return [{"names": names[concept], "share": share} for concept, share in shares.items()]


def _written(rows: list[dict[str, Any]]) -> str:
    counts: Counter[str] = Counter()
    for row in rows:
        for part in filter(None, (row.get("variation") or "").split("|")):
            form, _, count = part.rpartition("_")
            counts[form] += int(count) if count.isdigit() else 0
    return counts.most_common(1)[0][0] if counts else rows[0]["sf"]
