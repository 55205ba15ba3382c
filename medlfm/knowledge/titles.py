"""Finding titles by meaning: vectors of the titles and aliases in an evidence store, made by the installed embedder.

A disease asked about by a name that its document doesn't hold is found by what the name means, and a German question
finds an English title. Unique names only are embedded, a batch at a time, so that an interrupted run goes on later.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from medlfm.runtime.embedding import Embedder

__all__ = ["CREATE", "Progress", "add_vectors", "nearest_titles", "without_vector"]

CREATE = """
CREATE TABLE IF NOT EXISTS names (
    name TEXT, title TEXT, embedder TEXT, vector BLOB, PRIMARY KEY (name, title, embedder));
CREATE INDEX IF NOT EXISTS passages_by_title ON passages (title);
"""
_BATCH = 64
Progress = Callable[[int, int], None]  # names done, names in all


def without_vector(db: sqlite3.Connection, embedder: Embedder) -> list[list[tuple[str, str]]]:
    """Return the names that have no vector of this embedder yet, each with its title, in batches."""
    known = set(db.execute("SELECT name, title FROM names WHERE embedder = ?", (_key(embedder),)))
    new = sorted(_names(db) - known)
    return [new[start : start + _BATCH] for start in range(0, len(new), _BATCH)]


def add_vectors(db: sqlite3.Connection, embedder: Embedder, batch: Sequence[tuple[str, str]]) -> None:
    """Embed names and store their vectors."""
    import numpy as np

    vectors = embedder.passages([name for name, _ in batch]).astype(np.float16)
    rows = [(*pair, _key(embedder), vector.tobytes()) for pair, vector in zip(batch, vectors, strict=True)]
    db.executemany("INSERT OR REPLACE INTO names VALUES (?, ?, ?, ?)", rows)


def nearest_titles(db: sqlite3.Connection, path: str, embedder: Embedder, question: str, limit: int) -> list[str]:
    """Return the titles whose name, or that of an alias, is nearest to what a question asks about, best first."""
    import numpy as np

    key = _key(embedder)
    count, last = db.execute("SELECT count(*), max(rowid) FROM names WHERE embedder = ?", (key,)).fetchone()
    if not count:
        return []
    titles, table = _table(path, key, count, last, _Opened(db))
    near = table @ embedder.questions([question])[0]
    found: dict[str, None] = {}
    for place in np.argsort(-near)[: 4 * limit]:
        found.setdefault(titles[int(place)])
    return list(found)[:limit]


class _Opened:
    """A connection that doesn't count when two calls are compared."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self.db = db

    def __hash__(self) -> int:
        return 0

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Opened)


@lru_cache(maxsize=2)
def _table(path: str, key: str, count: int, last: int, opened: _Opened) -> tuple[list[str], Any]:
    """Read all vectors once; again where their number has changed."""
    import numpy as np

    rows = opened.db.execute("SELECT title, vector FROM names WHERE embedder = ? ORDER BY rowid", (key,)).fetchall()
    table = np.frombuffer(b"".join(vector for _, vector in rows), np.float16).reshape(len(rows), -1)
    return [title for title, _ in rows], table.astype(np.float32)


def _names(db: sqlite3.Connection) -> set[tuple[str, str]]:
    rows = db.execute("SELECT DISTINCT title, aliases FROM passages")
    return {(name, title) for title, aliases in rows for name in (title, *json.loads(aliases))}


def _key(embedder: Embedder) -> str:
    return f"{embedder.name} {embedder.version}"
