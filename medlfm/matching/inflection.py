"""German long forms in their sentence: adjectives take the ending that the words before them ask for.

"Zustand nach" + "transitorische ischämische Attacke" → "Zustand nach transitorischer ischämischer Attacke". The gender
is read off the adjective's own ending (-e feminine, -er masculine, -es neuter), the case off the preposition or article
before; the noun keeps its form. An adjective short form before a noun is left as it is ("chron. Bronchitis"), since
the noun's gender isn't known.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

__all__ = ["agrees", "inflected"]

_ENDINGS = {"er": "m", "es": "n", "e": "f"}
_ADVERB = 5  # letters; what is shorter ("oder") is no adjective
_STRONG = {
    "dative": {"f": "er", "m": "em", "n": "em"},
    "accusative": {"f": "e", "m": "en", "n": "es"},
    "genitive": {"f": "er", "m": "en", "n": "en"},
}
# articles and what is declined like them, by their ending: the adjective after them, by gender where it matters
_DEFINITE = {"der": {"m": "e"}, "die": {"f": "e"}, "das": {"n": "e"}}
_INDEFINITE = re.compile(r"(?:k?ein|[mds]ein|ihr|unser)(e|er|en|em|es)?")
_ADJECTIVE = re.compile(r"(?:isch|al|iv|är|ell|ig|lich|ent|ant|ior|iert|iell|os)$")


def inflected(long: str, before: str, governors: Mapping[str, Collection[str]]) -> str:
    """Return the long form with its leading adjectives as the end of `before` asks for.

    governors: the words (lower case, without dots) that ask for "dative", "accusative", "genitive", and those that hold
    an article ("article").
    """
    words = long.split(" ")
    adjectives = 0
    while adjectives < len(words) - 1 and words[adjectives][:1].islower() and words[adjectives][-1] not in ",;":
        adjectives += 1
    if not adjectives or not words[adjectives][:1].isupper():
        return long
    gender = next((_gender(word) for word in words[:adjectives] if _gender(word)), "")
    ending = _ending(_governor(before), gender, governors) if gender else ""
    if not ending:
        return long
    return " ".join([*(_with(word, ending) for word in words[:adjectives]), *words[adjectives:]])


def _gender(word: str) -> str:
    return next((gender for end, gender in _ENDINGS.items() if len(word) >= _ADVERB and word.endswith(end)), "")


def agrees(long: str, after: str) -> bool:
    """Whether an uninflected adjective can stand before `after`: not before a noun."""
    if " " in long or not long[:1].islower() or not _ADJECTIVE.search(long):
        return True
    return re.match(r"\s?[A-ZÄÖÜ][^\W\d_]*[a-zäöüß]", after) is None


def _governor(before: str) -> str:
    found = re.search(r"([^\W\d_]+\.?(?:\s?[^\W\d_]\.)?)[\s]+$", before)
    return re.sub(r"[.\s]", "", found[1]).lower() if found else ""


def _ending(governor: str, gender: str, governors: Mapping[str, Collection[str]]) -> str:
    for case, endings in _STRONG.items():
        if governor in governors.get(case, ()):
            return endings[gender]
    if governor in governors.get("article", ()):
        return "en"
    if governor in _DEFINITE:
        return _DEFINITE[governor].get(gender, "en")
    article = _INDEFINITE.fullmatch(governor)
    if article is None:
        return ""
    if article[1] is None:
        return {"m": "er", "n": "es"}.get(gender, "e")
    return "e" if article[1] == "e" and gender == "f" else "en"


def _with(word: str, ending: str) -> str:
    for known in _ENDINGS if len(word) >= _ADVERB else ():
        if word.endswith(known):
            return word[: -len(known)] + ending
    return word  # "chronisch obstruktive": an adverb
