"""The passes of a fit: steps of all adapters together, scores, early stopping, checkpoints and going on from them."""

from __future__ import annotations

import json
import math
import random
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from medlfm.experts.examples import Collator, Example
from medlfm.experts.losses import answer_losses
from medlfm.experts.options import Fitted, Job, TrainOptions
from medlfm.experts.probes import SafetyScore
from medlfm.experts.replay import ReplayedSteps, replayable
from medlfm.experts.trainable import Adapters, Optimizer
from medlfm.experts.watching import Probes, WatchLog
from medlfm.runtime.loading import Base, quiet

__all__ = ["Passes"]

# a checkpoint is done once this file is in it: a killed process leaves one without
_COMPLETE = "complete"
_KEPT = 2
_WARM_UP = 0.05
# rows of like length make a batch; their order is shaken by up to this share so that not always the same ones meet
_SHAKE = 0.15
# nats a token by which a score must be lower to count as better
_BETTER = 1e-4


class Passes:
    """The state of a fit: how far each adapter has come, and the best that it was."""

    def __init__(
        self,
        base: Base,
        jobs: Sequence[Job],
        options: TrainOptions,
        adapters: Adapters,
        work: Path,
        progress: Callable[[str, int, int], None],
        log: Path | None,
    ) -> None:
        self.base, self.jobs, self.options, self.adapters, self.work = base, jobs, options, adapters, work
        self.progress = progress
        self.log = WatchLog(log, [job.name for job in jobs]) if log else None
        self._probes: Probes | None = None
        self.optimizer = Optimizer(adapters, decay=options.weight_decay)
        self.best = adapters.master.clone()
        self.fitted = [Fitted() for _ in jobs]
        rows = sum(len(job.train) for job in jobs)
        self.per_epoch = max(1, math.ceil(rows / (options.batch_size * len(jobs))))
        self.ends = [
            options.max_steps or max(1, math.ceil(self.per_epoch * (job.epochs or options.epochs))) for job in jobs
        ]
        self.total = max(self.ends, default=0)
        self.collate = Collator(base.tokenizer.pad_token_id)
        self._last: Any = None
        self._orders: dict[int, tuple[int, list[Example]]] = {}
        self._replayed: Any = None
        if replayable(base.model) and not options.gradient_checkpointing:
            shortest = min((example.prompt for job in jobs for example in job.train), default=0)
            self._replayed = ReplayedSteps(base.model, adapters, base.tokenizer.pad_token_id, len(jobs), shortest)

    def train(self) -> None:
        self._probes = Probes(self.base, self.adapters) if self.options.watch_safety else None
        first, began = self._resume(), time.monotonic()
        before = self.fitted[0].seconds
        for step in range(first + 1, self.total + 1):
            if not (going := [slot for slot, fitted in enumerate(self.fitted) if not fitted.stopped]):
                break
            self._step(step, going)
            self.progress("training", step, self.total)
            elapsed = before + time.monotonic() - began
            late = bool(self.options.max_minutes) and time.monotonic() - began > self.options.max_minutes * 60
            for slot in going:
                fitted = self.fitted[slot]
                fitted.steps, fitted.seconds = step, round(elapsed, 1)
                fitted.stopped = "finished" if step == self.ends[slot] else "time" if late else ""
            if step % self.options.eval_every == 0 or step in self.ends or late:
                self._score(step, going)
                self._save(step)
        if self.log:
            self.log.events(self.fitted)

    def _step(self, step: int, going: Sequence[int]) -> None:
        import torch

        batch = self._batch(step, going)
        if not batch:
            return
        torch.manual_seed(self.options.seed * 1_000_003 + step)
        slots, examples = zip(*batch, strict=True)
        self._last = self._replayed(slots, examples) if self._replayed else self._gradients(slots, examples)
        present = set(slots)
        rates = [self._rate(step, slot) if slot in present else 0.0 for slot in range(len(self.jobs))]
        self.optimizer.step(rates, [step] * len(self.jobs))
        for slot, example in batch:
            self.fitted[slot].tokens += len(example.ids)

    def _gradients(self, slots: Sequence[int], examples: Sequence[Example]) -> Any:
        """Leave the gradients of the summed mean losses in the adapters, and return the mean loss of each."""
        import torch

        self._checkpointing()
        losses, rows = self._losses(slots, examples)
        owner = torch.tensor(slots, device=losses.device)[rows]
        counts = torch.zeros(len(self.jobs), device=losses.device).index_add_(0, owner, torch.ones_like(losses))
        sums = torch.zeros_like(counts).index_add_(0, owner, losses)
        means = sums / counts.clamp(min=1)
        means.sum().backward()
        return means.detach()

    def _checkpointing(self) -> None:
        if self.options.gradient_checkpointing and not self.base.model.training:
            self.base.model.train()
            with quiet():
                self.base.model.gradient_checkpointing_enable({"use_reentrant": False})

    def _losses(self, slots: Sequence[int], examples: Sequence[Example]) -> tuple[Any, Any]:
        import torch

        device = self.base.device
        self.adapters.choose(torch.tensor(slots, device=device))
        batch = self.collate(examples)
        return answer_losses(self.base.model, batch["input_ids"].to(device), batch["labels"].to(device))

    def _rate(self, step: int, slot: int) -> float:
        """Rise along a line at first, then fall along a cosine to a twentieth."""
        end, warm = self.ends[slot], max(1, round(_WARM_UP * self.ends[slot]))
        highest = self.jobs[slot].learning_rate or self.options.learning_rate
        if step <= warm:
            return highest * step / warm
        share = (step - warm) / max(1, end - warm)
        return highest * (0.05 + 0.95 * (1 + math.cos(math.pi * share)) / 2)

    def _batch(self, step: int, going: Sequence[int]) -> list[tuple[int, Example]]:
        """Take each adapter's share of an epoch's step; in a step all rows are of like length.

        An adapter with more rows takes more of them a step, so that all see theirs equally often.
        """
        epoch, place = divmod(step - 1, self.per_epoch)
        order = list(range(self.per_epoch))
        random.Random(f"{self.options.seed} {epoch}").shuffle(order)  # noqa: S311 - no secret
        batch: list[tuple[int, Example]] = []
        for slot in going:
            rows = self._sorted(slot, epoch)
            start, end = (len(rows) * at // self.per_epoch for at in (order[place], order[place] + 1))
            batch += [(slot, example) for example in rows[start:end]]
        return batch

    def _sorted(self, slot: int, epoch: int) -> list[Example]:
        held = self._orders
        if held.get(slot, (-1, []))[0] != epoch:
            shaken = random.Random(f"{self.options.seed} {epoch} {self.jobs[slot].name}")  # noqa: S311
            keys = [len(example.ids) * (1 + _SHAKE * shaken.uniform(-1, 1)) for example in self.jobs[slot].train]
            order = sorted(range(len(keys)), key=keys.__getitem__)
            held[slot] = epoch, [self.jobs[slot].train[at] for at in order]
        return held[slot][1]

    def _score(self, step: int, going: Sequence[int]) -> None:
        """Score the adapters on their held-out rows, keep the better ones, and stop those that get no better."""
        import torch

        means, kept = self._last.tolist(), torch.zeros(len(self.jobs), dtype=torch.bool, device=self.base.device)
        scores, safety = self._scores(going), self._probes.scores(going) if self._probes else {}
        for slot in going:
            fitted = self.fitted[slot]
            fitted.train_loss = round(means[slot], 4)
            score = scores.get(slot)
            safe = self._watch(step, fitted, score, safety.get(slot))
            if _better(fitted, score, safe):
                kept[slot], fitted.eval_loss, fitted.best_step, fitted.safe = True, score, step, safe
            if score is not None:
                fitted.curve.append([step, round(score, 4)])
            since = sum(at > fitted.best_step for at, _ in fitted.curve)
            if self.options.patience and since >= self.options.patience and not fitted.stopped:
                fitted.stopped = "early"
        self.best = torch.where(kept[self.adapters.owner], self.adapters.master, self.best)
        if self.log:
            self.log.write(self.fitted)

    def _watch(self, step: int, fitted: Fitted, score: float | None, safety: SafetyScore | None) -> bool | None:
        """Note what a checkpoint was found to be; return whether it loses no safety, None where nobody watches."""
        safe = self._probes.holds(safety) if self._probes and safety else None
        found = asdict(safety) | {"before": self._probes.before.share} if self._probes and safety else None
        loss = None if score is None else round(score, 4)
        row = {"step": step, "train_loss": fitted.train_loss, "eval_loss": loss, "safety": found, "safe": safe}
        fitted.watched.append(row)
        return safe

    def _scores(self, going: Sequence[int]) -> dict[int, float]:
        import torch

        pairs = [(slot, example) for slot in going for example in self.jobs[slot].validation]
        pairs.sort(key=lambda pair: len(pair[1].ids))
        sums, counts = [0.0] * len(self.jobs), [0] * len(self.jobs)
        size = 2 * self.options.batch_size * len(self.jobs)
        with torch.no_grad():
            for start in range(0, len(pairs), size):
                slots, examples = zip(*pairs[start : start + size], strict=True)
                losses, rows = self._losses(slots, examples)
                by_row = torch.zeros(len(slots), device=losses.device).index_add_(0, rows, losses).tolist()
                for slot, example, loss in zip(slots, examples, by_row, strict=True):
                    sums[slot] += loss
                    counts[slot] += example.learned
        return {slot: sums[slot] / counts[slot] for slot in going if counts[slot]}

    def _save(self, step: int) -> None:
        from safetensors.torch import save_file

        folder = self.work / f"checkpoint-{step}"
        folder.mkdir(parents=True, exist_ok=True)
        save_file({**self.optimizer.state(), "best": self.best}, folder / "state.safetensors")
        (folder / "state.json").write_text(json.dumps([asdict(fitted) for fitted in self.fitted]), encoding="utf-8")
        (folder / _COMPLETE).touch()
        for old in _checkpoints(self.work)[:-_KEPT]:
            shutil.rmtree(old)

    def _resume(self) -> int:
        """Go on from the last complete checkpoint, if there is one, and return its step."""
        from safetensors.torch import load_file

        if not (found := _checkpoints(self.work)):
            return 0
        state = load_file(found[-1] / "state.safetensors", device=str(self.base.device))
        self.adapters.master.copy_(state["master"])
        self.optimizer.mean.copy_(state["mean"])
        self.optimizer.square.copy_(state["square"])
        self.best = state["best"]
        self.adapters.refresh()
        step = int(found[-1].name.rpartition("-")[2])
        self.fitted = [Fitted(**values) for values in json.loads((found[-1] / "state.json").read_text("utf-8"))]
        for fitted in self.fitted:
            fitted.resumed = step
            fitted.stopped = "" if fitted.stopped == "time" else fitted.stopped
        return step


def _better(fitted: Fitted, score: float | None, safe: bool | None) -> bool:
    """Say whether a checkpoint is better than the one kept: what loses safety gives way to what doesn't.

    Where all lose some, the one of the lowest loss is kept to be looked at; the gate at loading holds it back.
    """
    if not fitted.best_step or (safe and fitted.safe is False):
        return True
    if safe is False and fitted.safe:
        return False
    return score is None or fitted.eval_loss is None or score < fitted.eval_loss - _BETTER


def _checkpoints(work: Path) -> list[Path]:
    """Return the complete checkpoints in order, and delete those that a killed process left incomplete."""
    found = sorted(work.glob("checkpoint-*"), key=lambda path: int(path.name.rpartition("-")[2]))
    complete = [path for path in found if (path / _COMPLETE).is_file()]
    for path in found:
        if path not in complete:
            shutil.rmtree(path)
    return complete
