"""All experts trained at full length: `python -m benchmarks.train_gpu`, best on a machine with a GPU.

Trains every installed expert on a prepared run by `medlfm train --expert all`, then scores each adapter on each
expert's held-out rows. The control of an expert is the other adapter that learned from the most rows, which is the
hardest one to beat. Writes `benchmarks/results/train_gpu.json`: figures, never a text. The adapters stay in `--home`.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.prepare_train import CORPORA, RESULTS, medlfm
from benchmarks.report import ROOT, write_report
from medlfm.evaluate import machine
from medlfm.evaluate.systems import versions
from medlfm.experts.bank import Bank
from medlfm.experts.examples import Example, make_examples
from medlfm.experts.heldout import HeldOut, difference, held_out
from medlfm.experts.registry import discover
from medlfm.experts.rows import Refusals, accepted
from medlfm.files import atomic_write, sha256_file
from medlfm.records.prepared import load_prepared
from medlfm.runtime.loading import Base, load_base
from medlfm.settings import load_settings

__all__ = ["main", "make_parser", "measure"]

SPLIT = "test"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line."""
    parser = make_parser()
    chosen = parser.parse_args(arguments)
    if not (chosen.run or chosen.data):
        parser.error("name a prepared run (--run), or the folder of public sets (--data, or MEDLFM_BENCH_DATA)")
    with tempfile.TemporaryDirectory(prefix="medlfm-train-") as temporary:
        result = measure(chosen, (chosen.home or Path(temporary)).resolve())
    with atomic_write(chosen.out) as file:
        file.write(json.dumps(result, ensure_ascii=False, indent=1) + "\n")
    write_report(RESULTS, ROOT / "docs" / "results.md")
    return 0


def make_parser() -> argparse.ArgumentParser:
    """Return the command line's parser."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.train_gpu", description=__doc__.splitlines()[0])
    parser.add_argument("--run", type=Path, help="a prepared run; none: MedQuAD is prepared first")
    parser.add_argument("--data", type=Path, default=os.environ.get("MEDLFM_BENCH_DATA"), help="folder of public sets")
    parser.add_argument("--home", type=Path, help="MEDLFM_HOME to use and keep; none: a temporary one")
    parser.add_argument("--base", default="smollm2-135m")
    parser.add_argument("--epochs", type=float, default=2.0)
    parser.add_argument("--batch-size", type=int, default=16)
    parser.add_argument("--max-length", type=int, default=384)
    parser.add_argument("--rank", type=int, default=8)
    parser.add_argument("--eval-every", type=int, default=20)
    parser.add_argument("--out", type=Path, default=RESULTS / "train_gpu.json")
    return parser


def measure(chosen: argparse.Namespace, home: Path) -> dict[str, Any]:
    """Prepare where there is no run, train all, score all; raises CalledProcessError where a command fails."""
    run = chosen.run or _prepare(chosen.data, home)
    if not Path(chosen.base).is_dir():
        medlfm(home, "models", "pull", chosen.base)
    keys = ("base", "epochs", "batch_size", "max_length", "rank", "eval_every")
    flags = [item for key in keys for item in (f"--{key.replace('_', '-')}", getattr(chosen, key))]
    done, seconds = medlfm(home, "train", "--data", run, "--expert", "all", "--eval-rows", 1_000_000, *flags)
    trained = {result["expert"]: result for result in done["results"]}
    print(f"✓ trained {len(trained)} experts in {seconds:.0f} s", flush=True)
    scores = score(run, home, chosen.base, trained, chosen.batch_size, chosen.max_length)
    return {
        "format": 1,
        "task": "train_experts",
        "run": {"manifest_sha256": sha256_file(run / "manifest.json"), "corpora": corpora(trained)},
        "base": chosen.base,
        "settings": next(iter(trained.values()))["settings"] if trained else {},
        "experts": [_row(result) | scores[name] for name, result in trained.items()],
        "failed": done["failed"],
        "seconds": round(seconds, 1),
        "system": {"name": "medlfm", "versions": versions("torch", "transformers", "peft")},
        "machine": machine(),
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def score(
    run: Path, home: Path, base_name: str, trained: dict[str, Any], batch_size: int, max_length: int
) -> dict[str, dict[str, Any]]:
    """Score the base and each adapter on each expert's held-out rows; intervals are drawn over whole topics."""
    settings = load_settings(home=home)
    base, started = load_base(base_name, settings), time.monotonic()
    bank = Bank(base)
    for name, result in trained.items():
        bank.add(name, Path(result["folder"]))
    found = {}
    for name in trained:
        examples = _examples(run, name, base, max_length)
        scored: dict[str, HeldOut] = {}
        for adapter in ("", *trained):
            with bank.use([(adapter, 1.0)] if adapter else []) as model:
                scored[adapter] = held_out(model, examples, base.tokenizer.pad_token_id, 2 * batch_size)
        found[name] = _compared(name, scored, examples, trained)
        print(f"✓ scored {name}, {time.monotonic() - started:.0f} s", flush=True)
    return found


def corpora(trained: dict[str, Any]) -> list[str]:
    """List what was learned from."""
    return sorted({name for result in trained.values() for name in result["data"]["corpora"]})


def _prepare(data: Path, home: Path) -> Path:
    name, path, licence, attribution = next(corpus for corpus in CORPORA if corpus[0] == "MedQuAD")
    run = home / "runs" / name
    flags = ("--source", name, "--licence", licence, "--attribution", attribution, "--workers", os.cpu_count())
    medlfm(home, "prepare", Path(data).resolve() / path, "--out", run, *flags)
    return run


def _examples(run: Path, name: str, base: Base, max_length: int) -> list[Example]:
    expert, prepared = discover().get(name), load_prepared(run)
    rows = accepted(filter(expert.wants, prepared.rows(SPLIT)), Refusals(), prepared.barred("training"))
    return make_examples(rows, base.tokenizer, max_length)


def _compared(
    name: str, scored: dict[str, HeldOut], examples: list[Example], trained: dict[str, Any]
) -> dict[str, Any]:
    others = [other for other in trained if other != name]
    control = max(others, key=lambda other: trained[other]["data"]["train_rows"], default="")
    losses = {adapter or "base": round(held.loss, 4) for adapter, held in scored.items()} if examples else {}
    return {
        "held_out": {"rows": len(examples), "topics": len({example.group for example in examples})},
        "control": control,
        "losses": losses,
        "against_base": difference(scored[name], scored[""], examples) if examples else None,
        "against_control": difference(scored[name], scored[control], examples) if control and examples else None,
    }


def _row(result: dict[str, Any]) -> dict[str, Any]:
    data, fit = result["data"], result["fit"]
    learned = data["train_tokens"] * fit["steps"] * result["settings"]["batch_size"] / data["train_rows"]
    return {
        "expert": result["expert"],
        "train_rows": data["train_rows"],
        "train_tokens": data["train_tokens"],
        "refused": data["refused"],
        "steps": fit["steps"],
        "stopped": fit["stopped"],
        "seconds": fit["seconds"],
        "tokens_per_second": round(learned / max(fit["seconds"], 0.1)),
        "effect": round(result["effect"], 4),
    }


if __name__ == "__main__":
    sys.exit(main())
