"""The words that decide whether two statements are one: opposites, what goes without saying, what only itself says."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache

from medlfm.matching.rules import shipped_rules
from medlfm.safety.statements import marks_of, meanings_of, read_statement
from medlfm.safety.support_words import words_of
from medlfm.safety.wordforms import fold_word, keys_of

__all__ = ["antonyms", "elided", "exact", "often_words", "pronouns", "relational"]


@cache
def antonyms(lang: str) -> tuple[tuple[frozenset[str], frozenset[str]], ...]:
    """Return pairs of sets of keys that contradict each other."""
    rules = shipped_rules(lang, "support")
    return tuple((_side(one, lang), _side(other, lang)) for one, other in (r["pair"] for r in rules if "pair" in r))


def _side(words: Iterable[str], lang: str) -> frozenset[str]:
    keys: set[str] = set()
    for word in words:
        for sentence in read_statement(word, lang):
            for clause in sentence:
                content = {mark for each in clause.words for mark in marks_of(each)}
                keys |= content or clause.marks
    return frozenset(keys)


@cache
def elided(lang: str) -> frozenset[str]:
    """Return the keys of words that go without saying ("treatment is begun" for "metformin is begun").

    So do words for what is done or happens, of which no opposite is known ("the lens is exchanged", "replaced").
    """
    opposites = frozenset().union(*(side for pair in antonyms(lang) for side in pair))
    deeds = (keys for keys in _keys("relational", lang) if not keys & opposites)
    kept = frozenset().union(*(keys_of(word, lang) for word in _words("kept", lang)))
    return frozenset().union(*_keys("elided", lang), *deeds) - kept


@cache
def exact(lang: str) -> frozenset[str]:
    """Return the keys of words that nothing but themselves says: whom it is about, how often something is."""
    return frozenset().union(*(keys_of(word, lang) for word in _words("kept", lang)))


@cache
def relational(lang: str) -> frozenset[str]:
    """Return the keys of words for what is done, happens or is judged: one for another is no other thing spoken of."""
    return frozenset().union(*_keys("relational", lang))


@cache
def often_words(lang: str) -> frozenset[str]:
    """Return the keys of words that say what a hedge like "often" says, "a frequent cause"."""
    return frozenset().union(*_keys("often", lang))


def _keys(kind: str, lang: str) -> Iterator[frozenset[str]]:
    """Yield for each word or phrase of a kind what it is compared by."""
    for rule in shipped_rules(lang, "support"):
        for word in rule.get(kind, ()):
            folded = fold_word(word, lang)
            yield _side([word], lang) if " " in word else meanings_of(folded, lang) | keys_of(folded, lang)


@cache
def pronouns(lang: str) -> frozenset[str]:
    """Return the words that stand for what a sentence before named."""
    return _words("pronouns", lang)


def _words(name: str, lang: str) -> frozenset[str]:
    return words_of({rule["id"]: rule for rule in shipped_rules(lang, "support")}, name, lang)
