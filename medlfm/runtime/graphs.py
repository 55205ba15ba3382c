"""Greedy decoding with a cache of fixed size, in which a step always touches the same memory.

On a GPU one step is recorded as a CUDA graph and replayed: a small model then no longer waits for its kernels to be
started one by one. On a CPU the same steps run as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Set
from typing import Any

__all__ = ["StaticDecoder", "decode"]

_WARM_UP = 2


class StaticDecoder:
    """A batch of prompts, padded on the left, and the buffers in which a step reads and leaves its numbers.

    `ids`: the tokens chosen last, rows × 1; `logprobs`: their log-probabilities. `length`: prompt and answer together.
    """

    def __init__(self, model: Any, rows: int, length: int) -> None:
        import torch
        from transformers import StaticCache

        device = model.device
        self.model, self.length = model, length
        self.cache = StaticCache(config=model.config, max_cache_len=length)
        self.mask = torch.zeros(rows, length, dtype=torch.long, device=device)
        self.ids = torch.zeros(rows, 1, dtype=torch.long, device=device)
        self.positions = torch.zeros(rows, 1, dtype=torch.long, device=device)
        self.place = torch.zeros(rows, 1, dtype=torch.long, device=device)
        self.logprobs = torch.zeros(rows, device=device)
        self._graph: Any = None

    def prefill(self, ids: Any, mask: Any) -> None:
        """Read the prompts and choose the first token of each answer."""
        width = ids.shape[1]
        self.cache.reset()
        self.mask.zero_()
        self.mask[:, :width] = mask
        positions = (mask.cumsum(dim=1) - 1).clamp(min=0)
        output = self.model(
            input_ids=ids,
            attention_mask=mask,
            position_ids=positions,
            past_key_values=self.cache,
            use_cache=True,
            logits_to_keep=1,
        )
        self._choose(output.logits[:, -1])
        self.positions.copy_(positions[:, -1:] + 1)
        self.place.fill_(width)

    def step(self) -> None:
        """Choose the next token of each row; `ids` and `logprobs` hold it then."""
        if self._graph is not None:
            self._graph.replay()
        else:
            self._step()

    def record(self) -> None:
        """Record a step as a CUDA graph; the cache and the buffers are as before then.

        A cache with a sliding window counts outside the GPU, so its steps can't be replayed: they stay as they are.
        """
        import torch

        if any(getattr(layer, "is_sliding", False) for layer in self.cache.layers):
            return
        saved = [buffer.clone() for buffer in self._buffers()]
        stream = torch.cuda.Stream()
        stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(stream):
            for _ in range(_WARM_UP):
                self._step()
        torch.cuda.current_stream().wait_stream(stream)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            self._step()
        for buffer, value in zip(self._buffers(), saved, strict=True):
            buffer.copy_(value)
        self._graph = graph

    def _step(self) -> None:
        self.mask.scatter_(1, self.place, 1)
        output = self.model(
            input_ids=self.ids,
            attention_mask=self.mask,
            position_ids=self.positions,
            past_key_values=self.cache,
            use_cache=True,
        )
        self._choose(output.logits[:, -1])
        self.positions.add_(1)
        self.place.add_(1)

    def _choose(self, logits: Any) -> None:
        best = logits.argmax(dim=-1, keepdim=True)
        self.ids.copy_(best)
        scores = logits.float()
        self.logprobs.copy_(scores.gather(1, best).squeeze(1) - scores.logsumexp(dim=-1))

    def _buffers(self) -> list[Any]:
        """Return all that a step changes: our own, and the state of each layer of the cache."""
        import torch

        found = [self.mask, self.ids, self.positions, self.place, self.logprobs]
        for layer in self.cache.layers:
            for value in vars(layer).values():
                found += [one for one in (value if isinstance(value, list) else [value]) if torch.is_tensor(one)]
        return found


def decode(
    model: Any,
    ids: Any,
    mask: Any,
    *,
    max_new_tokens: int,
    ends: Set[int],
    graph: bool,
    on_tokens: Callable[[list[int]], None] | None = None,
) -> tuple[list[list[int]], list[list[float]]]:
    """Continue each prompt greedily; return the tokens of each row up to its end, and their log-probabilities.

    ids and mask are rows × tokens, padded on the left. `on_tokens` gets the new token of each row as it comes.
    """
    rows, width = ids.shape
    decoder = StaticDecoder(model, rows, width + max_new_tokens)
    decoder.prefill(ids, mask)
    tokens: list[list[int]] = [[] for _ in range(rows)]
    logprobs: list[list[float]] = [[] for _ in range(rows)]
    open_rows = set(range(rows))
    for number in range(max_new_tokens):
        new, scores = decoder.ids[:, 0].tolist(), decoder.logprobs.tolist()
        for row in sorted(open_rows):
            tokens[row].append(new[row])
            logprobs[row].append(scores[row])
        if on_tokens:
            on_tokens(new)
        open_rows -= {row for row in open_rows if new[row] in ends}
        if not open_rows or number + 1 == max_new_tokens:
            break
        if graph and number == 0:
            decoder.record()
        decoder.step()
    return tokens, logprobs
