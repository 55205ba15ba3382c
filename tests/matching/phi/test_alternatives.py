"""Many phrases become one regex, which finds what each of them finds."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medlfm.matching.phi.alternatives import alternatives


@pytest.mark.parametrize(
    ("phrases", "text", "found"),
    [
        ({"arzt", "arzthelfer"}, "arzthelfer", "arzthelfer"),
        ({"arzt", "arzthelfer"}, "arzthilfe", "arzt"),
        ({"in absprache"}, "in-absprache", "in-absprache"),
        ({"grüsse"}, "grüße", "grüße"),
        ({"i.a."}, "ixax", None),
        ({"s", "ss", "sa", "s."}, "ss", "ss"),
        (set(), "", None),
    ],
)
def test_the_longest_phrase_is_found(phrases: set[str], text: str, found: str | None) -> None:
    match = re.match(alternatives(phrases), text)
    assert (match and match[0]) == found


@given(st.sets(st.text(alphabet="abs. ", min_size=1, max_size=5), min_size=1, max_size=6), st.text("abs. ", max_size=8))
def test_they_find_what_one_after_the_other_finds(phrases: set[str], text: str) -> None:
    listed = "|".join(
        re.escape(phrase).replace(r"\ ", "[ -]")
        for phrase in sorted(phrases, key=lambda phrase: (-len(phrase), phrase))
    )
    one, other = re.match(alternatives(phrases), text), re.match(listed, text)
    assert (one and one.span()) == (other and other.span())
