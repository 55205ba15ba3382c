"""The plan of a run: what is read, under which settings, and the hash that tells one run from another."""

from __future__ import annotations

import hashlib
import platform
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from medlfm.deid import load_policy
from medlfm.errors import RecordError, SettingsError
from medlfm.files import canonical_json, sha256_bytes, sha256_file
from medlfm.records import QA, Card, Located, Medication, Note, Record, Reject, Source, find_sources, read_located
from medlfm.records.readers import format_of
from medlfm.records.sources import stop_at
from medlfm.records.splits import check_shares
from medlfm.settings import LANGUAGES

__all__ = ["FORMATS", "Options", "Plan", "group_of", "make_plan"]

FORMATS = ("jsonl", "parquet")
_PACKAGE = Path(__file__).parent.parent
# what the bytes of a run depend on; the rest of the package may change without making a run stale
_ENGINE = ("components", "deid", "matching", "preparing", "records", "rules", "prepare.py", "spans.py")


@dataclass(frozen=True, kw_only=True)
class Options:
    """The settings of a run that decide its bytes; written into the manifest. The number of workers isn't one."""

    policy: str = "safe_harbor"
    lang: str = ""
    encoding: str = ""
    seed: int = 0
    split: tuple[float, float, float] = (0.8, 0.1, 0.1)
    balance: bool = False
    expand: bool = True
    route: bool = True
    format: str = "jsonl"

    def __post_init__(self) -> None:
        if self.format not in FORMATS:
            raise SettingsError(f"The format is {self.format!r}.", f"Allowed: {', '.join(FORMATS)}.")
        if self.lang and self.lang not in LANGUAGES:
            raise SettingsError(f"The language is {self.lang!r}.", f"Allowed: {', '.join(LANGUAGES)}.")
        check_shares(self.split)

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data; a policy of one's own by its name, not by its path."""
        return {**asdict(self), "split": list(self.split), "policy": load_policy(self.policy).name}


@dataclass(frozen=True)
class Plan:
    """A run before it runs: all records were read once, so it is known what will be processed."""

    options: Options
    sources: list[Source]
    inputs: list[dict[str, Any]]  # one a corpus and format: hashes and sizes, no paths (they may name a patient)
    groups: list[str]  # the group of each record, in reading order: hashes, kept in memory only
    places: list[tuple[Path, int]]  # file and line of each
    rejects: list[Reject]
    versions: dict[str, str]
    policy: dict[str, Any]
    hash: str

    def records(self) -> Iterator[tuple[Card, Record]]:
        """Read the records again, in the order of `groups`."""
        for source in self.sources:
            for located in self._read(source):
                yield source.card, located.record

    def _read(self, source: Source) -> Iterator[Located]:
        options = self.options
        return read_located(source, on_reject=lambda _: None, lang=options.lang, encoding=options.encoding)


def make_plan(paths: Sequence[str | Path], options: Options, *, default: Card, strict: bool, keyed: bytes) -> Plan:
    """Read everything once; `keyed` is the key of surrogates, whose hash makes runs under other keys differ.

    Raises RecordError where nothing can be read at all, or at the first broken record if `strict`.
    """
    sources = find_sources(paths, default=default)
    rejects: list[Reject] = []
    groups: list[str] = []
    places: list[tuple[Path, int]] = []
    for source in sources:
        reader = read_located(
            source, on_reject=stop_at if strict else rejects.append, lang=options.lang, encoding=options.encoding
        )
        for located in reader:
            groups.append(group_of(source.card, located))
            places.append((located.file, located.line))
    if not groups:
        if rejects:
            stop_at(rejects[0])
        raise RecordError("There is no record in what was named.", "Name a file or a folder that holds some.")
    inputs = [facts for source in sources for facts in _inputs(source)]
    versions = _versions(options)
    cards = [source.card.to_dict() for source in sources]
    key_hash = hashlib.sha256(b"medlfm prepare" + keyed).hexdigest() if keyed else ""
    policy = load_policy(options.policy)
    rules = {"name": policy.name, "default": policy.default, "labels": dict(policy.labels)}
    identity = sha256_bytes(canonical_json([options.to_dict(), inputs, versions, cards, rules, key_hash]).encode())
    return Plan(options, sources, inputs, groups, places, rejects, versions, rules, identity)


def group_of(card: Card, located: Located) -> str:
    """Return a hash of what must not be torn apart: the patient, else the topic or drug, else the document."""
    record = located.record
    key: tuple[str, ...]
    match record:
        case Note(patient_id=str(patient)):
            key = ("patient", card.name, patient)
        case QA(topic=topic) if topic:
            key = ("topic", _folded(topic))
        case QA():
            key = ("question", _folded(record.question))
        case Medication():
            key = ("drug", _folded(record.generic_name))
        case Note():
            key = ("document", card.name, record.text)
        case _:
            raise TypeError(type(record).__name__)
    return hashlib.sha256("\0".join(key).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _folded(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def _inputs(source: Source) -> Iterator[dict[str, Any]]:
    """Describe the files of a source; a folder of plain texts, one document each, is described as one."""
    documents = hashlib.sha256()
    count = size = 0
    for path in source.files:
        digest, length = sha256_file(path), path.stat().st_size
        if format_of(path) == "text":
            documents.update(digest.encode())
            count, size = count + 1, size + length
        else:
            yield {"corpus": source.card.name, "format": format_of(path), "sha256": digest, "bytes": length, "files": 1}
    if count:
        facts = {"format": "text", "sha256": documents.hexdigest(), "bytes": size, "files": count}
        yield {"corpus": source.card.name, **facts}


def _versions(options: Options) -> dict[str, str]:
    names = ["medlfm", "spacy", *(["pyarrow"] if options.format == "parquet" else [])]
    found = {"python": ".".join(platform.python_version_tuple()[:2]), "engine": _engine()}
    for name in names:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "0.0.0"
    if options.route:
        from medlfm.experts.registry import discover

        found["experts"] = ",".join(f"{expert.id}=={expert.version}" for expert in discover())
    return found


def _engine() -> str:
    """Hash the code and the rules that a run goes through, so that a changed rule makes a new run."""
    digest = hashlib.sha256()
    for name in _ENGINE:
        place = _PACKAGE / name
        files = sorted(place.rglob("*")) if place.is_dir() else [place]
        for path in files:
            if path.suffix in (".py", ".jsonl", ".toml", ".j2"):
                digest.update(f"{path.relative_to(_PACKAGE)}\0{sha256_file(path)}\0".encode())
    return digest.hexdigest()[:16]
