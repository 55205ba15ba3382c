"""De-identify a long stream of notes: `python -m benchmarks.deid_stream [--notes N] [--compare]`.

Notes of about 1,000 characters: those of benchmarks/gold/phi/dev3 in German, several at a time, their numbers and dates
changed. Through one process and through two workers, to see what a second core brings and that memory stays flat.
With --compare what a second core brings is measured alone, over fewer notes in a calmer minute; the rest stays.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import random
import re
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from medlfm.deid import deidentify_files, load_policy
from medlfm.deid.process import Options
from medlfm.files import atomic_write
from medlfm.settings import Settings

__all__ = ["main", "measure", "notes"]

RESULTS = Path(__file__).resolve().parent / "results"
_NOTES = Path(__file__).resolve().parent / "gold" / "phi" / "dev3.de.jsonl"
_MARKUP = re.compile(r"\[\[\w+\|(.*?)\]\]", re.DOTALL)
_NUMBER = re.compile(r"\b(\d{1,2})\.(\d{1,2})\.|\d{4,}")
_CHARACTERS = 1000
_SAMPLES = 20
_WORKERS = (1, 2)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.deid_stream", description=__doc__.splitlines()[0])
    parser.add_argument("--notes", type=int, default=100_000)
    parser.add_argument("--model", action="store_true", help="join the trained model to the rules")
    parser.add_argument("--compare", action="store_true", help="measure the second core alone, keep the long stream")
    chosen = parser.parse_args(arguments)
    path = RESULTS / "deid_stream.json"
    result = measured = measure(chosen.notes, model=chosen.model)
    if chosen.compare:
        result = json.loads(path.read_text(encoding="utf-8")) | {"compared": measured}
    print(json.dumps(measured), flush=True)
    with atomic_write(path) as file:
        file.write(json.dumps(result, indent=1) + "\n")
    return 0


def notes(count: int) -> Iterator[dict[str, Any]]:
    """Yield our own notes again and again with other numbers and dates, always the same."""
    draw = random.Random(1)
    rows = [json.loads(line) for line in _NOTES.read_text(encoding="utf-8").splitlines()]
    texts = [_MARKUP.sub(r"\1", row["text"]) for row in rows]

    def other(match: re.Match[str]) -> str:
        if match[1]:
            return f"{draw.randint(1, 28):02d}.{draw.randint(1, 12):02d}."
        return match[0][:2] + "".join(draw.choice("0123456789") for _ in match[0][2:])

    for number in range(count):
        parts: list[str] = []
        while sum(map(len, parts)) < _CHARACTERS - 200:
            parts.append(draw.choice(texts))
        yield {"id": number, "patient_id": f"P{number % 5000}", "text": _NUMBER.sub(other, "\n\n".join(parts))}


def measure(count: int, *, model: bool) -> dict[str, Any]:
    """De-identify the same notes through one process and through two workers.

    processor_seconds: of all processes together; speedup_by_processor: the time of one process by that of the busiest
    of the others, which is what the wall clock shows where every process has a core of its own, however busy the
    machine is. rss_mb: resident memory of all processes together, read at equal steps of the way.
    """
    from medlfm.evaluate import machine  # not at the top: every worker imports this module anew

    options = Options(policy=load_policy("safe_harbor"), lang="de", model=model)
    runs: dict[str, dict[str, Any]] = {}
    with tempfile.TemporaryDirectory(prefix="medlfm-stream-") as folder:
        source = Path(folder) / "notes.jsonl"
        with source.open("w", encoding="utf-8") as file:
            file.writelines(json.dumps(note, ensure_ascii=False) + "\n" for note in notes(count))
        characters = source.stat().st_size // count
        for workers in _WORKERS:
            runs[str(workers)] = _run(source, Path(folder), options, count, workers)
    one, two = runs["1"], runs["2"]
    busiest = max(two["parent_seconds"], two["workers_seconds"] / 2)
    return {
        "format": 1,
        "task": "deid_stream",
        "notes": count,
        "bytes_a_note": characters,
        "model": model,
        "runs": runs,
        "speedup_by_wall": round(one["wall_seconds"] / two["wall_seconds"], 2),
        "speedup_by_processor": round(one["parent_seconds"] / busiest, 2),
        "notes_per_second": round(count / one["parent_seconds"], 1),
        "load_average": [round(value, 1) for value in os.getloadavg()],
        "machine": machine(),
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def _run(source: Path, folder: Path, options: Options, count: int, workers: int) -> dict[str, Any]:
    memory: list[int] = []

    def progress(done: int, _: int, unit: str) -> None:
        if unit == "records" and done * _SAMPLES // count >= len(memory):
            memory.append(_resident())

    target = folder / f"out-{workers}.jsonl"
    before, wall = _processor(), time.monotonic()
    result = deidentify_files(
        [source], target, options, settings=Settings(home=folder), workers=workers, progress=progress
    )
    taken = time.monotonic() - wall
    for process in multiprocessing.active_children():
        process.join()  # only then is its time known
    own, others = (after - start for after, start in zip(_processor(), before, strict=True))
    return {
        "wall_seconds": round(taken, 1),
        "parent_seconds": round(own, 1),
        "workers_seconds": round(others, 1),
        "processor_seconds": round(own + others, 1),
        "replaced": sum(result.counts["labels"].values()),
        "rss_mb": memory,
    }


def _processor() -> tuple[float, float]:
    """Return the processor time of this process and of those it started."""
    times = os.times()
    return times.user + times.system, times.children_user + times.children_system


def _resident() -> int:
    """Return the resident memory of this process and of those it started in MB (Linux)."""
    processes = ["self", *(str(process.pid) for process in multiprocessing.active_children())]
    pages = [int(Path(f"/proc/{each}/statm").read_text(encoding="ascii").split()[1]) for each in processes]
    return round(sum(pages) * os.sysconf("SC_PAGE_SIZE") / 1e6)


if __name__ == "__main__":
    sys.exit(main())
