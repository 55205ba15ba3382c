"""What is found in clinical text that holds no PHI, or whose names are known: false alarms by 1,000 words.

The half of MTSamples that no training text comes from, the notes of ACI-Bench, and MedQuAD's held-out answers. Dates
and ages are left out, since the policy covers them. MTSamples still names clinicians ("Dr. XYZ"), so the figure is an
upper bound.
"""

from __future__ import annotations

import gzip
import json
from collections import Counter
from typing import Any

from benchmarks.phi_model.sources import data_folder, halves
from medlfm.matching.phi import PhiEngine, phi_rules
from medlfm.matching.phi.model import PhiModel

__all__ = ["false_alarms"]

_EACH = 150  # texts of a set
_COVERED = ("DATE", "AGE")
Text = tuple[str, list[tuple[int, int]]]


def false_alarms(model: PhiModel) -> dict[str, Any]:
    """Count finds outside known names, of the rules alone and with the model."""
    engine = PhiEngine("en", phi_rules("en"))
    results = {}
    for name, texts in _sets().items():
        words = sum(len(text.split()) for text, _ in texts)
        rules, both = Counter[str](), Counter[str]()
        for (text, names), more in zip(texts, model.find_all([text for text, _ in texts]), strict=True):
            for found, counts in ((engine.find(text), rules), (engine.find(text, more), both)):
                for match in found:
                    known = any(start < match.end and match.start < end for start, end in names)
                    counts[match.label] += match.label not in _COVERED and not known
        rates = {
            key: round(1000 * sum(counts.values()) / words, 2) for key, counts in (("rules", rules), ("both", both))
        }
        results[name] = {"texts": len(texts), "words": words, "per_1000_words": rates, "by_label": dict(+both)}
    return results


def _sets() -> dict[str, list[Text]]:
    notes = [row for row in _rows("notes/mtsamples_en") if halves(row["id"]) == "measure"][:_EACH]
    visits = _rows("notes/aci_bench_dev")[:_EACH]
    answers = _rows("medical_qa/medquad_dev")[:_EACH]
    return {
        "mtsamples": [(row["text"], []) for row in notes],
        "aci_bench": [(r["note"], [(s["start"], s["end"]) for s in r["note_name_spans"]]) for r in visits],
        "medquad": [(f"{row['question']} {row['answer'][:600]}", []) for row in answers],
    }


def _rows(name: str) -> list[dict[str, Any]]:
    with gzip.open(data_folder() / f"{name}.jsonl.gz", "rt", encoding="utf-8") as stream:
        return [json.loads(line) for line in stream]
