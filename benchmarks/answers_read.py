"""Write a sheet of quoted answers to be read: `python -m benchmarks.answers_read SHEET`; needs MEDLFM_BENCH_DATA.

The questions: a sample of MedQuAD's development half, and our own (`answers_read.<lang>.txt`). The store holds the
answers of both halves of MedQuAD, without their questions, and the starter texts, which count for our own questions
only. They go the whole way, without a language model. Who gets no text is counted, and replaced by the next question.
What the reader found goes into `results/readings/answers.jsonl`, by the ids of the sheet.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.confidence import ROOT, prepared, rows_of
from medlfm.knowledge.evidence import EvidenceStore
from medlfm.knowledge.passages import from_rows
from medlfm.safety import MedicalComplianceWrapper
from medlfm.safety.answer import Answer
from medlfm.settings import LANGUAGES, Settings

__all__ = ["main", "questions", "read"]

HERE = Path(__file__).resolve().parent
_SEED = 9
_COUNTS = {"medquad": 140, **dict.fromkeys(LANGUAGES, 30)}


def main(arguments: Sequence[str] | None = None) -> None:
    """Answer the questions, write the sheet, and how many of each source got no answer."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.answers_read")
    parser.add_argument("sheet", type=Path, help="where the sheet goes; it holds text of the public set")
    sheet: Path = parser.parse_args(arguments).sheet
    data = Path(os.environ["MEDLFM_BENCH_DATA"])
    with tempfile.TemporaryDirectory(prefix="medlfm-read-") as home:
        settings = replace(Settings(), home=Path(home))
        texts = fill(EvidenceStore(settings.evidence), data)
        wrapper = MedicalComplianceWrapper(None, settings=settings, draft="extract", measuring=True)
        counts: Counter[tuple[str, bool]] = Counter()
        with sheet.open("w", encoding="utf-8") as file:
            for row in read(wrapper, data, texts):
                file.write(json.dumps(row, ensure_ascii=False) + "\n")
                counts[row["source"], row["has_text"]] += 1
        for source, wanted in _COUNTS.items():
            print(f"{source}: {counts[source, True]} of {wanted} answers, {counts[source, False]} questions held back")


def fill(store: EvidenceStore, data: Path) -> dict[str, str]:
    """Store MedQuAD's answers as benchmarks.retrieval does, and the starter texts; return the passages by id."""
    passages = list(from_rows(_evidence(data)))
    store.add(passages)
    return {passage.id: passage.text for passage in passages}


def _evidence(data: Path) -> Iterator[dict[str, Any]]:
    for half in ("train", "dev"):
        rows = rows_of(data / "medical_qa" / f"medquad_{half}.jsonl.gz")
        yield from (prepared(row) for row in rows if row["focus"])
    own = {"kind": "qa", "licence": "CC0-1.0", "attribution": "The medlfm authors", "level": "starter"}
    for path in sorted((ROOT / "corpora" / "starter-qa").glob("*.??.jsonl")):
        yield from ({**json.loads(line), **own} for line in path.read_text(encoding="utf-8").splitlines())


def questions(data: Path) -> Iterator[tuple[str, str, str]]:
    """Yield (source, id, question) in the order of asking, more of each source than are wanted."""
    rows = [row for row in rows_of(data / "medical_qa" / "medquad_dev.jsonl.gz") if row["focus"]]
    random.Random(_SEED).shuffle(rows)
    yield from (("medquad", str(row["id"]), str(row["question"])) for row in rows)
    for lang in LANGUAGES:
        lines = (HERE / f"answers_read.{lang}.txt").read_text(encoding="utf-8").splitlines()
        yield from ((lang, f"own-{lang}-{number:02}", line) for number, line in enumerate(lines, start=1))


def read(wrapper: MedicalComplianceWrapper, data: Path, texts: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """Ask until enough of each source have a text; yield all that was asked."""
    answered: Counter[str] = Counter()
    for source, name, question in questions(data):
        if answered[source] < _COUNTS[source]:
            own = source != "medquad"
            answer = wrapper.generate_safe(question, lang=source if own else "en", allow_starter=own)
            answered[source] += _has_text(answer)
            yield {"id": name, "source": source, "question": question, **_shown(answer, texts)}


def _has_text(answer: Answer) -> bool:
    return answer.status in ("answered", "needs_review", "emergency") and bool(answer.text)


def _shown(answer: Answer, texts: Mapping[str, str]) -> dict[str, Any]:
    """Return what a user sees, and the whole of each passage quoted."""
    cited = [
        {"number": item.number, "title": item.title, "quote": item.quote, "passage": texts.get(item.id, "")}
        for item in answer.evidence
        if item.number
    ]
    return {
        "status": answer.status,
        "has_text": _has_text(answer),
        "text": answer.text,
        "confidence": answer.confidence,
        "why": list(answer.why),
        "warnings": list(answer.warnings),
        "cited": cited,
    }


if __name__ == "__main__":
    main()
