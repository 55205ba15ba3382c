"""The settings of training, what is to be trained, and what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from medlfm.errors import TrainingError
from medlfm.experts.examples import Example

__all__ = ["Fitted", "Job", "TrainOptions"]


@dataclass(frozen=True, kw_only=True)
class TrainOptions:
    """The settings of a training run; saved with the adapter."""

    rank: int = field(default=8, metadata={"help": "rank of the LoRA matrices"})
    alpha: int = field(default=16, metadata={"help": "LoRA scale; the update is multiplied by alpha / rank"})
    targets: str = field(default="all", metadata={"help": "all linear layers, or those of the attention"})
    dropout: float = field(default=0.0, metadata={"help": "dropout on the LoRA input"})
    learning_rate: float = field(default=5e-4, metadata={"help": "highest learning rate; it falls along a cosine"})
    weight_decay: float = field(default=0.0, metadata={"help": "share of the weights that decays, times the rate"})
    epochs: float = field(default=2.0, metadata={"help": "passes over the training rows"})
    batch_size: int = field(default=4, metadata={"help": "rows a step; of several experts: on average"})
    max_length: int = field(default=384, metadata={"help": "tokens a row; longer answers are cut"})
    max_steps: int = field(default=0, metadata={"help": "stop after so many steps; 0: as many as the epochs take"})
    max_minutes: float = field(default=0.0, metadata={"help": "stop training after so many minutes; 0: no limit"})
    eval_every: int = field(default=50, metadata={"help": "steps between checkpoints, each scored on held-out rows"})
    eval_rows: int = field(default=64, metadata={"help": "held-out rows that are scored, drawn by the seed"})
    patience: int = field(default=3, metadata={"help": "stop after so many scores without a better one"})
    shared_rows: float = field(
        default=0.0,
        metadata={"help": "also learn from questions of other experts that the router gives it at this gate"},
    )
    watch_safety: bool = field(
        default=True,
        metadata={"help": "run the safety probes at each checkpoint; one that loses safety is not chosen"},
    )
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
        if self.targets not in ("all", "attention"):
            raise TrainingError(f"targets is {self.targets!r}; allowed are all and attention.", "See `train --help`.")


@dataclass(frozen=True, kw_only=True)
class Job:
    """An adapter to be trained: its rows, those it is scored on, and the folder that it is written to.

    learning_rate and epochs 0: those of the options.
    """

    name: str
    train: Sequence[Example]
    validation: Sequence[Example] = ()
    target: Path
    learning_rate: float = 0.0
    epochs: float = 0.0


@dataclass
class Fitted:
    """What a fit ended with: `stopped` is one of finished, early, time; `resumed` the step it went on from.

    steps: those that were taken; curve: (step, held-out loss) at each checkpoint; the best one is what is kept: of
    those that lose no safety the one of the lowest loss. safe: whether it is one of these; None where nobody watched.
    watched: what was found at each checkpoint, as the log has it.
    """

    steps: int = 0
    resumed: int = 0
    stopped: str = ""
    seconds: float = 0.0
    train_loss: float | None = None
    eval_loss: float | None = None
    best_step: int = 0
    tokens: int = 0
    curve: list[list[float]] = field(default_factory=list)
    safe: bool | None = None
    watched: list[dict[str, Any]] = field(default_factory=list)
