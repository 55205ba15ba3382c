"""Which of the processed records stay, and in which split: duplicates out, groups kept whole, balanced on request."""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from medlfm.preparing.plan import Options
from medlfm.records.duplicates import Signature, near_duplicates
from medlfm.records.prepared import SPLITS
from medlfm.records.splits import Groups, balanced, split_of

__all__ = ["Choice", "choose"]


@dataclass
class Choice:
    """What becomes of each record: `split` and `group` by its place in reading order; no split: left out."""

    split: list[str] = field(default_factory=list)
    group: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)  # the exceptions of records that broke a step
    counts: Counter[str] = field(default_factory=Counter)
    steps: Counter[str] = field(default_factory=Counter)  # what the steps counted, over all records


def choose(results: Iterable[dict[str, Any]], keys: Sequence[str], options: Options) -> Choice:
    """Decide over all records; `keys` are their groups in the same order. Of duplicates, the first stays."""
    choice = Choice()
    ids: list[str] = []
    specialties: list[str] = []
    marks: list[tuple[Signature, ...]] = []
    places: list[int] = []  # of those with marks: a failed record has none
    for place, result in enumerate(results):
        row = result.get("row", {})
        ids.append(row.get("id", ""))
        specialties.append(row.get("specialty", ""))
        choice.steps.update(result.get("counts", {}))
        choice.failed += [result["failed"]] if "failed" in result else []
        if row:
            places.append(place)
            marks.append(tuple(np.frombuffer(base64.b64decode(mark), dtype=np.uint32) for mark in result["marks"]))
    groups = Groups()
    out = _duplicates(ids, keys, groups, choice.counts, places, marks)
    out |= {place for place, name in enumerate(ids) if not name}
    choice.split = [
        "" if place in out else split_of(groups.find(key), options.seed, options.split)
        for place, key in enumerate(keys)
    ]
    if options.balance:
        _balance(choice, ids, specialties, options.seed)
    choice.group = _labels(choice.split, ids, [groups.find(key) for key in keys])
    return choice


def _duplicates(
    ids: Sequence[str],
    keys: Sequence[str],
    groups: Groups,
    counts: Counter[str],
    places: Sequence[int],
    marks: Sequence[tuple[Signature, ...]],
) -> set[int]:
    """Return the places of duplicates of an earlier record that stays, and tie the groups of both together."""
    out: set[int] = set()
    first: dict[str, int] = {}
    for place in places:
        earlier = first.setdefault(ids[place], place)
        if earlier != place:
            out.add(place)
            counts["duplicates.exact"] += 1
            groups.join(keys[earlier], keys[place])
    for one, other in near_duplicates(marks):
        earlier, place = places[one], places[other]
        groups.join(keys[earlier], keys[place])
        if earlier not in out and place not in out:
            out.add(place)
            counts["duplicates.near"] += 1
    return out


def _balance(choice: Choice, ids: Sequence[str], specialties: Sequence[str], seed: int) -> None:
    train = [place for place, split in enumerate(choice.split) if split == SPLITS[0]]
    kept = balanced(((ids[place], specialties[place]) for place in train), seed)
    for place in train:
        if ids[place] not in kept:
            choice.split[place] = ""
            choice.counts["balanced_out"] += 1


def _labels(split: Sequence[str], ids: Sequence[str], groups: Sequence[str]) -> list[str]:
    """Name each group after the least id of its rows: a hash of a patient's number could be guessed back."""
    least: dict[str, str] = {}
    for place, group in enumerate(groups):
        if split[place]:
            least[group] = min(least.get(group, ids[place]), ids[place])
    return [least.get(group, "") if split[place] else "" for place, group in enumerate(groups)]
