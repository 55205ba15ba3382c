"""Fit the weights of `medlfm/matching/senses.py`: `python -m benchmarks.abbreviations.train [--check]`.

A conditional logit over the senses of a short form and "none of these", with a ridge, on the sentences beside this
file (written for this purpose) in both languages together, since no feature knows a word. The same people wrote
sentences and context words, so each sentence is also shown with half of the context words taken out, as texts of
others will be. Newton's method from zero and seeded choices: the same rows give the same weights. The result goes to
`medlfm/rules/shared/abbreviations.jsonl`.
"""

from __future__ import annotations

import argparse
import json
import random
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt

from medlfm.files import atomic_write
from medlfm.matching.phrases import fold
from medlfm.matching.rules import Rule, shipped_rules
from medlfm.matching.senses import MENTION, SENSE, Surroundings
from medlfm.matching.shortforms import ShortForms, short_forms
from medlfm.settings import LANGUAGES

Floats = npt.NDArray[np.float64]
Example = tuple[Floats, int]

HERE = Path(__file__).resolve().parent
TARGET = HERE.parents[1] / "medlfm" / "rules" / "shared" / "abbreviations.jsonl"
RIDGE = 0.15
STEPS = 25
KEPT = (1.0, 0.5, 0.5, 0.35)  # the share of context words left, a copy of the rows each
# what may only speak for a sense, or only against all of them
POSITIVE = frozenset(SENSE)
NAMES = (*SENSE, *MENTION)


def main() -> int:
    """Fit, print how well the rows are told apart when a fifth of them is left out, and write the weights."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="only say how well it does, write nothing")
    chosen = parser.parse_args()
    copies = [[row for lang in LANGUAGES for row in examples(lang, kept, seed)] for seed, kept in enumerate(KEPT)]
    rows = [row for copy in copies for row in copy]
    right = wrong = 0
    for part in range(5):
        weights = fit([row for copy in copies for number, row in enumerate(copy) if number % 5 != part])
        for row in (row for copy in copies for row in copy[part::5]):
            best, score = decide(row, weights)
            given = best if score >= 0.6 else 0
            right += given == row[1]
            wrong += given not in (0, row[1])
    print(f"{len(rows)} rows, left out: right {right / len(rows):.3f}, wrongly expanded {wrong / len(rows):.3f}")
    weights = fit(rows)
    print({name: round(float(value), 3) for name, value in zip(NAMES, weights, strict=True)})
    if not chosen.check:
        rule = {"id": "weights", "weights": {n: round(float(v), 4) for n, v in zip(NAMES, weights, strict=True)}}
        TARGET.parent.mkdir(exist_ok=True)
        with atomic_write(TARGET) as file:
            file.write(json.dumps(rule) + "\n")
    return 0


def examples(lang: str, kept: float = 1.0, seed: int = 0) -> Iterator[Example]:
    """Yield (options × features, which is right): option 0 is "none of these", the others are the senses.

    kept: the share of context words that the model may use.
    """
    chance = random.Random(f"{lang} {seed}")
    rules = [_thinned(rule, kept, chance) for rule in shipped_rules(lang, "abbreviations")]
    finder = short_forms(lang, rules)
    for line in (HERE / f"sentences.{lang}.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        start = row["text"].index("[[")
        text = row["text"].replace("[[", "").replace("]]", "")
        end = start + len(re.search(r"\[\[(.+?)\]\]", row["text"])[1])  # type: ignore[index]
        found = _example(finder, text, start, end, row["long"])
        if found is not None:
            yield found


def _thinned(rule: Rule, kept: float, chance: random.Random) -> Rule:
    if "short" not in rule or kept == 1:
        return rule
    senses = []
    for sense in rule["senses"]:
        fewer = {
            name: [word for word in sense[name] if chance.random() < kept]
            for name in ("context", "before", "after")
            if name in sense
        }
        senses.append({**sense, **fewer})
    return {**rule, "senses": senses}


def _example(finder: ShortForms, text: str, start: int, end: int, long: str | None) -> Example | None:
    form = next((form for form in finder.find(text, ()) if form.start == start and form.end >= end), None)
    if form is None:
        return None
    around = Surroundings(text, finder.model)
    rows, mention = finder.model.features(form.short, around, form.start, form.end, changed=form.changed)
    senses = finder.senses(form.short)
    options = np.zeros((len(rows) + 1, len(NAMES)))
    for name, value in mention.items():
        options[0, NAMES.index(name)] = value
    for option, row in zip(options[1:], rows, strict=True):
        for name, value in row.items():
            option[NAMES.index(name)] = value
    if long is None:
        return options, 0
    names = [{fold(sense["long"]), *map(fold, sense.get("also", ()))} for sense in senses]
    place = next((number for number, given in enumerate(names, start=1) if fold(long) in given), None)
    return None if place is None else (options, place)


def fit(rows: list[Example]) -> Floats:
    """Return the weights that make the right options likeliest, less a ridge; those of a sense stay above 0."""
    weights = np.zeros(len(NAMES))
    for _ in range(STEPS):
        gradient = -RIDGE * weights
        curvature = RIDGE * np.eye(len(NAMES))
        for options, right in rows:
            logits = options @ weights
            shares = np.exp(logits - logits.max())
            shares /= shares.sum()
            mean = shares @ options
            gradient += options[right] - mean
            curvature += (options * shares[:, None]).T @ options - np.outer(mean, mean)
        weights = weights + np.linalg.solve(curvature, gradient)
        for place, name in enumerate(NAMES):
            if name in POSITIVE:
                weights[place] = max(0.0, weights[place])
    return weights


def decide(row: Example, weights: Floats) -> tuple[int, float]:
    """Return the likeliest option with its share."""
    logits = row[0] @ weights
    shares = np.exp(logits - logits.max())
    shares /= shares.sum()
    best = int(shares.argmax())
    return best, float(shares[best])


if __name__ == "__main__":
    raise SystemExit(main())
