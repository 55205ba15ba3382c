"""The classifier behind the gate: logistic regression over hashed words, word pairs, pieces of words, and frames.

Its weights (`gate.safetensors`) are trained by `benchmarks/gate/train.py` on sentences that the project wrote. They
are few, so it knows common ways of asking for harm rather than meaning.
"""

from __future__ import annotations

import math
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import chain, combinations
from typing import TYPE_CHECKING, Any

from medlfm.knowledge.embedding import read_tensors
from medlfm.matching.phrases import ENDINGS, PhraseIndex, fold
from medlfm.matching.rules import shipped_rules

if TYPE_CHECKING:
    import numpy as np

    Floats = np.ndarray[Any, np.dtype[np.float64]]
    Features = tuple[np.ndarray[Any, np.dtype[np.int64]], Floats]

__all__ = ["SIZE", "TENSOR", "Classifier", "features", "shipped_classifier"]

TENSOR = "harmful"  # its name in the file
SIZE = 1 << 18
_LONGEST = 2000  # characters that are read
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
# weights of a word with its successor, and with the words two and three after it
_APART = {1: 1.0, 2: 0.7, 3: 0.5}
_PIECE = 0.5
_PIECES = (3, 4, 5)  # characters
_FRAME, _FRAMES = 1.5, 1.0  # weights of a frame, and of two together


def features(text: str, lang: str) -> Features:
    """Return the places of a text's features among SIZE, and their values, which have length 1 together."""
    import numpy as np

    found: dict[int, float] = {}
    text = text[:_LONGEST]
    named = chain(_named([fold(word) for word in _WORD.findall(text)]), _frames(text, lang))
    for name, value in named:
        place = zlib.crc32(f"{lang}{name}".encode()) % SIZE
        found[place] = max(found.get(place, 0.0), value)
    values = np.array(list(found.values()), dtype=np.float64)
    length = float(np.sqrt((values**2).sum())) or 1.0
    return np.array(list(found), dtype=np.int64), values / length


def _named(words: list[str]) -> Iterator[tuple[str, float]]:
    bounded = ["<", *words, ">"]
    for apart, value in _APART.items():
        around = bounded if apart == 1 else words
        yield from ((f"{apart}{one} {other}", value) for one, other in zip(around, around[apart:], strict=False))
    for word in words:
        yield f"w{word}", 1.0
        padded = f"_{word}_"
        for size in _PIECES:
            yield from ((f"c{padded[at : at + size]}", _PIECE) for at in range(len(padded) - size + 1))


def _frames(text: str, lang: str) -> Iterator[tuple[str, float]]:
    """Yield what a request is framed by (concealment, consent, who is protected, …), alone and two at a time."""
    found = sorted({match.payload for match in _frame_index(lang).find(text)})
    yield from ((f"f{frame}", _FRAME) for frame in found)
    yield from ((f"f{one} {other}", _FRAMES) for one, other in combinations(found, 2))


@cache
def _frame_index(lang: str) -> PhraseIndex[str]:
    rules = shipped_rules(lang, "frames")
    phrases = [(phrase, rule["frame"]) for rule in rules for phrase in rule["phrases"]]
    return PhraseIndex(phrases, fuzzy=False, endings=ENDINGS[lang])


@dataclass(frozen=True)
class Classifier:
    """Weights of SIZE features, and a bias."""

    weights: Floats
    bias: float

    @classmethod
    def read(cls, content: bytes) -> Classifier:
        """Read the bytes of a safetensors file, which needs no more than numpy."""
        tensors, about = read_tensors(content)
        return cls(tensors[TENSOR].astype("float64"), float(about["bias"]))

    def score(self, text: str, lang: str) -> float:
        """Return the probability that a text asks for something harmful."""
        places, values = features(text, lang)
        return 1 / (1 + math.exp(-float(self.weights[places] @ values) - self.bias))


@cache
def shipped_classifier() -> Classifier:
    """Return the classifier that comes with the package."""
    return Classifier.read((files("medlfm") / "safety" / "gate.safetensors").read_bytes())
