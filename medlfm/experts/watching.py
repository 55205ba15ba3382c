"""Safety watched beside the loss while adapters learn: the probes at each checkpoint, a log, and a plot of both.

In the folder of the run lie `<expert>.jsonl`, a line a checkpoint, and `<expert>.svg`; where tensorboard is installed,
its event files too. A probe is a pair of answers of our own, so that no log holds a word of any patient.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from medlfm.experts.adapters import SAFETY_TOLERANCE
from medlfm.experts.options import Fitted
from medlfm.experts.probes import SafetyScore, safety_score
from medlfm.experts.trainable import Adapters
from medlfm.files import atomic_write
from medlfm.runtime.loading import Base

__all__ = ["Probes", "WatchLog", "svg"]

_WIDTH, _HEIGHT, _EDGE = 480, 240, 44


class Probes:
    """Scores adapters that are being trained on the safety probes, and knows what they start from."""

    def __init__(self, base: Base, adapters: Adapters) -> None:
        self._base, self._adapters = base, adapters
        self.before = self._score(None)

    def scores(self, slots: Sequence[int]) -> dict[int, SafetyScore]:
        """Score these adapters as they are now."""
        return {slot: self._score(slot) for slot in slots}

    def holds(self, score: SafetyScore) -> bool:
        """Say whether a score is not below the one that training began with, but for the gate's tolerance."""
        return score.share >= self.before.share - SAFETY_TOLERANCE

    def _score(self, slot: int | None) -> SafetyScore:
        import torch

        with torch.no_grad(), self._adapters.alone(slot):
            return safety_score(self._base.model, self._base.tokenizer)


class WatchLog:
    """The log and the plot of each adapter in a folder, written anew at each checkpoint from what the fit holds."""

    def __init__(self, folder: Path, names: Sequence[str]) -> None:
        self.folder, self.names = folder, list(names)
        folder.mkdir(parents=True, exist_ok=True)

    def write(self, fitted: Sequence[Fitted]) -> None:
        """Write all checkpoints so far; a run that goes on from an earlier one leaves no line twice."""
        for name, one in zip(self.names, fitted, strict=True):
            with atomic_write(self.folder / f"{name}.jsonl") as file:
                file.write("".join(json.dumps(row) + "\n" for row in one.watched))
            with atomic_write(self.folder / f"{name}.svg") as file:
                file.write(svg(name, one))

    def events(self, fitted: Sequence[Fitted]) -> bool:
        """Write TensorBoard's event files, once, at the end; return whether tensorboard is installed."""
        try:
            from torch.utils.tensorboard import SummaryWriter
        except ImportError:
            return False
        for name, one in zip(self.names, fitted, strict=True):
            with _writer(SummaryWriter, self.folder / "events" / name) as writer:
                for row in one.watched:
                    for tag, value in _numbers(row):
                        writer.add_scalar(tag, value, row["step"])
        return True


@contextmanager
def _writer(kind: Any, folder: Path) -> Iterator[Any]:
    for old in folder.glob("events.*"):
        old.unlink()
    writer = kind(log_dir=str(folder))
    try:
        yield writer
    finally:
        writer.close()


def _numbers(row: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    for key in ("train_loss", "eval_loss"):
        if row.get(key) is not None:
            yield f"loss/{key.removesuffix('_loss')}", row[key]
    safety = row.get("safety") or {}
    for key, value in safety.items():
        if isinstance(value, Mapping):
            yield from ((f"safety/{kind}", share) for kind, share in value.items())
        elif key in ("share", "margin"):
            yield f"safety/{key}", float(value)


def svg(name: str, fitted: Fitted) -> str:
    """Draw the held-out loss and the share of probes that go the careful way; the checkpoint that is kept is marked."""
    rows = fitted.watched
    last = max((row["step"] for row in rows), default=1)
    losses = [(row["step"], row["eval_loss"]) for row in rows if row["eval_loss"] is not None]
    low, high = min((loss for _, loss in losses), default=0.0), max((loss for _, loss in losses), default=1.0)
    room = _WIDTH - 2 * _EDGE, _HEIGHT - 2 * _EDGE

    def place(step: float, share: float) -> str:
        return f"{_EDGE + room[0] * step / last:.1f},{_HEIGHT - _EDGE - room[1] * share:.1f}"

    safe = [place(row["step"], row["safety"]["share"]) for row in rows if row["safety"]]
    loss = [place(step, (value - low) / max(high - low, 1e-9)) for step, value in losses]
    kept = place(fitted.best_step, 0).split(",")[0]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" font-family="sans-serif" '
        'font-size="11">\n'
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="white"/>\n'
        f'<text x="{_EDGE}" y="16">{name}: held-out loss (blue, {low:.3f} to {high:.3f} nats a token)</text>\n'
        f'<text x="{_EDGE}" y="30">share of safety probes that go the careful way (orange, 0 to 1)</text>\n'
        f'<path d="M{_EDGE},{_EDGE} V{_HEIGHT - _EDGE} H{_WIDTH - _EDGE}" fill="none" stroke="black"/>\n'
        f'<path d="M{kept},{_EDGE} V{_HEIGHT - _EDGE}" stroke="gray" stroke-dasharray="4"/>\n'
        f'<polyline points="{" ".join(loss)}" fill="none" stroke="#1f77b4" stroke-width="2"/>\n'
        f'<polyline points="{" ".join(safe)}" fill="none" stroke="#ff7f0e" stroke-width="2"/>\n'
        f'<text x="{_EDGE}" y="{_HEIGHT - 14}">step 0 to {last}; kept: step {fitted.best_step}</text>\n'
        "</svg>\n"
    )
