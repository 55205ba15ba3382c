"""Cleaning clinical text without touching what it says: characters, hyphenation, broken lines, white space."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence

from medlfm.matching.offsets import OffsetMap, rewrite
from medlfm.matching.rules import Rule, load_rules
from medlfm.matching.sentences import splitter

__all__ = ["Normalizer"]

Replacement = tuple[int, int, str]

_HYPHENATED = re.compile(r"(?<![^\W\d_])([^\W\d_]+)([-\u00ad‐])[ \t]*\r?\n[ \t]*([^\W\d_]+)")
_ONE = {"ae": "ä", "oe": "ö", "ue": "ü", "Ae": "Ä", "Oe": "Ö", "Ue": "Ü", "AE": "Ä", "OE": "Ö", "UE": "Ü"}
_TWO = re.compile("|".join(_ONE))
_PAIR = re.compile(r"[aouAOU][eE]")
_LETTERS = re.compile(r"[^\W\d_]*")
# what stands before is looked at last: so a search skips from one possible beginning to the next
_MISREAD = re.compile(r"[01|](?<=[a-zäöü].)(?=[a-zäöü]{3})")
_TORN = re.compile(r"\d(?:[ \t]+,|·)(?=\d)")  # "38 ,5", "1·5"
_BULLET = re.compile(r"^[ \t]*([•◦▪●■‣∙·])(?=[ \t])", re.MULTILINE)
_TABLE = re.compile(r"^[^\n|]*\|[^\n|]*\|[^\n]*$", re.MULTILINE)
_RULED = re.compile(r"^[ \t]*([-=_*~─━])\1{3,}[ \t]*$", re.MULTILINE)
_MARKS = re.compile(r"[|•◦▪●■‣∙·=_*~─━\r]|-{3}")
_BREAK = re.compile(r"[ \t]*\r?\n[ \t]*")
_SPACES = re.compile(r"[ \t\n]{2,}|\t|\A[ \n]|[ \n]\Z")  # all but a single space or line break
_LINE_END = re.compile(r"\r\n?")
_BULLETS = re.compile("[•◦▪●■‣∙·]")
_HYPHEN = re.compile(r"[-\u00ad‐][ \t]*\r?\n")


class Normalizer:
    """Rewrites text in steps and keeps the map back to the source; numbers and words of negation stay what they are.

    1. words hyphenated at a line's end: joined
    2. characters: replaced one by one (ligatures, quotes, no-break and zero-width spaces), line ends LF
    3. Unicode: composed (NFC)
    4. umlauts written as two letters: written as one, in stems where nothing else can be meant ("Uebelkeit")
    5. misread characters: "c0ugh" and "b|ood" (a digit or stroke within lower-case letters), "38 ,5" and "1·5"
    6. units after a number: in one form ("mm Hg", "mcg", "mg/dL")
    7. marks of lists: "-"; ruled lines and the borders of tables: none
    8. prose broken by the width of its lines: joined to one line a paragraph
    9. white space: one space, at most one blank line, none at the ends

    Rules: {"id", "characters": {from: to}}, {"id", "umlauts": [stems]}, {"id", "units": {from: to}}, {"id",
    "keep_hyphen_after": […]} and {"id", "keep_hyphen_before": […]} (words beside which a hyphen at the line's end is
    the word's own).
    """

    def __init__(self, lang: str, rules: Sequence[Rule] | None = None) -> None:
        rules = load_rules(lang, "normalizer") if rules is None else rules
        self._characters: dict[str, str] = {}
        self._after: set[str] = set()
        self._before: set[str] = set()
        stems: list[str] = []
        self._units: dict[str, str] = {}
        for rule in rules:
            self._characters |= rule.get("characters", {})
            stems += rule.get("umlauts", ())
            self._units |= rule.get("units", {})
            self._after.update(rule.get("keep_hyphen_after", ()))
            self._before.update(rule.get("keep_hyphen_before", ()))
        self._splitter = splitter(lang)
        known = "".join(re.escape(char) for char in self._characters)
        spelled = sorted((_spelled_out(stem) for stem in stems), key=len, reverse=True)
        self._stems = re.compile("|".join(map(re.escape, spelled)) or r"(?!)", re.IGNORECASE)
        units = "|".join(re.escape(unit) for unit in sorted(self._units, key=len, reverse=True))
        self._unit = re.compile(rf"\d[ ]?({units})(?![\w/])" if units else r"(?!)")
        self._replaceable = re.compile(rf"[{known}]" if known else r"(?!)")

    def __call__(self, text: str) -> tuple[str, OffsetMap]:
        """Return the cleaned text and the map from `text` to it."""
        offsets = OffsetMap.identity(len(text))
        again = True
        while again:
            before = text
            for step in self._steps:
                if changes := list(step(text)):
                    text, following = rewrite(text, changes)
                    offsets = offsets.then(following)
            # joined lines and removed marks may show more: "|-" and "|" become a row of a table, "mm" and "Hg" a unit
            again = text != before and (text.count("\n") < before.count("\n") or _MARKS.search(text) is not None)
        return text, offsets

    @property
    def _steps(self) -> tuple[Callable[[str], Iterator[Replacement]], ...]:
        cleaned = (self._dehyphenated, self._replaced, self._composed, self._umlauts, self._misread)
        return (*cleaned, self._in_one_unit, self._unmarked, self._joined, self._spaced)

    def _umlauts(self, text: str) -> Iterator[Replacement]:
        reached = 0
        for found in _PAIR.finditer(text):
            if found.start() < reached:
                continue
            start = found.start()
            while start > reached and _LETTERS.fullmatch(text[start - 1]):
                start -= 1
            reached = _LETTERS.match(text, start).end()  # type: ignore[union-attr]
            for stem in self._stems.finditer(text, start, reached):
                for pair in _TWO.finditer(text, stem.start(), stem.end()):
                    yield pair.start(), pair.end(), _ONE[pair.group()]

    def _misread(self, text: str) -> Iterator[Replacement]:
        for match in _MISREAD.finditer(text):
            yield match.start(), match.end(), "o" if match.group() == "0" else "l"
        for match in _TORN.finditer(text):
            yield match.start() + 1, match.end(), "," if "," in match.group() else "."

    def _in_one_unit(self, text: str) -> Iterator[Replacement]:
        for match in self._unit.finditer(text):
            yield match.start(1), match.end(1), self._units[match[1]]

    def _unmarked(self, text: str) -> Iterator[Replacement]:
        if _BULLETS.search(text):
            for match in _BULLET.finditer(text):
                yield match.start(1), match.end(1), "-"
        for line in _TABLE.finditer(text) if "|" in text else ():
            for border in re.finditer(r"\|", line.group()):
                yield line.start() + border.start(), line.start() + border.end(), " "
        for match in _RULED.finditer(text):
            yield match.start(), match.end(), ""

    def _replaced(self, text: str) -> Iterator[Replacement]:
        for match in self._replaceable.finditer(text):
            yield match.start(), match.end(), self._characters[match.group()]
        for match in _LINE_END.finditer(text):
            yield match.start(), match.end(), "\n"

    def _composed(self, text: str) -> Iterator[Replacement]:
        if unicodedata.is_normalized("NFC", text):
            return
        start = 0
        while start < len(text):
            end = start + 1
            while end < len(text) and not _begins(text[end]):
                end += 1
            cluster = text[start:end]
            composed = unicodedata.normalize("NFC", cluster)
            if composed != cluster:
                yield start, end, composed
            start = end

    def _dehyphenated(self, text: str) -> Iterator[Replacement]:
        for match in _HYPHENATED.finditer(text) if _HYPHEN.search(text) else ():
            left, hyphen, right = match.groups()
            inside = (match.start(2), match.start(3))
            if right.lower() in self._before:
                yield match.end(2), match.start(3), " "
            elif hyphen != "\u00ad" and (not right[0].islower() or left.lower() in self._after or left.isupper()):
                yield match.end(2), match.start(3), ""
            else:
                yield *inside, ""

    def _joined(self, text: str) -> Iterator[Replacement]:
        for start, end in self._splitter.split(text) if "\n" in text else ():
            for match in _BREAK.finditer(text, start, end):
                yield match.start(), match.end(), " "

    def _spaced(self, text: str) -> Iterator[Replacement]:
        for match in _SPACES.finditer(text):
            run = match.group()
            lines = run.count("\n")
            wanted = "" if match.start() == 0 or match.end() == len(text) else "\n" * min(lines, 2) or " "
            if run != wanted:
                yield match.start(), match.end(), wanted


def _spelled_out(stem: str) -> str:
    return stem.lower().replace("ä", "ae").replace("ö", "oe").replace("ü", "ue")


def _begins(char: str) -> bool:
    """Whether a character begins a cluster: it neither combines with the one before nor composes with it."""
    return not unicodedata.combining(char) and not "\u1160" <= char <= "\u11ff"
