"""Which finds of the model are believed where no rule supports them."""

from __future__ import annotations

import re

from spacy.tokens import Span, Token

from medlfm.matching.phi.tokens import UNKNOWN, WordList

__all__ = ["credible"]

_OVER_89 = 89
_ENOUGH_DIGITS = 5  # of a telephone number
_TINY = 2  # letters of a word that tells nothing
_SHORT = 5  # letters of an abbreviation
_PREPOSITION = 4  # letters of one, at most
_FEW = 0.1  # the share of words with a capital, below which a text is one without
_TAIL = 5  # letters of a noun at the end of a compound, at least
_PLACE = re.compile(r"\d{4,5}[ \n]+\w|(?i:stra(?:ß|ss)e|str\.|weg|gasse|platz|allee|ring|ufer|damm)\b.{0,3}\d")


def credible(span: Span, words: WordList) -> bool:
    """Return whether a find of the model stands without a rule.

    Dates never do: the rules know their forms. In German, where every noun is capitalised, a name is no common noun
    nor a compound of one; a place has the form of an address, is in the lists, or is a rare word after a short one
    ("in", "aus"); an organisation names its kind or ends with a name. In a text without capitals case tells nothing.
    """
    digits = sum(char.isdigit() for char in span.text)
    if span.label_ in ("DATE", "URL", "EMAIL"):
        return False
    if span.label_ == "AGE":
        return not digits or int("".join(filter(str.isdigit, span.text))) > _OVER_89
    if span.label_ == "PHONE":
        return digits >= _ENOUGH_DIGITS
    if span.label_ == "ID":
        return digits > 0
    if _all_medical(span, words) or not any(len(token) > 1 + token.text.islower() for token in span if token.is_alpha):
        return False
    if span.doc.vocab.lang != "de":
        return span.label_ != "NAME" or (
            digits == 0 and not _abbreviation(span) and not any(_common(token, words) for token in span)
        )
    small = _small(span)
    if span.label_ == "ADDRESS":
        listed = bool(_PLACE.search(span.text)) or any("T" in token.tag_ for token in span)
        return listed or _rare_place(span, words, small=small)
    if span.label_ == "ORGANIZATION":
        return any("O" in token.tag_ for token in span) or _ends_with_name(span, words)
    return digits == 0 and all(_part_of_name(token, words, small=small) for token in span)


def _all_medical(span: Span, words: WordList) -> bool:
    parts = [token for token in span if token.is_alpha and len(token) > _TINY]
    return bool(parts) and all(token.lower_ in words.medical or "P" in token.tag_ for token in parts)


def _abbreviation(span: Span) -> bool:
    return len(span) == 1 and span.text.isupper() and len(span.text) <= _SHORT


def _common(token: Token, words: WordList) -> bool:
    """Whether a word of a supposed name is a medical one; near a cue it may be a name all the same."""
    if not token.is_alpha or len(token) < 4 or token.lemma_.startswith("n"):
        return False
    return "P" in token.tag_ or token.lower_ in words.medical


def _small(span: Span) -> bool:
    """Whether the text is written without capitals."""
    cased = [token.text[0].isupper() for token in span.doc if token.is_alpha]
    return sum(cased) < _FEW * len(cased)


def _rare_place(span: Span, words: WordList, *, small: bool) -> bool:
    """Whether a German place is a rare word after a short one in small letters: "in Kesselried"."""
    before = span.doc[span.start - 1] if span.start else None
    if before is None or not (before.is_alpha and before.text.islower() and len(before) <= _PREPOSITION):
        return False
    parts = [token for token in span if token.is_alpha and len(token) > _TINY + 1]
    return bool(parts) and all(_part_of_name(token, words, small=small) for token in span)


def _ends_with_name(span: Span, words: WordList) -> bool:
    """Whether a German organisation is a noun and a name after it: "Dachdecker Noll"."""
    parts = [token for token in span if token.is_alpha and token.text[0].isupper()]
    last = parts[-1] if len(parts) > 1 else None
    return last is not None and last == span[-1] and not last.text.isupper() and _part_of_name(last, words, small=False)


def _part_of_name(token: Token, words: WordList, *, small: bool) -> bool:
    if not token.is_alpha:
        return not token.text.startswith("\n")
    if not (small or token.text[0].isupper()) or len(token) < 3:
        return len(token) < 4
    if "C" in token.tag_ or "P" in token.tag_:
        return False
    if "F" in token.tag_ or "L" in token.tag_:
        return True
    if not (token.tag_ == UNKNOWN or token.tag_.startswith(("c1", "m1"))):
        return False
    if token.lemma_.startswith("n"):  # a cue is near
        return True
    folded = token.lower_
    return not any(_noun(words.codes.get(folded[place:], "")) for place in range(2, len(folded) - _TAIL + 1))


def _noun(code: str) -> bool:
    return code[:2] in ("c2", "c3", "m2", "m3", "l2", "l3") and not {"F", "L"} & set(code)
