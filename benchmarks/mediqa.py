"""Measure the order of answers: `python -m benchmarks.mediqa`; needs MEDLFM_BENCH_DATA, writes `results/mediqa.json`.

MEDIQA-QA 2019, development half: the answers that a search engine found for a question are put into a store of their
own, and ordered by the retrieval as it is (nothing is learnt from the set). An answer is good from a reference score
of 3. The engine's own rank isn't used; what is not found comes last, ties and the rest in random order.
"""

from __future__ import annotations

import os
import random
import re
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.confidence import ROOT, rows_of, write
from medlfm.knowledge.evidence import EvidenceStore
from medlfm.knowledge.passages import Passage, cut
from medlfm.scoring import bootstrap

_GOOD = 3
_TITLE = re.compile(r"([^.:?!\n]{3,80}):\s")


def main() -> None:
    """Order the answers of all questions, and write how good the first ones are."""
    path = Path(os.environ["MEDLFM_BENCH_DATA"]) / "medical_qa" / "mediqa2019_qa_dev.jsonl.gz"
    rows = list(rows_of(path))
    measured = [measure(row, random.Random(row["id"])) for row in rows]
    table = np.array(measured)
    figures: dict[str, Any] = {"questions": len(table), "best_possible": _share(rows)}
    for place, name in enumerate(("top_good", "mrr", "spearman")):
        counts = np.column_stack([np.ones(len(table)), table[:, place]])
        interval = bootstrap(counts, lambda sums: sums[:, 1] / sums[:, 0])
        figures[name] = {"mean": round(float(table[:, place].mean()), 3), "interval": interval}
    result = {"task": "answer order", "system": "medlfm", "gold": {"name": "mediqa2019_qa_dev"}, "figures": figures}
    write(ROOT / "benchmarks" / "results" / "mediqa.json", result)
    print(result)


def _share(rows: list[dict[str, Any]]) -> float:
    good = [any(answer["reference_score"] >= _GOOD for answer in row["answers"]) for row in rows]
    return round(float(np.mean(good)), 3)


def measure(row: dict[str, Any], chance: random.Random) -> tuple[float, float, float]:
    """Return whether the first answer is good, one by the place of the first good one, and the rank correlation."""
    answers = list(row["answers"])
    chance.shuffle(answers)
    places = {answer["aid"]: place for place, answer in enumerate(order(row["question"], answers))}
    good = [places[answer["aid"]] for answer in answers if answer["reference_score"] >= _GOOD]
    first = min(good, default=-1)
    mine = [places[answer["aid"]] for answer in answers]
    wanted = [answer["reference_rank"] for answer in answers]
    return float(first == 0), 1 / (first + 1) if good else 0.0, _spearman(mine, wanted)


def order(question: str, answers: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Order answers by their best passage; those that are not found keep their order behind."""
    with tempfile.TemporaryDirectory() as home:
        store = EvidenceStore(Path(home) / "evidence.db")
        store.add(passage for answer in answers for passage in _passages(answer))
        found = store.search(question, lang="en", limit=100)
    best: dict[str, float] = {}
    for passage in found:
        best[passage.source] = max(best.get(passage.source, 0.0), passage.score)
    return sorted(answers, key=lambda answer: -best.get(answer["aid"], 0.0))


def _passages(answer: dict[str, Any]) -> list[Passage]:
    title = match[1] if (match := _TITLE.match(answer["text"])) else answer["text"][:60]
    about = Passage(title=title, text=answer["text"], lang="en", source=answer["aid"], licence="research")
    return list(cut(about))


def _spearman(one: list[int], other: list[int]) -> float:
    if len(one) < 2:
        return 0.0
    first, second = (np.argsort(np.argsort(values)) for values in (one, other))
    if np.ptp(first) == 0 or np.ptp(second) == 0:
        return 0.0
    return float(np.corrcoef(first, second)[0, 1])


if __name__ == "__main__":
    main()
