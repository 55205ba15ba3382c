"""De-identifying files: streamed, over many processes, and taken up again where a killed run stopped."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from medlfm.audit import AuditTrail
from medlfm.deid.listing import FileSource, find_files, name_targets, plan_hash
from medlfm.deid.process import Options
from medlfm.deid.reasons import explain
from medlfm.deid.running import FileRun, Progress
from medlfm.deid.sinks import Checkpoint
from medlfm.deid.view import write_view
from medlfm.errors import OutputError, RecordError, SettingsError
from medlfm.files import atomic_path, sha256_file
from medlfm.settings import Settings

__all__ = ["FilesResult", "deidentify_files"]

_VIEWS = 100  # documents in the side-by-side view


@dataclass(frozen=True, kw_only=True)
class FilesResult:
    """What a run did: files written, counts (labels, rules, actions, documents, removed), what was rejected.

    rejects: file, line and reason of the first twenty. unknown: files in folders that are of no known format.
    """

    policy: str
    files: list[Path]
    counts: dict[str, dict[str, int]]
    rejects: list[tuple[Path, int, str]] = field(default_factory=list)
    rejected: int = 0
    unknown: list[Path] = field(default_factory=list)
    renamed: int = 0
    resumed: bool = False
    audit_id: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data: the report, which holds no text and no names of files."""
        texts = self.counts.get("texts", {}).get("texts", 0)
        counts = {kind: self.counts.get(kind, {}) for kind in ("documents", "labels", "rules", "actions", "removed")}
        return {
            "policy": self.policy,
            "files": len(self.files),
            "texts": texts,
            **counts,
            "rejected": self.rejected,
            "unknown": len(self.unknown),
            "renamed": self.renamed,
            "audit_id": self.audit_id,
        }


def deidentify_files(
    sources: Sequence[str | Path],
    out: str | Path,
    options: Options,
    *,
    settings: Settings,
    workers: int = 1,
    html: Path | None = None,
    log: Path | None = None,
    number_files: bool = False,
    strict: bool = False,
    progress: Progress | None = None,
) -> FilesResult:
    """De-identify files and folders into `out`: the file to write for one source with an ending, else a folder.

    Each file keeps its format; a PDF becomes plain text. What can't be read is rejected and written to no output:
    its number, line and reason stand in `rejects.jsonl` beside the output. A file whose name holds PHI, or each with
    `number_files`, gets a number for a name. html: a page with both texts side by side; it holds PHI. log: a JSONL
    file with a line for each replacement: offsets, label, rule and action, no text. progress: called with (done,
    total, of what). A killed run goes on where it stopped when it is called again.
    With workers > 1, a script that calls this needs `if __name__ == "__main__":`.

    Raises RecordError (at the first broken record if `strict`), OutputError, SettingsError.
    """
    if options.policy.needs_key and options.key is None:
        raise SettingsError(
            f"The policy {options.policy.name!r} needs a key.", "Name a file that holds one: --key-file."
        )
    out = Path(out)
    for folder in (path for path in map(Path, sources) if path.is_dir()):
        if out.resolve().is_relative_to(folder.resolve()):
            raise OutputError(f"{out} lies in {folder}, which is read.", "Choose a place outside of it.")
    found, unknown = find_files(sources)
    single = len(found) == 1 and bool(out.suffix) and not out.is_dir()
    names, renamed = ([out], 0) if single else name_targets(found, out, number_files, options)
    listed = [FileSource(path, kind, target) for (path, _, kind), target in zip(found, names, strict=True)]
    for source in listed:
        if source.path.resolve() == source.target.resolve():
            raise OutputError(f"{source.path} would be overwritten.", "Choose another --out.")
    folder = out.parent / f".{out.name}.work" if single else out / ".deidentify.work"
    checkpoint = Checkpoint(folder, plan_hash(listed, options, html, log))
    try:
        checkpoint.open()
        run = FileRun(listed, options, checkpoint, strict=strict, views=_VIEWS if html else 0, progress=progress)
        run.go(workers)
        rejects = [json.loads(line) for line in checkpoint.lines("rejects")]
        _write_side_files(out, single, checkpoint, rejects, listed, html, log)
    finally:
        checkpoint.close()
    checkpoint.remove()
    result = FilesResult(
        policy=options.policy.name,
        files=[source.target for source in listed if source.target.exists()],
        counts={kind: dict(sorted(names.items())) for kind, names in checkpoint.counts.items()},
        rejects=[(listed[each["file"] - 1].path, each["line"], each["reason"]) for each in rejects[:20]],
        rejected=len(rejects),
        unknown=unknown,
        renamed=renamed,
        resumed=checkpoint.resumed,
    )
    if not checkpoint.counts.get("documents"):
        _refuse_all(result, listed[0].path)
    return _audited(result, log, settings)


def _refuse_all(result: FilesResult, first: Path) -> None:
    path, line, reason = result.rejects[0] if result.rejects else (first, 0, "empty_file")
    error = explain(path, line, reason)
    raise RecordError(f"Nothing was de-identified. {error.message}", error.hint)


def _audited(result: FilesResult, log: Path | None, settings: Settings) -> FilesResult:
    digest = hashlib.sha256("".join(sha256_file(path) for path in result.files).encode()).hexdigest()
    facts = {key: value for key, value in result.to_dict().items() if key != "audit_id"}
    facts |= {"outputs": digest, "replacements": sha256_file(log) if log else ""}
    entry = AuditTrail(settings.audit).append("deidentify", facts)
    return replace(result, audit_id=entry)


def _write_side_files(
    out: Path,
    single: bool,
    checkpoint: Checkpoint,
    rejects: list[dict[str, Any]],
    listed: list[FileSource],
    html: Path | None,
    log: Path | None,
) -> None:
    if rejects:
        path = out.with_name(f"{out.name}.rejects.jsonl") if single else out / "rejects.jsonl"
        _copy_lines(checkpoint, "rejects", path)
    if log:
        _copy_lines(checkpoint, "log", log)
    if html:
        views = (json.loads(line) for line in checkpoint.lines("views"))
        total = sum(checkpoint.counts.get("documents", Counter()).values())
        write_view(html, views, [source.path.name for source in listed], total)


def _copy_lines(checkpoint: Checkpoint, part: str, path: Path) -> None:
    with atomic_path(path) as temporary, temporary.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(checkpoint.lines(part))
