"""Learn which words speak of symptoms, of treatment, …: `python -m benchmarks.aspects`; needs MEDLFM_BENCH_DATA.

From the answers of MedQuAD's training half (CC BY 4.0) and the starter texts, by the type of the question that they
answer. Written as weights of stems to `medlfm/safety/aspects.json`; the questions themselves are not used.
"""

from __future__ import annotations

import json
import os
import random
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.confidence import ROOT, prepared, rows_of
from medlfm.files import atomic_write
from medlfm.knowledge.text import content_stems, passage_type
from medlfm.knowledge.units import read_units
from medlfm.settings import LANGUAGES

_MOST = 3500  # units of one type
_RARE = {"en": 15, "de": 2}  # units that hold a stem, at least
_KEPT = {"en": 0.3, "de": 0.3}  # a weight nearer to nothing is left out
_STRENGTH = {"en": 0.05, "de": 0.5}

Row = tuple[str, list[str]]


def main() -> None:
    """Learn for both languages, and say how often a unit's type is found among topics kept apart."""
    data = Path(os.environ["MEDLFM_BENCH_DATA"])
    learned = {}
    for lang in LANGUAGES:
        rows = list(_rows(data, lang))
        learned[lang] = learn(rows, lang)
        print(lang, len(rows), len(learned[lang]["weights"]))
    with atomic_write(ROOT / "medlfm" / "safety" / "aspects.json") as file:
        file.write(json.dumps(learned, ensure_ascii=False, separators=(",", ":")) + "\n")


def _rows(data: Path, lang: str) -> Iterator[Row]:
    """Yield (type, stems) for the units of all answers; the words of the topic say nothing."""
    by_type: defaultdict[str, list[list[str]]] = defaultdict(list)
    for row in _answers(data, lang):
        kind = passage_type(row["category"])
        topic = set(content_stems(row["topic"], lang))
        for unit in read_units(row["answer"], lang):
            if kind and unit.kind in ("sentence", "list"):
                by_type[kind].append(sorted(set(content_stems(unit.text, lang)) - topic))
    chance = random.Random(0)
    for kind, units in sorted(by_type.items()):
        yield from ((kind, unit) for unit in chance.sample(units, min(_MOST, len(units))))


def _answers(data: Path, lang: str) -> Iterator[dict[str, Any]]:
    if lang == "en":
        rows = rows_of(data / "medical_qa" / "medquad_train.jsonl.gz")
        yield from (prepared(row) for row in rows if row["focus"] and row["answer"])
    for path in sorted((ROOT / "corpora" / "starter-qa").glob(f"*.{lang}.jsonl")):
        yield from map(json.loads, path.read_text(encoding="utf-8").splitlines())


def learn(rows: list[Row], lang: str) -> dict[str, Any]:
    """Fit a multinomial regression over stems: {"bias": {type: …}, "weights": {stem: {type: …}}}."""
    from sklearn.feature_extraction import DictVectorizer
    from sklearn.linear_model import LogisticRegression

    counts: defaultdict[str, int] = defaultdict(int)
    for _, stems in rows:
        for stem in stems:
            counts[stem] += 1
    known = {stem for stem, count in counts.items() if count >= _RARE[lang]}
    vectorizer = DictVectorizer()
    x = vectorizer.fit_transform({stem: 1.0 for stem in stems if stem in known} for _, stems in rows)
    model = LogisticRegression(C=_STRENGTH[lang], class_weight="balanced", max_iter=300)
    model.fit(x, [kind for kind, _ in rows])
    types = [str(kind) for kind in model.classes_]
    weights = {
        str(stem): {
            kind: round(float(value), 1) for kind, value in zip(types, row, strict=True) if abs(value) >= _KEPT[lang]
        }
        for stem, row in zip(vectorizer.get_feature_names_out(), model.coef_.T, strict=True)
    }
    return {
        "bias": {kind: round(float(value), 2) for kind, value in zip(types, model.intercept_, strict=True)},
        "weights": {stem: found for stem, found in weights.items() if found},
    }


if __name__ == "__main__":
    main()
