"""What the core and the experts learn from: `python -m benchmarks.expert_corpora OUT`, then `medlfm prepare OUT/*`.

Writes a folder with a card for each open set that may be trained on: MedQuAD, MTSamples, MTS-Dialog, ACI-Bench and the
drug labels of the public-PDDI collection, in short passages, each with the specialty that it belongs to. Rows without a
specialty are the core's. Nothing of it belongs into the repository.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import random
import re
import shutil
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks.report import ROOT
from medlfm.experts.rows import is_link_list

__all__ = ["CARDS", "convert", "drug_table", "main", "passages"]

# folder of a corpus → the file it is made from; the card is that of corpora/, where there is one
CARDS = {
    "medquad": "medical_qa/medquad_train.jsonl.gz",
    "medquad-dev": "medical_qa/medquad_dev.jsonl.gz",
    "mtsamples": "notes/mtsamples_en.jsonl.gz",
    "mts-dialog": "notes/mts_dialog_train_val.jsonl.gz",
    "aci-bench": "notes/aci_bench_dev.jsonl.gz",
    "fda-labels": "drugs/fda_cv_labels_ddi_dev.jsonl.gz",
}
_LABEL_CARD = """name = "fda-labels"
title = "Drug labels of the United States, as collected by public-PDDI-analysis"
version = "8199ee66b60bcb337f777889a210dd0d72a96e8f"
licence = "LicenseRef-US-Government-Work"
attribution = "U.S. Food and Drug Administration drug labels, through dbmi-pitt/public-PDDI-analysis"
url = "https://github.com/dbmi-pitt/public-PDDI-analysis"
level = "reference"
languages = ["en"]
uses = ["training", "measuring"]
files = ["*.jsonl"]
"""
_LENGTH = 1200  # characters of a passage
_SHORTEST = 60
_SURGERY = 250  # reports of operations for the core; there are three times as many
_SPECIALTIES = {
    "Radiology": "radiology",
    "Neurology": "neurology",
    "Neurosurgery": "neurology",
    "Psychiatry / Psychology": "psychiatry",
    "Pediatrics - Neonatal": "pediatrics",
    "Gastroenterology": "gastroenterology",
    "Hematology - Oncology": "oncology",
    "Nephrology": "nephrology",
    "Endocrinology": "endocrinology",
    "Cardiovascular / Pulmonary": "cardiology",
}
_LUNGS = re.compile(r"(?i)\b(?:pulmon|lung|bronch|asthma|COPD|pneumo|thorac)")
_HEART = re.compile(r"(?i)\b(?:cardi|coronar|ventric|atri|aort|mitral)")
_TAG = re.compile(r"</?\w+>")
_HEADING = re.compile(r"^(?:\d+(?:\.\d+)?\s+)?([A-Z][A-Za-z/,() -]{3,70})$", re.MULTILINE)
# sections of a label that say nothing of what a drug does in a body: the core learns the form of a label from them
_GENERAL = re.compile(r"(?i)descript|supplied|storage|information for|carcinogen|nursing|pregnan|labor|pediatric")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.expert_corpora", description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--data", type=Path, default=os.environ.get("MEDLFM_BENCH_DATA"), help="folder of public sets")
    chosen = parser.parse_args(arguments)
    if not chosen.data:
        parser.error("name the folder of public sets: --data, or MEDLFM_BENCH_DATA")
    for name in CARDS:
        print(f"{name}: {convert(name, Path(chosen.data), chosen.out / name)} records", flush=True)
    print(f"drugs: {drug_table(chosen.out / 'drugs')} records", flush=True)
    return 0


def convert(name: str, data: Path, folder: Path) -> int:
    """Write one corpus with its card into `folder`, and return the number of its records."""
    with gzip.open(data / CARDS[name], "rt", encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    folder.mkdir(parents=True, exist_ok=True)
    if name == "fda-labels":
        (folder / "corpus.toml").write_text(_LABEL_CARD, encoding="utf-8")
    else:
        card = (ROOT / "corpora" / name.removesuffix("-dev") / "corpus.toml").read_text(encoding="utf-8")
        (folder / "corpus.toml").write_text(re.sub(r"(?m)^files = .*$", 'files = ["*.jsonl"]', card), encoding="utf-8")
    if (readme := ROOT / "corpora" / name.removesuffix("-dev") / "README.md").is_file():
        shutil.copy(readme, folder)
    makers = {"medquad": _medquad, "mtsamples": _mtsamples, "mts-dialog": _mts_dialog, "aci-bench": _aci_bench}
    records = list(makers.get(name.removesuffix("-dev"), _labels)(rows))
    with (folder / "records.jsonl").open("w", encoding="utf-8") as out:
        out.writelines(json.dumps(record, ensure_ascii=False) + "\n" for record in records)
    return len(records)


def drug_table(folder: Path) -> int:
    """Write our own drug table as rows of pharmacology, so that the core doesn't learn from it."""
    folder.mkdir(parents=True, exist_ok=True)
    own = ROOT / "corpora" / "starter-medications"
    card = (own / "corpus.toml").read_text(encoding="utf-8")
    (folder / "corpus.toml").write_text(re.sub(r"(?m)^files = .*$", 'files = ["*.jsonl"]', card), encoding="utf-8")
    shutil.copy(own / "README.md", folder)
    lines = (ROOT / "medlfm" / "knowledge" / "drugs.jsonl").read_text(encoding="utf-8").splitlines()
    with (folder / "records.jsonl").open("w", encoding="utf-8") as out:
        for line in lines:
            row = {"kind": "medication", **json.loads(line), "specialty": "pharmacology"}
            out.write(json.dumps(row, ensure_ascii=False) + "\n")
    return len(lines)


def passages(text: str, length: int = _LENGTH) -> Iterator[str]:
    """Cut a text at its line and sentence ends into passages of about so many characters."""
    passage = ""
    for piece in re.split(r"(?<=[.!?:])\s+(?=[A-Z0-9])|\n+", _TAG.sub(" ", text.replace("\r", ""))):
        if passage and len(passage) + len(piece) > length:
            yield passage
            passage = ""
        passage = f"{passage}\n{piece.strip()}" if passage else piece.strip()
    if len(passage) > _SHORTEST:
        yield passage


def _medquad(rows: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for row in rows:
        if row["answer"].strip() and not is_link_list(row["answer"]):
            yield {
                "kind": "qa",
                "id": row["id"],
                "lang": "en",
                "question": " ".join(row["question"].split()).replace(" ?", "?"),
                "answer": row["answer"],
                "category": row["qtype"],
                "topic": row["focus"],
                "source": row["source"],
                "url": row["url"],
                "specialty": (row["specialty"] or "").replace(" ", "_"),
            }


def _mtsamples(rows: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    rows = list(rows)
    surgery = {row["id"] for row in rows if row["specialty"] == "Surgery"}
    kept = set(random.Random(0).sample(sorted(surgery), min(_SURGERY, len(surgery))))
    for row in rows:
        found = {_SPECIALTIES[name] for name in row["all_specialties"] if name in _SPECIALTIES}
        if not found and row["id"] in surgery - kept:
            continue
        specialty = "radiology" if "radiology" in found else min(found, default="")
        if specialty == "cardiology" and len(_LUNGS.findall(row["text"])) > len(_HEART.findall(row["text"])):
            specialty = "pulmonology"
        if len(found - {"radiology"}) > 1:
            continue  # of two experts
        yield from _note(row["id"], row["text"], row["specialty"].strip(), specialty)


def _mts_dialog(rows: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for row in rows:
        header = row["section_header"]
        specialty = "radiology" if header == "IMAGING" else ""
        yield from _note(f"mts-dialog-{row['id']}", row["section_text"], header.lower(), specialty)


def _aci_bench(rows: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for row in rows:
        yield from _note(f"aci-bench-{row['id']}", row["note"], "visit", "")


def _note(name: str, text: str, category: str, specialty: str) -> Iterator[dict[str, Any]]:
    shared = {"kind": "note", "lang": "en", "category": category, "specialty": specialty, "patient_id": name}
    for number, passage in enumerate(passages(text)):
        yield {**shared, "id": f"{name}-{number}", "text": passage}


def _labels(rows: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """One question a section of a label: what it says about the drug."""
    for row in rows:
        generic = row["generic"].lower()
        for section, text in _sections(row["text"]):
            for number, passage in enumerate(passages(text)):
                yield {
                    "kind": "qa",
                    "id": f"{row['id']}-{section}-{number}",
                    "lang": "en",
                    "question": f"What does the label of {row['brand']} ({generic}) say about {section.lower()}?",
                    "answer": passage,
                    "category": section.lower(),
                    "topic": generic,
                    "source": "FDA drug label",
                    "specialty": "" if _GENERAL.search(section) else "pharmacology",
                }


def _sections(text: str) -> Iterator[tuple[str, str]]:
    text = text.replace("\r", "")
    marks = list(_HEADING.finditer(text))
    ends = [mark.start() for mark in marks[1:]] + [len(text)]
    for mark, end in zip(marks, ends, strict=False):
        body = text[mark.end() : end].strip()
        if len(body) > _SHORTEST:
            yield mark.group(1).strip().removesuffix("SECTION").strip(), body


if __name__ == "__main__":
    sys.exit(main())
