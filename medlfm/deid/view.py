"""The side-by-side view: what stood in the texts and what stands there now, for the eyes of whoever may see PHI."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

from medlfm.files import atomic_write

__all__ = ["write_view"]


def write_view(path: Path, views: Iterable[dict[str, Any]], names: Sequence[str], total: int) -> None:
    """Write a page of its own (no scripts, nothing fetched) with both texts of each document, readable by its owner."""
    from jinja2 import Environment

    template = (files("medlfm") / "deid" / "view.html.j2").read_text(encoding="utf-8")
    documents = [_document(view, names) for view in views]
    labels = sorted(
        {part["label"] for each in documents for text in each["texts"] for part in text["old"] if part["label"]}
    )
    page = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True).from_string(template)
    with atomic_write(path) as file:
        os.chmod(file.name, 0o600)
        file.write(page.render(documents=documents, labels=labels, total=total))
    os.chmod(path, 0o600)


def _document(view: dict[str, Any], names: Sequence[str]) -> dict[str, Any]:
    texts = []
    for text in view["texts"]:
        old = _parts(text["source"], [(s[0], s[1], s[4], s[5]) for s in text["spans"]])
        new = _parts(text["text"], [(s[2], s[3], s[4], s[5]) for s in text["spans"]])
        texts.append({"path": text["path"], "old": old, "new": new})
    return {"name": names[view["file"] - 1], "line": view["line"], "texts": texts}


def _parts(text: str, spans: Iterable[tuple[int, int, str, str]]) -> list[dict[str, str]]:
    """Cut a text at the borders of its spans."""
    parts, position = [], 0
    for start, end, label, rule in spans:
        parts.append({"text": text[position:start], "label": "", "rule": ""})
        parts.append({"text": text[start:end], "label": label, "rule": rule})
        position = end
    parts.append({"text": text[position:], "label": "", "rule": ""})
    return [part for part in parts if part["text"]]
