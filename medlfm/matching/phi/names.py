"""Finding the names of people by cues (titles, relations, labels, birth dates, signatures) and by known names."""

from __future__ import annotations

import re
from collections.abc import Iterator

from medlfm.matching.phi.match import PhiMatch
from medlfm.matching.phi.words import Lexicon, Word

__all__ = ["NameFinder"]

_SPACE = re.compile(r"[ \t]{1,3}(?:\r?\n[ \t]*)?|\r?\n[ \t]*")
_BLANK = re.compile(r"[ \t]{1,3}")
_AFTER_INITIAL = re.compile(r"\.?[ \t]{0,2}|\.-")
_COMMA = re.compile(r"[ \t]?,[ \t]?")
_AFTER_TITLE = re.compile(r"\.?(?:[ \t,.-]|\r?\n){0,3}")
_BORN = re.compile(
    r"[ \t]*,?[ \t\n]*\(?[ \t]*(?:\*|geb(?:\.|oren(?:e[rn]?)?)(?: am)?|born(?: on)?|DOB|D\.O\.B\.|Date of Birth|"
    r"Geburtsdatum|Geb\.-?Dat\.?)[ \t]*:?[ \t]*(?=\d|den \d|[A-Z][a-z]+ \d)"
)
_AGE = re.compile(
    r"[ \t]*,?[ \t]+(?:(?:is|was) an? |an? |age )?(?:\d{1,3})[- ]?(?:years?[- ]old|year[- ]old|yo\b|y/o|y\.o)"
)
_NUMBERED = re.compile(r"[ \t]*,?[ \t]*\(?(?:MRN|SSN|medical record|DOB)\b")
_MAIDEN = re.compile(r"\b(?:geb\.|geborene[rn]?|verw\.|née|nee|born) (?=[A-ZÄÖÜ])")
_CARET = re.compile(r"(?<![\w^|])([^\W\d_][\w' -]*)\^([^\W\d_][\w' -]*)(?:\^[\w.' -]*)*")
_TITLE_SCORE, _CUE_SCORE, _KNOWN_SCORE, _ALONE_SCORE = 0.92, 0.85, 0.8, 0.6


class NameFinder:
    """Finds names in a text that was split into words; titles stay outside."""

    def __init__(self, lang: str, lexicon: Lexicon) -> None:
        self.lexicon = lexicon
        self.nouns_are_capitalised = lang == "de"
        labels = _alternatives(lexicon.words("name_label"))
        aside = r"(?:[ \t]*\([^)\n]{0,20}\))?"
        self.label = re.compile(rf"(?im)(?:^|[ \t(,;|])(?:{labels}){aside}[ \t]*(?::|\t)[ \t]*(?:\r?\n[ \t]*)?")
        self.closing = _alternatives(lexicon.words("closing"))
        self.credential = _alternatives(lexicon.words("credential"))

    def find(self, text: str, words: list[Word]) -> list[PhiMatch]:
        """Return names, possibly overlapping; `words` are those of the text."""
        search = _Search(self, text, words)
        return [match for step in search.steps() for match in step]


def _alternatives(values: set[str]) -> str:
    return "|".join(re.escape(value).replace(r"\ ", r"[ -]") for value in sorted(values, key=len, reverse=True))


class _Search:
    """One text under search."""

    def __init__(self, finder: NameFinder, text: str, words: list[Word]) -> None:
        self.finder, self.lex, self.text, self.words = finder, finder.lexicon, text, words
        self.starts = {word.start: index for index, word in enumerate(words)}
        self.ends = {word.end: index for index, word in enumerate(words)}

    def steps(self) -> Iterator[Iterator[PhiMatch]]:
        yield self._after_titles()
        yield self._after_relations()
        yield self._after_labels()
        yield self._before_facts()
        yield self._surname_first()
        yield self._signatures()
        yield self._known()

    # ---- what a name can be made of

    def _gap(self, index: int) -> str:
        if index + 1 >= len(self.words):
            return "\0"
        return self.text[self.words[index].end : self.words[index + 1].start]

    def _known_name(self, index: int) -> bool:
        return self.lex.has("name", self.words[index].text)

    def _plausible(self, index: int, *, strict: bool) -> bool:
        """Whether a word can be part of a name; `strict` where no title or label vouches for it."""
        word = self.words[index]
        if word.shape not in ("cap", "caps") or word.text.casefold() in self.lex.words("never"):
            return False
        if not strict:
            return not (len(word.text) > 5 and self.lex.is_noun(word.text) and not self._known_name(index))
        if self.lex.has("protect", word.text):
            return False
        return self._known_name(index) or (word.shape == "cap" and not self.lex.is_noun(word.text))

    def _run(self, index: int, *, strict: bool, lines: bool = False) -> int:
        """Return the index after the last word of a name that starts at `index`; `index` itself where none does."""
        space = _SPACE if lines else _BLANK
        place, taken, sure = index, 0, False
        while place < len(self.words) and place - index < 6:
            word = self.words[place]
            if word.shape == "initial" and (taken or self._initial(place)):
                step, known = _AFTER_INITIAL, True
            elif word.text in self.lex.words("particle") and self._particle(place, taken):
                step, known = space, True
            elif self._plausible(place, strict=strict) and (taken == 0 or sure or self._follows(place, strict=strict)):
                taken, known = taken + 1, self.lex.has("first", word.text)
                step = space if known else _BLANK
                if taken > 3 and not self._known_name(place):
                    break
            else:
                break
            place += 1
            sure = known
            if not step.fullmatch(self._gap(place - 1)):
                break
        while place > index and self.words[place - 1].text in self.lex.words("particle"):
            place -= 1
        return place

    def _initial(self, place: int) -> bool:
        """Whether a single capital begins a name: it has a full stop, and a name or another initial follows."""
        return self._gap(place).startswith(".") or self._gap(place) == "\0"

    def _particle(self, place: int, taken: int) -> bool:
        following = self.words[place + 1] if place + 1 < len(self.words) else None
        if following is None or not _BLANK.fullmatch(self._gap(place)):
            return False
        if self.words[place].text in ("und",) or (
            taken == 0 and self.words[place].text not in ("von", "van", "de", "al")
        ):
            return False
        return following.shape == "cap" or following.text in self.lex.words("particle")

    def _follows(self, place: int, *, strict: bool) -> bool:
        """Whether a word belongs to the unknown name before it."""
        word = self.words[place]
        if self._known_name(place):
            return True
        if not self.finder.nouns_are_capitalised:
            return word.shape == "cap" and not self.lex.has("never", word.text)
        return not strict and word.shape == "cap" and not self.lex.is_noun(word.text)

    def _match(self, first: int, last: int, rule: str, score: float) -> PhiMatch:
        end = self.words[last - 1].end
        if self.words[last - 1].shape == "initial" and self.text[end : end + 1] == ".":
            end += 1
        return PhiMatch(self.words[first].start, end, "NAME", rule, score)

    # ---- the cues

    def _after_titles(self) -> Iterator[PhiMatch]:
        titles, weak = self.lex.words("title"), self.lex.words("weak_title")
        index = 0
        while index < len(self.words):
            word = self.words[index]
            folded = word.text.casefold()
            if folded not in titles or (word.shape == "low" and folded not in weak and folded not in ("med", "dent")):
                index += 1
                continue
            strong = folded not in weak
            place = index + 1
            while place < len(self.words) and _AFTER_TITLE.fullmatch(self._gap(place - 1)):
                if self.words[place].text.casefold() not in titles or self._surname_like_title(place):
                    break
                strong = strong or self.words[place].text.casefold() not in weak
                place += 1
            if place < len(self.words) and _AFTER_TITLE.fullmatch(self._gap(place - 1)):
                lines = self._gap(place - 1).count("\n") == 0
                end = self._run(place, strict=not strong, lines=lines)
                if end > place:
                    yield self._match(place, end, "name-title", _TITLE_SCORE if strong else _KNOWN_SCORE)
            index = max(place, index + 1)

    def _surname_like_title(self, place: int) -> bool:
        return self.words[place].shape == "cap" and self.lex.has("last", self.words[place].text)

    def _after_relations(self) -> Iterator[PhiMatch]:
        relations, verbs = self.lex.words("relation"), self.lex.words("name_verb")
        for index, word in enumerate(self.words[:-1]):
            if word.text.casefold() not in relations or not re.fullmatch(
                r"[ \t]*[,(]?[ \t]*|\.[ \t]|[ \t]?\r?\n", self._gap(index)
            ):
                continue
            place = index + 1
            end = self._run(place, strict=True)
            if end == place:
                continue
            initials = all(self.words[item].shape == "initial" for item in range(place, end))
            if initials and not re.match(r"\.[ ]?[A-Z]\.", self.text[self.words[place].end :]):
                continue
            known = any(self._known_name(item) for item in range(place, end))
            following = self.words[end].text if end < len(self.words) else ""
            if known or initials or not self.finder.nouns_are_capitalised or following in verbs:
                yield self._match(place, end, "name-relation", _CUE_SCORE if known else 0.7)

    def _after_labels(self) -> Iterator[PhiMatch]:
        for match in self.finder.label.finditer(self.text):
            place = self.starts.get(match.end())
            titles = self.lex.words("title")
            while place is not None and place + 1 < len(self.words) and self.words[place].text.casefold() in titles:
                if not _AFTER_TITLE.fullmatch(self._gap(place)):
                    break
                place += 1
            if place is None:
                continue
            end = self._listed(place)
            if end > place:
                yield self._match(place, end, "name-label", _CUE_SCORE)
        for match in re.finditer(
            r"\b(?:[Mm]y name is|[Nn]ame is|named|known as|goes by|mein Name ist|heißt|namens) (?=[A-ZÄÖÜ])", self.text
        ):
            place = self.starts.get(match.end())
            if place is not None and (end := self._run(place, strict=True)) > place:
                yield self._match(place, end, "name-called", _CUE_SCORE)
        for match in re.finditer(
            rf"(?im)^[ \t]*(?:{'|'.join(sorted(self.lex.words('salutation')))})[ \t]+(?=\w)", self.text
        ):
            place = self.starts.get(match.end())
            if place is not None and (end := self._run(place, strict=True)) > place and self._gap(end - 1)[:1] in ",!":
                yield self._match(place, end, "name-salutation", _CUE_SCORE)

    def _listed(self, place: int) -> int:
        """A name after a label: `Given Surname`, or `SURNAME, Given`."""
        end = self._run(place, strict=False)
        if end > place and end < len(self.words) and _COMMA.fullmatch(self._gap(end - 1)):
            more = self._run(end, strict=True)
            if more > end and (self.lex.has("first", self.words[end].text) or end - place == 1):
                return more
        return end

    def _before_facts(self) -> Iterator[PhiMatch]:
        """Names before a birth date, an age, a record number or an academic degree."""
        facts = [(_BORN, "name-born", True), (_AGE, "name-age", False), (_NUMBERED, "name-numbered", False)]
        for pattern, rule, comma in facts:
            for match in pattern.finditer(self.text):
                yield from self._backwards(match.start(), rule, comma=comma)
        if self.finder.credential:
            for match in re.finditer(rf",?[ \t]+(?:{self.finder.credential})(?![\w])", self.text):
                if (
                    self.text[match.start() : match.end()].strip(", \t").isupper()
                    or "." in match[0]
                    or match[0].strip(", ")[0].isupper()
                ):
                    yield from self._backwards(match.start(), "name-credential", comma=False)
        for match in _MAIDEN.finditer(self.text):
            place = self.starts.get(match.end())
            if place is not None and (end := self._run(place, strict=True)) > place:
                yield self._match(place, end, "name-maiden", _CUE_SCORE)
        for match in _CARET.finditer(self.text):
            if self.lex.has("name", match[1].strip()) or self.lex.has("first", match[2].strip()):
                yield PhiMatch(match.start(), match.end(), "NAME", "name-caret", 0.9)

    def _backwards(self, position: int, rule: str, *, comma: bool) -> Iterator[PhiMatch]:
        last = self.ends.get(position)
        if last is None and position and self.text[position - 1] == ".":
            last = self.ends.get(position - 1)
        if last is None:
            return
        first = last + 1
        while first > 0 and last - first < 4:
            word = self.words[first - 1]
            if first <= last:
                gap = self._gap(first - 1)
                if not (
                    _BLANK.fullmatch(gap)
                    or (comma and _COMMA.fullmatch(gap))
                    or (word.shape == "initial" and _AFTER_INITIAL.fullmatch(gap))
                ):
                    break
            if word.text.casefold() in self.lex.words("title"):
                break
            if word.shape == "low" and word.text not in self.lex.words("particle"):
                break
            if (
                word.shape != "initial"
                and word.shape != "low"
                and not self._plausible(first - 1, strict=word.shape == "cap")
            ):
                break
            first -= 1
        while first <= last and self.words[first].shape == "low":
            first += 1
        if first > last or all(self.words[item].shape == "initial" for item in range(first, last + 1)):
            return
        known = any(self._known_name(item) for item in range(first, last + 1))
        if known or last > first or rule == "name-born":
            yield self._match(first, last + 1, rule, _CUE_SCORE if known else 0.72)

    def _surname_first(self) -> Iterator[PhiMatch]:
        for index in range(len(self.words) - 1):
            word, given = self.words[index], self.words[index + 1]
            if (
                word.shape not in ("cap", "caps")
                or not self.lex.has("first", given.text)
                or not _COMMA.fullmatch(self._gap(index))
            ):
                continue
            line_start = not self.text[self.text.rfind("\n", 0, word.start) + 1 : word.start].strip()
            sure = self.lex.has("last", word.text) or word.shape == "caps" or line_start
            if (
                sure
                and self._plausible(index, strict=word.shape == "cap")
                and self._plausible(index + 1, strict=given.shape == "cap")
            ):
                yield self._match(index, self._run(index + 1, strict=True), "name-surname-first", _KNOWN_SCORE)

    def _signatures(self) -> Iterator[PhiMatch]:
        for match in re.finditer(rf"(?im)^[ \t]*(?:{self.finder.closing})[ \t]*[,.!]?[ \t]*$|\bgez\.", self.text):
            stop = match.end()
            for _ in range(9):
                stop = self.text.find("\n", stop + 1)
                if stop < 0:
                    stop = len(self.text)
                    break
            index = (
                next((i for i in range(len(self.words)) if self.words[i].start >= match.end()), len(self.words))
                if match.end()
                else 0
            )
            while index < len(self.words) and self.words[index].start < stop:
                end = self._run(index, strict=True)
                parts = range(index, end)
                known = any(self._known_name(item) for item in parts)
                if end - index >= 2 and (known or any(self.words[item].shape == "initial" for item in parts)):
                    yield self._match(index, end, "name-signature", _KNOWN_SCORE)
                elif known and end > index and not self.text[self.words[end - 1].end :].lstrip(" \t")[:1].isalpha():
                    yield self._match(index, end, "name-signature", 0.7)
                index = max(end, index + 1)

    # ---- known names

    def _known(self) -> Iterator[PhiMatch]:
        ambiguous = self.lex.words("ambiguous_first")
        index = 0
        while index < len(self.words):
            word = self.words[index]
            if word.shape in ("cap", "caps") and self.lex.has("first", word.text):
                end = self._run(index, strict=True)
                if end > index:
                    alone = end - index == 1
                    doubtful = word.text.casefold() in ambiguous or word.shape == "caps"
                    partner = any(self._known_name(item) for item in range(index + 1, end))
                    if (not doubtful or partner) and not self._eponym(end - 1):
                        yield self._match(
                            index,
                            end,
                            "name-first-alone" if alone else "name-first",
                            _ALONE_SCORE if alone else _KNOWN_SCORE,
                        )
                        index = end
                        continue
            elif word.shape == "cap" and self._surname(index):
                before = index - 1
                if (
                    before >= 0
                    and _BLANK.fullmatch(self._gap(before))
                    and self.words[before].shape == "cap"
                    and self._plausible(before, strict=True)
                ):
                    yield self._match(before, index + 1, "name-last", 0.65)
                elif (
                    before >= 0
                    and self.words[before].shape == "initial"
                    and self.text[self.words[before].end] == "."
                    and _AFTER_INITIAL.fullmatch(self._gap(before))
                ):
                    yield self._match(before, index + 1, "name-initial-last", 0.75)
            index += 1

    def _surname(self, index: int) -> bool:
        folded = self.words[index].text.casefold()
        return (
            self.lex.has("last", folded)
            and folded not in self.lex.words("ambiguous_last")
            and not self.lex.has("protect", folded)
            and not self._eponym(index)
        )

    def _eponym(self, index: int) -> bool:
        """Whether what follows makes a finding, a test or a tool of the name: `Smith fracture`."""
        if index + 1 >= len(self.words) or not re.fullmatch(
            r"(?:['’]s?)?[ \t-]", self.text[self.words[index].end : self.words[index + 1].start]
        ):
            return False
        return self.words[index + 1].text.casefold() in self.lex.words("eponym_head")
