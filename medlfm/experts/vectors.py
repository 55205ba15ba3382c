"""Vectors of routing questions that a plugin ships, so that a router is fitted in seconds.

`vectors.<embedder>.npz` beside `routing.jsonl` holds "keys", the first 16 hex digits of each text's SHA-256, "values",
its vector in 8 bits, and "version", that of the embedder. Whatever isn't in it is embedded when a router is fitted.
Write them anew after a change of the questions: `python -m medlfm.experts.vectors FOLDER…`.
"""

from __future__ import annotations

import sys
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from medlfm.files import atomic_path, sha256_bytes
from medlfm.runtime.embedding import Embedder, Vectors, find_embedder

__all__ = ["embedded", "write_vectors"]

_DIGITS = 16
_LIMIT = 127  # of 8 bits with a sign


def embedded(texts: Sequence[str], embedder: Embedder, folders: Iterable[Path]) -> Vectors:
    """Return one vector of length 1 a text: shipped in one of the folders, or made now."""
    known: dict[str, Vectors] = {}
    for folder in folders:
        known |= _read(_path(folder, embedder), embedder)
    keys = [_key(text) for text in texts]
    missing = [text for text, key in zip(texts, keys, strict=True) if key not in known]
    known |= zip(map(_key, missing), embedder.questions(missing), strict=True)
    return _unit(np.array([known[key] for key in keys], dtype=np.float32))


def write_vectors(folder: Path, texts: Iterable[str], embedder: Embedder) -> Path:
    """Write the file of these texts into a plugin's folder."""
    unique = sorted(set(texts))
    vectors = embedder.questions(unique)
    values = np.rint(vectors / np.abs(vectors).max(axis=1, keepdims=True) * _LIMIT).astype(np.int8)
    path = _path(folder, embedder)
    with atomic_path(path) as temporary, temporary.open("wb") as file:
        np.savez_compressed(
            file,
            keys=np.array([_key(text) for text in unique], dtype=f"S{_DIGITS}"),
            values=values,
            version=np.array(embedder.version),
        )
    return path


def _read(path: Path, embedder: Embedder) -> dict[str, Vectors]:
    try:
        with np.load(path, allow_pickle=False) as arrays:
            if str(arrays["version"]) != embedder.version:
                return {}
            values = arrays["values"].astype(np.float32)
            return dict(zip((key.decode() for key in arrays["keys"].tolist()), values, strict=True))
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return {}


def _path(folder: Path, embedder: Embedder) -> Path:
    return folder / f"vectors.{embedder.name}.npz"


def _key(text: str) -> str:
    return sha256_bytes(text.encode())[:_DIGITS]


def _unit(vectors: Vectors) -> Vectors:
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-9))


def main(folders: Sequence[str]) -> None:
    """Write the vectors of plugin folders; of `medlfm/experts` itself, those of the background corpus."""
    from medlfm.experts.plugin import Expert
    from medlfm.experts.router import background_texts

    embedder = find_embedder()
    if embedder is None:
        raise SystemExit("No embedder is installed: pip install 'medlfm[embed]'")
    for folder in map(Path, folders):
        is_plugin = (folder / "manifest.json").is_file()
        texts = [row.text for row in Expert.from_folder(folder).routing()] if is_plugin else background_texts()
        sys.stdout.write(f"{write_vectors(folder, texts, embedder)}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
