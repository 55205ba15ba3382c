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

from medlfm.matching.alignment import WORD, aligned
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
# a short form that holds brackets itself: "(FEV(1))", "([Ca2+]i)"
_NESTED = re.compile(r"[(\[]([^()\[\]\s]{0,12}(?:[(\[][^()\[\]\s]{1,8}[)\]][^()\[\]\s]{0,8}){1,2})[)\]]")
_SHORT = re.compile(r"[^\W_][\w.+/&'’-]{0,11}(?: [\w.+/-]{1,8})?")
_STOP = re.compile(r"(?<!\b[A-Z])[.;:!?](?=\s)|[()\[\]]|\n\s*\n")  # not after an initial: "S. aureus"
_ATTACHED = re.compile(r"(?<=[^\W_])-?[(\[][^()\[\]\s]{1,16}[)\]](?=[\w -])")  # "benzo[a]pyrene", "E(2)"
_OTHER = re.compile(r"(?<=[a-z] )\([A-Z][A-Za-z]{0,2}\d?\)")
_BOTH = re.compile(r"([^\W_][^;()\[\]]{4,90}?),? ([^\s,;]{2,12})")
_LOCANT = re.compile(r"^(?:[\d,'’]+-|[A-Z]-)+")  # "12-O-"
_PROSE = re.compile(r"[^\W\d_A-Z]{4}")
_CLOSES = re.compile(r"(?<=\w)[)\]](?=\s?[(\[])")  # the end of "prostaglandin E(2) (PGE(2))"
_APPOSED = re.compile(r"(,\s|\s?=\s?|\s(?=[\"„“]))(?:([^\W\d_]+)\s)?[\"„“]?([A-ZÄÖÜ][\w&/-]{2,7})(?=[\"”“,;.:]|\s|$)")
_NO_BRACKETS = str.maketrans("", "", "()[]")
_PIECES = re.compile(r"[;,]\s|\s[=–-]\s|\bor\b|\boder\b")

_ENOUGH, _ENOUGH_WORD, _ENOUGH_LOWER, _ENOUGH_BOTH, _ENOUGH_APPOSED = 0.6, 0.55, 0.95, 0.7, 0.77


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
    taken = 0
    for bracket in sorted([*_NESTED.finditer(text), *_BRACKET.finditer(text)], key=lambda match: match.start()):
        if bracket.start() < taken:
            continue
        definition = (
            _inside_is_short(text, bracket, small, announced, known or {})
            or _inside_is_long(text, bracket, small)
            or _inside_are_both(text, bracket, small)
        )
        if definition is not None:
            found.append(definition)
            taken = bracket.end() if definition.short_end == bracket.end() - 1 else 0
    found += [item for item in _apposed(text, small, announced) if item]
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
    words = list(WORD.finditer(text, match.start(2), match.end(2)))
    best = (0.0, 0, 0)
    for first in range(min(4, len(words))):  # "in this report" may stand before the long form
        for last in range(first, len(words)):
            start, end = words[first].start(), words[last].end()
            if end - start > len(short) + 1:
                best = max(best, (round(aligned(short, text[start:end], small), 6), -start, end))
    score, start, end = best[0], -best[1], best[2]
    if score < _ENOUGH_WORD:
        return None
    return Definition(short, text[start:end], *match.span(1), start, end, round(score, 3))


def _apposed(text: str, small: frozenset[str], announced: Collection[str]) -> Iterator[Definition | None]:
    """Find "virtual ward team, VWT," and "virtual ward team = VWT", where the short form stands again later."""
    for match in _APPOSED.finditer(text):
        short, end = match[3], match.end(3)
        if sum(c.isupper() for c in short) < 3 or (match[2] and match[2].lower() not in announced):
            continue
        if "," in match[1] and re.match(r"\s", text[end : end + 1]) and not match[2]:
            continue
        if re.compile(rf"(?<![\w]){re.escape(short)}(?!\w)").search(text, end) is None:
            continue
        words = _words_before(text, match.start(), 2 * len(short))
        if words:
            last = words[-1].end()
            best = max((round(aligned(short, text[w.start() : last], small), 6), -w.start()) for w in words)
            if best[0] >= (_ENOUGH_BOTH if "=" in match[1] else _ENOUGH_APPOSED):
                yield Definition(short, text[-best[1] : last], *match.span(3), -best[1], last, round(best[0], 3))


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
        last += bool(_CLOSES.match(text, last))
        for long_start in (word.start() for word in words):
            if _is_known(text[long_start:last], known.get(short, ())):
                first = _whole_token(text, long_start)
                return Definition(short, text[first:last], start, end, first, last, 1.0)
        best = max(
            ((aligned(short, text[word.start() : last], small), word.start()) for word in words),
            default=(0.0, 0),
            key=lambda item: (round(item[0], 6), -item[1]),
        )
        enough = _threshold(short, single=best[1] == words[-1].start())
        if short.lower() in small or short.lower() in announced:  # "(OR)"
            enough = _ENOUGH_LOWER
        if best[0] >= enough and (len(short) > 1 or _stands_elsewhere(text, short, bracket)):
            first = _whole_token(text, best[1])
            if text.count("(", first, last) != text.count(")", first, last):
                return None
            return Definition(short, text[first:last], start, end, first, last, round(best[0], 3))
    return None


def _is_known(long: str, known: Collection[str]) -> bool:
    folded = fold(long)
    return folded in known or (folded.endswith("s") and folded[:-1] in known)


def _inside_is_long(text: str, bracket: re.Match[str], small: frozenset[str]) -> Definition | None:
    before = re.search(r"(?<![^\s(/])([^\W_][\w.+/&-]{1,9})\s?$", text[max(0, bracket.start() - 14) : bracket.start()])
    if before is None or not _is_short(before[1]):
        return None
    short_end = bracket.start() - (len(before[0]) - len(before[1]))
    short_start = short_end - len(before[1])
    for start, end in _wholes(text, *bracket.span(1)):
        long = text[start:end]
        if len(long) >= len(before[1]) + 2 and not _is_short(long) and not any(c.isdigit() for c in long[:1]):
            score = aligned(before[1], long, small)
            if score >= max(_threshold(before[1]), _ENOUGH + 0.08):
                return Definition(before[1], long, short_start, short_end, start, end, round(score, 3))
    return None


def _wholes(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The first part of a bracket, and all of it ("BTEX (benzene, toluene, ethylbenzene and xylene)")."""
    first = next(_pieces(text, start, end, ()), None)
    if first is not None:
        yield first
        if first[1] < end:
            yield first[0], end


def _inside_are_both(text: str, bracket: re.Match[str], small: frozenset[str]) -> Definition | None:
    """Find "(long form, SF)"."""
    both = _BOTH.fullmatch(text, *bracket.span(1))
    if both is None or not _is_short(both[2]) or sum(c.isupper() for c in both[2]) < 2 or not _PROSE.search(both[1]):
        return None
    score = aligned(both[2], _LOCANT.sub("", both[1]), small)
    if score < _ENOUGH_BOTH:
        return None
    return Definition(both[2], both[1], *both.span(2), *both.span(1), round(score, 3))


def _pieces(text: str, start: int, end: int, announced: Collection[str]) -> Iterator[tuple[int, int]]:
    """The parts of a bracket between commas and semicolons, without announcing words and quotation marks."""
    position = start
    for stop in (*(match.span() for match in _PIECES.finditer(text, start, end)), (end, end)):
        low, high = position, stop[0]
        while (word := WORD.match(text, low, high)) and not word[0].isupper() and word[0].lower() in announced:
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
    if any(c in "()[]" for c in text):
        text = text.translate(_NO_BRACKETS)
    if not _SHORT.fullmatch(text) or not letters or len(text) > 12 or len(text.split()) > 2:
        return False
    if len(text) == 1:
        return text.isupper()
    if text[-1] in "-/":
        return False
    return any(c.isupper() for c in text) or (letters >= 2 and len(text) <= 6 and text.isalpha())


def _stands_elsewhere(text: str, short: str, bracket: re.Match[str]) -> bool:
    """Whether a short form of one letter was defined: it stands alone again, or another's bracket stands near."""
    start, end = bracket.span()
    if re.compile(rf"(?<![\w.-]){re.escape(short)}(?![\w.-])").search(text, end) is not None:
        return True
    return re.search(_OTHER, text[max(0, start - 50) : start]) is not None or (
        re.search(_OTHER, text[end : end + 50]) is not None
    )


def _whole_token(text: str, start: int) -> int:
    """The start of the chemical name ("alpha-1-antitrypsin") that a long form was found to begin in."""
    prefix = re.search(r"(?<!\S)[\w,'’()\[\]+/-]*\d[\w,'’()\[\]-]*-$", text[max(0, start - 40) : start])
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
    inside = {at for part in _ATTACHED.finditer(text, low, end) for at in range(*part.span())}
    for stop in _STOP.finditer(text, low, end):
        if stop.start() not in inside:
            low = stop.end()
    return list(WORD.finditer(text, low, end))[-most:]
