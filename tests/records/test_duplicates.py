from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medlfm.records.duplicates import near_duplicates, signature, similarity

WORDS = [f"word{number}" for number in range(3000)]


def text(seed: int, words: int = 200) -> str:
    return " ".join(random.Random(seed).choices(WORDS, k=words))


def changed(source: str, every: int) -> str:
    return " ".join("other" if at % every == 0 else word for at, word in enumerate(source.split()))


@pytest.mark.parametrize(
    ("one", "other", "near"),
    [
        (text(1), text(1), True),
        (text(1), text(1).upper() + "!", True),
        (text(1), changed(text(1), 100), True),
        (text(1), f"{text(1)} one line more at the end", True),
        ("", "", True),
        ("fever", "Fever.", True),
        (text(1), changed(text(1), 8), False),
        (text(1), text(2), False),
        (text(1), text(1)[: len(text(1)) // 2], False),
        ("", "fever", False),
        ("no fever", "fever", False),
    ],
)
def test_near_duplicates_are_alike_texts_only(one: str, other: str, near: bool) -> None:
    assert bool(list(near_duplicates([(signature(one),), (signature(other),)]))) == near


@pytest.mark.parametrize(
    ("one", "other", "near"),
    [
        (("What is asthma?", text(1)), ("what is asthma", text(1)), True),
        (("What is asthma?", text(1)), ("What is asthma?", changed(text(1), 100)), True),
        (("What is asthma?", text(1)), ("What is angina?", text(1)), False),
        (("What is asthma?", text(1)), ("What is asthma?", text(2)), False),
        (("Is Troyer syndrome inherited?", text(1)), ("Is Usher syndrome inherited?", text(1)), False),
    ],
)
def test_of_questions_with_answers_both_must_be_alike(one: tuple[str, str], other: tuple[str, str], near: bool) -> None:
    marks = [(signature(question, 1), signature(answer)) for question, answer in (one, other)]
    assert bool(list(near_duplicates(marks))) == near


def test_a_note_and_a_question_are_never_duplicates() -> None:
    mark = signature(text(1))
    assert not list(near_duplicates([(mark,), (mark, mark)]))


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 60))
def test_the_estimate_is_near_the_true_similarity(seed: int, every: int) -> None:
    one = text(seed)
    other = changed(one, every)

    def shingles(source: str) -> set[tuple[str, ...]]:
        words = source.split()
        return {tuple(words[at : at + 3]) for at in range(len(words) - 2)}

    true = len(shingles(one) & shingles(other)) / len(shingles(one) | shingles(other))
    assert abs(similarity(signature(one), signature(other)) - true) < 0.2  # over four standard errors


def test_pairs_come_in_order_and_a_crowd_of_equal_texts_is_found_whole() -> None:
    marks = [(signature(text(number % 3)),) for number in range(30)]
    pairs = list(near_duplicates(marks))
    assert pairs == sorted(pairs, key=lambda pair: (pair[1], pair[0]))
    assert {other for _, other in pairs} == set(range(3, 30))
