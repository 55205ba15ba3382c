"""Words of a question that the index spells otherwise: in English for German ones, and a few letters apart."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from medlfm.knowledge.text import cognate, content_stems, stem
from medlfm.matching.rules import shipped_rules

__all__ = ["edits", "english_phrases"]


def english_phrases(question: str, long_forms: Mapping[tuple[str, ...], str]) -> list[list[tuple[str, ...]]]:
    """Return for each German content word the English phrases that may stand for it, as stems; it keeps its own too."""
    result = []
    for word in dict.fromkeys(content_stems(question, "de")):
        phrases = [tuple(content_stems(term, "en")) for term in _translations(word)]
        if long := long_forms.get((word,)):
            parts = [_translations(part) for part in content_stems(long, "de")]
            phrases.append(tuple(stem for part in parts for term in part[:1] for stem in content_stems(term, "en")))
            phrases = [(word,), *filter(None, phrases)]
        if not phrases:
            phrases = [(stem(word, "en"),)]
            if len(key := cognate(word)) > 4:
                phrases.append((f"cognate{key}",))
        result.append(phrases)
    return result


def _translations(word: str) -> tuple[str, ...]:
    """Look a German stem up; a compound of two known words gives the words of both together."""
    terms = _terms()
    if word in terms:
        return terms[word]
    for border in range(len(word) - 3, 3, -1):
        head, tail = word[:border], word[border:]
        first = terms.get(head) or terms.get(stem(head, "de"))
        if first and tail in terms:
            return tuple(f"{one} {other}" for one in first for other in terms[tail])
    return ()


@cache
def _terms() -> dict[str, tuple[str, ...]]:
    table: dict[str, tuple[str, ...]] = {}
    for rule in shipped_rules("de", "terms"):
        stems = content_stems(rule["term"], "de")
        if len(stems) == 1:
            table.setdefault(stems[0], tuple(rule["en"]))
    return table


def edits(one: str, other: str, limit: int) -> int:
    """Count the edits (insert, delete, replace, swap neighbours) between two words; `limit` + 1 means "more"."""
    before: list[int] = []
    previous = list(range(len(other) + 1))
    for row, letter in enumerate(one, start=1):
        current = [row]
        for column, second in enumerate(other, start=1):
            cost = min(previous[column] + 1, current[-1] + 1, previous[column - 1] + (letter != second))
            if row > 1 and column > 1 and letter == other[column - 2] and one[row - 2] == second:
                cost = min(cost, before[column - 2] + 1)
            current.append(cost)
        if min(current) > limit:
            return limit + 1
        before, previous = previous, current
    return previous[-1]
