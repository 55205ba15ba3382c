"""Finding the names of people after their titles: "Frau", "Dr. med.", "Mr."."""

from __future__ import annotations

import re
from collections.abc import Iterator

from medlfm.matching.phi.match import PhiMatch
from medlfm.matching.phi.runs import COMMA, NameWords
from medlfm.matching.phi.words import LEAD, TITLE

__all__ = ["AFTER_TITLE", "find_titled", "with_given"]

AFTER_TITLE = re.compile(r"\.?(?:[ \t,.-]|\r?\n){0,3}")
_SHORT = 3  # letters of a word in small letters that is no name
_TITLE, _KNOWN, _GUESS = 0.92, 0.8, 0.7  # scores


def find_titled(names: NameWords, degree: re.Pattern[str]) -> Iterator[PhiMatch]:
    """Yield the names after titles, which stay outside. degree: academic degrees, which are no names."""
    titles, weak, more = (names.lex.words(name) for name in ("title", "weak_title", "title_more"))
    reached = 0
    for index in names.which(TITLE | LEAD):
        if index < reached:
            continue
        folded = names.words[index].folded
        if folded not in titles or names.words[index].shape == "low":
            if folded in names.lex.words("low_title"):
                yield from _after_low_title(names, index + 1)
            continue
        # "MR" and "MS" are findings too, in English
        capitals = names.words[index].shape == "caps" and not names.nouns_are_capitalised
        strong, place = folded not in weak and not capitals, index + 1
        while place < len(names.words) and AFTER_TITLE.fullmatch(names.gap(place - 1)):
            folded = names.words[place].folded
            if names.words[place].shape == "initial":
                break  # "Dr. h. c." is in small letters
            if folded not in more and (folded not in titles or _surname_like_title(names, place)):
                break
            strong = strong or (folded not in weak and folded not in more)
            place += 1
        folded_title = names.words[place - 1].folded
        # "meine Frau", "Frau." at the end of a sentence; the A of "John A." in the line before is no article
        before = names.words[index - 1]
        if index and before.shape != "initial" and before.folded in names.lex.words("possessive"):
            strong = strong and place > index + 1
        ended = names.gap(place - 1).startswith(".") and folded_title in names.lex.words("full_title")
        if place < len(names.words) and not ended and AFTER_TITLE.fullmatch(names.gap(place - 1)):
            yield from _after_title(names, place, degree, strong=strong)
        reached = place


def _after_low_title(names: NameWords, place: int) -> Iterator[PhiMatch]:
    """A name after "frau" or "mr", typed in haste: a rare word, in small letters too."""
    if place < len(names.words) and re.fullmatch(r"\.?[ \t]|_", names.gap(place - 1)):
        word = names.words[place]
        if word.shape == "cap" and not names.lex.ordinary(word):
            yield names.match(place, max(names.run(place, strict=True), place + 1), "name-title", _KNOWN)
        elif (low := names.low_run(place)) > place:
            yield names.match(place, low, "name-title", _GUESS)
        elif word.shape == "low" and len(word.text) > _SHORT and not names.lex.ordinary(word):
            yield names.match(place, place + 1, "name-title", _GUESS)


def _after_title(names: NameWords, place: int, degree: re.Pattern[str], *, strong: bool) -> Iterator[PhiMatch]:
    same_line = "\n" not in names.gap(place - 1)
    if degree.match(names.text, names.words[place].start):
        return
    if not (strong or names.known(place)) and names.lex.ordinary(names.words[place]):
        return
    end = names.run(place, strict=not (strong and same_line), lines=same_line)
    if end > place:
        yield names.match(place, with_given(names, place, end), "name-title", _TITLE if strong else _KNOWN)


def _surname_like_title(names: NameWords, place: int) -> bool:
    return names.words[place].shape == "cap" and names.lex.has("last", names.words[place].text)


def with_given(names: NameWords, place: int, end: int) -> int:
    """Take in the given name in `SURNAME, Given`."""
    listed = end == place + 1 and end < len(names.words) and COMMA.fullmatch(names.gap(place))
    if listed and (names.lex.has("first", names.words[end].text) or names.words[place].shape == "caps"):
        return max(end, names.run(end, strict=True))
    return end
