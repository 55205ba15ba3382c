from __future__ import annotations

from pathlib import Path

import pytest
import spacy
from hypothesis import given
from hypothesis import strategies as st

from medlfm.matching.phi.tokens import UNKNOWN, PhiTokenizer, WordList, split_tokens

WORDS = WordList({"anna": "c2F", "leber": "c3LP", "frau": "c3C", "kam": "l3", "muster": "m2L"})


@pytest.fixture(scope="module")
def tokenizer() -> PhiTokenizer:
    return PhiTokenizer(spacy.blank("de").vocab, WORDS)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Fall A-203", ["Fall", "A", "-", "203"]),
        ("geb.3.4.20", ["geb", ".", "3", ".", "4", ".", "20"]),
        ("a\r\nb", ["a", "\r\n", "b"]),
        ("a  b", ["a", "  ", "b"]),
        ("x_y", ["x", "_", "y"]),
        ("Müller's", ["Müller", "'", "s"]),
    ],
)
def test_letters_digits_signs_and_line_breaks_are_tokens(text: str, wanted: list[str]) -> None:
    assert split_tokens(text)[0] == wanted


@given(st.text(max_size=60))
def test_no_character_is_lost(text: str) -> None:
    words, spaces = split_tokens(text)
    assert "".join(word + " " * space for word, space in zip(words, spaces, strict=True)) == text


def test_digits_have_a_common_form_and_words_the_lists_they_stand_in(tokenizer: PhiTokenizer) -> None:
    doc = tokenizer("Anna kam 2020 Qxyz")
    assert [token.norm_ for token in doc] == ["anna", "kam", "####", "qxyz"]
    assert [token.tag_ for token in doc] == ["c2F", "l3", "s", UNKNOWN]


def test_a_word_is_told_of_cues_near_and_elsewhere(tokenizer: PhiTokenizer) -> None:
    doc = tokenizer("Frau Leber kam. Es ging weiter und die Leber war weich.")
    first, second = (token for token in doc if token.text == "Leber")
    assert first.lemma_ == "ncr"
    assert second.lemma_ == "-cr"


def test_the_words_travel_with_it(tokenizer: PhiTokenizer, tmp_path: Path) -> None:
    tokenizer.to_disk(tmp_path / "words")
    vocab = spacy.blank("de").vocab
    for again in (
        PhiTokenizer(vocab, WordList({})).from_disk(tmp_path / "words"),
        PhiTokenizer(vocab, WordList({})).from_bytes(tokenizer.to_bytes()),
    ):
        assert again.words.codes == WORDS.codes
        assert again.words.cues == {"frau"}
