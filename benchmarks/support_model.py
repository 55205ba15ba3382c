"""Fit the model that knows other wordings: `python -m benchmarks.support_model`; writes `medlfm/safety/support.json`.

It learns from the project's own pairs (`benchmarks/gold/support/dev*.jsonl`, `tests/safety/pairs`), read again and
again with a random half of the known synonyms left out, so that wordings which no list knows are among them. Sentences
in which a word was exchanged for one of another passage are added as unsupported ones. The threshold is the least one
at which no more than `_PASSED` of the unsupported sentences that reach the model get through, each judged by a model
that hasn't seen its passage. Prints the curve of false alarms and of changes caught. Deterministic.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from medlfm.files import atomic_write
from medlfm.knowledge.passages import Passage
from medlfm.matching import rules
from medlfm.safety import deciding_words, likeness, statements, support, support_words
from medlfm.settings import LANGUAGES

ROOT = Path(__file__).parents[1]
_ROUNDS = 6  # readings, each without another half of the synonyms
_DROPPED = 0.5
_FOLDS = 5
_PASSED = 0.04
_CURVE = (0.0, 0.02, 0.04, 0.06, 0.1, 0.15, 0.25)


@dataclass(frozen=True)
class Case:
    """A sentence with its passage; `change` is "none" where it is supported."""

    passage: str
    sentence: str
    change: str
    lang: str


@dataclass(frozen=True)
class Reached:
    """A case that the rules leave to the model, with its features."""

    case: Case
    figures: list[float]
    round: int  # 0: read with all synonyms


def main() -> None:
    """Fit a model a language, print what it does, and write the weights."""
    models = {}
    for lang in LANGUAGES:
        cases = list(_cases(lang))
        reached, right = _readings(cases, lang)
        models[lang] = _fit(cases, reached, right, lang)
    with atomic_write(ROOT / "medlfm" / "safety" / "support.json") as file:
        file.write(json.dumps(models, indent=1) + "\n")


def _cases(lang: str) -> Iterator[Case]:
    for name in ("dev", "dev2"):
        for row in _rows(ROOT / "benchmarks" / "gold" / "support" / f"{name}.{lang}.jsonl"):
            yield Case(row["passage"], row["sentence"], row["change"], lang)
    for path in sorted((ROOT / "tests" / "safety" / "pairs").glob(f"support*.{lang}.jsonl")):
        for row in _rows(path):
            yield from (Case(row["passage"], text, "none", lang) for text in row["supported"])
            yield from (Case(row["passage"], text, change, lang) for text, change in row["wrong"])


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    yield from map(json.loads, path.read_text(encoding="utf-8").splitlines())


def _exchanged(cases: Sequence[Case], source: random.Random) -> Iterator[Case]:
    """Yield supported sentences with one word of them exchanged for one of another passage, written alike."""
    words = sorted({word for case in cases for word in likeness.WORD.findall(case.passage) if len(word) > 4})
    for case in cases:
        own = [word for word in likeness.WORD.findall(case.sentence)[1:] if len(word) > 4 and word in case.passage]
        if case.change != "none" or not own:
            continue
        old = source.choice(own)
        alike = [word for word in words if word[0].isupper() == old[0].isupper() and word not in case.passage]
        yield Case(case.passage, case.sentence.replace(old, source.choice(alike)), "exchanged", case.lang)


def _readings(cases: Sequence[Case], lang: str) -> tuple[list[Reached], Counter[str]]:
    """Read all cases with and without half of the synonyms; also count what the rules alone find supported."""
    shipped = rules.shipped_rules
    reached: list[Reached] = []
    right: Counter[str] = Counter()
    for number in range(_ROUNDS + 1):
        source = random.Random(number)
        kept = [
            rule for rule in shipped(lang, "support") if not number or "same" not in rule or source.random() > _DROPPED
        ]
        _read_by(lambda _, kind, kept=kept: kept if kind == "support" else shipped(lang, kind))
        for case in [*cases, *_exchanged(cases, source)]:
            seen: list[likeness.Difference] = []
            setattr(support, "likely", lambda difference, seen=seen: bool(seen.append(difference)))  # noqa: B010 - a private name
            passage = Passage(title="", text=case.passage, lang=lang, source="s", licence="l")
            found = support.find_support(case.sentence, [passage], lang)
            if case.change != "exchanged":
                right[f"{min(number, 1)} {case.change}"] += found.supported is (case.change == "none")
            figures = likeness.features(seen[0]) if seen else None
            if figures is not None:
                reached.append(Reached(case, figures, number))
    _read_by(shipped)
    setattr(support, "likely", likeness.likely)  # noqa: B010 - as above
    return reached, right


def _read_by(read: Any) -> None:
    """Let the support check read its vocabulary by another function."""
    for module in (statements, deciding_words, support_words):
        if hasattr(module, "shipped_rules"):
            setattr(module, "shipped_rules", read)  # noqa: B010 - a private name
        for item in vars(module).values():
            if hasattr(item, "cache_clear") and item.__module__ == module.__name__:
                item.cache_clear()


def _fit(cases: Sequence[Case], reached: Sequence[Reached], right: Counter[str], lang: str) -> dict[str, Any]:
    from sklearn.linear_model import LogisticRegression

    table = np.array([item.figures for item in reached])
    good = np.array([item.case.change == "none" for item in reached])
    passages = sorted({item.case.passage for item in reached})
    random.Random(0).shuffle(passages)
    fold = {passage: place % _FOLDS for place, passage in enumerate(passages)}
    folds = np.array([fold[item.case.passage] for item in reached])
    odds = np.zeros(len(reached))
    for number in range(_FOLDS):
        model = LogisticRegression(C=1.0, max_iter=2000).fit(table[folds != number], good[folds != number])
        odds[folds == number] = model.decision_function(table[folds == number])
    thresholds = {share: float(np.quantile(odds[~good], 1 - share)) for share in _CURVE}
    for share, threshold in thresholds.items():
        _print(cases, reached, right, odds, threshold, f"{lang} {share:.2f}")
    model = LogisticRegression(C=1.0, max_iter=2000).fit(table, good)
    weights = {name: round(float(weight), 4) for name, weight in zip(likeness.FEATURES, model.coef_[0], strict=True)}
    print(lang, len(reached), int(good.sum()), weights)
    return {
        "bias": round(float(model.intercept_[0]), 4),
        "threshold": round(thresholds[_PASSED], 4),
        "weights": weights,
    }


def _print(
    cases: Sequence[Case], reached: Sequence[Reached], right: Counter[str], odds: Any, threshold: float, name: str
) -> None:
    """Print what a threshold does with all synonyms, and with half of them."""
    total = Counter(case.change for case in cases)
    now = Counter(right)
    for item, value in zip(reached, odds, strict=True):
        if value >= threshold:
            now[f"{min(item.round, 1)} {item.case.change}"] += 1 if item.case.change == "none" else -1
    for kind, rounds in (("all", 1), ("half", _ROUNDS)):
        shares = {c: round(now[f"{int(kind == 'half')} {c}"] / count / rounds, 3) for c, count in sorted(total.items())}
        print(name, kind, round(threshold, 2), "false alarms", round(1 - shares.pop("none"), 3), shares)


if __name__ == "__main__":
    main()
