"""The word lists of the templates: templates/words.txt, `name: a | b | c` a line, those of one language `lang.name`."""

from __future__ import annotations

from pathlib import Path

__all__ = ["LISTS"]


def _read() -> dict[str, list[str]]:
    lines = (Path(__file__).parent / "templates" / "words.txt").read_text(encoding="utf-8").splitlines()
    pairs = (line.partition(": ") for line in lines if line.strip())
    return {name: [value.strip() for value in values.split("|") if value.strip()] for name, _, values in pairs}


LISTS = _read()
