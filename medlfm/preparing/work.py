"""Resumable work: records in chunks, each chunk one file that is either whole or not there.

A killed run leaves `RUN/.work/<hash>/`, and the next one with the same hash goes on behind the last chunk. What
stands in a chunk has gone through all steps: there is no PHI in it that the steps find.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import shutil
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from itertools import islice
from multiprocessing.connection import wait as wait_for
from pathlib import Path
from typing import Any

from medlfm.errors import OutputError, RecordError
from medlfm.files import atomic_write, canonical_json
from medlfm.preparing.plan import Options, Plan
from medlfm.preparing.steps import Steps
from medlfm.processes import worker_pool
from medlfm.records import Card, Record

__all__ = ["CHUNK", "Work"]

CHUNK = 64
Job = list[tuple[Card, Record]]


class Work:
    """The chunks of one plan in the folder of a run."""

    def __init__(self, run: Path, plan: Plan, key: bytes | None) -> None:
        self.plan = plan
        self.key = key
        self.parent = run / ".work"
        self.folder = self.parent / plan.hash[:16]

    def clear(self) -> None:
        """Remove the chunks of this plan and those that other plans left."""
        shutil.rmtree(self.parent, ignore_errors=True)

    def run(self, workers: int, progress: Callable[[int], None], *, strict: bool = False) -> None:
        """Process what isn't done yet; `progress` is told the number of records done.

        Raises RecordError where a worker dies or, if `strict`, a record fails; MedlfmError where something is wrong
        with all records.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputError(
                f"Can't write to {self.folder.parent.parent}: {error.strerror}.", "Choose --out."
            ) from error
        done = 0
        todo: list[int] = []
        for number in range(-(-len(self.plan.groups) // CHUNK)):
            size = min(CHUNK, len(self.plan.groups) - number * CHUNK)
            if self._path(number).is_file():
                done += size
            else:
                todo.append(number)
        progress(done)
        if todo:
            _start(self.plan.options, self.key)  # with workers too: an error in theirs only breaks the pool
        for number, results in self._serial(todo) if workers <= 1 else self._parallel(todo, workers):
            if strict:
                self._refuse_failed(number, results)
            with atomic_write(self._path(number)) as file:
                file.writelines(canonical_json(result) + "\n" for result in results)
            done += len(results)
            progress(done)

    def results(self) -> Iterator[dict[str, Any]]:
        """Read the results of all records, in their order."""
        for number in range(-(-len(self.plan.groups) // CHUNK)):
            with self._path(number).open(encoding="utf-8") as file:
                for line in file:
                    yield json.loads(line)

    def _refuse_failed(self, number: int, results: list[dict[str, Any]]) -> None:
        for place, result in enumerate(results, start=number * CHUNK):
            if "failed" in result:
                file, line = self.plan.places[place]
                raise RecordError(
                    f"{file}, line {line}: a step failed with {result['failed']}.",
                    "Please report it; without --strict the record is left out.",
                )

    def _path(self, number: int) -> Path:
        return self.folder / f"{number:06}.jsonl"

    def _jobs(self, todo: list[int]) -> Iterator[tuple[int, Job]]:
        wanted = set(todo)
        records = self.plan.records()
        number = 0
        while job := list(islice(records, CHUNK)):
            if number in wanted:
                yield number, job
            number += 1

    def _serial(self, todo: list[int]) -> Iterator[tuple[int, list[dict[str, Any]]]]:
        for number, job in self._jobs(todo):
            yield number, _process(job)

    def _parallel(self, todo: list[int], workers: int) -> Iterator[tuple[int, list[dict[str, Any]]]]:
        with worker_pool(min(workers, len(todo)), _start_worker, (self.plan.options, self.key)) as pool:
            jobs = self._jobs(todo)
            running: dict[Future[list[dict[str, Any]]], int] = {}
            while True:
                for number, job in islice(jobs, workers * 2 - len(running)):
                    running[pool.submit(_process, job)] = number
                if not running:
                    return
                finished, _ = wait(running, return_when=FIRST_COMPLETED)
                for future in finished:
                    yield running.pop(future), future.result()


_steps: Steps | None = None


def _start(options: Options, key: bytes | None) -> None:
    global _steps
    _steps = Steps(options, key)
    _steps.warm_up()


def _start_worker(options: Options, key: bytes | None) -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None

    def follow_parent() -> None:  # a parent that was killed can't end its workers
        wait_for([parent.sentinel])
        os._exit(1)

    threading.Thread(target=follow_parent, daemon=True).start()
    _start(options, key)


def _process(job: Job) -> list[dict[str, Any]]:
    assert _steps is not None
    results = []
    for card, record in job:
        try:
            results.append(_steps.run(card, record))
        except Exception as error:
            # Whatever is wrong with one record must not stop the others; its message may quote the text.
            results.append({"failed": type(error).__name__})
    return results
