"""What was read one by one: `results/readings/*.jsonl`, a line for each verdict, without any text."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

__all__ = ["load_readings", "render_readings"]

# name of the file → what was read, and what the verdicts mean
_WHAT = {
    "avey": (
        "Avey vignettes, open half: urgency",
        "the set has no urgencies, they were given by reading; `right`: the component agrees",
    ),
    "mtsamples_urgency": (
        "100 reports of MTSamples, drawn at random: urgency",
        "is the component's verdict a sensible one for the report",
    ),
    "onc_unlisted": (
        "ONC names, pairs not on the list that we flag",
        "`major`, `moderate`: the interaction exists, at that severity; `disputed`: sources differ",
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
    "abbreviations_review": ("inventories of short forms, rows gone through again", "what was found, and changed"),
}


def load_readings(folder: Path) -> list[dict[str, Any]]:
    """Count the verdicts of each file, in the order of the names; reasons and places stay in the files."""
    found = []
    for path in sorted(folder.glob("*.jsonl")):
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
        found.append({"task": "reading", "file": f"{folder.name}/{path.name}", "name": path.stem, **_count(rows)})
    return found


def _count(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    if all("label" in row and "verdict" in row and "set" not in row for row in rows):
        counts = Counter("right" if row["label"] == row["verdict"] else "another" for row in rows)
    elif all("sensible" in row for row in rows):
        counts = Counter("sensible" if row["sensible"] else "not sensible" for row in rows)
    else:
        counts = Counter(str(row["verdict"]) for row in rows if "verdict" in row)
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return {"rows": len(rows), "verdicts": dict(ordered)}


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
    return ["\n".join(lines) + "\n"]
