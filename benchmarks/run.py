"""Measure what is here: `python -m benchmarks.run [TASK …]`. Writes `benchmarks/results/*.json` and `docs/results.md`.

Public sets come from the folder MEDLFM_BENCH_DATA; one that isn't there is named and left out. Nothing is written to
the user's MEDLFM_HOME: the runs have a home of their own, which is deleted.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.peers import PEERS
from benchmarks.report import headline, write_report
from benchmarks.suite import Entry, found
from medlfm.errors import ModelError
from medlfm.evaluate import TASKS, System, evaluate
from medlfm.files import atomic_write
from medlfm.settings import Settings, load_settings

__all__ = ["main", "run"]

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "benchmarks" / "results"
# modules of this package that write a result of their own; run when named, since they take minutes
PROGRAMS = ("pipeline", "retrieval", "confidence", "deid_stream", "ask_phi", "few_shot")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns 1 where a measurement broke, after the others have run."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.run", description=__doc__.splitlines()[0])
    parser.add_argument("tasks", nargs="*", metavar="TASK", help=_tasks())
    parser.add_argument("--data", type=Path, default=os.environ.get("MEDLFM_BENCH_DATA"), help="folder of public sets")
    parser.add_argument("--limit", type=int, help="rows of each set, for a quick look: such results are not kept")
    parser.add_argument("--peers", action="store_true", help="measure other systems that are installed here, not ours")
    chosen = parser.parse_args(arguments)
    if unknown := [task for task in chosen.tasks if task not in (*TASKS, *PROGRAMS)]:
        parser.error(f"unknown task {unknown[0]!r}; allowed: {', '.join((*TASKS, *PROGRAMS))}")
    programs = [task for task in chosen.tasks if task in PROGRAMS]
    tasks = [task for task in chosen.tasks if task in TASKS]
    data = Path(chosen.data).resolve() if chosen.data else None
    results = None if chosen.limit else RESULTS
    failed = sum(not _program(name, data) for name in programs)
    if tasks or not programs:
        failed += run(data, tasks=tasks, limit=chosen.limit, results=results, peers=chosen.peers)
    if not chosen.limit:
        write_report(RESULTS, ROOT / "docs" / "results.md")
    return int(failed > 0)


def _tasks() -> str:
    return f"of {', '.join(TASKS)}; none: all of them; by name only: {', '.join(PROGRAMS)}"


def _program(name: str, data: Path | None) -> bool:
    """Run a measurement that is a program of its own; False where it broke."""
    environment = os.environ | ({"MEDLFM_BENCH_DATA": str(data)} if data else {})
    return subprocess.run([sys.executable, "-m", f"benchmarks.{name}"], cwd=ROOT, env=environment).returncode == 0


def run(
    data: Path | None,
    *,
    tasks: Sequence[str] = (),
    limit: int | None = None,
    results: Path | None = None,
    peers: bool = False,
) -> int:
    """Measure, print a line a set, write each result; returns how many broke."""
    here, missing = found(data, ROOT / "benchmarks")
    failed = 0
    for entry in missing:
        if not tasks or entry.task in tasks:
            print(f"– {entry.task}: {entry.path} is not here, left out", flush=True)
    for entry, path in here:
        if tasks and entry.task not in tasks:
            continue
        if entry.model and not _model_is_here():
            print(f"– {entry.name(entry.systems[0])}: the base model was not pulled, left out", flush=True)
            continue
        for system in _peers(entry) if peers else entry.systems:
            name = entry.name(system if isinstance(system, str) else system.name)
            try:
                result = measure(entry, path, system, data, limit)
            except Exception as error:
                failed += 1
                print(f"✗ {name}: {type(error).__name__}", file=sys.stderr, flush=True)
                if os.environ.get("MEDLFM_DEBUG"):
                    raise
                continue
            print(f"✓ {name}: {result['gold']['cases']} cases, {headline(result)}", flush=True)
            if results is not None:
                _keep(result, results / f"{name}.json")
    return failed


def _model_is_here() -> bool:
    from medlfm.runtime.catalog import resolve

    settings = load_settings()
    try:
        resolve(settings.base_model, settings)
    except ModelError:
        return False
    return True


def _peers(entry: Entry) -> Iterator[System]:
    """Make the peers of a task; those we have are for English, and for the sets as they were published."""
    english = ".de" not in entry.path and "_de_" not in entry.path
    for make in PEERS.get(entry.task, ()) if english and entry.convert is None else ():
        try:
            yield make()
        except ImportError as error:
            print(f"– {make.__name__}: {error.name} is not installed, left out", flush=True)


def measure(entry: Entry, path: Path, system: System | str, data: Path | None, limit: int | None) -> dict[str, Any]:
    """Evaluate one set in a home of its own, with the evidence it needs."""
    with tempfile.TemporaryDirectory(prefix="medlfm-bench-") as home:
        user = load_settings()
        settings = replace(user, home=Path(home))
        if entry.evidence and data is not None:
            _link_models(user, settings)
            _fill(settings, [data / name for name in entry.evidence])
        if entry.convert:
            rows = entry.convert(path)
            path = Path(home) / path.name.removesuffix(".gz")
            path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        return evaluate(entry.task, path, system=system, limit=limit or entry.limit, settings=settings)


def _link_models(user: Settings, settings: Settings) -> None:
    for name in ("models", "experts"):
        if (user.home / name).is_dir():
            (settings.home / name).symlink_to(user.home / name)


def _fill(settings: Settings, files: Iterable[Path]) -> None:
    """Store the answers of MedQuAD as evidence, without their questions, which are those that will be asked."""
    from medlfm.knowledge.evidence import EvidenceStore
    from medlfm.knowledge.passages import from_rows

    rows = (
        {
            "kind": "qa",
            "lang": "en",
            "question": "",
            "answer": row["answer"],
            "topic": row["focus"],
            "category": row["qtype"],
            "specialty": "",
            "source": row["source"],
            "url": row["url"],
            "licence": "CC-BY-4.0",
            "attribution": "MedQuAD (Ben Abacha and Demner-Fushman, 2019)",
            "level": "reference",
        }
        for path in files
        for row in _rows(path)
        if row["focus"]
    )
    EvidenceStore(settings.evidence).add(from_rows(rows))


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        yield from map(json.loads, file)


def _keep(result: dict[str, Any], path: Path) -> None:
    """Write a result; the rows missed and the id in a trail that is gone would only make the differences longer."""
    kept = {name: value for name, value in result.items() if name not in ("missed", "audit_id")}
    with atomic_write(path) as file:
        file.write(json.dumps(kept, ensure_ascii=False, indent=1) + "\n")


if __name__ == "__main__":
    sys.exit(main())
