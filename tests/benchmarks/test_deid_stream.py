from __future__ import annotations

import sys

import pytest

from benchmarks.deid_stream import measure, notes


def test_generated_notes_are_always_the_same() -> None:
    assert list(notes(5)) == list(notes(5))
    assert len({note["text"] for note in notes(50)}) > 40


def test_generated_notes_differ_in_numbers_and_hold_no_markup() -> None:
    texts = [note["text"] for note in notes(50)]
    assert not any("[[" in text for text in texts)
    assert 700 < sum(map(len, texts)) / len(texts) < 1500


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_memory_and_time_of_all_processes_are_read() -> None:
    result = measure(200, model=False)
    one, two = result["runs"]["1"], result["runs"]["2"]
    assert one["replaced"] == two["replaced"] >= 200 * 4
    assert len(one["rss_mb"]) >= 2
    assert all(value > 10 for value in one["rss_mb"])
    assert max(two["rss_mb"]) > max(one["rss_mb"])
    assert two["workers_seconds"] > two["parent_seconds"]
