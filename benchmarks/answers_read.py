"""Write a sheet of quoted answers to be read: `python -m benchmarks.answers_read SHEET`; needs MEDLFM_BENCH_DATA.

`--draw second` asks what a second reader drew and wrote: no question read before, and each is read, answered or not.

The questions: a sample of MedQuAD's development half, and our own (`answers_read*.<lang>.txt`). The store holds the
answers of both halves of MedQuAD, without their questions, and the starter texts, which count for our own questions
only. They go the whole way, without a language model. In the first draw, who gets no text is counted, and replaced by
the next question.
What the readers found goes into `results/readings/answers*.jsonl`, by the ids of the sheet.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from benchmarks.confidence import ROOT, prepared, rows_of
from medlfm.knowledge.evidence import EvidenceStore
from medlfm.knowledge.passages import from_rows
from medlfm.safety import MedicalComplianceWrapper
from medlfm.safety.answer import Answer
from medlfm.settings import LANGUAGES, Settings

__all__ = ["DRAWS", "Draw", "main", "questions", "read"]

HERE = Path(__file__).resolve().parent
READINGS = HERE / "results" / "readings"


@dataclass(frozen=True)
class Draw:
    """Which questions are asked."""

    seed: int
    medquad: int  # how many of MedQuAD's
    own: int  # how many of our own, in each language
    file: str  # our own stand in FILE.LANG.txt
    prefix: str  # of their ids
    replaced: bool  # whether a question without an answer is replaced by the next one, or counts
    unread: tuple[str, ...] = ()  # readings whose questions are left out

    def wanted(self, source: str) -> int:
        """Return how many questions of a source are asked."""
        return self.medquad if source == "medquad" else self.own


FIRST = Draw(9, 140, 30, "answers_read", "own", replaced=True)
DRAWS = {
    "first": FIRST,
    "second": Draw(
        4711, 50, 25, "answers_read3", "second", replaced=False,
        unread=("answers", "answers_mended", "answers_new", "answers_new_mended"),
    ),
}  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> None:
    """Answer the questions, write the sheet, and how many of each source got no answer."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.answers_read")
    parser.add_argument("sheet", type=Path, help="where the sheet goes; it holds text of the public set")
    parser.add_argument("--draw", choices=tuple(DRAWS), default="first", help="which questions are asked")
    parsed = parser.parse_args(arguments)
    sheet: Path = parsed.sheet
    draw = DRAWS[parsed.draw]
    data = Path(os.environ["MEDLFM_BENCH_DATA"])
    with tempfile.TemporaryDirectory(prefix="medlfm-read-") as home:
        settings = replace(Settings(), home=Path(home))
        texts = fill(EvidenceStore(settings.evidence), data)
        wrapper = MedicalComplianceWrapper(None, settings=settings, draft="extract", measuring=True)
        counts: Counter[tuple[str, bool]] = Counter()
        with sheet.open("w", encoding="utf-8") as file:
            for row in read(wrapper, data, texts, draw):
                file.write(json.dumps(row, ensure_ascii=False) + "\n")
                counts[row["source"], row["has_text"]] += 1
        for source in ("medquad", *LANGUAGES):
            print(f"{source}: {counts[source, True]} answers, {counts[source, False]} questions held back")


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


def questions(data: Path, draw: Draw = FIRST) -> Iterator[tuple[str, str, str]]:
    """Yield (source, id, question) in the order of asking, more of MedQuAD's than are wanted."""
    read = set(_ids(draw.unread))
    rows = [row for row in rows_of(data / "medical_qa" / "medquad_dev.jsonl.gz") if row["focus"]]
    rows = [row for row in rows if str(row["id"]) not in read]
    random.Random(draw.seed).shuffle(rows)
    yield from (("medquad", str(row["id"]), str(row["question"])) for row in rows)
    for lang in LANGUAGES:
        lines = (HERE / f"{draw.file}.{lang}.txt").read_text(encoding="utf-8").splitlines()
        yield from ((lang, f"{draw.prefix}-{lang}-{number:02}", line) for number, line in enumerate(lines, start=1))


def _ids(readings: Sequence[str]) -> Iterator[str]:
    for name in readings:
        lines = (READINGS / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
        yield from (json.loads(line)["id"] for line in lines)


def read(
    wrapper: MedicalComplianceWrapper, data: Path, texts: Mapping[str, str], draw: Draw = FIRST
) -> Iterator[dict[str, Any]]:
    """Ask until enough of each source count; yield all that was asked."""
    counted: Counter[str] = Counter()
    for source, name, question in questions(data, draw):
        if counted[source] < draw.wanted(source):
            own = source != "medquad"
            answer = wrapper.generate_safe(question, lang=source if own else "en", allow_starter=own)
            counted[source] += _has_text(answer) or not draw.replaced
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
