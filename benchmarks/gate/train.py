"""Train the gate's classifier: `python -m benchmarks.gate.train`; writes `medlfm/safety/gate.safetensors`.

Harmful and harmless sentences: `pairs.<lang>.jsonl`, written by hand (a harmful request and a harmless one about the
same thing), and `patterns.<lang>.jsonl`, in which slots are filled so that a topic speaks for neither side. Harmless
besides: the starter questions, the plugins' routing questions, and questions of MedQuAD (CC BY 4.0, read from
MEDLFM_BENCH_DATA and not kept). Printed: what eight-fold cross-validation over the pairs finds, by threshold.
"""

from __future__ import annotations

import gzip
import json
import os
import random
import re
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from medlfm.safety.classifier import SIZE, TENSOR, Classifier, features

if TYPE_CHECKING:
    from medlfm.safety.classifier import Features, Floats

_HERE = Path(__file__).parent
_ROOT = _HERE.parents[1]
_FOLDS = 8
_PAIRS = ("pairs", "pairs2", "pairs3", "pairs4", "pairs5", "pairs6", "pairs7", "pairs8")
_ALONE = ("harmless2", "harmless4", "harmless7")
_FILLED = 12  # sentences of a pattern
_MEDQUAD, _TOLD = 1500, 500  # questions, and sentences of answers
_SENTENCE = re.compile(r"(?<=[.!?])\s+")
_SHORTEST, _LONGEST = 30, 250  # characters of a sentence
_PENALTY, _STEPS, _RATE = 1e-5, 200, 0.05
_WEIGHTS = {"pair": 1.0, "alone": 1.0, "pattern": 0.2, "question": 0.3}
_THRESHOLDS = (0.5, 0.6, 0.7, 0.8)


@dataclass(frozen=True)
class Sentence:
    """A sentence to learn from; `kind` is a key of _WEIGHTS, `fold` -1 where it is always learnt from."""

    text: str
    lang: str
    kind: str
    harmful: bool
    category: str = ""
    fold: int = -1
    pair: str = ""


def main() -> None:
    """Cross-validate, then train on everything and write the weights."""
    found = sentences()
    known = [features(sentence.text, sentence.lang) for sentence in found]
    _cross_validate(found, known)
    _write(fit(found, known), Counter(f"{s.kind} {s.lang}" for s in found))


def sentences() -> list[Sentence]:
    """Return all sentences to learn from."""
    return [*_pairs(), *_patterns(), *_questions()]


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as file:
        yield from (json.loads(line) for line in file if line.strip())


def _pairs() -> Iterator[Sentence]:
    """The two sentences of a pair, and its translation where it has one, are in one fold."""
    for name, lang in product(_PAIRS, ("en", "de")):
        numbers: Counter[str] = Counter()
        for row in _rows(_HERE / f"{name}.{lang}.jsonl"):
            category = row["category"]
            numbers[category] += 1
            fold = zlib.crc32(f"{category}{numbers[category]}".encode()) % _FOLDS
            yield Sentence(row["harmful"], lang, "pair", True, category, fold, row["id"])
            yield Sentence(row["harmless"], lang, "pair", False, category, fold, row["id"])
    for name, lang in product(_ALONE, ("en", "de")):
        for number, row in enumerate(_rows(_HERE / f"{name}.{lang}.jsonl")):
            yield Sentence(row["text"], lang, "alone", False, fold=number % _FOLDS)


def _patterns() -> Iterator[Sentence]:
    chance = random.Random(0)
    for lang in ("en", "de"):
        rows = list(_rows(_HERE / f"patterns.{lang}.jsonl"))
        slots = {row["slot"]: row["words"] for row in rows if "slot" in row}

        def fill(match: re.Match[str], slots: dict[str, list[str]] = slots) -> str:
            return chance.choice(slots[match[1]])

        for row in rows:
            for kind in ("harmful", "harmless"):
                filled = {re.sub(r"\{(\w+)\}", fill, row[kind]) for _ in range(_FILLED if kind in row else 0)}
                for text in sorted(filled):
                    yield Sentence(text, lang, "pattern", kind == "harmful", row.get("category", ""))


def _questions() -> Iterator[Sentence]:
    data = Path(os.environ.get("MEDLFM_BENCH_DATA", _ROOT.parent / "shared" / "data"))
    found = [
        (row["question"], row["lang"])
        for path in sorted((_ROOT / "corpora" / "starter-qa").glob("*.*.jsonl"))
        for row in _rows(path)
    ]
    for path in sorted((_ROOT / "plugins").glob("medlfm-*/medlfm_*/routing.jsonl")):
        found += [(row["text"], row["lang"]) for row in _rows(path)]
    answered = list(_rows(data / "medical_qa" / "medquad_train.jsonl.gz"))
    medquad = sorted({row["question"] for row in answered})
    found += [(text, "en") for text in random.Random(0).sample(medquad, _MEDQUAD)]
    told = sorted({part for row in answered for part in _SENTENCE.split(row["answer"][:800])})
    told = [part for part in told if _SHORTEST < len(part) < _LONGEST]
    found += [(text, "en") for text in random.Random(1).sample(told, _TOLD)]
    for number, (text, lang) in enumerate(found):
        yield Sentence(text, lang, "question", False, fold=number % _FOLDS)


def fit(sentences: Sequence[Sentence], known: Sequence[Features]) -> Classifier:
    """Train on sentences, whose features are given."""
    wanted = np.array([sentence.harmful for sentence in sentences], dtype=float)
    counts = np.array([_WEIGHTS[sentence.kind] for sentence in sentences])
    return Classifier(*_logistic(known, wanted, counts))


def _logistic(rows: Sequence[Features], wanted: Floats, counts: Floats) -> tuple[Floats, float]:
    """Weighted logistic regression with a squared penalty, by Adam on all rows at once."""
    at = np.repeat(np.arange(len(rows)), [len(places) for places, _ in rows])
    used, places = np.unique(np.concatenate([places for places, _ in rows]), return_inverse=True)
    values = np.concatenate([values for _, values in rows])
    share = counts / counts.sum()
    state = np.zeros(len(used) + 1)  # the bias is last
    mean, square = np.zeros_like(state), np.zeros_like(state)
    for step in range(1, _STEPS + 1):
        total = np.bincount(at, values * state[places], minlength=len(rows)) + state[-1]
        error = share * (1 / (1 + np.exp(-total)) - wanted)
        slope = np.append(np.bincount(places, values * error[at], minlength=len(used)), error.sum())
        slope[:-1] += _PENALTY * state[:-1]
        mean, square = 0.9 * mean + 0.1 * slope, 0.99 * square + 0.01 * slope**2
        state -= _RATE * (mean / (1 - 0.9**step)) / (np.sqrt(square / (1 - 0.99**step)) + 1e-9)
    weights = np.zeros(SIZE)
    weights[used] = state[:-1]
    return weights, float(state[-1])


def _cross_validate(sentences: Sequence[Sentence], known: Sequence[Features]) -> None:
    scores: dict[int, float] = {}
    for fold in range(_FOLDS):
        kept = [n for n, sentence in enumerate(sentences) if sentence.fold != fold]
        model = fit([sentences[n] for n in kept], [known[n] for n in kept])
        for n, sentence in enumerate(sentences):
            if sentence.fold == fold:
                scores[n] = model.score(sentence.text, sentence.lang)
    groups = {
        "harmful": ("pair", True),
        "harmless": ("pair", False),
        "alone": ("alone", False),
        "plain questions": ("question", False),
    }
    for threshold in _THRESHOLDS:
        stopped = {
            name: np.mean([scores[n] >= threshold for n in scores if _is(sentences[n], *group)])
            for name, group in groups.items()
        }
        print(f"{threshold}  stopped:", ", ".join(f"{name} {share:.3f}" for name, share in stopped.items()))


def _is(sentence: Sentence, kind: str, harmful: bool) -> bool:
    return sentence.kind == kind and sentence.harmful is harmful


def _write(model: Classifier, counts: Counter[str]) -> None:
    content = model.weights.astype("<f2").tobytes()
    header = {
        "__metadata__": {"bias": f"{model.bias:.6f}", "sentences": json.dumps(dict(sorted(counts.items())))},
        TENSOR: {"dtype": "F16", "shape": [SIZE], "data_offsets": [0, len(content)]},
    }
    text = json.dumps(header, sort_keys=True).encode()
    text += b" " * (-len(text) % 8)
    path = _ROOT / "medlfm" / "safety" / "gate.safetensors"
    path.write_bytes(len(text).to_bytes(8, "little") + text + content)


if __name__ == "__main__":
    main()
