"""What a sentence speaks of: symptoms, treatment, outlook, …, by words learned from answers to such questions.

The weights (`aspects.json`) come from `python -m benchmarks.aspects`: MedQuAD, CC BY 4.0, and the starter texts.
"""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Mapping
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

from medlfm.knowledge.text import content_stems
from medlfm.settings import LANGUAGES

__all__ = ["aspects_of", "known_aspects"]


@lru_cache(maxsize=8192)
def aspects_of(text: str, lang: str, title: str = "") -> Mapping[str, float]:
    """Return type of question → probability that the text answers it; the words of its title say nothing."""
    model = _model(lang if lang in LANGUAGES else "en")
    words: Collection[str] = set(content_stems(text, lang)) - set(content_stems(title, lang))
    totals = dict(model["bias"])
    for word in words:
        for kind, weight in model["weights"].get(word, {}).items():
            totals[kind] += weight
    highest = max(totals.values())
    shares = {kind: math.exp(total - highest) for kind, total in totals.items()}
    whole = sum(shares.values())
    return {kind: share / whole for kind, share in shares.items()}


def known_aspects(lang: str) -> frozenset[str]:
    """Return the types of question that were learned."""
    return frozenset(_model(lang if lang in LANGUAGES else "en")["bias"])


@cache
def _model(lang: str) -> dict[str, Any]:
    source = files("medlfm") / "safety" / "aspects.json"
    found: dict[str, Any] = json.loads(source.read_text(encoding="utf-8"))[lang]
    return found
