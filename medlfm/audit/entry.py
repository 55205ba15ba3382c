"""One line of the trail: how it is hashed, signed, written and read."""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from medlfm.files import canonical_json, sha256_bytes

__all__ = ["FIRST", "Entry", "now", "read_entry", "sign"]

FIRST = "0" * 64  # what the first entry of a trail names as the hash before it


@dataclass(frozen=True)
class Entry:
    """`seq` counts from 1; `time` is UTC in ISO format with milliseconds; hashes are 64 hex digits."""

    seq: int
    time: str
    operation: str
    details: dict[str, Any]
    prev: str
    hash: str
    mac: str

    @classmethod
    def create(cls, seq: int, operation: str, details: dict[str, Any], prev: str, key: bytes) -> Entry:
        """Hash and sign a new entry of this moment."""
        body = {"seq": seq, "time": now(), "operation": operation, "details": details, "prev": prev}
        data = canonical_json(body).encode()
        return cls(**body, hash=sha256_bytes(data), mac=sign(data, key))  # type: ignore[arg-type]

    @property
    def id(self) -> str:
        """Name the entry for an answer, a manifest or a report: its number and the start of its hash."""
        return f"{self.seq}-{self.hash[:16]}"

    @property
    def body(self) -> bytes:
        """The bytes that are hashed and signed."""
        fields = self.to_dict()
        del fields["hash"], fields["mac"]
        return canonical_json(fields).encode()

    def line(self) -> bytes:
        return (canonical_json(self.to_dict()) + "\n").encode()

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    def is_genuine(self, key: bytes) -> bool:
        """Tell whether hash and signature fit the content."""
        body = self.body
        return self.hash == sha256_bytes(body) and hmac.compare_digest(self.mac, sign(body, key))


def sign(data: bytes, key: bytes) -> str:
    """Return the HMAC-SHA256, 64 hex digits."""
    return hmac.new(key, data, hashlib.sha256).hexdigest()


def now() -> str:
    """Return this moment, e.g. 2026-11-24T07:32:17.825Z."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def read_entry(line: bytes) -> Entry | None:
    """Parse a line; None where it is not an entry in its one canonical form."""
    try:
        entry = Entry(**json.loads(line))
        return entry if isinstance(entry.seq, int) and entry.line().rstrip(b"\n") == line.rstrip(b"\n") else None
    except (ValueError, TypeError):
        return None
