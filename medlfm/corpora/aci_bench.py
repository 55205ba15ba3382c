r"""ACI-Bench: whole conversations at a visit, played by clinicians, each with the note of the visit.

```csv
dataset,encounter_id,dialogue,note
aci,D2N900,"[doctor] hi , anna . [patient] hi .","CHIEF COMPLAINT\n\nSore throat.\n"
```
An encounter becomes two notes of one patient, so that no split parts them.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from medlfm.corpora.reading import csv_rows, is_jsonl, jsonl_rows
from medlfm.corpora.upstream import Row, Upstream, github

__all__ = ["UPSTREAM"]

_COMMIT = "b909b2bb9cf1d19de08df15cddde7bd0179665e4"


def _rows(file: Path) -> Iterator[Row]:
    if is_jsonl(file):
        for _, row in jsonl_rows(file, ("id", "note", "dialogue", "set")):
            yield from ("official_test",) if "test" in row["set"] else _encounter(row["id"], row)
    elif not file.stem.endswith("_metadata"):  # about the encounters: names and ages, no text
        for _, cells in csv_rows(file, ("encounter_id", "dialogue", "note")):
            yield from ("official_test",) if "test" in file.stem else _encounter(cells["encounter_id"], cells)


def _encounter(name: str, row: dict[str, str]) -> Iterator[Row]:
    name = f"aci-bench-{name}"
    shared = {"kind": "note", "lang": "en", "patient_id": name}
    yield {**shared, "id": f"{name}-note", "text": row["note"], "category": "outpatient_letter"}
    yield {**shared, "id": f"{name}-dialogue", "text": row["dialogue"], "category": "dialogue"}


UPSTREAM = Upstream(
    name="aci-bench",
    files=("challenge_data/*.csv", "aci_bench*.jsonl", "aci_bench*.jsonl.gz"),
    rows=_rows,
    archive=github("wyim/aci-bench", _COMMIT),
    revision=_COMMIT,
)
