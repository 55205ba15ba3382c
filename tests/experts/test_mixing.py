"""Which adapters take part, and how much, by what the router found."""

from __future__ import annotations

import pytest

from medlfm.experts.mixing import mixture, soften
from medlfm.experts.router import Routing

SCORES = {"cardiology": 5.0, "neurology": 4.0, "oncology": -6.0, "radiology": -7.0}


def routing(**scores: float) -> Routing:
    ranked = sorted(scores, key=lambda name: -scores[name])
    return Routing(experts=((ranked[0], 1.0),), language="en", scores=scores)


def test_the_likelier_of_two_experts_weighs_more_and_the_others_take_a_small_part() -> None:
    gates = dict(mixture(routing(**SCORES), list(SCORES)))
    assert gates["cardiology"] > gates["neurology"] > gates["oncology"] == gates["radiology"] > 0
    assert gates["cardiology"] + gates["neurology"] < 1


def test_a_sure_routing_gives_nearly_all_to_one() -> None:
    gates = dict(mixture(routing(cardiology=14.0, neurology=-4.0, oncology=-6.0), ["cardiology", "neurology"]))
    assert gates["cardiology"] == pytest.approx(1, abs=0.01)


def test_without_an_expert_the_core_is_alone() -> None:
    nobody = Routing(experts=(), language="en", scores={"cardiology": -3.0, "neurology": -5.0})
    assert mixture(nobody, ["cardiology", "neurology"]) == ()


def test_what_an_expert_without_an_adapter_would_have_goes_to_nobody() -> None:
    everyone = dict(mixture(routing(**SCORES), list(SCORES)))
    without = dict(mixture(routing(**SCORES), ["neurology", "oncology"]))
    assert without == {name: everyone[name] for name in ("neurology", "oncology")}


def test_who_is_left_out_for_the_age_of_the_patient_takes_no_part() -> None:
    assert "pediatrics" not in dict(mixture(routing(**SCORES), [*SCORES, "pediatrics"]))


def test_a_routing_without_scores_keeps_its_weights() -> None:
    plain = Routing(experts=(("cardiology", 0.7), ("neurology", 0.3)), language="en")
    assert mixture(plain, ["cardiology", "oncology"]) == (("cardiology", 0.7),)


@pytest.mark.parametrize("most", [1, 2, 4])
def test_shares_leave_out_nobodys_part_however_many_are_kept(most: int) -> None:
    shares = soften(SCORES, 1.0, most)
    assert len(shares) == most
    assert sum(shares.values()) == pytest.approx(sum(soften(SCORES, 1.0, 4).values()))
    assert sum(shares.values()) < 1
