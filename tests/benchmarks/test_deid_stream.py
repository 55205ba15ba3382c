from __future__ import annotations

import sys

import pytest

from benchmarks.deid_stream import measure, notes


def test_generated_notes_are_always_the_same() -> None:
    assert list(notes(5)) == list(notes(5))
    assert len({note["text"] for note in notes(50)}) > 40


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_memory_is_read_along_the_way() -> None:
    result = measure(200, model=False)
    assert result["replaced"] >= 200 * 4
    assert len(result["rss_mb"]) >= 2
    assert all(value > 10 for value in result["rss_mb"])
