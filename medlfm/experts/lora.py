"""Reading a LoRA adapter exactly as PEFT applies it: which layers, which matrices, which scale.

What a configuration asks for and the bank doesn't do (DoRA, biases, whole modules, weights of three dimensions, …) is
an ExpertError that names it: an option passed over in silence gives other answers than those that were trained.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from medlfm.errors import ExpertError

__all__ = ["CONFIG", "WEIGHTS", "LoraPair", "check_config", "pattern_value", "read_lora", "stacked_weights", "wanted"]

CONFIG, WEIGHTS = "adapter_config.json", "adapter_model.safetensors"

# keys that say where an adapter is from, how it was trained, or what is read below; what else is set is refused
_READ = {
    "alpha_pattern",
    "base_model_name_or_path",
    "inference_mode",
    "lora_alpha",
    "lora_dropout",
    "megatron_core",
    "peft_type",
    "peft_version",
    "qalora_group_size",
    "r",
    "rank_pattern",
    "revision",
    "target_modules",
    "task_type",
    "use_rslora",
}
# how the matrices began; others than these begin by changing the base's own weights
_STARTS = (True, False, None, "gaussian", "orthogonal", "eva")
_NAMES = {"use_dora": "DoRA", "modules_to_save": "whole modules", "target_parameters": "weights of three dimensions"}


@dataclass(frozen=True)
class LoraPair:
    """What one layer gets: `a` is rank × inputs, `b` is outputs × rank, both in fp32; the update is scale · b a x."""

    a: Any
    b: Any
    scale: float


def check_config(folder: Path) -> dict[str, Any]:
    """Read `adapter_config.json`; raises ExpertError for anything that is no plain LoRA or rsLoRA."""
    try:
        config: dict[str, Any] = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
        int(config["r"]), float(config["lora_alpha"]), str(config["target_modules"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ExpertError(f"The adapter in {folder} has no valid {CONFIG}.", "Train or install it again.") from error
    extra = [key for key, value in config.items() if key not in _READ and value and not _usual(key, value)]
    if config.get("peft_type") != "LORA" or extra or config.get("init_lora_weights", True) not in _STARTS:
        what = _NAMES.get(extra[0], f"{extra[0]}={config[extra[0]]!r}") if extra else "another method"
        raise ExpertError(f"The adapter in {folder} is no plain LoRA adapter: {what}.", "Train it again with medlfm.")
    return config


def _usual(key: str, value: Any) -> bool:
    return (key, value) == ("bias", "none") or key == "init_lora_weights"


def wanted(config: Mapping[str, Any], layers: Mapping[str, tuple[int, int]]) -> set[str]:
    """Return the layers that the target modules of a configuration name, by PEFT's rules."""
    targets = config["target_modules"]
    if targets == "all-linear":
        return set(layers)
    if isinstance(targets, str):
        return {name for name in layers if re.fullmatch(targets, name)}
    return {name for name in layers if any(name == target or name.endswith(f".{target}") for target in targets)}


def pattern_value(patterns: Mapping[str, Any], name: str, default: Any) -> Any:
    """Return a layer's own rank or alpha: a pattern is a regular expression for the end of the layer's name."""
    return next((value for key, value in patterns.items() if re.match(rf"(.*\.)?({key})$", name)), default)


def read_lora(folder: Path) -> dict[str, LoraPair]:
    """Read an adapter that was checked: name of the layer → its matrices and scale."""
    from safetensors.torch import load_file

    config, found = check_config(folder), load_file(folder / WEIGHTS)
    names = {key.removeprefix("base_model.model.").rpartition(".lora_")[0] for key in found}
    pairs = {}
    for name in sorted(names):
        a, b = (found[f"base_model.model.{name}.lora_{matrix}.weight"].float() for matrix in "AB")
        rank = int(pattern_value(config.get("rank_pattern") or {}, name, config["r"]))
        alpha = float(pattern_value(config.get("alpha_pattern") or {}, name, config["lora_alpha"]))
        if a.shape[0] != rank:
            raise ExpertError(
                f"The adapter in {folder} has rank {a.shape[0]} in {name}; its configuration says {rank}.",
                "Train or install it again.",
            )
        pairs[name] = LoraPair(a, b, alpha / (math.sqrt(rank) if config.get("use_rslora") else rank))
    return pairs


def stacked_weights(model: Any) -> list[str]:
    """Name the weights of a model that hold many layers in one tensor, as LFM2-MoE's experts: no adapter fits them."""
    from torch.nn.modules.conv import _ConvNd

    return [
        f"{name}.{weight}"
        for name, module in model.named_modules()
        if not isinstance(module, _ConvNd)
        for weight, parameter in module.named_parameters(recurse=False)
        if parameter.dim() > 2
    ]
