r"""Words that character recognition tore apart, put together for the search: "Siddi qi", "num-\nbness", "rnid".

A text counts as torn where several fragments, which are no words, make a known word with their neighbour. Only then
are fragments joined and letters that look like two read anew. The search sees the mended text; a map leads back.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from medlfm.matching.phi.words import WORD, Lexicon, Word

__all__ = ["rejoined"]

_ENOUGH = 3  # such fragments in a torn text
_MOST = 3  # gaps that are closed for one word
_TINY = 2  # letters of a word that is known by a list of its own
_GAP = re.compile(r" |-\r?\n[ \t]*")
_PAIRS = (("rn", "m"), ("vv", "w"), ("cl", "d"), ("ii", "u"), ("li", "h"))  # two signs that stand for one
_Edit = tuple[int, int, str]  # text[start:end] becomes the string


def rejoined(text: str, words: Sequence[Word], lexicon: Lexicon) -> tuple[str, list[int]] | None:
    """Return the mended text, and for each of its offsets the one in `text`; None where the text isn't torn."""
    torn = _Torn(text, words, lexicon)
    return _edited(text, torn.edits()) if torn.is_torn() else None


class _Torn:
    def __init__(self, text: str, words: Sequence[Word], lexicon: Lexicon) -> None:
        self.text, self.words, self.lex = text, words, lexicon
        self.known = [lexicon.kinds[word.folded] & WORD > 0 for word in words]

    def is_torn(self) -> bool:
        """Whether enough neighbours, one of which is no word, are a word together."""
        signs = 0
        for index in range(len(self.words) - 1):
            if not (self.known[index] and self.known[index + 1]) and self._gap(index) and self._whole(index, index + 1):
                signs += 1
                if signs == _ENOUGH:
                    return True
        return False

    def edits(self) -> list[_Edit]:
        edits: list[_Edit] = []
        index = 0
        while index < len(self.words):
            closed = next((count for count in range(_MOST, 0, -1) if self._joins(index, count)), 0)
            closed = closed or int(self._fragment(index))
            if closed:
                edits += [(self.words[at].end, self.words[at + 1].start, "") for at in range(index, index + closed)]
            elif not self.known[index]:
                edits += self._misread(self.words[index])
            index += closed + 1
        return edits

    def _joins(self, index: int, count: int) -> bool:
        """Whether a word and the `count` after it are one that is known, and not all of them words by themselves."""
        last = index + count
        if last >= len(self.words) or all(self.known[index : last + 1]):
            return False
        if not all(self._gap(at) for at in range(index, last)):
            return False
        return self._whole(index, last)

    def _whole(self, first: int, last: int) -> bool:
        """Whether words are a known one without the gaps between them."""
        joined = "".join([word.folded for word in self.words[first : last + 1]])
        if "-" in joined:
            return len(joined) > _TINY + 1 and all(map(self.lex.listed, joined.split("-")))
        return len(joined) > _TINY + 1 and self.lex.listed(joined)

    def _fragment(self, index: int) -> bool:
        """Whether two neighbours are no words and the second goes on with the first: "Ka tsaros"."""
        if index + 1 >= len(self.words) or not self._gap(index):
            return False
        following = self.words[index + 1]
        if following.shape != "low" or self.known[index + 1]:
            return False
        return not self.known[index] or (len(following.text) <= _TINY and self.words[index].shape == "cap")

    def _gap(self, index: int) -> bool:
        end, start = self.words[index].end, self.words[index + 1].start
        if self.text[end] == " ":  # as nearly always
            return start - end == 1
        return _GAP.fullmatch(self.text, end, start) is not None

    def _misread(self, word: Word) -> list[_Edit]:
        for signs, letter in _PAIRS:
            if signs in word.folded and self.lex.kinds[word.folded.replace(signs, letter)] & WORD:
                lower = self.text[word.start : word.end].casefold()
                places = [match.start() for match in re.finditer(signs, lower)]
                capital = word.text[0].isupper()
                return [
                    (word.start + at, word.start + at + len(signs), letter.upper() if capital and not at else letter)
                    for at in places
                ]
        return []


def _edited(text: str, edits: list[_Edit]) -> tuple[str, list[int]]:
    parts: list[str] = []
    origin: list[int] = []
    place = 0
    for start, end, new in edits:
        parts += [text[place:start], new]
        origin += range(place, start)
        origin += [start] * len(new)
        place = end
    return "".join([*parts, text[place:]]), [*origin, *range(place, len(text) + 1)]
