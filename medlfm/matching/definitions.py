"""Local definitions of short forms: "chronic obstructive pulmonary disease (COPD)", "VHF (Vorhofflimmern)".

Each letter of the short form is aligned with the words before (or in) the bracket; initials count most, letters inside
a word least, and words passed over cost. The best alignment wins if it is good enough. This goes further than the
backward scan of Schwartz and Hearst (2003, doi:10.1142/9789812776303_0042), whose long forms it also finds.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from medlfm.matching.phrases import fold

__all__ = ["Definition", "find_definitions"]


@dataclass(frozen=True, slots=True)
class Definition:
    """A short form and its long form, each with its place in the text."""

    short: str
    long: str
    short_start: int
    short_end: int
    long_start: int
    long_end: int
    score: float


_BRACKET = re.compile(r"[(\[]([^()\[\]]{1,200})[)\]]")
_SHORT = re.compile(r"[^\W_][\w.+/&'’-]{0,11}(?: [\w.+/-]{1,8})?")
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_STOP = re.compile(r"[.;:!?](?=\s)|[()\[\]]|\n\s*\n")
_PIECES = re.compile(r"[;,]\s|\s[=–-]\s|\bor\b|\boder\b")

# what a letter gains: at the start of a word, after a hyphen, a capital, after a combining vowel ("electr-o-myo"),
# right after the letter before, anywhere else; and what words cost that no letter stands for
_INITIAL, _PART, _CAPITAL, _JOINT, _NEXT, _INSIDE = 1.0, 0.9, 0.9, 0.55, 0.5, 0.35
_PASSED_SMALL, _PASSED, _LOOSE = 0.1, 0.55, 0.5
_ENOUGH, _ENOUGH_WORD, _ENOUGH_LOWER = 0.6, 0.55, 0.95


def find_definitions(
    text: str,
    *,
    small: Collection[str] = (),
    announced: Collection[str] = (),
    known: Mapping[str, Collection[str]] | None = None,
    says: Collection[str] = (),
) -> list[Definition]:
    """Find the definitions in a text, in its order.

    small: words that may be passed over cheaply ("of", "der"). announced: words that introduce a short form
    ("hereafter"). known: folded long forms by short form; one of them before its bracket is a definition even where
    the letters don't fit ("Chronisch obstruktive Lungenerkrankung (COPD)"). says: signs and words between a short form
    and its long form ("=", "stands for").
    """
    small = frozenset(small)
    found = []
    for bracket in _BRACKET.finditer(text):
        definition = _inside_is_short(text, bracket, small, announced, known or {}) or _inside_is_long(
            text, bracket, small
        )
        if definition is not None:
            found.append(definition)
    explicit = (
        [_explained(text, match, small) for match in _explanation(frozenset(says)).finditer(text)] if says else []
    )
    return sorted(found + [item for item in explicit if item], key=lambda item: item.short_start)


@lru_cache(maxsize=8)
def _explanation(says: frozenset[str]) -> re.Pattern[str]:
    """A short form in capitals, what says that it is explained (some words may stand between), and what follows."""
    marks = "|".join(re.escape(word) + (r"(?!\w)" if word[-1].isalpha() else "(?!=)") for word in sorted(says))
    return re.compile(
        rf"(?<![^\W_])([A-ZÄÖÜ][\w/&-]{{1,7}})\s+(?:[a-zäöü]+\s+){{0,2}}?(?:{marks})((?:[ ]+[\w'’-]+){{1,9}})"
    )


def _explained(text: str, match: re.Match[str], small: frozenset[str]) -> Definition | None:
    short = match[1]
    if not _is_short(short) or sum(c.isupper() for c in short) < 2:
        return None
    words = list(_WORD.finditer(text, match.start(2), match.end(2)))
    best = (0.0, 0, 0)
    for first in range(min(4, len(words))):  # "in this report" may stand before the long form
        for last in range(first, len(words)):
            start, end = words[first].start(), words[last].end()
            if end - start > len(short) + 1:
                best = max(best, (round(_score(short, text[start:end], small), 6), -start, end))
    score, start, end = best[0], -best[1], best[2]
    if score < _ENOUGH_WORD:
        return None
    return Definition(short, text[start:end], *match.span(1), start, end, round(score, 3))


def _inside_is_short(
    text: str,
    bracket: re.Match[str],
    small: frozenset[str],
    announced: Collection[str],
    known: Mapping[str, Collection[str]],
) -> Definition | None:
    for start, end in _pieces(text, *bracket.span(1), announced):
        short = text[start:end]
        if not _is_short(short):
            continue
        words = _words_before(text, bracket.start(), 2 * len(short) + 4)
        if not words:
            return None
        last = words[-1].end()
        for long_start in (word.start() for word in words):
            if fold(text[long_start:last]) in known.get(short, ()):
                return Definition(short, text[long_start:last], start, end, long_start, last, 1.0)
        best = max(
            ((_score(short, text[word.start() : last], small), word.start()) for word in words),
            default=(0.0, 0),
            key=lambda item: (round(item[0], 6), -item[1]),
        )
        single = best[1] == words[-1].start()
        if best[0] >= _threshold(short, single=single) and (len(short) > 1 or _recurs(text, short, end)):
            first = _whole_token(text, best[1])
            return Definition(short, text[first:last], start, end, first, last, round(best[0], 3))
    return None


def _inside_is_long(text: str, bracket: re.Match[str], small: frozenset[str]) -> Definition | None:
    before = re.search(r"(?<![^\s(/])([^\W_][\w.+/&-]{1,9})\s?$", text[max(0, bracket.start() - 14) : bracket.start()])
    if before is None or not _is_short(before[1]):
        return None
    short_end = bracket.start() - (len(before[0]) - len(before[1]))
    short_start = short_end - len(before[1])
    for start, end in _pieces(text, *bracket.span(1), ()):
        long = text[start:end]
        if len(long) >= len(before[1]) + 2 and not _is_short(long) and not any(c.isdigit() for c in long[:1]):
            score = _score(before[1], long, small)
            if score >= max(_threshold(before[1]), _ENOUGH + 0.08):
                return Definition(before[1], long, short_start, short_end, start, end, round(score, 3))
        break
    return None


def _pieces(text: str, start: int, end: int, announced: Collection[str]) -> Iterator[tuple[int, int]]:
    """The parts of a bracket between commas and semicolons, without announcing words and quotation marks."""
    position = start
    for stop in (*(match.span() for match in _PIECES.finditer(text, start, end)), (end, end)):
        low, high = position, stop[0]
        while (word := _WORD.match(text, low, high)) and word.group().lower() in announced:
            low = word.end()
            low += len(text[low:high]) - len(text[low:high].lstrip(" ,:"))
        inner = text[low:high]
        low += len(inner) - len(inner.lstrip(" \"'“”„‚’"))
        high -= len(inner) - len(inner.rstrip(" \"'“”’"))
        if low < high:
            yield low, high
        position = stop[1]


def _is_short(text: str) -> bool:
    letters = sum(character.isalpha() for character in text)
    if not _SHORT.fullmatch(text) or not letters or len(text) > 12 or len(text.split()) > 2:
        return False
    if len(text) == 1:
        return text.isupper()
    if text[-1] in "-/":
        return False
    return any(c.isupper() for c in text) or (letters >= 2 and len(text) <= 6 and text.isalpha())


def _recurs(text: str, short: str, end: int) -> bool:
    """Whether a short form of one letter stands alone again, as it does when it was defined."""
    return re.search(rf"(?<![\w.-]){re.escape(short)}(?![\w.-])", text[end + 1 :]) is not None


def _whole_token(text: str, start: int) -> int:
    """The start of the chemical name ("alpha-1-antitrypsin") that a long form was found to begin in."""
    prefix = re.search(r"(?<!\S)[\w,'’-]*\d[\w,'’-]*-$", text[max(0, start - 40) : start])
    return start - len(prefix[0]) if prefix else start


def _threshold(short: str, *, single: bool = False) -> float:
    """The score that is enough; `single`: of one word, whose inside alone has to give the letters."""
    capitals = sum(character.isupper() for character in short)
    if capitals == 0:
        return _ENOUGH_LOWER
    if capitals == 1 and short[0].isupper() and short.isalpha() and len(short) > 3:  # "(Berlin)": rather a name
        return _ENOUGH_LOWER
    return (_ENOUGH_WORD if single else _ENOUGH) + (0.07 if len(short) == 2 else 0.0)


def _words_before(text: str, end: int, most: int) -> list[re.Match[str]]:
    low = max(0, end - 250)
    for stop in _STOP.finditer(text, low, end):
        low = stop.end()
    return list(_WORD.finditer(text, low, end))[-most:]


def _score(short: str, long: str, small: frozenset[str]) -> float:
    """How well a short form is made of a long form, 1 being one initial a letter; 0 where it isn't."""
    letters = [character for character in short if character.isalnum()]
    if len(letters) > 2 and letters[-1] == "s" and any(c.isupper() for c in letters[:-1]):
        letters = letters[:-1]  # the plural of a short form
    if not letters or letters[0].lower() != long[0].lower():
        return 0.0
    places = _places(long)
    total = _Alignment("".join(letters).lower(), long, places, small).best()
    return max(0.0, total / len(letters))


def _places(long: str) -> list[tuple[int, int, bool]]:
    """The words of a long form: start, end, and whether a space (and no hyphen) comes before."""
    return [(m.start(), m.end(), m.start() == 0 or long[m.start() - 1].isspace()) for m in _WORD.finditer(long)]


class _Alignment:
    """Aligns the letters of one short form with one long form, from left to right."""

    def __init__(self, letters: str, long: str, places: list[tuple[int, int, bool]], small: frozenset[str]) -> None:
        self._letters = letters
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
            loose = len(self._places) - 1 - word  # "ring finger protein (… RF)": one word may hang loose
            return 0.0 if not loose else -_LOOSE if loose == 1 and letter > 2 else -float(len(self._letters))
        start, end, _ = self._places[word]
        wanted = self._letters[letter]
        best = float(-len(self._letters))
        at = self._lower.find(wanted, start + position, end)
        while at >= 0:
            gain = self._gain_inside(at, at == start + position)
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
            if cost > 1.2:
                break
        return best

    def _gain_inside(self, at: int, follows: bool) -> float:
        if self._long[at].isupper():
            return _CAPITAL
        if self._lower[at - 1] in "aeiouyäöü" and self._lower[at] not in "aeiouyäöü":
            return _JOINT
        return _NEXT if follows else _INSIDE
