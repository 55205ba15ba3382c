"""Reading evidence from where it lies: prepared runs, passages in JSONL, Markdown and text files, folders of them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from medlfm.errors import EvidenceError
from medlfm.knowledge.passages import LEVELS, Passage, cut, from_markdown, from_rows
from medlfm.matching.language import detect_language
from medlfm.records.prepared import load_prepared
from medlfm.settings import LANGUAGES

__all__ = ["Origin", "read_passages"]

_TEXTS = (".md", ".markdown", ".txt")
_SPLITS = ("train", "validation", "test")


@dataclass(frozen=True, kw_only=True)
class Origin:
    """What the user says about documents that don't say it themselves."""

    source: str = ""
    licence: str = ""
    attribution: str = ""
    url: str = ""
    date: str = ""
    level: str = "reference"
    lang: str = ""
    specialty: str = ""


def read_passages(paths: Iterable[Path], origin: Origin) -> Iterator[Passage]:
    """Read passages of files and folders; a folder with a manifest is a prepared run, of which all splits are read.

    What comes from a corpus whose card doesn't allow its use as evidence is left out. Raises EvidenceError where a
    file is missing, is no text, or lacks source or licence.
    """
    for path in paths:
        if (path / "manifest.json").is_file():
            run = load_prepared(path)
            barred = run.barred("evidence")
            for split in _SPLITS:
                yield from from_rows(row for row in run.rows(split) if row["corpus"] not in barred)
        elif path.is_dir():
            inside = [item for item in sorted(path.rglob("*")) if item.suffix in (*_TEXTS, ".jsonl")]
            if not inside:
                raise EvidenceError(f"{path} holds no evidence.", "Prepared runs, .jsonl, .md and .txt are read.")
            yield from read_passages(inside, origin)
        elif path.suffix == ".jsonl":
            yield from _jsonl(path, origin)
        elif path.suffix in _TEXTS:
            yield from _document(path, origin)
        else:
            raise EvidenceError(f"{path} is no evidence that can be read.", "Prepared runs, .jsonl, .md and .txt are.")


def _jsonl(path: Path, origin: Origin) -> Iterator[Passage]:
    """Read passages, one a line, with the keys of `Passage`; the origin fills in what a line doesn't say."""
    names = {item.name for item in fields(Passage)} - {"id", "score"}
    for number, line in enumerate(_read(path).splitlines(), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            given = {key: value for key, value in row.items() if key in names and value not in (None, "")}
            title, text = str(given["title"]), str(given["text"])
        except (ValueError, KeyError, AttributeError) as error:
            raise EvidenceError(f"{path}, line {number}, is no passage.", "It needs title and text.") from error
        values = {**_given(origin), **given, "title": title, "text": text}
        values["aliases"] = tuple(values.get("aliases", ()))
        yield from cut(Passage(**_complete(values, text, f"{path}, line {number},")))


def _document(path: Path, origin: Origin) -> Iterator[Passage]:
    text = _read(path)
    values = {**_given(origin), "title": path.stem.replace("_", " ").replace("-", " "), "text": text}
    yield from from_markdown(text, Passage(**_complete(values, text, str(path))))


def _given(origin: Origin) -> dict[str, Any]:
    return {item.name: value for item in fields(origin) if (value := getattr(origin, item.name))}


def _complete(values: dict[str, Any], text: str, where: str) -> dict[str, Any]:
    for key in ("source", "licence"):
        if not values.get(key):
            raise EvidenceError(f"{where} has no {key}.", f"Say it: --{key}.")
    values["lang"] = values.get("lang") or detect_language(text)
    if values["lang"] not in LANGUAGES:
        raise EvidenceError(f"The language of {where} is unknown.", f"Say it: --lang {' or '.join(LANGUAGES)}.")
    if values.get("level", LEVELS[0]) not in LEVELS:
        raise EvidenceError(f"level is {values['level']!r}.", f"Allowed: {', '.join(LEVELS)}.")
    return values


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = "is not UTF-8" if isinstance(error, UnicodeDecodeError) else str(error.strerror).lower()
        raise EvidenceError(f"Can't read {path}: {reason}.", "Check path and encoding.") from error
