"""Writing the trail: a line is on disk before the anchor names it, and both before `append` returns."""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from medlfm.audit.anchor import Anchor, read_anchor, write_anchor
from medlfm.audit.entry import FIRST, Entry, read_entry
from medlfm.audit.guard import guarded
from medlfm.audit.lock import locked
from medlfm.audit.verification import Verification, verify
from medlfm.errors import AuditError, OutputError
from medlfm.files import atomic_write, sha256_bytes

__all__ = ["AuditTrail", "Entry"]

_OPERATION = re.compile(r"[a-z][a-z0-9_.-]{0,63}")
_LONGEST_LINE = 1 << 16


class AuditTrail:
    """The audit trail in a folder; safe for several processes and threads at once.

    The key lies in `keys/audit.key` and the anchor in `audit.anchor`, both beside the folder, unless named here
    or (the anchor) by MEDLFM_AUDIT_ANCHOR. Making the object touches no file.
    """

    def __init__(
        self,
        folder: Path,
        *,
        key: Path | None = None,
        anchor: Path | None = None,
        segment_bytes: int = 4 << 20,
    ) -> None:
        self.folder = Path(folder)
        self.key_path = key or self.folder.parent / "keys" / "audit.key"
        named = os.environ.get("MEDLFM_AUDIT_ANCHOR")
        self.anchor_path = anchor or (Path(named) if named else self.folder.parent / f"{self.folder.name}.anchor")
        self.segment_bytes = segment_bytes

    def append(self, operation: str, details: Mapping[str, Any] | None = None) -> str:
        """Write one entry and return its id ("17-3f2a…"), once it is on disk.

        `details` is JSON data without content (see `medlfm.audit.guard`). Raises AuditError where the trail can't
        be written: the caller must then not go on.
        """
        if not _OPERATION.fullmatch(operation):
            raise AuditError("An audit operation is no plain name.", "Use e.g. 'prepare' or 'models.pull'.")
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with locked(self.folder / ".lock"):
                key = self._key(create=True)
                return self._append(operation, guarded(dict(details or {}), key), key).id
        except OSError as error:
            raise _cannot_write(self.folder, error.strerror or type(error).__name__) from error
        except OutputError as error:
            raise _cannot_write(self.folder, error.message) from error

    def entries(self) -> Iterator[Entry]:
        """Yield the entries, oldest first; lines that are none are passed over (`verify` reports them)."""
        for segment in self.segments():
            with segment.open("rb") as file:
                for line in file:
                    if line.endswith(b"\n") and (entry := read_entry(line)):
                        yield entry

    def segments(self) -> list[Path]:
        """Return the files of the trail, oldest first."""
        return sorted(self.folder.glob("[0-9]*.jsonl")) if self.folder.is_dir() else []

    def verify(self) -> Verification:
        """Check every line, the chain, the seals and the anchor; takes some 3 s for 100,000 entries."""
        try:
            if os.access(self.folder, os.W_OK):
                with locked(self.folder / ".lock"):
                    return self._verify()
            return self._verify()
        except OSError as error:
            raise AuditError(
                f"Can't read the audit trail in {self.folder}: {error.strerror}.", "Check its permissions."
            ) from error

    def _verify(self) -> Verification:
        key = self._key(create=False) if self.key_path.is_file() else None
        return verify(self.segments(), key, read_anchor(self.anchor_path))

    def _key(self, *, create: bool) -> bytes:
        if create and not self.key_path.exists():
            if self.segments():
                raise AuditError(
                    f"The key of the audit trail, {self.key_path}, is missing.",
                    "Restore it from a backup, or move the audit folder and its anchor away to begin a new trail.",
                )
            with atomic_write(self.key_path) as file:
                file.write(secrets.token_hex(32) + "\n")
        try:
            key = bytes.fromhex(self.key_path.read_text(encoding="ascii").strip())
        except (ValueError, UnicodeDecodeError):
            key = b""
        if len(key) < 32:
            raise AuditError(f"{self.key_path} holds no key of 64 hex digits.", "Restore it from a backup.")
        return key

    def _append(self, operation: str, details: dict[str, Any], key: bytes) -> Entry:
        segment, last, fragment = self._tail()
        anchor = read_anchor(self.anchor_path)
        pending = [(operation, details)]
        if lost := _lost(last, anchor, key):
            pending.insert(0, ("audit.break", lost))
        if fragment:
            pending.insert(0, ("audit.recovered", {"bytes": len(fragment), "sha256": sha256_bytes(fragment)}))
        # After a loss the numbers go on behind the last one known, so that the gap stays in sight.
        seq = max(last.seq if last else 0, anchor.seq if anchor and anchor.is_genuine(key) else 0)
        prev = last.hash if last else FIRST
        for name, content in pending:
            seq += 1
            entry = Entry.create(seq, name, content, prev, key)
            _write(segment, entry)
            prev = entry.hash
        write_anchor(self.anchor_path, Anchor.of(entry, key))
        if segment.stat().st_size >= self.segment_bytes:
            self._seal(segment, entry, key)
        return entry

    def _seal(self, segment: Path, last: Entry, key: bytes) -> None:
        details = {"segment": int(segment.stem), "entries": segment.read_bytes().count(b"\n")}
        seal = Entry.create(last.seq + 1, "audit.seal", details, last.hash, key)
        _write(segment, seal)
        write_anchor(self.anchor_path, Anchor.of(seal, key))

    def _tail(self) -> tuple[Path, Entry | None, bytes]:
        """Return the segment to write to, the last entry, and the half line that a killed process left (cut off)."""
        segments = self.segments()
        fragment = b""
        for segment in reversed(segments):
            last, rest = _last_line(segment)
            if rest:
                fragment = rest
                os.truncate(segment, segment.stat().st_size - len(rest))
            if last is None:
                continue  # nothing but a half line in it
            entry = read_entry(last)
            if entry is None:
                raise AuditError(
                    f"The last line of {segment} is no audit entry.",
                    "Run `medlfm audit verify`; move the folder and its anchor away to begin a new trail.",
                )
            sealed = entry.operation == "audit.seal"
            return self._segment(int(segment.stem) + 1) if sealed else segments[-1], entry, fragment
        return segments[-1] if segments else self._segment(1), None, fragment

    def _segment(self, number: int) -> Path:
        return self.folder / f"{number:06d}.jsonl"


def _lost(last: Entry | None, anchor: Anchor | None, key: bytes) -> dict[str, Any] | None:
    """Describe what the anchor knows and the trail doesn't hold any more; None where they agree."""
    found = last.seq if last else 0
    if anchor is None:
        # A process killed after the first line of all, before the first anchor, loses nothing.
        return {"anchor": "missing", "found_seq": found} if found > 1 else None
    if not anchor.is_genuine(key):
        return {"anchor": "forged", "found_seq": found}
    if anchor.seq > found or (last is not None and anchor.seq == found and anchor.hash != last.hash):
        return {"anchor": "ahead", "anchor_seq": anchor.seq, "anchor_hash": anchor.hash, "found_seq": found}
    return None


def _write(segment: Path, entry: Entry) -> None:
    line = entry.line()
    if len(line) > _LONGEST_LINE:
        raise AuditError(f"An audit entry has {len(line)} bytes; {_LONGEST_LINE} are allowed.", "Write a hash instead.")
    handle = os.open(segment, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        written = os.write(handle, line)
        if written != len(line):
            raise OSError(28, "No space left on device")
        os.fsync(handle)
    finally:
        os.close(handle)


def _last_line(segment: Path) -> tuple[bytes | None, bytes]:
    """Return the last complete line (None: there is none) and what follows it."""
    with segment.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - 3 * _LONGEST_LINE))
        *lines, rest = file.read().split(b"\n")
    return (lines[-1] if lines else None), rest


def _cannot_write(folder: Path, reason: str) -> AuditError:
    return AuditError(
        f"Can't write the audit trail in {folder}: {reason}.",
        "Nothing is done without it: free some space, or make MEDLFM_HOME a folder that you may write to.",
    )
