"""Which words of a text can be a name, and how far a name reaches."""

from __future__ import annotations

import re

from medlfm.matching.phi.match import PhiMatch
from medlfm.matching.phi.words import (
    FIRST,
    LAST,
    NAME,
    NEVER,
    NOUN,
    ORDINARY,
    PROTECTED,
    RELATION,
    TITLE,
    Lexicon,
    Word,
)

__all__ = ["AFTER_INITIAL", "BLANK", "COMMA", "NameWords"]

BLANK = re.compile(r"[ \t]{1,3}")
COMMA = re.compile(r"[ \t]?,[ \t]?")
AFTER_INITIAL = re.compile(r"\.?[ \t]{0,2}|\.-")
_SPACE = re.compile(r"[ \t]{1,3}(?:\r?\n[ \t]*)?|\r?\n[ \t]*")
_COMPLETE = re.compile(r"[ \t]*(?:$|[\n\r.,;()/])")
_ROMAN = re.compile(r"[IVX]{2,}[abc]?|[IVX][abc]")
_LONGEST = 6  # words in a name


class NameWords:
    """The words of one text, asked as parts of names. Indexes are those of `words`.

    lang: in German nouns are capitalised too, so that an unknown capitalised word tells less.
    """

    def __init__(self, lang: str, lexicon: Lexicon, text: str, words: list[Word]) -> None:
        self.lex, self.text, self.words = lexicon, text, words
        self.nouns_are_capitalised = lang == "de"
        starts, ends, _, _, folded = zip(*words, strict=True) if words else ((), (), (), (), ())
        self.starts = dict(zip(starts, range(len(words)), strict=True))
        self.ends = dict(zip(ends, range(len(words)), strict=True))
        self.kinds = list(map(lexicon.kinds.__getitem__, folded))
        self._particles = lexicon.words("particle")

    def which(self, kind: int) -> list[int]:
        """Return the indexes of the words that may be of a kind, or of one of several: `FIRST | LAST`."""
        return [index for index, each in enumerate(self.kinds) if each & kind]

    def gap(self, index: int) -> str:
        """Return what stands between a word and the next; NUL after the last word."""
        if index + 1 >= len(self.words):
            return "\0"
        return self.text[self.words[index].end : self.words[index + 1].start]

    def known(self, index: int) -> bool:
        """Whether a word is in the lists of names."""
        return self.kinds[index] & NAME > 0

    def any_known(self, first: int, last: int) -> bool:
        """Whether one of words[first:last] is in the lists of names."""
        return any(kind & NAME for kind in self.kinds[first:last])

    def plausible(self, index: int, *, strict: bool) -> bool:
        """Whether a word can be part of a name; `strict` where no title or label vouches for it."""
        word, kind = self.words[index], self.kinds[index]
        if word.shape not in ("cap", "caps") or kind & NEVER:
            return False
        if _ROMAN.fullmatch(word.text):
            return False
        if strict and kind & (TITLE | RELATION):
            return kind & NAME > 0
        if kind & PROTECTED:
            return not strict or self._has_partner(index)
        return kind & NAME > 0 or (not kind & NOUN and (word.shape == "cap" or not strict))

    def _has_partner(self, index: int) -> bool:
        """Whether a protected word ("Crohn", "Leber") stands right after a given name, or is one before a surname."""
        if index and BLANK.fullmatch(self.gap(index - 1)) and self.kinds[index - 1] & FIRST:
            return self.words[index - 1].shape != "low"
        if not self.nouns_are_capitalised and index and BLANK.fullmatch(self.gap(index - 1)):
            before = self.words[index - 1]
            if self.kinds[index] & LAST and before.shape == "cap":
                return not self.lex.has("never", before.text) and not self.kinds[index - 1] & PROTECTED
        if not self.kinds[index] & FIRST or index + 1 >= len(self.words):
            return False
        following = self.words[index + 1]
        if following.shape == "initial" and self.text[following.end : following.end + 1] == ".":
            return bool(BLANK.fullmatch(self.gap(index)))
        kind = self.kinds[index + 1]
        named = kind & NAME > 0 or not (self.nouns_are_capitalised and kind & NOUN)
        real = following.shape == "cap" and not _ROMAN.fullmatch(following.text)
        return bool(BLANK.fullmatch(self.gap(index))) and real and named

    def run(self, index: int, *, strict: bool, lines: bool = False) -> int:
        """Return the index after the last word of a name that starts at `index`; `index` itself where none does."""
        space = _SPACE if lines else BLANK
        place, taken, sure = index, 0, not strict
        while place < len(self.words) and place - index < _LONGEST:
            word = self.words[place]
            if self._is_initial(place, started=taken > 0):
                step, sure = AFTER_INITIAL, True
            elif word.text in self._particles and self._particle(place, taken):
                step = space
            elif self._part(place, taken, strict=strict, sure=sure):
                taken, sure = taken + 1, self.kinds[place] & FIRST > 0
                step = space if sure else BLANK
                if taken > 3 and not self.known(place):
                    break
            else:
                break
            place += 1
            if not step.fullmatch(self.gap(place - 1)):
                break
        while place > index and self.words[place - 1].text in self._particles:
            place -= 1
        if strict and place > index and not self.nouns_are_capitalised and self.kinds[index] & ORDINARY:
            return place if self.any_known(index + 1, place) else index
        return place

    def low_run(self, index: int) -> int:
        """Return the index after known names in small letters, as in a dictation; `index` itself where none stand."""
        place = index
        while place < len(self.words) and place - index < _LONGEST:
            word = self.words[place]
            particle = place == index and word.folded in self._particles
            if word.shape != "low" or not (particle or self._known_low(word.folded)):
                break
            place += 1
            if not BLANK.fullmatch(self.gap(place - 1)):
                break
        return index if place == index + 1 and self.words[index].folded in self._particles else place

    def _known_low(self, folded: str) -> bool:
        """Whether a word in small letters can be nothing but a name."""
        sets = ("common", "never", "protect", "ambiguous_first", "ambiguous_last", "name_verb", "relation", "title")
        return self.lex.has("name", folded) and not any(folded in self.lex.words(name) for name in sets)

    def _part(self, place: int, taken: int, *, strict: bool, sure: bool) -> bool:
        """Whether a capitalised word goes on with a name, of which `taken` words are there; `sure`: one must come."""
        word = self.words[place]
        if self.text[word.end : word.end + 1].isdigit() or _ROMAN.fullmatch(word.text):
            return False  # "Kol1ege", "PSY13", "DR II"
        if taken and sure and word.shape == "cap" and self.kinds[place] & LAST:
            return True  # "Elizabeth White"
        if sure and not strict:
            return word.shape in ("cap", "caps") and not self.kinds[place] & NEVER
        if not self.plausible(place, strict=strict):
            return False
        return taken == 0 or sure or self._follows(place, strict=strict)

    def _is_initial(self, place: int, *, started: bool) -> bool:
        """Whether a word is an initial ("M.", "Ch.") or, after a given name, a single capital."""
        word = self.words[place]
        dotted = self.text[word.end : word.end + 1] == "."
        if started and not dotted and len(self.gap(place - 1).lstrip(".")) > 1:
            return False  # the next column
        if word.folded in self.lex.words("short_given"):
            return dotted
        return word.shape == "initial" and (started or dotted or place + 1 == len(self.words))

    def _particle(self, place: int, taken: int) -> bool:
        following = self.words[place + 1] if place + 1 < len(self.words) else None
        if following is None or not BLANK.fullmatch(self.gap(place)):
            return False
        if self.words[place].text == "und":
            return False
        if taken == 0 and self.words[place].text not in ("von", "van", "de", "al"):
            return following.shape == "cap" and not self.lex.ordinary(following)  # "Herrn den Teuling"
        return following.shape == "cap" or following.text in self._particles

    def _follows(self, place: int, *, strict: bool) -> bool:
        """Whether a word belongs to the unknown name before it."""
        word = self.words[place]
        if self.known(place):
            return True
        if not self.nouns_are_capitalised:
            return word.shape == "cap" and not self.lex.has("never", word.text)
        if word.shape not in ("cap", "caps"):
            return False
        if strict:
            return not self.kinds[place] & ORDINARY
        # "Dr. Gotthard Leber" at the end of a line or before punctuation: nothing else can stand there
        return not self.kinds[place] & NOUN or bool(_COMPLETE.match(self.text, word.end))

    def match(self, first: int, last: int, rule: str, score: float) -> PhiMatch:
        """Return words[first:last] as a find, with the full stop of an initial at its end, without a title there."""
        while last - first > 1 and self.words[last - 1].shape == "caps" and self._title(self.words[last - 1].text):
            last -= 1
        end = self.words[last - 1].end
        if self.words[last - 1].shape == "initial" and self.text[end : end + 1] == ".":
            end += 1
        return PhiMatch(self.words[first].start, end, "NAME", rule, score)

    def _title(self, word: str) -> bool:
        return word.casefold() in self.lex.words("title")

    def eponym(self, index: int, first: int | None = None) -> bool:
        """Whether what follows makes a finding, a test or a tool of the name: `Smith fracture`.

        first: the word with which the name begins. A given name makes a person of it before a head that people have
        too ("Anna Miller test results"), and in the genitive ("Anna's disease").
        """
        given = self.kinds[index if first is None else first] & FIRST > 0
        alone = first is None or first == index
        if self.gap(index) in ("'", "’") and self.words[index + 1].text == "s":
            if given and not (alone and self.kinds[index] & (LAST | PROTECTED)):
                return False
            index += 1
        if index + 1 >= len(self.words) or not re.fullmatch(r"['’]?[ \t-]", self.gap(index)):
            return False
        head = self.words[index + 1].folded
        if given and not alone and head not in self.lex.words("disease_head"):
            return False
        return head in self.lex.words("eponym_head")
