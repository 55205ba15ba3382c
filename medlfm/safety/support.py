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

from medlfm.knowledge.passages import Passage
from medlfm.knowledge.text import sentences
from medlfm.safety.agreement import Known, problems_of, repeated, swapped
from medlfm.safety.deciding_words import antonyms, elided, exact, often_words, pronouns
from medlfm.safety.likeness import Difference, likely
from medlfm.safety.roles import reversed_roles
from medlfm.safety.statements import Clause, read_statement
from medlfm.safety.support_words import TOKEN
from medlfm.safety.wordforms import fold_word, keys_of
from medlfm.settings import LANGUAGES

__all__ = ["SUPPORTED", "Support", "find_support"]

SUPPORTED = 1.0  # share of a sentence's words that must be in the passage; fewer is another statement
_SOFT = {"entity", "scattered"}  # what may be wrong with another wording
_MOST_OF_IT = 0.5  # share of a sentence's words that must be in the passage for the rest to be another wording
_SPACE = re.compile(r"\W+")

Word = frozenset[str]


@dataclass(frozen=True)
class Support:
    """The best passage for a sentence: its index (-1: none), the words there, the coverage, and what disagrees."""

    passage: int
    quote: str
    score: float
    problems: tuple[str, ...] = ()
    reworded: bool = False  # whether what is missing is probably there in other words

    @property
    def supported(self) -> bool:
        return self.reworded or (self.score >= SUPPORTED and not self.problems)


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
            best = max(
                best,
                _in_passage(index, sentence, said, passage),
                key=lambda s: (s.supported, s.score, -len(s.problems)),
            )
    return best


def _plain(text: str) -> str:
    return _SPACE.sub(" ", text).strip().lower()


def _in_passage(index: int, sentence: str, whole: Sequence[Clause], passage: Passage) -> Support:
    lang = passage.lang if passage.lang in LANGUAGES else "en"
    there = read_statement(passage.text, lang)
    title = [word for part in read_statement(passage.title, lang) for clause in part for word in clause.words]
    told = any("often" in clause.hedges for part in there for clause in part)
    often = [often_words(lang)] if told else []
    known = Known([*title, *often, *(word for part in there for clause in part for word in clause.words)])
    said = [replace(clause, words=tuple(_needed(clause.words, known, lang))) for clause in whole]
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
    if not all(each.among(amounts) for clause in said for each in clause.quantities) or repeated(said, amounts):
        problems["number"] = None
    for n, (place, clause) in anchors.items():
        problems |= dict.fromkeys(problems_of(said[n], said, clause, there[place], beside, lang))
        if reversed_roles(whole[n], clause):
            problems["direction"] = None
        if swapped(said[n], said, clause, _before(place, used, title, there, lang), lang):
            problems["entity"] = None
    quote = " ".join(sentences(passage.text, lang)[at] for at in sorted(used))
    reworded = (score < SUPPORTED or bool(problems)) and problems.keys() <= _SOFT and score >= _MOST_OF_IT
    if reworded:
        lacking = [word for word in words if not known.holds(word)]
        marks = frozenset().union(*(clause.marks for part in there for clause in part))
        pairs = [pair for one, other in antonyms(lang) for pair in ((one, other), (other, one))]
        opposites = frozenset().union(*(other for one, other in pairs if marks & one))
        left = sum(not Known(words).holds(word) for _, clause in anchors.values() for word in clause.words)
        reworded = not any(word & (exact(lang) | opposites) for word in lacking) and likely(
            Difference(
                lang=lang,
                sentence=sentence,
                words=len(words),
                lacking=_written(sentence, lacking, lang),
                passage=quote,
                left=left,
                swapped="entity" in problems,
                scattered="scattered" in problems,
            )
        )
    return Support(index, quote, score, tuple(problems), reworded)


def _written(sentence: str, words: Sequence[Word], lang: str) -> tuple[str, ...]:
    """Return words as they are written in a sentence."""
    keys = frozenset().union(*words)
    return tuple(token for token in TOKEN.findall(sentence) if keys_of(fold_word(token, lang), lang) & keys)


def _needed(words: Sequence[Word], known: Known, lang: str) -> Iterator[Word]:
    """Yield the words that a passage must hold: one that goes without saying need not be there."""
    yield from (word for word in words if not word & elided(lang) or known.holds(word))


def _before(
    place: int, used: Iterable[int], title: Sequence[Word], there: Sequence[Sequence[Clause]], lang: str
) -> Known:
    """Return what may be named without being swapped for another: what stands before a sentence with a pronoun.

    And, beside what that pronoun stands for, what another sentence in use with a pronoun says.
    """
    refers = [at for at in used if any(clause.marks & pronouns(lang) for clause in there[at])]
    said = [word for at in refers if at != place for clause in there[at] for word in clause.words]
    if place in refers:
        said += [*title, *(word for part in there[:place] for clause in part for word in clause.words)]
    return Known(said)


def _named_before(words: Sequence[Word], used: Iterable[int], there: Sequence[Sequence[Clause]]) -> Iterator[int]:
    """Yield the places of sentences that name what the sentences in use only refer to."""
    held = [Known([word for clause in sentence for word in clause.words]) for sentence in there]
    missing = [word for word in words if not any(held[place].holds(word) for place in used)]
    yield from (place for place, sentence in enumerate(held) if any(sentence.holds(word) for word in missing))


def _anchor(clause: Clause, there: Sequence[Sequence[Clause]]) -> tuple[int, Clause]:
    """Return the clause of the passage that says most of one, with the place of its sentence."""
    best: tuple[tuple[float, bool, int, int], int, Clause] | None = None
    holders = [[Known(other.words) for other in sentence] for sentence in there]
    weights = [1 / max(1, sum(own.holds(word) for row in holders for own in row)) for word in clause.words]
    for place, sentence in enumerate(there):
        whole = Known([word for other in sentence for word in other.words])
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
