"""What a converter is: where a corpus comes from, which of its files hold data, and what a file's rows become."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["Row", "Upstream", "github"]

# a record as JSON data with the keys of docs/formats/records.md, or the reason why there is none (a code, no text)
Row = dict[str, Any] | str


@dataclass(frozen=True, kw_only=True)
class Upstream:
    """One outside corpus. `files` are patterns below the folder that was fetched; `rows` reads one of these files.

    `archive` is a zip that is fetched by `pull`, `revision` the commit it must be of. Where there is no such address,
    `by_hand` says how to get the files.
    """

    name: str
    files: tuple[str, ...]
    rows: Callable[[Path], Iterator[Row]]
    archive: str = ""
    revision: str = ""
    by_hand: str = ""


def github(repository: str, revision: str) -> str:
    """Return the address of a repository's files at a commit, as a zip."""
    return f"https://github.com/{repository}/archive/{revision}.zip"
