"""Telling English from German, and both from everything else, by function words, endings and letters."""

from __future__ import annotations

import re
from functools import cache

from medlfm.matching.rules import shipped_rules
from medlfm.settings import LANGUAGES

__all__ = ["detect_language"]

_SAMPLE = 20_000  # characters looked at: enough to be sure, and a 1 MB note costs no more than a page
_WORD = re.compile(r"[^\W\d_]+")
_LEAST_SCORE = 1.0  # one function word decides a short question, one weak ending doesn't
_LEAST_SHARE = 0.08  # of the words: terse notes hold few function words, foreign prose shares some with ours


def detect_language(text: str) -> str:
    """Return "en", "de", or "" where the text is too short to tell or is written in another language."""
    words = [word.lower() for word in _WORD.findall(text[:_SAMPLE])]
    if not words:
        return ""
    scores = {lang: _score(words, lang) for lang in LANGUAGES}
    best, second = sorted(scores, key=lambda lang: -scores[lang])[:2]
    enough = scores[best] >= max(_LEAST_SCORE, _LEAST_SHARE * len(words))
    return best if enough and scores[best] >= 1.5 * scores[second] else ""


def _score(words: list[str], lang: str) -> float:
    weights, endings, letters = _signs(lang)
    score = 0.0
    for word in words:
        if (weight := weights.get(word)) is not None:
            score += weight
            continue
        score += next((value for letter, value in letters.items() if letter in word), 0.0)
        if len(word) > 4:
            score += next((value for ending, value in endings.items() if word.endswith(ending)), 0.0)
    return score


@cache
def _signs(lang: str) -> tuple[dict[str, float], dict[str, float], dict[str, float]]:
    """Words, word endings and letters that speak for a language (weight above 0) or against it."""
    kinds: dict[str, dict[str, float]] = {"words": {}, "endings": {}, "letters": {}}
    for rule in shipped_rules(lang, "language"):
        for kind, weights in kinds.items():
            weights.update(dict.fromkeys(rule.get(kind, ()), float(rule["weight"])))
    return kinds["words"], kinds["endings"], kinds["letters"]
