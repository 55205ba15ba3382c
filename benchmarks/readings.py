"""What was read one by one: `results/readings/*.jsonl`, a line for each verdict, without any text."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

__all__ = ["load_readings", "render_readings"]

_SURE = 0.85  # the confidence from which an answer is shown without a reviewer

# name of the file → what was read, and what the verdicts mean
_WHAT = {
    "avey": (
        "Avey vignettes, open half: urgency",
        "the set has no urgencies, they were given by reading; `right`: the component agrees",
    ),
    "mtsamples_medications": (
        "200 lines of medication sections of MTSamples, not seen before (three drugs a line on average)",
        "`right`: all drugs of the line found, every value as written; at first sight. `after` in the file: once what "
        "was wrong had been mended, no longer unseen",
    ),
    "mtsamples_urgency": (
        "100 reports of MTSamples, drawn at random: urgency",
        "is the component's verdict a sensible one for the report",
    ),
    "onc_unlisted": (
        "ONC names, all pairs not on the open half of the list at which we interrupt",
        "`major`: rightly, they are to be kept apart; `moderate`: showing it would do; `disputed`: sources differ",
    ),
    "phi_alarms": (
        "finds in text that was de-identified before",
        "`phi`: an identifier that was left in; `placeholder`: stands for one; `false`: a false alarm",
    ),
    "rxsafebench_contraindication": (
        "RxSafeBench, contraindications: choices that count as wrong",
        "`label`: the label is wrong or can't be decided; `ours`: our mistake",
    ),
    "rxsafebench_interaction": (
        "RxSafeBench, interactions: choices that count as wrong",
        "`label`: the label is wrong or can't be decided; `ours`: our mistake",
    ),
    "answers": (
        "200 quoted answers, as a user sees them",
        "does the answer answer what was asked; `kind`: what is wrong with those that do not",
    ),
    "answers_mended": (
        "the questions of MedQuAD among them, after runs were quoted in place of sentences",
        "what had failed was read in full, the others by their beginning",
    ),
    "answers_new": (
        "another 120 questions at first sight, 80 of MedQuAD and our own (`answers_read2.<lang>.txt`)",
        "does the answer answer what was asked; `kind`: what is wrong with those that do not",
    ),
    "answers_new_mended": (
        "the same once what was wrong had been mended",
        "no longer unseen; what had changed was read again",
    ),
    "answers_independent": (
        "another 100 questions, drawn, written and read at first sight by a second reader without part in the work: "
        "50 of MedQuAD and our own (`answers_read3.<lang>.txt`)",
        "does the answer answer what was asked; `kind`: what is wrong with those that do not. Each question counts, "
        "none was replaced",
    ),
    "abbreviations_review": ("inventories of short forms, rows gone through again", "what was found, and changed"),
}


def load_readings(folder: Path) -> list[dict[str, Any]]:
    """Count the verdicts of each file, in the order of the names; reasons and places stay in the files."""
    found = []
    for path in sorted(folder.glob("*.jsonl")):
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
        found.append({"task": "reading", "file": f"{folder.name}/{path.name}", "name": path.stem, **_count(rows)})
    return found


def _answers(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return the shares of answers that answer, and of sentences that their passage supports, by source of question."""
    groups = {"all": list(rows)}
    for row in rows:
        groups.setdefault(row["source"], []).append(row)
    checked = any("available" in row for row in rows)
    return {name: {**_shares(own), **(_checked(own) if checked else {})} for name, own in groups.items()}


def _shares(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    read = [row for row in rows if "answered" in row]
    sentences = sum(row["sentences"] for row in read)
    return {
        "held_back": len(rows) - len(read),
        "answers": len(read),
        "answer": round(sum(row["answered"] for row in read) / len(read), 3) if read else None,
        "sentences": sentences,
        "supported": round(sum(row["supported_sentences"] for row in read) / sentences, 3) if sentences else None,
    }


def _checked(rows: Sequence[dict[str, Any]]) -> dict[str, int]:
    """Count what was held back though the store could answer, and what is right among answers sure of themselves."""
    sure = [row for row in rows if "answered" in row and row.get("confidence", 0.0) >= _SURE]
    return {
        "missed": sum(row.get("available", False) for row in rows),
        "sure": len(sure),
        "sure_answer": sum(row["answered"] for row in sure),
        "sure_sound": sum(row["answered"] and row["supported_sentences"] == row["sentences"] for row in sure),
    }


def _count(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    if any("supported_sentences" in row for row in rows):
        read = [row for row in rows if "answered" in row]
        counts = Counter("answers" if row["answered"] else str(row["kind"]) for row in read)
        return {"rows": len(read), "verdicts": _ordered(counts), "shares": _answers(rows)}
    if all("label" in row and "verdict" in row and "set" not in row for row in rows):
        counts = Counter("right" if row["label"] == row["verdict"] else "another" for row in rows)
    elif all("sensible" in row for row in rows):
        counts = Counter("sensible" if row["sensible"] else "not sensible" for row in rows)
    else:
        counts = Counter(str(row["verdict"]) for row in rows if "verdict" in row)
    return {"rows": len(rows), "verdicts": _ordered(counts)}


def _ordered(counts: Counter[str]) -> dict[str, int]:
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def render_readings(results: Sequence[dict[str, Any]]) -> list[str]:
    """Return the section; nothing where nothing was read."""
    readings = [result for result in results if result.get("task") == "reading"]
    if not readings:
        return []
    lines = [
        "## Read one by one\n",
        "Rows that were read one by one; each row's verdict, and mostly a reason, stands in "
        "`benchmarks/results/readings`.\n",
        "| what | rows | verdicts | meaning |",
        "|---|---:|---|---|",
    ]
    for reading in readings:
        title, meaning = _WHAT.get(reading["name"], (reading["name"], ""))
        kinds = list(reading["verdicts"].items())
        counts = ", ".join(f"{name} {count}" for name, count in kinds[:6]) + (", …" if len(kinds) > 6 else "")
        lines.append(f"| {title} | {reading['rows']} | {counts or '–'} | {meaning} |")
    tables = [_by_source(reading["shares"]) for reading in readings if "shares" in reading]
    checks = [_sure(reading["shares"]) for reading in readings if "missed" in reading.get("shares", {}).get("all", {})]
    return ["\n".join(lines) + "\n", *tables, *checks]


def _by_source(groups: dict[str, dict[str, Any]]) -> str:
    """Show the quoted answers by where their question comes from."""
    lines = [
        "Quoted answers by source of the question; `en` and `de` are our own, over the starter texts too. A sentence "
        "counts as supported where its passage says it, nothing that it needs was cut off, and it is about what was "
        "asked about; one reader. Answers of the base and of routed experts were not read.\n",
        "| questions | held back | answers read | that answer | sentences | supported |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    lines += [
        f"| {name} | {found['held_back']} | {found['answers']} | {_share(found['answer'])} "
        f"| {found['sentences']} | {_share(found['supported'])} |"
        for name, found in groups.items()
    ]
    return "\n".join(lines) + "\n"


def _sure(groups: dict[str, dict[str, Any]]) -> str:
    """Show how the second reader's verdicts and the confidence agree, by where the question comes from."""
    lines = [
        f"The second reader's questions: answers with a confidence of {_SURE} or more, how many of them answer what "
        "was asked, and how many answer it with every sentence supported; and the questions held back though a passage "
        "in the store answers them, perhaps in the other language. German answers have no confidence and always go to "
        "review. These verdicts are kept from the calibrator, which has learned from other verdicts on MedQuAD's "
        "development half.\n",
        f"| questions | at {_SURE} | that answer | and every sentence stands | held back | of them answerable |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    lines += [
        f"| {name} | {found['sure']} | {found['sure_answer']} | {found['sure_sound']} "
        f"| {found['held_back']} | {found['missed']} |"
        for name, found in groups.items()
    ]
    return "\n".join(lines) + "\n"


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
