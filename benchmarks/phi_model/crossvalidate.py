"""Measures the model with the rules on the open halves, each row by a model that was not trained on it.

GraSCCo_PHI and ASQ-PHI are cut by row, presidio-research by sentence template. The rules were written with the open
halves in view, so only the model's part of a figure is cross-validated.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from benchmarks.phi_model.sources import FOLDS, data_folder, fold_of
from medlfm.evaluate.gold import Case, read_gold
from medlfm.evaluate.readers import phi
from medlfm.evaluate.scores.phi import score_phi
from medlfm.matching.phi import PhiEngine, PhiMatch, phi_rules
from medlfm.matching.phi.model import PhiModel

__all__ = ["SETS", "crossvalidated", "figures"]

SETS = {
    "grascco": ("grascco_phi_de_dev", "de"),
    "asq": ("asq_phi_en_dev", "en"),
    "presidio": ("presidio_synth_en_dev", "en"),
}

Finder = Callable[[str], list[PhiMatch]]


def read_set(name: str) -> list[Case]:
    return read_gold(data_folder() / "deid" / f"{SETS[name][0]}.jsonl.gz", phi.READERS, lang="").cases


def crossvalidated(name: str, models: Sequence[Path]) -> dict[str, Any]:
    """Score a set by the models of its folds: the model alone, the rules alone, both."""
    lang, cases = SETS[name][1], read_set(name)
    engine = PhiEngine(lang, phi_rules(lang))
    trained: list[list[PhiMatch]] = [[] for _ in cases]
    for fold in range(FOLDS):
        rows = [number for number, case in enumerate(cases) if fold_of(name, number, case.group) == fold]
        found = PhiModel.read(models[fold]).find_all([cases[number].text for number in rows])
        for number, matches in zip(rows, found, strict=True):
            trained[number] = matches
    answers = {
        "model": trained,
        "rules": [engine.find(case.text) for case in cases],
        "both": [engine.find(case.text, more) for case, more in zip(cases, trained, strict=True)],
    }
    return {which: figures(cases, found) for which, found in answers.items()}


def figures(cases: Sequence[Case], found: Sequence[Sequence[PhiMatch]]) -> dict[str, Any]:
    """Return the scores of `medlfm evaluate phi`, with the share of texts without PHI in which something was found."""
    spans = [{"spans": [(match.start, match.end, match.label) for match in matches]} for matches in found]
    report = score_phi(cases, spans)
    free = [bool(matches) for case, matches in zip(cases, found, strict=True) if not case.gold["spans"]]
    touched = round(sum(free) / len(free), 4) if free else None
    return {key: report[key] for key in ("metrics", "by_label", "intervals")} | {"free_texts_touched": touched}
