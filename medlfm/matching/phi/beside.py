"""Which finds of the model stand beside those of the rules, and how far they reach."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from medlfm.matching.phi.match import PhiMatch
from medlfm.matching.phi.runs import NameWords
from medlfm.matching.phi.words import Word, split_words

__all__ = ["beside"]

_NUMBERS = ("ID", "PHONE")
_SHORT = 2  # letters of an abbreviation that tells nothing
_REAL = 3  # letters of a word that tells something
_CODE = re.compile(r"(?:CPT|ICD|LOINC|SNOMED|OPS|PZN|NDC|ATC|HCPCS|DRG|EBM|GOÄ)\b|G\d+ ?P\d+")
_ROOM = re.compile(
    r"(?i)(?:station|ward|room|zimmer|zi\.?|bett|bed|bay|chair|platz|saal|stage|grade?|stadium)[ \t:#]*$"
)
_YEAR = re.compile(r"[^\W\d]{3,} (?:19|20)\d\d")  # "Bassini 1987"
_MEASURE = re.compile(r"^ ?[xX]\d+$|\d ?(?:mm|cm|mg|ml|kg)\b")  # an extension, a size
_SEGMENT = re.compile(r"(?m)^(?!OBX|NTE)[A-Z][A-Z0-9]{2}\|.*$")
# more than one sentence, or cell
_SENTENCE = re.compile(
    r"(?<!\bSt)(?<!\bMt)(?<!\bDr)(?<=\w\w)\. [A-Z]|\d\. [A-Z]|\n[A-Z]{2,5} \d"
)  # more than one sentence or cell


def beside(found: Sequence[PhiMatch], more: Iterable[PhiMatch], names: NameWords) -> Iterator[PhiMatch]:
    """Yield the finds of another source that are believed: rules know better where a number ends and what a word is."""
    segments = [match.span() for match in _SEGMENT.finditer(names.text)] if "MSH|" in names.text else []
    for match in more:
        if match.label in _NUMBERS and any(old.start < match.end and match.start < old.end for old in found):
            continue
        if any(start <= match.start < end for start, end in segments):
            continue  # every field of such a message is known by its number
        match = _after_names(match, found) if match.label == "ADDRESS" else match
        match = _trimmed(match, names) if match.label in ("NAME", "ORGANIZATION", "ADDRESS") else match
        if _believed(match, names):
            yield match


def _after_names(match: PhiMatch, found: Sequence[PhiMatch]) -> PhiMatch:
    """Return an address without the person whom the rules know at its front."""
    for old in found:
        if old.label == "NAME" and old.start <= match.start < old.end < match.end:
            match = replace(match, start=old.end)
    return match


def _trimmed(match: PhiMatch, names: NameWords) -> PhiMatch:
    """Cut titles and degrees off a name, and the end of another sentence off a clinic."""
    words, lex = _words(match, names), names.lex
    first, last = 0, len(words)
    if match.label == "NAME":
        first = _before_name(words, names)
        last = next((at for at in range(first + 1, last) if _column(words[at], names)), last)
        while last - 1 > first and _behind(words[last - 1], names):
            last -= 1
    elif match.label == "ADDRESS":
        while first + 1 < last and words[first].folded in lex.words("address_lead"):
            first += 1
        while last - 1 > first and _apart(words[last - 1], names):
            last -= 1
    else:
        kinds = lex.words("org_word")
        cased = any(word.shape != "low" for word in words)
        while cased and last - 1 > first and words[last - 1].shape == "low" and lex.ordinary(words[last - 1]):
            last -= 1
        while (
            last - 1 > first and words[last - 1].shape == "caps" and words[last - 1].folded in lex.words("org_generic")
        ):
            last -= 1
        while first + 1 < last and words[first].folded in lex.words("org_lead"):
            first += 1
        while first + 1 < last and (
            (words[first].text.islower() and words[first + 1].shape != "low")
            or (words[first + 1].folded in kinds and _leads(words[first], names))
        ):
            first += 1
    start = words[first].start if first else match.start
    return replace(match, start=start, end=_end(names, words, last) if last < len(words) else match.end)


def _before_name(words: list[Word], names: NameWords) -> int:
    """Return how many words before a German name are none of it: titles, relations, labels, "i.A."."""
    before = [names.lex.words(kind) for kind in ("title", "title_more", "relation", "name_label")]
    first = 0
    if not names.nouns_are_capitalised:  # English titles it has learned to leave out
        return first
    while first + 1 < len(words):
        if any(words[first].folded in kind for kind in before):
            first += 1
        elif words[first].text == "i" and words[first + 1].shape == "initial" and first + 2 < len(words):
            first += 2
        else:
            break
    return first


def _end(names: NameWords, words: list[Word], last: int) -> int:
    """Return where words[:last] end, with the number behind them."""
    gap = names.text[words[last - 1].end : words[last].start]
    return words[last - 1].end + len(gap.rstrip(" ,;.("))


def _column(word: Word, names: NameWords) -> bool:
    """Whether a word begins the next column of a table."""
    return names.text[: word.start].endswith("   ")


def _behind(word: Word, names: NameWords) -> bool:
    """Whether a word follows a name and is none of it: a degree after a comma, "Zi." for a room."""
    if word.folded in names.lex.words("credential"):
        return names.text[: word.start].endswith(", ")
    verb = word.shape == "low" and word.folded in names.lex.words("name_verb")
    return verb or (word.shape != "initial" and word.folded in names.lex.words("never"))


def _apart(word: Word, names: NameWords) -> bool:
    """Whether a German noun after a comma follows an address and is none of it: "Kirchgasse 4, Schlüssel beim …"."""
    after = names.text[: word.start].endswith(", ")
    return names.nouns_are_capitalised and after and word.shape == "cap" and names.lex.ordinary(word)


def _leads(word: Word, names: NameWords) -> bool:
    """Whether a German noun before a kind of clinic is no part of its name: "Übergabe Kreiskrankenhaus …"."""
    return names.nouns_are_capitalised and names.lex.is_noun(word.text)


def _words(match: PhiMatch, names: NameWords) -> list[Word]:
    return [
        word._replace(start=word.start + match.start, end=word.end + match.start)
        for word in split_words(names.text[match.start : match.end])
    ]


def _no_find(word: Word, match: PhiMatch, names: NameWords) -> bool:
    """Whether a word alone is no find: a thing, half a word with a figure in it, a relation."""
    lex = names.lex
    if match.label == "NAME":
        cut = names.text[word.end : word.end + 1].isdigit()
        return cut or word.folded in lex.words("never") or word.folded in lex.words("protect")
    role = match.label == "ORGANIZATION" and word.folded in lex.words("relation")
    return role or word.folded in lex.words("never")


def _believed(match: PhiMatch, names: NameWords) -> bool:
    text, words = names.text[match.start : match.end], _words(match, names)
    if match.label == "ID":
        return not (
            _CODE.match(text)
            or _YEAR.fullmatch(text)
            or _ROOM.search(names.text[max(0, match.start - 12) : match.start])
        )
    if match.label not in ("NAME", "ORGANIZATION", "ADDRESS"):
        return True
    lex = names.lex
    if len(words) == 1 and _no_find(words[0], match, names):
        return False
    real = [word for word in words if len(word.text) >= _REAL]
    ordinary = all(map(lex.ordinary, real))
    if match.label == "NAME":
        first, last = names.starts.get(match.start), names.ends.get(match.end)
        alone = len(words) == 1 and ordinary and not names.nouns_are_capitalised
        return not alone and not (last is not None and names.eponym(last, first))
    if match.label == "ADDRESS":
        if _MEASURE.search(text):
            return False
        place = bool(real) and not (ordinary and (_SENTENCE.search(text) or not any(map(str.isdigit, text))))
        return place and text.strip().casefold() not in lex.words("state")
    kinds = lex.words("org_word") | lex.words("org_generic")
    if all(word.folded in kinds or (word.text.islower() and lex.ordinary(word)) for word in words):
        return any(map(str.isdigit, text)) and not text.islower()
    if _SENTENCE.search(text) or words[-1].text in lex.words("eponym_head"):
        return False
    return len(words) > 1 or (len(words[0].text) > _SHORT and not words[0].text.islower())
