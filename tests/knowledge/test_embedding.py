"""Word pieces and their vectors."""

from __future__ import annotations

import numpy as np
import pytest

from medlfm.knowledge.embedding import embed, piece_vectors
from medlfm.knowledge.pieces import Pieces


def test_the_most_probable_pieces_are_cut() -> None:
    pieces = Pieces(["<s>", "<pad>", "</s>", "<unk>", "▁heart", "▁he", "art", "▁"], [0, 0, 0, 0, -5, -4, -4, -3], {})
    assert pieces.encode("heart") == [0, 4, 2]
    assert pieces.encode("he") == [0, 5, 2]
    assert pieces.encode("§") == [0, 7, 3, 2]
    assert pieces.encode("") == [0, 7, 2]


@pytest.mark.parametrize("text", ["Herzinfarkt mit Übelkeit", "a  b", "x" * 5000, "😀", "\n"])
def test_any_text_has_places(text: str) -> None:
    places = piece_vectors().places(text)
    assert places[0] == 0
    assert places[-1] == 2
    assert max(places) < len(piece_vectors().vectors)


def test_like_texts_are_near_in_both_languages() -> None:
    found = embed(["heart attack symptoms", "Symptome Herzinfarkt", "a stone in the kidney"])
    assert found.dtype == np.float32
    assert np.allclose(np.linalg.norm(found, axis=1), 1, atol=1e-5)
    assert found[0] @ found[1] > found[0] @ found[2]


def test_an_empty_text_is_near_nothing() -> None:
    assert not embed([""]).any()
    assert embed([]).shape[0] == 0
