"""The tokenizer with a memory makes spaCy's tokens."""

from __future__ import annotations

import pickle

import pytest
import spacy

from medlfm.matching.tokens import RememberingTokenizer

TEXTS = (
    "Pt's BP 120/80 at 8a.m., can't sleep (since 3.4.), e.g. w/o O2-therapy... fever,chills",
    "Z.n. Pneumonie, z.B. 2x/Tag 5mg p.o.; v.a. ausgeprägte\tÖdeme\n\n  bds. (re>li) s. https://example.org/a?b=1 ",
    "",
    " ",
    "\n",
    "a  b\u00a0c 'tis I'm don't U.S. 10km 5€ :) Dr. Müller-Lüdenscheidt's",
)


@pytest.mark.parametrize("lang", ["en", "de"])
def test_its_tokens_are_spacys_at_each_time_of_reading(lang: str) -> None:
    plain = spacy.blank(lang).tokenizer
    remembering = RememberingTokenizer.like(spacy.blank(lang).tokenizer)
    for text in TEXTS * 2:
        wanted, doc = plain(text), remembering(text)
        assert doc.text == text
        assert [(token.text, token.whitespace_, token.norm_) for token in doc] == [
            (token.text, token.whitespace_, token.norm_) for token in wanted
        ]


def test_a_special_case_that_comes_later_counts() -> None:
    tokenizer = RememberingTokenizer.like(spacy.blank("en").tokenizer)
    assert [token.text for token in tokenizer("b.i.d.")] != ["b.i.", "d."]
    tokenizer.add_special_case("b.i.d.", [{"ORTH": "b.i."}, {"ORTH": "d."}])
    assert [token.text for token in tokenizer("b.i.d.")] == ["b.i.", "d."]


def test_it_survives_a_pickle() -> None:
    tokenizer = RememberingTokenizer.like(spacy.blank("de").tokenizer)
    again = pickle.loads(pickle.dumps(tokenizer))
    assert [token.text for token in again(TEXTS[1])] == [token.text for token in tokenizer(TEXTS[1])]
