"""Checking a trail: every line, the chain, the seals, the anchor."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from medlfm.audit.anchor import Anchor
from medlfm.audit.entry import FIRST, Entry, read_entry

__all__ = ["Verification", "verify"]


@dataclass(frozen=True)
class Verification:
    """`problems` are lines for a person; empty exactly where `ok`."""

    ok: bool
    entries: int
    segments: int
    problems: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        return {**asdict(self), "problems": list(self.problems)}


@dataclass
class _Walk:
    """Where the walk through the trail stands: what the next entry must continue."""

    seq: int = 0
    hash: str = FIRST
    entries: int = 0
    hashes: dict[int, str] = field(default_factory=dict)


def verify(segments: Sequence[Path], key: bytes | None, anchor: Anchor | None) -> Verification:
    """Check the segments, which are in order; without a key the trail can't be trusted, which is a problem."""
    walk = _Walk()
    problems: list[str] = []
    if key is None and segments:
        problems.append("the key is missing: signatures can't be checked")
    for position, segment in enumerate(segments, start=1):
        if int(segment.stem) != position:
            problems.append(f"{segment.name}: segment {position} is missing")
        problems += _segment_problems(segment, walk, key, last=position == len(segments))
    problems += _anchor_problems(walk, key, anchor)
    return Verification(not problems, walk.entries, len(segments), tuple(problems))


def _segment_problems(segment: Path, walk: _Walk, key: bytes | None, *, last: bool) -> Iterator[str]:
    count = 0
    entry: Entry | None = None
    with segment.open("rb") as file:
        for number, line in enumerate(file, start=1):
            where = f"{segment.name}:{number}"
            if not line.endswith(b"\n"):
                yield f"{where}: half a line; the process that wrote it was stopped (the next entry will note it)"
                return
            entry = read_entry(line)
            if entry is None:
                yield f"{where}: no audit entry, or not in its canonical form"
                continue
            yield from (f"{where}: {problem}" for problem in _entry_problems(entry, walk, key, count))
            walk.seq, walk.hash = entry.seq, entry.hash
            walk.hashes[entry.seq] = entry.hash
            walk.entries += 1
            count += 1
    if not last and (entry is None or entry.operation != "audit.seal"):
        yield f"{segment.name}: the segment is not sealed, so lines at its end may be missing"


def _entry_problems(entry: Entry, walk: _Walk, key: bytes | None, count: int) -> Iterator[str]:
    if key is not None and not entry.is_genuine(key):
        yield f"entry {entry.seq} was changed, or signed with another key"
    if entry.prev != walk.hash:
        yield f"entry {entry.seq} does not follow entry {walk.seq}: something between them was changed or removed"
    elif entry.seq != walk.seq + 1 and entry.operation != "audit.break":
        yield f"entry {entry.seq} follows entry {walk.seq}: numbers are missing"
    if entry.operation == "audit.break":
        yield f"entry {entry.seq} notes that entries after {entry.details.get('found_seq')} had been lost by then"
    if entry.operation == "audit.seal" and entry.details.get("entries") != count:
        yield f"the seal counts {entry.details.get('entries')} entries, but {count} are there"


def _anchor_problems(walk: _Walk, key: bytes | None, anchor: Anchor | None) -> Iterator[str]:
    if anchor is None:
        if walk.entries > 1:
            yield "the anchor is missing: a tail that was cut off would not be noticed"
    elif key is not None and not anchor.is_genuine(key):
        yield "the anchor was changed, or signed with another key"
    elif anchor.seq > walk.seq:
        yield f"the anchor names entry {anchor.seq}, but the trail ends with {walk.seq}: its tail is missing"
    elif walk.hashes.get(anchor.seq) != anchor.hash:
        yield f"entry {anchor.seq} is not the one that the anchor names"
