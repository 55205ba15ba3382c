"""A name found once is found everywhere in its document."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator

from medlfm.matching.phi.match import PhiMatch
from medlfm.matching.phi.words import Lexicon, Word, split_words

__all__ = ["spread_names"]

# what vouches for every single part of the name
_SURE = (
    "name-title",
    "name-label",
    "name-born",
    "name-first",
    "name-surname-first",
    "name-relation",
    "name-signature",
    "name-called",
    "name-salutation",
    "name-numbered",
    "name-maiden",
    "name-initial-last",
    "name-credential",
    "name-caret",
    "name-speaker",
    "name-headed",
    "name-addressed",
    "name-column",
    "hl7",
)


def spread_names(
    names: list[PhiMatch], text: str, words: list[Word], lexicon: Lexicon, *, genitive: bool
) -> Iterator[PhiMatch]:
    """Yield the other places of the parts of names; a German genitive s belongs to the name.

    A part that is also a common noun, an eponym or in small letters elsewhere in the text spreads to no other place:
    "Nase" after "Frau Nase" may be her nose.
    """
    low = {word.folded for word in words if word.shape == "low"}
    parts: set[str] = set()
    for name in names:
        if name.rule.startswith(_SURE):
            for part in split_words(text[name.start : name.end]):
                folded = part.folded
                if part.shape in ("cap", "caps") and len(folded) > 2 and _spreads(folded, low, lexicon):
                    parts.add(folded)
    if not parts:
        return
    starts = [name.start for name in names]
    eponym = re.compile(r"[-'’]?s?[ -](?:" + "|".join(sorted(lexicon.words("eponym_head")) or ["\0"]) + r")\b")
    for word in words:
        folded = word.folded
        known = folded in parts or (genitive and folded.endswith("s") and folded[:-1] in parts)
        if not known or word.shape not in ("cap", "caps"):
            continue
        before = bisect_right(starts, word.start) - 1
        covered = before >= 0 and word.start < names[before].end
        if not covered and not eponym.match(text, word.end):
            yield PhiMatch(word.start, word.end, "NAME", "name-again", 0.75)


def _spreads(folded: str, low: set[str], lexicon: Lexicon) -> bool:
    if folded in low or lexicon.has("protect", folded) or lexicon.has("never", folded):
        return False
    return folded not in lexicon.words("title") and folded not in lexicon.words("particle")
