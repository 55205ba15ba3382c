"""What a worker process does: opens a chunk of items, de-identifies them, and returns plain data."""

from __future__ import annotations

import json
import multiprocessing
import os
import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from multiprocessing.connection import wait as wait_for
from pathlib import Path
from typing import Any

from medlfm.deid.documents import DoneDocument, DoneText, Worker
from medlfm.deid.facts import Facts
from medlfm.deid.policy import Policy
from medlfm.errors import MedlfmError
from medlfm.files import canonical_json
from medlfm.records.documents import Codes, Document
from medlfm.records.documents.items import Item, open_item
from medlfm.records.fields import BadRecordError

__all__ = ["Chunk", "Job", "Options", "process", "start", "start_worker", "stop"]


@dataclass(frozen=True, kw_only=True)
class Options:
    """The settings of a run that its workers need; all of it can be pickled."""

    policy: Policy
    lang: str = ""
    key: bytes | None = None
    patient: str = ""
    model: bool = True
    rules: str | None = None
    encoding: str = ""
    text_field: str = ""
    patient_field: str = "patient_id"
    keep: tuple[str, ...] = ()
    log: bool = False


@dataclass(frozen=True)
class Job:
    """Items of one kind; `places` are the numbers of their files; `views` how many to return for the view."""

    kind: str
    items: list[Item]
    places: list[int]
    views: int = 0


@dataclass
class Chunk:
    """What became of a job: per item the bytes or row to write, or None for one that was rejected."""

    built: list[Any] = field(default_factory=list)
    rejects: list[tuple[int, int, str]] = field(default_factory=list)  # file, line, reason
    log: list[str] = field(default_factory=list)
    views: list[dict[str, Any]] = field(default_factory=list)
    counts: dict[str, Counter[str]] = field(default_factory=dict)

    def count(self, kind: str, name: str, number: int = 1) -> None:
        self.counts.setdefault(kind, Counter())[name] += number


_options: Options | None = None
_worker: Worker | None = None


def start(options: Options, secret: bytes, facts: Path | None = None) -> None:
    """Prepare this process; searches a few words, so that what is wrong with all texts is raised before the first."""
    global _options, _worker
    _options = options
    _worker = Worker(
        policy=options.policy,
        codes=Codes(secret),
        lang=options.lang,
        key=options.key,
        patient=options.patient,
        model=options.model,
        rules=options.rules,
        facts=Facts(facts),
    )
    list(_worker.run([open_item(Item(1, b"No fever today."), "text")]))


def start_worker(options: Options, secret: bytes, facts: Path | None) -> None:
    """Prepare a worker process, which ends with its parent."""
    parent = multiprocessing.parent_process()
    assert parent is not None

    def follow_parent() -> None:  # a parent that was killed can't end its workers
        wait_for([parent.sentinel])
        os._exit(1)

    threading.Thread(target=follow_parent, daemon=True).start()
    start(options, secret, facts)


def stop() -> None:
    """Let go of what `start` opened in this process."""
    if _worker is not None:
        _worker.facts.close()


def process(job: Job) -> Chunk:
    """De-identify a job; an item that fails is rejected, and nothing of it is written."""
    chunk = Chunk(built=[None] * len(job.items))
    documents: list[tuple[int, Document]] = []
    for place, item in enumerate(job.items):
        if job.kind == "csv" and isinstance(item.raw, list):  # the names of the columns, behind their delimiter
            chunk.built[place] = item.raw[1:]
            continue
        try:
            documents.append((place, _open(job, item)))
        except BadRecordError as error:
            chunk.rejects.append((job.places[place], item.line, error.reason))
    done = _run(job, documents, chunk)
    for place, document in done:
        chunk.built[place] = document.built
        chunk.count("documents", job.kind)
        for name, number in document.removed.items():
            chunk.count("removed", name, number)
        _account(job, place, document, chunk)
    return chunk


def _open(job: Job, item: Item) -> Document:
    assert _options is not None
    options = {"text": _options.text_field, "patient": _options.patient_field, "keep": _options.keep}
    return open_item(item, job.kind, **options)


def _run(job: Job, documents: list[tuple[int, Document]], chunk: Chunk) -> Sequence[tuple[int, DoneDocument]]:
    """Run all documents together; where that fails, each alone, to find the one that can't be done."""
    assert _worker is not None
    places = [place for place, _ in documents]
    try:
        return list(zip(places, _worker.run([document for _, document in documents]), strict=True))
    except MedlfmError:
        raise
    except Exception:
        done: list[tuple[int, DoneDocument]] = []
        for place in places:
            try:
                done.append((place, next(_worker.run([_open(job, job.items[place])]))))
            except MedlfmError:
                raise
            except Exception as error:  # its message may quote the text: the name of its class says enough
                item = job.items[place]
                chunk.rejects.append((job.places[place], item.line, f"failed:{type(error).__name__}"))
        return done


def _account(job: Job, place: int, document: DoneDocument, chunk: Chunk) -> None:
    assert _options is not None
    file, line = job.places[place], job.items[place].line
    for text in document.texts:
        chunk.count("texts", "texts")
        for span in text.spans:
            for kind, name in (("labels", span.label), ("rules", span.rule), ("actions", span.action)):
                chunk.count(kind, name)
            if _options.log:
                where = {"file": file, "line": line, "path": text.path, "policy": _options.policy.name}
                chunk.log.append(canonical_json(where | asdict(span)))
    if len(chunk.views) < job.views:
        texts = [_view(text) for text in document.texts]
        chunk.views.append({"file": file, "line": line, "texts": texts})


def _view(text: DoneText) -> dict[str, Any]:
    """Return both texts with the stretches that differ, as JSON data; the source holds PHI."""
    spans = [[s.source_start, s.source_end, s.start, s.end, s.label, s.rule] for s in text.spans]
    view: dict[str, Any] = json.loads(json.dumps({"path": text.path, "spans": spans}))
    return view | {"source": text.source, "text": text.text}
