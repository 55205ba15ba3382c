"""Fitting LoRA adapters, one or many at once, on a frozen base, and writing them as PEFT does."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from medlfm.errors import TrainingError
from medlfm.experts.adapters import target_modules
from medlfm.experts.fitting import Passes
from medlfm.experts.lora import CONFIG, WEIGHTS, LoraPair, stacked_weights
from medlfm.experts.options import Fitted, Job, TrainOptions
from medlfm.experts.trainable import Adapters
from medlfm.runtime.loading import Base, quiet

__all__ = ["ATTENTION", "Fitted", "Job", "TrainOptions", "fit", "layers_for", "write_adapter"]

# what `targets="attention"` means, in any architecture
ATTENTION = ("q_proj", "k_proj", "v_proj", "o_proj", "out_proj", "qkv_proj")


def fit(
    base: Base,
    jobs: Sequence[Job],
    options: TrainOptions,
    *,
    work: Path,
    progress: Callable[[str, int, int], None],
    log: Path | None = None,
) -> list[Fitted]:
    """Train the adapters of all jobs in the same passes and write each as PEFT does; the base is left as it was.

    What the base does at the time of calling is what they are trained on top of: within `Bank.use([])`, base and core.
    Checkpoints lie in `work`; where there are complete ones of an earlier, killed run, training goes on from the last.
    `log`: a folder for the log and the plot of loss and safety by checkpoint (`watching.py`).
    """
    if base.device.index:
        raise TrainingError(
            f"Training runs on the first GPU that it sees; GPU {base.device.index} is not that.",
            f"Let it see that one only: CUDA_VISIBLE_DEVICES={base.device.index}, with --device cuda.",
        )
    layers = layers_for(base.model, options.targets)
    adapters = Adapters(
        base.model,
        layers,
        len(jobs),
        rank=options.rank,
        alpha=options.alpha,
        dropout=options.dropout,
        seed=options.seed,
    )
    run = Passes(base, jobs, options, adapters, work, progress, log)
    try:
        with adapters.attached():
            run.train()
    finally:
        if options.gradient_checkpointing:
            with quiet():
                base.model.gradient_checkpointing_disable()
        base.model.eval().requires_grad_(False)
    for slot, job in enumerate(jobs):
        write_adapter(job.target, adapters.pairs(slot, run.best), options, base.name)
    return run.fitted


def layers_for(model: Any, targets: str = "all") -> list[str]:
    """Return the layers that an adapter is to change; raises TrainingError where some could not be."""
    if targets == "all" and (stacked := stacked_weights(model)):
        raise TrainingError(
            f"{stacked[0]} holds many layers in one weight, and no adapter fits it.",
            "Train the attention only: --targets attention.",
        )
    names = list(target_modules(model))
    return [name for name in names if targets == "all" or name.rpartition(".")[2] in ATTENTION]


def write_adapter(folder: Path, pairs: Mapping[str, LoraPair], options: TrainOptions, base_name: str) -> None:
    """Write an adapter as PEFT reads it, in fp16: configuration and safetensors."""
    import torch
    from peft import LoraConfig
    from safetensors.torch import save_file

    folder.mkdir(parents=True, exist_ok=True)
    config = LoraConfig(
        task_type="CAUSAL_LM",
        r=options.rank,
        lora_alpha=options.alpha,
        lora_dropout=options.dropout,
        target_modules=sorted({name.rpartition(".")[2] for name in pairs}),
        base_model_name_or_path=base_name,
        inference_mode=True,
    )
    content = {key: sorted(value) if isinstance(value, set) else value for key, value in config.to_dict().items()}
    text = json.dumps(content, indent=2, sort_keys=True, default=str)
    (folder / CONFIG).write_text(text + "\n", encoding="utf-8", newline="\n")
    weights = {
        f"base_model.model.{name}.lora_{matrix}.weight": value.to(torch.float16).contiguous().cpu()
        for name, pair in pairs.items()
        for matrix, value in (("A", pair.a), ("B", pair.b))
    }
    save_file(weights, folder / WEIGHTS, metadata={"format": "pt"})
