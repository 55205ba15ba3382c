"""Core and experts trained at full length: `python -m benchmarks.train_gpu`, best on a machine with a GPU.

The recipe of the adapters that the plugins ship. The core learns from the rows without a specialty, then all experts
from their own, together and on top of it (`medlfm train --expert core`, `--expert all`). Then base, core and each
adapter are scored on each expert's held-out rows, and, with `--shared`, one adapter of the same size that learned from
all rows in as many tokens. The control of an expert is the other one that does best on its rows. Writes
`benchmarks/results/train_gpu.json`: figures, never a text. The adapters stay in `--home`.
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

from benchmarks.expert_corpora import CARDS, convert, drug_table
from benchmarks.prepare_train import RESULTS, medlfm
from benchmarks.report import ROOT, write_report
from medlfm.evaluate import machine
from medlfm.evaluate.systems import versions
from medlfm.experts.bank import CORE, Bank
from medlfm.experts.examples import Example, make_examples
from medlfm.experts.heldout import HeldOut, difference, held_out
from medlfm.experts.lora import read_lora
from medlfm.experts.registry import discover
from medlfm.experts.rows import Refusals, accepted
from medlfm.experts.training import Job, TrainOptions, fit
from medlfm.files import atomic_write, sha256_file
from medlfm.records.prepared import load_prepared
from medlfm.runtime.loading import Base, load_base
from medlfm.settings import load_settings

__all__ = ["main", "make_parser", "measure"]

SPLIT, EVAL_ROWS = "test", 200


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
    parser.add_argument("--run", type=Path, help="a prepared run; none: the sets of expert_corpora are prepared first")
    parser.add_argument("--data", type=Path, default=os.environ.get("MEDLFM_BENCH_DATA"), help="folder of public sets")
    parser.add_argument("--home", type=Path, help="MEDLFM_HOME to use and keep; none: a temporary one")
    parser.add_argument("--base", default="smollm2-135m")
    parser.add_argument("--epochs", type=float, default=2.0)
    parser.add_argument("--batch-size", type=int, default=6)
    parser.add_argument("--max-length", type=int, default=384)
    parser.add_argument("--rank", type=int, default=3)
    parser.add_argument("--learning-rate", type=float, default=2e-3)
    parser.add_argument("--eval-every", type=int, default=60)
    parser.add_argument("--shared-rows", type=float, default=0.3)
    parser.add_argument("--core-rank", type=int, default=16, help="0: no core")
    parser.add_argument("--core-epochs", type=float, default=4.0)
    parser.add_argument("--shared", action="store_true", help="also train one adapter on everything")
    parser.add_argument("--out", type=Path, default=RESULTS / "train_gpu.json")
    return parser


def measure(chosen: argparse.Namespace, home: Path) -> dict[str, Any]:
    """Prepare where there is no run, train all, score all; raises CalledProcessError where a command fails."""
    run, started = chosen.run or _prepare(chosen.data, home), time.monotonic()
    if not Path(chosen.base).is_dir():
        medlfm(home, "models", "pull", chosen.base)
    core = _core(chosen, run, home) if chosen.core_rank else None
    keys = ("base", "epochs", "batch_size", "max_length", "rank", "eval_every", "learning_rate", "shared_rows")
    flags = [item for key in keys for item in (f"--{key.replace('_', '-')}", getattr(chosen, key))]
    done, seconds = medlfm(home, "train", "--data", run, "--expert", "all", "--eval-rows", EVAL_ROWS, *flags)
    trained = {result["expert"]: result for result in done["results"]}
    print(f"✓ trained {len(trained)} experts in {seconds:.0f} s", flush=True)
    scores, shared = score(run, home, chosen, trained, core)
    return {
        "format": 2,
        "task": "train_experts",
        "run": {"manifest_sha256": sha256_file(run / "manifest.json"), "corpora": corpora(trained)},
        "base": chosen.base,
        "settings": next(iter(trained.values()))["settings"] if trained else {},
        "core": {key: core[key] for key in ("fit", "settings", "safety")} if core else None,
        "experts": [_row(result) | scores[name] for name, result in trained.items()],
        "shared": shared,
        "failed": done["failed"],
        "seconds": round(time.monotonic() - started, 1),
        "system": {"name": "medlfm", "versions": versions("torch", "transformers", "peft")},
        "machine": machine(),
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def _core(chosen: argparse.Namespace, run: Path, home: Path) -> dict[str, Any]:
    flags = ("--rank", chosen.core_rank, "--epochs", chosen.core_epochs, "--batch-size", 32, "--eval-every", 100)
    kept = ("--max-length", chosen.max_length, "--learning-rate", chosen.learning_rate, "--base", chosen.base)
    done, seconds = medlfm(
        home, "train", "--data", run, "--expert", CORE, "--patience", 0, "--eval-rows", EVAL_ROWS, *flags, *kept
    )
    print(f"✓ trained the core in {seconds:.0f} s", flush=True)
    return dict(done)


def score(
    run: Path, home: Path, chosen: argparse.Namespace, trained: dict[str, Any], core: dict[str, Any] | None
) -> tuple[dict[str, dict[str, Any]], dict[str, Any] | None]:
    """Score base, core and each adapter on each expert's held-out rows; intervals are drawn over whole topics."""
    base, size = load_base(chosen.base, load_settings(home=home)), 2 * chosen.batch_size
    bank, pad = Bank(base), base.tokenizer.pad_token_id
    if core:
        bank.add(CORE, Path(core["folder"]))
    for name, result in trained.items():
        bank.add(name, Path(result["folder"]))
    examples = {name: _examples(run, name, SPLIT, base, chosen.max_length) for name in trained}
    found = {}
    for name in trained:
        with bank.bare() as model:
            scored = {"base": held_out(model, examples[name], pad, size)}
        for adapter in ("core", *trained):
            with bank.use([] if adapter == "core" else [(adapter, 1.0)]) as model:
                scored[adapter] = held_out(model, examples[name], pad, size)
        found[name] = _compared(name, scored, examples[name], list(trained))
        print(f"✓ scored {name}", flush=True)
    shared = _shared(run, bank, chosen, trained, core, examples) if chosen.shared else None
    return found, shared


def _shared(
    run: Path,
    bank: Bank,
    chosen: argparse.Namespace,
    trained: dict[str, Any],
    core: dict[str, Any] | None,
    examples: dict[str, list[Example]],
) -> dict[str, Any]:
    """Train one adapter as large as core and expert together on the rows of all, in as many tokens, and score it."""
    for name in [*bank.names, *([CORE] if core else [])]:
        bank.remove(name)
    rows = _examples(run, "", "train", bank.base, chosen.max_length)
    spent = [result["fit"]["tokens"] for result in (*trained.values(), *([core] if core else []))]
    rank = chosen.rank + chosen.core_rank
    options = TrainOptions(
        rank=rank,
        alpha=2 * rank,
        learning_rate=chosen.learning_rate,
        epochs=sum(spent) / sum(len(example.ids) for example in rows),
        batch_size=chosen.batch_size * len(trained),
        eval_every=1_000_000,
    )
    with tempfile.TemporaryDirectory() as place:
        job = Job(name="shared", train=rows, target=Path(place) / "adapter")
        (fitted,) = fit(bank.base, [job], options, work=Path(place) / "work", progress=lambda *_: None)
        bank.put("shared", read_lora(job.target))
    losses = {}
    with bank.use([("shared", 1.0)]) as model:
        for name, own in examples.items():
            losses[name] = round(held_out(model, own, bank.base.tokenizer.pad_token_id, 2 * chosen.batch_size).loss, 4)
    return {"rank": rank, "tokens": fitted.tokens, "losses": losses}


def corpora(trained: dict[str, Any]) -> list[str]:
    """List what was learned from."""
    return sorted({name for result in trained.values() for name in result["data"]["corpora"]})


def _prepare(data: Path, home: Path) -> Path:
    run = home / "runs" / "experts"
    folders = [home / "corpora" / name for name in CARDS if not name.endswith("-dev")]
    for folder in folders:
        convert(folder.name, Path(data).resolve(), folder)
    drug_table(home / "corpora" / "drugs")
    own = sorted((ROOT / "corpora").glob("starter-[nq]*"))
    medlfm(
        home,
        "prepare",
        *folders,
        home / "corpora" / "drugs",
        *own,
        "--out",
        run,
        "--no-route",
        "--workers",
        os.cpu_count(),
    )
    return run


def _examples(run: Path, name: str, split: str, base: Base, max_length: int) -> list[Example]:
    """Encode the rows of an expert, or of everybody."""
    prepared = load_prepared(run)
    wants = discover().get(name).wants if name else lambda row: True
    rows = accepted(filter(wants, prepared.rows(split)), Refusals(), prepared.barred("training"))
    return make_examples(rows, base.tokenizer, max_length)


def _compared(name: str, scored: dict[str, HeldOut], examples: list[Example], trained: list[str]) -> dict[str, Any]:
    held = {"rows": len(examples), "topics": len({example.group for example in examples})}
    if not examples:
        empty = dict.fromkeys(("against_base", "against_core", "against_control", "against_mean"))
        return {"held_out": held, "control": "", "losses": {}, **empty}
    others = [other for other in trained if other != name]
    control = min(others, key=lambda other: scored[other].loss, default="")
    sums = zip(*(scored[other].sums for other in others), strict=True)
    mean = HeldOut(tuple(sum(values) / len(values) for values in sums), scored[name].tokens) if others else None
    return {
        "held_out": held,
        "control": control,
        "losses": {adapter: round(found.loss, 4) for adapter, found in scored.items()},
        "mean_other": round(mean.loss, 4) if mean else None,
        "against_base": difference(scored[name], scored["base"], examples),
        "against_core": difference(scored[name], scored["core"], examples),
        "against_control": difference(scored[name], scored[control], examples) if control else None,
        "against_mean": difference(scored[name], mean, examples) if mean else None,
    }


def _row(result: dict[str, Any]) -> dict[str, Any]:
    data, fit_ = result["data"], result["fit"]
    return {
        "expert": result["expert"],
        "train_rows": data["train_rows"],
        "train_tokens": data["train_tokens"],
        "refused": data["refused"],
        "steps": fit_["steps"],
        "best_step": fit_["best_step"],
        "stopped": fit_["stopped"],
        "effect": round(result["effect"], 4),
    }


if __name__ == "__main__":
    sys.exit(main())
