"""De-identify a generated stream of notes and watch the memory: `python -m benchmarks.deid_stream [--notes N]`."""

from __future__ import annotations

import argparse
import json
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

__all__ = ["main", "measure", "notes"]

RESULTS = Path(__file__).resolve().parent / "results"
_FIRST = ("Anna", "Hans", "Rosa", "Emil", "Karl", "Jonas", "Lea", "Mia", "Paul", "Ida")
_LAST = ("Zauner", "Lenz", "Keller", "Brandt", "Vogel", "Hartung", "Rösner", "Krämer")
_SAMPLES = 20


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.deid_stream", description=__doc__.splitlines()[0])
    parser.add_argument("--notes", type=int, default=100_000)
    parser.add_argument("--model", action="store_true", help="join the trained model to the rules")
    chosen = parser.parse_args(arguments)
    result = measure(chosen.notes, model=chosen.model)
    print(f"{result['notes_per_second']} notes/s, {result['rss_mb'][0]} to {max(result['rss_mb'])} MB", flush=True)
    with atomic_write(RESULTS / "deid_stream.json") as file:
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


def _resident() -> float:
    """Return the resident memory of this process in MB (Linux)."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


if __name__ == "__main__":
    sys.exit(main())
