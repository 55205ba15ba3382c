"""MTSamples: sample reports of many specialties, from the table that circulates on Kaggle (`mtsamples.csv`).

```csv
,description,medical_specialty,sample_name,transcription,keywords
0,"A cold.", Radiology, Chest film ,"FINDINGS:,  The lungs are clear.,  No effusion.","radiology, chest"
```
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from medlfm.corpora.reading import csv_rows, is_jsonl, jsonl_rows
from medlfm.corpora.upstream import Row, Upstream

__all__ = ["UPSTREAM"]

# In the table, line ends have become commas: after a heading, and between sentences.
_AFTER_HEADING = re.compile(r"(?<=:)[ ]{0,2},[ ]{0,2}(?=\S)")
_AFTER_SENTENCE = re.compile(r"(?<=[.?!])(?:[ ]{0,2},(?=[A-Z0-9])|[ ]{0,2},[ ]{2}(?=\S))")


def _rows(file: Path) -> Iterator[Row]:
    if is_jsonl(file):
        for _, row in jsonl_rows(file, ("id", "specialty", "text")):
            yield _row(str(row["id"]), row["specialty"], row["text"])
        return
    for line, cells in csv_rows(file, ("medical_specialty", "transcription")):
        yield _row(f"mtsamples-{cells.get('') or line}", cells["medical_specialty"], cells["transcription"])


def _row(name: str, specialty: str, text: str) -> Row:
    text = _AFTER_SENTENCE.sub("\n", _AFTER_HEADING.sub(" ", text or ""))
    return {"kind": "note", "id": name, "lang": "en", "specialty": specialty, "text": text.strip()}


UPSTREAM = Upstream(
    name="mtsamples",
    files=("mtsamples*.csv", "mtsamples*.jsonl", "mtsamples*.jsonl.gz"),
    rows=_rows,
    by_hand="Kaggle asks for a login: download `mtsamples.csv` (data set tboyle10/medicaltranscriptions) there.",
)
