"""What the mixture costs: `python -m benchmarks.bank`, on a GPU; base, bank and PEFT in one run.

Two shapes with random weights (Gemma 3 270M, LFM2 2.6B), twelve experts of rank 8 on all linear layers, sixteen rows
that go to different experts, two a row. Writes `benchmarks/results/bank_gpu.json`. `--cpu` measures decoding of the
real base on a CPU instead, with two experts on, and writes `benchmarks/results/bank_cpu.json`.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch

from medlfm.experts.adapters import target_modules
from medlfm.experts.bank import Bank, Gates
from medlfm.experts.lora import LoraPair
from medlfm.files import atomic_write
from medlfm.runtime.graphs import StaticDecoder
from medlfm.runtime.loading import Base, quiet

__all__ = ["main"]

RESULTS = Path(__file__).parent / "results"
EXPERTS, RANK, ROWS, TOKENS = 12, 8, 16, 512
NAMES = [f"expert{number}" for number in range(EXPERTS)]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.bank", description=__doc__.splitlines()[0])
    parser.add_argument("--shapes", nargs="*", default=["gemma3-270m", "lfm2-2.6b"], choices=list(SHAPES))
    parser.add_argument("--cpu", action="store_true", help="decode smollm2-135m on this machine's CPU instead")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--out", type=Path)
    chosen = parser.parse_args(arguments)
    out = chosen.out or RESULTS / ("bank_cpu.json" if chosen.cpu else "bank_gpu.json")
    result = {
        "format": 1,
        "task": "bank_cpu" if chosen.cpu else "bank_gpu",
        "experts": EXPERTS,
        "rank": RANK,
        "torch": torch.__version__,
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    if chosen.cpu:
        result["decode"] = on_cpu(chosen.threads)
    else:
        result["gpu"] = torch.cuda.get_device_name()
        result["shapes"] = {name: on_gpu(name) for name in chosen.shapes}
    with atomic_write(out) as file:
        file.write(json.dumps(result, indent=1) + "\n")
    return 0


def _gemma() -> Any:
    from transformers import Gemma3ForCausalLM, Gemma3TextConfig

    config = Gemma3TextConfig(
        vocab_size=262144,
        hidden_size=640,
        intermediate_size=2048,
        num_hidden_layers=18,
        num_attention_heads=4,
        num_key_value_heads=1,
        head_dim=256,
        sliding_window=512,
        layer_types=["full_attention"] * 18,
    )
    return Gemma3ForCausalLM(config)


def _lfm2() -> Any:
    from transformers import Lfm2Config, Lfm2ForCausalLM

    config = Lfm2Config(
        vocab_size=65536,
        hidden_size=2048,
        intermediate_size=10752,
        block_auto_adjust_ff_dim=False,
        num_hidden_layers=30,
        num_attention_heads=32,
        num_key_value_heads=8,
        layer_types=["full_attention" if layer in (2, 5, 9, 12, 15, 18, 21, 24) else "conv" for layer in range(30)],
    )
    return Lfm2ForCausalLM(config)


SHAPES: dict[str, Callable[[], Any]] = {"gemma3-270m": _gemma, "lfm2-2.6b": _lfm2}


def on_gpu(name: str) -> dict[str, Any]:
    """Measure one shape: prefill and decode, of the base, the bank and PEFT; milliseconds."""
    torch.manual_seed(0)
    torch.set_default_dtype(torch.bfloat16)
    with torch.device("cuda"):
        model = SHAPES[name]().eval().requires_grad_(False)
    torch.set_default_dtype(torch.float32)
    base = Base(model=model, tokenizer=None, name=name, fingerprint="", licence="", folder=Path())
    rows: list[Gates] = [[(NAMES[row % EXPERTS], 0.7), (NAMES[(row + 5) % EXPERTS], 0.3)] for row in range(ROWS)]
    found: dict[str, Any] = {"parameters": sum(parameter.numel() for parameter in model.parameters())}
    with torch.inference_mode():
        found["base"] = _measured(model) | {"decode_1": _decode(model, 1)}
        _report(name, "base", found["base"])
        bank = random_bank(base)
        for label, fused in (("bank", False), ("bank_fused", True)):
            if fused:
                bank.fuse()
            with bank.use_rows(rows) as running:
                found[label] = _measured(running)
            with bank.use([(NAMES[0], 0.7), (NAMES[1], 0.3)]) as running:
                found[label]["decode_1"] = _decode(running, 1)
            _report(name, label, found[label])
        for expert in NAMES:
            bank.remove(expert)
        found["peft"] = _peft(model)
        _report(name, "peft", found["peft"])
    best = min(("bank", "bank_fused"), key=lambda label: found[label]["decode_16"])
    found["ratios"] = {
        "decode_16": round(found[best]["decode_16"] / found["base"]["decode_16"], 3),
        "decode_1": round(found[best]["decode_1"] / found["base"]["decode_1"], 3),
        "prefill_graph": round(found["bank"]["prefill_graph"] / found["base"]["prefill_graph"], 3),
        "prefill": round(found["bank"]["prefill"] / found["base"]["prefill"], 3),
        "peft_over_bank_decode": round(found["peft"]["decode_16"] / found[best]["decode_16"], 2),
        "peft_over_bank_prefill": round(found["peft"]["prefill"] / found["bank"]["prefill"], 2),
    }
    print(name, found["ratios"], flush=True)
    return found


def random_bank(base: Base, rank: int = RANK) -> Bank:
    """Return a bank with twelve random experts on all linear layers."""
    bank, layers = Bank(base), target_modules(base.model)
    generator = torch.Generator().manual_seed(0)
    for name in NAMES:
        pairs = {
            layer: LoraPair(
                torch.randn(rank, inputs, generator=generator) / inputs**0.5,
                torch.randn(outputs, rank, generator=generator) * 0.01,
                2.0,
            )
            for layer, (inputs, outputs) in layers.items()
        }
        bank.put(name, pairs)
    return bank


def _measured(model: Any) -> dict[str, float]:
    ids = _ids(ROWS, TOKENS)
    decoder = StaticDecoder(model, ROWS, TOKENS + 64)
    mask = torch.ones_like(ids)

    def prefill() -> None:
        model.get_decoder()(input_ids=ids, use_cache=False)

    found = {"prefill": _median(prefill, 10), "prefill_graph": _median(_graph(prefill), 20)}
    decoder.prefill(ids, mask)
    found["decode_16_eager"] = _median(decoder.step, 8)
    decoder.record()
    found["decode_16"] = _median(decoder.step, 30)
    return found


def _decode(model: Any, rows: int) -> float:
    ids = _ids(rows, 64)
    decoder = StaticDecoder(model, rows, 128)
    decoder.prefill(ids, torch.ones_like(ids))
    decoder.record()
    return _median(decoder.step, 30)


def _peft(model: Any) -> dict[str, float]:
    from peft import LoraConfig, get_peft_model

    targets = sorted({name.rpartition(".")[2] for name in target_modules(model)})
    config = LoraConfig(r=RANK, target_modules=targets, init_lora_weights=False)
    with quiet():
        peft = get_peft_model(model, config, adapter_name=NAMES[0])
        for name in NAMES[1:]:
            peft.add_adapter(name, config)
    peft.to(torch.bfloat16).eval()
    ids, names = _ids(ROWS, TOKENS), [NAMES[row % EXPERTS] for row in range(ROWS)]
    found = {"prefill": _median(lambda: peft(input_ids=ids, adapter_names=names, logits_to_keep=1), 3)}
    cache = peft(input_ids=ids, adapter_names=names, use_cache=True, logits_to_keep=1).past_key_values
    found["decode_16"] = _median(
        lambda: peft(input_ids=ids[:, :1], adapter_names=names, past_key_values=cache, use_cache=True), 3
    )
    peft.base_model.set_adapter(NAMES[0])
    found["prefill_one"] = _median(lambda: peft(input_ids=ids, logits_to_keep=1), 5)
    found["decode_16_one"] = _median(lambda: peft(input_ids=ids[:, :1], past_key_values=cache, use_cache=True), 5)
    return found


def _graph(work: Callable[[], None]) -> Callable[[], None]:
    stream = torch.cuda.Stream()
    stream.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(stream):
        for _ in range(2):
            work()
    torch.cuda.current_stream().wait_stream(stream)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        work()
    return graph.replay


def _ids(rows: int, tokens: int) -> Any:
    return torch.randint(5, 60000, (rows, tokens), device="cuda", generator=torch.Generator("cuda").manual_seed(0))


def _median(work: Callable[[], Any], times: int) -> float:
    """Return milliseconds, by the GPU's own clock."""
    for _ in range(2):
        work()
    found = []
    for _ in range(times):
        start, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        start.record()
        work()
        end.record()
        torch.cuda.synchronize()
        found.append(start.elapsed_time(end))
    return round(statistics.median(found), 3)


def _report(shape: str, label: str, found: dict[str, float]) -> None:
    print(shape, label, found, flush=True)


def on_cpu(threads: int) -> dict[str, Any]:
    """Decode the real base on a CPU, alone and with two experts on, turn by turn; milliseconds a token."""
    from medlfm.runtime.loading import load_base
    from medlfm.settings import load_settings

    base = load_base("smollm2-135m", load_settings(device="cpu", threads=threads))
    bank, ids = random_bank(base), torch.randint(5, 40000, (1, 64))
    bank.fuse()
    found: dict[str, list[float]] = {"base": [], "top2": []}
    with torch.inference_mode():
        for _ in range(5):
            for label, running in (("base", bank.bare()), ("top2", bank.use([(NAMES[0], 0.7), (NAMES[1], 0.3)]))):
                with running as model:
                    cache = model(input_ids=ids, use_cache=True).past_key_values
                    for step in range(24):
                        start = time.perf_counter()
                        model(input_ids=ids[:, step : step + 1], past_key_values=cache, use_cache=True)
                        found[label].append(1000 * (time.perf_counter() - start))
    medians = {label: round(statistics.median(values), 2) for label, values in found.items()}
    result = {"threads": threads, **medians, "ratio": round(medians["top2"] / medians["base"], 3)}
    print(result, flush=True)
    return result


if __name__ == "__main__":
    sys.exit(main())
