"""The lexicon's votes: endings, compounds, parts of words, phrases, and terms that several claim."""

from __future__ import annotations

import pytest

from medlfm.experts.lexicon import Lexicon

TERMS = {
    "heart": ["Herz", "Herzinfarkt", "cardio-", "Klappe", "heart attack", "stroke volume", "fever"],
    "kidney": ["Niere", "kidney", "-nephritis", "-karzinom-", "fever", "AV"],
    "": ["kidney beans", "Herzlich"],
}


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return Lexicon(TERMS, list(TERMS))


FOUND = [
    ("Herz", "heart"),
    ("HERZ", "heart"),
    ("Nieren", "kidney"),
    ("kidneys", "kidney"),
    ("Herzinfarktes", "heart"),
    ("cardiomyopathy", "heart"),
    ("Kardiomyopathie", "heart"),
    ("Cardiology", "heart"),
    ("glomerulonephritis", "kidney"),
    ("Nierenzellkarzinome", "kidney"),
    ("Aortenklappe", "heart"),
    ("after a heart attack", "heart"),
    ("two heart attacks", "heart"),
    ("AV fistula", "kidney"),
    ("kidney beans in the soup", ""),
    ("Herzlich willkommen", ""),
]


@pytest.mark.parametrize(("text", "owner"), FOUND)
def test_a_term_votes_for_its_owner(lexicon: Lexicon, text: str, owner: str) -> None:
    votes = dict(zip(lexicon.names, lexicon.text(text), strict=True))
    assert votes.pop(owner) > 0
    assert not any(votes.values())


NOT_FOUND = [
    "",
    "volume of a box",
    "attack",
    "discardio",
    "nephritisches",
    "have",
    "Lava",
    "Pferd",
    "stroke of luck",
    "beans",
]


@pytest.mark.parametrize("text", NOT_FOUND)
def test_other_words_vote_for_nobody(lexicon: Lexicon, text: str) -> None:
    assert not lexicon.text(text).any()


def test_a_term_that_several_claim_counts_less(lexicon: Lexicon) -> None:
    shared, own = lexicon.text("fever"), lexicon.text("Herz")
    assert shared[0] == shared[1] > 0
    assert shared.sum() < own.sum()


def test_a_place_in_the_text_belongs_to_each_vote(lexicon: Lexicon) -> None:
    text = "Nach dem heart attack: Niere?"
    assert [text[hit.start : hit.end] for hit in lexicon.hits(text)] == ["heart attack", "Niere"]
