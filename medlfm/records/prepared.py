"""What `prepare` leaves behind, and reading it: three splits, a manifest, what was rejected, a report.

```
RUN/train.jsonl validation.jsonl test.jsonl   (or .parquet)
RUN/rejected.jsonl                            {"file", "line", "reason"}
RUN/manifest.json                             written last: a run without it isn't finished
RUN/report.html
```
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from medlfm.errors import RecordError
from medlfm.files import sha256_file

__all__ = ["MANIFEST_SCHEMA", "ROW", "SPLITS", "PreparedRun", "load_prepared"]

MANIFEST_SCHEMA = 1
SPLITS = ("train", "validation", "test")

# Every key of a prepared row with its empty value; all are always there.
ROW: dict[str, Any] = {
    "id": "",  # derived from the prepared content, never from the id in the source
    "kind": "",  # note | qa | medication
    "lang": "",
    "specialty": "",
    "category": "",
    "topic": "",
    "group": "",  # what no split crosses: patient, document or topic; the least id of its rows
    "text": "",  # notes and medications
    "question": "",
    "answer": "",
    "source": "",
    "url": "",
    "licence": "",
    "attribution": "",
    "level": "",  # starter | reference
    "corpus": "",
    "urgency": "",  # low | moderate | high | critical
    "emergencies": [],
    "date": "",
}


@dataclass(frozen=True)
class PreparedRun:
    """A finished run; its files have the hashes of its manifest."""

    folder: Path
    manifest: dict[str, Any]

    def path(self, split: str) -> Path:
        """Return the file of a split; raises RecordError for a split that there is not."""
        if split not in SPLITS:
            raise RecordError(f"There is no split {split!r}.", f"Allowed: {', '.join(SPLITS)}.")
        return self.folder / f"{split}.{self.manifest['settings']['format']}"

    def barred(self, use: str) -> frozenset[str]:
        """Name the corpora whose cards don't allow a use ("training", "evidence" or "measuring")."""
        cards = self.manifest.get("corpora", ())
        return frozenset(card["name"] for card in cards if use not in card["uses"])

    def rows(self, split: str) -> Iterator[dict[str, Any]]:
        """Read the rows of a split one by one."""
        path = self.path(split)
        if path.suffix == ".parquet":
            from pyarrow.parquet import ParquetFile

            with ParquetFile(path) as parquet:
                for batch in parquet.iter_batches(batch_size=1024):
                    yield from batch.to_pylist()
            return
        with path.open(encoding="utf-8") as file:
            for line in file:
                yield json.loads(line)


def load_prepared(run: str | Path) -> PreparedRun:
    """Open a prepared run; raises RecordError where it isn't finished or was changed afterwards."""
    folder = Path(run)
    again = "Run `medlfm prepare` again."
    path = folder / "manifest.json"
    if not path.is_file():
        raise RecordError(f"{folder} holds no finished run: there is no manifest.json.", again)
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
        schema, outputs = manifest["schema"], manifest["outputs"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RecordError(f"{path} is no manifest of a run.", again) from error
    if schema != MANIFEST_SCHEMA:
        raise RecordError(f"{path} has schema {schema!r}; this medlfm reads {MANIFEST_SCHEMA}.", again)
    for name, facts in outputs.items():
        if not (folder / name).is_file() or sha256_file(folder / name) != facts["sha256"]:
            raise RecordError(f"{folder / name} is missing or was changed after the run.", again)
    return PreparedRun(folder, manifest)
