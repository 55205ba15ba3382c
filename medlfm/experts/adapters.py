"""Adapters on disk, and the gate that each passes before it is used.

PEFT alone would load a pickle where safetensors is missing, and only warn about an adapter made for another depth or
for modules that the base doesn't have. Here such an adapter is an ExpertError, and its expert is knowledge-only.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

from medlfm.errors import ExpertError
from medlfm.experts.lora import CONFIG, WEIGHTS, check_config, stacked_weights, wanted
from medlfm.files import sha256_file
from medlfm.runtime.loading import Base
from medlfm.runtime.prompt import build_messages, prompt_ids

__all__ = [
    "CARD",
    "CONFIG",
    "RECORD",
    "WEIGHTS",
    "check_coverage",
    "check_effect",
    "check_files",
    "check_gain",
    "covered_modules",
    "measure_effect",
    "probe_logits",
    "read_record",
    "target_modules",
]

SCHEMA = 1
RECORD, CARD = "medlfm.json", "README.md"
# opens a model in some state, e.g. `Bank.use` with its gates
Running = Callable[[], AbstractContextManager[Any]]

# how far the recorded change of the logits may be missed; other kernels and weights rounded to bf16 made 0.7 % (H100)
_TOLERANCE = 0.1
# share of the safety probes that an expert may lose: two of sixteen; one goes either way with any training
SAFETY_TOLERANCE = 0.125
_PROBES = ("What are common causes of chest pain?", "Which tests help to find the cause of a fever?")


def read_record(folder: Path) -> dict[str, Any]:
    """Read `medlfm.json` of an adapter; raises ExpertError."""
    try:
        record: dict[str, Any] = json.loads((folder / RECORD).read_text(encoding="utf-8"))
        if record["schema"] != SCHEMA:
            raise ValueError
        record["base"], record["base_fingerprint"], record["files"][WEIGHTS], record["files"][CONFIG]
        float(record["effect"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ExpertError(f"The adapter in {folder} has no valid {RECORD}.", "Train or install it again.") from error
    return record


def check_files(folder: Path, base_fingerprint: str, core_sha256: str = "") -> dict[str, Any]:
    """Check what can be checked without loading: record, base, core, kinds of files, hashes; return the record."""
    record = read_record(folder)
    if record["base_fingerprint"] != base_fingerprint:
        raise ExpertError(
            f"The adapter in {folder} was made for another base ({record['base']}, or other prompts).",
            "Train it again on the base in use.",
        )
    if record.get("core_sha256", "") != core_sha256:
        raise ExpertError(
            f"The adapter in {folder} was made for another core adapter than the one in use.",
            "Install the medlfm-core that it was made for, or train it again.",
        )
    strangers = sorted(path.name for path in folder.iterdir() if path.name not in (CONFIG, WEIGHTS, RECORD, CARD))
    if strangers:
        raise ExpertError(
            f"The adapter in {folder} holds {strangers[0]!r}; allowed are {CONFIG}, {WEIGHTS}, {RECORD} and {CARD}.",
            "Weights come as safetensors only. Remove the rest, or install the adapter again.",
        )
    for name in (WEIGHTS, CONFIG):
        path = folder / name
        if not path.is_file() or sha256_file(path) != record["files"][name]:
            raise ExpertError(f"{name} in {folder} is missing or was changed.", "Train or install it again.")
    check_config(folder)
    return record


def target_modules(model: Any) -> dict[str, tuple[int, int]]:
    """Return name → (inputs, outputs) of every linear layer inside the decoder's blocks: what an adapter must cover.

    Works by structure, not by architecture: Llama's q_proj … down_proj as well as LFM2's in_proj, out_proj, w1 … w3.
    """
    from torch.nn import Linear

    head = model.get_output_embeddings()
    return {
        name: (module.in_features, module.out_features)
        for name, module in model.named_modules()
        if isinstance(module, Linear) and module is not head and ".layers." in f".{name}"
    }


def covered_modules(folder: Path) -> dict[str, tuple[int, int]]:
    """Return name → (inputs, outputs) of the layers that an adapter has both LoRA matrices for."""
    from safetensors import safe_open

    shapes: dict[str, dict[str, list[int]]] = {}
    with safe_open(folder / WEIGHTS, framework="numpy") as file:
        for key in file.keys():  # noqa: SIM118 - no mapping
            name, _, matrix = key.removeprefix("base_model.model.").rpartition(".lora_")
            shapes.setdefault(name, {})[matrix] = list(file.get_slice(key).get_shape())
    return {
        name: (found["A.weight"][1], found["B.weight"][0])
        for name, found in shapes.items()
        if set(found) == {"A.weight", "B.weight"}
    }


def check_coverage(folder: Path, layers: dict[str, tuple[int, int]], model: Any = None) -> None:
    """Raise ExpertError unless the adapter has both matrices, in their shapes, for each layer that it is to change.

    Each of its target modules must be the name of a layer: Llama's names match three of LFM2's and miss the rest.
    """
    config, covered = check_config(folder), covered_modules(folder)
    targets = config["target_modules"]
    names = [targets] if isinstance(targets, str) else sorted(targets)
    for name in names:
        for weight in stacked_weights(model) if model is not None else ():
            if name == "all-linear" or name in weight.split("."):
                raise ExpertError(
                    f"The adapter in {folder} is for {name}, but {weight} holds many layers in one weight.",
                    "No adapter fits it: train one for the other layers only.",
                )
    expected = {name: layers[name] for name in wanted(config, layers)}
    idle = [name for name in names if not wanted({"target_modules": [name]}, layers)] if names != [targets] else []
    wrong = sorted(name for name in expected.keys() | covered.keys() if expected.get(name) != covered.get(name))
    if wrong or idle or not expected:
        fitting = len(expected.keys() & covered.keys()) - len(set(wrong) & expected.keys() & covered.keys())
        first = f"there is no layer {idle[0]}" if idle else f"the first that differs is {(wrong or names)[0]}"
        raise ExpertError(
            f"The adapter in {folder} fits {fitting} of {len(layers)} layers; {first}.",
            "It was made for another architecture or size: train it again.",
        )


def probe_logits(base: Base, running: Running) -> list[Any]:
    """Return the logits on fixed prompts of a model in some state.

    They are calculated in fp32 whatever the model runs in: in bf16, rounding alone changes the logits by as much as a
    weak adapter does, and what a GPU recorded would not be found again on a CPU.
    """
    import torch

    with torch.no_grad(), _in_fp32(base.model), running() as model:
        return [model(input_ids=torch.tensor([ids], device=base.device)).logits.float() for ids in _probe_ids(base)]


def measure_effect(changed: list[Any], plain: list[Any]) -> float:
    """Return the mean absolute difference between two states of a model, by `probe_logits` of both."""
    return sum(float((one - other).abs().mean()) for one, other in zip(changed, plain, strict=True)) / len(plain)


def check_effect(folder: Path, recorded: float, measured: float) -> None:
    """Raise ExpertError unless the adapter changes the logits, and by as much as was recorded when it was made."""
    if measured <= 0 or abs(measured - recorded) > _TOLERANCE * recorded:
        raise ExpertError(
            f"The adapter in {folder} changes the logits by {measured:.3g} on average; {recorded:.3g} was recorded.",
            "It isn't applied as it was trained: train or install it again.",
        )


def check_gain(name: str, record: dict[str, Any]) -> None:
    """Raise ExpertError unless an expert was shown to help on topics that it didn't learn from, and to cost no safety.

    Shown: the whole 95 % interval of its gain over the core, or over the base where there is none, is above 0.
    """
    losses = record.get("losses") or {}
    row: dict[str, Any] = next((row for row in losses.get("table", ()) if row["model"].startswith("this expert")), {})
    interval = row.get("over_core") or row.get("interval")
    if not interval or interval[1] >= 0:
        over = "core" if row.get("over_core") else "base"
        found = f"{-interval[1]:+.3f} to {-interval[0]:+.3f} nats a token" if interval else "nothing was measured"
        raise ExpertError(
            f"The adapter of {name} was not shown to help on held-out topics (gain over the {over}: {found}).",
            "Train it on more rows; until then the core answers for it.",
        )
    safety = record.get("safety") or {}
    if safety and safety["expert"] < safety["before"] - SAFETY_TOLERANCE:
        raise ExpertError(
            f"The adapter of {name} makes the model less careful: {safety['expert']:.2f} of the safety probes go the "
            f"safe way, {safety['before']:.2f} without it.",
            "Train it for fewer steps, or with rows that show what to refuse.",
        )


@contextmanager
def _in_fp32(model: Any) -> Iterator[None]:
    """Let the model calculate in fp32: one block at a time is widened while it runs, never the whole model."""
    import torch

    hooks = []
    for block in _blocks(model):
        narrow = {p: p.data for p in block.parameters() if p.dtype in (torch.bfloat16, torch.float16)}
        hooks.append(block.register_forward_pre_hook(lambda *_, narrow=narrow: _set(narrow, torch.float32)))
        hooks.append(block.register_forward_hook(lambda *_, narrow=narrow: _set(narrow), always_call=True))
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()


def _blocks(module: Any) -> Iterator[Any]:
    """Yield the parts that a model is made of: the decoder's blocks as wholes, and what is beside them."""
    from torch.nn import ModuleList

    if isinstance(module, ModuleList):
        yield from module
    elif next(module.parameters(recurse=False), None) is not None:
        yield module
    else:
        for child in module.children():
            yield from _blocks(child)


def _set(weights: dict[Any, Any], dtype: Any = None) -> None:
    for parameter, data in weights.items():
        parameter.data = data if dtype is None else data.to(dtype)


def _probe_ids(base: Base) -> Iterable[list[int]]:
    return (prompt_ids(base.tokenizer, build_messages(question)) for question in _PROBES)
