"""Which sense of a short form is meant here: a small model over the words around, its weights trained and shipped.

Each sense gets a score from its prior and from what speaks for it (its own context words near and far, those of its
specialty, the words right before and after, words of its long form elsewhere in the text); "none of these" gets one
from how easily the short form is something else (an English or German word, one letter, another case). The softmax
over them is the score that is reported. `benchmarks/abbreviations/train.py` fits the weights.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from medlfm.matching.phrases import fold, fold_text, words

__all__ = ["MENTION", "SENSE", "Disambiguator", "Surroundings"]

# features of a sense, and of a mention (which speak for none of the senses)
SENSE = ("prior", "near", "far", "specialty", "before", "after", "form", "lead")
MENTION = ("bias", "word", "letter", "pair", "case", "rival", "rest", "quoted", "name", "bare", "open", "asked")

_NEAR, _AROUND = 50, 130  # characters on either side
_MOST_NEAR, _MOST_FAR = 3, 2  # context words that are counted
_WHOLE = 3  # a context word this short is a whole word, a longer one the beginning of one
_INSIDE = 5  # and from this length on it may stand inside a compound
_RIVAL = 0.1
_PAIR = 2  # letters
_LEAD = 0.7  # the prior of a sense that is meant nearly always
_LONGEST_KEY = 14
_REMEMBERED = 50_000  # words
_WORD = re.compile(r"[^\W_]+(?:[\u0300-\u036f]+[^\W_]*|['’][^\W_]+)*")
_CAPITALISED = re.compile(r" ([A-Z][a-z]{2,})\b")
_SENTENCE_END = re.compile(r"[.;!?]\s")
_BEGINS = re.compile(r"(?:[!?]|(?<=\w{4})\.)\s|\n")  # of a sentence; no dot of a shortened word
_ENDS = re.compile(r"[.!?](?:\s|$)|\n")
_RATIO = re.compile(r"\d[.,]\d{1,3}(?![\d.,]*\d)")
_ASKED = 90  # characters on either side that are looked at for a question about the short form
_HEADING = re.compile(r"^[ \t]*([^\W\d][^\n:.;]{1,40}):", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class _Sense:
    """A sense, made ready: its own context words, its specialty's, and the words of its long form."""

    data: Mapping[str, Any]
    own: frozenset[str]
    shared: frozenset[str]
    before: frozenset[str]
    after: frozenset[str]
    form: frozenset[str]
    log_prior: float


class Surroundings:
    """The words of a text and its headings, read once for all its short forms."""

    __slots__ = ("_ends", "_folded", "_headings", "_heads", "_keys", "_met", "_starts", "text")

    def __init__(self, text: str, model: Disambiguator) -> None:
        self.text = text
        found = words(text)
        read = [model.read(text[word.start : word.end]) for word in found]
        self._starts = [word.start for word in found]
        self._ends = [word.end for word in found]
        self._folded = [word.folded for word in found]
        self._met: frozenset[str] | None = None
        self._keys = [keys for _, keys in read]
        headings = list(_HEADING.finditer(text))
        self._heads = [match.start() for match in headings]
        self._headings = [
            (match.end(), frozenset().union(*(model.read(word)[1] for word in _WORD.findall(match[1]))))
            for match in headings
        ]

    def keys(self, start: int, end: int, reach: int) -> set[str]:
        """Return the context words met within `reach` characters, and in the heading above."""
        low, high = bisect_left(self._starts, start - reach), bisect_left(self._starts, end + reach)
        first, last = bisect_left(self._starts, start), bisect_left(self._starts, end)
        found: set[str] = set().union(*self._keys[low:first], *self._keys[last:high])
        above = bisect_left(self._heads, start) - 1
        if above >= 0 and self._headings[above][0] <= start:
            found |= self._headings[above][1]
        return found

    def neighbours(self, start: int, end: int) -> tuple[str, str]:
        """Return the folded words right before and right after; "" across a sentence's end.

        "#" stands for a number, "#.#" for one below ten with decimals after the short form.
        """
        place, following = bisect_left(self._starts, start), bisect_left(self._starts, end)
        before = after = ""
        if place and _joined(self.text[self._ends[place - 1] : start]):
            before = _plain(self._folded[place - 1])
        if following < len(self._starts) and _joined(self.text[end : self._starts[following]]):
            ratio = _RATIO.match(self.text, self._starts[following])
            after = "#.#" if ratio else _plain(self._folded[following])
        return before, after

    def sentence(self, start: int, end: int) -> str:
        """Return the folded sentence around, with "_" for what stands at [start, end)."""
        before = _BEGINS.split(self.text[max(0, start - _ASKED) : start])[-1]
        after = _ENDS.split(self.text[end : end + _ASKED])[0]
        return f"{fold_text(before)}_{fold_text(after)}"

    def folded(self) -> frozenset[str]:
        """Return all words of the text."""
        if self._met is None:
            self._met = frozenset(self._folded)
        return self._met


def _plain(word: str) -> str:
    return "#" if word[:1].isdigit() else word


def _joined(between: str) -> bool:
    return len(between) <= 3 and "\n" not in between and not _SENTENCE_END.search(between)


class Disambiguator:
    """Ranks the senses of short forms; safe to share.

    senses: by short form. specialties: context words by specialty. weights: by feature, of SENSE and MENTION.
    """

    def __init__(
        self,
        senses: Mapping[str, Sequence[Mapping[str, Any]]],
        specialties: Mapping[str, Iterable[str]],
        weights: Mapping[str, float],
        lists: Mapping[str, frozenset[str]],
    ) -> None:
        shared = {name: frozenset(fold(word) for word in context) for name, context in specialties.items()}
        self._senses = {short: [_prepared(sense, shared) for sense in given] for short, given in senses.items()}
        self._words = lists.get("word", frozenset())
        self._asked = _any_of(lists.get("asked", ()))
        own = (key for given in self._senses.values() for sense in given for key in sense.own)
        self._vocabulary = frozenset(own).union(*shared.values()) if shared else frozenset(own)
        self._begun = {key[:size] for key in self._vocabulary for size in (_WHOLE + 1, _INSIDE)}
        self._read: dict[str, tuple[str, frozenset[str]]] = {}
        self._weights = {name: float(weights.get(name, 0.0)) for name in (*SENSE, *MENTION)}

    def read(self, word: str) -> tuple[str, frozenset[str]]:
        """Return a word folded, and the context words that it counts for."""
        found = self._read.get(word)
        if found is None:
            if len(self._read) > _REMEMBERED:
                self._read.clear()
            folded = fold(word)
            found = self._read[word] = folded, self._found_keys(folded)
        return found

    def _found_keys(self, word: str) -> frozenset[str]:
        keys = {word} & self._vocabulary
        for start in range(max(1, len(word) - _INSIDE + 1)):
            shortest = _WHOLE + 1 if start == 0 else _INSIDE
            if word[start : start + shortest] in self._begun:
                for end in range(start + shortest, min(len(word), start + _LONGEST_KEY) + 1):
                    if (piece := word[start:end]) in self._vocabulary:
                        keys.add(piece)
        return frozenset(keys)

    def ranked(
        self, short: str, around: Surroundings, start: int, end: int, *, changed: bool = False
    ) -> list[tuple[Mapping[str, Any], float]]:
        """Return the senses with their scores, the best first. `changed`: written in another case than listed."""
        senses = self._senses.get(short, [])
        rows, mention = self.features(short, around, start, end, changed=changed)
        logits = [sum(self._weights[name] * value for name, value in row.items()) for row in rows]
        none = sum(self._weights[name] * value for name, value in mention.items())
        most = max([none, *logits])
        parts = [math.exp(logit - most) for logit in logits]
        total = math.exp(none - most) + sum(parts)
        scored = [(sense.data, part / total) for sense, part in zip(senses, parts, strict=True)]
        return sorted(scored, key=lambda item: -item[1])

    def features(
        self, short: str, around: Surroundings, start: int, end: int, *, changed: bool = False
    ) -> tuple[list[dict[str, float]], dict[str, float]]:
        """Return the features of each sense and of the mention, those that are 0 left out."""
        senses = self._senses.get(short, [])
        if len(senses) == 1 and len(short) > _PAIR and short not in self._words and not changed:
            sense = senses[0]  # nothing to choose, and hardly anything else
            return [{"prior": sense.log_prior}], {"bias": 1.0, "rest": math.log(max(0.05, 1 - sense.data["prior"]))}
        near, far = around.keys(start, end, _NEAR), around.keys(start, end, _AROUND)
        before, after = around.neighbours(start, end)
        if after == "#.#" and not any(after in sense.after for sense in senses):
            after = "#"
        met = around.folded() if len(senses) > 1 or short in self._words else frozenset()
        rows = [_row(sense, near, far, before, after, met) for sense in senses]
        for sense, row in zip(senses, rows, strict=True):
            if sense.data["prior"] >= _LEAD:
                row["lead"] = 1.0
        priors = sorted((sense.data["prior"] for sense in senses), reverse=True)
        text = around.text
        rival = float(len(priors) > 1 and priors[1] >= _RIVAL)
        bare = float(not any(row.keys() - {"prior", "lead"} for row in rows))
        doubtful = rival or (len(short) <= _PAIR and len(senses) > 1)  # in two letters even the rare senses are met
        following = _CAPITALISED.match(text[end : end + 30])
        mention = {
            "bias": 1.0,
            "word": float(short in self._words or (changed and fold(short) in self._words)),
            "letter": float(len(short) == 1),
            "pair": float(len(short) == _PAIR),
            "case": float(changed),
            "rival": rival,
            "rest": math.log(max(0.05, 1 - sum(priors))),
            "quoted": float(text[start - 1 : start] in ("“", '"', "„", "'") and start > 0),
            "name": float(bool(following) and short.isupper() and len(short) < 4),
            "bare": bare,
            "open": bare * rival,
            "asked": float(doubtful and self._is_asked(around, start, end)),
        }
        return rows, {name: value for name, value in mention.items() if value}

    def _is_asked(self, around: Surroundings, start: int, end: int) -> bool:
        """Whether the sentence speaks about the short form itself: asks for its meaning, or quotes it."""
        return self._asked is not None and self._asked.search(around.sentence(start, end)) is not None


def _any_of(phrases: Iterable[str]) -> re.Pattern[str] | None:
    """Return a pattern of phrases: "_" is the short form, "..." up to four words, a last "|" the sentence's end."""
    bodies = [r"\W+".join(map(_word_pattern, phrase.split())) for phrase in sorted(phrases)]
    return re.compile(rf"(?<!\w)(?:{'|'.join(bodies)})(?!\w)") if bodies else None


def _word_pattern(word: str) -> str:
    if word == "...":
        return r"(?:\w+\W+){0,4}?\w*"
    return rf"{re.escape(word[:-1])}\W*$" if word.endswith("|") else re.escape(word)


def _prepared(sense: Mapping[str, Any], shared: Mapping[str, frozenset[str]]) -> _Sense:
    form = {fold(word) for word in re.findall(r"[^\W\d_]{4,}", sense["long"])}
    return _Sense(
        sense,
        frozenset(fold(word) for word in sense.get("context", ())),
        shared.get(sense.get("specialty", ""), frozenset()),
        frozenset(fold(word) for word in sense.get("before", ())),
        frozenset(fold(word) for word in sense.get("after", ())),
        frozenset(form),
        math.log(max(0.005, sense["prior"])),
    )


def _row(
    sense: _Sense, near: set[str], far: set[str], before: str, after: str, met: frozenset[str]
) -> dict[str, float]:
    close, shared_close = len(sense.own & near), len(sense.shared & near)
    row = {
        "prior": sense.log_prior,
        "near": float(min(_MOST_NEAR, close)),
        "far": float(min(_MOST_FAR, len(sense.own & far) - close)),
        "specialty": float(min(_MOST_FAR, shared_close)),
        "before": float(before in sense.before),
        "after": float(after in sense.after),
        "form": float(len(sense.form & met) * 2 >= len(sense.form) > 1),
    }
    return {name: value for name, value in row.items() if value}
