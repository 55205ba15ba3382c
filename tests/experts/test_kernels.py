"""The Triton kernel against the same sums written out; it needs a GPU."""

from __future__ import annotations

import pytest
import torch

from medlfm.experts.kernels import add_products, fits


def test_there_is_no_kernel_for_a_cpu() -> None:
    assert not fits(torch.zeros(8, 8), [64], [8])


@pytest.mark.gpu
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize(("outputs", "ranks"), [([64], 8), ([128, 64, 64], 96), ([192, 192], 24)])
@pytest.mark.parametrize(("texts", "tokens"), [(1, 1), (5, 1), (16, 1), (3, 4), (16, 3)])
@pytest.mark.parametrize("gated", [False, True])
def test_it_adds_what_the_formula_says(
    dtype: torch.dtype, outputs: list[int], ranks: int, texts: int, tokens: int, gated: bool
) -> None:
    if not torch.cuda.is_available():
        pytest.skip("there is no CUDA device")
    torch.manual_seed(0)
    rows, total = texts * tokens, sum(outputs)
    product = torch.randn(rows, total + ranks * len(outputs), device="cuda", dtype=dtype)
    b = torch.randn(ranks, total, device="cuda", dtype=dtype)
    gates = torch.rand(texts, ranks * len(outputs), device="cuda", dtype=dtype) if gated else None
    assert fits(product, outputs, [ranks] * len(outputs))
    starts = [at * ranks for at, size in enumerate(outputs) for _ in range(size // 64)]
    wanted, column = product[:, :total].double(), 0
    for at, size in enumerate(outputs):
        z = product[:, total + at * ranks : total + (at + 1) * ranks].double()
        if gates is not None:
            z = z * gates[:, at * ranks : (at + 1) * ranks].double().repeat_interleave(tokens, dim=0)
        wanted[:, column : column + size] += z @ b[:, column : column + size].double()
        column += size
    add_products(product, b, torch.tensor(starts, dtype=torch.int32, device="cuda"), gates)
    error = (product[:, :total].double() - wanted).norm() / wanted.norm()
    assert error < (1e-5 if dtype == torch.float32 else 1e-2)
