"""Finding the names of people by the lists of known names alone."""

from __future__ import annotations

import re
from collections.abc import Iterator

from medlfm.matching.phi.match import PhiMatch
from medlfm.matching.phi.runs import AFTER_INITIAL, BLANK, NameWords
from medlfm.matching.phi.words import FIRST, LAST, Word

__all__ = ["find_known_names"]

_NUMBERED = re.compile(r" \d{1,2}(?!\d|[./]\d| ?(?:J|j|y|Mon|mon|W))")  # "Christoph 9" is a helicopter
_CITED = re.compile(r",? et al")
_FULL, _INITIAL, _SURNAME, _ALONE = 0.8, 0.75, 0.65, 0.6  # scores


def find_known_names(names: NameWords) -> Iterator[PhiMatch]:
    """Yield names that begin with a known given name, then known surnames with what stands before them."""
    known = _Known(names)
    yield from known.by_given_name()
    yield from known.by_surname()


class _Known:
    def __init__(self, names: NameWords) -> None:
        self.names, self.lex, self.text, self.words = names, names.lex, names.text, names.words

    def by_given_name(self) -> Iterator[PhiMatch]:
        reached = 0
        for index in self.names.which(FIRST):
            word = self.words[index]
            if index < reached or word.shape not in ("cap", "caps"):
                continue
            end = self.names.run(index, strict=True)
            if end > index and not self.names.eponym(end - 1, index):
                initial = any(self.words[item].shape == "initial" for item in range(index + 1, end))
                acts = end - index > 1 and self._acts(end)
                if self.names.any_known(index + 1, end) or (word.shape == "cap" and (initial or acts)):
                    yield self.names.match(index, end, "name-first", _FULL)
                elif (
                    not self._doubtful(word)
                    and not self._thing(index, end)
                    and not _NUMBERED.match(self.text, self.words[end - 1].end)
                ):
                    alone = end - index == 1
                    yield self.names.match(
                        index, end, "name-first-alone" if alone else "name-first", _ALONE if alone else _FULL
                    )
            reached = end

    def _thing(self, first: int, last: int) -> bool:
        """Whether a name alone is that of a tool or of an author: "the Ellis clamp", "Rowland, et al"."""
        before = self.words[first - 1].folded if first and BLANK.fullmatch(self.names.gap(first - 1)) else ""
        return before in self.lex.words("thing_before") or bool(_CITED.match(self.text, self.words[last - 1].end))

    def _acts(self, end: int) -> bool:
        """Whether a verb for people follows: "Iris Bloom returns"."""
        verb = self.words[end].text if end < len(self.words) and BLANK.fullmatch(self.names.gap(end - 1)) else ""
        return verb in self.lex.words("name_verb")

    def _doubtful(self, word: Word) -> bool:
        """Whether a given name alone is no sign of a person: a common word, capitals, a part of "Marshall-Krantz"."""
        folded = word.folded
        parts = folded.split("-")
        return (
            word.shape == "caps"
            or any(part in self.lex.words("ambiguous_first") for part in parts)
            or not all(part in self.lex.words("first") for part in parts)
        )

    def by_surname(self) -> Iterator[PhiMatch]:
        for index in self.names.which(LAST):
            if not index or self.words[index].shape != "cap":
                continue
            if not self._surname(index):
                yield from self._set_off(index)
                continue
            before = self.words[index - 1]
            gap = self.names.gap(index - 1)
            if before.shape == "initial" and gap.startswith(".") and AFTER_INITIAL.fullmatch(gap):
                yield self.names.match(index - 1, index + 1, "name-initial-last", _INITIAL)
            elif before.shape == "cap" and BLANK.fullmatch(gap) and self.names.plausible(index - 1, strict=True):
                yield self.names.match(index - 1, index + 1, "name-last", _SURNAME)
            elif self._surname_alone(index):
                yield self.names.match(index, index + 1, "name-last-alone", _ALONE)

    def _surname_alone(self, index: int) -> bool:
        """Whether a surname is that of somebody who acts or is told something: "Per Gupta: …", "Haddad (neuro)"."""
        word, names = self.words[index], self.names
        if self.lex.ordinary(word) or word.folded in self.lex.sets.get("common", ()) or self._thing(index, index + 1):
            return False
        after = self.text[word.end : word.end + 2]
        if not (after[:1] in " :,.;)/\n" or after == ""):
            return False
        before = names.gap(index - 1)
        begins = "\n" in before or before.strip(" ") in (".", "!", "?", ",", ";", "→", "/", "|", ">")
        told = after[:1] == ":" or after == " (" or self._acts(index + 1)
        blank = BLANK.fullmatch(before.lstrip(":.")) is not None
        cued = blank and self.words[index - 1].folded in self.lex.words("surname_cue")
        return (told and (begins or cued)) or (cued and after[:1] in ":,.;)/\n")

    def _set_off(self, index: int) -> Iterator[PhiMatch]:
        """Yield a name between commas whose surname is a common word too: ", Johnathon Smith," and ", Smith J.,"."""
        word, names = self.words[index], self.names
        if names.nouns_are_capitalised or names.eponym(index):
            return
        first, last = index, index
        if self.words[index - 1].shape == "cap" and BLANK.fullmatch(names.gap(index - 1)):
            first = index - 1 if names.plausible(index - 1, strict=True) else index
        elif index + 1 < len(self.words) and self.words[index + 1].shape == "initial" and names.gap(index) == " ":
            last = index + 1
        behind = self.text[self.words[last].end :].removeprefix(".") if last > index else self.text[word.end :]
        before = self.text[: self.words[first].start]
        if last > first and before.endswith(", ") and behind.startswith((",", ";", "?")):
            yield names.match(first, last + 1, "name-set-off", _SURNAME)

    def _surname(self, index: int) -> bool:
        folded = self.words[index].folded
        clear = folded not in self.lex.words("ambiguous_last") and not self.lex.has("protect", folded)
        return self.lex.has("last", folded) and clear and not self.names.eponym(index)
