"""Measure retrieval: `python -m benchmarks.retrieval`; needs MEDLFM_BENCH_DATA, writes `results/retrieval.json`.

The questions are those of MedQuAD's development half, over the answers of both halves without their questions. A
passage is right by its focus (name or synonym of the topic asked about) and by its type (the kind of question that it
answers). Questions whose answer is no more than a list of links, which is no evidence, are left out. Renamed: the topic
is called by a synonym that its document doesn't hold. German: 200 of the questions, drawn by lot and put into German by
hand (`retrieval_de.jsonl`) without sight of the term list; terms were added after the first measurement, with what it
missed in view. Titles are found by meaning too where the extra `embed` is
installed. Intervals: whole topics drawn. Times are of the processor.
"""

from __future__ import annotations

import json
import os
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.confidence import ROOT, names_of, prepared, renamed, rows_of, write
from medlfm.knowledge.evidence import EvidenceStore
from medlfm.knowledge.passages import Passage, from_rows
from medlfm.knowledge.text import passage_type
from medlfm.scoring import bootstrap

_TOP = 5


def main() -> None:
    """Ask all questions, and write how often the right passage is first and among the first five."""
    data = Path(os.environ["MEDLFM_BENCH_DATA"])
    halves = [
        [row for row in rows_of(data / "medical_qa" / f"medquad_{half}.jsonl.gz") if row["focus"]]
        for half in ("train", "dev")
    ]
    with tempfile.TemporaryDirectory() as home:
        store = EvidenceStore(Path(home) / "evidence.db")
        store.add(from_rows(prepared(row) for half in halves for row in half))
        answerable = [row for row in halves[1] if any(from_rows([prepared(row)]))]
        store.add_vectors()
        asked = measure(store, answerable, lambda row: str(row["question"]))
        other = measure(store, answerable, renamed)
        german = _german()
        translated = measure(store, [row for row in answerable if row["id"] in german], lambda r: german[r["id"]], "de")
    result = {
        "task": "retrieval",
        "system": "medlfm",
        "gold": {"name": "medquad_dev"},
        "asked": asked,
        "renamed": other,
        "german": translated,
    }
    write(ROOT / "benchmarks" / "results" / "retrieval.json", result)
    print(result)


def measure(
    store: EvidenceStore, rows: Sequence[dict[str, Any]], ask: Callable[[dict[str, Any]], str], lang: str = "en"
) -> dict[str, Any]:
    """Return the figures for the questions that `ask` makes; rows for which it makes none are left out."""
    hits: list[list[bool]] = []
    topics: list[str] = []
    times: list[float] = []
    for row in rows:
        question = ask(row)
        if not question:
            continue
        start = time.process_time()
        found = store.search(question, lang=lang, limit=_TOP)
        times.append(time.process_time() - start)
        focus = [_is_about(row, passage) for passage in found]
        both = [
            hit and passage.category == passage_type(row["qtype"]) for hit, passage in zip(focus, found, strict=True)
        ]
        hits.append([any(focus[:1]), any(focus), any(both[:1]), any(both)])
        topics.append(row["focus_group"])
    names = ("focus_first", "focus_in_top_5", "focus_and_type_first", "focus_and_type_in_top_5")
    table = np.array(hits, dtype=float)
    figures: dict[str, Any] = {"questions": len(hits), "topics": len(set(topics))}
    for place, name in enumerate(names):
        counts = np.column_stack([np.ones(len(table)), table[:, place]])
        interval = bootstrap(counts, lambda sums: sums[:, 1] / sums[:, 0], groups=topics)
        figures[name] = {"share": round(float(table[:, place].mean()), 3), "interval": interval}
    figures["ms"] = {
        "median": round(1000 * float(np.median(times)), 1),
        "p95": round(1000 * float(np.quantile(times, 0.95)), 1),
    }
    return figures


def _german() -> dict[str, str]:
    """Return the German questions by the id of the row that each is the question of."""
    lines = (ROOT / "benchmarks" / "retrieval_de.jsonl").read_text(encoding="utf-8").splitlines()
    return {row["id"]: row["question"] for row in map(json.loads, lines)}


def _is_about(row: dict[str, Any], passage: Passage) -> bool:
    title = " ".join("".join(c if c.isalnum() else " " for c in passage.title.lower()).split())
    return title in names_of(row)


if __name__ == "__main__":
    main()
