"""A small version of `benchmarks.ask_phi`: questions that name people, and where their data turn up."""

from __future__ import annotations

import pytest

pytest.importorskip("faker", reason="Faker is a dependency of development")

from benchmarks import ask_phi
from benchmarks.ask_phi import Asked, measure, questions


def test_what_identifies_somebody_reaches_no_log_no_trail_no_store() -> None:
    result, leaks = measure(44, 11)
    figures = result["metrics"]
    assert figures["questions"] == 44
    assert figures["identifiers"] > 80
    assert [figures["by_place"][name] for name in ("log", "audit", "evidence", "keys")] == [0, 0, 0, 0]
    assert figures["identifiers_leaking"] == len(leaks)
    assert figures["questions_leaking"] <= 2  # the model's share: see the results for 1,000


def test_questions_are_the_same_for_a_seed_and_of_both_languages() -> None:
    asked = list(questions(10, 3))
    assert asked == list(questions(10, 3))
    assert asked != list(questions(10, 4))
    assert [question.lang for question in asked] == ["en", "de"] * 5
    assert all(secret in question.text for question in asked for secret, _ in question.secrets)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("seen: Jo Vanterpool", True),
        ("Vanterpool was seen", True),  # a part of a name
        ("[NAME] was seen", False),
        ("vanterpools", False),
        ("What causes gout?", False),
    ],
)
def test_a_name_is_found_whole_or_in_part(text: str, found: bool) -> None:
    question = Asked("Jo Vanterpool asks: What causes gout?", "en", (("Jo Vanterpool", "NAME"),))
    assert bool(list(ask_phi._leaks(question, {"model": text}, ask_phi._words_of_ours()))) == found
