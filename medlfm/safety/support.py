"""Is a sentence supported by a passage? All its words must be there, and what decides must agree.

Clause by clause: the clause of the passage that says most of it is found; the rest may stand elsewhere in the passage
("they" is what the sentence before named). Numbers with units, denial, opposites, hedges and the thing that is spoken
of must be those of the passage. Deterministic, so that its reasons can be shown; a trained support model may join it
later. A free paraphrase counts as unsupported: what is shown as supported shall be so.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

from medlfm.knowledge.passages import Passage
from medlfm.knowledge.text import sentences
from medlfm.safety.statements import Clause, antonyms, elided, often_words, pronouns, read_statement, relational
from medlfm.settings import LANGUAGES

__all__ = ["SUPPORTED", "Support", "find_support"]

SUPPORTED = 1.0  # share of a sentence's words that must be in the passage; fewer is another statement
_ANCHORED = 0.5  # share of a clause's words that one sentence of the passage must hold
_SPACE = re.compile(r"\W+")
_TYPO = 5  # letters from which a word may differ by one from a longer one
_FREQUENCY = frozenset({"often", "sometimes", "rarely"})  # hedges that "may" stands for, but not the other way round
_TOLD = frozenset({"often", "rarely"})  # hedges that state something themselves
_MUST = frozenset({"must"})  # of what is denied: "must not" says no more than "should not"
_NAME = 2  # words of a name that was put in place of another
_PART = 4  # letters of a part of a compound

Word = frozenset[str]


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
    """Find the passage, and in it the sentences, that support a sentence best."""
    best = Support(-1, "", 0.0, ("nothing",))
    said = [clause for part in read_statement(sentence, lang) for clause in part]
    if not any(clause.words for clause in said):
        return best
    for index, passage in enumerate(passages):
        if _plain(sentence) in (_plain(part) for part in sentences(passage.text, passage.lang)):
            return Support(index, sentence.strip(), 1.0)
        if passage.lang == lang:
            best = max(best, _in_passage(index, said, passage), key=lambda s: (s.supported, s.score, -len(s.problems)))
    return best


def _plain(text: str) -> str:
    return _SPACE.sub(" ", text).strip().lower()


def _in_passage(index: int, said: Sequence[Clause], passage: Passage) -> Support:
    lang = passage.lang if passage.lang in LANGUAGES else "en"
    there = read_statement(passage.text, lang)
    title = [word for part in read_statement(passage.title, lang) for clause in part for word in clause.words]
    told = any("often" in clause.hedges for part in there for clause in part)
    often = [often_words(lang)] if told else []
    known = _Known([*title, *often, *(word for part in there for clause in part for word in clause.words)])
    said = [replace(clause, words=tuple(_needed(clause.words, known, lang))) for clause in said]
    words = [word for clause in said for word in clause.words]
    if not words:
        return Support(index, "", 0.0, ("nothing",))
    score = sum(known.holds(word) for word in words) / len(words)
    anchors = {n: _anchor(clause, there) for n, clause in enumerate(said) if clause.words}
    used = dict.fromkeys(place for place, _ in anchors.values() if place >= 0)
    used |= dict.fromkeys(_named_before(words, used, there))
    problems: dict[str, None] = {}
    beside = [other for at in used for other in there[at]]
    amounts = [each for clause in beside for each in clause.quantities]
    if not all(each.among(amounts) for clause in said for each in clause.quantities):
        problems["number"] = None
    for n, (place, clause) in anchors.items():
        problems |= dict.fromkeys(_problems(said[n], said, clause, there[place], beside, lang))
        if _swapped(said[n], said, clause, _before(place, used, title, there, lang), lang):
            problems["entity"] = None
    quote = " ".join(sentences(passage.text, lang)[at] for at in sorted(used))
    return Support(index, quote, score, tuple(problems))


def _needed(words: Sequence[Word], known: _Known, lang: str) -> Iterator[Word]:
    """Yield the words that a passage must hold: one that goes without saying need not be there."""
    yield from (word for word in words if not word & elided(lang) or known.holds(word))


def _before(
    place: int, used: Iterable[int], title: Sequence[Word], there: Sequence[Sequence[Clause]], lang: str
) -> _Known:
    """Return what may be named without being swapped for another: what stands before a sentence with a pronoun.

    And, beside what that pronoun stands for, what another sentence in use with a pronoun says.
    """
    refers = [at for at in used if any(clause.marks & pronouns(lang) for clause in there[at])]
    said = [word for at in refers if at != place for clause in there[at] for word in clause.words]
    if place in refers:
        said += [*title, *(word for part in there[:place] for clause in part for word in clause.words)]
    return _Known(said)


def _named_before(words: Sequence[Word], used: Iterable[int], there: Sequence[Sequence[Clause]]) -> Iterator[int]:
    """Yield the places of sentences that name what the sentences in use only refer to."""
    held = [_Known([word for clause in sentence for word in clause.words]) for sentence in there]
    missing = [word for word in words if not any(held[place].holds(word) for place in used)]
    yield from (place for place, sentence in enumerate(held) if any(sentence.holds(word) for word in missing))


class _Known:
    """The words of a passage, for asking whether one is among them."""

    def __init__(self, words: Sequence[Word]) -> None:
        self.keys = frozenset(key for word in words for key in word)

    def holds(self, word: Word) -> bool:
        return bool(word & self.keys) or any(self._near(key) for key in word)

    def _near(self, key: str) -> bool:
        """Say whether a key is a part of a compound here, is made of two words here, or one of them misspelt."""
        if len(key) < _PART:
            return False
        whole = any(
            len(other) >= len(key) + 4 and (other.startswith(key) or other.endswith(key)) for other in self.keys
        )
        return whole or self._made_of(key) or (len(key) >= _TYPO and any(_one_edit(key, other) for other in self.keys))

    def _made_of(self, key: str) -> bool:
        """Say whether a key begins with one of the keys and ends, after up to three letters between, with another."""
        firsts = [other for other in self.keys if _PART <= len(other) <= len(key) - _PART + 1 and key.startswith(other)]
        lasts = {key[len(first) + joint :] for first in firsts for joint in range(4)}
        lasts = {last for last in lasts if len(last) >= _PART}
        return bool(lasts & self.keys) or any(other.startswith(last) for last in lasts for other in self.keys)


def _one_edit(one: str, other: str) -> bool:
    """Say whether two keys differ by one letter (left out, added, another, two swapped), not the first."""
    if abs(len(one) - len(other)) > 1 or one[:2] != other[:2] or len(other) <= _TYPO:
        return False
    start = next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    left, right = one[start:], other[start:]
    if len(left) == len(right):
        return left[1:] == right[1:] or (left[:2] == right[1::-1] and left[2:] == right[2:])
    return left[1:] == right if len(left) > len(right) else left == right[1:]


def _anchor(clause: Clause, there: Sequence[Sequence[Clause]]) -> tuple[int, Clause]:
    """Return the clause of the passage that says most of one, with the place of its sentence."""
    best: tuple[tuple[float, bool, int, int], int, Clause] | None = None
    holders = [[_Known(other.words) for other in sentence] for sentence in there]
    weights = [1 / max(1, sum(own.holds(word) for row in holders for own in row)) for word in clause.words]
    for place, sentence in enumerate(there):
        whole = _Known([word for other in sentence for word in other.words])
        in_sentence = sum(weight for word, weight in zip(clause.words, weights, strict=True) if whole.holds(word))
        for other, own in zip(sentence, holders[place], strict=True):
            shared = sum(weight for word, weight in zip(clause.words, weights, strict=True) if own.holds(word))
            numbers = sum(q.among(other.quantities) for q in clause.quantities)
            rank = (
                round(shared + 0.5 * in_sentence + 0.5 * numbers, 3),
                clause.denied == other.denied,
                -abs(len(other.words) - len(clause.words)),
                -place,
            )
            if best is None or rank > best[0]:
                best = rank, place, other
    return (best[1], best[2]) if best else (-1, clause)


def _problems(
    clause: Clause,
    said: Sequence[Clause],
    other: Clause,
    sentence: Sequence[Clause],
    beside: Sequence[Clause],
    lang: str,
) -> Iterator[str]:
    """Name what disagrees between a clause and the one of the passage that says most of it.

    said: all clauses of the sentence; sentence: those around the other; beside: of all sentences that are quoted.
    """
    known = _Known([word for part in sentence for word in part.words])
    held = sum(known.holds(word) for word in clause.words)
    if held < _ANCHORED * len(clause.words):
        yield "scattered"
    if held and (clause.denied != other.denied or _denied_there(clause, sentence)):
        yield "negation"
    shared = sum(_Known(other.words).holds(word) for word in clause.words)
    says = shared > 1 or len(other.words) < 3
    if held and (
        (says and _unhedged(said, other, beside, lang))
        or frozenset().union(*(c.absolutes - (_MUST if c.denied else frozenset()) for c in said)) - _absolutes(beside)
    ):
        yield "hedge"
    if any(_contradicts(clause, said, other, sentence, *pair) for pair in antonyms(lang)):
        yield "antonym"


def _denied_there(clause: Clause, sentence: Sequence[Clause]) -> bool:
    """Say whether a clause states a thing that the passage's sentence names only where it denies it."""
    if clause.denied or all(part.denied for part in sentence):
        return False
    holders = [[part for part in sentence if _Known(part.words).holds(word)] for word in clause.words]
    return any(parts and all(part.denied for part in parts) for parts in holders)


def _unhedged(said: Sequence[Clause], other: Clause, beside: Sequence[Clause], lang: str) -> bool:
    """Say whether a hedge was dropped, a frequency was added, or what is possible became frequent."""
    own = frozenset().union(*(clause.hedges for clause in said))
    if any(word & often_words(lang) for clause in said for word in clause.words):
        own |= {"often"}
    told = frozenset().union(*(part.hedges for part in beside))
    if any(word & often_words(lang) for part in beside for word in part.words):
        told |= {"often"}
    if (own & _TOLD) - told:
        return True
    missing = {hedge for hedge in other.hedges - own if not (hedge in _FREQUENCY and "possible" in own)}
    return bool(missing) and not (missing == {"possible"} and own & other.hedges)


def _absolutes(clauses: Sequence[Clause]) -> frozenset[str]:
    return frozenset().union(*(clause.absolutes for clause in clauses))


def _contradicts(
    clause: Clause, said: Sequence[Clause], other: Clause, sentence: Sequence[Clause], one: Word, opposite: Word
) -> bool:
    around = frozenset().union(*(part.marks for part in sentence))
    own = frozenset().union(*(part.marks for part in said))
    return any(
        clause.marks & a and not own & b and around & b and not other.marks & a and (other.marks & b or not around & a)
        for a, b in ((one, opposite), (opposite, one))
    )


def _swapped(clause: Clause, said: Sequence[Clause], other: Clause, before: _Known, lang: str) -> bool:
    """Say whether a word stands where the passage has another: what is said of one thing was said of the other.

    before: what a pronoun of the passage's sentence may stand for; naming that is no swap.
    """
    mine = _Known([word for part in said for word in part.words])
    theirs = [word for word in other.words if not word & elided(lang)]
    left = [next((n for n, each in enumerate(theirs) if _Known([each]).holds(word)), -1) for word in clause.words]
    right = [n if mine.holds(word) else -2 for n, word in enumerate(theirs)]
    for tag, a, b, c, d in SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        if tag != "replace" or left[a] != -1 or -2 not in right[c:d]:
            continue
        put = [word for word, at in zip(clause.words[a:b], left[a:b], strict=True) if at == -1]
        away = [word for word, at in zip(theirs[c:d], right[c:d], strict=True) if at == -2]
        if all(word & relational(lang) for word in put) or all(word & relational(lang) for word in away):
            continue
        named = all(before.holds(word) for word in put)
        return not named and b - a <= _NAME and len(left) > b - a
    return False
