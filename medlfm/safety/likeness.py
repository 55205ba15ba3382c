"""Is what a passage doesn't say word for word only said otherwise? A small trained model, asked where no rule objects.

It looks at the words of a sentence that the passage lacks: how many and how rare they are, how near the passage's words
come to them by spelling and by meaning (word-piece vectors), and whether words of the passage stand in their place. A
name, an acronym, a word with digits or one that has a known opposite is never taken for another wording. The weights
(`support.json`) are those of `benchmarks/support_model.py`, by language.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

__all__ = ["FEATURES", "WORD", "Difference", "features", "likely"]

FEATURES = ("words", "share", "rare", "meaning", "spelling", "noun", "swapped", "scattered", "left", "shorter")
WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*\d*")
_ACRONYM = re.compile(r"\w*[A-Z]\w*[A-Z]\w*|\w*\d\w*|\w")


@dataclass(frozen=True)
class Difference:
    """What a sentence has that its passage lacks, as it is written; and what of the passage it leaves out."""

    lang: str
    sentence: str
    words: int  # of the sentence, that carry meaning
    lacking: tuple[str, ...]
    passage: str
    left: int  # words of the clause of the passage that the sentence doesn't say
    swapped: bool
    scattered: bool


@dataclass(frozen=True)
class _Model:
    bias: float
    threshold: float
    weights: tuple[float, ...]

    def odds(self, figures: Sequence[float]) -> float:
        return self.bias + math.fsum(w * figure for w, figure in zip(self.weights, figures, strict=True))


def features(difference: Difference) -> list[float] | None:
    """Return the figures of `FEATURES`; None where the words that differ may be no other wording."""
    lacking = difference.lacking
    if not lacking:
        return None  # what the passage says of one thing may be said of another that it names too
    if any(_ACRONYM.fullmatch(word) or _named(word, difference) for word in lacking):
        return None
    there = tuple(dict.fromkeys(WORD.findall(difference.passage)))
    near = [_meaning(word, there) for word in lacking]
    spelt = [max((_spelling(word.lower(), other.lower()) for other in there), default=0.0) for word in lacking]
    return [
        min(3.0, len(lacking)),
        len(lacking) / max(1, difference.words),
        max(map(_rarity, lacking)),
        min(near),
        min(spelt),
        float(difference.lang == "de" and any(word[0].isupper() for word in lacking)),
        float(difference.swapped),
        float(difference.scattered),
        min(1.0, difference.left / max(1, difference.words)),
        1 / max(1, difference.words),
    ]


def likely(difference: Difference) -> bool:
    """Say whether a sentence is probably the passage's in other words."""
    model, figures = _models().get(difference.lang), features(difference)
    return model is not None and figures is not None and model.odds(figures) >= model.threshold


def _named(word: str, difference: Difference) -> bool:
    """Say whether an English word is a name: a capital within the sentence."""
    return difference.lang == "en" and word[0].isupper() and not difference.sentence.lstrip().startswith(word)


@lru_cache(maxsize=4096)
def _rarity(word: str) -> float:
    """Return how improbable the pieces of a word are, 1 for some of the rarest."""
    from medlfm.knowledge.embedding import piece_vectors

    table = piece_vectors()
    return min(2.0, -sum(table.pieces.scores[place] for place in table.places(word)[1:-1]) / 25)


def _meaning(word: str, there: Sequence[str]) -> float:
    """Return how near the nearest of some words is by its vector."""
    from medlfm.knowledge.embedding import embed

    return float((embed([word]) @ _vectors(tuple(there)).T).max()) if there else 0.0


@lru_cache(maxsize=64)
def _vectors(words: tuple[str, ...]) -> Any:
    from medlfm.knowledge.embedding import embed

    return embed(words)


def _spelling(word: str, other: str) -> float:
    """Return the share of the longer word that both have in common in one piece from four letters on."""
    block = SequenceMatcher(None, word, other, autojunk=False).find_longest_match()
    return block.size / max(len(word), len(other)) if block.size >= 4 else 0.0


@cache
def _models() -> dict[str, _Model]:
    stored = json.loads((files("medlfm") / "safety" / "support.json").read_text(encoding="utf-8"))
    return {
        lang: _Model(model["bias"], model["threshold"], tuple(model["weights"][name] for name in FEATURES))
        for lang, model in stored.items()
    }
