"""Training an expert: prepared rows in, an adapter out that was compared with the base and with another expert."""

from __future__ import annotations

import json
import random
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from itertools import islice
from pathlib import Path
from typing import Any

from medlfm.audit import AuditTrail
from medlfm.errors import ExpertError, OutputError, TrainingError
from medlfm.experts.adapters import CARD, CONFIG, RECORD, SCHEMA, WEIGHTS, check_files, target_modules
from medlfm.experts.bank import Bank
from medlfm.experts.card import adapter_card
from medlfm.experts.examples import Example, make_examples
from medlfm.experts.heldout import HeldOut, difference, held_out
from medlfm.experts.plugin import Expert
from medlfm.experts.registry import Registry, discover
from medlfm.experts.rows import Refusals, accepted
from medlfm.experts.training import Job, TrainOptions, fit
from medlfm.files import canonical_json, sha256_bytes, sha256_file
from medlfm.records.prepared import SPLITS, PreparedRun, load_prepared
from medlfm.runtime.catalog import slug
from medlfm.runtime.loading import Base, load_base
from medlfm.settings import Settings, load_settings

__all__ = ["Progress", "TrainOptions", "TrainResult", "train", "train_all"]

# called with (stage, done, total)
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, kw_only=True)
class TrainResult:
    """What a training run brought. `record` is the content of `medlfm.json`, which lies beside the adapter."""

    expert: str
    base: str
    folder: Path
    record: dict[str, Any]
    audit_id: str

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data."""
        return {
            "expert": self.expert,
            "base": self.base,
            "folder": str(self.folder),
            **{key: self.record[key] for key in ("losses", "data", "fit", "modules", "targets", "effect", "settings")},
            "audit_id": self.audit_id,
        }


def train(
    run: str | Path,
    expert: str,
    base: str = "",
    *,
    options: TrainOptions | None = None,
    settings: Settings | None = None,
    progress: Progress | None = None,
) -> TrainResult:
    """Train an expert's adapter for a base on the rows of a prepared run that belong to the expert.

    A killed run goes on from its last checkpoint when it is started again in the same way. The adapter lies in
    `MEDLFM_HOME/experts/<expert>/<base>/` once it has passed every check.
    Raises RecordError for a run that isn't finished, TrainingError where no row may be learned from.
    """
    options, settings = options or TrainOptions(), settings or load_settings()
    registry = discover(settings)
    return _train(load_prepared(run), registry.get(expert), registry, base, options, settings, progress or _silent)


def train_all(
    run: str | Path,
    base: str = "",
    *,
    options: TrainOptions | None = None,
    settings: Settings | None = None,
    progress: Progress | None = None,
) -> tuple[list[TrainResult], dict[str, str]]:
    """Train every installed expert, one after the other; return the results, and why the others have none."""
    options, settings = options or TrainOptions(), settings or load_settings()
    prepared, results, failed = load_prepared(run), [], {}
    for name in discover(settings).experts:
        registry = discover(settings)  # with the adapters made so far, which serve as controls
        try:
            results.append(_train(prepared, registry.get(name), registry, base, options, settings, progress or _silent))
        except TrainingError as error:
            failed[name] = str(error)
    return results, failed


def _train(
    run: PreparedRun,
    expert: Expert,
    registry: Registry,
    base_name: str,
    options: TrainOptions,
    settings: Settings,
    progress: Progress,
) -> TrainResult:
    progress("checking rows", 0, 0)
    rows = _rows(run, expert, options)
    progress("loading the base", 0, 0)
    base = load_base(base_name, settings)
    examples = {split: make_examples(rows.by_split[split], base.tokenizer, options.max_length) for split in SPLITS}
    if not examples["train"]:
        raise TrainingError(f"No row of {expert.id} fits into {options.max_length} tokens.", "Raise --max-length.")

    identity = _identity(run, expert, base, options)
    work = settings.home / "runs" / "train" / f"{expert.id}--{identity[:16]}"
    with _place(settings.experts) as place:
        job = Job(name=expert.id, train=examples["train"], validation=examples["validation"], target=place)
        (fitted,) = fit(base, [job], options, work=work, progress=progress)
        record = _record(expert, base, place) | {
            "data": _data(run, rows, examples["train"]),
            "settings": asdict(options),
            "fit": asdict(fitted),
        }
        bank = Bank(base)
        record["effect"] = _effect(bank, expert, place, fitted.steps)
        record["losses"] = _compare(bank, expert, registry, examples, options, progress)
        _write(place / RECORD, json.dumps(record, indent=2, ensure_ascii=False))
        _write(place / CARD, adapter_card(expert, record))
        check_files(place, base.fingerprint)
        folder = _publish(place, settings.experts / expert.id / slug(base.name))
    shutil.rmtree(work, ignore_errors=True)
    audit_id = _audit(record, identity, settings)
    return TrainResult(expert=expert.id, base=base.name, folder=folder, record=record, audit_id=audit_id)


def _effect(bank: Bank, expert: Expert, place: Path, steps: int) -> float:
    try:
        return bank.measure(expert.id, place)
    except ExpertError as error:
        raise TrainingError(
            f"The adapter of {expert.id} is of no use after {steps} steps. {error.message}", "Train for longer."
        ) from error


@dataclass(frozen=True)
class _Rows:
    """The rows of an expert that may be learned from; of held-out ones only as many as are scored."""

    by_split: dict[str, list[dict[str, Any]]]
    refusals: Refusals


def _rows(run: PreparedRun, expert: Expert, options: TrainOptions) -> _Rows:
    rows = _Rows({}, Refusals())
    for split in SPLITS:
        own = [row for row in run.rows(split) if expert.wants(row)]
        random.Random(options.seed).shuffle(own)  # noqa: S311 - no secret
        limit = None if split == "train" else options.eval_rows
        rows.by_split[split] = list(islice(accepted(own, rows.refusals, run.barred("training")), limit))
    if not rows.by_split["train"]:
        why = ", ".join(f"{count} refused: {reason}" for reason, count in rows.refusals.to_dict().items())
        raise TrainingError(
            f"There is no training row for {expert.id} in {run.folder} ({why or 'none belongs to it'}).",
            f"It learns from rows with {canonical_json(expert.corpus)}; each needs a source and a licence.",
        )
    return rows


def _record(expert: Expert, base: Base, place: Path) -> dict[str, Any]:
    """Describe the adapter in `place` by what it is made for and made with."""
    targets = target_modules(base.model)
    return {
        "schema": SCHEMA,
        "expert": expert.id,
        "expert_version": expert.version,
        "base": base.name,
        "base_fingerprint": base.fingerprint,
        "base_licence": base.licence,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "versions": {name: version(name) for name in ("medlfm", "torch", "transformers", "peft")},
        "files": {name: sha256_file(place / name) for name in (CONFIG, WEIGHTS)},
        "modules": len(targets),
        "targets": sorted({name.rpartition(".")[2] for name in targets}),
    }


def _data(run: PreparedRun, rows: _Rows, examples: list[Example]) -> dict[str, Any]:
    return {
        "manifest_sha256": sha256_file(run.folder / "manifest.json"),
        "train_rows": len(examples),
        "train_tokens": sum(len(example.ids) for example in examples),
        "corpora": dict(Counter(row["corpus"] for row in rows.by_split["train"]).most_common()),
        "licences": dict(Counter(row["licence"] for row in rows.by_split["train"]).most_common()),
        "refused": rows.refusals.to_dict(),
    }


def _compare(
    bank: Bank,
    expert: Expert,
    registry: Registry,
    by_split: dict[str, list[Example]],
    options: TrainOptions,
    progress: Progress,
) -> dict[str, Any]:
    """Score base, this expert and, as control, another expert on the same held-out rows."""
    split = "test" if by_split["test"] else "validation"
    examples = by_split[split]
    result: dict[str, Any] = {"split": split, "rows": len(examples), "table": [], "note": ""}
    if not examples:
        return result | {"note": "There are no held-out rows: nothing was measured."}
    pad = bank.base.tokenizer.pad_token_id

    def score(name: str, gates: list[tuple[str, float]]) -> HeldOut:
        with bank.use(gates) as model:
            return held_out(model, examples, pad, options.batch_size, lambda d, n: progress(f"scoring {name}", d, n))

    plain = score("base", [])
    result["table"].append({"model": "base", "loss": round(plain.loss, 4), "interval": None})
    control = _control(bank, expert, registry)
    for label, name in ((f"this expert ({expert.id})", expert.id), (f"another expert ({control})", control)):
        if name:
            scored = score(name, [(name, 1.0)])
            interval = difference(scored, plain, examples)
            result["table"].append({"model": label, "loss": round(scored.loss, 4), "interval": interval})
    if not control:
        result["note"] = "No other expert has an adapter for this base yet, so there is no control."
    return result


def _control(bank: Bank, expert: Expert, registry: Registry) -> str:
    for other in registry:
        for folder in other.adapters if other.id != expert.id else ():
            try:
                bank.add(other.id, folder)
            except ExpertError:
                continue
            return other.id
    return ""


def _identity(run: PreparedRun, expert: Expert, base: Base, options: TrainOptions) -> str:
    """Hash what decides the result, so that only the same training is resumed."""
    settings = {key: value for key, value in asdict(options).items() if key != "max_minutes"}
    parts = [sha256_file(run.folder / "manifest.json"), expert.id, expert.version, base.fingerprint, settings]
    return sha256_bytes(canonical_json(parts).encode())


@contextmanager
def _place(experts: Path) -> Iterator[Path]:
    try:
        experts.mkdir(parents=True, exist_ok=True)
        place = Path(tempfile.mkdtemp(prefix=".train-", dir=experts))
    except OSError as error:
        raise OutputError(
            f"Can't write to {experts}: {error.strerror}.", "Set MEDLFM_HOME to a folder that you may write to."
        ) from error
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _publish(place: Path, folder: Path) -> Path:
    """Move the adapter to its place; an older one goes only when the new one is complete."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    place.chmod(0o755)
    with tempfile.TemporaryDirectory(prefix=".old-", dir=folder.parent) as old:
        if folder.exists():
            folder.rename(Path(old) / folder.name)
        place.rename(folder)
    return folder


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")


def _audit(record: dict[str, Any], identity: str, settings: Settings) -> str:
    details = {
        "expert": record["expert"],
        "base": record["base"],
        "base_fingerprint": record["base_fingerprint"],
        "adapter_sha256": record["files"][WEIGHTS],
        "manifest_sha256": record["data"]["manifest_sha256"],
        "train_rows": record["data"]["train_rows"],
        "refused_rows": sum(record["data"]["refused"].values()),
        "steps": record["fit"]["steps"],
        "losses": [row["loss"] for row in record["losses"]["table"]],
        "identity": identity,
    }
    return AuditTrail(settings.audit).append("train", details)


def _silent(stage: str, done: int, total: int) -> None:
    """Report nothing: library calls print nothing."""
