"""Prepared rows as token sequences in which only the completion is learned."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from medlfm.runtime.prompt import prompt_ids, row_messages

__all__ = ["IGNORED", "Collator", "Example", "make_examples"]

# the label that the loss passes over
IGNORED = -100
# a prompt that leaves less room than this teaches nothing
_LEAST = 8


@dataclass(frozen=True)
class Example:
    """One row: token ids, how many of them are the prompt, and the topic or patient it belongs to."""

    ids: tuple[int, ...]
    prompt: int
    group: str

    @property
    def learned(self) -> int:
        return len(self.ids) - self.prompt


def make_examples(rows: Iterable[dict[str, Any]], tokenizer: Any, max_length: int) -> list[Example]:
    """Encode rows; a completion that is too long is cut, without the end token, and a row without room is left out."""
    examples = []
    for row in rows:
        messages, completion = row_messages(row)
        prompt = prompt_ids(tokenizer, messages)
        answer = tokenizer(completion, add_special_tokens=False)["input_ids"] + [tokenizer.eos_token_id]
        room = max_length - len(prompt)
        if room >= min(_LEAST, len(answer)) and len(answer) > 1:
            examples.append(Example(tuple(prompt + answer[:room]), len(prompt), row["group"]))
    return examples


class Collator:
    """Pads examples to a batch on the right; the prompt and the padding have the label IGNORED."""

    def __init__(self, pad: int) -> None:
        self.pad = pad

    def __call__(self, examples: Sequence[Example]) -> dict[str, Any]:
        import torch

        width = max(len(example.ids) for example in examples)
        shape = (len(examples), width)
        ids = torch.full(shape, self.pad)
        labels = torch.full(shape, IGNORED)
        mask = torch.zeros(shape, dtype=torch.long)
        for row, example in enumerate(examples):
            length = len(example.ids)
            ids[row, :length] = torch.tensor(example.ids)
            labels[row, example.prompt : length] = ids[row, example.prompt : length]
            mask[row, :length] = 1
        return {"input_ids": ids, "attention_mask": mask, "labels": labels}
