"""Is a sentence supported by a passage? Its words must be there, and its numbers, negation, direction and hedges agree.

Deterministic, so that its reasons can be shown; a trained support model may join it later. A paraphrase in other
words counts as unsupported: what is shown as supported shall be so.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

from medlfm.knowledge.passages import Passage
from medlfm.knowledge.text import content_stems, fold, sentences
from medlfm.matching.rules import shipped_rules
from medlfm.settings import LANGUAGES

__all__ = ["SUPPORTED", "Support", "find_support"]

SUPPORTED = 0.85  # of a sentence's content words must be in the passage; fewer is another statement
_NUMBER = re.compile(r"(?<![\w.,])(\d+(?:[.,]\d+)*)\s*([^\W\d_]+|[%°])?")
_SPACE = re.compile(r"\W+")


@dataclass(frozen=True)
class Support:
    """The best passage for a sentence: its index (-1: none), the words there, the coverage, and what disagrees."""

    passage: int
    quote: str
    score: float
    problems: tuple[str, ...] = ()

    @property
    def supported(self) -> bool:
        return self.score >= SUPPORTED and not self.problems


def find_support(sentence: str, passages: Sequence[Passage], lang: str) -> Support:
    """Find the passage, and in it the sentence or two, that supports a sentence best."""
    best = Support(-1, "", 0.0, ("nothing",))
    stems = set(content_stems(sentence, lang))
    for index, passage in enumerate(passages):
        if not stems:
            break
        if _plain(sentence) in (_plain(part) for part in sentences(passage.text, passage.lang)):
            return Support(index, sentence.strip(), 1.0)
        if passage.lang == lang:
            best = max(best, _in_passage(index, sentence, stems, passage), key=lambda s: (s.supported, s.score))
    return best


def _in_passage(index: int, sentence: str, stems: set[str], passage: Passage) -> Support:
    parts = sentences(passage.text, passage.lang)
    title = set(content_stems(passage.title, passage.lang))
    best = Support(index, "", 0.0, ("nothing",))
    for size in (1, 2):
        for start in range(max(1, len(parts) - size + 1)):
            window = " ".join(parts[start : start + size])
            covered = stems & (title | set(content_stems(window, passage.lang)))
            found = Support(index, window, len(covered) / len(stems), tuple(_problems(sentence, window, passage.lang)))
            best = max(best, found, key=lambda s: (s.supported, s.score, -len(s.quote)))
    return best


def _plain(text: str) -> str:
    return _SPACE.sub(" ", text).strip().lower()


def _problems(sentence: str, window: str, lang: str) -> Iterable[str]:
    """Name what disagrees: number, negation, antonym, hedge."""
    if not _numbers(sentence) <= _numbers(window):
        yield "number"
    said, there = _words(sentence), _words(window)
    lists = _lists(lang)
    if bool(said & lists["negations"]) != bool(there & lists["negations"]):
        yield "negation"
    if (there & lists["hedges"] and not said & lists["hedges"]) or (said & lists["absolutes"]) - there:
        yield "hedge"
    for one, other in _antonyms(lang):
        if (said & one and there & other and not there & one) or (said & other and there & one and not there & other):
            yield "antonym"
            return


def _numbers(text: str) -> set[str]:
    """Return the numbers with their units, decimals alike: "2,5 mg" and "2.5 mg" are one."""
    return {f"{_value(value)} {(unit or '').lower()}".strip() for value, unit in _NUMBER.findall(text)}


def _value(number: str) -> str:
    thousands = re.fullmatch(r"\d{1,3}(?:[.,]\d{3})+", number)
    return re.sub(r"[.,]", "", number) if thousands else number.replace(",", ".")


def _words(text: str) -> frozenset[str]:
    return frozenset(fold(word) for word in re.findall(r"[^\W\d_]+(?:['’-][^\W\d_]+)*", text))


@cache
def _lists(lang: str) -> dict[str, frozenset[str]]:
    rules = shipped_rules(lang if lang in LANGUAGES else "en", "support")
    return {rule["id"]: frozenset(fold(word) for word in rule["words"]) for rule in rules if "words" in rule}


@cache
def _antonyms(lang: str) -> tuple[tuple[frozenset[str], frozenset[str]], ...]:
    rules = shipped_rules(lang if lang in LANGUAGES else "en", "support")
    pairs = (rule["pair"] for rule in rules if "pair" in rule)
    return tuple((frozenset(map(fold, one)), frozenset(map(fold, other))) for one, other in pairs)
