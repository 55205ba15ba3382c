"""Train, validation and test: by group, seeded, and stable when records are added.

Where a group goes depends on its own key and the seed alone, so a new record moves no old one, unless it is a
near-duplicate that ties two groups together. Shares hold on average over groups, not exactly.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence

from medlfm.errors import SettingsError
from medlfm.records.prepared import SPLITS

__all__ = ["Groups", "balanced", "check_shares", "split_of"]

_LEAST = 20  # rows of a specialty in train below which it doesn't set the size of the others


class Groups:
    """Groups of records, joined where something ties two of them together (union-find).

    A joined group is represented by its least key, whatever the order of joining.
    """

    def __init__(self) -> None:
        self._parent: dict[str, str] = {}

    def find(self, key: str) -> str:
        """Return the representative of a group."""
        path = [key]
        while (parent := self._parent.get(path[-1], path[-1])) != path[-1]:
            path.append(parent)
        for passed in path[:-1]:
            self._parent[passed] = path[-1]
        return path[-1]

    def join(self, one: str, other: str) -> None:
        """Make two groups one."""
        least, greater = sorted((self.find(one), self.find(other)))
        self._parent[greater] = least


def check_shares(shares: Sequence[float]) -> tuple[float, float, float]:
    """Return the three shares; raises SettingsError unless each is at least 0 and they sum to 1."""
    if len(shares) != 3 or any(share < 0 for share in shares) or abs(sum(shares) - 1) > 1e-6:
        raise SettingsError(f"The split {list(shares)!r} is not three shares that sum to 1.", "Try 0.8,0.1,0.1.")
    return shares[0], shares[1], shares[2]


def split_of(group: str, seed: int, shares: Sequence[float]) -> str:
    """Return the split of a group: its hash, seeded, as a number from 0 to 1, cut at the shares."""
    digest = hashlib.sha256(f"{seed}\0{group}".encode()).digest()
    place = int.from_bytes(digest[:8], "big") / 2**64
    for name, border in zip(SPLITS, (shares[0], shares[0] + shares[1]), strict=False):
        if place < border:
            return name
    return SPLITS[2] if shares[2] else max(zip(shares, SPLITS, strict=True))[1]


def balanced(rows: Iterable[tuple[str, str]], seed: int) -> set[str]:
    """Choose the ids to keep so that each specialty has the same number of rows; takes (id, specialty) pairs.

    The size is that of the smallest specialty of at least 20 rows; smaller ones are kept whole, and rows without a
    specialty count as one. Which rows are left out is drawn by the seed and the id.
    """
    ids: Mapping[Hashable, list[str]] = defaultdict(list)
    for name, specialty in rows:
        ids[specialty].append(name)
    sizes = Counter({specialty: len(names) for specialty, names in ids.items()})
    large = [size for size in sizes.values() if size >= _LEAST]
    size = min(large, default=_LEAST)

    def drawn(name: str) -> bytes:
        return hashlib.sha256(f"{seed}\0balance\0{name}".encode()).digest()

    return {name for names in ids.values() for name in sorted(names, key=drawn)[:size]}
