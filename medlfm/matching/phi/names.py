"""Finding the names of people by cues (titles, relations, labels, birth dates, signatures) and by known names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Set

from medlfm.matching.phi.alternatives import alternatives
from medlfm.matching.phi.known_names import find_known_names
from medlfm.matching.phi.match import PhiMatch
from medlfm.matching.phi.runs import AFTER_INITIAL, BLANK, COMMA, NameWords
from medlfm.matching.phi.scan import Scan
from medlfm.matching.phi.signatures import find_signatures
from medlfm.matching.phi.titles import AFTER_TITLE, find_titled, with_given
from medlfm.matching.phi.words import FIRST, RELATION, Lexicon

__all__ = ["NameFinder"]

_AFTER_RELATION = re.compile(r"[ \t]*[,(]?[ \t]*|\.[ \t]|(?:[ \t]*\n){1,2}[ \t]*")
# a fact that makes a name of what stands before it, and what may stand between the two
_BORN = re.compile(
    r"(?:\*|\b(?:[Gg]eb(?:\.|oren(?:e[rn]?)?)(?: am)?|born(?: on)?|DOB|D\.O\.B\.|Date of Birth|"
    r"Geburtsdatum|Geb\.-?Dat\.?))[ \t]*:?[ \t]*(?=\d|den \d|[A-Z][a-z]+ \d)"
)
_BEFORE_BORN = re.compile(r"[ \t]*,?[ \t\n]*\(?[ \t]*$")
_AGE = re.compile(r"\b\d{1,3}[- ]?(?:years?[- ]old|year[- ]old|yo\b|y/o|y\.o)")
_BEFORE_AGE = re.compile(r"[ \t]*,?[ \t]+(?:(?:is|was) an? |an? |age )?$")
_NUMBERED = re.compile(r"\b(?:MRN|SSN|FN|medical record|DOB)\b")
_BEFORE_NUMBERED = re.compile(r"[ \t]*,?[ \t]*\(?$")
_BEFORE_DEGREE = re.compile(r",?[ \t]+$")
_BEFORE_FACT = re.compile(r"[ \t]+$")
_BEFORE = 16  # characters in which those are looked for
_MAIDEN = re.compile(r"\b(?:geb\.|geborene[rn]?|verw\.|née|nee) (?=[A-ZÄÖÜ])")
_CARET = re.compile(r"(?<![\w^])([^\W\d_][\w' -]*)\^([^\W\d_][\w' -]*)(?:\^[\w.' -]*)*")
_ABBREVIATION = 4  # capitals that may be one: "MRSA, Maria A." is no "SURNAME, Given"
_CUE, _KNOWN, _GUESS = 0.85, 0.8, 0.7


class NameFinder:
    """Finds names in a text that was split into words; titles stay outside."""

    def __init__(self, lang: str, lexicon: Lexicon) -> None:
        self.lang, self.lexicon = lang, lexicon
        labels, aside = alternatives(lexicon.words("name_label")), r"(?:[ \t]*\([^)\n]{0,20}\))?"
        self.label = re.compile(rf"(?im)(?:^|(?<=[ \t(,;|]))(?:{labels}){aside}[ \t]*(?::|\t)[ \t]*(?:\r?\n[ \t]*)?")
        self.called = re.compile(rf"(?i:\b(?:{alternatives(lexicon.words('called'))}))[ \t]+(?=[^\W\d_a-zà-ÿ])")
        self.signed_by = re.compile(rf"(?i)\b(?:{alternatives(lexicon.words('signed_by'))})[ \t]*:?[ \t]+")
        self.salutation = re.compile(rf"(?im)^[ \t]*(?:{alternatives(lexicon.words('salutation'))})[ \t]+(?=\w)")
        self.closing = re.compile(
            rf"(?im)^[ \t]*(?:{alternatives(lexicon.words('closing'))})[ \t]*[,.!]*[ \t]*$|\bgez\."
        )
        self.degree = re.compile(rf"(?<!\w)(?:{alternatives(lexicon.words('credential'))})(?!\w)")
        self.credential = re.compile(self.degree.pattern, re.IGNORECASE)
        self.fact = re.compile(rf"\b(?:{alternatives(lexicon.words('name_fact'))})\b")
        own = (self.label, self.called, self.signed_by, self.salutation, self.closing, self.degree, self.fact)
        self.regexes = [*own, _BORN, _AGE, _NUMBERED, _MAIDEN, _CARET]
        self.needs = {_CARET: ["^"]}

    def find(self, names: NameWords, scan: Scan) -> list[PhiMatch]:
        """Return the names in the words of a text, possibly overlapping. scan: that of the text, for `regexes`."""
        search = _Search(self, names, scan)
        return [match for step in search.steps() for match in step]


class _Search:
    """One text under search."""

    def __init__(self, finder: NameFinder, names: NameWords, scan: Scan) -> None:
        self.finder, self.names, self._matches = finder, names, scan.matches
        self.lex, self.text, self.words = names.lex, names.text, names.words

    def steps(self) -> Iterator[Iterator[PhiMatch]]:
        yield find_titled(self.names, self.finder.degree)
        yield self._after_relations()
        yield self._after_labels()
        yield self._after_phrases()
        yield self._before_facts()
        yield self._surname_first()
        yield find_signatures(self.names, self._matches(self.finder.closing), self.finder.credential)
        yield find_known_names(self.names)

    # ---- after a cue

    def _after_relations(self) -> Iterator[PhiMatch]:
        verbs = self.lex.words("name_verb")
        for index in self.names.which(RELATION):
            word, gap = self.words[index], self.names.gap(index)
            if not _AFTER_RELATION.fullmatch(gap):
                continue
            if word.shape == "low" and (low := self.names.low_run(index + 1)) > index + 1:
                yield self.names.match(index + 1, low, "name-relation", _GUESS)
            if word.shape == "low" and self.names.nouns_are_capitalised:
                continue
            if gap.startswith(".") and len(word.text) > 3:
                continue  # the end of a sentence, not "Pat."
            place = index + 1
            if _BORN.match(self.text, self.words[place].start):
                continue  # "Sex F  D.O.B."
            if self.words[place].text in ("von", "of") and BLANK.fullmatch(self.names.gap(place)):
                place += 1  # "Schwager von Karl", "wife of John"
            end = self.names.run(place, strict=True)
            if end == place and self.words[place].shape == "cap" and self.lex.has("first", self.words[place].text):
                end = place if self.names.eponym(place) else place + 1
            if end == place and (self.words[place].shape == "caps" or self.lex.has("protect", self.words[place].text)):
                end = with_given(self.names, place, place + 1)
                end = end if end > place + 1 and not self.lex.ordinary(self.words[place + 1]) else place
            if end == place:
                continue
            end = with_given(self.names, place, end)
            if all(self.words[item].shape == "initial" for item in range(place, end)):
                # "Pat. A" may be anything; "Pat. A.B." is somebody
                known = bool(re.match(r"\.[ ]?[A-Z]\.", self.text[self.words[place].end :]))
                if not known:
                    continue
            else:
                known = self.words[place].shape == "initial" or self.names.any_known(place, end)
            following = self.words[end].text if end < len(self.words) else ""
            if self.names.eponym(end - 1, place):
                continue
            telling = following in verbs or not any(map(self.lex.ordinary, self.words[place:end]))
            if known or telling or not self.names.nouns_are_capitalised:
                yield self.names.match(place, end, "name-relation", _CUE if known else _GUESS)
                yield from self._and_another(end)

    def _and_another(self, place: int) -> Iterator[PhiMatch]:
        """Yield the second name of "the children Anna and Freya"."""
        if place + 1 < len(self.words) and self.words[place].text in ("und", "and", "u"):
            word = self.words[place + 1]
            if word.shape == "cap" and not self.lex.ordinary(word) and self.names.plausible(place + 1, strict=True):
                yield self.names.match(place + 1, place + 2, "name-relation", _GUESS)

    def _after_labels(self) -> Iterator[PhiMatch]:
        titles = self.lex.words("title") | self.lex.words("title_more") | self.lex.words("relation")
        for match in self._matches(self.finder.label):
            place = self._past_titles(self.names.starts.get(match.end()), titles)
            if place is not None and (end := self._listed(place)) > place:
                yield self.names.match(place, end, "name-label", _CUE)

    def _past_titles(self, place: int | None, titles: Set[str]) -> int | None:
        while place is not None and place + 1 < len(self.words) and self.words[place].folded in titles:
            if not AFTER_TITLE.fullmatch(self.names.gap(place)):
                break
            place += 1
        return place

    def _listed(self, place: int) -> int:
        """Return the end of a name after a label: `Given Surname`, or `SURNAME, Given`."""
        end = self.names.run(place, strict=True)
        word = self.words[place]
        if end == place and word.folded not in self.lex.words("never"):
            followed = place + 1 < len(self.words) and COMMA.fullmatch(self.names.gap(place))
            given = followed and self.lex.has("first", self.words[place + 1].text)
            known = word.shape == "cap" and self.names.known(place) and not self.names.eponym(place)
            if given or known or (word.shape == "caps" and len(word.text) > 3):
                end = place + 1
        if end > place and end < len(self.words) and COMMA.fullmatch(self.names.gap(end - 1)):
            degree = self.finder.degree.match(self.text, self.words[end].start)
            more = end if degree else self.names.run(end, strict=True)
            if more > end and (self.lex.has("first", self.words[end].text) or end - place == 1):
                return more
        return end

    def _after_phrases(self) -> Iterator[PhiMatch]:
        for match in self._matches(self.finder.called):
            place = self.names.starts.get(match.end())
            if place is None:
                continue
            end = self.names.run(place, strict=True)
            rare = not all(map(self.lex.ordinary, self.words[place:end]))
            if end > place and not self.names.eponym(end - 1, place) and (rare or self.names.known(place)):
                yield self.names.match(place, end, "name-called", _CUE)
        for match in self._matches(self.finder.signed_by):
            place = self._past_titles(self.names.starts.get(match.end()), self.lex.words("title"))
            if place is None:
                continue
            if (low := self.names.low_run(place)) > place:
                yield self.names.match(place, low, "name-signed-by", _GUESS)
            end, loose = self.names.run(place, strict=True), self.names.run(place, strict=False)
            if loose > place + 1 and not re.match(r"[ \t]*[^\W_]", self.text[self.words[loose - 1].end :][:4]):
                end = loose
            if end - place > 1 or (end > place and not self.lex.ordinary(self.words[place])):
                yield self.names.match(place, end, "name-signed-by", _KNOWN)
        for match in self._matches(self.finder.salutation):
            place = self.names.starts.get(match.end())
            if place is None:
                continue
            end = self.names.run(place, strict=True)
            if end > place and self.names.gap(end - 1)[:1] in ",!":
                yield self.names.match(place, end, "name-salutation", _CUE)

    # ---- before a cue

    def _before_facts(self) -> Iterator[PhiMatch]:
        """Names before a birth date, an age, a record number, an academic degree or a verb for people."""
        facts = [
            (_BORN, _BEFORE_BORN, "name-born"),
            (_AGE, _BEFORE_AGE, "name-age"),
            (_NUMBERED, _BEFORE_NUMBERED, "name-numbered"),
            (self.finder.degree, _BEFORE_DEGREE, "name-credential"),
            (self.finder.fact, _BEFORE_FACT, "name-fact"),
        ]
        for pattern, between, rule in facts:
            for match in self._matches(pattern):
                start = max(0, match.start() - _BEFORE)
                if gap := between.search(self.text[start : match.start()]):
                    yield from self._backwards(start + gap.start(), rule)
        for match in self._matches(_MAIDEN):
            place = self.names.starts.get(match.end())
            if place is not None and (end := self.names.run(place, strict=True)) > place:
                yield self.names.match(place, end, "name-maiden", _CUE)
        for match in self._matches(_CARET):
            if self.lex.has("name", match[1].strip()) or self.lex.has("first", match[2].strip()):
                yield PhiMatch(match.start(), match.end(), "NAME", "name-caret", 0.9)

    def _backwards(self, position: int, rule: str) -> Iterator[PhiMatch]:
        last = self.names.ends.get(position)
        if last is None and position and self.text[position - 1] == ".":
            last = self.names.ends.get(position - 1)
        if last is None:
            return
        first = last + 1
        while first > 0 and last - first < 4 and self._joins(first - 1, last, rule):
            first -= 1
        while first <= last and self.words[first].shape == "low":
            first += 1
        if first > last or all(self.words[item].shape == "initial" for item in range(first, last + 1)):
            return
        known = self.names.any_known(first, last + 1)
        if known or last > first or rule == "name-born":
            yield self.names.match(first, last + 1, rule, _CUE if known else _GUESS)

    def _joins(self, index: int, last: int, rule: str) -> bool:
        """Whether a word belongs to the name after it, which ends at `last`."""
        word = self.words[index]
        if index < last:
            gap = self.names.gap(index)
            listed = rule == "name-born" and COMMA.fullmatch(gap)
            if not (BLANK.fullmatch(gap) or listed or (word.shape == "initial" and AFTER_INITIAL.fullmatch(gap))):
                return False
        folded = word.folded
        if folded in self.lex.words("title") or folded in self.lex.words("relation"):
            return False
        if word.shape == "low":
            return word.text in self.lex.words("particle")
        return word.shape == "initial" or self.names.plausible(index, strict=rule != "name-born")

    def _surname_first(self) -> Iterator[PhiMatch]:
        for place in self.names.which(FIRST):
            index = place - 1
            if index < 0 or not COMMA.fullmatch(self.names.gap(index)):
                continue
            word = self.words[index]
            if word.shape not in ("cap", "caps"):
                continue
            before = self.text[self.text.rfind("\n", 0, word.start) + 1 : word.start].rstrip()
            line_start = not before or (before.endswith(":") and not self._enumerated(index))
            capitals = word.shape == "caps" and len(word.text) > _ABBREVIATION
            sure = self.lex.has("last", word.text) or capitals or line_start
            strict = word.shape == "cap" and not self.lex.has("last", word.text)
            plausible = self.names.plausible(index, strict=strict) and self.names.plausible(index + 1, strict=False)
            if sure and plausible:
                end = max(index + 2, self.names.run(index + 1, strict=True))
                yield self.names.match(index, end, "name-surname-first", _KNOWN)

    def _enumerated(self, index: int) -> bool:
        """Whether a list of given names begins here: "Anna, Maria, Otto"."""
        return bool(self.lex.has("first", self.words[index].text) or COMMA.fullmatch(self.names.gap(index + 1)))
