"""Decoding with a cache of fixed size gives what transformers' own generation gives."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from medlfm.experts.bank import Bank
from medlfm.experts.lora import read_lora
from medlfm.runtime.graphs import decode
from medlfm.runtime.loading import load_base
from medlfm.settings import load_settings
from tests.experts.test_bank import save_adapter
from tests.tiny import tiny_model

IDS = torch.randint(5, 400, (3, 12), generator=torch.Generator().manual_seed(0))
MASK = torch.tensor([[1] * 12, [0] * 5 + [1] * 7, [0] * 9 + [1] * 3])


@pytest.mark.parametrize("architecture", ["llama", "gemma", "qwen", "lfm2"])
def test_it_chooses_the_tokens_that_transformers_chooses(tmp_path: Path, architecture: str) -> None:
    base = load_base(str(tiny_model(tmp_path / "m", architecture=architecture)), load_settings(device="cpu"))
    with torch.inference_mode():
        tokens, logprobs = decode(base.model, IDS, MASK, max_new_tokens=10, ends={-1}, graph=False)
        wanted = base.model.generate(
            input_ids=IDS, attention_mask=MASK, max_new_tokens=10, min_new_tokens=10, do_sample=False
        )
    assert tokens == wanted[:, 12:].tolist()
    assert all(len(row) == 10 and max(row) < 0 for row in logprobs)


def test_a_row_ends_at_its_end_token_and_the_others_go_on(tmp_path: Path) -> None:
    base = load_base(str(tiny_model(tmp_path / "m")), load_settings(device="cpu"))
    with torch.inference_mode():
        free, _ = decode(base.model, IDS, MASK, max_new_tokens=10, ends={-1}, graph=False)
        end = free[0][2]
        seen: list[list[int]] = []
        ended, logprobs = decode(
            base.model, IDS, MASK, max_new_tokens=10, ends={end}, graph=False, on_tokens=seen.append
        )
    assert ended[0] == free[0][: free[0].index(end) + 1]
    for row, whole in zip(ended, free, strict=True):
        assert row == whole[: len(row)]
        assert len(row) == 10 or row[-1] == end
    assert [len(row) for row in logprobs] == [len(row) for row in ended]
    assert len(seen) == max(len(row) for row in ended)


@pytest.mark.gpu
@pytest.mark.parametrize("architecture", ["llama", "gemma", "qwen", "lfm2"])
def test_a_recorded_step_does_what_the_step_does(tmp_path: Path, architecture: str) -> None:
    if not torch.cuda.is_available():
        pytest.skip("there is no CUDA device")
    folder = tiny_model(tmp_path / "m", architecture=architecture)
    adapter = save_adapter(tmp_path / "a", folder)
    base = load_base(str(folder), load_settings(device="cuda"))
    base.model.float()
    bank = Bank(base)
    bank.put("a", read_lora(adapter))
    bank.fuse()
    ids, mask = IDS.cuda(), MASK.cuda()
    with bank.use_rows([[("a", 1.0)], [], [("a", 0.5)]]) as model, torch.inference_mode():
        plain, _ = decode(model, ids, mask, max_new_tokens=10, ends={-1}, graph=False)
        recorded, _ = decode(model, ids, mask, max_new_tokens=10, ends={-1}, graph=True)
    assert plain == recorded
