"""Writing files so that a reader sees all of a file or nothing of it, and hashing them."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from medlfm.errors import OutputError

if TYPE_CHECKING:
    import sqlite3

__all__ = ["atomic_path", "atomic_write", "canonical_json", "open_database", "sha256_bytes", "sha256_file"]


def canonical_json(value: Any) -> str:
    """Serialise to the one JSON text that equal values share: sorted keys, no spaces, UTF-8, no NaN."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def sha256_bytes(data: bytes) -> str:
    """Hash bytes; 64 lower-case hex digits."""
    return hashlib.sha256(data).hexdigest()


def sha256_file(path: Path) -> str:
    """Hash a file in blocks of 1 MiB; 64 lower-case hex digits."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


@contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """Yield a temporary path in the same folder; on success it is synced and renamed to `path`.

    After an exception, `path` is as it was before and the temporary file is gone.
    Raises OutputError where the folder can't be written or the disk is full.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".tmp", dir=path.parent)
    except OSError as error:
        raise _output_error(path, error) from error
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        with temporary.open("rb") as file:
            os.fsync(file.fileno())
        os.chmod(temporary, 0o600 if path.suffix == ".key" else 0o644 & ~_umask())
        os.replace(temporary, path)
    except OSError as error:
        raise _output_error(path, error) from error
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


@contextmanager
def atomic_write(path: Path, mode: str = "w") -> Iterator[IO[Any]]:
    """Open a file for writing that replaces `path` only once all of it is on disk; text is UTF-8 with LF line ends."""
    options: dict[str, Any] = {} if "b" in mode else {"encoding": "utf-8", "newline": "\n"}
    with atomic_path(path) as temporary, temporary.open(mode, **options) as file:
        yield file


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _output_error(path: Path, error: OSError) -> OutputError:
    if isinstance(error, FileExistsError | NotADirectoryError):
        hint = "A file stands where a folder is needed: name another place."
    else:
        hint = "Free some space, or choose a folder that you may write to, then run the same command again."
    return OutputError(f"Can't write {path}: {error.strerror or error}.", hint)


@contextmanager
def open_database(path: Path, *, write: bool = False, timeout: float = 60.0) -> Iterator[sqlite3.Connection]:
    """Open an SQLite file that many processes share; write: in one transaction, which any error undoes.

    timeout: seconds to wait for another writer. Raises sqlite3.Error.
    """
    import sqlite3

    db = sqlite3.connect(path, timeout=timeout, isolation_level=None)
    try:
        if write:
            db.execute("PRAGMA journal_mode = WAL")
            db.execute("PRAGMA synchronous = FULL")
            db.execute("BEGIN IMMEDIATE")
        yield db
        if write:
            db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise
    finally:
        db.close()
