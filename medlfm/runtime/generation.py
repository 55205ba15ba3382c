"""Generating text: greedy unless told otherwise, in batches, with the log-probability of each token."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from medlfm.errors import ModelError
from medlfm.runtime.graphs import decode
from medlfm.runtime.loading import Base, quiet
from medlfm.runtime.prompt import Messages, prompt_ids

__all__ = ["Generation", "generate"]


@dataclass(frozen=True, kw_only=True)
class Generation:
    """One generated text. `token_logprobs` are natural logarithms, one a token, the end-of-text token included.

    finished: the model ended by itself, before `max_new_tokens`.
    """

    text: str
    token_logprobs: tuple[float, ...]
    finished: bool


def generate(
    base: Base,
    prompts: Sequence[Messages],
    *,
    model: Any = None,
    max_new_tokens: int = 256,
    temperature: float = 0.0,
    seed: int = 0,
    on_text: Callable[[str], None] | None = None,
    static: bool | None = None,
) -> list[Generation]:
    """Continue each conversation. `model` stands for the base's own one where adapters are put on it.

    temperature 0 is greedy: the same prompt gives the same text. `on_text` receives the pieces of a single prompt's
    text as they come. `static`: greedy steps over a cache of fixed size, as CUDA graphs on a GPU; None: there only.
    Raises ModelError where a prompt leaves no room for `max_new_tokens` in the context.
    """
    import torch

    if not prompts:
        return []
    if on_text is not None and len(prompts) > 1:
        raise ModelError("Only a single prompt can be streamed.", "Pass one prompt, or no on_text.")
    rows = [prompt_ids(base.tokenizer, messages) for messages in prompts]
    width = max(map(len, rows))
    if width + max_new_tokens > base.context:
        raise ModelError(
            f"A prompt of {width} tokens leaves no room for {max_new_tokens} in the {base.context} of {base.name}.",
            "Shorten the question, or give fewer passages.",
        )
    pad = base.tokenizer.pad_token_id
    ids = torch.tensor([[pad] * (width - len(row)) + row for row in rows], device=base.device)
    mask = torch.tensor([[0] * (width - len(row)) + [1] * len(row) for row in rows], device=base.device)
    if temperature == 0 and (base.device.type == "cuda" if static is None else static):
        return _decoded(base, model or base.model, ids, mask, max_new_tokens, on_text)
    recorder = _Recorder(width)
    torch.manual_seed(seed)
    with quiet(), torch.inference_mode():
        output = (model or base.model).generate(
            input_ids=ids,
            attention_mask=mask,
            generation_config=_config(base, max_new_tokens, temperature),
            logits_processor=[recorder],
            streamer=_streamer(base.tokenizer, on_text) if on_text else None,
        )
    return _collect(base, output[:, width:], recorder.finish(output))


def _decoded(
    base: Base, model: Any, ids: Any, mask: Any, max_new_tokens: int, on_text: Callable[[str], None] | None
) -> list[Generation]:
    import torch

    ends, streamer = _ends(base), _streamer(base.tokenizer, on_text) if on_text else None
    if streamer:
        streamer.put(ids)

    def on_tokens(new: list[int]) -> None:
        if streamer:
            streamer.put(torch.tensor(new))

    with quiet(), torch.inference_mode():
        graph = base.device.type == "cuda"
        tokens, logprobs = decode(
            model, ids, mask, max_new_tokens=max_new_tokens, ends=ends, graph=graph, on_tokens=on_tokens
        )
    if streamer:
        streamer.end()
    return [
        Generation(
            text=base.tokenizer.decode(row, skip_special_tokens=True).strip(),
            token_logprobs=tuple(values),
            finished=bool(row) and row[-1] in ends,
        )
        for row, values in zip(tokens, logprobs, strict=True)
    ]


def _config(base: Base, max_new_tokens: int, temperature: float) -> Any:
    from transformers import GenerationConfig

    sampling = {"do_sample": True, "temperature": temperature, "top_k": 0} if temperature > 0 else {"do_sample": False}
    return GenerationConfig(
        max_new_tokens=max_new_tokens,
        pad_token_id=base.tokenizer.pad_token_id,
        eos_token_id=sorted(_ends(base)),
        bos_token_id=base.tokenizer.bos_token_id,
        **sampling,
    )


def _ends(base: Base) -> set[int]:
    own = getattr(base.model.generation_config, "eos_token_id", None)
    ends = set(own if isinstance(own, list) else [own]) | {base.tokenizer.eos_token_id}
    return {int(end) for end in ends if end is not None}


def _collect(base: Base, ids: Any, logprobs: list[list[float]]) -> list[Generation]:
    ends = _ends(base)
    result = []
    for tokens, values in zip(ids.tolist(), logprobs, strict=True):
        length = next((index + 1 for index, token in enumerate(tokens) if token in ends), len(tokens))
        finished = bool(tokens) and tokens[length - 1] in ends
        text = base.tokenizer.decode(tokens[:length], skip_special_tokens=True).strip()
        result.append(Generation(text=text, token_logprobs=tuple(values[:length]), finished=finished))
    return result


class _Recorder:
    """A logits processor that changes nothing: it notes the log-probability of the token chosen at each step.

    Only one step's distribution is held, where `output_scores` would hold all of them.
    """

    def __init__(self, width: int) -> None:
        self.width = width
        self.steps: list[Any] = []
        self._last: Any = None

    def __call__(self, input_ids: Any, scores: Any) -> Any:
        self._note(input_ids)
        self._last = scores.float().log_softmax(dim=-1)
        return scores

    def _note(self, ids: Any) -> None:
        if self._last is not None:
            self.steps.append(self._last.gather(1, ids[:, -1:]).squeeze(1))
            self._last = None

    def finish(self, ids: Any) -> list[list[float]]:
        """Return the log-probabilities by row, once the last token is known."""
        import torch

        self._note(ids)
        if not self.steps:
            return [[] for _ in range(len(ids))]
        return [[float(value) for value in row] for row in torch.stack(self.steps, dim=1).cpu().tolist()]


def _streamer(tokenizer: Any, on_text: Callable[[str], None]) -> Any:
    from transformers import TextStreamer

    class Streamer(TextStreamer):  # type: ignore[misc]
        def on_finalized_text(self, text: str, stream_end: bool = False) -> None:
            if text:
                on_text(text)

    return Streamer(tokenizer, skip_prompt=True, skip_special_tokens=True)
