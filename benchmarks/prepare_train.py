"""The whole way on real input: `python -m benchmarks.prepare_train`, by the commands that a user types.

MTSamples and MedQuAD are prepared, an expert and another as its control are trained briefly on what came out, and
questions are asked from it. Writes `benchmarks/results/real_input.json`: figures, never a text.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.report import ROOT, write_report
from medlfm.evaluate import machine
from medlfm.evaluate.systems import versions
from medlfm.files import atomic_write

__all__ = ["main"]

RESULTS = ROOT / "benchmarks" / "results"
CORPORA = (
    ("MTSamples", "notes/mtsamples_en.jsonl.gz", "CC0-1.0", "MTSamples, through clinspacy"),
    ("MedQuAD", "medical_qa/medquad_train.jsonl.gz", "CC-BY-4.0", "Ben Abacha and Demner-Fushman, 2019"),
)
QUESTIONS = (("en", "How is epilepsy treated?"), ("de", "Wie wird Epilepsie behandelt?"))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.prepare_train", description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=os.environ.get("MEDLFM_BENCH_DATA"), help="folder of public sets")
    parser.add_argument("--home", type=Path, help="MEDLFM_HOME to use and keep; none: a temporary one")
    parser.add_argument("--expert", default="neurology")
    parser.add_argument("--control", default="oncology", help="another expert, trained before; empty: none")
    parser.add_argument("--base", default="smollm2-135m")
    parser.add_argument("--minutes", type=float, default=4.0, help="of training, for each of the two")
    parser.add_argument("--workers", type=int, default=2)
    chosen = parser.parse_args(arguments)
    if not chosen.data:
        parser.error("name the folder of public sets: --data, or MEDLFM_BENCH_DATA")
    with tempfile.TemporaryDirectory(prefix="medlfm-real-") as temporary:
        result = measure(chosen, Path(chosen.data).resolve(), chosen.home or Path(temporary))
    with atomic_write(RESULTS / "real_input.json") as file:
        file.write(json.dumps(result, ensure_ascii=False, indent=1) + "\n")
    write_report(RESULTS, ROOT / "docs" / "results.md")
    return 0


def measure(chosen: argparse.Namespace, data: Path, home: Path) -> dict[str, Any]:
    """Prepare, train, ask; raises CalledProcessError where a command fails."""
    result: dict[str, Any] = {"format": 1, "task": "real_input", "prepare": []}
    for name, path, licence, attribution in CORPORA:
        flags = ("--source", name, "--licence", licence, "--attribution", attribution)
        workers = ("--workers", str(chosen.workers))
        run, seconds = medlfm(home, "prepare", data / path, "--out", home / "runs" / name, *flags, *workers)
        result["prepare"].append(_prepared(name, run["manifest"], seconds))
        print(f"✓ prepare {name}: {seconds:.0f} s", flush=True)

    medlfm(home, "models", "pull", chosen.base)
    run_folder = home / "runs" / "MedQuAD"
    for expert in filter(None, (chosen.control, chosen.expert)):
        flags = ("--base", chosen.base, "--max-minutes", chosen.minutes, "--eval-rows", 100)
        trained, seconds = medlfm(home, "train", "--data", run_folder, "--expert", expert, *flags)
        print(f"✓ train {expert}: {seconds:.0f} s, {trained['losses']['table']}", flush=True)
        result["train"] = _trained(trained, seconds)

    _, seconds = medlfm(home, "evidence", "add", run_folder)
    result["ask"] = []
    for lang, question in QUESTIONS:
        answer, seconds = medlfm(home, "ask", question)
        result["ask"].append(_asked(lang, answer, seconds))
        print(f"✓ ask {lang}: {answer['status']}, {seconds:.1f} s", flush=True)
    verification, _ = medlfm(home, "audit", "verify")
    return {
        **result,
        "audit": {"ok": verification["ok"], "entries": verification["entries"]},
        "system": {"name": "medlfm", "versions": versions("torch", "transformers", "peft")},
        "machine": machine(),
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def medlfm(home: Path, *arguments: object) -> tuple[Any, float]:
    """Run a command in a home folder; return its JSON, and the seconds that it took."""
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "medlfm", *map(str, arguments), "--json"],
        env={**os.environ, "MEDLFM_HOME": str(home)},
        stdout=subprocess.PIPE,
        check=True,
    )
    return json.loads(done.stdout), time.perf_counter() - start


def _prepared(name: str, manifest: dict[str, Any], seconds: float) -> dict[str, Any]:
    counts = manifest["counts"]
    return {
        "source": name,
        "records": counts["read"],
        "rejected": counts["rejected"],
        "rows": counts["written"],
        "duplicates": counts["duplicates"],
        "phi_replaced": counts["phi"]["total"],
        "second_scan": counts["second_scan"],
        "splits": {split: values["rows"] for split, values in manifest["splits"].items()},
        "leaks": manifest["leaks"],
        "seconds": round(seconds, 1),
    }


def _trained(trained: dict[str, Any], seconds: float) -> dict[str, Any]:
    losses = trained["losses"]
    return {
        "expert": trained["expert"],
        "base": trained["base"],
        "train_rows": trained["data"]["train_rows"],
        "train_tokens": trained["data"]["train_tokens"],
        "steps": trained["fit"]["steps"],
        "stopped": trained["fit"]["stopped"],
        "held_out_rows": losses["rows"],
        "losses": {row["model"]: row["loss"] for row in losses["table"]},
        "intervals": {row["model"]: row["interval"] for row in losses["table"]},
        "note": losses["note"],
        "seconds": round(seconds, 1),
    }


def _asked(lang: str, answer: dict[str, Any], seconds: float) -> dict[str, Any]:
    return {
        "lang": lang,
        "status": answer["status"],
        "confidence": answer["confidence"],
        "evidence": sum(passage["number"] > 0 for passage in answer["evidence"]),
        "experts": [expert if isinstance(expert, str) else expert[0] for expert in answer["experts"]],
        "seconds": round(seconds, 2),
    }


if __name__ == "__main__":
    sys.exit(main())
