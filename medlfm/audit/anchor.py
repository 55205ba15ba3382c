"""The anchor: the last entry's number and hash, signed, in a file outside the trail's folder."""

from __future__ import annotations

import hmac
import json
from dataclasses import asdict, dataclass
from pathlib import Path

from medlfm.audit.entry import Entry, sign
from medlfm.files import atomic_write, canonical_json

__all__ = ["Anchor", "read_anchor", "write_anchor"]


@dataclass(frozen=True)
class Anchor:
    """What the trail must still hold."""

    seq: int
    hash: str
    mac: str

    @classmethod
    def of(cls, entry: Entry, key: bytes) -> Anchor:
        return cls(entry.seq, entry.hash, sign(_signed(entry.seq, entry.hash), key))

    def is_genuine(self, key: bytes) -> bool:
        return hmac.compare_digest(self.mac, sign(_signed(self.seq, self.hash), key))


def _signed(seq: int, digest: str) -> bytes:
    return f"anchor:{seq}:{digest}".encode()


def read_anchor(path: Path) -> Anchor | None:
    """Read it; None where there is no file. An unreadable one is returned as an anchor that is not genuine."""
    if not path.is_file():
        return None
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        return Anchor(int(data["seq"]), str(data["hash"]), str(data["mac"]))
    except (ValueError, TypeError, KeyError):
        return Anchor(0, "", "")


def write_anchor(path: Path, anchor: Anchor) -> None:
    """Replace it at once. Raises OutputError."""
    with atomic_write(path) as file:
        file.write(canonical_json(asdict(anchor)) + "\n")
