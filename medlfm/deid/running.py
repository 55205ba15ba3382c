"""A run over files: jobs in order, through one process or many, into the files they belong to."""

from __future__ import annotations

import os
from collections import Counter, deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from pathlib import Path

from medlfm.deid.facts import collect_facts
from medlfm.deid.listing import FileSource
from medlfm.deid.process import Chunk, Job, Options, process, start, start_worker, stop
from medlfm.deid.reasons import explain
from medlfm.deid.sinks import Checkpoint, write_built
from medlfm.files import canonical_json
from medlfm.processes import worker_pool
from medlfm.records.documents.items import STREAMS, Item, read_items

__all__ = ["FileRun", "Progress"]

Progress = Callable[[int, int, str], None]  # done, total (0: not known), of what
_ITEMS = 32  # of a chunk
_BYTES = 1 << 20


class FileRun:
    """Jobs in order, through one process or many, into the files they belong to."""

    def __init__(
        self,
        listed: list[FileSource],
        options: Options,
        checkpoint: Checkpoint,
        *,
        strict: bool,
        views: int,
        progress: Progress | None,
    ) -> None:
        self.listed, self.options, self.checkpoint = listed, options, checkpoint
        self.strict, self.views, self.progress = strict, views, progress or (lambda *_: None)
        self.headers: dict[int, list[str]] = {}

    def go(self, workers: int) -> None:
        secret = self.options.key if self.options.policy.needs_key and self.options.key else self.checkpoint.secret
        facts = self.checkpoint.folder / "facts"
        collect_facts(facts, self._rows(), self.options.patient_field)
        start(self.options, secret, facts)  # with workers too: an error in theirs only breaks the pool
        jobs = self._jobs()
        try:
            for job, chunk in self._serial(jobs) if workers <= 1 else self._parallel(jobs, workers, secret, facts):
                self._take(job, chunk)
        finally:
            stop()
        if self.checkpoint.target:
            self._finish()
        self.checkpoint.save()

    # ---- jobs

    def _rows(self) -> Iterator[Item]:
        """Yield the rows and resources of all streams."""
        for source in self.listed:
            if source.kind in ("jsonl", "csv", "parquet"):
                yield from read_items(source.path, source.kind, self.options.encoding)

    def _jobs(self) -> Iterator[Job]:
        """Yield chunks of items; those done before are read again and left out."""
        skip = self.checkpoint.done
        items: list[Item] = []
        places: list[int] = []
        kind, size, number = "", 0, 0
        for place, source in enumerate(self.listed, start=1):
            stream = source.kind in STREAMS
            if items and (stream or source.kind != kind):
                yield self._job(kind, items, places)
                items, places, size = [], [], 0
            kind = source.kind
            for item in read_items(source.path, kind, self.options.encoding):
                if kind == "csv" and isinstance(item.raw, list):
                    self.headers[place] = item.raw
                number += 1
                if number <= skip:
                    continue
                items.append(item)
                places.append(place)
                size += len(item.raw) if isinstance(item.raw, bytes | str) else 1000
                if len(items) == _ITEMS or size > _BYTES:
                    yield self._job(kind, items, places)
                    items, places, size = [], [], 0
            if items and stream:
                yield self._job(kind, items, places)
                items, places, size = [], [], 0
        if items:
            yield self._job(kind, items, places)

    def _job(self, kind: str, items: list[Item], places: list[int]) -> Job:
        return Job(kind, items, places, self.views)

    def _serial(self, jobs: Iterator[Job]) -> Iterator[tuple[Job, Chunk]]:
        for job in jobs:
            yield job, process(job)

    def _parallel(self, jobs: Iterator[Job], workers: int, secret: bytes, facts: Path) -> Iterator[tuple[Job, Chunk]]:
        os.environ.setdefault("OMP_NUM_THREADS", "1")  # a process a core: threads would fight for them
        waiting: deque[tuple[Job, Future[Chunk]]] = deque()
        with worker_pool(workers, start_worker, (self.options, secret, facts)) as pool:
            for job in jobs:
                waiting.append((job, pool.submit(process, job)))
                if len(waiting) > workers * 2:
                    first, future = waiting.popleft()
                    yield first, future.result()
            while waiting:
                first, future = waiting.popleft()
                yield first, future.result()

    # ---- results

    def _take(self, job: Job, chunk: Chunk) -> None:
        """Write what a job became, and count it."""
        self._reject(chunk)
        for place, built in zip(job.places, chunk.built, strict=True):
            source = self.listed[place - 1]
            if self.checkpoint.target != str(source.target) and self.checkpoint.target:
                self._finish()
            self.checkpoint.target = str(source.target)
            if built is not None:
                self.checkpoint.append("data", write_built(built, source.kind, self.headers.get(place, [])))
            elif source.kind not in STREAMS:
                self.checkpoint.target = ""  # a document that was rejected is not written
            self.checkpoint.done += 1
        self.checkpoint.append("log", "".join(f"{line}\n" for line in chunk.log).encode())
        if self.views:
            views = chunk.views[: self.views]
            self.views -= len(views)
            self.checkpoint.append("views", "".join(canonical_json(view) + "\n" for view in views).encode())
        for kind, names in chunk.counts.items():
            self.checkpoint.counts.setdefault(kind, Counter()).update(names)
        self.checkpoint.save(force=False)
        if len(self.listed) > 1 or job.kind not in STREAMS:
            self.progress(job.places[-1], len(self.listed), "files")
        else:
            self.progress(self.checkpoint.done, 0, "records")

    def _reject(self, chunk: Chunk) -> None:
        for file, line, reason in sorted(chunk.rejects):
            if self.strict:
                raise explain(self.listed[file - 1].path, line, reason, "; without --strict it is left out")
            self.checkpoint.append(
                "rejects", (canonical_json({"file": file, "line": line, "reason": reason}) + "\n").encode()
            )

    def _finish(self) -> None:
        kind = next(source.kind for source in self.listed if str(source.target) == self.checkpoint.target)
        self.checkpoint.finish_target(kind)
