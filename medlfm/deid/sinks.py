"""Writing what a run makes: appended to a hidden part file, with a checkpoint, and renamed once all of it is there.

```
OUT                      only ever whole
.OUT.work/state.json     how many items are done, the length of each part, the secret of the codes (mode 600)
.OUT.work/data           what was written so far
```
A killed run leaves the folder; the same command goes on behind the last checkpoint, and removes it at its end.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import secrets
import shutil
import time
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from medlfm.errors import OutputError
from medlfm.files import atomic_path, atomic_write

__all__ = ["Checkpoint", "write_built"]

_SECONDS = 1.0  # between two checkpoints
_PARTS = ("data", "log", "views", "rejects")


class Checkpoint:
    """The state of a run in a folder of its own, and the part files that grow with it."""

    def __init__(self, folder: Path, plan: str) -> None:
        self.folder, self.plan = folder, plan
        self.done = 0
        self.target = ""  # what the data part will become
        self.counts: dict[str, Counter[str]] = {}
        self.secret = secrets.token_bytes(32)
        self.resumed = False
        self._lengths = dict.fromkeys(_PARTS, 0)
        self._files: dict[str, IO[bytes]] = {}
        self._saved = 0.0

    def open(self) -> None:
        """Take up what an earlier run of the same plan left, else begin anew."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise OutputError(f"Can't write to {self.folder.parent}: {error.strerror}.", "Choose --out.") from error
        with suppress(OSError, ValueError, KeyError):
            state = json.loads((self.folder / "state.json").read_text(encoding="ascii"))
            if state["plan"] == self.plan:
                self._take_up(state)
        for name in _PARTS:
            path = self.folder / name
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
            file = self._files[name] = os.fdopen(descriptor, "r+b")
            file.truncate(self._lengths[name])
            file.seek(0, io.SEEK_END)
        self.save()

    def _take_up(self, state: dict[str, Any]) -> None:
        if state["closing"] and not (self.folder / "data").exists():
            state["target"], state["lengths"]["data"] = "", 0  # it was renamed already
        self.done, self.target = state["done"], state["target"]
        self.counts = {kind: Counter(names) for kind, names in state["counts"].items()}
        self.secret = bytes.fromhex(state["secret"])
        self._lengths = state["lengths"]
        self.resumed = self.done > 0

    def append(self, part: str, data: bytes) -> None:
        self._files[part].write(data)
        self._lengths[part] += len(data)

    def lines(self, part: str) -> Iterable[str]:
        """Read back the lines of a part."""
        self._files[part].flush()
        with (self.folder / part).open(encoding="utf-8") as file:
            yield from file

    def length(self, part: str) -> int:
        return self._lengths[part]

    def save(self, *, closing: bool = False, force: bool = True) -> None:
        """Write the state, at most once a second unless forced; what it counts is on disk before it."""
        now = time.monotonic()
        if not force and now - self._saved < _SECONDS:
            return
        for file in self._files.values():
            file.flush()
            os.fsync(file.fileno())
        state = {
            "plan": self.plan,
            "done": self.done,
            "target": self.target,
            "closing": closing,
            "lengths": self._lengths,
            "counts": {kind: dict(names) for kind, names in self.counts.items()},
            "secret": self.secret.hex(),
        }
        with atomic_write(self.folder / "state.json") as text:
            os.chmod(text.name, 0o600)
            text.write(json.dumps(state))
        os.chmod(self.folder / "state.json", 0o600)
        self._saved = now

    def finish_target(self, kind: str) -> None:
        """Turn the data part into the target, whole or not at all, and begin an empty one."""
        if not self._lengths["data"]:  # all of it was rejected
            self.target = ""
            return
        target = Path(self.target)
        self.save(closing=True)
        self._files["data"].close()
        _become(self.folder / "data", target, kind)
        (self.folder / "data").unlink(missing_ok=True)
        self._files["data"] = os.fdopen(os.open(self.folder / "data", os.O_RDWR | os.O_CREAT, 0o600), "r+b")
        self._lengths["data"], self.target = 0, ""
        self.save()

    def close(self) -> None:
        """Close the part files; what is in them stays for the next run."""
        for file in self._files.values():
            file.close()

    def remove(self) -> None:
        """Remove the folder: all of it is where it belongs."""
        self.close()
        shutil.rmtree(self.folder, ignore_errors=True)


def _become(part: Path, target: Path, kind: str) -> None:
    with atomic_path(target) as temporary:
        if kind == "parquet":
            _to_parquet(part, temporary)
        elif target.suffix == ".gz":
            with part.open("rb") as source, gzip.open(temporary, "wb") as packed:
                shutil.copyfileobj(source, packed, 1 << 20)
        else:
            with part.open("rb") as source, temporary.open("wb") as plain:
                shutil.copyfileobj(source, plain, 1 << 20)


def write_built(built: Any, kind: str, header: list[str]) -> bytes:
    """Return the bytes of an item in the part file: rows of tables as CSV, or as JSON lines for Parquet."""
    if kind == "csv":
        text = io.StringIO(newline="")
        delimiter, *columns = header
        writer = csv.writer(text, delimiter=delimiter, lineterminator="\n")
        writer.writerow([built.get(name, "") for name in columns] if isinstance(built, dict) else built)
        return text.getvalue().encode()
    if kind == "parquet":
        return (json.dumps(built, ensure_ascii=False, default=str) + "\n").encode()
    assert isinstance(built, bytes)
    return built


def _to_parquet(part: Path, target: Path) -> None:
    """Write JSON lines as Parquet in row groups; a column that holds a string anywhere holds strings."""
    import pyarrow as pa
    from pyarrow.parquet import ParquetWriter

    types: dict[str, str] = {}
    with part.open(encoding="utf-8") as file:
        for line in file:
            for name, value in json.loads(line).items():
                types[name] = _wider(types.get(name, ""), value)
    plain = {"": pa.string(), "bool": pa.bool_(), "int": pa.int64(), "float": pa.float64(), "str": pa.string()}
    schema = pa.schema([(name, plain[kind]) for name, kind in types.items()])
    with part.open(encoding="utf-8") as file, ParquetWriter(target, schema) as writer:
        rows: list[dict[str, Any]] = []
        for line in file:
            row = json.loads(line)
            rows.append({name: _as(row.get(name), kind) for name, kind in types.items()})
            if len(rows) == 1024:
                writer.write_table(pa.Table.from_pylist(rows, schema))
                rows = []
        writer.write_table(pa.Table.from_pylist(rows, schema))


def _wider(old: str, value: Any) -> str:
    """Return the narrowest type that holds what was seen so far and this value."""
    kind = "" if value is None else type(value).__name__ if isinstance(value, bool | int | float | str) else "str"
    if not kind or kind == old:
        return old
    if not old:
        return kind
    return "float" if {old, kind} == {"int", "float"} else "str"


def _as(value: Any, kind: str) -> Any:
    if value is None or kind in ("bool", "int"):
        return value
    if kind == "float":
        return float(value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
