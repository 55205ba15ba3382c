"""The routing questions that the plugin packages ship: told apart, and read by a second reader."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
QUESTIONS = sorted((ROOT / "plugins").glob("*/*/routing.jsonl"))
REVIEWS = sorted((ROOT / "plugins").glob("review*.jsonl"))


def rows(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def test_no_question_is_asked_twice_but_where_a_near_miss_names_its_owner() -> None:
    background = ROOT / "medlfm" / "experts" / "background.jsonl"
    owned = [row for file in QUESTIONS for row in rows(file) if row["match"]] + rows(background)
    counts = Counter(row["text"].lower() for row in owned if "text" in row)
    assert not [text for text, count in counts.items() if count > 1]


@pytest.mark.parametrize("file", REVIEWS, ids=lambda file: file.stem)
def test_a_finding_of_the_second_reader_says_what_was_done(file: Path) -> None:
    *findings, summary = rows(file)
    changed = [row for row in findings if not row["change"].startswith("kept")]
    assert all(row["id"] and row["finding"] and row["change"] for row in findings)
    assert (summary["id"], summary["findings"], summary["changed"]) == ("summary", len(findings), len(changed))


def test_every_shipped_question_was_read_by_the_second_reader() -> None:
    read = sum(rows(file)[-1]["rows_read"] for file in REVIEWS)
    assert read >= sum(len(rows(file)) for file in QUESTIONS)
