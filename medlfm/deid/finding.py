"""Searching many texts at once: rules compiled once a process, the model in batches over all of them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path

from medlfm.matching.phi import PhiEngine, PhiMatch, phi_rules
from medlfm.matching.phi.match import resolve
from medlfm.settings import LANGUAGES

__all__ = ["find_all"]


@cache
def _engine(lang: str, rules: str | Path | None) -> PhiEngine:
    return PhiEngine(lang, phi_rules(lang, rules=rules))


def find_all(
    texts: Sequence[tuple[str, str]], *, model: bool = True, rules: str | Path | None = None
) -> list[list[PhiMatch]]:
    """Return the finds of each (text, language), in order; a language that is none of ours, and "", means both.

    A single word (a code, a unit, a bare value) is searched by the rules alone: the model reads sentences.
    """
    found: list[list[list[PhiMatch]]] = [[] for _ in texts]
    for lang in LANGUAGES:
        places = [place for place, (_, each) in enumerate(texts) if each == lang or each not in LANGUAGES]
        engine = _engine(lang, rules) if places else None
        if engine is None:
            continue
        more: list[list[PhiMatch]] = [[] for _ in places]
        if model:
            from medlfm.matching.phi.model import shipped_model  # imports spaCy, which the rules do without

            read = [index for index, place in enumerate(places) if len(texts[place][0].split()) > 1]
            for index, beside in zip(
                read, shipped_model(lang).find_all(texts[places[index]][0] for index in read), strict=True
            ):
                more[index] = beside
        for place, beside in zip(places, more, strict=True):
            found[place].append(engine.find(texts[place][0], beside))
    return [
        each[0] if len(each) == 1 else resolve([match for one in each for match in one], text)
        for each, (text, _) in zip(found, texts, strict=True)
    ]
