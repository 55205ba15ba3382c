from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medlfm.errors import SettingsError
from medlfm.records.splits import Groups, balanced, check_shares, split_of

SHARES = (0.8, 0.1, 0.1)


def test_shares_hold_on_average_and_the_seed_moves_groups() -> None:
    counts = Counter(split_of(f"group {number}", 0, SHARES) for number in range(10_000))
    assert abs(counts["train"] - 8000) < 200
    assert abs(counts["validation"] - 1000) < 150
    moved = sum(split_of(f"g{n}", 0, SHARES) != split_of(f"g{n}", 1, SHARES) for n in range(1000))
    assert 200 < moved < 500


def test_a_share_of_nothing_gets_nothing() -> None:
    assert {split_of(f"g{n}", 0, (1, 0, 0)) for n in range(1000)} == {"train"}
    assert {split_of(f"g{n}", 0, (0, 0, 1)) for n in range(1000)} == {"test"}
    assert {split_of(f"g{n}", 0, (0.5, 0.5, 0)) for n in range(1000)} == {"train", "validation"}


@pytest.mark.parametrize("shares", [(0.8, 0.2), (0.8, 0.1, 0.2), (1.1, -0.1, 0), (1, 0, 0, 0)])
def test_wrong_shares_are_refused(shares: tuple[float, ...]) -> None:
    with pytest.raises(SettingsError, match="sum to 1"):
        check_shares(shares)


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20))), st.randoms(use_true_random=False))
def test_joining_is_the_same_in_any_order(pairs: list[tuple[int, int]], order: object) -> None:
    def joined(items: list[tuple[int, int]]) -> list[str]:
        groups = Groups()
        for one, other in items:
            groups.join(f"{one:02}", f"{other:02}")
        return [groups.find(f"{number:02}") for number in range(21)]

    mixed = list(pairs)
    order.shuffle(mixed)  # type: ignore[attr-defined]
    found = joined(pairs)
    assert found == joined(mixed)
    assert all(name <= f"{number:02}" for number, name in enumerate(found))
    assert all(found[one] == found[other] for one, other in pairs)


def test_balancing_cuts_all_to_the_smallest_specialty_of_some_size() -> None:
    sizes = {"cardiology": 200, "": 300, "neurology": 50, "radiology": 5}
    rows = [(f"{name}-{number}", name) for name, size in sizes.items() for number in range(size)]
    kept = balanced(rows, seed=0)
    assert Counter(name for key, name in rows if key in kept) == {
        "cardiology": 50,
        "": 50,
        "neurology": 50,
        "radiology": 5,
    }
    assert kept == balanced(reversed(rows), seed=0)
    assert kept != balanced(rows, seed=1)
