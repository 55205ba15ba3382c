"""Scoring `orders`: verdicts on orders, interactions of pairs, the safe one of several drugs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from medlfm.evaluate.gold import Case
from medlfm.evaluate.scores.shared import Answers, Report, groups_of, share
from medlfm.scoring import class_report, clopper_pearson

__all__ = ["score_order_checks"]

Pairs = Sequence[tuple[Case, dict[str, Any]]]


def score_order_checks(cases: Sequence[Case], answers: Answers) -> Report:
    """Score {"verdict"} of orders, {"interaction", "interrupts", "known"} of pairs, {"first"} of choices.

    "interaction": one of severity major or worse; "interrupts": one that stops the prescriber; "first": the drugs that
    rank first.
    """
    pairs = list(zip(cases, answers, strict=True))
    if cases and "offered" in cases[0].gold:
        return _choices(pairs)
    if cases and "interacts" in cases[0].gold:
        return _interactions(pairs)
    return _verdicts(pairs)


def _verdicts(pairs: Pairs) -> Report:
    gold = [case.gold["verdict"] for case, _ in pairs]
    found = [answer["verdict"] for _, answer in pairs]
    report = class_report(gold, found, groups=groups_of([case for case, _ in pairs]))
    flags = [(case.gold["flag"], _flags(one, other)) for (case, _), one, other in zip(pairs, gold, found, strict=True)]
    return {
        "metrics": {
            "orders": len(pairs),
            "verdict_accuracy": report["metrics"]["accuracy"],
            "verdict_macro_f1": report["metrics"]["macro_f1"],
            "dangerous_found": _rate(flags, when=True),
            "safe_flagged": _rate(flags, when=False),
        },
        "by_label": report["by_label"],
        "intervals": report["intervals"] | _exact(flags, "dangerous_found", "safe_flagged"),
        "missed": [case.row for (case, _), one, other in zip(pairs, gold, found, strict=True) if one != other],
    }


def _flags(gold: str, found: str) -> bool:
    """Whether an order was flagged: "unknown_drug" stops a safe order, but finds no danger except just that."""
    return found != "ok" and (found != "unknown_drug" or gold in ("ok", "unknown_drug"))


def _interactions(pairs: Pairs) -> Report:
    flags = [(case.gold["interacts"], answer["interaction"]) for case, answer in pairs]
    stops = [(case.gold["interacts"], answer["interrupts"]) for case, answer in pairs]
    known = [flag for flag, (_, answer) in zip(flags, pairs, strict=True) if answer["known"]]
    return {
        "metrics": {
            "pairs": len(pairs),
            "interactions_found": _rate(flags, when=True),
            "found_of_known": _rate(known, when=True),
            "unlisted_flagged": _rate(flags, when=False),
            "found_interruptive": _rate(stops, when=True),
            "unlisted_interruptive": _rate(stops, when=False),
            "unlisted_of_another_half": _of_another_half([case for case, _ in pairs]),
            "both_known": share(len(known), len(pairs)),
        },
        "by_label": {},
        "intervals": _exact(flags, "interactions_found", "unlisted_flagged")
        | _exact(stops, "found_interruptive", "unlisted_interruptive"),
        "missed": [case.row for (case, _), (gold, found) in zip(pairs, flags, strict=True) if gold and not found],
    }


def _of_another_half(cases: Sequence[Case]) -> float | None:
    """Return which share of the unlisted pairs would be listed if the list went on as long again over the same names.

    Where only half of a list is open, that is how many of them its other half is expected to hold.
    """
    listed = [(case.gold["order"], *case.gold["patient"]["medications"]) for case in cases if case.gold["interacts"]]
    names = len({name for pair in listed for name in pair})
    others = names * (names - 1) // 2 - len(listed)
    return share(len(listed), others)


def _choices(pairs: Pairs) -> Report:
    points = [
        (case.gold["safe"] in answer["first"]) / len(answer["first"]) if answer["first"] else 0.0
        for case, answer in pairs
    ]
    tied = sum(len(answer["first"]) > 1 for _, answer in pairs)
    low, high = clopper_pearson(round(sum(points)), len(points))
    return {
        "metrics": {
            "choices": len(pairs),
            "safe_chosen": share(sum(points), len(points)),
            "undecided": share(tied, len(pairs)),
        },
        "by_label": {},
        "intervals": {"safe_chosen": [round(low, 4), round(high, 4)]},
        "missed": [case.row for (case, _), point in zip(pairs, points, strict=True) if not point],
    }


def _rate(flags: Sequence[tuple[bool, bool]], *, when: bool) -> float | None:
    chosen = [found for gold, found in flags if gold is when]
    return share(sum(chosen), len(chosen))


def _exact(flags: Sequence[tuple[bool, bool]], found: str, flagged: str) -> dict[str, list[float]]:
    intervals = {}
    for name, when in ((found, True), (flagged, False)):
        chosen = [hit for gold, hit in flags if gold is when]
        low, high = clopper_pearson(sum(chosen), len(chosen)) if chosen else (0.0, 1.0)
        intervals[name] = [round(low, 4), round(high, 4)]
    return intervals
