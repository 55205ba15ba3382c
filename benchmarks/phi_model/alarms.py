"""What is found in clinical text that holds no PHI, or whose names are known: false alarms by 1,000 words.

The half of MTSamples that no training text comes from, the notes of ACI-Bench, and MedQuAD's held-out answers. Dates
and ages are left out, since the policy covers them. The sets still hold names: those of the speakers that ACI-Bench
made up, a few that MTSamples forgot. A second reading of every find says which ones
(results/readings/phi_alarms.jsonl: set, row, offsets, label and verdict, no text): a find that meets a stretch read as
"phi" is no false alarm. A "placeholder" ("Dr. XYZ") stays one, though it stands where a name stood. "all" counts every
find.
"""

from __future__ import annotations

import gzip
import json
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

from benchmarks.phi_model.sources import data_folder, halves
from medlfm.matching.phi import PhiEngine, PhiMatch, phi_rules
from medlfm.matching.phi.model import PhiModel

__all__ = ["alarms", "false_alarms"]

READINGS = Path(__file__).parents[1] / "results" / "readings" / "phi_alarms.jsonl"
_EACH = 150  # texts of a set
_COVERED = ("DATE", "AGE")
Text = tuple[str, str, list[tuple[int, int]]]  # row, text, names that the set itself marks


def false_alarms(model: PhiModel) -> dict[str, Any]:
    """Count finds that are no PHI, of the rules alone and with the model."""
    engine, results = PhiEngine("en", phi_rules("en")), {}
    for name, texts in sets().items():
        read = _read(name)
        words = sum(len(text.split()) for _, text, _ in texts)
        counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for (row, text, names), more in zip(texts, model.find_all([text for _, text, _ in texts]), strict=True):
            for which, found in (("rules", engine.find(text)), ("both", engine.find(text, more))):
                for match in alarms(found, names):
                    counts["all"][which] += 1
                    if not _meets(match, read[row]):
                        counts[which][match.label] += 1
        rates = {key: round(1000 * sum(counts[key].values()) / words, 2) for key in ("rules", "both")}
        every = {key: round(1000 * counts["all"][key] / words, 2) for key in ("rules", "both")}
        results[name] = {
            "texts": len(texts),
            "words": words,
            "per_1000_words": rates,
            "all_per_1000_words": every,
            "by_label": dict(counts["both"]),
        }
    return results


def alarms(found: list[PhiMatch], names: list[tuple[int, int]]) -> list[PhiMatch]:
    """Return the finds that a policy doesn't cover anyway, outside the names that the set itself marks."""
    return [match for match in found if match.label not in _COVERED and not _meets(match, names)]


def _meets(match: PhiMatch, spans: list[tuple[int, int]]) -> bool:
    return any(start < match.end and match.start < end for start, end in spans)


def _read(name: str) -> defaultdict[str, list[tuple[int, int]]]:
    """Return the stretches of a set that were read as PHI, by row."""
    found: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)
    for line in READINGS.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        if row["set"] == name and row["verdict"] == "phi":
            found[row["row"]].append((row["start"], row["end"]))
    return found


def sets() -> dict[str, list[Text]]:
    """Return the texts of each set."""
    notes = [row for row in _rows("notes/mtsamples_en") if halves(row["id"]) == "measure"][:_EACH]
    visits = _rows("notes/aci_bench_dev")[:_EACH]
    answers = _rows("medical_qa/medquad_dev")[:_EACH]
    return {
        "mtsamples": [(row["id"], row["text"], []) for row in notes],
        "aci_bench": [(r["id"], r["note"], [(s["start"], s["end"]) for s in r["note_name_spans"]]) for r in visits],
        "medquad": [(r["id"], f"{r['question']} {r['answer'][:600]}", []) for r in answers],
    }


def _rows(name: str) -> list[dict[str, Any]]:
    with gzip.open(data_folder() / f"{name}.jsonl.gz", "rt", encoding="utf-8") as stream:
        return [json.loads(line) for line in stream]
