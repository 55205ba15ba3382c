"""Pairs of drugs for measuring interactions: those that a public list holds, and as many of its names that it doesn't.

A row is {"drugs": [one, other], "interacts": bool}. Unlisted pairs may well interact: the lists are not complete, and
of an open half the other half is unlisted too, so the share flagged among them is an upper limit of false alarms.
"""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

__all__ = ["ansm_pairs", "onc_pairs"]

_SEED = 5
_AVOID = {"contraindicated", "not_recommended"}


def onc_pairs(path: Path) -> list[dict[str, Any]]:
    """Read the ONC high-priority list."""
    listed = {_pair(row["drug1"], row["drug2"]) for row in _rows(path)}
    return _with_unlisted(listed, listed)


def ansm_pairs(path: Path) -> list[dict[str, Any]]:
    """Read WorldVista's ANSM thesaurus: pairs that are contraindicated or to be avoided; a class is all its drugs."""
    classes = {
        row["name"]: [drug["name"] for drug in row["drugs"]]
        for row in _rows(path.with_name("worldvista_ansm_classes.jsonl.gz"))
    }
    avoided: set[tuple[str, str]] = set()
    listed: set[tuple[str, str]] = set()
    for row in _rows(path):
        pairs = {
            _pair(one, other)
            for one in _members(row["drug1"], classes)
            for other in _members(row["drug2"], classes)
            if one != other
        }
        listed |= pairs
        avoided |= pairs if _AVOID & set(row["severity_norm"]) else set()
    return _with_unlisted(avoided, listed)


def _members(drugs: Iterable[dict[str, Any]], classes: dict[str, list[str]]) -> Iterator[str]:
    for drug in drugs:
        names = classes.get(drug["name"], []) if drug["kind"] == "class" else [drug["name"]]
        yield from (name.capitalize() for name in names if name)


def _pair(one: str, other: str) -> tuple[str, str]:
    first, second = sorted((one, other))
    return first, second


def _with_unlisted(pairs: set[tuple[str, str]], listed: set[tuple[str, str]]) -> list[dict[str, Any]]:
    names = sorted({name for pair in pairs for name in pair})
    draw = random.Random(_SEED)
    unlisted: set[tuple[str, str]] = set()
    for _ in range(20 * len(pairs)):
        one, other = draw.sample(names, 2)
        if (pair := _pair(one, other)) not in listed:
            unlisted.add(pair)
        if len(unlisted) == len(pairs):
            break
    chosen = [(pair, True) for pair in sorted(pairs)] + [(pair, False) for pair in sorted(unlisted)]
    return [{"drugs": list(pair), "interacts": interacts} for pair, interacts in chosen]


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        yield from map(json.loads, file)
