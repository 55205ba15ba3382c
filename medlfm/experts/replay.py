"""A training step as a CUDA graph: forward and backward passes are recorded once for a shape of batch and replayed.

A small model spends most of a step waiting for its thousands of kernels to be started one by one; a replay starts them
all. Batches are padded to a few shapes: rows to a multiple of 16, tokens to a multiple of 64.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from medlfm.experts.examples import IGNORED, Collator, Example
from medlfm.experts.losses import has_plain_head
from medlfm.experts.trainable import Adapters

__all__ = ["ReplayedSteps", "replayable"]

_ROWS, _TOKENS = 16, 64


def replayable(model: Any) -> bool:
    """Say whether a model's training steps can be recorded: on a GPU, with logits that are the head's output."""
    return model.device.type == "cuda" and has_plain_head(model)


class ReplayedSteps:
    """Calculates the gradients of a batch as the plain step does, by replaying what was recorded for its shape."""

    def __init__(self, model: Any, adapters: Adapters, pad: int, jobs: int, first: int) -> None:
        """`first`: the shortest prompt of all rows; nothing before its end is learned."""
        import torch

        self.model, self.adapters, self.jobs, self.first = model, adapters, jobs, max(0, first - 1)
        self.collate = Collator(pad)
        self.pad = pad
        self._pool = torch.cuda.graph_pool_handle()
        self._recorded: dict[tuple[int, int], dict[str, Any]] = {}

    def __call__(self, slots: Sequence[int], examples: Sequence[Example]) -> Any:
        """Leave the gradients of the summed mean losses in the adapters, and return the mean loss of each."""
        import torch

        batch = self.collate(examples)
        rows, tokens = batch["input_ids"].shape
        shape = (-(-rows // _ROWS) * _ROWS, -(-tokens // _TOKENS) * _TOKENS)
        ids = torch.full(shape, self.pad)
        labels = torch.full(shape, IGNORED)
        ids[:rows, :tokens], labels[:rows, :tokens] = batch["input_ids"], batch["labels"]
        targets = labels[:, self.first + 1 :]
        learned = targets != IGNORED
        owner = torch.tensor(slots)
        counts = torch.zeros(self.jobs).index_add_(0, owner, learned[:rows].sum(dim=1).float())
        weights = torch.zeros(targets.shape)
        weights[:rows] = learned[:rows] / counts.clamp(min=1)[owner][:, None]
        gates = torch.nn.functional.one_hot(owner, self.jobs).float() * self.adapters.scale
        padded = torch.zeros(shape[0], self.jobs)
        padded[:rows] = gates
        state = self._recorded.get(shape)
        buffers = state["buffers"] if state else {}
        content = {
            "ids": ids,
            "targets": targets.clamp(min=0),
            "weights": weights,
            "gates": padded.repeat_interleave(self.adapters.rank, dim=1).to(self.adapters.running.dtype),
        }
        if state is None:
            buffers = {name: value.to(self.model.device) for name, value in content.items()}
            state = self._recorded[shape] = self._record(buffers)
        else:
            for name, value in content.items():
                buffers[name].copy_(value, non_blocking=True)
        self.adapters.gradient.zero_()
        state["graph"].replay()
        means = torch.zeros(self.jobs, device=self.model.device)
        return means.index_add_(0, owner.to(means.device), state["sums"][:rows])

    def _record(self, buffers: dict[str, Any]) -> dict[str, Any]:
        import torch

        stream = torch.cuda.Stream()
        stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(stream):
            self._calculate(buffers)
        torch.cuda.current_stream().wait_stream(stream)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph, pool=self._pool):
            sums = self._calculate(buffers)
        return {"buffers": buffers, "graph": graph, "sums": sums}

    def _calculate(self, buffers: dict[str, Any]) -> Any:
        """Run forward and backward; return the weighted losses summed by row."""
        from torch.nn.functional import cross_entropy

        self.adapters.gates = buffers["gates"]
        states = self.model.get_decoder()(input_ids=buffers["ids"], use_cache=False).last_hidden_state
        logits = self.model.get_output_embeddings()(states[:, self.first : -1])
        losses = cross_entropy(logits.float().flatten(0, 1), buffers["targets"].flatten(), reduction="none")
        losses = losses.view_as(buffers["weights"]) * buffers["weights"]
        losses.sum().backward()
        return losses.detach().sum(dim=1)
