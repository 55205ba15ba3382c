"""Which prepared rows may be trained on: with source and licence, of a corpus that allows it, and without PHI."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from medlfm.settings import LANGUAGES

__all__ = ["Refusals", "accepted", "is_link_list"]

# answers that name pages to read and nothing else, as a part of MedQuAD's
_LINKS = re.compile(r"^These resources address|MedlinePlus Encyclopedia:.*MedlinePlus Encyclopedia:", re.DOTALL)


@dataclass
class Refusals:
    """How many rows were refused, by reason; never what they held."""

    counts: Counter[str] = field(default_factory=Counter)

    @property
    def total(self) -> int:
        return self.counts.total()

    def to_dict(self) -> dict[str, int]:
        """Return plain JSON data, the most frequent reason first."""
        return dict(self.counts.most_common())


def accepted(
    rows: Iterable[dict[str, Any]], refusals: Refusals, barred: Container[str] = ()
) -> Iterator[dict[str, Any]]:
    """Yield the rows that may be learned from, and count the others; `barred` names corpora not for training."""
    for row in rows:
        if reason := _refusal(row) or ("corpus not for training" if row["corpus"] in barred else ""):
            refusals.counts[reason] += 1
        else:
            yield row


def is_link_list(answer: str) -> bool:
    """Say whether an answer names pages to read and nothing else."""
    return bool(_LINKS.search(answer.strip()))


def _refusal(row: dict[str, Any]) -> str:
    for key in ("source", "licence"):
        if not row[key]:
            return f"no {key}"
    if row["lang"] not in LANGUAGES:
        return "language unknown"
    if is_link_list(row["answer"] or ""):
        return "list of links"
    from medlfm.deid import second_scan

    texts = (row[key] for key in ("text", "question", "answer") if row[key])
    return "PHI found" if any(list(second_scan(text, row["lang"])) for text in texts) else ""
