"""A base model from the Hugging Face hub: one pinned revision, safetensors only, no code."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

from medlfm.errors import ModelError
from medlfm.runtime.catalog import KnownModel
from medlfm.runtime.models import Progress, Source

__all__ = ["fetch"]

_FILES = ("*.safetensors", "*.json", "*.jinja", "tokenizer.model", "merges.txt", "vocab.txt", "LICENSE*", "NOTICE*")
_FREE = {"apache-2.0", "mit", "bsd-2-clause", "bsd-3-clause", "isc", "cc0-1.0", "unlicense"}


def fetch(
    name: str, known: KnownModel | None, content: Path, place: Path, accept_licence: bool, progress: Progress
) -> Source:
    """Write the model's files into `content`; see `medlfm.runtime.models.pull`.

    HF_ENDPOINT names another hub. Without a revision, today's is looked up and recorded.
    """
    from huggingface_hub import HfApi

    repo, _, revision = (known.repo if known else name).partition("@")
    progress("looking up", 0, 0)
    api = HfApi(endpoint=os.environ.get("HF_ENDPOINT") or None)
    info = _reached(repo, lambda: api.model_info(repo, revision=revision or None, files_metadata=True))
    licence = known.licence if known else _licence(info)
    if not (known or accept_licence or licence.lower() in _FREE):
        raise ModelError(
            f"The licence of {repo} is {licence!r}, which is not known to be permissive.",
            f"Read it at https://huggingface.co/{repo}, then run it again with --accept-licence.",
        )
    files = [item for item in info.siblings if _wanted(item.rfilename)]
    if not any(item.rfilename.endswith(".safetensors") for item in files):
        raise ModelError(f"{repo} holds no safetensors.", "Other formats can carry code and are never loaded.")
    total = sum(item.size or 0 for item in files)
    _check_room(repo, total, place)
    done = 0
    for item in files:
        progress("downloading", done, total)
        _reached(
            repo, lambda item=item: api.hf_hub_download(repo, item.rfilename, revision=info.sha, local_dir=content)
        )
        done += item.size or 0
    progress("downloading", total, total)
    shutil.rmtree(content / ".cache", ignore_errors=True)  # the hub client's notes
    return Source(origin=f"hub:{repo}", licence=licence, revision=info.sha)


def _wanted(file: str) -> bool:
    return "/" not in file and any(Path(file).match(pattern) for pattern in _FILES)


def _licence(info: Any) -> str:
    card = info.card_data or {}
    return str(card.get("license_name") or card.get("license") or "unknown")


def _check_room(repo: str, total: int, place: Path) -> None:
    if shutil.disk_usage(place).free < total:
        raise ModelError(
            f"{repo} has {total >> 20} MiB, more than is free in {place.parent}.",
            "Free some space, or set MEDLFM_HOME to another disk.",
        )


def _reached(repo: str, call: Any) -> Any:
    """Call the hub; turn what goes wrong there into one line."""
    from huggingface_hub.utils import disable_progress_bars

    disable_progress_bars()
    try:
        return call()
    except OSError as error:
        if error.errno is not None and not _is_network(error):
            raise  # no space, no permission: said by the caller
        raise _unreachable(repo, error) from error
    except Exception as error:
        raise _unreachable(repo, error) from error


def _is_network(error: OSError) -> bool:
    return isinstance(error, ConnectionError | TimeoutError) or not error.filename


def _unreachable(repo: str, error: Exception) -> ModelError:
    kinds = {
        "RepositoryNotFoundError": "there is no such model, or it needs a login",
        "GatedRepoError": "its owner must grant you access first",
        "RevisionNotFoundError": "there is no such revision",
        "OfflineModeIsEnabled": "HF_HUB_OFFLINE is set",
    }
    reason = kinds.get(type(error).__name__, f"the hub can't be reached ({type(error).__name__})")
    return ModelError(f"Can't fetch {repo}: {reason}.", "Check the name and the network, then run it again.")
