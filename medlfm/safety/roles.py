"""Who does what to whom: "A inhibits B" is not "B inhibits A", but is "B is inhibited by A"."""

from __future__ import annotations

from medlfm.safety.statements import Clause

__all__ = ["reversed_roles"]

Word = frozenset[str]


def reversed_roles(said: Clause, there: Clause) -> bool:
    """Say whether the one that does something and the one it is done to have changed places; of one deed only."""
    mine, theirs = _roles(said), _roles(there)
    if mine is None or theirs is None:
        return False
    (deed, doer, other), (same, their_doer, their_other) = mine, theirs
    if deed and same and not deed & same:
        return False
    return _meet(doer, their_other, their_doer) and _meet(other, their_doer, their_other)


def _meet(words: tuple[Word, ...], there: tuple[Word, ...], instead: tuple[Word, ...]) -> bool:
    """Say whether one of the words is there and not where it should be."""
    return any(_among(word, there) and not _among(word, instead) for word in words)


def _among(word: Word, words: tuple[Word, ...]) -> bool:
    return any(word & other for other in words)


def _roles(clause: Clause) -> tuple[Word, tuple[Word, ...], tuple[Word, ...]] | None:
    """Return the deed, the words of the doer and those of the other; None where they can't be told.

    A deed of little meaning ("follows") is no word of the clause: it is empty here.
    """
    if len(clause.turns) != 1:
        return None
    at, words, agent = clause.turns[0], clause.words, clause.agent
    deed = words[at] if clause.deeds and at < len(words) else frozenset()
    after = at + 1 if deed else at
    if agent > at:
        return deed, words[agent:], words[:at]
    if 0 <= agent <= at:
        return deed, words[agent:at], words[:agent]
    return (deed, words[:at], words[after:]) if words[:at] and words[after:] else None
