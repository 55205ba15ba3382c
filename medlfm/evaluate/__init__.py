"""Measuring: `evaluate` scores a task on a gold set, `evaluate_medical_model` a model on questions with answers."""

from __future__ import annotations

import os
import platform
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from medlfm.audit import AuditTrail
from medlfm.errors import SettingsError
from medlfm.evaluate.gold import Case, Gold, Reader, read_gold
from medlfm.evaluate.model import evaluate_medical_model
from medlfm.evaluate.readers import decisions, orders, phi, spans
from medlfm.evaluate.scores.abbreviations import score_abbreviations
from medlfm.evaluate.scores.answers import score_answers
from medlfm.evaluate.scores.context import score_context
from medlfm.evaluate.scores.emergency import score_emergency
from medlfm.evaluate.scores.medications import score_medications
from medlfm.evaluate.scores.order_checks import score_order_checks
from medlfm.evaluate.scores.phi import score_phi
from medlfm.evaluate.scores.routing import score_routing
from medlfm.evaluate.scores.safety import score_safety
from medlfm.evaluate.scores.shared import Answers, Report
from medlfm.evaluate.systems import System, make_system
from medlfm.settings import Settings, load_settings

__all__ = ["FORMAT", "TASKS", "Case", "Gold", "System", "evaluate", "evaluate_medical_model", "machine"]

FORMAT = 1  # of the result; counted up when a key changes its meaning


@dataclass(frozen=True)
class Task:
    """What is measured: the forms that its gold can have, and how answers are scored."""

    readers: Sequence[Reader]
    score: Callable[[Sequence[Case], Answers], Report]


TASKS = {
    "phi": Task(phi.READERS, score_phi),
    "context": Task(spans.CONTEXT, score_context),
    "abbreviations": Task(spans.ABBREVIATIONS, score_abbreviations),
    "emergency": Task(decisions.EMERGENCY, score_emergency),
    "medications": Task(spans.MEDICATIONS, score_medications),
    "orders": Task(orders.READERS, score_order_checks),
    "routing": Task(decisions.ROUTING, score_routing),
    "safety": Task(decisions.SAFETY, score_safety),
    "answers": Task(decisions.ANSWERS, score_answers),
}


def evaluate(
    task: str,
    gold: Path,
    *,
    system: System | str = "",
    lang: str = "",
    limit: int | None = None,
    settings: Settings | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> dict[str, Any]:
    """Run a system over the cases of a gold set and return its figures: JSON data without any text of the set.

    system: one of ours by name (empty: the task's first), or any other as a System. lang: of rows that don't say.
    limit: rows to read, from the top. progress: called with the cases done and their number.
    Raises SettingsError for an unknown task or system, RecordError for a file that is no gold of the task.
    """
    if task not in TASKS:
        raise SettingsError(f"There is no task {task!r}.", f"Allowed: {', '.join(TASKS)}.")
    settings = settings or load_settings()
    cases = read_gold(gold, TASKS[task].readers, lang=lang, limit=limit)
    if isinstance(system, str):
        system = make_system(task, system, settings)
    answers, seconds = _run(system, cases.cases, progress)
    report = TASKS[task].score(cases.cases, answers)
    result = {
        "format": FORMAT,
        "task": task,
        "gold": _described(cases, limit),
        "system": {"name": system.name, "versions": system.versions},
        **report,
        "missed": sorted(set(report["missed"])),
        "seconds": round(seconds, 3),
        "cases_per_second": round(len(answers) / seconds, 2) if seconds else None,
        "machine": machine(),
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    result["audit_id"] = AuditTrail(settings.audit).append(
        "evaluate",
        {"task": task, "gold_sha256": cases.sha256, "cases": len(answers), "system": system.name},
    )
    return result


def _run(
    system: System, cases: Sequence[Case], progress: Callable[[int, int], None]
) -> tuple[list[dict[str, Any]], float]:
    """Return the answers and the seconds they took, without those of the first case, which loads what is needed."""
    answers = []
    seconds = 0.0
    for number, case in enumerate(cases):
        if number == 0:
            system.predict(case)
        start = time.perf_counter()
        answers.append(system.predict(case))
        seconds += time.perf_counter() - start
        progress(number + 1, len(cases))
    return answers, seconds


def _described(gold: Gold, limit: int | None) -> dict[str, Any]:
    return {
        "name": gold.name,
        "sha256": gold.sha256,
        "reader": gold.reader,
        "notes": list(gold.notes),
        "cases": len(gold.cases),
        "skipped_rows": gold.skipped,
        "limit": limit,
        "languages": dict(sorted(Counter(case.lang or "detected" for case in gold.cases).items())),
    }


def machine() -> dict[str, Any]:
    """Describe where a figure was measured: processor, cores that may be used, threads of numerical libraries."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return {
        "processor": _processor(),
        "cores": cores,
        "threads": os.environ.get("OMP_NUM_THREADS", ""),
        "system": f"{platform.system()} {platform.machine()}",
        "gpu": _gpu(),
    }


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.is_file():
        for line in cpuinfo.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor()


def _gpu() -> str:
    """Name the GPU, if torch was needed at all; it is not imported for this."""
    torch = sys.modules.get("torch")
    return str(torch.cuda.get_device_name(0)) if torch and torch.cuda.is_available() else ""
