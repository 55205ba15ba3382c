"""What must agree between a clause and the one of a passage that says most of it.

Denial, hedges, opposites, measures, and the thing that is spoken of; and when a word counts as said by a passage.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from medlfm.safety.deciding_words import antonyms, elided, often_words, relational
from medlfm.safety.quantities import Quantity
from medlfm.safety.statements import Clause

__all__ = ["Known", "problems_of", "repeated", "swapped"]

_ANCHORED = 0.5  # share of a clause's words that one sentence of the passage must hold
_TYPO = 5  # letters from which a word may differ by one from a longer one
_UNSURE = frozenset({"possible", "probable"})
_APPOSITION = 3  # words of a clause that only adds what a thing may be ("possibly a granuloma")
_NO_MEASURE = frozenset({"ord", "bare"})
_FREQUENCY = frozenset({"often", "sometimes", "rarely"})  # hedges that "may" stands for, but not the other way round
_TOLD = frozenset({"often", "rarely"})  # hedges that state something themselves
_MUST = frozenset({"must"})  # of what is denied: "must not" says no more than "should not"
_NAME = 2  # words of a name that was put in place of another
_PART = 4  # letters of a part of a compound
_MEANING = "same-"  # before the name of a meaning among the keys of a word

Word = frozenset[str]


class Known:
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
            len(other) >= len(key) + 4
            and (other.startswith(key) or other.endswith(key))
            and not other.startswith(_MEANING)
            for other in self.keys
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


def problems_of(
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
    known = Known([word for part in sentence for word in part.words])
    held = sum(known.holds(word) for word in clause.words)
    if held < _ANCHORED * len(clause.words):
        yield "scattered"
    if held and (clause.denied != other.denied or _denied_there(clause, sentence)):
        yield "negation"
    shared = sum(Known(other.words).holds(word) for word in clause.words)
    says = shared > 1 or len(other.words) < 3
    if held and (
        (says and _unhedged(said, other, beside, lang))
        or _possible_there(clause, said, sentence)
        or frozenset().union(*(c.absolutes - (_MUST if c.denied else frozenset()) for c in said)) - _absolutes(beside)
    ):
        yield "hedge"
    if any(_contradicts(clause, said, other, sentence, *pair) for pair in antonyms(lang)):
        yield "antonym"


def _denied_there(clause: Clause, sentence: Sequence[Clause]) -> bool:
    """Say whether a clause states a thing that the passage's sentence names only where it denies it."""
    if clause.denied or all(part.denied for part in sentence):
        return False
    holders = [[part for part in sentence if Known(part.words).holds(word)] for word in clause.words]
    return any(parts and all(part.denied for part in parts) for parts in holders)


def _possible_there(clause: Clause, said: Sequence[Clause], sentence: Sequence[Clause]) -> bool:
    """Say whether a sentence without a hedge states what the passage's sentence only adds as possible."""
    if any(part.hedges for part in said):
        return False
    holders = [[part for part in sentence if Known(part.words).holds(word)] for word in clause.words]
    return len(sentence) > 1 and any(
        parts and all(part.hedges & _UNSURE and len(part.words) <= _APPOSITION for part in parts) for parts in holders
    )


def repeated(said: Sequence[Clause], amounts: Sequence[Quantity]) -> bool:
    """Say whether a measure is told twice that the passage has once, beside another of that unit."""
    own = [each for clause in said for each in clause.quantities if each.unit and each.unit not in _NO_MEASURE]
    for each in own:
        same = sum(each.among([other]) for other in own)
        there = sum(each.among([other]) for other in amounts)
        if same > there > 0 and any(
            other.unit == each.unit and other.amount not in {q.amount for q in own} for other in amounts
        ):
            return True
    return False


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


def swapped(clause: Clause, said: Sequence[Clause], other: Clause, before: Known, lang: str) -> bool:
    """Say whether a word stands where the passage has another: what is said of one thing was said of the other.

    before: what a pronoun of the passage's sentence may stand for; naming that is no swap.
    """
    mine = Known([word for part in said for word in part.words])
    theirs = [word for word in other.words if not word & elided(lang)]
    left = [next((n for n, each in enumerate(theirs) if Known([each]).holds(word)), -1) for word in clause.words]
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
