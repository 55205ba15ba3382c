"""Offset maps: where a piece of a rewritten text stood in its source, and back.

Rewriting steps (normalising, expanding, de-identifying) each return a map, and maps compose, so that an offset
in the last text is found in the first. All offsets are Python character offsets, [start, end).
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from medlfm.errors import OffsetError

__all__ = ["Edit", "OffsetMap", "rewrite"]


@dataclass(frozen=True, slots=True)
class Edit:
    """One replaced stretch: source[source_start:source_end] became target[target_start:target_end]."""

    source_start: int
    source_end: int
    target_start: int
    target_end: int

    @property
    def growth(self) -> int:
        return (self.target_end - self.target_start) - (self.source_end - self.source_start)


class OffsetMap:
    """Maps offsets between a source text and the target text made from it; outside its edits both agree.

    `source_length` and `target_length` are in characters. Edits are sorted and do not overlap.
    """

    __slots__ = ("_source_starts", "_target_starts", "edits", "source_length", "target_length")

    def __init__(self, edits: Iterable[Edit], source_length: int) -> None:
        self.edits: tuple[Edit, ...] = tuple(edits)
        self.source_length = source_length
        self.target_length = source_length + sum(edit.growth for edit in self.edits)
        self._source_starts = [edit.source_start for edit in self.edits]
        self._target_starts = [edit.target_start for edit in self.edits]
        self._check()

    def _check(self) -> None:
        source = target = 0
        for edit in self.edits:
            kept = edit.source_start - source
            if kept < 0 or edit.source_end < edit.source_start or edit.target_start - target != kept:
                raise OffsetError("The edits of an offset map overlap or are out of order.", "Sort and merge them.")
            source, target = edit.source_end, edit.target_end
        if source > self.source_length:
            raise OffsetError("An edit lies outside the source text.", "Build the map with the text it belongs to.")

    @classmethod
    def identity(cls, length: int) -> OffsetMap:
        """Return the map of a text of `length` characters that was not changed."""
        return cls((), length)

    def to_source(self, start: int, end: int) -> tuple[int, int]:
        """Map a stretch of the target to the source; a stretch that cuts into an edit takes in all of it."""
        self._inside(start, end, self.target_length)
        first = self._start(start, self._target_starts, forward=False)
        return min(first, last := self._end(end, self._target_starts, forward=False)), last

    def to_target(self, start: int, end: int) -> tuple[int, int]:
        """Map a stretch of the source to the target; a stretch that cuts into an edit takes in all of it."""
        self._inside(start, end, self.source_length)
        first = self._start(start, self._source_starts, forward=True)
        return min(first, last := self._end(end, self._source_starts, forward=True)), last

    def _start(self, position: int, starts: Sequence[int], *, forward: bool) -> int:
        index = bisect_right(starts, position) - 1
        if index < 0:
            return position
        _, have_end, want_start, want_end = _oriented(self.edits[index], forward)
        return want_start if position < have_end else want_end + position - have_end

    def _end(self, position: int, starts: Sequence[int], *, forward: bool) -> int:
        index = bisect_left(starts, position) - 1
        if index < 0:
            return position
        _, have_end, _, want_end = _oriented(self.edits[index], forward)
        return want_end if position <= have_end else want_end + position - have_end

    @staticmethod
    def _inside(start: int, end: int, length: int) -> None:
        if not 0 <= start <= end <= length:
            raise OffsetError(f"[{start}, {end}) lies outside a text of {length} characters.", "Check the offsets.")

    def then(self, following: OffsetMap) -> OffsetMap:
        """Compose with the map of the next rewriting step: the result maps this source to that target.

        Raises OffsetError where the next step's source isn't as long as this step's target.
        """
        if self.target_length != following.source_length:
            raise OffsetError(
                f"Maps don't compose: the first ends in {self.target_length} characters, the second starts from "
                f"{following.source_length}.",
                "Compose them in the order in which the texts were rewritten.",
            )
        # Both maps' edits as intervals of the text in between; touching ones are joined, so that a joined
        # interval's borders are sharp in both other texts.
        pieces = sorted(
            [(edit.target_start, edit.target_end, -edit.growth, 0) for edit in self.edits]
            + [(edit.source_start, edit.source_end, 0, edit.growth) for edit in following.edits]
        )
        edits: list[Edit] = []
        back = ahead = 0
        index = 0
        while index < len(pieces):
            low, high, grow_back, grow_ahead = pieces[index]
            index += 1
            while index < len(pieces) and pieces[index][0] <= high:
                high = max(high, pieces[index][1])
                grow_back += pieces[index][2]
                grow_ahead += pieces[index][3]
                index += 1
            edits.append(Edit(low + back, high + back + grow_back, low + ahead, high + ahead + grow_ahead))
            back += grow_back
            ahead += grow_ahead
        return OffsetMap(edits, self.source_length)

    def inverse(self) -> OffsetMap:
        """Return the map from the target back to the source."""
        flipped = (Edit(e.target_start, e.target_end, e.source_start, e.source_end) for e in self.edits)
        return OffsetMap(flipped, self.target_length)

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON data: {"length": source length, "edits": [[s0, s1, t0, t1], …]}."""
        edits = [[e.source_start, e.source_end, e.target_start, e.target_end] for e in self.edits]
        return {"length": self.source_length, "edits": edits}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> OffsetMap:
        """Read what `to_json` wrote."""
        return cls((Edit(*edit) for edit in data["edits"]), data["length"])

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, OffsetMap):
            return NotImplemented
        return self.edits == other.edits and self.source_length == other.source_length

    def __hash__(self) -> int:
        return hash((self.edits, self.source_length))

    def __repr__(self) -> str:
        return f"OffsetMap({self.source_length} → {self.target_length} characters, {len(self.edits)} edits)"


def _oriented(edit: Edit, forward: bool) -> tuple[int, int, int, int]:
    if forward:
        return edit.source_start, edit.source_end, edit.target_start, edit.target_end
    return edit.target_start, edit.target_end, edit.source_start, edit.source_end


def rewrite(text: str, replacements: Iterable[tuple[int, int, str]]) -> tuple[str, OffsetMap]:
    """Replace [start, end) stretches of `text`, each by its string, in one pass; return the new text and its map.

    Replacements may come in any order; two at the same place must not overlap (OffsetError).
    """
    parts: list[str] = []
    edits: list[Edit] = []
    source = target = 0
    for start, end, new in sorted(replacements, key=lambda item: item[:2]):
        if start < source or end < start or end > len(text):
            raise OffsetError(f"Replacement [{start}, {end}) overlaps another or leaves the text.", "Merge them first.")
        parts += [text[source:start], new]
        target += start - source
        edits.append(Edit(start, end, target, target + len(new)))
        source, target = end, target + len(new)
    parts.append(text[source:])
    return "".join(parts), OffsetMap(edits, len(text))
