"""Cutting text into the pieces of a unigram model (SentencePiece), as the small encoder reads it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

__all__ = ["Pieces"]

_SPACE = "▁"
_UNKNOWN = 10.0  # what an unknown character costs beyond the rarest piece


@dataclass(frozen=True)
class Pieces:
    """Pieces with their log probabilities; the first four are <s>, <pad>, </s>, <unk>.

    normal: what a character is replaced by before cutting.
    """

    pieces: Sequence[str]
    scores: Sequence[float]
    normal: Mapping[int, str]

    @cached_property
    def _places(self) -> dict[str, int]:
        return {piece: place for place, piece in enumerate(self.pieces) if place > 3}

    @cached_property
    def _longest(self) -> int:
        return max(map(len, self.pieces))

    @cached_property
    def _rarest(self) -> float:
        return min(self.scores) - _UNKNOWN

    def encode(self, text: str, most: int = 510) -> list[int]:
        """Return the places of the most probable pieces of a text, between those of <s> and </s>."""
        text = re.sub(" +", _SPACE, " " + text.translate(self.normal).strip())
        best = [0.0] + [float("-inf")] * len(text)
        back = [(0, 3)] * (len(text) + 1)
        for start in range(len(text)):
            for end in range(start + 1, min(start + self._longest, len(text)) + 1):
                place = self._places.get(text[start:end])
                if place is None and end > start + 1:
                    continue
                score = best[start] + (self._rarest if place is None else self.scores[place])
                if score > best[end]:
                    best[end], back[end] = score, (start, 3 if place is None else place)
        found: list[int] = []
        end = len(text)
        while end:
            end, place = back[end]
            found.append(place)
        return [0, *reversed(found[-most:]), 2]
