"""Fitting a LoRA adapter with PEFT and transformers' Trainer: checkpoints, resume, early stopping."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from medlfm.errors import TrainingError
from medlfm.experts.adapters import target_modules
from medlfm.experts.examples import Collator, Example
from medlfm.runtime.loading import Base, quiet

__all__ = ["Fitted", "TrainOptions", "fit"]

# written into a checkpoint once all of it is on disk: a killed process leaves one without
_COMPLETE = "complete"


@dataclass(frozen=True, kw_only=True)
class TrainOptions:
    """The settings of a training run; saved with the adapter."""

    rank: int = field(default=8, metadata={"help": "rank of the LoRA matrices"})
    alpha: int = field(default=16, metadata={"help": "LoRA scale; the update is multiplied by alpha / rank"})
    dropout: float = field(default=0.05, metadata={"help": "dropout on the LoRA input"})
    learning_rate: float = field(default=5e-4, metadata={"help": "highest learning rate; it falls along a cosine"})
    epochs: float = field(default=2.0, metadata={"help": "passes over the training rows"})
    batch_size: int = field(default=4, metadata={"help": "rows a step"})
    max_length: int = field(default=384, metadata={"help": "tokens a row; longer answers are cut"})
    max_steps: int = field(default=0, metadata={"help": "stop after so many steps; 0: as many as the epochs take"})
    max_minutes: float = field(default=0.0, metadata={"help": "stop training after so many minutes; 0: no limit"})
    eval_every: int = field(default=50, metadata={"help": "steps between checkpoints, each scored on held-out rows"})
    eval_rows: int = field(default=64, metadata={"help": "held-out rows that are scored, drawn by the seed"})
    patience: int = field(default=3, metadata={"help": "stop after so many scores without a better one"})
    gradient_checkpointing: bool = field(default=False, metadata={"help": "less memory, a third more time"})
    seed: int = field(default=0, metadata={"help": "seed of all that is random"})
    num_medical_experts: int = field(default=12, metadata={"help": "experts to serve with; recorded"})
    enable_safety_checks: bool = field(default=True, metadata={"help": "serve with safety checks; recorded"})
    confidence_threshold: float = field(default=0.85, metadata={"help": "serve with this threshold; recorded"})

    def __post_init__(self) -> None:
        for name in ("rank", "alpha", "learning_rate", "epochs", "batch_size", "max_length", "eval_every", "eval_rows"):
            if getattr(self, name) <= 0:
                raise TrainingError(f"{name} is {getattr(self, name)}; allowed is more than 0.", "See `train --help`.")
        for name in ("dropout", "confidence_threshold"):
            if not 0 <= getattr(self, name) <= 1:
                raise TrainingError(f"{name} is {getattr(self, name)}; allowed is 0 to 1.", "See `train --help`.")


@dataclass(frozen=True)
class Fitted:
    """What a fit ended with: `stopped` is one of finished, early, time; `resumed` the step it went on from."""

    steps: int
    resumed: int
    stopped: str
    seconds: float
    train_loss: float | None
    eval_loss: float | None


def fit(
    base: Base,
    train: Sequence[Example],
    validation: Sequence[Example],
    options: TrainOptions,
    *,
    work: Path,
    target: Path,
    progress: Callable[[str, int, int], None],
) -> Fitted:
    """Train a LoRA adapter on every linear layer and write it to `target` as PEFT does; the base is left as it was.

    Checkpoints lie in `work`; where there are complete ones of an earlier, killed run, training goes on from the last.
    """
    if base.device.index:
        raise TrainingError(
            f"Training runs on the first GPU that it sees; GPU {base.device.index} is not that.",
            f"Let it see that one only: CUDA_VISIBLE_DEVICES={base.device.index}, with --device cuda.",
        )
    from peft import LoraConfig, get_peft_model
    from transformers import Trainer, set_seed

    set_seed(options.seed)
    config = LoraConfig(
        task_type="CAUSAL_LM",
        r=options.rank,
        lora_alpha=options.alpha,
        lora_dropout=options.dropout,
        target_modules=sorted({name.rpartition(".")[2] for name in target_modules(base.model)}),
    )
    with quiet():
        model = get_peft_model(base.model, config)
    watch = _watcher(options, progress)
    last = _last_checkpoint(work)
    try:
        with quiet():
            trainer = Trainer(
                model=model,
                args=_arguments(base, options, work, bool(validation)),
                train_dataset=list(train),
                eval_dataset=list(validation) or None,
                data_collator=Collator(base.tokenizer.pad_token_id),
                callbacks=[watch, *_early_stopping(options, bool(validation))],
            )
            _silence(trainer)
            trainer.train(resume_from_checkpoint=str(last) if last else None)
            model.peft_config["default"].base_model_name_or_path = base.name
            model.save_pretrained(str(target), save_embedding_layers=False)
    finally:
        model.unload()
        base.model.eval().requires_grad_(False)
    fitted: Fitted = watch.result(trainer.state, int(last.name.rpartition("-")[2]) if last else 0)
    return fitted


def _arguments(base: Base, options: TrainOptions, work: Path, validated: bool) -> Any:
    from transformers import TrainingArguments

    arguments = TrainingArguments(
        output_dir=str(work),
        per_device_train_batch_size=options.batch_size,
        per_device_eval_batch_size=options.batch_size,
        num_train_epochs=options.epochs,
        max_steps=options.max_steps or -1,
        learning_rate=options.learning_rate,
        lr_scheduler_type="cosine",
        warmup_steps=2,
        weight_decay=0.0,
        gradient_checkpointing=options.gradient_checkpointing,
        gradient_checkpointing_kwargs={"use_reentrant": False} if options.gradient_checkpointing else None,
        use_cpu=base.device.type == "cpu",
        bf16=base.device.type == "cuda",
        save_strategy="steps",
        save_steps=options.eval_every,
        save_total_limit=2,
        eval_strategy="steps" if validated else "no",
        eval_steps=options.eval_every if validated else None,
        load_best_model_at_end=validated,
        metric_for_best_model="eval_loss" if validated else None,
        greater_is_better=False if validated else None,
        prediction_loss_only=True,
        remove_unused_columns=False,
        dataloader_pin_memory=base.device.type == "cuda",
        seed=options.seed,
        data_seed=options.seed,
        logging_steps=10,
        disable_tqdm=True,
        report_to="none",
    )
    arguments._n_gpu = min(arguments.n_gpu, 1)  # else it copies the model to every GPU there is, and a step's rows grow
    return arguments


def _early_stopping(options: TrainOptions, validated: bool) -> list[Any]:
    from transformers import EarlyStoppingCallback

    return [EarlyStoppingCallback(early_stopping_patience=options.patience)] if validated and options.patience else []


def _silence(trainer: Any) -> None:
    """Take out the callbacks that print: library calls print nothing."""
    from transformers import PrinterCallback, ProgressCallback

    trainer.remove_callback(PrinterCallback)
    trainer.remove_callback(ProgressCallback)


def _last_checkpoint(work: Path) -> Path | None:
    """Return the newest complete checkpoint, and delete those that a killed process left incomplete."""
    found = sorted(work.glob("checkpoint-*"), key=lambda path: int(path.name.rpartition("-")[2]))
    complete = [path for path in found if (path / _COMPLETE).is_file()]
    for path in found:
        if path not in complete:
            shutil.rmtree(path)
    return complete[-1] if complete else None


def _watcher(options: TrainOptions, progress: Callable[[str, int, int], None]) -> Any:
    from transformers import TrainerCallback

    class Watcher(TrainerCallback):  # type: ignore[misc]
        """Reports steps, marks complete checkpoints, and stops when the time is up."""

        def __init__(self) -> None:
            self.started = time.monotonic()
            self.out_of_time = False

        def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
            self.started = time.monotonic()

        def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
            progress("training", state.global_step, state.max_steps)
            if options.max_minutes and time.monotonic() - self.started > options.max_minutes * 60:
                self.out_of_time = control.should_training_stop = True

        def on_save(self, args: Any, state: Any, control: Any, **_: Any) -> None:
            (Path(args.output_dir) / f"checkpoint-{state.global_step}" / _COMPLETE).touch()

        def result(self, state: Any, resumed: int) -> Fitted:
            losses = [entry["loss"] for entry in state.log_history if "loss" in entry]
            scores = [entry["eval_loss"] for entry in state.log_history if "eval_loss" in entry]
            early = state.global_step < state.max_steps
            return Fitted(
                steps=state.global_step,
                resumed=resumed,
                stopped="time" if self.out_of_time else "early" if early else "finished",
                seconds=round(time.monotonic() - self.started, 1),
                train_loss=losses[-1] if losses else None,
                eval_loss=min(scores) if scores else None,
            )

    return Watcher()
