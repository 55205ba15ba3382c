"""Cleaning clinical text without touching what it says: characters, hyphenation, broken lines, white space."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence

from medlfm.matching.offsets import OffsetMap, rewrite
from medlfm.matching.rules import Rule, load_rules
from medlfm.matching.sentences import SentenceSplitter

__all__ = ["Normalizer"]

Replacement = tuple[int, int, str]

_HYPHENATED = re.compile(r"([^\W\d_]+)([-\u00ad‐])[ \t]*\r?\n[ \t]*([^\W\d_]+)")
_BREAK = re.compile(r"[ \t]*\r?\n[ \t]*")


class Normalizer:
    """Rewrites text in five steps and keeps the map back to the source.

    1. words hyphenated at a line's end: joined
    2. characters: replaced one by one (ligatures, quotes, no-break and zero-width spaces), line ends LF
    3. Unicode: composed (NFC)
    4. prose broken by the width of its lines: joined to one line a paragraph
    5. white space: one space, at most one blank line, none at the ends

    Rules: {"id", "characters": {from: to}}, {"id", "keep_hyphen_after": […]} and {"id", "keep_hyphen_before": […]}
    (words beside which a hyphen at the line's end is the word's own).
    """

    def __init__(self, lang: str, rules: Sequence[Rule] | None = None) -> None:
        rules = load_rules(lang, "normalizer") if rules is None else rules
        self._characters: dict[str, str] = {}
        self._after: set[str] = set()
        self._before: set[str] = set()
        for rule in rules:
            self._characters |= rule.get("characters", {})
            self._after.update(rule.get("keep_hyphen_after", ()))
            self._before.update(rule.get("keep_hyphen_before", ()))
        self._splitter = SentenceSplitter(lang)
        known = "".join(re.escape(char) for char in self._characters)
        self._replaceable = re.compile(rf"[{known}]" if known else r"(?!)")

    def __call__(self, text: str) -> tuple[str, OffsetMap]:
        """Return the cleaned text and the map from `text` to it."""
        offsets = OffsetMap.identity(len(text))
        for step in (self._dehyphenated, self._replaced, self._composed, self._joined, self._spaced):
            text, following = rewrite(text, step(text))
            if following.edits:
                offsets = offsets.then(following)
        return text, offsets

    def _replaced(self, text: str) -> Iterator[Replacement]:
        for match in self._replaceable.finditer(text):
            yield match.start(), match.end(), self._characters[match.group()]
        for match in re.finditer(r"\r\n?", text):
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
        for match in _HYPHENATED.finditer(text):
            left, hyphen, right = match.groups()
            inside = (match.start(2), match.start(3))
            if right.lower() in self._before:
                yield match.end(2), match.start(3), " "
            elif hyphen != "\u00ad" and (not right[0].islower() or left.lower() in self._after or left.isupper()):
                yield match.end(2), match.start(3), ""
            else:
                yield *inside, ""

    def _joined(self, text: str) -> Iterator[Replacement]:
        for start, end in self._splitter.split(text):
            for match in _BREAK.finditer(text, start, end):
                yield match.start(), match.end(), " "

    def _spaced(self, text: str) -> Iterator[Replacement]:
        for match in re.finditer(r"[ \t\n]+", text):
            run = match.group()
            lines = run.count("\n")
            wanted = "" if match.start() == 0 or match.end() == len(text) else "\n" * min(lines, 2) or " "
            if run != wanted:
                yield match.start(), match.end(), wanted


def _begins(char: str) -> bool:
    """Whether a character begins a cluster: it neither combines with the one before nor composes with it."""
    return not unicodedata.combining(char) and not "\u1160" <= char <= "\u11ff"
