"""Loading a base model: fp32 on a CPU, bf16 on a GPU, never with code that came with the weights."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from medlfm.errors import ModelError
from medlfm.files import canonical_json, sha256_bytes, sha256_file
from medlfm.runtime.catalog import Resolved, resolve
from medlfm.runtime.prompt import PROMPT_HASH
from medlfm.settings import Settings, load_settings

__all__ = ["Base", "choose_device", "fingerprint", "load_base", "quiet"]

# keys of config.json that say which software wrote it, not what the model is
_INCIDENTAL = {"transformers_version", "_name_or_path", "dtype", "torch_dtype"}


@dataclass(frozen=True, kw_only=True)
class Base:
    """A loaded base model. `fingerprint` is what adapters are checked against."""

    model: Any
    tokenizer: Any
    name: str
    fingerprint: str
    licence: str
    folder: Path

    @property
    def device(self) -> Any:
        return self.model.device

    @property
    def context(self) -> int:
        """The most tokens that a prompt and its answer may have together."""
        return int(getattr(self.model.config, "max_position_embeddings", 0) or 2048)


def load_base(name: str = "", settings: Settings | None = None) -> Base:
    """Load a base model by alias, Hugging Face id or folder; empty: the one of the settings.

    Raises ModelError where it was not pulled, is damaged, or is no causal language model.
    """
    settings = settings or load_settings()
    found = resolve(name or settings.base_model, settings)
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    device = choose_device(settings.device)
    if settings.threads:
        torch.set_num_threads(settings.threads)
    dtype = torch.float32 if device == "cpu" else torch.bfloat16
    try:
        with quiet():
            tokenizer = AutoTokenizer.from_pretrained(found.folder, local_files_only=True, trust_remote_code=False)
            model = AutoModelForCausalLM.from_pretrained(
                found.folder, dtype=dtype, local_files_only=True, trust_remote_code=False, use_safetensors=True
            )
    except Exception as error:
        raise ModelError(
            f"Can't load {found.name} from {found.folder} ({type(error).__name__}).",
            "It must hold a causal language model that transformers knows, as safetensors, with its tokenizer.",
        ) from error
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = tokenizer.eos_token
    model = model.to(device).eval().requires_grad_(False)
    return Base(
        model=model,
        tokenizer=tokenizer,
        name=found.name,
        fingerprint=fingerprint(found),
        licence=found.licence,
        folder=found.folder,
    )


def choose_device(device: str) -> str:
    """Turn "auto" into "cuda" or "cpu"; raises ModelError for a GPU that is not there."""
    import torch

    if device == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    if device != "cpu" and not (device.startswith("cuda") and torch.cuda.is_available()):
        raise ModelError(f"There is no device {device!r} here.", "Use --device auto or cpu.")
    return device


def fingerprint(found: Resolved) -> str:
    """Hash what an adapter depends on: weights, configuration, tokenizer and prompts; 64 hex digits.

    A model converted from a single source file is that file, whatever software converted it.
    """
    if found.source_sha256:
        parts: dict[str, Any] = {"source": found.source_sha256}
    else:
        weights = sorted(found.folder.glob("*.safetensors"))
        parts = {
            "weights": {path.name: found.hashes.get(path.name) or sha256_file(path) for path in weights},
            "config": {k: v for k, v in _config(found.folder).items() if k not in _INCIDENTAL},
            "tokenizer": {
                path.name: sha256_file(path)
                for path in sorted(found.folder.iterdir())
                if path.name in ("tokenizer.json", "tokenizer.model", "vocab.json", "merges.txt", "chat_template.jinja")
            },
        }
    return sha256_bytes(canonical_json({**parts, "prompt": PROMPT_HASH}).encode())


@contextmanager
def quiet() -> Iterator[None]:
    """Keep transformers, PEFT and torch from writing bars and warnings to the terminal; errors still come through."""
    from transformers.utils import logging

    level, bar = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.set_verbosity(level)
        if bar:
            logging.enable_progress_bar()


def _config(folder: Path) -> dict[str, Any]:
    try:
        value = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(f"{folder} has no readable config.json.", "Pull the model again.") from error
    return dict(value)
