"""Scanned text is put right for the search, character by character; other text stays as it is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medlfm.matching.phi.misread import mended

SCANNED = "Pu1s 72, Stuh1 gut, Wasser1assen gut, k1ar. "


@pytest.mark.parametrize(
    ("read", "meant"),
    [("E1sie", "Elsie"), ("0tto", "Otto"), ("l7.O2.l931", "17.02.1931"), ("O571 555 l3", "0571 555 13")],
)
def test_a_sign_taken_for_another_is_put_right(read: str, meant: str) -> None:
    assert mended(SCANNED + read).endswith(meant)


@pytest.mark.parametrize("text", ["HbA1c 7.1 %", "C1inic", "Il-6 and O2 2 l/min", "T10, S1, L5"])
def test_a_text_with_few_such_signs_stays(text: str) -> None:
    assert mended(text) == text


@given(st.text(alphabet="aelnot01OIlZS ./-\n", max_size=80))
def test_the_length_stays(text: str) -> None:
    assert len(mended(text)) == len(text)
