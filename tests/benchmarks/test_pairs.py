from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

from benchmarks.pairs import ansm_pairs, onc_pairs
from medlfm.evaluate import evaluate
from medlfm.settings import load_settings


def written(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_bytes(gzip.compress("\n".join(map(json.dumps, rows)).encode()))
    return path


def test_each_listed_pair_comes_once_and_an_unlisted_one_beside_it(tmp_path: Path) -> None:
    names = [("A", "B"), ("B", "A"), ("C", "D"), ("E", "F")]
    rows = onc_pairs(written(tmp_path / "onc.jsonl.gz", [{"drug1": one, "drug2": other} for one, other in names]))
    listed = [row["drugs"] for row in rows if row["interacts"]]
    unlisted = [row["drugs"] for row in rows if not row["interacts"]]
    assert listed == [["A", "B"], ["C", "D"], ["E", "F"]]
    assert len(unlisted) == 3
    assert not [pair for pair in unlisted if pair in listed]


def test_a_class_of_the_thesaurus_is_all_its_drugs(tmp_path: Path) -> None:
    written(tmp_path / "worldvista_ansm_classes.jsonl.gz", [{"name": "XS", "drugs": [{"name": "X1"}, {"name": "X2"}]}])
    drug, group = {"kind": "drug", "name": "A"}, {"kind": "class", "name": "XS"}
    row = {"drug1": [drug], "drug2": [group], "severity_norm": ["contraindicated"]}
    milder = {"drug1": [drug], "drug2": [{"kind": "drug", "name": "B"}], "severity_norm": ["precaution"]}
    rows = ansm_pairs(written(tmp_path / "ansm.jsonl.gz", [row, milder]))
    assert [row["drugs"] for row in rows if row["interacts"]] == [["A", "X1"], ["A", "X2"]]


def test_the_task_orders_scores_pairs_and_verdicts(tmp_path: Path) -> None:
    settings = load_settings(home=tmp_path / "home")
    pairs = tmp_path / "pairs.jsonl"
    rows = [
        {"drugs": ["sildenafil", "nitroglycerin"], "interacts": True},
        {"drugs": ["sertraline", "tramadol"], "interacts": True},
        {"drugs": ["ramipril", "amoxicillin"], "interacts": False},
    ]
    pairs.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    metrics = evaluate("orders", pairs, settings=settings)["metrics"]
    assert (metrics["interactions_found"], metrics["unlisted_flagged"]) == (1.0, 0.0)
    assert (metrics["found_interruptive"], metrics["unlisted_interruptive"]) == (0.5, 0.0)
    assert metrics["unlisted_of_another_half"] == 0.5  # two of the four pairs of four names that are not listed
    orders = tmp_path / "orders.jsonl"
    rows = [
        {"order": "ibuprofen 400 mg tds", "verdict": "ok", "lang": "en"},
        {"order": "ibuprofen 4 g tds", "verdict": "unit_error", "lang": "en"},
    ]
    orders.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    metrics = evaluate("orders", orders, settings=settings)["metrics"]
    assert (metrics["verdict_accuracy"], metrics["dangerous_found"], metrics["safe_flagged"]) == (1.0, 1.0, 0.0)
