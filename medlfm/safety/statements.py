"""Reading what a sentence states: its clauses, each with its words, its numbers, and whether it is denied or hedged.

Words are compared by keys: folded, without inflection and derivation, words for the same thing made one
("daily", "a day"). What belongs together, and which words decide, is vocabulary (`rules/<lang>/support.jsonl`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from medlfm.knowledge.text import sentences
from medlfm.safety.quantities import LEAST, MOST, Quantity, is_number, read_quantities
from medlfm.safety.support_words import TOKEN, Vocabulary
from medlfm.safety.support_words import vocabulary as words_for
from medlfm.safety.wordforms import fold_word, keys_of
from medlfm.settings import LANGUAGES

__all__ = ["Clause", "marks_of", "meanings_of", "read_statement"]

_MARK = "·"  # stands for a phrase among the tokens in which numbers and units are sought
_LONGEST = 6  # words of a phrase
_FORBIDS = "forbids"  # the name of denials that stand for "should not": no mark of an opposite besides
_LASTING = re.compile(r"(?:jähr|täg|wöch|monat|stünd|minüt)ig\w*$")
_BREAKS = frozenset(",;:()–—")


@dataclass(frozen=True)
class Clause:
    """A clause: the keys of its words in order, numbers with units, denial, and the classes of its deciding words."""

    words: tuple[frozenset[str], ...]
    marks: frozenset[str]  # what opposites are told by: meanings, or else keys, of small words too ("before", "under")
    quantities: tuple[Quantity, ...]
    denied: bool
    hedges: frozenset[str]
    absolutes: frozenset[str]
    turns: tuple[int, ...] = ()  # places of the words of a deed ("inhibits"), before which its doer stands
    agent: int = -1  # place of the word before which "by" stands
    deeds: bool = False  # whether the deed is one of the words


@dataclass
class _Open:
    """A clause while it is read."""

    words: list[frozenset[str]] = field(default_factory=list)
    small: set[str] = field(default_factory=set)
    tokens: list[str] = field(default_factory=list)
    negators: int = 0
    negatives: int = 0
    hedges: set[str] = field(default_factory=set)
    absolutes: set[str] = field(default_factory=set)
    turns: list[int] = field(default_factory=list)
    agent: int = -1
    deeds: bool = False

    def close(self, lang: str) -> Clause:
        marks = frozenset(mark for word in self.words for mark in marks_of(word)) | self.small
        return Clause(
            words=tuple(self.words),
            marks=marks,
            quantities=tuple(read_quantities(self.tokens, lang)),
            denied=bool(self.negators) != bool(self.negatives % 2),
            hedges=frozenset(self.hedges),
            absolutes=frozenset(self.absolutes),
            turns=tuple(self.turns),
            agent=self.agent,
            deeds=self.deeds,
        )


def marks_of(word: frozenset[str]) -> frozenset[str]:
    """Return what opposites of a word are told by: its meanings, or else its keys."""
    return frozenset(key for key in word if key.startswith("same-")) or word


@lru_cache(maxsize=4096)
def read_statement(text: str, lang: str) -> tuple[tuple[Clause, ...], ...]:
    """Return the clauses of each sentence of a text."""
    lang = lang if lang in LANGUAGES else "en"
    return tuple(tuple(_clauses(sentence, lang)) for sentence in sentences(text, lang))


def _clauses(sentence: str, lang: str) -> Iterator[Clause]:
    yield from _clauses_of(TOKEN.findall(sentence), lang)


def _clauses_of(tokens: Sequence[str], lang: str) -> Iterator[Clause]:
    current = _Open()
    vocabulary = words_for(lang)
    tokens = [part for token in tokens for part in _parts(token, lang)]
    folded = [fold_word(token, lang) for token in tokens]
    at = 0
    while at < len(tokens):
        if _opens(folded, at, current, vocabulary):
            yield _joined(current, lang)
            current = _Open()
        if folded[at] in vocabulary.without and (reach := _without(tokens, folded, at, lang)):
            yield from _clauses_of(tokens[at : at + reach], lang)
            at += reach
            continue
        length, kind, name = _phrase(folded, at, lang)
        if kind == "plain" or _measures(folded, at, kind, vocabulary):
            length, kind = 1, ""
        marked = kind == "same" and not (length == 1 and folded[at] in vocabulary.numerals)
        current.tokens += [_bound(name, vocabulary)] if marked else folded[at : at + length]
        before = len(current.words)
        _enter(current, kind, name, tokens[at], folded[at], at, length, lang)
        if keys_of(folded[at], lang) & vocabulary.directed:
            current.turns.append(before)
            current.deeds = len(current.words) > before
        if current.agent < 0 and vocabulary.agents.intersection(folded[at : at + length]):
            current.agent = len(current.words)
        at += length
    yield _joined(current, lang)


def _parts(token: str, lang: str) -> tuple[str, ...]:
    """Take a German numeral off its unit: "fünfjährig"."""
    cut = len(token) - next((len(m[0]) for m in [_LASTING.search(token)] if m), 0) if lang == "de" else 0
    return (
        (token[:cut], token[cut:])
        if 0 < cut < len(token) and is_number(fold_word(token[:cut], lang), lang)
        else (token,)
    )


def _bound(name: str, vocabulary: Vocabulary) -> str:
    """Return what stands for a phrase among the tokens in which numbers and units are sought."""
    return LEAST if name in vocabulary.least else MOST if name in vocabulary.most else _MARK


def _without(tokens: Sequence[str], folded: Sequence[str], at: int, lang: str) -> int:
    """Count the tokens of "without pain", a clause of its own that others go on after; 0 where it reaches their end.

    In German up to its noun, in English up to the next small word.
    """
    vocabulary = words_for(lang)
    end = next(
        (
            n
            for n in range(at + 1, len(tokens))
            if not tokens[n][0].isalpha() or (n > at + 1 and folded[n] in vocabulary.no_content)
        ),
        len(tokens),
    )
    if lang == "de":
        end = next((n + 1 for n in range(at + 1, end) if tokens[n][0].isupper()), end)
    rest = [word for word in folded[end:] if word.isalpha()]
    return end - at if at + 1 < end and rest else 0


def _measures(folded: Sequence[str], at: int, kind: str, vocabulary: Vocabulary) -> bool:
    """Say whether "a week" is an amount ("after a week"), not how often ("twice a week")."""
    return (
        kind == "same" and at > 0 and folded[at] in vocabulary.articles and folded[at - 1] in vocabulary.before_amounts
    )


def _joined(clause: _Open, lang: str) -> Clause:
    """Close a clause; in German a verb and the particle that ends the clause are one word ("trägt … auf")."""
    particles = words_for(lang).particles
    last = next((token for token in reversed(clause.tokens) if token.isalpha()), "")
    if last in particles:
        clause.words += _light_verbs(last, clause.small, lang)
        clause.words = [_with_particle(last, word, lang) for word in clause.words]
    return clause.close(lang)


def _light_verbs(particle: str, small: Iterable[str], lang: str) -> list[frozenset[str]]:
    """Return the words that verbs of little meaning become with a particle, that mean something."""
    wholes = {particle + key for verb in small for key in keys_of(verb, lang)}
    names = {name for key in wholes for words, name in words_for(lang).same.get(key, ()) if len(words) == 1}
    return [_meaning(name, lang) for name in sorted(names)]


def _with_particle(particle: str, word: frozenset[str], lang: str) -> frozenset[str]:
    whole = frozenset(particle + key for key in word if not key.startswith("same-"))
    return word.union(whole, *(meanings_of(key, lang) for key in whole))


def _enter(clause: _Open, kind: str, name: str, token: str, folded: str, at: int, length: int, lang: str) -> None:
    """Enter a token, or the phrase that begins with it, into a clause."""
    if kind and kind != "same" and name != _FORBIDS:
        clause.small |= keys_of(folded, lang)
    if kind == "negator":
        clause.negators += 1
    elif kind == "negative":
        clause.negatives += 1
    elif kind == "hedge":
        clause.hedges.add(name)
    elif kind == "absolute":
        clause.absolutes.add(name)
    elif kind == "same":
        clause.words.append(_meaning(name, lang) if length > 1 else meanings_of(folded, lang))
    elif kind != "light" and _is_content(token, folded, at, lang):
        clause.words.append(keys_of(folded, lang))
    else:
        clause.small.add(folded)


def _meaning(name: str, lang: str) -> frozenset[str]:
    return frozenset({name}) | words_for(lang).members.get(name, frozenset())


def meanings_of(folded: str, lang: str) -> frozenset[str]:
    """Return the meanings that a word may have, with the other words for them."""
    table = words_for(lang).same
    names = {name for key in keys_of(folded, lang) for words, name in table.get(key, ()) if len(words) == 1}
    return frozenset().union(*(_meaning(name, lang) for name in names))


def _is_content(token: str, folded: str, at: int, lang: str) -> bool:
    if not token[0].isalpha():
        return False
    vocabulary = words_for(lang)
    if len(token) == 1:
        return bool(at) and token.isupper()
    return folded not in vocabulary.no_content


def _opens(folded: Sequence[str], at: int, clause: _Open, vocabulary: Vocabulary) -> bool:
    """Say whether a new clause begins: at a mark or a connective, if the one before has two words or the next denies.

    So "aspirin, ibuprofen or naproxen" stays together, and "cough and no fever" is taken apart.
    """
    if folded[at] in vocabulary.without:
        return bool(clause.words)
    if folded[at] not in _BREAKS and folded[at] not in vocabulary.connectives:
        return False
    if _in_range(folded, at, vocabulary):
        return False
    ahead = folded[at + 1 : at + 12]
    following = [word for word in ahead[: _first(ahead, vocabulary)] if word.isalpha() and word not in vocabulary.stop]
    denies = any(word in vocabulary.negators for word in ahead[: _first(ahead, vocabulary)])
    joined = folded[at] in vocabulary.alternatives or (len(clause.words) == 1 and folded[at] in vocabulary.joints)
    if denies and joined and not clause.negators:
        denies = ahead[0] in vocabulary.negators  # "oil or glue should not be used" denies both
    contrast = folded[at] in vocabulary.contrasts
    enough = len(following) > 1 and (len(clause.words) > 1 or clause.negators > 0 or bool(clause.hedges))
    return bool(clause.words) and (denies or contrast or enough)


def _in_range(folded: Sequence[str], at: int, vocabulary: Vocabulary) -> bool:
    """Say whether a word or a dash joins two numbers: "between 15 and 49", "5–7", "2 % and 5 %"."""
    lang = vocabulary.lang
    joins = folded[at] in vocabulary.joints and at and at + 1 < len(folded) and is_number(folded[at + 1], lang)
    return bool(joins) and (is_number(folded[at - 1], lang) or (at > 1 and is_number(folded[at - 2], lang)))


def _first(ahead: Sequence[str], vocabulary: Vocabulary) -> int:
    ends = (n for n, word in enumerate(ahead) if word in _BREAKS or word in vocabulary.connectives)
    return next(ends, len(ahead))


def _phrase(folded: Sequence[str], at: int, lang: str) -> tuple[int, str, str]:
    """Return the longest phrase that begins here: its length in tokens, kind and name; (1, "", "") for none."""
    vocabulary = words_for(lang)
    found = [
        (len(words), kind, name)
        for words, kind, name in vocabulary.phrases.get(folded[at], ())
        if tuple(folded[at : at + len(words)]) == words
    ]
    ahead = folded[at : at + _LONGEST]
    known = [frozenset({word}) if word in vocabulary.no_content else keys_of(word, lang) for word in ahead]
    found += [
        (len(words), "same", name)
        for key in known[0]
        for words, name in vocabulary.same.get(key, ())
        if len(words) <= len(ahead) and all(word & known[n] for n, word in enumerate(words))
    ]
    exact = {name for words, name in vocabulary.same.get(folded[at], ()) if len(words) == 1}
    return max(found, key=lambda item: (item[0], item[1] != "same", item[2] in exact), default=(1, "", ""))
