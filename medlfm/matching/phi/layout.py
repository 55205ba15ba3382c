"""Finding names by where they stand: above an address, before a birth date or an age, in the column of a table."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from medlfm.matching.phi.match import PhiMatch
from medlfm.matching.phi.runs import BLANK, COMMA, NameWords
from medlfm.matching.phi.words import NAME, ORDINARY, TITLE, Lexicon, Word

__all__ = ["LayoutFinder"]

_LINE = re.compile(r"(?m)^[ \t>*•-]*(?:[^\W\d_][^:\n]{2,30}:[ \t]*)?(?=[^\W\d_])")
# what tells that a person stands before it
_PERSONAL = re.compile(
    r"[ \t]*[,;|(]?[ \t]*\(?(?:\*|(?i:(?:geb|born|dob|mrn|hicn|mbi|ssn|nhs|acct)\b)|"
    r"\d{1,2}[./-] ?\d{1,2}[./-] ?(?:\d{4}|\d\d)\b|"
    r"\d{1,3}[ -]?(?:(?i:y/?o|yrs?|years?|j\.|jahre)|[MFmfw])(?![\w/]))"
)
_AGED = re.compile(r"\(\d{1,3}(?: ?(?:J\.?|Jahre|y/?o|yrs?|years?))?\)")
_SPEAKER = re.compile(r"(?m)^([\[(]?\d{1,2}[:.]\d\d(?::\d\d)?[\])]?[ -]{1,3})?([^\W\d_]{2,}):[ \t]+\S")
_CELL = re.compile(r"[^|\t\n]*")
_OVER_89 = re.compile(r"\s*(9\d|1[01]\d)(?: ?(?:y|J\.?|yo|[MFmfwW]))?\s*")
_LONGEST = 5  # words in a name
_SHORTEST = 3  # letters of a word in capitals that may be a name


class LayoutFinder:
    """Finds names that no word vouches for, only their place; all words of theirs are rare ones."""

    def __init__(self, lexicon: Lexicon) -> None:
        self.lexicon = lexicon

    def find(self, names: NameWords, found: Sequence[PhiMatch]) -> Iterator[PhiMatch]:
        """Yield names; `found` are the finds so far, whose addresses are used."""
        yield from self._heads(names)
        yield from self._before(names, (match.start() for match in _AGED.finditer(names.text)), "name-aged")
        addresses = [match.start for match in found if match.label == "ADDRESS"]
        yield from self._before(names, addresses, "name-addressed", line=True)
        yield from self._columns(names)
        yield from self._speakers(names)

    def _heads(self, names: NameWords) -> Iterator[PhiMatch]:
        """Yield names at the front of a line, or after its label, before a date, an age or a number."""
        for line in _LINE.finditer(names.text):
            first = names.starts.get(line.end())
            if first is None:
                continue
            longest = max(self._run(names, first), self._listed(names, first))
            for last in range(longest, first + 1, -1):
                if self._full(names.words[first:last]) and _PERSONAL.match(names.text, names.words[last - 1].end):
                    yield names.match(first, last, "name-headed", 0.75)
                    break

    def _run(self, names: NameWords, first: int) -> int:
        """Return the index after the last word of a name in full: "Given Surname", "SURNAME, Given"."""
        place, comma = first, False
        while place < len(names.words) and place - first < _LONGEST and self._may_be(names, place):
            if place > first and names.words[place].shape == "initial" and len(names.gap(place - 1)) > 2:
                break  # the next column
            place += 1
            gap = names.gap(place - 1)
            if not comma and COMMA.fullmatch(gap):
                comma = True
            elif not (BLANK.fullmatch(gap) or (names.words[place - 1].shape == "initial" and gap in (". ", "."))):
                break
        while place > first and names.words[place - 1].folded in self.lexicon.words("particle"):
            place -= 1
        return place

    def _listed(self, names: NameWords, first: int) -> int:
        """Return the end of "SURNAME, Given" or "SURNAME Given", the given name being any word; `first` for none."""
        if first + 1 >= len(names.words) or names.words[first].shape != "caps":
            return first
        given = names.words[first + 1]
        joined = COMMA.fullmatch(names.gap(first)) or BLANK.fullmatch(names.gap(first))
        long = len(names.words[first].text) > _SHORTEST
        return first + 2 if joined and long and given.shape == "cap" and self._may_be(names, first) else first

    def _may_be(self, names: NameWords, index: int) -> bool:
        word, kind = names.words[index], names.kinds[index]
        if word.shape == "initial" or word.folded in self.lexicon.words("particle"):
            return True
        if word.shape not in ("cap", "caps") or kind & TITLE:
            return False
        if names.text[word.end : word.end + 1].isdigit() or word.folded in self.lexicon.words("org_word"):
            return False
        if word.shape == "caps" and len(word.text) < _SHORTEST:
            return False
        return kind & NAME > 0 or not kind & ORDINARY

    @staticmethod
    def _full(words: Sequence[Word]) -> bool:
        """Whether words are at least a surname and a given name or its initial."""
        real = [word for word in words if word.shape in ("cap", "caps")]
        return len(real) > 1 or (len(real) == 1 and len(words) > 1 and words[0].shape == "initial")

    def _before(self, names: NameWords, places: Iterable[int], rule: str, *, line: bool = False) -> Iterator[PhiMatch]:
        """Yield the names that end right before some places; with `line`, they begin their line."""
        text = names.text
        for place in places:
            end = place
            while end and text[end - 1] in " \t,;·|":
                end -= 1
            if line and end and text[end - 1] == "\n":
                end = len(text[:end].rstrip())
            last = names.ends.get(end)
            if last is None or (place - end) > 4:
                continue
            first = last
            while first > 0 and last - first < _LONGEST and self._may_be(names, first - 1):
                if not BLANK.fullmatch(names.gap(first - 1)) and names.gap(first - 1) not in (". ", "."):
                    break
                first -= 1
            while first < last and names.words[first].shape == "low":
                first += 1
            if not self._may_be(names, last) or not self._full(names.words[first : last + 1]):
                continue
            begun = text[text.rfind("\n", 0, names.words[first].start) + 1 : names.words[first].start]
            if not line or not begun.strip(" \t>*"):
                yield names.match(first, last + 1, rule, 0.7)

    def _speakers(self, names: NameWords) -> Iterator[PhiMatch]:
        """Yield who speaks in a chat: rare words before a colon, at the front of most lines, some of them again."""
        lines = [(names.starts.get(line.start(2)), line) for line in _SPEAKER.finditer(names.text)]
        told = [(first, line) for first, line in lines if first is not None and names.words[first].end == line.end(2)]
        again = len({names.words[first].folded for first, _ in told}) < len(told)
        if again and 2 * len(told) > sum(1 for line in names.text.split("\n") if line.strip()):
            for first, line in told:
                rare = names.words[first].shape == "cap" and self._may_be(names, first)
                if rare or (line[1] and self._speaks(names.words[first])):
                    yield names.match(first, first + 1, "name-speaker", 0.7)

    def _speaks(self, word: Word) -> bool:
        """Whether a word before a colon, behind a time of day, is no role and no heading."""
        kinds = ("never", "title", "relation", "name_label", "low_title", "protect")
        return not any(word.folded in self.lexicon.words(kind) for kind in kinds)

    def _columns(self, names: NameWords) -> Iterator[PhiMatch]:
        """Yield the cells under a heading for people, in a table of lines with "|" or tabs."""
        labels, ages = self.lexicon.words("name_label"), self.lexicon.words("age_label")
        if "|" not in names.text and "\t" not in names.text:
            return
        columns, aged, cells = set[int](), set[int](), 0
        start = 0
        for text in names.text.split("\n"):
            row = [cell for cell in _CELL.finditer(text) if cell[0]] if "|" in text or "\t" in text else []
            heads = [cell[0].strip().casefold() for cell in row]
            if len(row) < 2:
                columns = set()
            elif any(head in labels for head in heads):
                columns = {number for number, head in enumerate(heads) if head in labels}
                aged, cells = {number for number, head in enumerate(heads) if head in ages}, len(row)
            elif columns and len(row) == cells:
                for number in sorted(aged):
                    if age := _OVER_89.fullmatch(row[number][0]):
                        yield PhiMatch(
                            start + row[number].start() + age.start(1),
                            start + row[number].start() + age.end(1),
                            "AGE",
                            "age-column",
                            0.8,
                        )
                for number in sorted(columns):
                    yield from self._cell(names, start + row[number].start(), start + row[number].end())
            start += len(text) + 1

    def _cell(self, names: NameWords, start: int, end: int) -> Iterator[PhiMatch]:
        while start < end and names.text[start] in " \t":
            start += 1
        first = names.starts.get(start)
        inside = [] if first is None else [word for word in names.words[first : first + _LONGEST] if word.end <= end]
        particle = len(inside) > 1 and inside[0].folded in self.lexicon.words("particle")
        if first is not None and inside and (inside[0].shape != "low" or particle):
            while len(inside) > 1 and inside[0].folded in self.lexicon.words("title"):
                first, inside = first + 1, inside[1:]
            if not all(map(self.lexicon.ordinary, inside)):
                yield names.match(first, first + len(inside), "name-column", 0.7)
