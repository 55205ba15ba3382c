"""Finding towns by name: the unmistakable ones anywhere, the others after a preposition of place."""

from __future__ import annotations

import re
from collections.abc import Iterator

from medlfm.matching.phi.match import PhiMatch
from medlfm.matching.phi.words import Lexicon, Word

__all__ = ["find_places"]

_LONGEST = 3  # words in the name of a town
_DATED = re.compile(r",? (?:den |am )?\d{1,2}\. ?(?:\d{1,2}\.|[A-ZJFMASOND][a-zä]+ \d{4})")  # "Essen, 6.12.2022"
_JOINT = re.compile(r"\.?[ -]")


def find_places(text: str, words: list[Word], lexicon: Lexicon) -> Iterator[PhiMatch]:
    """Yield the towns that the rules list; a town with two meanings needs a cue before it ("in Essen")."""
    cue_only, cues, heads = lexicon.words("city_cue"), lexicon.words("place_cue"), lexicon.town_heads
    reached = 0
    for index, word in enumerate(words):
        if word.shape == "low" or word.folded not in heads or index < reached:
            continue
        length = _town_at(text, words, index, lexicon.towns)
        if not length:
            continue
        reached = index + length
        start, end = word.start, words[reached - 1].end
        before = words[index - 1] if index else None
        cued = before is not None and before.folded in cues and not text[before.end : start].strip()
        cued = cued or _DATED.match(text, end) is not None
        following = words[reached].folded if reached < len(words) else ""
        part_of_more = (
            text[end : end + 1] == "-"
            or text[start - 1 : start] == "-"
            or text[end : end + 2] in ("'s", "’s")
            or following in lexicon.words("eponym_head")  # "Philadelphia chromosome"
        )
        if (cued or text[start:end].casefold() not in cue_only) and not part_of_more:
            yield PhiMatch(start, end, "ADDRESS", "town-cued" if cued else "town", 0.62 if cued else 0.55)


def _town_at(text: str, words: list[Word], index: int, towns: set[str]) -> int:
    for length in range(min(_LONGEST, len(words) - index), 0, -1):
        last = index + length - 1
        joined = all(_JOINT.fullmatch(text[words[i].end : words[i + 1].start]) for i in range(index, last))
        if joined and text[words[index].start : words[last].end].casefold() in towns:
            return length
    return 0
