"""Real text for training: marked rows whose licence allows it, and text without PHI for precision.

Nothing of it is committed. Rows of the open halves carry a fold, so that a figure on them comes from a model that
never saw the row, or, for presidio-research, any row of its template.
"""

from __future__ import annotations

import gzip
import json
import os
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from faker.providers.date_time import Provider as FakerDates

from benchmarks.phi_model.fill import Marked, Span
from medlfm.evaluate.gold import read_gold
from medlfm.evaluate.readers import phi
from medlfm.matching.phi import find_phi

__all__ = ["FOLDS", "Row", "data_folder", "fold_of", "free_text", "halves", "model_label", "open_rows", "starter_rows"]

FOLDS = 3
ROOT = Path(__file__).parents[2]

# what the model tells apart; the rules know the finer labels
_MODEL = {label: label for label in ("NAME", "ADDRESS", "DATE", "AGE", "PHONE", "EMAIL", "URL", "ORGANIZATION")}
_MODEL |= {"FAX": "PHONE", "IP": "URL"}

_COUNTRIES = {country.name.casefold() for country in FakerDates.countries} | {"nan", "greenlander", "usa", "uk"}
_CLINIC = re.compile(
    r"(?i)hospital|clinic|center|centre|medical|health|med\b|ctr|univ|mayo|hopkins|sinai|langone|general|st\. |"
    r"mass gen|\bVA\b|cedars|kaiser|institute|practice|memorial|care|ucla|ucsf|mercy|baptist|presbyterian"
)
_TITLE = re.compile(r"(?:(?:Dr|Mr|Mrs|Ms|Prof)\.?|Miss) ")
_CLOCK = re.compile(r"\s+\d{1,2}:\d\d(?::\d\d)?\s*$")
_MARKUP = re.compile(r"\[\[(?:[^\]|]*\|)?|\]\]")


@dataclass(frozen=True)
class Row:
    """A marked row: `fold` is -1 where the row is never measured."""

    lang: str
    marked: Marked
    fold: int
    kind: str


def data_folder() -> Path:
    """Return the folder of the public sets."""
    return Path(os.environ.get("MEDLFM_BENCH_DATA", ROOT.parent / "shared" / "data"))


def model_label(label: str) -> str:
    """Return what the model calls a label of ours."""
    return _MODEL.get(label, "ID")


def fold_of(kind: str, number: int, template: str) -> int:
    """Return the fold of a row: by its template where it has one, else by its number in the set."""
    return zlib.crc32(template.encode()) % FOLDS if kind == "presidio" else number % FOLDS


def open_rows() -> Iterator[Row]:
    """Yield the rows of the three open halves."""
    folder = data_folder() / "deid"
    for name, lang in (("grascco_phi_de_dev", "de"), ("asq_phi_en_dev", "en")):
        gold = read_gold(folder / f"{name}.jsonl.gz", phi.READERS, lang="")
        for number, case in enumerate(gold.cases):
            spans = [_training_span(*span, case.text) for span in case.gold["spans"]]
            yield Row(lang, Marked(case.text, spans), fold_of(name, number, ""), name.split("_")[0])
    for row in _lines(folder / "presidio_synth_en_dev.jsonl.gz"):
        yield Row(
            "en", Marked(row["text"], _presidio(row)), fold_of("presidio", 0, str(row["template_id"])), "presidio"
        )


def _training_span(start: int, end: int, label: str, text: str) -> Span:
    if label == "LOCATION":  # of ASQ-PHI: towns and clinics alike
        return start, end, "ORGANIZATION" if _CLINIC.search(text[start:end]) else "ADDRESS"
    if label == "NAME" and (title := _TITLE.match(text[start:end])):
        start += title.end()
    return start, end, model_label(label)


def _presidio(row: dict[str, Any]) -> list[Span]:
    """Return spans as our definition has them: towns are ADDRESS, countries only inside an address."""
    text, pieces = row["text"], []
    for span in sorted(row["spans"], key=lambda span: span["start"]):
        label = span["label"]
        if label in ("LOCATION", "GPE"):
            mapped = "?" if span["text"].casefold() in _COUNTRIES else "ADDRESS"
        elif label in ("TITLE", "NRP"):
            continue
        else:
            mapped = phi._label(phi._PRESIDIO[label] or "", span["text"])
            if mapped in ("out", "unclear"):
                continue
            mapped = model_label(mapped)
        clock = _CLOCK.search(span["text"]) if mapped == "DATE" else None
        pieces.append((int(span["start"]), int(span["start"]) + clock.start() if clock else int(span["end"]), mapped))
    joined: list[Span] = []
    for start, end, label in pieces:
        beside = joined and joined[-1][2] == "ADDRESS" and start - joined[-1][1] < 8
        if label in ("ADDRESS", "?") and beside and not re.search(r"\w", text[joined[-1][1] : start]):
            joined[-1] = (joined[-1][0], end, "ADDRESS")
        elif label != "?":
            joined.append((start, end, label))
    return joined


def starter_rows() -> Iterator[Row]:
    """Yield our own starter notes, with the strings that their gold lists."""
    folder = ROOT / "corpora" / "starter-notes"
    for lang in ("de", "en"):
        gold = {row["id"]: row["phi"] for row in _lines(folder / f"phi.{lang}.jsonl")}
        for row in _lines(folder / f"notes.{lang}.jsonl"):
            yield Row(lang, Marked(row["text"], _strings(row["text"], gold.get(row["id"], ()), lang)), -1, "starter")


def _strings(text: str, strings: Any, lang: str) -> list[Span]:
    found = find_phi(text, lang)
    spans: list[Span] = []
    for value in sorted(strings, key=len, reverse=True):
        for match in re.finditer(r"(?<!\w)" + re.escape(value) + r"(?!\w)", text):
            if any(match.start() < end and start < match.end() for start, end, _ in spans):
                continue
            label = next((f.label for f in found if f.start < match.end() and match.start() < f.end), "")
            digits = sum(map(str.isdigit, value))
            guess = (
                "EMAIL" if "@" in value else "ID" if digits > 3 else "ORGANIZATION" if _CLINIC.search(value) else "NAME"
            )
            spans.append((match.start(), match.end(), model_label(label or guess)))
    return sorted(spans)


def _lines(path: Path) -> list[dict[str, Any]]:
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8") as stream:
        return [json.loads(line) for line in stream if line.strip()]


def halves(key: str) -> str:
    """Which half of the de-identified notes a row is in: "train", or "measure"."""
    return "train" if zlib.crc32(key.encode()) % 2 else "measure"


@cache
def free_text(lang: str) -> tuple[str, ...]:
    """Return texts without PHI, or nearly so; what the rules find in them is taken for PHI all the same."""
    data, texts = data_folder(), []
    if lang == "en":
        rows = _lines(data / "notes" / "mtsamples_en.jsonl.gz")
        texts += [row["text"].replace(".,", ".\n").replace(":,", ":") for row in rows if halves(row["id"]) == "train"]
        texts += [row["section_text"] for row in _lines(data / "notes" / "mts_dialog_train_val.jsonl.gz")]
        texts += [row["answer"][:1500] for row in _lines(data / "medical_qa" / "medquad_train.jsonl.gz")[::9]]
        texts += [row["question"] for row in _lines(data / "medical_qa" / "medquad_train.jsonl.gz")[::9]]
        texts += [row["message"] for row in _lines(data / "medical_qa" / "liveqa_med_dev.jsonl.gz")]
        texts += [row["question"] for row in _lines(data / "medical_qa" / "mmlu_medical_dev.jsonl.gz")]
    else:
        rows = _lines(data / "medical_qa" / "germediq_human_de_dev.jsonl.gz")
        for start in range(0, len(rows), 6):
            texts.append(" ".join(f"{row['question']} {row['response']}" for row in rows[start : start + 6]))
    corpus = ROOT / "corpora" / "starter-qa"
    for path in sorted(corpus.glob(f"*.{lang}.jsonl")):
        texts += [f"{row.get('question', '')}\n{row.get('answer', '')}" for row in _lines(path)]
    for kind in ("context", "emergency", "abbreviations", "medications", "orders"):
        for row in _lines(ROOT / "benchmarks" / "gold" / kind / f"dev.{lang}.jsonl"):
            texts.append(_MARKUP.sub("", str(row.get("text") or row.get("sentence") or row.get("order") or "")))
    return tuple(text for text in texts if len(text) > 20)
