"""From raw records to training data: read, de-identify, clean, find duplicates, split, write, account for all of it.

The same input and seed give the same bytes, whatever the number of workers; a run that was killed goes on where it
stopped, and one that is finished already is left as it is.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from medlfm.audit import AuditTrail
from medlfm.errors import OutputError, RecordError
from medlfm.files import atomic_write
from medlfm.preparing.choose import choose
from medlfm.preparing.engines import surrogate_key
from medlfm.preparing.outputs import (
    build_manifest,
    chosen_rows,
    output_facts,
    rejected_rows,
    write_rejected,
    write_splits,
)
from medlfm.preparing.plan import FORMATS, Options, Plan, make_plan
from medlfm.preparing.report import Examples, render_report
from medlfm.preparing.work import Work
from medlfm.records import Reject, load_prepared
from medlfm.records.cards import make_card
from medlfm.records.prepared import SPLITS
from medlfm.settings import Settings, load_settings

__all__ = ["PrepareResult", "prepare"]

Progress = Callable[[str, int, int], None]
_BROKEN = 0.1  # share of records that may fail in a step


@dataclass(frozen=True, kw_only=True)
class PrepareResult:
    """A finished run. `rejects` and `seconds` (by stage) are those of this call, and stand in no file."""

    folder: Path
    manifest: dict[str, Any]
    unchanged: bool = False  # the folder held this very run already
    rejects: list[Reject] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)
    audit_id: str = ""

    @property
    def report(self) -> Path:
        return self.folder / "report.html"

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data; rejects are in `rejected.jsonl`."""
        return {
            "folder": str(self.folder),
            "report": str(self.report),
            "unchanged": self.unchanged,
            "seconds": {stage: round(value, 2) for stage, value in self.seconds.items()},
            "audit_id": self.audit_id,
            "manifest": self.manifest,
        }


def prepare(
    sources: Sequence[str | Path] | str | Path,
    out: str | Path,
    *,
    settings: Settings | None = None,
    lang: str | None = None,
    policy: str | None = None,
    seed: int = 0,
    split: tuple[float, float, float] = (0.8, 0.1, 0.1),
    balance: bool = False,
    format: str = "jsonl",  # noqa: A002 - the name of the flag
    workers: int = 1,
    strict: bool = False,
    source: str = "",
    licence: str = "",
    attribution: str = "",
    encoding: str = "",
    expand: bool = True,
    route: bool = True,
    key: bytes | None = None,
    force: bool = False,
    progress: Progress | None = None,
) -> PrepareResult:
    """Prepare files and folders of records into the folder `out`.

    lang: of records that name none (None: detected). policy: of de-identification (None: the setting).
    source, licence, attribution: of what no `corpus.toml` describes. expand: write abbreviations out.
    route: give questions without a specialty one, where the installed experts are sure.
    key: for surrogates and shifted dates (None: the one in MEDLFM_HOME, where the policy needs one).
    force: replace another run in `out`. progress: called with (stage, done, total).
    With workers > 1, a script that calls this needs `if __name__ == "__main__":`.

    Raises RecordError, OutputError, SettingsError, AuditError.
    """
    settings = settings or load_settings()
    progress = progress or (lambda *_: None)
    folder = Path(out)
    options = Options(
        policy=policy or settings.policy,
        lang=lang or "",
        encoding=encoding,
        seed=seed,
        split=split,
        balance=balance,
        expand=expand,
        route=route,
        format=format,
    )
    key = key or surrogate_key(options.policy, settings)
    clock = _Clock()

    progress("reading", 0, 0)
    paths = [sources] if isinstance(sources, str | Path) else list(sources)
    card = make_card(source, licence, attribution)
    plan = make_plan(paths, options, default=card, strict=strict, keyed=key or b"")
    clock.stop("read")
    if (finished := _claim(folder, plan, force)) is not None:
        return PrepareResult(folder=folder, manifest=finished, unchanged=True, rejects=plan.rejects, seconds=clock.laps)

    work = Work(folder, plan, key)
    work.run(workers, lambda done: progress("processing", done, len(plan.groups)), strict=strict)
    clock.stop("process")

    progress("choosing", 0, 0)
    choice = choose(work.results(), plan.groups, options)
    _refuse_broken(choice.failed, plan)
    clock.stop("choose")

    progress("writing", 0, 0)
    manifest, written = _write(folder, plan, choice, work)
    clock.stop("write")
    audit_id = AuditTrail(settings.audit).append("prepare", _audited(plan, manifest))
    with atomic_write(folder / "manifest.json") as file:
        file.write(json.dumps(manifest, ensure_ascii=False, indent=2) + "\n")
    work.clear()
    _remove_others(folder, written)
    return PrepareResult(folder=folder, manifest=manifest, rejects=plan.rejects, seconds=clock.laps, audit_id=audit_id)


def _claim(folder: Path, plan: Plan, force: bool) -> dict[str, Any] | None:
    """Return the manifest where `folder` holds this very run; make room where it may be written.

    Raises OutputError where another run, or something else, is there.
    """
    path = folder / "manifest.json"
    if not path.is_file():
        foreign = folder.exists() and (not folder.is_dir() or any(item.name != ".work" for item in _visible(folder)))
        if foreign and not force:
            raise OutputError(f"{folder} isn't empty, and holds no run.", "Choose another --out, or --force.")
        return None
    with suppress(RecordError):
        run = load_prepared(folder)
        if run.manifest["run"] == plan.hash:
            return run.manifest
    if not force:
        raise OutputError(
            f"{folder} holds a run of other inputs, settings or rules.", "Choose another --out, or replace it: --force."
        )
    path.unlink()
    return None


def _refuse_broken(failed: Sequence[str], plan: Plan) -> None:
    """Raise RecordError where so many records broke a step that something must be wrong with the step."""
    if len(failed) > _BROKEN * len(plan.groups):
        raise RecordError(
            f"A step failed with {len(failed)} of {len(plan.groups)} records: {', '.join(sorted(set(failed)))}.",
            "Please report it; --strict names the first record.",
        )


def _visible(folder: Path) -> list[Path]:
    """List a folder without what a killed run of ours may have left there."""
    ours = {*SPLITS, "rejected", "report"}
    return [path for path in folder.iterdir() if path.name.lstrip(".").split(".")[0] not in ours]


def _write(folder: Path, plan: Plan, choice: Any, work: Work) -> tuple[dict[str, Any], list[Path]]:
    """Write all files but the manifest, which is returned and must come last, with their paths."""
    examples = Examples(plan.options.seed)

    def rows() -> Any:
        for split, result in chosen_rows(work.results(), choice):
            examples.see(split, result)
            yield split, result["row"]

    paths = write_splits(folder, rows(), plan.options.format)
    rejected = rejected_rows(plan, work.results())
    paths.append(write_rejected(folder, rejected))
    written = ((split, result["row"]) for split, result in chosen_rows(work.results(), choice))
    manifest = build_manifest(plan, choice, written, rejected)
    with atomic_write(folder / "report.html") as file:
        file.write(render_report(manifest, examples.chosen()))
    paths.append(folder / "report.html")
    manifest["outputs"] = output_facts(paths)
    return manifest, paths


def _remove_others(folder: Path, written: list[Path]) -> None:
    """Remove the splits of a replaced run in the other format."""
    for path in (folder / f"{name}.{suffix}" for name in SPLITS for suffix in FORMATS):
        if path not in written:
            path.unlink(missing_ok=True)


def _audited(plan: Plan, manifest: dict[str, Any]) -> dict[str, Any]:
    counts = manifest["counts"]
    return {
        "run": plan.hash,
        "policy": plan.policy["name"],
        "inputs": [facts["sha256"] for facts in plan.inputs],
        "corpora": [source.card.name for source in plan.sources],
        "outputs": {name: facts["sha256"] for name, facts in manifest["outputs"].items()},
        "read": counts["read"],
        "rejected": counts["rejected"],
        "phi_replaced": counts["phi"]["total"],
        "second_scan": counts["second_scan"],
        "written": counts["written"],
        "version": plan.versions["medlfm"],
    }


class _Clock:
    """Seconds by stage."""

    def __init__(self) -> None:
        self.laps: dict[str, float] = {}
        self._last = time.perf_counter()

    def stop(self, stage: str) -> None:
        now = time.perf_counter()
        self.laps[stage], self._last = now - self._last, now
