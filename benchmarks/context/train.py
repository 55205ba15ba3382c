"""Train the decider beside the context rules: `python -m benchmarks.context.train` writes `deciding.safetensors`.

Learnt from: `cases.<lang>.jsonl`, `cases2` to `cases4` and `more.<lang>.txt`, written for this; `dev` and `dev2` of the
gold sets; the marked sentences of the engine's own tests. `test` is never read here. Printed: a five-fold validation
over the cases, cues alone and with the decider; all findings of a sentence are in one fold.

The rules know many of these sentences by heart, and won't know new ones as well. So each counts twice: with what the
rules found, and, with the weight `_BARE`, without, where its words alone must decide.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np

from medlfm.files import atomic_write
from medlfm.matching.context import ContextEngine
from medlfm.matching.deciding import CATEGORIES, PLACES, WEIGHTS, Decider, Decision, limits_of
from medlfm.matching.rules import load_rules
from medlfm.matching.scopes import Bounds, Sentence
from medlfm.matching.surroundings import features, place_of
from medlfm.settings import LANGUAGES
from tests.matching import context_cases, context_constructions

_HERE = Path(__file__).parent
_ROOT = _HERE.parents[1]
_FOLDS = 5
_BARE = {
    "cases": 0.3,
    "cases2": 0.8,
    "cases3": 0.8,
    "cases4": 0.8,
    "more": 0.3,
    "dev": 0.8,
    "dev2": 0.8,
    "tests": 0.8,
    "plain": 0.5,
}
_WEIGHT = {"plain": 0.08}  # of an example; else 1
_SELDOM = 3  # what is found in fewer sentences is left out
_PIECE = 0.3  # value of a piece of a word beside that of a word
_STRENGTH = 1.0  # inverse of the penalty
_REASONS = CATEGORIES[:-1]
_EVERY = 100  # characters of an ordinary text in which one word is taken for a finding
_LONG_WORD = re.compile(r"[^\W\d_]{5,}")
_MARK = re.compile(r"\[\[(?:([a-z,]*)\|)?(.+?)\]\]")

Floats = np.ndarray[Any, np.dtype[np.float64]]


@dataclass
class Example:
    """A finding in its text; reason: of `_REASONS`, or "" where it is asserted."""

    text: str
    lang: str
    target: Bounds
    reason: str
    uncertain: bool
    origin: str  # a key of _BARE
    group: int
    sentence: Sentence
    found: set[str]  # by the cues
    words: list[str] = field(default_factory=list)
    cues: list[str] = field(default_factory=list)


def main() -> None:
    """Cross-validate, then train on everything and write the weights."""
    examples = list(read_examples())
    print(dict(Counter(f"{example.origin} {example.lang}" for example in examples)))
    _report(examples, list(cross_validated(examples)))
    content = packed(examples, *fitted(examples))
    with atomic_write(_ROOT / "medlfm" / "matching" / "deciding.safetensors", "wb") as file:
        file.write(content)


def read_examples() -> Iterator[Example]:
    """Read all sentences, with what cues alone find in them."""
    for lang in LANGUAGES:
        engine = ContextEngine(lang, limits_of(load_rules(lang, "context"))[0])
        for origin, text, marks in chain(_sentences(lang), _plain(lang, engine)):
            lowered = text.lower()
            for target, reasons in marks:
                sentence = engine.sentence_of(text, target)
                found = {modifier["category"] for modifier in engine.modifiers(text, [target])[0]}
                reason = next((name for name in reasons if name in _REASONS), "")
                uncertain = "uncertain" in reasons
                group = crc32(text.encode())
                example = Example(text, lang, target, reason, uncertain, origin, group, sentence, found)
                example.words, example.cues = features(lowered, sentence, target, found)
                yield example


def _sentences(lang: str) -> Iterator[tuple[str, str, list[tuple[Bounds, list[str]]]]]:
    gold = _HERE.parent / "gold" / "context"
    files = {"cases": _HERE, "cases2": _HERE, "cases3": _HERE, "cases4": _HERE, "dev": gold, "dev2": gold}
    for origin, folder in files.items():
        for line in (folder / f"{origin}.{lang}.jsonl").read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            text, marks = _unmarked(row["text"])
            reason = row.get("reason") or ""
            wanted = ["uncertain"] if reason == "uncertain_asserted" else [reason] if reason in _REASONS else []
            yield origin, text, [(target, wanted) for target, _ in marks]
    name = {"en": "ENGLISH", "de": "GERMAN"}[lang]
    tests = [getattr(context_cases, name), getattr(context_constructions, name)]
    tests.append((_ROOT / "tests" / "matching" / "context" / f"{lang}.txt").read_text(encoding="utf-8"))
    tables = {"more": (_HERE / f"more.{lang}.txt").read_text(encoding="utf-8"), "tests": "\n".join(tests)}
    for origin, table in tables.items():
        for line in table.splitlines():
            if line.strip() and not line.startswith("#"):
                yield (origin, *_unmarked(line))


def _plain(lang: str, engine: ContextEngine) -> Iterator[tuple[str, str, list[tuple[Bounds, list[str]]]]]:
    """Yield ordinary texts with words of theirs as findings, which are what the cues say: mostly asserted."""
    benchmarks = _HERE.parent
    paths = [benchmarks / "emergency" / f"cases.{lang}.jsonl", benchmarks / "abbreviations" / f"sentences.{lang}.jsonl"]
    paths += [benchmarks / "gold" / "phi" / f"{name}.{lang}.jsonl" for name in ("dev", "dev2")]
    paths.append(_ROOT / "corpora" / "starter-notes" / f"notes.{lang}.jsonl")
    for path in paths:
        for line in path.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            if row.get("urgency") == "low":
                continue  # many of these are about what was, or what might be
            text = _MARK.sub(lambda mark: mark[2], row["text"])
            words = [match.span() for match in _LONG_WORD.finditer(text)]
            chosen = sorted(words, key=lambda place: crc32(f"{text[slice(*place)]}{place}".encode()))
            targets = chosen[: 1 + len(text) // _EVERY]
            found = engine.modifiers(text, targets)
            yield (
                "plain",
                text,
                [
                    (target, [modifier["category"] for modifier in each])
                    for target, each in zip(targets, found, strict=True)
                ],
            )


def _unmarked(marked: str) -> tuple[str, list[tuple[Bounds, list[str]]]]:
    text, marks, last = "", [], 0
    for mark in _MARK.finditer(marked):
        text += marked[last : mark.start()]
        marks.append(((len(text), len(text) + len(mark[2])), (mark[1] or "").split(",")))
        text += mark[2]
        last = mark.end()
    return text + marked[last:], marks


def _value(name: str) -> float:
    return _PIECE if name.startswith("~") else 1.0


def fitted(examples: Sequence[Example]) -> tuple[list[int], Floats, Floats]:
    """Fit two regressions, on the reason and on uncertainty; return the features' hashes, weights and biases."""
    from scipy.sparse import csr_matrix, vstack  # type: ignore[import-untyped]
    from sklearn.linear_model import LogisticRegression

    rows = [[(place_of(one.lang, name), _value(name)) for name in (*one.words, *one.cues)] for one in examples]
    labelled = [row for one, row in zip(examples, rows, strict=True) if one.origin != "plain"]
    seen = Counter(place for row in labelled for place in {place for place, _ in row})
    column = {place: n for n, place in enumerate(sorted(place for place, count in seen.items() if count >= _SELDOM))}
    of_cues = np.zeros(len(column), dtype=bool)
    for one in examples:
        of_cues[[column[place] for name in one.cues if (place := place_of(one.lang, name)) in column]] = True
    entries = [(n, column[place], value) for n, row in enumerate(rows) for place, value in row if place in column]
    at, places, values = (np.array(part) for part in zip(*entries, strict=True))
    full = csr_matrix((values, (at, places)), shape=(len(examples), len(column)))
    bare = full.multiply(~of_cues[None, :]).tocsr()
    share = np.array([_BARE[one.origin] for one in examples])
    whole = np.array([_WEIGHT.get(one.origin, 1.0) for one in examples])
    both, weight = vstack([full, bare]).tocsr(), np.concatenate([whole * (1 - share), whole * share])
    weights, biases = np.zeros((len(column), len(CATEGORIES))), np.zeros(len(CATEGORIES))
    reasons = np.tile([_REASONS.index(one.reason) + 1 if one.reason else 0 for one in examples], 2)
    model = LogisticRegression(C=_STRENGTH, max_iter=500).fit(both, reasons, sample_weight=weight)
    weights[:, :-1] = (model.coef_[1:] - model.coef_[0]).T
    biases[:-1] = model.intercept_[1:] - model.intercept_[0]
    unsure = LogisticRegression(C=_STRENGTH, max_iter=500)
    unsure.fit(both, np.tile([one.uncertain for one in examples], 2), sample_weight=weight)
    weights[:, -1], biases[-1] = unsure.coef_[0], unsure.intercept_[0]
    pieces = np.ones(len(column))
    for one in examples:
        pieces[
            [column[place] for name in one.words if (place := place_of(one.lang, name)) in column and _value(name) < 1]
        ] = _PIECE
    return list(column), weights * pieces[:, None], biases


def packed(examples: Sequence[Example], places: list[int], weights: Floats, biases: Floats) -> bytes:
    """A safetensors file with int8 weights; scales and biases stand in its metadata."""
    scales = np.abs(weights).max(axis=0) / 127
    rows = np.round(weights / scales).astype(np.int8)
    kept = np.abs(rows).max(axis=1) > 0
    first = np.array(places, dtype=np.uint32)[kept].tobytes()
    second = rows[kept].tobytes()
    counts = Counter(f"{example.origin} {example.lang}" for example in examples)
    header = {
        "__metadata__": {
            "scales": json.dumps([float(f"{scale:.6g}") for scale in scales]),
            "biases": json.dumps([float(f"{bias:.6g}") for bias in biases]),
            "sentences": json.dumps(dict(sorted(counts.items()))),
        },
        PLACES: {"dtype": "U32", "shape": [int(kept.sum())], "data_offsets": [0, len(first)]},
        WEIGHTS: {
            "dtype": "I8",
            "shape": [int(kept.sum()), len(CATEGORIES)],
            "data_offsets": [len(first), len(first) + len(second)],
        },
    }
    text = json.dumps(header, sort_keys=True).encode()
    text += b" " * (-len(text) % 8)
    return b"".join((len(text).to_bytes(8, "little"), text, first, second))


def cross_validated(examples: Sequence[Example]) -> Iterator[tuple[Example, Decision, list[float]]]:
    """Yield each example with what a decider says of it that has not seen its sentence."""
    limits = {lang: limits_of(load_rules(lang, "context"))[1] for lang in LANGUAGES}
    for fold in range(_FOLDS):
        kept = [example for example in examples if example.group % _FOLDS != fold]
        content = packed(kept, *fitted(kept))
        deciders = {lang: Decider(lang, content) for lang in LANGUAGES}
        for one in examples:
            if one.group % _FOLDS == fold:
                chosen = limits[one.lang]
                assert chosen is not None
                asked = (one.text.lower(), one.sentence, one.target, one.found)
                yield one, deciders[one.lang].decide(*asked, chosen), deciders[one.lang].shares(*asked)


def decided(found: Iterable[str], decision: Decision) -> set[str]:
    """Return the categories of a finding after the decision."""
    return {*found, *decision.add}


def _report(examples: Sequence[Example], judged: Sequence[tuple[Example, Decision, list[float]]]) -> None:
    for lang in LANGUAGES:
        for origin in _BARE:
            rows = [(one, decision) for one, decision, _ in judged if (one.lang, one.origin) == (lang, origin)]
            for system in ("cues", "with decider"):
                pairs = [
                    (one, one.found if system == "cues" else decided(one.found, decision)) for one, decision in rows
                ]
                print(f"{lang} {origin}, {system}: {_figures(pairs)}")


def _figures(pairs: Sequence[tuple[Example, set[str]]]) -> str:
    """The F1 of "not asserted", and of each category as `medlfm evaluate context` counts it."""
    shown = [f"not asserted {_f1([(bool(one.reason), not found.isdisjoint(_REASONS)) for one, found in pairs])}"]
    for name in CATEGORIES:
        judged = [(one, found) for one, found in pairs if not one.reason or one.reason == name]
        wanted = [
            (one.uncertain if name == "uncertain" else one.reason == name, name in found) for one, found in judged
        ]
        shown.append(f"{name} {_f1(wanted)}")
    return ", ".join(shown)


def _f1(pairs: Sequence[tuple[bool, bool]]) -> str:
    both = sum(wanted and found for wanted, found in pairs)
    total = sum(wanted + found for wanted, found in pairs)
    return f"{2 * both / total if total else 0:.3f}"


if __name__ == "__main__":
    main()
