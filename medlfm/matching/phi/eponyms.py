"""Names that are part of a disease, a sign or a test: they stay, whatever finds them.

"Loeys-Dietz syndrome", "Pierre Robin sequence", "Emery-Dreifuss muscular dystrophy"; "Pierre-Robin-Sequenz", "Morbus
Whipple", "Klassifikation nach Gustilo". Not where a person has the disease: after a title or a label ("Mr Wilson's
disease"), or in the genitive of somebody's name ("Anna's disease").
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Set

from medlfm.matching.phi.match import PhiMatch, without
from medlfm.matching.phi.runs import NameWords
from medlfm.matching.phi.words import FIRST, LAST, ORDINARY, PROTECTED, RELATION, TITLE, Word

__all__ = ["without_eponyms"]

_WITHIN = ("NAME", "ORGANIZATION", "ADDRESS")
_BETWEEN = re.compile(r"[ \t]?[ \t\n-][ \t]?|['’]s? ?|[ ]?[-–/][ ]?|, |-")  # two parts of one eponym
_GENITIVE = re.compile(r"['’]s?[ \t]")
_GRADE = re.compile(r"[ \t][IVX]{2,}(?![\w-])")
_LABEL = re.compile(r"[:|=][ \t]*$")
_LONGEST = 4  # words of one eponym
_SHARE = 2  # letters that a name keeps before its ending: "Syndroms", "Syndromes"
# what a person's name is found by; these finds are never given up
_SURE = (
    "name-title",
    "name-label",
    "name-field",
    "name-born",
    "name-caret",
    "name-numbered",
    "name-relation",
    "name-again",
    "hl7-",
)


def without_eponyms(matches: list[PhiMatch], names: NameWords) -> list[PhiMatch]:
    """Return the matches less the names of people and places that a disease, a sign or a test is called by."""
    if not any(match.label in _WITHIN for match in matches):
        return matches
    stretches = list(_stretches(names))
    persons = {word for match in matches if match.rule.startswith(_SURE) for word in _parts(match, names)}
    kept: list[PhiMatch] = []
    for match in matches:
        if _graded(match, names):
            continue
        meeting = [each for each in stretches if each[0] < match.end and match.start < each[1]]
        doubtful = meeting and match.label in _WITHIN and not match.rule.startswith(_SURE)
        if not doubtful or _of_person(match, meeting, names, persons):
            kept.append(match)
        else:
            kept += without([match], meeting, names.text)
    return kept


def _graded(match: PhiMatch, names: NameWords) -> bool:
    """Whether one word is the name of a classification: "Kyle II"."""
    index = names.starts.get(match.start)
    alone = match.label == "NAME" and index is not None and names.ends.get(match.end) == index
    return alone and not match.rule.startswith(_SURE) and _GRADE.match(names.text, match.end) is not None


def _parts(match: PhiMatch, names: NameWords) -> Iterator[str]:
    return (part.casefold() for part in re.findall(r"[^\W\d_]{3,}", names.text[match.start : match.end]))


def _of_person(match: PhiMatch, stretches: Iterable[tuple[int, int]], names: NameWords, persons: set[str]) -> bool:
    """Whether somebody of the text has the disease: his name in the genitive, found by a cue elsewhere."""
    return any(_GENITIVE.match(names.text, match.end) and persons & set(_parts(match, names)) for _ in stretches)


def _stretches(names: NameWords) -> Iterator[tuple[int, int]]:
    heads, weak = names.lex.words("disease_head"), names.lex.words("eponym_head")
    before, by = names.lex.words("disease_before"), names.lex.words("disease_by")
    any_head = heads | weak
    for index, word in enumerate(names.words):
        parts = word.folded.split("-")
        if len(parts) > 1 and _head(parts[-1], any_head) and word.shape != "low":
            if not _titled(index, names):
                yield word.start, word.end  # "Loeys-Dietz-Syndrom"
        elif _head(word.folded, heads):
            yield from _before(index, names, strong=True)
        elif word.folded in weak:
            yield from _before(index, names, strong=False)
        elif (word.folded in before and word.shape != "low") or (
            word.text in by and index and _named_by(names.words[index - 1], any_head)
        ):
            yield from _after(index + 1, names)


def _head(folded: str, heads: Set[str]) -> bool:
    """Whether a word is a head, perhaps inflected ("s", "es", "en", "n"); plain, since it is asked of every word."""
    if len(folded) <= _SHARE + 2:
        return False
    if folded in heads:
        return True
    if folded[-1] not in "sn":
        return False
    return folded[:-1] in heads or (folded[-2] == "e" and folded[:-2] in heads)


def _named_by(word: Word, heads: Set[str]) -> bool:
    """Whether a kind of finding, method or scale stands here: "Operation", "Leistenhernien-OP"."""
    last = word.folded.rsplit("-", 1)[-1]
    return _head(last, heads) or any(last.endswith(head) for head in heads if len(head) > 6)


def _after(index: int, names: NameWords) -> Iterator[tuple[int, int]]:
    """Yield the eponym behind "Morbus", or behind "Operation nach"; not a person with a title."""
    if index == len(names.words) or names.words[index].shape != "cap" or names.kinds[index] & (TITLE | RELATION):
        return
    word, gap = names.words[index], names.gap(index - 1)
    town = word.folded in names.lex.towns and not names.kinds[index] & PROTECTED  # "nach der Operation nach Kiel"
    if gap in (" ", ". ", "\n") and not town:
        yield word.start, word.end


def _before(head: int, names: NameWords, *, strong: bool) -> Iterator[tuple[int, int]]:
    """Yield the eponym in front of a head; a weak head ("test", "score") takes a hyphenated or protected one only."""
    last = _past_kinds(head - 1, names)
    if last < 0 or not _is_part(last, names) or not _BETWEEN.fullmatch(names.gap(last)) or _goes_on(head, names):
        return
    own = names.kinds[last] & PROTECTED > 0 or "-" in names.words[last].text
    given = last > 0 and names.kinds[last - 1] & FIRST > 0 and names.gap(last - 1) == " "
    if _owned(last, names, given=given) or (not strong and (given or not own)):
        return  # "Anna Miller-Jones test results"
    if (
        last < head - 1
        and not own
        and names.words[last + 1].text != "s"
        and not (last and names.words[last - 1].shape == "low")
    ):
        return  # "Miller chronic kidney disease"
    first = last
    while first and last - first < _LONGEST - 1 and not own and _joined(first - 1, names):
        first -= 1
    alone = first == last and not own and names.kinds[first] & FIRST > 0
    if not _titled(first, names) and not (alone and names.nouns_are_capitalised):  # "entwickelte Flora Fieber"
        yield names.words[first].start, names.words[head].end


def _goes_on(head: int, names: NameWords) -> bool:
    """Whether a head in capitals is the middle of a name: "Down Syndrome Clinic"."""
    if names.words[head].shape == "low" or names.nouns_are_capitalised or head + 1 == len(names.words):
        return False
    return names.gap(head) == " " and names.words[head + 1].shape == "cap"


def _past_kinds(index: int, names: NameWords) -> int:
    """Return the word before those that tell the kind of a disease: "muscular", "hereditary", "like"."""
    kinds = names.lex.words("disease_kind")
    first = index
    while index > 0 and first - index < 3 and names.words[index].folded.lstrip("-") in kinds:
        index -= 1
    genitive = index > 0 and names.words[index].text == "s" and names.gap(index - 1) in ("'", "’")
    return index - genitive


def _is_part(index: int, names: NameWords) -> bool:
    word, kind = names.words[index], names.kinds[index]
    return word.shape in ("cap", "caps") and not kind & (TITLE | RELATION) and len(word.text) > 1


def _joined(index: int, names: NameWords) -> bool:
    """Whether a word belongs to the eponym behind it."""
    gap, word = names.gap(index), names.words[index]
    if not _BETWEEN.fullmatch(gap) or gap.startswith((",", "'s", "’s")):
        return False
    if word.text in names.lex.words("particle"):
        return True
    return _is_part(index, names) and (names.known(index) or not names.kinds[index] & ORDINARY)


def _owned(index: int, names: NameWords, *, given: bool) -> bool:
    """Whether a genitive is rather that of a person: "Anna's disease", "Anna Miller's syndrome"."""
    if not _GENITIVE.match(names.text, names.words[index].end):
        return False
    return given or (names.kinds[index] & FIRST > 0 and not names.kinds[index] & (LAST | PROTECTED))


def _titled(index: int, names: NameWords) -> bool:
    """Whether a title, a relation or a label stands before a word: a person follows."""
    start = names.words[index].start
    if _LABEL.search(names.text[max(0, start - 3) : start]) and _labelled(index, names):
        return True
    if not index or not re.fullmatch(r"\.?[ \t]", names.gap(index - 1)):
        return False
    return names.kinds[index - 1] & (TITLE | RELATION) > 0


def _labelled(index: int, names: NameWords) -> bool:
    return index > 0 and names.words[index - 1].folded in names.lex.words("name_label")
