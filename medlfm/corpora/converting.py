"""From an upstream's files to records: one JSONL file with its card and a note of where it came from.

```
OUT/medquad.jsonl       one record a line; OUT may also be the name of this file
OUT/corpus.toml         the card, so that prepare, train and evidence know licence and attribution
OUT/provenance.json     input and output hashes, revision, counts
```
"""

from __future__ import annotations

import json
import re
import tempfile
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import medlfm
from medlfm.audit import AuditTrail
from medlfm.corpora.catalogue import PROVENANCE, Corpus, corpus_home, find_corpus, upstream_of
from medlfm.corpora.upstream import Row, Upstream
from medlfm.errors import RecordError
from medlfm.files import atomic_write, canonical_json, sha256_bytes, sha256_file
from medlfm.records.cards import CARD_NAME, Card, read_card
from medlfm.records.fields import BadRecordError, make_record
from medlfm.settings import Settings, load_settings

__all__ = ["Converted", "Progress", "audited", "convert", "unpacked", "write_corpus"]

# called with (stage, done, total); total 0 where it is unknown
Progress = Callable[[str, int, int], None]

_LARGEST = 8 << 30  # bytes that an archive may unpack to: a small one that unpacks to more is an attack or a mistake


@dataclass(frozen=True, kw_only=True)
class Converted:
    """A corpus that is here as records now; `skipped` counts by reason what became none."""

    name: str
    file: Path
    records: int
    skipped: dict[str, int]
    revision: str
    sha256: str
    fresh: bool = True
    audit_id: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data."""
        return {**asdict(self), "file": str(self.file)}


def convert(
    name: str,
    source: Path,
    out: Path | None = None,
    *,
    settings: Settings | None = None,
    progress: Progress | None = None,
) -> Converted:
    """Convert a corpus from a folder, a zip of it, or one of its files, as its upstream lays them out.

    Raises RecordError with file and line where a file isn't what it should be, OutputError where `out` can't be
    written; in both cases nothing of `out` was changed.
    """
    settings = settings or load_settings()
    corpus = find_corpus(name)
    upstream_of(corpus)
    out = out or corpus_home(name, settings)
    with unpacked(source) as (place, revision):
        done = write_corpus(corpus, place, out, origin="local files", revision=revision, progress=progress)
    return audited(done, "corpora.convert", settings)


def audited(done: Converted, operation: str, settings: Settings, **more: str) -> Converted:
    """Record the operation in the audit trail and add the id of the entry."""
    details = {
        "corpus": done.name,
        "revision": done.revision,
        "records": done.records,
        "skipped": sum(done.skipped.values()),
        "sha256": done.sha256,
        **more,
    }
    return replace(done, audit_id=AuditTrail(settings.audit).append(operation, details))


def write_corpus(
    corpus: Corpus,
    place: Path,
    out: Path,
    *,
    origin: str,
    revision: str,
    archive_sha256: str = "",
    progress: Progress | None = None,
) -> Converted:
    """Write records, card and provenance of a corpus whose upstream files lie at `place`."""
    upstream = upstream_of(corpus)
    files = _files(upstream, place)
    target = out if out.suffix == ".jsonl" else out / f"{upstream.name}.jsonl"
    _check_folder(corpus.card, target.parent)
    counts: Counter[str] = Counter()
    with atomic_write(target) as output:
        for record in _records(upstream, files, counts, progress or _silent):
            output.write(json.dumps(record, ensure_ascii=False) + "\n")
        if not counts["records"]:
            raise RecordError(f"{place} holds no usable record of {upstream.name}.", _hint(upstream))
    records = counts.pop("records")
    done = Converted(
        name=upstream.name,
        file=target,
        records=records,
        skipped=dict(sorted(counts.items())),
        revision=revision,
        sha256=sha256_file(target),
    )
    with atomic_write(target.parent / CARD_NAME) as output:
        output.write(_toml(replace(corpus.card, files=(target.name,), version=revision)))
    read = {"origin": origin, "archive_sha256": archive_sha256, "input_sha256": _input_hash(files, place)}
    _write_provenance(done, read)
    return done


def _write_provenance(done: Converted, read: dict[str, str]) -> None:
    provenance = {
        "corpus": done.name,
        **read,
        "revision": done.revision,
        "file": done.file.name,
        "sha256": done.sha256,
        "records": done.records,
        "skipped": done.skipped,
        "medlfm": medlfm.__version__,
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    with atomic_write(done.file.parent / PROVENANCE) as output:
        json.dump(provenance, output, indent=2)


def _files(upstream: Upstream, place: Path) -> list[Path]:
    if place.is_file():
        return [place]
    if not place.is_dir():
        raise RecordError(f"There is no file or folder {place}.", "Check the path.")
    found = sorted({path for pattern in upstream.files for path in place.rglob(pattern) if path.is_file()})
    if not found:
        raise RecordError(f"{place} holds no file of {upstream.name}.", _hint(upstream))
    return found


def _hint(upstream: Upstream) -> str:
    return f"Looked for: {', '.join(upstream.files)}. `medlfm corpora show {upstream.name}` describes them."


def _records(
    upstream: Upstream, files: list[Path], counts: Counter[str], progress: Progress
) -> Iterator[dict[str, Any]]:
    seen: dict[str, set[str]] = {}
    for number, file in enumerate(files):
        progress("converting", number, len(files))
        for row in upstream.rows(file):
            record = _record(row, f"{upstream.name}-{file.name}-{len(seen)}")
            if isinstance(record, str):
                counts[record] += 1
                continue
            twins = seen.setdefault(record["id"], set())
            digest = sha256_bytes(canonical_json(record).encode())
            if digest in twins:
                counts["duplicate"] += 1
                continue
            if twins:  # the upstream has given an id twice
                record["id"] += f"~{len(twins) + 1}"
            twins.add(digest)
            counts["records"] += 1
            yield record
    progress("converting", len(files), len(files))


def _record(row: Row, default_id: str) -> dict[str, Any] | str:
    """Check a row as prepare will; return what of it has a value, or why it is no record."""
    if isinstance(row, str):
        return row
    try:
        record = make_record(row, default_id=default_id)
    except BadRecordError as error:
        return error.reason
    given = {key: value for key, value in asdict(record).items() if value not in ("", None, ()) and key != "known"}
    return {"kind": record.kind} | given


def _check_folder(card: Card, folder: Path) -> None:
    path = folder / CARD_NAME
    if path.is_file() and (other := read_card(path).name) != card.name:
        raise RecordError(f"{folder} holds the corpus {other!r} already.", "Give each corpus a folder of its own.")


def _toml(card: Card) -> str:
    """Write a card; JSON's strings and lists of strings are TOML's too."""
    return "".join(f"{key} = {json.dumps(value, ensure_ascii=False)}\n" for key, value in card.to_dict().items())


def _input_hash(files: list[Path], place: Path) -> str:
    """Hash names and contents of the files read, independent of where they lay."""
    names = [file.name if place.is_file() else file.relative_to(place).as_posix() for file in files]
    return sha256_bytes(
        canonical_json([[name, sha256_file(file)] for name, file in zip(names, files, strict=True)]).encode()
    )


@contextmanager
def unpacked(source: Path, workplace: Path | None = None) -> Iterator[tuple[Path, str]]:
    """Yield a folder or file to read, and the commit of a zip made by git; a zip is unpacked for as long as needed.

    `workplace` is the folder for that; by default, the system's for temporary files.
    """
    if source.suffix != ".zip":
        yield source, ""
        return
    with tempfile.TemporaryDirectory(prefix=".unpack-", dir=workplace) as folder:
        try:
            with zipfile.ZipFile(source) as archive:
                comment = archive.comment.decode("ascii", "replace")  # git archive writes the commit there
                if sum(item.file_size for item in archive.infolist()) > _LARGEST:
                    raise RecordError(
                        f"{source} would unpack to more than {_LARGEST >> 30} GiB.", "Unpack it yourself."
                    )
                archive.extractall(folder)  # it keeps to the folder, whatever the names in it say
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
            raise RecordError(f"{source} is no zip file that can be read.", "Fetch it again.") from error
        except OSError as error:
            raise RecordError(
                f"Can't unpack {source}: {error.strerror or type(error).__name__}.", "Check the path and free space."
            ) from error
        yield Path(folder), comment if re.fullmatch(r"[0-9a-f]{40}", comment) else ""


def _silent(stage: str, done: int, total: int) -> None:
    """Report nothing: library calls print nothing."""
