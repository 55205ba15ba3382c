"""Corpus cards: what a corpus is, whose it is and what it may be used for, in a `corpus.toml` beside its files.

```toml
name = "starter-notes"            # a-z, 0-9, - ; stands in every prepared row
title = "Fictitious clinical notes"
version = "1"
licence = "Apache-2.0"            # SPDX
attribution = "The medlfm authors"
url = ""
level = "starter"                 # or "reference": a document with source, date and licence
languages = ["en", "de"]
uses = ["training", "evidence", "measuring"]
files = ["notes.*.jsonl"]         # what of the folder is data; patterns are allowed
```
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from medlfm.errors import RecordError
from medlfm.settings import LANGUAGES

__all__ = ["CARD_NAME", "LEVELS", "USES", "Card", "card_for", "make_card", "read_card"]

CARD_NAME = "corpus.toml"
LEVELS = ("starter", "reference")
USES = ("training", "evidence", "measuring")


@dataclass(frozen=True, kw_only=True)
class Card:
    """One corpus; the keys of `corpus.toml`. Rows without a licence are prepared, and refused by `train`."""

    name: str = "unnamed"
    title: str = ""
    version: str = ""
    licence: str = ""
    attribution: str = ""
    url: str = ""
    level: str = ""
    languages: tuple[str, ...] = ()
    uses: tuple[str, ...] = ()
    files: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data."""
        return {key: list(value) if isinstance(value, tuple) else value for key, value in asdict(self).items()}


def make_card(source: str = "", licence: str = "", attribution: str = "") -> Card:
    """Return the card that `--source`, `--licence` and `--attribution` stand for.

    A corpus with source and licence counts as reference; without, it may be used for nothing but measuring.
    """
    name = re.sub(r"[^a-z0-9]+", "-", source.casefold()).strip("-") or "unnamed"
    whole = bool(source and licence)
    return Card(
        name=name,
        title=source,
        licence=licence,
        attribution=attribution,
        level="reference" if whole else "",
        uses=USES if whole else ("measuring",),
    )


def read_card(path: Path) -> Card:
    """Read a `corpus.toml`; raises RecordError for what is missing, unknown or of the wrong type."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise RecordError(f"The corpus card {path} can't be read: {error}.", "Correct it; it is TOML.") from error
    kinds = {item.name: type(getattr(Card, item.name)) for item in fields(Card)}
    for key, value in table.items():
        if key not in kinds:
            raise RecordError(f"The corpus card {path} has an unknown key {key!r}.", f"Allowed: {', '.join(kinds)}.")
        fits = isinstance(value, list) and all(isinstance(item, str) for item in value)
        if not (fits if kinds[key] is tuple else isinstance(value, str)):
            wanted = "a list of strings" if kinds[key] is tuple else "a string"
            raise RecordError(f"In the corpus card {path}, {key!r} is no {wanted[2:]}.", f"Make it {wanted}.")
    values: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in table.items()}
    card = Card(**values)
    _check(card, path)
    return card


def _check(card: Card, path: Path) -> None:
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", card.name) or card.name == "unnamed":
        raise RecordError(
            f"The corpus card {path} has the name {card.name!r}.", "Allowed: a-z, 0-9 and single hyphens."
        )
    for key, values, allowed in (
        ("level", (card.level,), LEVELS),
        ("languages", card.languages, LANGUAGES),
        ("uses", card.uses, USES),
    ):
        if wrong := [value for value in values if value not in allowed]:
            raise RecordError(f"The corpus card {path} has {key} {wrong[0]!r}.", f"Allowed: {', '.join(allowed)}.")
    missing = [key for key in ("title", "licence", "files") if not getattr(card, key)]
    if missing:
        raise RecordError(f"The corpus card {path} lacks {', '.join(missing)}.", "Add them.")


def card_for(path: Path) -> tuple[Card, Path] | None:
    """Find the card that claims a file: the nearest one above it, if its `files` name the file."""
    for folder in path.resolve().parents:
        place = folder / CARD_NAME
        if place.is_file():
            card = read_card(place)
            return (card, folder) if path.resolve() in claimed(card, folder) else None
    return None


def claimed(card: Card, folder: Path) -> list[Path]:
    """Return the files of a corpus, sorted by name."""
    return sorted({path.resolve() for pattern in card.files for path in folder.glob(pattern) if path.is_file()})
