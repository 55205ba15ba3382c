"""What a run over files reads, where it goes, and what tells one run from another."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from medlfm.audit import fingerprint
from medlfm.deid.finding import find_all
from medlfm.deid.process import Options
from medlfm.errors import RecordError
from medlfm.files import canonical_json
from medlfm.records.documents.items import ENDINGS, kind_of, written_ending

__all__ = ["FileSource", "find_files", "name_targets", "plan_hash"]


@dataclass(frozen=True)
class FileSource:
    """A file to read, its kind, and the file to write."""

    path: Path
    kind: str
    target: Path


def find_files(sources: Sequence[str | Path]) -> tuple[list[tuple[Path, Path, str]], list[Path]]:
    """Return (file, its place below what was named, kind) of all files, folders walked in the order of their names.

    With them, the files in folders that are of no known format. Hidden files are passed over.
    """
    found: list[tuple[Path, Path, str]] = []
    unknown: list[Path] = []
    for given in map(Path, sources):
        if given.is_dir():
            inside = [path for path in sorted(given.rglob("*")) if path.is_file() and not _hidden(path, given)]
            visible = [path for path in inside if kind_of(path)]
            found += [(path, path.relative_to(given), kind_of(path)) for path in visible]
            unknown += [path for path in inside if not kind_of(path)]
            if not visible:
                raise RecordError(f"The folder {given} holds no file of a known format.", f"Endings: {_endings()}.")
        elif given.is_file():
            if not kind_of(given):
                raise RecordError(f"{given} is of no known format.", f"Endings: {_endings()}.")
            found.append((given, Path(given.name), kind_of(given)))
        else:
            raise RecordError(f"There is no file {given}.", "Check the name.")
    return found, unknown


def _hidden(path: Path, folder: Path) -> bool:
    return any(part.startswith(".") for part in path.relative_to(folder).parts)


def _endings() -> str:
    return f"{', '.join(ENDINGS)}; of text also .gz"


def name_targets(
    found: list[tuple[Path, Path, str]], out: Path, number_files: bool, options: Options
) -> tuple[list[Path], int]:
    """Return where each file goes; a name in which PHI is found, or that is taken, becomes a number."""
    spoken = [(" ".join(re.split(r"[\W_\d]+", str(place.with_suffix("")))), options.lang) for _, place, _ in found]
    telling = (
        [True] * len(found)
        if number_files
        else [bool(each) for each in find_all(spoken, model=options.model, rules=options.rules)]
    )
    names: list[Path] = []
    taken: set[Path] = set()
    renamed = 0
    for number, ((path, place, _), tells) in enumerate(zip(found, telling, strict=True), start=1):
        name = place.with_name(written_ending(path))
        if tells or name in taken:
            name = Path(f"{number:06}{''.join(Path(written_ending(path)).suffixes[-1:])}")
            renamed += 1
        taken.add(name)
        names.append(out / name)
    return names, renamed


def plan_hash(listed: list[FileSource], options: Options, html: Path | None, log: Path | None) -> str:
    """Hash what decides the bytes of a run: files by size and time, settings, version."""
    files = []
    for source in listed:
        state = source.path.stat()
        files.append([str(source.path.resolve()), str(source.target), state.st_size, state.st_mtime_ns])
    policy = options.policy
    rules = fingerprint(Path(options.rules).read_bytes()) if options.rules else ""
    chosen = [policy.name, policy.default, dict(policy.labels), options.lang, options.patient, options.model, rules]
    chosen += [options.encoding, options.text_field, options.patient_field, list(options.keep), bool(html), bool(log)]
    key = hashlib.sha256(b"medlfm deidentify" + (options.key or b"")).hexdigest()
    return hashlib.sha256(canonical_json([files, chosen, key, version("medlfm")]).encode()).hexdigest()
