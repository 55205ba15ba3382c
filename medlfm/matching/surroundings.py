"""What the trained decider weighs: the words around a finding, and what the context rules found beside it, by name.

Names, not numbers: each is hashed, and the hash is looked up among the weights.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from zlib import crc32

from medlfm.matching.cues import Cue
from medlfm.matching.scopes import Bounds, Sentence

__all__ = ["around", "features", "of_cues", "of_pair", "of_word", "place_of", "stations", "words_beside"]

_TOKEN = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?|\d+(?:[.,/]\d+)*|[^\w\s]")
_YEAR = re.compile(r"(?:19|20)\d\d")
_BREAKS = frozenset(",;:.–-")  # words beyond are far
_FOLDED = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "’": "'"})
_REACH = 14  # words on each side
_WIDTH = 160  # characters in which they stand
_BESIDE = 80  # characters of the line before and after the sentence
_NEIGHBOURS = 10  # words in these
_PIECES = (4,)  # characters
_STEM = 5
_END = "<>"
_MOCK = "pseudo"

Station = tuple[bool, str, str, str]  # whether far, the distance, the word, the next one


def features(lowered: str, sentence: Sentence, target: Bounds, found: set[str]) -> tuple[list[str], list[str]]:
    """Return the names of what is weighed, for training: of the words around a finding, and of what the rules found."""
    names = list(around(lowered, sentence, target))
    for side, places in words_beside(lowered, sentence, target):
        for far, step, word, other in stations(lowered, places):
            names += (*of_word(side, far, step, word), of_pair(side, far, word, other))
    return names, list(of_cues(lowered, sentence, target, found))


def place_of(lang: str, name: str) -> int:
    """Return the hash of a feature; what the rules found is the same in all languages: one learns from the other."""
    return crc32((name if name[0] == "*" else f"{lang} {name}").encode())


def words_beside(lowered: str, sentence: Sentence, target: Bounds) -> Iterator[tuple[str, list[Bounds]]]:
    """Yield where the words before ("L") and after ("R") a finding stand in its sentence, the nearest first.

    What the rules know for a look-alike ("no day without") is left out.
    """
    start, end = target
    mock = [cue for cue in sentence.cues if _says(cue) == _MOCK]
    for side, low, high in (
        ("L", max(sentence.start, start - _WIDTH), start),
        ("R", end, min(sentence.end, end + _WIDTH)),
    ):
        places = [match.span() for match in _TOKEN.finditer(lowered, low, high)]
        if mock:
            places = [place for place in places if not any(cue.start <= place[0] < cue.end for cue in mock)]
        yield side, places[: -_REACH - 1 : -1] if side == "L" else places[:_REACH]


def stations(lowered: str, places: list[Bounds]) -> Iterator[Station]:
    """Yield the words at these places as they are weighed."""
    words = [*(_shape(lowered[start:end]) for start, end in places), _END]
    far = False
    for number, (word, other) in enumerate(pairwise(words), start=1):
        far = far or word in _BREAKS
        yield far, str(number) if number < 4 else "6" if number < 7 else "9", word, other


def _shape(word: str) -> str:
    if word[0].isdigit():
        return "#y" if _YEAR.fullmatch(word) else f"#{min(len(word), 5)}"
    return word if word.isascii() else word.translate(_FOLDED)


def of_word(side: str, far: bool, step: str, word: str) -> Iterator[str]:
    """Name a word beside a finding by place, stem and pieces."""
    zone = "f" if far else "n"
    yield f"{side}{step}:{word}"
    yield f"{side}{zone}:{word}"
    yield f"{side}:{word}"
    if len(word) > _STEM:
        yield f"{side}{zone}s:{word[:_STEM]}"
    if len(word) > 3:
        padded = f"_{word}_"
        yield from (f"~{side}{padded[at : at + size]}" for size in _PIECES for at in range(len(padded) - size + 1))


def of_pair(side: str, far: bool, word: str, other: str) -> str:
    """Name two neighbours."""
    return f"{side}{'f' if far else 'n'}b:{word} {other}"


def around(lowered: str, sentence: Sentence, target: Bounds) -> Iterator[str]:
    """Name the beginning of the sentence, and what stands before and after it on its line."""
    before = lowered[max(0, sentence.start - _BESIDE) : sentence.start].rpartition("\n")[2]
    after = lowered[max(sentence.end, target[1]) : sentence.end + _BESIDE].partition("\n")[0]
    first = [*map(_shape, _TOKEN.findall(lowered, sentence.start, min(target[0], sentence.start + 40))), _END][:2]
    yield f"first:{first[0]}"
    yield f"first:{' '.join(first)}"
    yield from (f"before:{_shape(word)}" for word in _TOKEN.findall(before)[-_NEIGHBOURS:])
    words = [_shape(word) for word in _TOKEN.findall(after)[:_NEIGHBOURS]]
    yield from (f"after:{word}" for word in words)
    yield from (f"after:{word} {other}" for word, other in pairwise(words))


def of_cues(lowered: str, sentence: Sentence, target: Bounds, found: set[str]) -> Iterator[str]:
    """Name what the rules found: categories, and each cue with its side, its distance and what lies between."""
    start, end = target
    yield from (f"*{category}" for category in found)
    yield f"*all:{'+'.join(sorted(found))}"
    for cue in sentence.cues:
        says = _says(cue)
        if cue.end <= start:
            side, low, high = "L", cue.end, start
        elif cue.start >= end:
            side, low, high = "R", end, cue.start
        else:
            yield f"*I:{says}"
            continue
        gap = lowered[low:high] if high - low < _WIDTH else ""
        ended = any(other.rule.ends and low <= other.start and other.end <= high for other in sentence.cues)
        yield f"*{side}:{says}:{min(9, gap.count(' ') + 1) if gap else 9}"
        yield f"*{side}:{says}:{',' if ',' in gap else ''}{'|' if ended else ''}"


def _says(cue: Cue) -> str:
    return "+".join(cue.rule.categories) or ("end" if cue.rule.ends else cue.rule.conjunction or _MOCK)
