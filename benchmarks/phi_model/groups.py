"""How many names are found whole, by origin and sex of the name and by kind of document: no group far behind."""

from __future__ import annotations

import random
from collections import defaultdict
from pathlib import Path
from typing import Any

from benchmarks.phi_model.documents import generated
from benchmarks.phi_model.lexicon import common_words
from benchmarks.phi_model.pools import pools
from medlfm.matching.phi import PhiEngine, phi_rules
from medlfm.matching.phi.model import PhiModel
from medlfm.matching.phi.tokens import WordList

__all__ = ["names_by_group"]

KINDS = {"en": ("general", "query", "note"), "de": ("general", "note")}
_EACH = 100  # documents of an origin, a sex and a kind


def names_by_group(lang: str, model: PhiModel, words: Path) -> dict[str, Any]:
    """Measure on made-up documents with names that were in no training text and no list."""
    engine = PhiEngine(lang, phi_rules(lang))
    common = common_words(WordList.read(words), lang)
    counts: dict[str, defaultdict[str, list[int]]] = {
        key: defaultdict(lambda: [0, 0]) for key in ("origin", "sex", "kind")
    }
    held = pools("held")
    for origin in held.origins:
        for female in (True, False):
            for kind in KINDS[lang]:
                rng = random.Random(f"{origin} {female} {kind}")
                documents = list(generated(lang, kind, _EACH, rng, held, common, (origin, female)))
                trained = model.find_all([marked.text for marked in documents])
                for marked, more in zip(documents, trained, strict=True):
                    masked = {place for m in engine.find(marked.text, more) for place in range(m.start, m.end)}
                    for start, end, label in marked.spans:
                        if label == "NAME":
                            whole = all(p in masked or not marked.text[p].isalnum() for p in range(start, end))
                            for key, group in (
                                ("origin", origin),
                                ("sex", "female" if female else "male"),
                                ("kind", kind),
                            ):
                                counts[key][group][0] += whole
                                counts[key][group][1] += 1
    return {
        key: {
            group: {"names": total, "fully_masked": round(hits / total, 4)}
            for group, (hits, total) in sorted(by.items())
        }
        for key, by in counts.items()
    }
