"""A Triton kernel for single tokens on a GPU: gates, B products and sums of a whole group of layers in one start."""

from __future__ import annotations

from functools import cache
from typing import Any

__all__ = ["add_products", "fits"]

_ROWS, _COLUMNS = 16, 64
_MOST_RANKS = 256


def fits(weight: Any, outputs: list[int], ranks: list[int]) -> bool:
    """Say whether the kernel can serve layers with these outputs and ranks, here."""
    even = len(set(ranks)) == 1 and ranks[0] <= _MOST_RANKS and all(size % _COLUMNS == 0 for size in outputs)
    return weight.is_cuda and even and _kernel() is not None


def add_products(product: Any, b: Any, offsets: Any, gates: Any) -> None:
    """Add `(z ⊙ gates) b` to the first columns of `product`, in place; z are its last columns.

    product: rows × (outputs + ranks of all layers). b: ranks × outputs, layers side by side. offsets: for each 64
    columns, where in z their layer's ranks begin. gates: texts × ranks of all layers, or None; the rows of a text
    follow one another.
    """
    from triton import cdiv, next_power_of_2  # type: ignore[import-not-found, unused-ignore]

    kernel = _kernel()
    assert kernel is not None
    rows, (ranks, outputs) = len(product), b.shape
    kernel[(outputs // _COLUMNS, cdiv(rows, _ROWS))](
        product,
        b,
        offsets,
        product if gates is None else gates,
        rows,
        ranks,
        outputs,
        product.stride(0),
        0 if gates is None else gates.stride(0),
        1 if gates is None else rows // len(gates),
        gated=gates is not None,
        block_rows=_ROWS,
        block_ranks=max(16, next_power_of_2(ranks)),
        block_columns=_COLUMNS,
    )


@cache
def _kernel() -> Any:
    """Compile nothing yet: Triton does so at the first start. None where it isn't installed."""
    try:
        import triton
        import triton.language as tl  # type: ignore[import-not-found, unused-ignore]
    except ImportError:
        return None

    # Triton reads the names of a kernel's globals, so what it uses must be there by name
    globals()["tl"] = tl

    @triton.jit  # type: ignore[untyped-decorator, unused-ignore]
    def kernel(  # type: ignore[no-untyped-def]
        product,
        b,
        offsets,
        gates,
        rows,
        ranks,
        outputs,
        product_stride,
        gates_stride,
        rows_per_text,
        gated: tl.constexpr,
        block_rows: tl.constexpr,
        block_ranks: tl.constexpr,
        block_columns: tl.constexpr,
    ):
        block = tl.program_id(0)
        row = tl.program_id(1) * block_rows + tl.arange(0, block_rows)
        column = block * block_columns + tl.arange(0, block_columns)
        rank = tl.arange(0, block_ranks)
        start = tl.load(offsets + block)
        inside = (row[:, None] < rows) & (rank[None, :] < ranks)
        z = tl.load(product + row[:, None] * product_stride + outputs + start + rank[None, :], mask=inside, other=0.0)
        if gated:
            text = row // rows_per_text
            gate = tl.load(gates + text[:, None] * gates_stride + start + rank[None, :], mask=inside, other=0.0)
            z = z * gate
        matrix = tl.load(b + rank[:, None] * outputs + column[None, :], mask=rank[:, None] < ranks, other=0.0)
        added = tl.dot(z, matrix, input_precision="ieee")
        place = product + row[:, None] * product_stride + column[None, :]
        y = tl.load(place, mask=row[:, None] < rows, other=0.0)
        tl.store(place, (y + added).to(y.dtype), mask=row[:, None] < rows)

    return kernel
