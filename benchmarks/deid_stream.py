"""De-identify a generated stream of notes: `python -m benchmarks.deid_stream [--notes N] [--only memory|workers]`.

In one process, to watch the memory; and through one worker and two, to see what a second core brings.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import random
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from medlfm.deid import deidentify_files, load_policy
from medlfm.deid.process import Options
from medlfm.evaluate import machine
from medlfm.files import atomic_write
from medlfm.settings import Settings

__all__ = ["compare_workers", "main", "measure", "notes"]

RESULTS = Path(__file__).resolve().parent / "results"
_FIRST = ("Anna", "Hans", "Rosa", "Emil", "Karl", "Jonas", "Lea", "Mia", "Paul", "Ida")
_LAST = ("Zauner", "Lenz", "Keller", "Brandt", "Vogel", "Hartung", "Rösner", "Krämer")
_SAMPLES = 20
_TURNS = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.deid_stream", description=__doc__.splitlines()[0])
    parser.add_argument("--notes", type=int, default=100_000)
    parser.add_argument("--model", action="store_true", help="join the trained model to the rules")
    parser.add_argument("--only", choices=("memory", "workers"), help="one of both; the other's figures stay")
    chosen = parser.parse_args(arguments)
    path = RESULTS / "deid_stream.json"
    result = json.loads(path.read_text(encoding="utf-8")) if chosen.only else {}
    if chosen.only != "workers":
        result |= measure(chosen.notes, model=chosen.model)
        print(f"{result['notes_per_second']} notes/s, {result['rss_mb'][0]} to {max(result['rss_mb'])} MB", flush=True)
    if chosen.only != "memory":
        result["workers"] = compare_workers(chosen.notes, model=chosen.model)
        print(json.dumps(result["workers"]), flush=True)
    with atomic_write(path) as file:
        file.write(json.dumps(result, indent=1) + "\n")
    return 0


def notes(count: int) -> Iterator[dict[str, Any]]:
    """Yield short invented notes, always the same."""
    draw = random.Random(1)
    for number in range(count):
        name = f"{draw.choice(_FIRST)} {draw.choice(_LAST)}"
        born = f"{draw.randint(1, 28)}.{draw.randint(1, 12)}.{draw.randint(1940, 2000)}"
        seen = f"{draw.randint(1, 28)}.{draw.randint(1, 12)}.20{draw.randint(10, 24)}"
        text = f"Patient {name}, geb. {born}. {name.split()[1]} kam am {seen} mit Husten. Dr. {draw.choice(_LAST)}"
        yield {"id": number, "patient_id": f"P{number % 5000}", "text": text}


def measure(count: int, *, model: bool) -> dict[str, Any]:
    """De-identify notes in one process; the resident memory is read at equal steps of the way."""
    options = Options(policy=load_policy("safe_harbor"), lang="de", model=model)
    memory: list[float] = []
    with tempfile.TemporaryDirectory(prefix="medlfm-stream-") as folder:
        source = Path(folder) / "notes.jsonl"
        with source.open("w", encoding="utf-8") as file:
            file.writelines(json.dumps(note, ensure_ascii=False) + "\n" for note in notes(count))

        def progress(done: int, _: int, unit: str) -> None:
            if unit == "records" and done * _SAMPLES // count >= len(memory):
                memory.append(_resident())

        start = time.process_time()
        target = Path(folder) / "out.jsonl"
        result = deidentify_files([source], target, options, settings=Settings(home=Path(folder)), progress=progress)
        seconds = time.process_time() - start
    return {
        "format": 1,
        "task": "deid_stream",
        "notes": count,
        "model": model,
        "replaced": sum(result.counts["labels"].values()),
        "rss_mb": [round(value) for value in memory],
        "processor_seconds": round(seconds, 1),
        "notes_per_second": round(count / seconds, 1),
        "machine": machine(),
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def compare_workers(count: int, *, model: bool) -> dict[str, Any]:
    """De-identify the same notes through one process and through two workers, by turns.

    wall_seconds: of the faster of both turns. processor_seconds: of all processes together; what two take more than
    one is the price of the second: its start, and the notes that go there and back. speedup_by_processor is what the
    wall clock would show on two free cores, however busy the machine is.
    """
    options = Options(policy=load_policy("safe_harbor"), lang="de", model=model)
    turns: dict[int, list[tuple[float, float, float]]] = {1: [], 2: []}
    with tempfile.TemporaryDirectory(prefix="medlfm-workers-") as folder:
        source = Path(folder) / "notes.jsonl"
        with source.open("w", encoding="utf-8") as file:
            file.writelines(json.dumps(note, ensure_ascii=False) + "\n" for note in notes(count))
        for turn in range(_TURNS):
            for workers in turns:
                target = Path(folder) / f"out{turn}-{workers}.jsonl"
                before, wall = _processor(), time.monotonic()
                deidentify_files([source], target, options, settings=Settings(home=Path(folder)), workers=workers)
                taken = time.monotonic() - wall
                for process in multiprocessing.active_children():
                    process.join()  # only then is its time known
                own, others = (after - start for after, start in zip(_processor(), before, strict=True))
                turns[workers].append((taken, own, others))
    (wall_one, one, _), (wall_two, own, others) = (min(turns[workers]) for workers in (1, 2))
    return {
        "notes": count,
        "model": model,
        "turns": _TURNS,
        "wall_seconds": {"1": round(wall_one, 1), "2": round(wall_two, 1)},
        "processor_seconds": {"1": round(one, 1), "2": round(own + others, 1)},
        "parent_seconds": round(own, 1),
        "speedup": round(wall_one / wall_two, 2),
        "speedup_by_processor": round(one / max(own, others / 2), 2),
        "load_average": [round(value, 1) for value in os.getloadavg()],
    }


def _processor() -> tuple[float, float]:
    """Return the processor time of this process and of those it started."""
    times = os.times()
    return times.user + times.system, times.children_user + times.children_system


def _resident() -> float:
    """Return the resident memory of this process in MB (Linux)."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


if __name__ == "__main__":
    sys.exit(main())
