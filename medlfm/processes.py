"""Processes that work side by side."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from typing import Any

from medlfm.errors import RecordError

__all__ = ["worker_pool"]


@contextmanager
def worker_pool(workers: int, start: Callable[..., None], arguments: tuple[Any, ...]) -> Iterator[ProcessPoolExecutor]:
    """Run a pool, each process begun by `start(*arguments)`; on leaving, what has not begun is dropped.

    Raises RecordError where a process died.
    """
    # Spawned, not forked: a fork of a process with threads (torch, a progress bar) can hang.
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(workers, context, initializer=start, initargs=arguments)
    try:
        yield pool
    except BrokenProcessPool as error:
        raise RecordError(
            "A worker process died, perhaps for lack of memory.",
            "Run the same command again, with fewer --workers: it goes on where it stopped.",
        ) from error
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
