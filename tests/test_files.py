from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from medlfm.errors import OutputError
from medlfm.files import atomic_write, canonical_json, sha256_bytes, sha256_file


def test_a_failed_write_leaves_the_old_file_and_no_other(tmp_path: Path) -> None:
    path = tmp_path / "out.txt"
    path.write_text("old", encoding="utf-8")
    with pytest.raises(RuntimeError), atomic_write(path) as file:
        file.write("half")
        raise RuntimeError
    assert path.read_text(encoding="utf-8") == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_finished_write_replaces_the_file(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "out.txt"
    with atomic_write(path) as file:
        file.write("Ä\n")
    assert path.read_bytes() == "Ä\n".encode()
    assert sha256_file(path) == sha256_bytes("Ä\n".encode()) == hashlib.sha256("Ä\n".encode()).hexdigest()


def test_a_folder_that_cant_be_written_gets_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(OutputError, match=r"Can't write .*A file stands where"), atomic_write(tmp_path / "file" / "x"):
        pass


def test_equal_values_have_one_canonical_text() -> None:
    assert canonical_json({"b": 1, "a": "ü"}) == canonical_json({"a": "ü", "b": 1}) == '{"a":"ü","b":1}'
    with pytest.raises(ValueError, match="JSON"):
        canonical_json(float("nan"))
