"""Grade quoted answers and fit the calibrator: `python -m benchmarks.confidence`; needs MEDLFM_BENCH_DATA.

The questions are those of MedQuAD's development half, asked three times: as they are; with the topic called by another
name that its document lacks; and from a store without their topics. An answer is right where all that it shows comes
from passages about the topic (by its name or a synonym) that answer what was asked (question type), and where no reader
found that it doesn't answer (`results/readings/answers*.jsonl`, but for the reading that checks the calibrator); what
is shown is quoted, so it is supported.

Everything is counted by topic. Figures come from cross-fitting: a topic is rated by a calibrator that has not seen it.
The bound on the error is certified on topics that had no part in choosing the threshold.
"""

from __future__ import annotations

import gzip
import json
import os
import random
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from medlfm.files import atomic_write
from medlfm.knowledge.evidence import EvidenceStore
from medlfm.knowledge.passages import Passage, from_rows
from medlfm.knowledge.text import passage_type
from medlfm.safety.confidence import FEATURES, collect, key_of
from medlfm.safety.drafting import extract
from medlfm.scoring import auroc, clopper_pearson, expected_calibration_error, risk_coverage

ROOT = Path(__file__).resolve().parent.parent
_PASSAGES = 4  # as the wrapper asks for
_FOLDS, _SPLITS = 10, 60
_PENALTY, _STEPS = 3.0, 60
_TARGET = 0.85
_TARGETS = (0.8, _TARGET, 0.9, 0.95)  # promises that are certified for the shipped calibrator
_BINS = 10
_CHECK = "answers_independent"  # the reading that checks the calibrator
# features that may only raise the confidence, or only lower it
_SIGNS = {
    **dict.fromkeys(("evidence_score", "evidence_lead", "title_exact"), 1),
    **dict.fromkeys(("agreeing", "type_fits", "support_least", "support_mean"), 1),
    **dict.fromkeys(("title_extra", "topic_extra", "little", "part", "dropped", "check_flags"), -1),
    **dict.fromkeys(("topic_covered", "aspect_first", "aspect_most"), 1),
}

Floats = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True)
class Graded:
    """One answer: where its question comes from, its topic, its features, and whether it is right."""

    kind: str
    topic: str
    features: dict[str, float]
    right: bool
    read: bool | None = None  # whether a reader found that it answers, where one has read it


def main() -> None:
    """Grade, cross-fit, certify, and write the calibrator, the figures and the reliability diagram."""
    data = Path(os.environ["MEDLFM_BENCH_DATA"])
    graded = list(grade(data))
    rows = [item for item in graded if item.features["sentences"]]
    confidence = crossfit(rows)
    bounds = {target: certify(rows, confidence, 0, target) for target in _TARGETS}
    certified = bounds[_TARGET]
    result: dict[str, Any] = {
        "task": "confidence",
        "system": "extract",
        "gold": {"name": "medquad_dev", "cases": len(graded)},
        "metrics": {
            "overall": figures(rows, confidence, certified),
            **{
                kind: figures(*_of_kind(rows, confidence, kind), certified)
                for kind in sorted({item.kind for item in graded})
            },
            "withheld": {kind: _withheld(graded, kind) for kind in sorted({item.kind for item in graded})},
            "resplits": resplits(rows, confidence),
            "read": _read(rows, confidence, certified),
        },
        "risk_coverage": risk_coverage(list(confidence), [item.right for item in rows]),
        "reliability": reliability(rows, confidence),
    }
    write(ROOT / "benchmarks" / "results" / "confidence.json", result)
    write(ROOT / "medlfm" / "safety" / "calibration.json", calibrator(rows, bounds))
    with atomic_write(ROOT / "docs" / "reliability.svg") as file:
        file.write(diagram(result["reliability"]))
    print(json.dumps(result["metrics"], indent=1))


def grade(data: Path) -> Iterator[Graded]:
    """Ask all questions, and grade what is quoted."""
    train = [row for row in rows_of(data / "medical_qa" / "medquad_train.jsonl.gz") if row["focus"]]
    dev = [row for row in rows_of(data / "medical_qa" / "medquad_dev.jsonl.gz") if row["focus"]]
    with tempfile.TemporaryDirectory() as home:
        whole, without = EvidenceStore(Path(home) / "whole.db"), EvidenceStore(Path(home) / "without.db")
        whole.add(from_rows(map(prepared, [*train, *dev])))
        known = {name for row in dev for name in names_of(row)}
        without.add(from_rows(prepared(row) for row in train if not known & names_of(row)))
        verdicts = readings()
        for row in dev:
            yield _graded("asked", row, row["question"], whole, verdicts)
            yield _graded("removed", row, row["question"], without, verdicts)
            if other := renamed(row):
                yield _graded("renamed", row, other, whole, verdicts)


def readings() -> dict[str, bool]:
    """Return id → whether a reader found that the quoted answer answers, the last verdict where there are several.

    The second reader's verdicts are left out: they check what was learned from the others.
    """
    folder = ROOT / "benchmarks" / "results" / "readings"
    paths = [path for path in sorted(folder.glob("answers*.jsonl")) if path.stem != _CHECK]
    lines = [line for path in paths for line in path.read_text("utf-8").splitlines()]
    rows = [json.loads(line) for line in lines]
    return {row["id"]: row["answered"] for row in rows if "answered" in row}


def rows_of(path: Path) -> Iterator[dict[str, Any]]:
    """Read the rows of a packed file."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        yield from map(json.loads, file)


def prepared(row: dict[str, Any]) -> dict[str, Any]:
    """Make of a row what evidence is made of, without its question."""
    return {
        **dict.fromkeys(("question", "specialty", "url", "attribution"), ""),
        "kind": "qa",
        "lang": "en",
        "answer": row["answer"],
        "topic": row["focus"],
        "category": row["qtype"],
        "source": row["source"],
        "licence": "CC-BY-4.0",
        "level": "reference",
    }


def _plain(name: str) -> str:
    return " ".join("".join(c if c.isalnum() else " " for c in name.lower()).split())


def names_of(row: dict[str, Any]) -> set[str]:
    """Return the names of a row's topic, plainly written."""
    return {_plain(row["focus"]), *(_plain(name) for name in row["synonyms"])} - {""}


def renamed(row: dict[str, Any]) -> str:
    """Ask by the first synonym that the document does not hold; "" where there is none."""
    text = _plain(f"{row['focus']} {row['answer']}")
    name = next((name for name in row["synonyms"] if _plain(name) and _plain(name) not in text), "")
    return row["question"].replace(row["focus"], name) if name and row["focus"] in row["question"] else ""


def _graded(
    kind: str, row: dict[str, Any], question: str, store: EvidenceStore, verdicts: Mapping[str, bool]
) -> Graded:
    passages = store.search(question, lang="en", limit=_PASSAGES)
    lines = extract(question, passages, "en")
    quoted = list(dict.fromkeys(line.support.passage for line in lines))
    features = collect(
        question=question,
        lang="en",
        passages=passages,
        quoted=quoted,
        supports=[line.support.score for line in lines],
        lines=[line.text for line in lines],
    )
    right = bool(lines) and all(_right(row, passages[place]) for place in quoted)
    verdict = verdicts.get(str(row["id"])) if kind == "asked" and lines else None
    return Graded(kind, row["focus_group"], features, right and verdict is not False, verdict)


def _right(row: dict[str, Any], passage: Passage) -> bool:
    return _plain(passage.title) in names_of(row) and passage.category == passage_type(row["qtype"])


def _matrix(rows: Sequence[Graded]) -> Floats:
    return np.array([[row.features[name] for name in FEATURES] for row in rows])


def fit(rows: Sequence[Graded]) -> tuple[Floats, Floats, Floats, float]:
    """Fit a logistic regression: mean, scale, weights, bias.

    A feature that would count against what it means (a title that covers less of the question making the answer
    surer) is left out, one after the other.
    """
    x = _matrix(rows)
    y = np.array([row.right for row in rows], dtype=float)
    mean, scale = x.mean(axis=0), x.std(axis=0)
    scale[scale < 1e-9] = 1.0
    z = (x - mean) / scale
    used = [n for n in range(len(FEATURES)) if np.any(z[:, n])]
    while True:
        state = _newton(np.hstack([z[:, used], np.ones((len(z), 1))]), y)
        against = [(weight * _SIGNS.get(FEATURES[n], 0), n) for n, weight in zip(used, state, strict=False)]
        worst = min(against)
        if worst[0] >= 0:
            break
        used.remove(worst[1])
    weights = np.zeros(len(FEATURES))
    weights[used] = state[:-1]
    return mean, scale, weights, float(state[-1])


def _newton(z: Floats, y: Floats) -> Floats:
    """Return weights with the bias last; a squared penalty on all but the bias."""
    state = np.zeros(z.shape[1])
    penalty = np.full(z.shape[1], _PENALTY)
    penalty[-1] = 0.0
    for _ in range(_STEPS):
        p = 1 / (1 + np.exp(-z @ state))
        slope = z.T @ (p - y) + penalty * state
        curve = (z * (p * (1 - p))[:, None]).T @ z + np.diag(penalty + 1e-6)
        step = np.linalg.solve(curve, slope)
        state -= step
        if np.abs(step).max() < 1e-8:
            break
    return state


def crossfit(rows: Sequence[Graded]) -> Floats:
    """Rate each answer by a calibrator fitted on other topics."""
    topics = sorted({row.topic for row in rows})
    random.Random(0).shuffle(topics)
    fold = {topic: number % _FOLDS for number, topic in enumerate(topics)}
    found = np.zeros(len(rows))
    for part in range(_FOLDS):
        mean, scale, weights, bias = fit([row for row in rows if fold[row.topic] != part])
        here = [n for n, row in enumerate(rows) if fold[row.topic] == part]
        z = (_matrix([rows[n] for n in here]) - mean) / scale
        found[here] = 1 / (1 + np.exp(-(z @ weights + bias)))
    return found


def _errors(rows: Sequence[Graded], confidence: Floats, bound: float) -> tuple[int, int]:
    """Count topics with an answer at or above a bound, and how many of them are wrong (the sum of their shares)."""
    shares: defaultdict[str, list[bool]] = defaultdict(list)
    for row, value in zip(rows, confidence, strict=True):
        if value >= bound:
            shares[row.topic].append(not row.right)
    return int(np.ceil(sum(np.mean(each) for each in shares.values()) - 1e-9)), len(shares)


def _holds(rows: Sequence[Graded], confidence: Floats, bound: float, target: float) -> bool:
    wrong, topics = _errors(rows, confidence, bound)
    return topics > 0 and clopper_pearson(wrong, topics, side="upper")[1] <= 1 - target


def certify(rows: Sequence[Graded], confidence: Floats, seed: int, target: float = _TARGET) -> float | None:
    """Choose the bound on half of the topics, and keep it where it holds on the other half; None: no bound holds."""
    topics = sorted({row.topic for row in rows})
    chosen = set(random.Random(seed).sample(topics, len(topics) // 2))
    parts = [[n for n, row in enumerate(rows) if (row.topic in chosen) is side] for side in (True, False)]
    one, other = [([rows[n] for n in part], confidence[part]) for part in parts]
    bound = next((b for b in np.arange(target, 0.995, 0.005) if _holds(*one, b, target)), None)
    return round(float(bound), 3) if bound is not None and _holds(*other, bound, target) else None


def resplits(rows: Sequence[Graded], confidence: Floats) -> dict[str, Any]:
    """Certify on one random half of the topics, and see on the other how often the true error exceeds the promise."""
    topics = sorted({row.topic for row in rows})
    broken = answered = 0
    for seed in range(1, _SPLITS + 1):
        held = set(random.Random(seed).sample(topics, len(topics) // 2))
        known = [n for n, row in enumerate(rows) if row.topic not in held]
        fresh = [n for n, row in enumerate(rows) if row.topic in held]
        bound = certify([rows[n] for n in known], confidence[known], seed)
        if bound is not None:
            answered += 1
            wrong = [not rows[n].right for n in fresh if confidence[n] >= bound]
            broken += bool(wrong) and float(np.mean(wrong)) > 1 - _TARGET
    return {"splits": _SPLITS, "with_a_bound": answered, "broken": round(broken / _SPLITS, 3)}


def figures(rows: Sequence[Graded], confidence: Floats, certified: float | None) -> dict[str, Any]:
    """Summarise the confidence of answers."""
    right = [row.right for row in rows]
    bound = 2.0 if certified is None else certified
    above = [hit for hit, value in zip(right, confidence, strict=True) if value >= bound]
    both = 0 < sum(right) < len(right)
    return {
        "answers": len(rows),
        "topics": len({row.topic for row in rows}),
        "right": round(float(np.mean(right)), 3),
        "auroc": round(auroc(list(confidence), right) or 0.0, 3) if both else None,
        "ece": round(expected_calibration_error(list(confidence), right) or 0.0, 3),
        "coverage": round(len(above) / len(rows), 3),
        "error": round(1 - float(np.mean(above)), 3) if above else None,
    }


def _read(rows: Sequence[Graded], confidence: Floats, certified: float | None) -> dict[str, Any]:
    """Return how many answers a reader has read, and which share of those shown without review answer."""
    bound = 2.0 if certified is None else certified
    read = [(row.read, value) for row, value in zip(rows, confidence, strict=True) if row.read is not None]
    shown = [verdict for verdict, value in read if value >= bound]
    return {
        "answers": len(read),
        "shown": len(shown),
        "right": round(float(np.mean(shown)), 3) if shown else None,
    }


def _of_kind(rows: Sequence[Graded], confidence: Floats, kind: str) -> tuple[list[Graded], Floats]:
    here = [n for n, row in enumerate(rows) if row.kind == kind]
    return [rows[n] for n in here], confidence[here]


def _withheld(graded: Sequence[Graded], kind: str) -> float:
    of_kind = [item for item in graded if item.kind == kind]
    return round(sum(not item.features["sentences"] for item in of_kind) / len(of_kind), 3)


def reliability(rows: Sequence[Graded], confidence: Floats) -> list[dict[str, float]]:
    """Return for each tenth of the scale how many answers fall there, their mean confidence, and the share right."""
    bins = np.minimum((confidence * _BINS).astype(int), _BINS - 1)
    right = np.array([row.right for row in rows])
    return [
        {
            "answers": int((bins == n).sum()),
            "confidence": round(float(confidence[bins == n].mean()), 3),
            "right": round(float(right[bins == n].mean()), 3),
        }
        for n in range(_BINS)
        if (bins == n).any()
    ]


def calibrator(rows: Sequence[Graded], bounds: dict[float, float | None]) -> dict[str, Any]:
    """Fit on all topics, in the form that `Calibrator` reads."""
    mean, scale, weights, bias = fit(rows)
    named = {
        name: dict(zip(FEATURES, (round(float(value), 6) for value in values), strict=True))
        for name, values in (("mean", mean), ("scale", scale), ("weights", weights))
    }
    return {
        "key": key_of("", {}),
        "languages": ["en"],
        "certified": {str(target): bound for target, bound in bounds.items() if bound is not None},
        **named,
        "bias": round(bias, 6),
        "graded": {"answers": len(rows), "topics": len({row.topic for row in rows}), "set": "MedQuAD, CC BY 4.0"},
    }


def diagram(bins: Sequence[dict[str, float]]) -> str:
    """Draw confidence against the share right; a dot's area is the number of answers."""
    most = max(each["answers"] for each in bins)
    dots = "".join(
        f'<circle cx="{40 + 300 * each["confidence"]:.1f}" cy="{340 - 300 * each["right"]:.1f}" '
        f'r="{3 + 9 * (each["answers"] / most) ** 0.5:.1f}" fill="#2a6f97"/>'
        for each in bins
    )
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 380 380" font-family="sans-serif" font-size="12">'
        '<rect x="40" y="40" width="300" height="300" fill="none" stroke="#888"/>'
        '<line x1="40" y1="340" x2="340" y2="40" stroke="#bbb" stroke-dasharray="4"/>'
        f'{dots}<text x="190" y="370" text-anchor="middle">confidence</text>'
        '<text x="14" y="190" transform="rotate(-90 14 190)" text-anchor="middle">share right</text></svg>\n'
    )


def write(path: Path, value: dict[str, Any]) -> None:
    """Write a result as JSON."""
    with atomic_write(path) as file:
        file.write(json.dumps(value, ensure_ascii=False, indent=1) + "\n")


if __name__ == "__main__":
    main()
