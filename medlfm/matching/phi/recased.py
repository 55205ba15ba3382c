"""Capitals for a text that is written without them, as chats and dictations are: names get theirs back.

The rules know names by their capitals. In such a text a word gets one where it can be nothing but a name or a place,
or where no other word would stand: after a title, a relation, a preposition of place. The text keeps its length.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from medlfm.matching.phi.match import PhiMatch
from medlfm.matching.phi.words import Lexicon, Word

__all__ = ["few_capitals", "recased"]

_ENOUGH = 8  # words of a text whose capitals are counted
_FEW = {"de": 0.1}  # the share of words with a capital, below which a text is one without
_FEW_ELSE = 0.08
_SHORT = 3  # letters of a given name, at least; a surname has one more
_BLANK = re.compile(r"[ \t]{1,2}|\.[ \t]|[ \t]?\([ \t]?|:[ \t]")
_JOINT = re.compile(r"[ \t]{1,2}|,[ \t]")
_SCORE = 0.62
_CUES = ("title", "low_title", "relation", "person_cue")
_NO_NAMES = ("never", "name_verb", "relation", "title", "low_title", "low_place", "person_cue", "filler")


def few_capitals(words: Sequence[Word], lang: str) -> bool:
    """Whether a text is written in small letters."""
    if len(words) < _ENOUGH or words[0].shape != "low":
        return False
    return sum(word.shape != "low" for word in words) < _FEW.get(lang, _FEW_ELSE) * len(words)


def recased(text: str, words: Sequence[Word], lexicon: Lexicon) -> tuple[str, list[PhiMatch]]:
    """Return the text with capitals on its names, places, titles and months; and which of them are PHI for sure."""
    chars, found = list(text), []
    for word, label in _Search(text, words, lexicon).capitalised():
        place = word.start
        for part in word.text.split("-"):
            if len(part[:1].upper()) == 1:
                chars[place : place + 1] = part[:1].upper()
            place += len(part) + 1
        if label:
            found.append(PhiMatch(word.start, word.end, label, f"{label.lower()}-small", _SCORE))
    return "".join(chars), found


class _Search:
    def __init__(self, text: str, words: Sequence[Word], lexicon: Lexicon) -> None:
        self.text, self.words, self.lex = text, words, lexicon
        self.endings = tuple(lexicon.words("verb_ending"))

    def capitalised(self) -> Iterator[tuple[Word, str]]:
        """Yield the words that get a capital, with the label of those that are PHI, else ""."""
        before = ""  # the label of the word before
        for index, word in enumerate(self.words):
            label = self._label(index, before) if word.shape == "low" else ""
            if label or word.folded in self.lex.words("low_title") or self._calendar(word):
                yield word, label
            before = label

    def _calendar(self, word: Word) -> bool:
        return word.folded in self.lex.words("month") and word.folded not in self.lex.words("verb_month")

    def _label(self, index: int, before: str) -> str:
        """Return the label of a word in small letters that is a name or a place. before: that of the word before."""
        word = self.words[index]
        if len(word.text) < _SHORT or any(word.folded in self.lex.words(kind) for kind in _NO_NAMES):
            return ""
        if label := self._known(word):
            return label
        joint = self.text[self.words[index - 1].end : word.start] if index else ""
        if index == 0 or not (_JOINT if before else _BLANK).fullmatch(joint):
            return ""
        cue = self.words[index - 1].folded
        if cue in self.lex.words("low_title") and self._may_follow_title(index):
            return "NAME"
        if self._plain(word) or word.folded.endswith(self.endings) or self.lex.has("protect", word.folded):
            return ""
        if before == "NAME" or any(cue in self.lex.words(kind) for kind in _CUES):
            return "NAME"
        return "ADDRESS" if cue in self.lex.words("low_place") else ""

    def _may_follow_title(self, index: int) -> bool:
        """Whether any word is a name here: "frau koch", but not "meine frau hat"."""
        folded = self.words[index].folded
        owned = index > 1 and self.words[index - 2].folded in self.lex.words("possessive")
        return not owned and folded not in self.lex.words("stop_word") and folded not in self.lex.words("name_verb")

    def _plain(self, word: Word) -> bool:
        """Whether a word is one of the language; a name that is one too ("rose") isn't after a cue."""
        ambiguous = word.folded in self.lex.words("ambiguous_first") or word.folded in self.lex.words("ambiguous_last")
        return not ambiguous and (word.folded in self.lex.common or self.lex.ordinary(word))

    def _known(self, word: Word) -> str:
        """Return the label of a word that can be nothing but a name or a town."""
        folded, common = word.folded, self.lex.sets.get("common", ())
        parts = folded.split("-")
        if any(part in self.lex.words(kind) for part in parts for kind in ("ambiguous_first", "ambiguous_last")):
            return ""
        if any(part in common or self.lex.has("protect", part) for part in parts):
            return ""
        first = folded in self.lex.words("first") or (len(parts) > 1 and self.lex.has("name", folded))
        if first or (len(folded) > _SHORT and folded in self.lex.words("last")):
            return "NAME"
        return "ADDRESS" if folded in self.lex.words("city") else ""
