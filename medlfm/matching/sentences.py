"""Splitting raw clinical text into sentences: around abbreviations, ordinals, list items, headings, broken lines."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import numpy as np
from spacy.tokens import Doc

from medlfm.files import canonical_json
from medlfm.matching.component import text_of
from medlfm.matching.rules import Rule, load_rules

__all__ = ["SentenceSplitter", "set_sentences", "splitter", "temporary_sentences"]

Bounds = tuple[int, int]

# what a run of non-space characters ends in: punctuation, quotes and brackets after it allowed
_STOP = re.compile(r"[.!?…][\"'”“’»)\]]*(?=\s)")
_BREAK = re.compile(r"[ \t]*\r?\n(?:[ \t]*\r?\n)*[ \t]*")
_DOTTED = re.compile(r"(?:[^\W\d_]\.){1,}$")  # "b.i.d.", "z.B.", the initial "A."
_COMPOUND = re.compile(r".*-[^\W\d_]+\.")
_ORDINAL = re.compile(r"(?:\d{1,2}\.){1,2}$")  # "3.", "3.4."
_ITEM = re.compile(r"(?:[-*•–·#+>]|\(?\d{1,2}[.)]|[a-z]\))\s")
_HEADING = re.compile(r"[A-ZÄÖÜ][^\n.:]{0,40}:")
_NEXT = re.compile(r"\s*[\"'„“(\[]*([^\W\d_]+)?")
_ANSWER = re.compile(r"[ \t]+(\w+(?:[ \t]\w+){0,2})[ \t]*(?:[.,;!]|$)", re.MULTILINE)
_INSIDE = 2**64 - 1  # what spaCy's arrays hold for -1: no start of a sentence
_WRAPPED = 58  # a line at least this long was broken by its width, not by its writer


class SentenceSplitter:
    """Finds sentence bounds in raw text, whatever tokenizer comes after.

    Rules: {"id", "abbreviations": […], "final": bool} (final: it may end a sentence, "starters": only before one of
    these, "digits": unless a digit follows), {"id", "starters": […]} (words that begin a sentence and are capitalised
    there only), {"id", "joiners": […]} (words that never end a line's sentence), {"id", "answers": […]} (what answers
    a question: "Fieber? Nein." is one sentence).
    """

    def __init__(self, lang: str, rules: Sequence[Rule] | None = None) -> None:
        rules = load_rules(lang, "sentences") if rules is None else rules
        self.lang = lang
        self._final = _words(rules, "abbreviations", final=True)
        self._inner = _words(rules, "abbreviations", final=False)
        self._strict = _words([rule for rule in rules if rule.get("final") == "starters"], "abbreviations")
        self._numbers = _words([rule for rule in rules if rule.get("final") == "digits"], "abbreviations")
        self._starters = _words(rules, "starters")
        self._joiners = _words(rules, "joiners")
        self._answers = _words(rules, "answers")
        self._last: tuple[str, list[Bounds]] = ("", [])  # components ask about one text in turn
        self._last_joined: tuple[str, list[Bounds], list[Bounds]] = ("", [], [])

    def __getstate__(self) -> dict[str, Any]:
        # a text is nothing to be stored
        return {**self.__dict__, "_last": ("", []), "_last_joined": ("", [], [])}

    def split(self, text: str) -> list[Bounds]:
        """Return the [start, end) bounds of the sentences, without the white space around them; leave the list."""
        known, bounds = self._last
        if known != text:
            bounds = self._split(text)
            self._last = (text, bounds)
        return bounds

    def _split(self, text: str) -> list[Bounds]:
        starts = {0}
        starts.update(end for start, end in _stopped(text) if self._stops(text, start, end))
        if "\n" in text:
            starts.update(match.end() for match in _BREAK.finditer(text) if self._breaks(text, match))
        bounds = []
        ordered = sorted(starts)
        for start, end in zip(ordered, [*ordered[1:], len(text)], strict=True):
            piece = text[start:end]
            left = len(piece) - len(piece.lstrip())
            if left < len(piece):
                bounds.append((start + left, start + len(piece.rstrip())))
        return bounds

    def joined(self, text: str, bounds: Iterable[Bounds]) -> list[Bounds]:
        """Join sentences that another splitter cut after an abbreviation; all other bounds are kept; leave the list."""
        given = list(bounds)
        known, asked, joined = self._last_joined
        if known == text and asked == given:
            return joined
        joined = []
        for start, end in given:
            if joined and self._cut(text, *joined[-1]):
                joined[-1] = (joined[-1][0], end)
            else:
                joined.append((start, end))
        self._last_joined = (text, given, joined)
        return joined

    def _cut(self, text: str, start: int, end: int) -> bool:
        piece = text[start:end]
        if piece.rstrip().endswith("?") and self._answered(text, end):
            return True
        if "\n" in piece[len(piece.rstrip()) :] or "\n" in text[end : end + 1]:
            return False
        words = piece.split()
        return bool(words) and words[-1].endswith(".") and not self._stops(text, start + piece.rfind(words[-1]), end)

    def _stops(self, text: str, start: int, end: int) -> bool:
        """Whether the chunk text[start:end], which ends in punctuation, ends a sentence."""
        chunk = text[start:end].rstrip("\"'”“’»)]")
        if chunk == "?":  # "? pneumonia"
            return False
        if not chunk.endswith("."):
            return not (chunk.endswith("?") and self._answered(text, end))
        word = chunk.lstrip("\"'„“([-–/").lower()
        if _COMPOUND.fullmatch(word) and word not in self._inner:
            word = word.rpartition("-")[2]  # "54-yr."
        following = _NEXT.match(text, end)
        next_word = (following.group(1) if following else None) or ""
        starter = next_word.lower() in self._starters
        if word in self._inner:
            return False
        if word in self._numbers:
            return not text[end : end + 3].lstrip(" ")[:1].isdigit()
        if word in self._final or _DOTTED.fullmatch(word):
            # every German noun has a capital, and a single letter may be an initial
            return next_word[:1].isupper() and (
                starter or (self.lang != "de" and len(word) > 2 and word not in self._strict)
            )
        if _ORDINAL.fullmatch(word):
            item = start == 0 or text[start - 1] == "\n" or text[:start].rstrip(" \t")[-1:] == "\n"
            return not item and self.lang != "de" and not next_word[:1].islower()
        if next_word[:1].islower():
            return starter or (self.lang == "en" and len(word) > 4)
        return True

    def _answered(self, text: str, end: int) -> bool:
        following = _ANSWER.match(text, end)
        return following is not None and following.group(1).lower() in self._answers

    def _breaks(self, text: str, match: re.Match[str]) -> bool:
        """Whether a line break (or several) ends a sentence; in prose broken by width it doesn't."""
        if match.group().count("\n") > 1:
            return True
        before = text[text.rfind("\n", 0, match.start()) + 1 : match.start()].strip()
        stop = text.find("\n", match.end())
        after = text[match.end() : stop if stop >= 0 else len(text)]
        if not before or before.endswith((":", ";")) or _ITEM.match(after) or _HEADING.match(after):
            return True
        if before.endswith((",", "-", "/", "(")) or before.rsplit(None, 1)[-1].lower() in self._joiners:
            return False
        if before.endswith("."):  # a stop that `_stops` let pass is an abbreviation's
            return False
        return len(before) < _WRAPPED and not after[:1].islower()


def _stopped(text: str) -> Iterator[Bounds]:
    """Yield the runs of non-space characters that end in punctuation."""
    for stop in _STOP.finditer(text):
        start = stop.start()
        while start and not text[start - 1].isspace():
            start -= 1
        yield start, stop.end()


@lru_cache(maxsize=8)
def _compiled(lang: str, rules: str) -> SentenceSplitter:
    return SentenceSplitter(lang, json.loads(rules))


def splitter(lang: str, rules: Sequence[Rule] | None = None) -> SentenceSplitter:
    """Return the splitter for these rules, one a process: who asks about the same text shares what it found."""
    return _compiled(lang, canonical_json(list(load_rules(lang, "sentences") if rules is None else rules)))


def _words(rules: Iterable[Rule], key: str, *, final: bool | None = None) -> frozenset[str]:
    wanted = [rule for rule in rules if final is None or bool(rule.get("final")) is final]
    return frozenset(word.lower() for rule in wanted for word in rule.get(key, ()))


def set_sentences(doc: Doc, splitter: SentenceSplitter) -> None:
    """Set `token.is_sent_start` on every token of a doc that isn't parsed."""
    if not len(doc):
        return
    sizes: Any = doc.to_array(["LENGTH", "SPACY"])
    # a token that holds a boundary ("Fieber.\nKein" in one piece) begins the sentence with what it ends
    ends = sizes.sum(axis=1).cumsum() - sizes[:, 1]
    starts = np.array([start for start, _ in splitter.split(text_of(doc))][1:], dtype=ends.dtype)
    begins = ends.searchsorted(starts, side="right")
    values = np.full((len(doc), 1), _INSIDE, dtype="uint64")
    values[begins[begins < len(doc)]] = 1
    values[0] = 1
    _set_starts(doc, values)


@contextmanager
def temporary_sentences(doc: Doc, splitter: SentenceSplitter) -> Iterator[None]:
    """Give a doc without sentence bounds some for a while."""
    if doc.has_annotation("SENT_START"):
        yield
        return
    set_sentences(doc, splitter)
    try:
        yield
    finally:
        _set_starts(doc, np.zeros((len(doc), 1), dtype="uint64"))


def _set_starts(doc: Doc, values: Any) -> None:
    # all at once: assigning to `token.is_sent_start` looks through the whole doc each time
    doc.from_array(["SENT_START"], values)
