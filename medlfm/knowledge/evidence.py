"""The evidence store: passages in SQLite, found by their words, ranked by whether they answer the question.

The index (FTS5) holds folded and stemmed words, so that German inflection and British spelling meet; a second
table holds the passages as they were. Many processes may read while one writes.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import astuple, dataclass, fields, replace
from pathlib import Path
from typing import Any

from medlfm.errors import EvidenceError
from medlfm.files import open_database
from medlfm.knowledge.passages import LEVELS, Passage
from medlfm.knowledge.query import Query, index_fields, parse_query, rank
from medlfm.knowledge.text import strip_cues
from medlfm.knowledge.titles import CREATE, Progress, add_vectors, nearest_titles, without_vector
from medlfm.runtime.embedding import find_embedder

__all__ = ["Added", "EvidenceStore", "Passage"]

_SCHEMA = 2
_COLUMNS = [item.name for item in fields(Passage) if item.name != "score"]
_CREATE = f"""
CREATE TABLE IF NOT EXISTS passages (number INTEGER PRIMARY KEY, {", ".join(_COLUMNS)}, UNIQUE (id));
CREATE VIRTUAL TABLE IF NOT EXISTS words USING fts5(
    title, aliases, question, body, cognates, content='', tokenize='unicode61');
CREATE VIRTUAL TABLE IF NOT EXISTS vocabulary USING fts5vocab(words, 'row');
{CREATE}
PRAGMA user_version = {_SCHEMA};
"""
_WEIGHTS = "4.0, 3.0, 1.5, 1.0, 2.0"  # of the columns of `words` in BM25
_POOL = 100  # passages that are ranked again
_AS_GOOD = 0.75
_CERTAIN = 0.85  # of the best score: from there on titles that are near in meaning aren't looked for
_NEAR = 8  # such titles
_OF_TITLE = 40  # passages of one title that are ranked
_MOST = 20_000  # passages that a query may meet: more, and its common words are left out


@dataclass(frozen=True)
class Added:
    """What became of the passages given to `add`."""

    added: int = 0
    duplicates: int = 0

    def to_dict(self) -> dict[str, int]:
        """Return plain JSON data."""
        return {"added": self.added, "duplicates": self.duplicates}


class EvidenceStore:
    """An evidence store in one file, created at the first `add`; a store that isn't there is empty."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def add(self, passages: Iterable[Passage]) -> Added:
        """Store passages in one transaction: all or, after an error, none. Raises EvidenceError."""
        added = duplicates = 0
        with self._open(write=True) as db:
            for passage in passages:
                _check(passage)
                values = [_stored(getattr(passage, name)) for name in _COLUMNS]
                marks = ", ".join("?" * len(_COLUMNS))
                row = db.execute(f"INSERT OR IGNORE INTO passages ({', '.join(_COLUMNS)}) VALUES ({marks})", values)  # noqa: S608 - column names, no values
                if row.rowcount == 0:
                    duplicates += 1
                    continue
                db.execute(
                    "INSERT INTO words (rowid, title, aliases, question, body, cognates) VALUES (?, ?, ?, ?, ?, ?)",
                    (row.lastrowid, *astuple(index_fields(passage))),
                )
                added += 1
        return Added(added, duplicates)

    def add_vectors(self, progress: Progress | None = None) -> int:
        """Let titles also be found by meaning, where an embedder is installed; return how many names are new.

        What was interrupted goes on from there. Raises EvidenceError.
        """
        embedder = find_embedder()
        if embedder is None or not self.path.exists():
            return 0
        with self._open(write=True) as db:
            batches = without_vector(db, embedder)
        done, total = 0, sum(map(len, batches))
        for batch in batches:
            with self._open(write=True) as db:
                add_vectors(db, embedder, batch)
            done += len(batch)
            if progress:
                progress(done, total)
        return total

    def __len__(self) -> int:
        if not self.path.exists():
            return 0
        with self._open() as db:
            return int(db.execute("SELECT count(*) FROM passages").fetchone()[0]) if self._filled(db) else 0

    def search(
        self,
        query: str,
        *,
        lang: str = "en",
        specialties: Sequence[str] = (),
        levels: Sequence[str] = LEVELS,
        limit: int = 5,
    ) -> list[Passage]:
        """Find the passages that answer a question, best first, `score` from 0 to 1.

        lang: of the question; a German one also finds English passages. specialties: only of these, or of none.
        """
        if not self.path.exists():
            return []
        with self._open() as db:
            if not self._filled(db):
                return []
            total = db.execute("SELECT count(*) FROM passages").fetchone()[0]
            found: dict[str, Passage] = {}
            queries = parse_query(query, lang, _Vocabulary(db, total))
            for asked in queries:
                for passage in rank(asked, self._pool(db, asked, specialties, levels)):
                    if passage.id not in found or found[passage.id].score < passage.score:
                        found[passage.id] = passage
            own = max((passage.score for passage in found.values() if passage.lang == lang), default=0.0)
            ordered = sorted(
                found.values(),
                # a passage in the question's language comes first where it is nearly as good
                key=lambda each: (each.lang != lang and own >= _AS_GOOD * each.score, -each.score, each.id),
            )
            if not ordered or ordered[0].score < _CERTAIN:
                ordered = _interleaved(ordered, self._near(db, query, queries, specialties, levels))
        return ordered[:limit]

    def _near(
        self,
        db: sqlite3.Connection,
        question: str,
        queries: Sequence[Query],
        specialties: Sequence[str],
        levels: Sequence[str],
    ) -> Iterator[Passage]:
        """Yield of each title that is near in meaning the passage that answers best; needs `add_vectors`."""
        if not db.execute("SELECT 1 FROM sqlite_master WHERE name = 'names'").fetchone():
            return
        if not db.execute("SELECT 1 FROM names LIMIT 1").fetchone() or not (embedder := find_embedder()):
            return
        about = strip_cues(question, queries[0].lang).strip(" ?") or question
        chosen = ", ".join("p." + name for name in _COLUMNS)
        condition, values = _allowed(specialties, levels)
        for title in nearest_titles(db, str(self.path), embedder, about, _NEAR):
            rows = db.execute(
                f"SELECT {chosen} FROM passages p WHERE p.title = ? {condition} LIMIT {_OF_TITLE}",  # noqa: S608 - column names and marks, no values
                [title, *values],
            )
            passages = [_loaded(row) for row in rows]
            ranked = [
                each
                for query in queries
                for each in rank(query, [(passage, 0.0) for passage in passages if passage.lang == query.lang])
            ]
            if ranked:
                yield max(ranked, key=lambda each: each.score)

    def _pool(
        self, db: sqlite3.Connection, query: Query, specialties: Sequence[str], levels: Sequence[str]
    ) -> list[tuple[Passage, float]]:
        match = query.match(most=_MOST)
        if not match:
            return []
        condition, values = _allowed(specialties, levels)
        rows = db.execute(
            f"SELECT {', '.join('p.' + name for name in _COLUMNS)}, -bm25(words, {_WEIGHTS}) AS strength "  # noqa: S608 - column names and marks, no values
            f"FROM words JOIN passages p ON p.number = words.rowid WHERE words MATCH ? AND p.lang = ? {condition} "
            f"ORDER BY strength DESC LIMIT {_POOL}",
            [match, query.lang, *values],
        )
        return [(_loaded(row[:-1]), row[-1]) for row in rows]

    @contextmanager
    def _open(self, *, write: bool = False) -> Iterator[sqlite3.Connection]:
        try:
            if write:
                self.path.parent.mkdir(parents=True, exist_ok=True)
            with open_database(self.path, write=write) as db:
                if write:
                    self._create(db)
                yield db
        except (sqlite3.Error, OSError) as error:
            raise EvidenceError(
                f"Can't {'write to' if write else 'read'} the evidence store {self.path} ({type(error).__name__}).",
                "Check that it may be written and isn't damaged; a damaged one is deleted and filled again.",
            ) from error

    def _create(self, db: sqlite3.Connection) -> None:
        self._filled(db)
        for statement in filter(str.strip, _CREATE.split(";")):
            db.execute(statement)

    def _filled(self, db: sqlite3.Connection) -> bool:
        """Say whether the tables are there: a first `add` that failed leaves a file without any."""
        version = int(db.execute("PRAGMA user_version").fetchone()[0])
        if version not in (0, _SCHEMA):
            raise EvidenceError(
                f"The evidence store {self.path} has format {version}; this medlfm reads {_SCHEMA}.",
                "Move it away and add the evidence again.",
            )
        return version == _SCHEMA


class _Vocabulary:
    """The words of the index, for the query: how many passages hold one, and which are spelt alike."""

    def __init__(self, db: sqlite3.Connection, total: int) -> None:
        self._db = db
        self.total = max(total, 1)

    def frequency(self, word: str) -> int:
        row = self._db.execute("SELECT doc FROM vocabulary WHERE term = ?", (word,)).fetchone()
        return int(row[0]) if row else 0

    def beginning(self, prefix: str) -> list[tuple[str, int]]:
        """Return (word, number of passages) for the words with a prefix."""
        rows = self._db.execute("SELECT term, doc FROM vocabulary WHERE term >= ? AND term < ?", (prefix, prefix + "￿"))
        return [(str(term), int(count)) for term, count in rows]


def _allowed(specialties: Sequence[str], levels: Sequence[str]) -> tuple[str, list[Any]]:
    """Return the condition on passages of these specialties and levels, and its values."""
    condition = f"AND p.level IN ({', '.join('?' * len(levels))})"
    if specialties:
        condition += f" AND p.specialty IN ('', {', '.join('?' * len(specialties))})"
    return condition, [*levels, *specialties]


def _interleaved(found: Sequence[Passage], near: Iterable[Passage]) -> list[Passage]:
    """Put passages whose titles are near in meaning among those found by their words: one after each of the first."""
    titles = {passage.title for passage in found[:2]}
    others = iter([passage for passage in near if passage.title not in titles])
    ids: dict[str, Passage] = {}
    for passage in found:
        ids.setdefault(passage.id, passage)
        if other := next(others, None):
            ids.setdefault(other.id, other)
    return [*ids.values(), *(passage for passage in others if passage.id not in ids)]


def _check(passage: Passage) -> None:
    for name in ("title", "text", "source", "licence"):
        if not getattr(passage, name).strip():
            raise EvidenceError(f"A passage has no {name}.", "Evidence needs title, text, source and licence.")
    if passage.level not in LEVELS:
        raise EvidenceError(f"A passage has the level {passage.level!r}.", f"Allowed: {', '.join(LEVELS)}.")


def _stored(value: Any) -> Any:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, tuple) else value


def _loaded(row: Sequence[Any]) -> Passage:
    values = dict(zip(_COLUMNS, row, strict=True))
    return replace(Passage(**{**values, "aliases": tuple(json.loads(values["aliases"]))}))
