from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medlfm.errors import OffsetError
from medlfm.matching.offsets import Edit, OffsetMap, rewrite

TEXT = st.text(alphabet="abc ÄöÜß\n😀é", max_size=40)


@st.composite
def rewrites(draw: st.DrawFn, text: str) -> list[tuple[int, int, str]]:
    borders = sorted(draw(st.lists(st.integers(0, len(text)), max_size=8)))
    pairs = zip(borders[::2], borders[1::2], strict=False)
    return [(start, end, draw(st.text(alphabet="xyz", max_size=5))) for start, end in pairs]


@given(st.data())
def test_untouched_stretches_keep_their_text(data: st.DataObject) -> None:
    source = data.draw(TEXT)
    target, offsets = rewrite(source, data.draw(rewrites(source)))
    assert offsets.target_length == len(target)
    assert offsets.source_length == len(source)
    cursor = 0
    for edit in [*offsets.edits, Edit(len(source), len(source), len(target), len(target))]:
        if cursor < edit.source_start:
            start, end = offsets.to_target(cursor, edit.source_start)
            assert target[start:end] == source[cursor : edit.source_start]
            assert offsets.to_source(start, end) == (cursor, edit.source_start)
        cursor = edit.source_end


@given(st.data())
def test_maps_compose_to_the_map_of_both_steps(data: st.DataObject) -> None:
    source = data.draw(TEXT)
    middle, first = rewrite(source, data.draw(rewrites(source)))
    target, second = rewrite(middle, data.draw(rewrites(middle)))
    both = first.then(second)
    assert (both.source_length, both.target_length) == (len(source), len(target))
    # what lies outside the edits of the composed map is the same text in source and target
    cursor = 0
    for edit in [*both.edits, Edit(len(source), len(source), len(target), len(target))]:
        shift = edit.target_start - edit.source_start
        assert source[cursor : edit.source_start] == target[cursor + shift : edit.target_start]
        cursor = edit.source_end
    # a stretch mapped in two steps lies within the one mapped at once
    start, end = sorted((data.draw(st.integers(0, len(target))), data.draw(st.integers(0, len(target)))))
    low, high = first.to_source(*second.to_source(start, end))
    wide_low, wide_high = both.to_source(start, end)
    assert wide_low <= low <= high <= wide_high or low == high


@given(st.data())
def test_the_inverse_maps_back_and_json_round_trips(data: st.DataObject) -> None:
    source = data.draw(TEXT)
    _, offsets = rewrite(source, data.draw(rewrites(source)))
    assert offsets.inverse().inverse() == offsets
    assert OffsetMap.from_json(json.loads(json.dumps(offsets.to_json()))) == offsets


def test_a_stretch_that_cuts_into_an_edit_takes_in_all_of_it() -> None:
    text, offsets = rewrite("Herr Müller kam.", [(5, 11, "[NAME]")])
    assert text == "Herr [NAME] kam."
    assert offsets.to_source(6, 8) == (5, 11)
    assert offsets.to_target(6, 14) == (5, 14)
    assert offsets.to_source(0, 5) == (0, 5)
    assert offsets.to_source(11, 15) == (11, 15)


@pytest.mark.parametrize(
    "replacements",
    [[(0, 3, "x"), (2, 4, "y")], [(3, 2, "x")], [(0, 99, "x")]],
    ids=["overlap", "backwards", "outside"],
)
def test_impossible_replacements_are_refused(replacements: list[tuple[int, int, str]]) -> None:
    with pytest.raises(OffsetError):
        rewrite("abcdef", replacements)


def test_maps_of_other_texts_and_offsets_outside_are_refused() -> None:
    with pytest.raises(OffsetError, match="don't compose"):
        OffsetMap.identity(3).then(OffsetMap.identity(4))
    with pytest.raises(OffsetError, match="outside"):
        OffsetMap.identity(3).to_source(2, 4)
