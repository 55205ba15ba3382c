"""Which words a misspelt word may have been meant for."""

from __future__ import annotations

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medlfm.matching.typos import Typos, distance_of

WORDS = ("prednison", "prednisolon", "hypertension", "hypotension", "amlodipin", "fieber", "lungenembolie", "ödem")
TYPOS = Typos(WORDS, lambda word: 0 if len(word) < 5 else 1 if len(word) < 11 else 2)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("fiber", [("fieber", 1)]),
        ("fieeber", [("fieber", 1)]),
        ("fieder", [("fieber", 1)]),
        ("fiebre", [("fieber", 1)]),
        ("ifeber", [("fieber", 1)]),
        ("fieber", [("fieber", 0)]),
        ("lugnenembollie", [("lungenembolie", 2)]),
        ("ulngenemboli", [("lungenembolie", 2)]),
        ("prednisoln", [("prednisolon", 1), ("prednison", 1)]),
    ],
)
def test_a_word_within_reach_is_found_with_its_edits(written: str, meant: list[tuple[str, int]]) -> None:
    assert sorted(TYPOS.near(written)) == meant


@pytest.mark.parametrize(
    "written",
    ["fibr", "ieber", "wieber", "lungenmbli", "hypotensionsxy", "hypertenisonabc", "odem", "x" * 5000],
)
def test_a_word_out_of_reach_is_not(written: str) -> None:
    assert TYPOS.near(written) == ()


def test_opposites_are_no_typing_errors() -> None:
    assert [word for word, _ in TYPOS.near("hypertensio")] == ["hypertension"]


def test_it_survives_a_pickle() -> None:
    assert pickle.loads(pickle.dumps(TYPOS)).near("fiber") == TYPOS.near("fiber")


@given(st.text("abc", max_size=7), st.text("abc", max_size=7))
def test_edits_are_counted_up_to_a_limit(left: str, right: str) -> None:
    exact = _edits(left, right)
    for most in (0, 1, 2):
        assert distance_of(left, right, most) == min(exact, most + 1)


def _edits(left: str, right: str) -> int:
    """Optimal string alignment by its definition."""
    rows = [[i + j if not i * j else 0 for j in range(len(right) + 1)] for i in range(len(left) + 1)]
    for i, a in enumerate(left, start=1):
        for j, b in enumerate(right, start=1):
            rows[i][j] = min(rows[i - 1][j] + 1, rows[i][j - 1] + 1, rows[i - 1][j - 1] + (a != b))
            if i > 1 and j > 1 and left[i - 2 : i] == right[j - 2 : j][::-1]:
                rows[i][j] = min(rows[i][j], rows[i - 2][j - 2] + 1)
    return rows[-1][-1]


@given(st.sampled_from(WORDS), st.lists(st.tuples(st.integers(0, 20), st.sampled_from("aeinrstß")), max_size=3))
def test_all_words_within_reach_are_found(word: str, edits: list[tuple[int, str]]) -> None:
    for place, letter in edits:
        at = 1 + place % len(word)
        word = word[:at] + letter + word[at + place % 2 :]
    near = dict(TYPOS.near(word))
    for other in WORDS:
        reach = 0 if len(other) < 5 else 1 if len(other) < 11 else 2
        if other[0] == word[0] and {other[:4], word[:4]} != {"hype", "hypo"} and reach:
            assert (other in near) == (_edits(word, other) <= reach)
