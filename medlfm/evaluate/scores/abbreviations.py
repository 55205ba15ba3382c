"""Scoring `abbreviations`: definitions in the text, the long form of each span, or the senses of a bare short form.

A long form is right in any spelling (British or American, with or without a hyphen, 's, an umlaut written out), and by
any other name that the system gives for the same sense ("also" of a candidate).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from medlfm.evaluate.gold import Case
from medlfm.evaluate.scores.shared import Answers, Report, binary_report, groups_of, plain, share
from medlfm.matching.phrases import fold

__all__ = ["score_abbreviations"]

_SPELLINGS = (
    (r"['’]s\b", ""),
    (r"\(s\)", ""),
    (r"[ao]e", "e"),
    (r"isation", "ization"),
    (r"(?<=[a-z]{3})is(?=(?:e|ed|ing)\b)", "iz"),
    (r"graphi", "grafi"),
    (r"(?<=[a-z]{3})our\b", "or"),
)
_SMALL = frozenset({"of", "the", "and", "or", "in", "for", "to"})
# what a name of the same thing may have more ("Crohn disease" for "Crohn's", "serum potassium level")
_GENERAL = frozenset({"disease", "disorder", "syndrome", "test", "level", "measurement", "procedure", "structure"})
_ENDING = re.compile(
    r"(?<=[a-z]{4})(?:ically|ical|ally|ial|eal|inal|ular|ary|ic|al|ar|ist|ous|ously|ly|ed|ing|ation|ion|ive|us|um|is|ia|e|y)$"
)
_ALIKE = 0.75  # share of the words of two names that are the same, from which a bare sense is taken for the other


def score_abbreviations(cases: Sequence[Case], answers: Answers) -> Report:
    """Score abbreviations: pairs of forms, senses, or the long form of each span, whichever the gold has."""
    if cases and "senses" in cases[0].gold:
        return _score_senses(cases, answers)
    counts = np.zeros((len(cases), 1, 3))
    first: list[bool] = []
    listed: list[bool] = []
    wrong = right = 0
    missed = []
    for row, case, answer in zip(counts, cases, answers, strict=True):
        gold, found = _compared(case, answer)
        row[0] = len(gold), len(found), len(gold & found)
        right += gold == found
        wrong += bool(found - gold)
        if gold != found:
            missed.append(case.row)
        for span in case.gold.get("spans") or case.gold.get("marked", ()):
            if not span["long_form"]:
                continue
            candidates = _candidates_at(span, answer)
            first.append(any(_same(span["long_form"], name) for name in candidates[0]) if candidates else False)
            listed.append(any(_same(span["long_form"], name) for names in candidates for name in names))
    report = binary_report(["long_form"], counts, missed, groups_of(cases))
    report["metrics"] = report["by_label"].pop("long_form")
    report["intervals"] = {"f1": report["intervals"].get("long_form.f1")}
    if first:
        report["metrics"] |= {"ranked_first": share(sum(first), len(first)), "listed": share(sum(listed), len(listed))}
    if cases and "marked" in cases[0].gold:
        report["metrics"] |= {"accuracy": share(right, len(cases)), "wrongly_expanded": share(wrong, len(cases))}
    return report


def _compared(case: Case, answer: dict[str, Any]) -> tuple[set[Any], set[Any]]:
    if "pairs" in case.gold:
        return _pairs(case, answer)
    if "spans" in case.gold:
        return _forms(case.gold["spans"], answer["spans"])
    # of what was found, only what touches a mark, at the mark's borders
    found = [
        {**span, "start": mark["start"], "end": mark["end"]}
        for mark in case.gold["marked"]
        for span in answer["spans"]
        if span["start"] < mark["end"] and mark["start"] < span["end"]
    ]
    return _forms(case.gold["marked"], found)


def _pairs(case: Case, answer: dict[str, Any]) -> tuple[set[Any], set[Any]]:
    """Return gold and found (short form, long form), of the found only what the text defines."""
    text = plain(case.text)
    found = {
        (plain(span["short_form"]), plain(span["long_form"]))
        for span in answer["spans"]
        if span["long_form"] and _is_local(span)
    }
    return (
        {(plain(short), plain(long)) for short, long in case.gold["pairs"]},
        {(short, long) for short, long in found if long in text},
    )


def _is_local(span: dict[str, Any]) -> bool:
    """Whether a long form comes from the text, as far as the system says where it has it from."""
    best = next(iter(span.get("candidates") or ()), None)
    return not isinstance(best, dict) or best.get("source") != "inventory"


def _forms(gold: Sequence[dict[str, Any]], found: Sequence[dict[str, Any]]) -> tuple[set[Any], set[Any]]:
    """Return gold and found (start, end, long form), of those that have one; a found name of a gold sense as there."""
    wanted = {(span["start"], span["end"]): span["long_form"] for span in gold if span["long_form"]}
    given = set()
    for span in found:
        place = span["start"], span["end"]
        if span["long_form"]:
            names = _names(span)
            long = wanted.get(place, "")
            same = long and any(_same(long, name) for name in names)
            given.add((*place, plain(long if same else span["long_form"])))
    return {(*place, plain(long)) for place, long in wanted.items()}, given


def _names(span: dict[str, Any]) -> list[str]:
    best = next(iter(span.get("candidates") or ()), None)
    also = best.get("also", ()) if isinstance(best, dict) and best["long"] == span["long_form"] else ()
    return [span["long_form"], *also]


def _candidates_at(span: dict[str, Any], answer: dict[str, Any]) -> list[list[str]]:
    for found in answer["spans"]:
        if found["start"] < span["end"] and span["start"] < found["end"]:
            return [
                [item] if isinstance(item, str) else [item["long"], *item.get("also", ())]
                for item in found["candidates"]
            ]
    return []


@lru_cache(maxsize=50_000)
def _spelt(name: str) -> tuple[str, ...]:
    text = fold(name.replace("’", "'").replace("'s", ""))
    for pattern, instead in _SPELLINGS:
        text = re.sub(pattern, instead, text)
    words = re.findall(r"[^\W_]+", text)
    return tuple(word[:-1] if word.endswith("s") and len(word) > 3 else word for word in words)


def _same(one: str, other: str) -> bool:
    return "".join(_spelt(one)) == "".join(_spelt(other))


def _score_senses(cases: Sequence[Case], answers: Answers) -> Report:
    """Score what a system lists for a bare short form, each short form counting alike.

    known: the share of its uses whose sense is listed; first: whether the sense used most is ranked first.
    """
    known, first, missed = [], [], []
    for case, answer in zip(cases, answers, strict=True):
        listed = [[item["long"], *item.get("also", ())] for item in answer.get("senses", ())]
        senses = case.gold["senses"]
        covered = sum(sense["share"] for sense in senses if any(_alike(sense["names"], names) for names in listed))
        most = max(senses, key=lambda sense: sense["share"])
        known.append(covered / sum(sense["share"] for sense in senses))
        first.append(bool(listed) and _alike(most["names"], listed[0]))
        if not first[-1]:
            missed.append(case.row)
    metrics = {
        "short_forms": len(cases),
        "listed": share(sum(bool(answer.get("senses")) for answer in answers), len(cases)),
        "share_of_use_known": share(sum(known), len(known)),
        "most_used_first": share(sum(first), len(first)),
    }
    return {"metrics": metrics, "by_label": {}, "intervals": {}, "missed": missed}


def _alike(some: Iterable[str], others: Iterable[str]) -> bool:
    """Whether two senses share a name, but for spelling, order, endings, and small or general words."""
    theirs = [(_content(name), "".join(_spelt(name))) for name in others]
    return any(
        joined == other_joined or (one and other and len(one & other) / len(one | other) >= _ALIKE)
        for one, joined in ((_content(name), "".join(_spelt(name))) for name in some)
        for other, other_joined in theirs
    )


@lru_cache(maxsize=50_000)
def _content(name: str) -> frozenset[str]:
    words = [word for word in _spelt(name) if word not in _SMALL] or _spelt(name)
    special = [word for word in words if word not in _GENERAL] or words
    return frozenset(_ENDING.sub("", word) for word in special)
