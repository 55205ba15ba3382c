"""What the user names, files and folders, becomes sources: files of one corpus, read in a fixed order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from medlfm.errors import RecordError
from medlfm.records.cards import CARD_NAME, Card, card_for, claimed, make_card, read_card
from medlfm.records.documents.notes import known_of_row
from medlfm.records.fields import BadRecordError, make_record
from medlfm.records.readers import SUFFIXES, Raw, Reject, format_of, read_raw
from medlfm.records.types import Note, Record
from medlfm.settings import LANGUAGES

__all__ = ["Located", "Source", "find_sources", "read_located", "read_records"]


@dataclass(frozen=True)
class Source:
    """The files of one corpus, under the path that the user named."""

    card: Card
    files: tuple[Path, ...]


@dataclass(frozen=True)
class Located:
    """A record and where it was read."""

    record: Record
    file: Path
    line: int


def find_sources(paths: Iterable[str | Path], *, default: Card | None = None) -> list[Source]:
    """Resolve files and folders; `default` is the card of what no `corpus.toml` claims.

    A folder is walked: where a `corpus.toml` stands, its `files` are read and nothing else below it, elsewhere every
    file of a known format. Hidden files and folders are left out. Raises RecordError for a path that isn't there, an
    unknown format and a folder without data.
    """
    default = default or make_card()
    found: dict[str, tuple[Card, list[Path]]] = {}
    for given in paths:
        path = Path(given)
        if path.is_dir():
            pieces = list(_walk(path, default))
            if not pieces:
                raise RecordError(f"The folder {path} holds no data file.", f"Formats: {', '.join(SUFFIXES)}, .gz.")
        elif path.is_file():
            if not format_of(path):
                raise RecordError(f"{path} is of no known format.", f"Formats: {', '.join(SUFFIXES)}, .gz.")
            claim = card_for(path)
            pieces = [(claim[0] if claim else default, path)]
        else:
            raise RecordError(f"There is no file or folder {path}.", "Check the path.")
        for card, file in pieces:
            known, files = found.setdefault(card.name, (card, []))
            if known != card:
                raise RecordError(f"Two different corpora are named {card.name!r}.", "Rename one in its corpus.toml.")
            if file.resolve() not in {other.resolve() for other in files}:
                files.append(file)
    if not found:
        raise RecordError("There is nothing to read.", "Name at least one file or folder.")
    return [Source(card, tuple(files)) for card, files in found.values()]


def _walk(folder: Path, default: Card) -> Iterator[tuple[Card, Path]]:
    if (folder / CARD_NAME).is_file():
        card = read_card(folder / CARD_NAME)
        yield from ((card, path) for path in claimed(card, folder))
        return
    for path in sorted(folder.iterdir(), key=lambda path: path.name):
        if path.name.startswith("."):
            continue
        if path.is_dir() and not path.is_symlink():
            yield from _walk(path, default)
        elif path.is_file() and format_of(path):
            claim = card_for(path)
            yield (claim[0] if claim else default), path


def read_located(
    source: Source, *, on_reject: Callable[[Reject], None], lang: str = "", encoding: str = ""
) -> Iterator[Located]:
    """Read all records of a source, in the order of its files; what can't be used goes to `on_reject`.

    lang: of records that name none; where it is empty, a name like `notes.de.jsonl` says it, else it is detected.
    """
    for file in source.files:
        spoken = lang or next((part for part in file.name.split(".")[1:-1] if part in LANGUAGES), "")
        for raw in read_raw(file, encoding=encoding):
            if raw.reason:
                on_reject(Reject(file, raw.line, raw.reason))
                continue
            try:
                record = make_record(raw.value, default_id=f"{file.name}:{raw.line}", lang=spoken)
            except BadRecordError as error:
                on_reject(Reject(file, raw.line, error.reason))
            else:
                yield Located(_informed(record, raw), file, raw.line)


def _informed(record: Record, raw: Raw) -> Record:
    """Add what is known of the patient to a note."""
    known = raw.known or (known_of_row(raw.value) if isinstance(raw.value, Mapping) else {})
    if not known or not isinstance(record, Note):
        return record
    return replace(record, known=tuple((label, tuple(values)) for label, values in known.items()))


def read_records(
    paths: Iterable[str | Path],
    *,
    on_reject: Callable[[Reject], None] | None = None,
    lang: str = "",
    encoding: str = "",
) -> Iterator[Record]:
    """Read the records of files and folders; `lang` is that of records which name none (empty: detected).

    Without `on_reject`, the first broken record raises RecordError with its file and line.
    """
    for source in find_sources(paths):
        for located in read_located(source, on_reject=on_reject or stop_at, lang=lang, encoding=encoding):
            yield located.record


def stop_at(reject: Reject) -> None:
    """Raise RecordError for a reject: what `--strict` does."""
    hint = {
        "encoding": "It is not UTF-8: name its encoding, e.g. --encoding cp1252.",
        "language": "English and German are read; --lang says which where it can't be told.",
        "missing_columns": "See docs/formats/records.md for the names that are understood.",
        "empty_file": "There is nothing in it: leave it out.",
        "pdf_without_text": "It holds pictures of text: recognise the text first (OCR).",
        "xml_kind": "It is XML, but no CDA document.",
    }.get(reject.reason, "Correct it, or run without --strict to leave it out.")
    where = f"{reject.file}, line {reject.line}" if reject.line else str(reject.file)
    raise RecordError(f"{where}: {reject.reason}.", hint)
