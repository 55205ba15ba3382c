"""Reading a question for the evidence store, and ranking what the index found for it.

The ranking asks three things: is the passage about what is asked about (its title, compared with the question), does
it answer what is asked (its category, compared with the type of the question), and how well do its words fit (BM25).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from itertools import pairwise
from typing import Protocol

from medlfm.knowledge.foreign import edits, english_phrases
from medlfm.knowledge.passages import Passage
from medlfm.knowledge.text import (
    cognate,
    content_stems,
    fold,
    general_tails,
    near_types,
    question_type,
    stem,
    strip_cues,
)
from medlfm.matching.rules import shipped_rules
from medlfm.matching.shortforms import ShortForms, short_forms
from medlfm.settings import LANGUAGES

__all__ = ["Fields", "Query", "Vocabulary", "compare_topic", "index_fields", "initials", "parse_query", "rank"]

_CAPITALS = re.compile(r"(?<!\w)[A-Z]{3,8}(?!\w)")
_READ = 30  # passages of which the whole text is compared
_SYNONYM = 0.8  # of a word's weight, for another word for the same thing
_LATER = 0.02  # for each part of a document before the passage: the beginning tells what it is
_ASKED = 0.5  # how far the question that a passage was written for, asked again, brings it to the best score
_INITIALS = "initials"  # before the initials of a title in the index
_LINK = 3  # letters at most between the stems of the two words of a German compound
_SURE = 0.6  # score from which a short form is taken for its long form, as when records are prepared
_FOREIGN = 0.9  # of the score of a passage in another language than the question


class Vocabulary(Protocol):
    """What the query needs to know of an index."""

    total: int

    def frequency(self, word: str) -> int: ...

    def beginning(self, prefix: str) -> list[tuple[str, int]]: ...


@dataclass(frozen=True)
class Fields:
    """The text of a passage as it is indexed; the order is that of the index's columns."""

    title: str
    aliases: str
    question: str
    body: str
    cognates: str


@dataclass(frozen=True)
class Concept:
    """One thing the question names: the stems that stand for it, any of which is enough, and how rare it is."""

    stems: frozenset[str]
    phrases: tuple[tuple[str, ...], ...]
    count: int
    weight: float


@dataclass(frozen=True)
class Query:
    """A question against the passages of one language."""

    lang: str
    concepts: tuple[Concept, ...]
    kind: str
    words: frozenset[str] = frozenset()  # all that it holds, those that say what is asked for included
    discount: float = 1.0

    def match(self, *, most: int) -> str:
        """Write the FTS5 query: any of the concepts, from the rarest on, until `most` passages may be met."""
        chosen: list[Concept] = []
        met = 0
        for concept in sorted(self.concepts, key=lambda concept: concept.count):
            met += concept.count
            if concept.count and (met <= most or not chosen):
                chosen.append(concept)
        parts = {" AND ".join(f'"{word}"' for word in phrase) for concept in chosen for phrase in concept.phrases}
        return " OR ".join(f"({part})" for part in sorted(parts))


def index_fields(passage: Passage) -> Fields:
    """Return what the index holds of a passage."""
    names = f"{passage.title} {' '.join(passage.aliases)}"
    keys = {key for word in names.split() if (key := cognate(fold(word.strip(".,;:()'\"–")))) and len(key) > 4}
    return Fields(
        title=" ".join(content_stems(passage.title, passage.lang)),
        aliases=" ".join(
            [
                *(stem for alias in passage.aliases for stem in content_stems(alias, passage.lang)),
                *(word for name in (passage.title, *passage.aliases) for word in initials(name)),
            ]
        ),
        question=" ".join(content_stems(passage.question, passage.lang)),
        body=" ".join(content_stems(passage.text, passage.lang)),
        cognates=" ".join(sorted(f"cognate{key}" for key in keys)),
    )


@lru_cache(maxsize=65536)
def initials(name: str) -> tuple[str, ...]:
    """Return what a name of three words and more may be shortened to, with and without its small words."""
    parts = [word for word in re.findall(r"[^\W\d_]+", name) if word.lower() not in ("type", "typ")]
    long = [word for word in parts if len(word) > 3 or word[0].isupper()]
    return tuple(
        dict.fromkeys(_INITIALS + fold("".join(word[0] for word in words)) for words in (parts, long) if len(words) > 2)
    )


def parse_query(question: str, lang: str, vocabulary: Vocabulary) -> list[Query]:
    """Read a question: one query for passages in its own language, and a second for English ones where it is German."""
    kind = question_type(question, lang)
    focus = strip_cues(question, lang)
    words = content_stems(focus, lang) or content_stems(question, lang)
    long_forms = _long_forms(question, lang)
    named = _with_initials(_with_synonyms(words, lang, long_forms), focus)
    own = [_concept(phrases, vocabulary) for phrases in (_compounded(named, vocabulary) if lang == "de" else named)]
    own = [concept if concept.count else _reread(concept, lang, vocabulary) for concept in own]
    queries = [Query(lang, tuple(own), kind, frozenset(content_stems(question, lang)))]
    if lang == "de":
        foreign = [_concept(phrases, vocabulary) for phrases in english_phrases(focus or question, long_forms)]
        queries.append(Query("en", tuple(foreign), kind, discount=_FOREIGN))
    return queries


def compare_topic(question: str, lang: str, passage: Passage) -> tuple[float, float]:
    """Compare what a question is about with the names of a passage, synonyms and translations counted.

    Returns the share of the question's concepts that the best name holds, and the share of that name's words that the
    question lacks: what is more special, or something else.
    """
    concepts = _asked_concepts(question, lang, passage.lang)
    general = _general_words(passage.lang)
    telling = [phrases for phrases in concepts if not all(word in general for phrase in phrases for word in phrase)]
    words = set(content_stems(question, lang)) | {word for phrases in concepts for each in phrases for word in each}
    best = (0.0, 1.0)
    for name in (passage.title, *passage.aliases):
        # a letter that begins a name counts as one within it does (Q fever)
        stems = content_stems(f"– 0 {name}", passage.lang)[1:]
        keys = {word: {word, *_cognates(name, word), *initials(name)} for word in stems}
        held = set().union(*keys.values()) if keys else set()
        covered = sum(any(all(word in held for word in phrase) for phrase in phrases) for phrases in telling)
        extra = sum(not own & words for own in keys.values()) / max(1, len(keys))
        best = max(best, (covered / max(1, len(telling)), extra), key=lambda pair: pair[0] - pair[1])
    return best


@cache
def _general_words(lang: str) -> frozenset[str]:
    """Return the stems of words that are no topic by themselves ("syndrome", "child")."""
    rules = shipped_rules(lang if lang in LANGUAGES else "en", "answers_reading")
    words = next(rule["words"] for rule in rules if rule["id"] == "general-words")
    return frozenset(stem(fold(word), lang) for word in words)


def _asked_concepts(question: str, lang: str, other: str) -> list[list[tuple[str, ...]]]:
    focus = strip_cues(question, lang)
    long_forms = _long_forms(question, lang)
    if lang == "de" and other == "en":
        return english_phrases(focus or question, long_forms)
    words = content_stems(focus, lang) or content_stems(question, lang)
    return _with_initials(_with_synonyms(words, lang, long_forms), focus)


def _cognates(name: str, word: str) -> set[str]:
    full = (part for part in map(fold, name.split()) if part.startswith(word))
    return {f"cognate{key}" for part in full if (key := cognate(part))}


def _concept(phrases: Iterable[Sequence[str]], vocabulary: Vocabulary) -> Concept:
    known = tuple(tuple(phrase) for phrase in phrases)
    count = max((min(vocabulary.frequency(word) for word in phrase) for phrase in known), default=0)
    # A word that no passage holds stays in: a question about it must not be answered as if it weren't there.
    weight = math.log(1 + vocabulary.total / (1 + count))
    return Concept(frozenset(word for phrase in known for word in phrase), known, count, weight)


def _long_forms(question: str, lang: str) -> dict[tuple[str, ...], str]:
    """Return the stems of a question's short forms → the long form of each that is sure."""
    return {
        stems: str(form.candidates[0]["long"])
        for form in _short_forms(lang).find(question)
        if form.candidates and form.candidates[0]["score"] >= _SURE
        if (stems := tuple(content_stems(form.short, lang)))
    }


@cache
def _short_forms(lang: str) -> ShortForms:
    return short_forms(lang, shipped_rules(lang, "abbreviations"))


def _with_synonyms(
    words: Sequence[str], lang: str, long_forms: Mapping[tuple[str, ...], str]
) -> list[list[tuple[str, ...]]]:
    """Return for each concept of a question the phrases that name it: a word, or a known term with its synonyms.

    A short form is named by its long form and the synonyms of that too.
    """
    table = dict(_synonyms(lang))
    for short, long in long_forms.items():
        stems = tuple(content_stems(long, lang))
        if not stems:  # nothing but words that say nothing, as of "d.h."
            continue
        table[short] = tuple(dict.fromkeys((stems, short, *table.get(short, ()), *table.get(stems, ()))))
    result: list[list[tuple[str, ...]]] = []
    at = 0
    while at < len(words):
        run = next((words[at : at + size] for size in (4, 3, 2, 1) if tuple(words[at : at + size]) in table), None)
        phrases: list[tuple[str, ...]] = list(table[tuple(run)]) if run else [(words[at],)]
        if phrases not in result:
            result.append(phrases)
        at += len(run) if run else 1
    return result


def _with_initials(concepts: list[list[tuple[str, ...]]], question: str) -> list[list[tuple[str, ...]]]:
    """Let a word in capitals also be named by a title of which it is the initials."""
    capitals = {fold(word): f"{_INITIALS}{fold(word)}" for word in _CAPITALS.findall(question)}
    return [
        [*phrases, *((capitals[phrase[0]],) for phrase in phrases[:1] if len(phrase) == 1 and phrase[0] in capitals)]
        for phrases in concepts
    ]


def _compounded(concepts: list[list[tuple[str, ...]]], vocabulary: Vocabulary) -> list[list[tuple[str, ...]]]:
    """Let "Unterfunktion der Schilddrüse" also be named by the compound of the two, where the index holds it."""
    more: list[list[tuple[str, ...]]] = [[] for _ in concepts]
    for place, (first, second) in enumerate(pairwise(concepts)):
        (tail, *rest), (head, *others) = first[0], second[0]
        if rest or others or min(len(head), len(tail)) < 4:
            continue
        for word, _ in vocabulary.beginning(head):
            if word.endswith(tail) and 0 <= len(word) - len(head) - len(tail) <= _LINK:
                names = _synonyms("de").get((word,), ((word,),))
                more[place] += names
                more[place + 1] += names
    return [phrases + names for phrases, names in zip(concepts, more, strict=True)]


@cache
def _synonyms(lang: str) -> dict[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """Return stems of a term → the stems of all terms for the same thing, its own first."""
    table: dict[tuple[str, ...], tuple[tuple[str, ...], ...]] = {}
    for rule in shipped_rules(lang, "synonyms"):
        terms = tuple(dict.fromkeys(tuple(content_stems(term, lang)) for term in rule["terms"]))
        for term in terms:
            table.setdefault(term, (term, *(other for other in terms if other != term)))
    return table


def _reread(concept: Concept, lang: str, vocabulary: Vocabulary) -> Concept:
    """Read a word that no passage holds again: "Migräneanfall" is about "Migräne", or else it may be misspelt."""
    word = next(iter(concept.stems))
    for tail in general_tails(lang) if len(concept.stems) == 1 else ():
        if word.endswith(tail) and vocabulary.frequency(head := stem(word[: -len(tail)], lang)):
            return _concept([(head,)], vocabulary)
    return _respelt(concept, vocabulary)


def _respelt(concept: Concept, vocabulary: Vocabulary) -> Concept:
    """Find the word that was meant by one that no passage holds: same first two letters, one or two letters apart."""
    word = next(iter(concept.stems))
    if len(word) < 6 or len(concept.stems) > 1:
        return concept
    near = [
        (edits(word, other, limit), -count, other)
        for other, count in vocabulary.beginning(word[:2])
        if abs(len(other) - len(word)) <= (limit := 1 if len(word) < 8 else 2)
    ]
    near = [item for item in near if item[0] <= (1 if len(word) < 8 else 2)]
    return _concept([(min(near)[2],)], vocabulary) if near else concept


def rank(query: Query, pool: Sequence[tuple[Passage, float]]) -> list[Passage]:
    """Score the passages that the index found, from 0 to 1; the whole text is read of the most promising only."""
    strongest = max((strength for _, strength in pool), default=1.0) or 1.0
    first = [(_by_title(query, passage) + 0.15 * strength / strongest, passage) for passage, strength in pool]
    best = sorted(first, key=lambda item: (-item[0], item[1].id))[:_READ]
    return [replace(passage, score=_with_text(query, passage, score)) for score, passage in best]


def _by_title(query: Query, passage: Passage) -> float:
    names = (passage.title, *passage.aliases)
    about = max(_about(query, content_stems(name, passage.lang), name) for name in names)
    about = max([about, *(_about(query, [word], word) for name in names for word in initials(name))])
    kinds = {passage.category, question_type(passage.question, passage.lang)} - {""}
    if query.kind in kinds:
        answers = 1.0
    elif kinds & near_types(query.kind):
        answers = 0.5
    else:
        answers = 0.4 if not (query.kind and kinds) else 0.0
    return 0.4 * about + 0.25 * answers - _LATER * min(passage.part, 4)


def _with_text(query: Query, passage: Passage, score: float) -> float:
    """Add how much of the question the whole passage holds; one that lacks most of it is about something else.

    A passage that was written for this very question comes near the best score, whatever its title.
    """
    words = set(content_stems(f"{passage.title} {passage.text} {passage.question}", passage.lang))
    words |= {f"cognate{key}" for word in passage.title.split() if (key := cognate(fold(word)))}
    for name in (passage.title, *passage.aliases):
        words.update(content_stems(name, passage.lang), initials(name))
    inside = _covered(query.concepts, words)
    score = (score + 0.2 * inside) * min(1.0, 2 * inside)
    asked = _about(query, content_stems(passage.question, passage.lang), passage.question)
    return round(query.discount * (score + _ASKED * asked**2 * (1 - min(1.0, score))), 4)


def _about(query: Query, title: list[str], name: str) -> float:
    """Compare title and question in both directions: a title with an extra word is about something else."""
    if not title:
        return 0.0
    words = set(title) | {f"cognate{key}" for word in name.split() if (key := cognate(fold(word)))}
    asked = {word: _SYNONYM for concept in query.concepts for phrase in concept.phrases[1:] for word in phrase}
    asked |= {word: 1.0 for concept in query.concepts for word in concept.phrases[0]} | dict.fromkeys(query.words, 1.0)
    keys = {fold(word): f"cognate{cognate(fold(word))}" for word in name.split()}
    shared = sum(
        max([asked.get(word, 0.0), *(asked.get(key, 0.0) for full, key in keys.items() if full.startswith(word))])
        for word in title
    )
    return 0.5 * _covered(query.concepts, words) + 0.5 * shared / len(title)


def _covered(concepts: Sequence[Concept], words: set[str]) -> float:
    total = sum(concept.weight for concept in concepts)
    if not total:
        return 0.0
    return sum(concept.weight * _held(concept, words) for concept in concepts) / total


def _held(concept: Concept, words: set[str]) -> float:
    """Return 1 where the words hold the concept as the question names it, a little less for a synonym."""
    found = [all(word in words for word in phrase) for phrase in concept.phrases]
    return 1.0 if found[0] else _SYNONYM if any(found) else 0.0
