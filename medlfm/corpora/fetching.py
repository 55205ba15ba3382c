"""Fetching an outside corpus: the zip of a repository at its pinned commit, converted, all of it or nothing."""

from __future__ import annotations

import http.client
import json
import shutil
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import medlfm
from medlfm.corpora.catalogue import PROVENANCE, corpus_home, find_corpus, upstream_of
from medlfm.corpora.converting import Converted, Progress, audited, convert, unpacked, write_corpus
from medlfm.errors import OutputError, RecordError
from medlfm.files import sha256_file
from medlfm.settings import Settings, load_settings

__all__ = ["pull"]

_TEMPORARY = ".pull-"
_LARGEST = 2 << 30  # bytes of an archive
_SECONDS = 30.0  # without a byte


def pull(
    name: str,
    source: Path | None = None,
    out: Path | None = None,
    *,
    url: str = "",
    settings: Settings | None = None,
    progress: Progress | None = None,
) -> Converted:
    """Fetch a corpus at its pinned commit and convert it; from `source` instead, as `convert` does, where one is given.

    url: another address of the same archive, such as a mirror inside a hospital's network. A corpus that is here
    already, at that commit and unchanged, is left alone. Raises RecordError for whatever goes wrong on the way.
    """
    if source is not None:
        return convert(name, source, out, settings=settings, progress=progress)
    settings = settings or load_settings()
    corpus = find_corpus(name)
    upstream = upstream_of(corpus)
    if not (address := url or upstream.archive):
        raise RecordError(
            f"{name} can't be fetched by this command.",
            f"{upstream.by_hand} Then: medlfm corpora convert {name} --from FOLDER",
        )
    out = out or corpus_home(name, settings)
    if here := _here(name, out, upstream.revision):
        return here
    with _workplace(settings.home / "corpora") as place:
        archive = place / "archive.zip"
        _download(name, address, archive, progress or _silent)
        read = {"origin": _shown(address), "archive_sha256": sha256_file(archive)}
        with unpacked(archive, place) as (folder, commit):
            if upstream.revision and commit != upstream.revision:
                raise RecordError(
                    f"The archive at {_shown(address)} is of commit {commit or 'unknown'}, not {upstream.revision}.",
                    "Nothing of it was used. Check the address.",
                )
            done = write_corpus(corpus, folder, out, revision=commit, progress=progress, **read)
    return audited(done, "corpora.pull", settings, **read)


def _here(name: str, out: Path, revision: str) -> Converted | None:
    """Return what an earlier pull left, if it is whole and of that commit."""
    folder = out.parent if out.suffix == ".jsonl" else out
    try:
        found: dict[str, Any] = json.loads((folder / PROVENANCE).read_text(encoding="utf-8"))
        file = folder / found["file"]
        if not revision or (found["corpus"], found["revision"]) != (name, revision):
            return None
        if (out.suffix == ".jsonl" and file != out) or sha256_file(file) != found["sha256"]:
            return None
        records, skipped = int(found["records"]), dict(found["skipped"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return Converted(
        name=name,
        file=file,
        records=records,
        skipped=skipped,
        revision=revision,
        sha256=found["sha256"],
        fresh=False,
    )


@contextmanager
def _workplace(folder: Path) -> Iterator[Path]:
    """Yield a temporary folder, gone afterwards; those of pulls that were killed go after a day."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.glob(f"{_TEMPORARY}*"):
            if old.stat().st_mtime < time.time() - 86_400:
                shutil.rmtree(old, ignore_errors=True)
        place = Path(tempfile.mkdtemp(prefix=_TEMPORARY, dir=folder))
    except OSError as error:
        raise OutputError(
            f"Can't write {folder}: {error.strerror}.", "Set MEDLFM_HOME to a folder that you may write to."
        ) from error
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _download(name: str, address: str, target: Path, progress: Progress) -> None:
    if urlsplit(address).scheme not in ("http", "https"):
        raise RecordError(f"{_shown(address)} is no http or https address.", "Check --url.")
    try:
        request = urllib.request.Request(address, headers={"User-Agent": f"medlfm/{medlfm.__version__}"})  # noqa: S310
        with urllib.request.urlopen(request, timeout=_SECONDS) as answer:  # noqa: S310 - checked above
            total, done = int(answer.headers.get("Content-Length") or 0), 0
            with target.open("wb") as file:
                while block := answer.read(1 << 16):
                    file.write(block)
                    done += len(block)
                    progress("downloading", done, total)
                    if done > _LARGEST:
                        raise RecordError(f"{_shown(address)} is larger than {_LARGEST >> 30} GiB.", "Check --url.")
            if total and done != total:
                raise http.client.IncompleteRead(b"", total - done)
    except urllib.error.HTTPError as error:
        raise _unreachable(name, address, f"the server answers {error.code}") from error
    except (urllib.error.URLError, http.client.HTTPException, TimeoutError, ConnectionError) as error:
        reason = getattr(error, "reason", None)
        what = getattr(reason, "strerror", None) or type(reason or error).__name__
        raise _unreachable(name, address, str(what)) from error
    except OSError as error:
        raise OutputError(f"Can't write {target.parent}: {error.strerror}.", "Free some space.") from error


def _unreachable(name: str, address: str, reason: str) -> RecordError:
    return RecordError(
        f"Can't fetch {name} from {_shown(address)}: {reason}.",
        "Check the network, or fetch that file elsewhere and run: "
        f"medlfm corpora convert {name} --from FILE.zip. Nothing was written.",
    )


def _shown(address: str) -> str:
    """An address without what might be secret in it."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.hostname or ''}{f':{parts.port}' if parts.port else ''}{parts.path}"


def _silent(stage: str, done: int, total: int) -> None:
    """Report nothing: library calls print nothing."""
