"""How well a short form is made of a long form: its letters aligned with the words, 1 being one initial a letter.

Initials count most, letters inside a word least, and words passed over cost. What is no plain row of letters is read in
the ways in which such short forms are made: a subscript that names what stands first ("[Ca2+]i" for intracellular
Ca2+), halves in another order ("IFN-gamma" for gamma-interferon), a digit for a number word ("3D" for
three-dimensional), a number that the long form leaves out ("FEV1").
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

__all__ = ["WORD", "aligned"]

WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")

# what a letter gains: at the start of a word, after a hyphen, a capital, written alike right after the letter before
# ("Ca2" in "Ca2+"), after a combining vowel ("electr-o-myo"), right after the letter before, anywhere else; and what
# words cost that no letter stands for
_INITIAL, _PART, _CAPITAL, _ALIKE, _JOINT, _NEXT, _INSIDE = 1.0, 0.9, 0.9, 0.85, 0.55, 0.5, 0.35
_PASSED_SMALL, _PASSED, _LOOSE, _PHRASE = 0.1, 0.55, 0.4, 0.6
_CUT = 0.63  # "arcuate nucleus (ARC)"
_REREAD = 0.93  # a reading that isn't letter by letter counts less
_SURE = 0.68  # and has to fit this well
_SUBSCRIPT = re.compile(r"([^\W_]+[+-]?)[(\[]([^()\[\]]+)[)\]]|[(\[]([^()\[\]]+)[)\]]([^\W_]+)|(pH)([ioe])")
_NUMBERS = {
    "1": r"(?:first|uni|mono)",
    "2": r"(?:two|second|di|bis?)",
    "3": r"(?:three|third|tri)",
    "4": r"(?:four|fourth|tetra|quadri)",
    "5": r"(?:five|fifth|penta)",
    "6": r"(?:six|sixth|hexa)",
    "7": r"(?:seven|seventh|hepta)",
    "8": r"(?:eight|eighth|octa)",
    "9": r"(?:nine|ninth)",
}


def aligned(short: str, long: str, small: frozenset[str]) -> float:
    """Return how well a short form is made of a long form; 0 where it isn't. `small`: words passed over cheaply."""
    letters = "".join(character for character in short if character.isalnum())
    if len(letters) > 2 and letters[-1] == "s" and (any(c.isupper() for c in letters[:-1]) or long.endswith("s")):
        letters = letters[:-1]  # the plural of a short form
    best = _score(letters, long, small)
    if best < _CUT and len(letters) > 2 and letters.isupper() and long.lower().startswith(letters.lower()):
        best = _CUT
    if (best < _SURE and not letters.isalpha()) or not short.isalnum():
        for other, text in _readings(short, letters, long):
            again = _score(other, text, small)
            if again >= _SURE:
                best = max(best, _REREAD * again)
    return best


def _readings(short: str, letters: str, long: str) -> Iterator[tuple[str, str]]:
    """Return letters and long form in the other ways in which the short form can be read."""
    subscript = _SUBSCRIPT.fullmatch(short)
    if subscript:
        base, below = (_alnum(part) for part in subscript.groups() if part is not None)
        yield below + base, re.sub("^extracellular", below, long) if below in ("o", "e") else long
        if below.isdigit() or not below:
            yield base, long
    elif "-" in short[1:-1]:
        front, _, back = short.partition("-")
        yield _alnum(back) + _alnum(front), long
    number = re.search(r"\d", letters)
    if number and not any(c.isdigit() for c in long):
        digit = number.group()
        text = re.sub(rf"(?<![^\W_]){_NUMBERS.get(digit, '0')}", digit, long, count=1, flags=re.IGNORECASE)
        if text != long:
            yield letters, text
            yield letters.replace(digit, "", 1)[:1] and digit + letters.replace(digit, "", 1), text
    if number and letters[-1].isdigit() and letters[-1] not in long and len(letters) > 3:
        yield letters[:-1], long
    if short[0] == "[" and short[-1] == "]":
        yield letters, re.sub(" concentrations?$", "", long)


def _alnum(text: str) -> str:
    return "".join(character for character in text if character.isalnum())


def _score(letters: str, long: str, small: frozenset[str]) -> float:
    if not letters or letters[0].lower() != long[0].lower():
        return 0.0
    places = [(m.start(), m.end(), m.start() == 0 or long[m.start() - 1].isspace()) for m in WORD.finditer(long)]
    return max(0.0, _Alignment(letters, long, places, small).best() / len(letters))


class _Alignment:
    """Aligns the letters of one short form with one long form, from left to right.

    places: the words of the long form: start, end, and whether a space (and no hyphen) comes before.
    """

    def __init__(self, letters: str, long: str, places: list[tuple[int, int, bool]], small: frozenset[str]) -> None:
        self._written = letters
        self._letters = letters.lower()
        self._long = long
        self._lower = long.lower() if len(long.lower()) == len(long) else long
        self._places = places
        self._small = small
        self._from = lru_cache(maxsize=None)(self._best_from)

    def best(self) -> float:
        """The first letter stands at the first word; every word has to be matched or passed over."""
        return _INITIAL + self._from(1, 0, 1)

    def _best_from(self, letter: int, word: int, position: int) -> float:
        """The best score of the letters from `letter` on, the one before having matched in `word` before `position`."""
        if letter == len(self._letters):
            return -self._loose(word + 1, letter)
        start, end, _ = self._places[word]
        wanted = self._letters[letter]
        best = float(-len(self._letters))
        at = self._lower.find(wanted, start + position, end)
        while at >= 0:
            gain = self._gain_inside(letter, at, at == start + position)
            best = max(best, gain + self._from(letter + 1, word, at - start + 1))
            at = self._lower.find(wanted, at + 1, end)
        cost = 0.0
        for later in range(word + 1, len(self._places)):
            first, last, spaced = self._places[later]
            if self._lower[first] == wanted:
                gain = _INITIAL if spaced else _PART
                best = max(best, gain - cost + self._from(letter + 1, later, 1))
            cheap = self._lower[first:last] in self._small or self._lower[first:last].isdigit()
            cost += _PASSED_SMALL if cheap else _PASSED if spaced else 2 * _PASSED_SMALL
            if cost > 1.4:
                break
        return best

    def _loose(self, first: int, letters: int) -> float:
        """What the words after the last letter's cost: one may hang loose, or a phrase ("model of personality")."""
        loose = self._places[first:]
        if not loose:
            return 0.0
        if letters > 2 and len(loose) == 1:
            return _LOOSE
        if letters > 2 and len(loose) <= 4 and self._lower[loose[0][0] : loose[0][1]] in self._small:
            return _PHRASE
        return float(len(self._letters))

    def _gain_inside(self, letter: int, at: int, follows: bool) -> float:
        if self._long[at].isupper():
            return _CAPITAL
        if follows and self._long[at] == self._written[letter]:
            return _ALIKE
        if self._lower[at - 1] in "aeiouyäöü" and self._lower[at] not in "aeiouyäöü":
            return _JOINT
        return _NEXT if follows else _INSIDE
