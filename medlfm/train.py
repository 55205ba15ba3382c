"""Training an expert: prepared rows in, an adapter out that was compared with the base and with another expert."""

from __future__ import annotations

import json
import random
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from itertools import islice
from pathlib import Path
from typing import Any

from medlfm.audit import AuditTrail
from medlfm.errors import ExpertError, OutputError, TrainingError
from medlfm.experts.adapters import CARD, CONFIG, RECORD, SCHEMA, WEIGHTS, check_files, covered_modules
from medlfm.experts.bank import CORE, Bank
from medlfm.experts.card import adapter_card
from medlfm.experts.comparison import compare, probe
from medlfm.experts.examples import Example, make_examples
from medlfm.experts.model import add_core
from medlfm.experts.plugin import Expert
from medlfm.experts.registry import Registry, discover, discover_core
from medlfm.experts.router import Router
from medlfm.experts.rows import Refusals, accepted
from medlfm.experts.training import Fitted, Job, TrainOptions, fit
from medlfm.files import canonical_json, sha256_bytes, sha256_file
from medlfm.records.prepared import SPLITS, PreparedRun, load_prepared
from medlfm.runtime.catalog import slug
from medlfm.runtime.loading import Base, load_base
from medlfm.settings import Settings, load_settings

__all__ = ["Progress", "TrainOptions", "TrainResult", "train", "train_all"]

_SHOWN = ("losses", "safety", "data", "fit", "modules", "targets", "effect", "settings")

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
    log: Path

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data."""
        return {
            "expert": self.expert,
            "base": self.base,
            "folder": str(self.folder),
            "log": str(self.log),
            **{key: self.record[key] for key in _SHOWN},
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

    It learns on top of the core, where one is installed for the base; `core` trains the core itself. A killed run goes
    on from its last checkpoint when it is started again in the same way. The adapter lies in
    `MEDLFM_HOME/experts/<expert>/<base>/` once it has passed every check.
    Raises RecordError for a run that isn't finished, TrainingError where no row may be learned from.
    """
    options, settings = options or TrainOptions(), settings or load_settings()
    registry = discover(settings)
    chosen = discover_core(settings) if expert == CORE else registry.get(expert)
    if chosen is None:
        raise ExpertError("There is no core to train.", "Install it: pip install medlfm-core")
    results, failed = _train(load_prepared(run), [chosen], registry, base, options, settings, progress or _silent)
    if failed:
        raise failed[expert]
    return results[0]


def train_all(
    run: str | Path,
    base: str = "",
    *,
    options: TrainOptions | None = None,
    settings: Settings | None = None,
    progress: Progress | None = None,
) -> tuple[list[TrainResult], dict[str, str]]:
    """Train all installed experts in the same passes; return the results, and why the others have none.

    Each becomes what it would alone, in steps of its own size: all see their rows equally often.
    """
    options, settings = options or TrainOptions(), settings or load_settings()
    registry = discover(settings)
    prepared, experts = load_prepared(run), list(registry)
    results, failed = _train(prepared, experts, registry, base, options, settings, progress or _silent)
    return results, {name: str(error) for name, error in failed.items()}


@dataclass(frozen=True)
class _Plan:
    """What one expert is to learn from; of held-out rows only as many as are scored."""

    expert: Expert
    rows: dict[str, list[dict[str, Any]]]
    examples: dict[str, list[Example]]
    refusals: Refusals


def _train(
    run: PreparedRun,
    experts: Sequence[Expert],
    registry: Registry,
    base_name: str,
    options: TrainOptions,
    settings: Settings,
    progress: Progress,
) -> tuple[list[TrainResult], dict[str, TrainingError]]:
    progress("checking rows", 0, 0)
    failed: dict[str, TrainingError] = {}
    rows = {}
    shared = _shared(run, registry, options, settings)
    for expert in experts:
        try:
            rows[expert.id] = _rows(run, expert, options, shared)
        except TrainingError as error:
            failed[expert.id] = error
    if not rows:
        return [], failed
    progress("loading the base", 0, 0)
    base = load_base(base_name, settings)
    plans = []
    for expert in experts:
        if expert.id in rows:
            try:
                plans.append(_plan(expert, *rows[expert.id], base, options))
            except TrainingError as error:
                failed[expert.id] = error
    if not plans:
        return [], failed
    bank = Bank(base)
    if CORE not in rows:
        add_core(bank, settings)
    identity = _identity(run, plans, bank, options)
    work = settings.home / "runs" / "train" / f"{'-'.join(plan.expert.id for plan in plans)[:40]}--{identity[:16]}"
    log = settings.home / "runs" / "watch" / work.name
    with ExitStack() as stack:
        places = [stack.enter_context(_place(settings.experts)) for _ in plans]
        jobs = [
            Job(
                name=plan.expert.id,
                train=plan.examples["train"],
                validation=plan.examples["validation"],
                target=place,
            )
            for plan, place in zip(plans, places, strict=True)
        ]
        with bank.use([]):
            fitted = fit(base, jobs, options, work=work, progress=progress, log=log)
        results = _finished(
            run, plans, places, fitted, bank, registry, options, identity, settings, failed, progress, log
        )
    shutil.rmtree(work, ignore_errors=True)
    return results, failed


def _finished(
    run: PreparedRun,
    plans: Sequence[_Plan],
    places: Sequence[Path],
    fitted: Sequence[Fitted],
    bank: Bank,
    registry: Registry,
    options: TrainOptions,
    identity: str,
    settings: Settings,
    failed: dict[str, TrainingError],
    progress: Progress,
    log: Path,
) -> list[TrainResult]:
    """Check, score, describe and publish what was trained."""
    base, results, records = bank.base, [], {}
    core_sha256 = bank.core_sha256
    for plan, place, fit_ in zip(plans, places, fitted, strict=True):
        try:
            effect = _effect(bank, plan.expert, place, fit_.steps)
        except TrainingError as error:
            failed[plan.expert.id] = error
            continue
        records[plan.expert.id] = _record(plan.expert, base, place) | {
            "core_sha256": core_sha256,
            "data": _data(run, plan),
            "settings": asdict(options),
            "fit": asdict(fit_),
            "effect": effect,
        }
    for plan, place in zip(plans, places, strict=True):
        if (record := records.get(plan.expert.id)) is None:
            continue
        record["losses"] = compare(bank, plan.expert, plan.examples, registry, options.batch_size, progress)
        record["safety"] = probe(bank, plan.expert)
        _write(place / RECORD, json.dumps(record, indent=2, ensure_ascii=False))
        _write(place / CARD, adapter_card(plan.expert, record))
        check_files(place, base.fingerprint, core_sha256)
        folder = _publish(place, settings.experts / plan.expert.id / slug(base.name))
        audit_id = _audit(record, identity, settings)
        results.append(
            TrainResult(expert=plan.expert.id, base=base.name, folder=folder, record=record, audit_id=audit_id, log=log)
        )
    return results


def _effect(bank: Bank, expert: Expert, place: Path, steps: int) -> float:
    try:
        return bank.measure(expert.id, place)
    except ExpertError as error:
        raise TrainingError(
            f"The adapter of {expert.id} is of no use after {steps} steps. {error.message}", "Train for longer."
        ) from error


def _shared(
    run: PreparedRun, registry: Registry, options: TrainOptions, settings: Settings
) -> dict[str, list[dict[str, Any]]]:
    """Find the questions of a specialty that the router gives to another expert too: expert → rows."""
    found: dict[str, list[dict[str, Any]]] = {}
    if not options.shared_rows:
        return found
    router = Router(registry, settings.home / "cache")
    for row in run.rows("train"):
        if row["kind"] == "qa" and row["specialty"]:
            for name, gate in router.choose(row["question"]).experts:
                if gate >= options.shared_rows and not registry.get(name).wants(row):
                    found.setdefault(name, []).append(row)
    return found


def _rows(
    run: PreparedRun, expert: Expert, options: TrainOptions, shared: dict[str, list[dict[str, Any]]]
) -> tuple[dict[str, list[dict[str, Any]]], Refusals]:
    by_split: dict[str, list[dict[str, Any]]] = {}
    refusals = Refusals()
    for split in SPLITS:
        own = [row for row in run.rows(split) if expert.wants(row)]
        own += shared.get(expert.id, []) if split == "train" else []
        random.Random(options.seed).shuffle(own)  # noqa: S311 - no secret
        limit = None if split == "train" else options.eval_rows
        by_split[split] = list(islice(accepted(own, refusals, run.barred("training")), limit))
    if not by_split["train"]:
        why = ", ".join(f"{count} refused: {reason}" for reason, count in refusals.to_dict().items())
        raise TrainingError(
            f"There is no training row for {expert.id} in {run.folder} ({why or 'none belongs to it'}).",
            f"It learns from rows with {canonical_json(expert.corpus)}; each needs a source and a licence.",
        )
    return by_split, refusals


def _plan(
    expert: Expert, rows: dict[str, list[dict[str, Any]]], refusals: Refusals, base: Base, options: TrainOptions
) -> _Plan:
    examples = {split: make_examples(rows[split], base.tokenizer, options.max_length) for split in SPLITS}
    if not examples["train"]:
        raise TrainingError(f"No row of {expert.id} fits into {options.max_length} tokens.", "Raise --max-length.")
    return _Plan(expert, rows, examples, refusals)


def _record(expert: Expert, base: Base, place: Path) -> dict[str, Any]:
    """Describe the adapter in `place` by what it is made for and made with."""
    targets = covered_modules(place)
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


def _data(run: PreparedRun, plan: _Plan) -> dict[str, Any]:
    rows = plan.rows["train"]
    return {
        "manifest_sha256": sha256_file(run.folder / "manifest.json"),
        "train_rows": len(plan.examples["train"]),
        "train_tokens": sum(len(example.ids) for example in plan.examples["train"]),
        "corpora": dict(Counter(row["corpus"] for row in rows).most_common()),
        "licences": dict(Counter(row["licence"] for row in rows).most_common()),
        "attributions": sorted({row["attribution"] for row in rows if row["attribution"]}),
        "refused": plan.refusals.to_dict(),
    }


def _identity(run: PreparedRun, plans: Sequence[_Plan], bank: Bank, options: TrainOptions) -> str:
    """Hash what decides the result, so that only the same training is resumed."""
    settings = {key: value for key, value in asdict(options).items() if key != "max_minutes"}
    experts = [[plan.expert.id, plan.expert.version] for plan in plans]
    parts = [
        sha256_file(run.folder / "manifest.json"),
        experts,
        bank.base.fingerprint,
        bank.core_sha256,
        settings,
    ]
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
