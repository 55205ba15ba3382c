"""Gates of a row by the ways that are compared, and the section that shows what they brought."""

from __future__ import annotations

from typing import Any

import pytest

from benchmarks.gates import Row, Way, mixed
from benchmarks.gates_report import render_gates
from medlfm.experts.bank import CORE
from medlfm.experts.examples import Example

NAMES = ["hearts", "airways", "nerves"]


def row(owner: str = "hearts", **scores: float) -> Row:
    return Row(Example((1, 2, 3), 1, "topic"), owner, scores or None)


@pytest.mark.parametrize(
    ("way", "scores", "gates"),
    [
        (Way("label"), {}, {"hearts": 1.0}),
        (Way("label", own=0.5, others=0.1), {}, {"hearts": 0.5, "airways": 0.1, "nerves": 0.1}),
        (Way("label", core=0.75), {}, {CORE: -0.25, "hearts": 1.0}),
        (Way("router"), {"hearts": -1.0, "airways": 4.0, "nerves": 1.0}, {"airways": 1.0}),
        (Way("router"), {"hearts": 3.0, "airways": 3.0, "nerves": 1.0}, {"hearts": 0.5, "airways": 0.5}),
    ],
)
def test_gates_follow_the_way(way: Way, scores: dict[str, float], gates: dict[str, float]) -> None:
    assert dict(mixed(way, row(**scores), NAMES)) == pytest.approx(gates)


@pytest.mark.parametrize("way", [Way("router", others=0.1), Way("soft", others=0.1)])
def test_where_nothing_fits_the_core_is_alone(way: Way) -> None:
    assert mixed(way, row(hearts=-1.0, airways=-2.0, nerves=-3.0), NAMES) == ()


def test_rows_of_nobody_get_no_expert_by_label() -> None:
    assert mixed(Way("label", others=0.1), row(owner=CORE), NAMES) == ()


def test_the_section_names_the_experts_that_a_wrong_one_beats() -> None:
    one: dict[str, Any] = {"way": "label", "mean": 2.0, "losses": {"hearts": 2.0, CORE: 1.5}}
    wrong = {"hearts": {"against_control": [-0.2, -0.1]}, "airways": {"against_control": [-0.1, 0.1]}}
    text = render_gates({"validation": [one], "held_out": [one], "wrong_expert": {"label": wrong}})
    assert "| label | 2.0000 | 1.5000 | 2.0000 | 1.5000 |" in text
    assert "for 1 of 2; not shown for airways" in text
