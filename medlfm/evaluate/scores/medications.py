"""Scoring `medications`: the spans, and the values of those found."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np

from medlfm.evaluate.gold import Case
from medlfm.evaluate.scores.shared import Answers, Report, binary_report, groups_of, share
from medlfm.matching.rules import load_rules
from medlfm.scoring import ScoredText, span_report

__all__ = ["score_medications"]

Values = dict[str, Any]

_USUAL = {"iv": "intravenous", "im": "intramuscular", "sc": "subcutaneous", "po": "oral", "mcg": "ug", "spray": "puff"}


def score_medications(cases: Sequence[Case], answers: Answers) -> Report:
    """Score {"spans": [(start, end, "DRUG")], "values": [{attribute: value}]}.

    Where the gold has offsets, the spans are scored, else the ingredients. `values` are the shares of right values by
    attribute, over the drugs that were found.
    """
    if any("orders" in case.gold for case in cases):
        return _order_report(cases, answers)
    documents = [
        ScoredText(case.gold["spans"], [tuple(span) for span in answer["spans"]], case.gold["ignored"], case.text)
        for case, answer in zip(cases, answers, strict=True)
    ]
    report = span_report(documents, groups=groups_of(cases))
    pairs = [
        (values, found)
        for case, answer in zip(cases, answers, strict=True)
        for span, values in zip(case.gold["spans"], case.gold["values"], strict=False)
        if (found := _at(span, answer)) is not None
    ]
    report["metrics"]["values"] = _value_shares(pairs)
    report["missed"] = [
        case.row
        for case, document in zip(cases, documents, strict=True)
        if span_report([document])["metrics"]["overlap"]["f1"] not in (None, 1.0)
    ]
    return report


def _order_report(cases: Sequence[Case], answers: Answers) -> Report:
    counts = np.zeros((len(cases), 1, 3))
    pairs: list[tuple[Values, Values]] = []
    exact = 0
    missed = []
    for row, case, answer in zip(counts, cases, answers, strict=True):
        matched = _matched(case.gold["orders"], answer["values"])
        row[0] = len(case.gold["orders"]), len(answer["values"]), len(matched)
        pairs += matched
        right = sum(_all_right(gold, found) for gold, found in matched)
        exact += right
        if not right == len(case.gold["orders"]) == len(answer["values"]):
            missed.append(case.row)
    report = binary_report(["ingredient"], counts, missed, groups_of(cases))
    report["metrics"] = {**report["by_label"].pop("ingredient"), "values": _value_shares(pairs)}
    report["intervals"] = {"f1": report["intervals"].get("ingredient.f1")}
    report["metrics"]["order_exact"] = share(exact, report["metrics"]["gold"])
    return report


def _matched(gold: Sequence[Values], found: Sequence[Values]) -> list[tuple[Values, Values]]:
    """Pair orders of the same ingredient, in their order; each is used once."""
    left = list(found)
    pairs = []
    for order in gold:
        for other in left:
            if _agrees("ingredient", order["ingredient"], other.get("ingredient")):
                pairs.append((order, other))
                left.remove(other)
                break
    return pairs


def _at(span: Sequence[Any], answer: dict[str, Any]) -> Values | None:
    for found, values in zip(answer["spans"], answer["values"], strict=True):
        if found[0] < span[1] and span[0] < found[1]:
            return dict(values)
    return None


def _value_shares(pairs: Sequence[tuple[Values, Values]]) -> dict[str, float]:
    right: defaultdict[str, list[bool]] = defaultdict(list)
    for gold, found in pairs:
        for name, value in gold.items():
            right[name].append(_agrees(name, value, found.get(name)))
    return {name: round(sum(hits) / len(hits), 4) for name, hits in sorted(right.items())}


def _all_right(gold: Values, found: Values) -> bool:
    return all(_agrees(name, value, found.get(name)) for name, value in gold.items())


def _agrees(name: str, value: Any, other: Any) -> bool:
    if name == "ingredient":
        return _parts(value) == _parts(other or "")
    return _same(value, other)


@cache
def _ids() -> dict[str, str]:
    """The ingredients of the lexicon by all of their names."""
    rules = [rule for rule in load_rules("en", "medications") if "atc" in rule]
    return {name.casefold(): rule["id"] for rule in rules for name in (*rule["en"], *rule["de"], rule["id"])}


def _parts(ingredient: str) -> frozenset[str]:
    """Return the ingredients of a combination in any order, each by the lexicon's id where it knows the name."""
    names = [part.strip().casefold() for part in ingredient.split("/")]
    return frozenset(_ids().get(name, name) for name in names)


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, str) and isinstance(other, str):
        return _usual(one) == _usual(other)
    if isinstance(one, int | float) and isinstance(other, int | float):
        # gold rounds "every 72 hours" to 0.333 and "every two weeks" to 0.071
        return abs(one - other) <= max(2e-3 * max(abs(one), abs(other)), 6e-4)
    return bool(one == other)


def _usual(word: str) -> str:
    """Return the usual spelling: gold sets abbreviate routes, and write a microgram in four ways."""
    word = word.casefold().replace("\u00b5", "u").replace("\u03bc", "u")
    return {
        "iv": "intravenous",
        "im": "intramuscular",
        "sc": "subcutaneous",
        "po": "oral",
        "mcg": "ug",
        "spray": "puff",
    }.get(word, word)
