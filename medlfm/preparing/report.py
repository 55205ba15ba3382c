"""`report.html`: what a run did, for people.

One file without scripts or links to anywhere; it follows the system's light or dark mode. Whatever it shows comes
from the manifest and from rows that were written.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from importlib.resources import files
from typing import Any

from medlfm.records.prepared import SPLITS

__all__ = ["Examples", "render_report"]

_PER_KIND = 2
_LONGEST = 1400  # characters of an example
_FIELDS = ("question", "answer", "text")


class Examples:
    """Picks a few rows to show: of each kind and language the two of the most marks among a seeded sample."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._best: dict[tuple[str, str], list[tuple[tuple[int, str], str, dict[str, Any]]]] = {}

    def see(self, split: str, result: dict[str, Any]) -> None:
        """Consider a row; which ones are kept doesn't depend on their order."""
        row = result["row"]
        kinds = {mark[2] for marks in result["spans"].values() for mark in marks if mark[1] <= _LONGEST}
        drawn = hashlib.sha256(f"{self._seed}\0example\0{row['id']}".encode()).hexdigest()
        best = self._best.setdefault((row["kind"], row["lang"]), [])
        best.append(((-len(kinds), drawn), split, result))
        best.sort(key=lambda item: item[0])
        del best[_PER_KIND:]

    def chosen(self) -> list[dict[str, Any]]:
        """Return them for the template: facts about the row, and its fields as pieces (text, kind, label)."""
        examples = []
        for _, members in sorted(self._best.items()):
            for _, split, result in members:
                row = result["row"]
                fields = [(name, _pieces(row[name], result["spans"].get(name, ()))) for name in _FIELDS if row[name]]
                examples.append({"row": row, "split": split, "fields": fields})
        return examples


def _pieces(text: str, marks: Iterable[Any]) -> list[tuple[str, str, str]]:
    """Cut a text at its marks; where two overlap the first one is shown."""
    pieces = []
    at = 0
    for start, end, kind, label in sorted(tuple(mark) for mark in marks):
        if start < at or end > _LONGEST:
            continue
        pieces += [(text[at:start], "", ""), (text[start:end], kind, label)]
        at = end
    rest = text[at:] if len(text) <= _LONGEST else f"{text[at : max(at, _LONGEST)]} …"
    return [piece for piece in [*pieces, (rest, "", "")] if piece[0]]


def _bars(counts: dict[str, int], *, most: int = 24) -> list[dict[str, Any]]:
    """Turn counts into rows with a width in percent of the largest; what goes beyond `most` rows is summed up."""
    items = list(counts.items())
    if len(items) > most:
        rest = items[most - 1 :]
        items = [*items[: most - 1], (f"{len(rest)} more", sum(count for _, count in rest))]
    top = max((count for _, count in items), default=0) or 1
    return [{"name": name, "count": count, "width": round(100 * count / top, 2)} for name, count in items]


def _stacked(manifest: dict[str, Any]) -> list[dict[str, Any]]:
    """Specialties with the rows of each split side by side, widths in percent of the largest specialty."""
    totals = manifest["counts"]["by_specialty"]
    top = max(totals.values(), default=0) or 1
    return [
        {
            "name": name.replace("_", " "),
            "count": total,
            "parts": [
                (split, count, round(100 * count / top, 2))
                for split in SPLITS
                if (count := manifest["splits"][split]["by_specialty"].get(name, 0))
            ],
        }
        for name, total in totals.items()
    ]


def render_report(manifest: dict[str, Any], examples: list[dict[str, Any]]) -> str:
    """Return the page for a manifest and chosen rows."""
    from jinja2 import Environment, StrictUndefined

    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters["thousands"] = lambda number: f"{number:,}"
    template = (files("medlfm") / "preparing" / "report.html.j2").read_text(encoding="utf-8")
    counts = manifest["counts"]
    charts = [
        ("Language", _bars(counts["by_lang"])),
        ("Kind of record", _bars(counts["by_kind"])),
        ("Corpus", _bars(counts["by_corpus"])),
        ("Urgency", _bars(counts["by_urgency"])),
        ("Identifiers replaced, by label", _bars(counts["phi"]["by_label"])),
        ("Emergencies found", _bars(counts["emergencies"])),
        ("Rejected, by reason", _bars(counts["rejected_by_reason"])),
    ]
    return environment.from_string(template).render(
        manifest=manifest,
        counts=counts,
        charts=[(title, bars) for title, bars in charts if bars],
        specialties=_stacked(manifest),
        splits=[(name, manifest["splits"][name]) for name in SPLITS],
        examples=examples,
    )
