"""MTS-Dialog: short conversations of doctor and patient, each with the section of a note that sums it up.

```csv
ID,section_header,section_text,dialogue
0,ALLERGY,No known allergies.,"Doctor: Any allergies?
Patient: None that I know of."
```
An encounter becomes two notes of one patient, so that no split parts them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from medlfm.corpora.reading import csv_rows, is_jsonl, jsonl_rows
from medlfm.corpora.upstream import Row, Upstream, github

__all__ = ["UPSTREAM"]

_COMMIT = "3ff0801933608d6f570468c13125125fb5cabdea"


def _rows(file: Path) -> Iterator[Row]:
    needed = ("section_header", "section_text", "dialogue", "id")
    if is_jsonl(file):
        for _, row in jsonl_rows(file, needed):
            yield from _encounter(str(row["id"]).replace("/", "-"), row)
        return
    part = "validation" if "validation" in file.name.lower() else "train"
    for _, cells in csv_rows(file, needed):
        if "test" in file.name.lower():
            yield "official_test"
        else:
            yield from _encounter(f"{part}-{cells['id']}", cells)


def _encounter(name: str, row: dict[str, str]) -> Iterator[Row]:
    name = f"mts-dialog-{name}"
    shared = {"kind": "note", "lang": "en", "patient_id": name}
    header = re.sub(r"[^a-z]+", "_", row["section_header"].lower()).strip("_")
    yield {**shared, "id": f"{name}-note", "text": row["section_text"], "category": header}
    yield {**shared, "id": f"{name}-dialogue", "text": row["dialogue"], "category": "dialogue"}


UPSTREAM = Upstream(
    name="mts-dialog",
    files=("Main-Dataset/*.csv", "mts_dialog*.jsonl", "mts_dialog*.jsonl.gz"),
    rows=_rows,
    archive=github("abachaa/MTS-Dialog", _COMMIT),
    revision=_COMMIT,
)
