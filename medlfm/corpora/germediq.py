"""GerMedIQ: German questions of admission questionnaires, answered by volunteers in the role of a patient.

```csv
id,question,response,questionnaire,question_type,participant_id
7,Rauchen Sie?,Nur am Wochenende.,lifestyle,pq,3
```
The id is the question's, so an answer is named by question and participant.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from medlfm.corpora.reading import csv_rows, is_jsonl, jsonl_rows
from medlfm.corpora.upstream import Row, Upstream, github

__all__ = ["UPSTREAM"]

_COMMIT = "4776a13169b4777d7b8b48c0438a222346d74621"


def _rows(file: Path) -> Iterator[Row]:
    needed = ("question", "response")
    for line, row in jsonl_rows(file, needed) if is_jsonl(file) else csv_rows(file, needed):
        yield {
            "kind": "qa",
            "id": f"germediq-{row.get('id') or row.get('question_id') or 'q'}-{row.get('participant_id') or line}",
            "lang": "de",
            "question": row["question"],
            "answer": row["response"],
            "category": row.get("questionnaire", ""),
            "topic": row["question"],
        }


UPSTREAM = Upstream(
    name="germediq",
    files=("CorpusFiles/GerMedIQ-Human.csv", "germediq*.jsonl", "germediq*.jsonl.gz"),
    rows=_rows,
    archive=github("Jhofenbitzer/GerMedIQ-Corpus", _COMMIT),
    revision=_COMMIT,
)
