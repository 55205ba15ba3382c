"""What a batch of many specialties takes: `python -m benchmarks.throughput PROMPTS`, on a GPU.

64 of our own questions with the prompts that `ask` gives a base (routed, with the passages found among the starter
corpora), 96 tokens each: by the bank in one batch, by the base alone, and by PEFT with core and expert on, one batch
an expert, as it serves a mixture without loss. `--encode` writes PROMPTS first, on any machine. Writes
`benchmarks/results/throughput.json`, with the kernels that take most of the bank's time.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.gates import RESULTS, ROOT
from medlfm.experts.bank import CORE, Bank
from medlfm.experts.lora import read_lora
from medlfm.files import atomic_write
from medlfm.runtime.graphs import decode
from medlfm.runtime.loading import Base, load_base, quiet

__all__ = ["encode", "main", "measure"]

QUESTIONS, TOKENS, PASSAGES, KERNELS, TIMES = 64, 96, 3, 12, 3


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line."""
    from medlfm.evaluate import machine

    parser = argparse.ArgumentParser(prog="python -m benchmarks.throughput", description=__doc__.splitlines()[0])
    parser.add_argument("prompts", type=Path, help="encoded prompts")
    parser.add_argument("--encode", action="store_true", help="write the prompts first")
    parser.add_argument("--base", default="smollm2-135m")
    parser.add_argument("--out", type=Path, default=RESULTS / "throughput.json")
    chosen = parser.parse_args(arguments)
    base = load_base(chosen.base)
    if chosen.encode:
        chosen.prompts.write_text(json.dumps(encode(base)), encoding="utf-8")
    bank = Bank(base)
    for name, folder in _adapters().items():
        bank.put(name, read_lora(folder))
    result = measure(base, bank, json.loads(chosen.prompts.read_text()))
    result |= {"machine": machine(), "time": datetime.now(UTC).isoformat(timespec="seconds")}
    with atomic_write(chosen.out) as file:
        file.write(json.dumps(result, indent=1) + "\n")
    return 0


def encode(base: Base) -> list[dict[str, Any]]:
    """Route questions of the development sets, find their passages, and encode their prompts."""
    from medlfm.ask import add_evidence
    from medlfm.experts.mixing import mixture
    from medlfm.experts.router import default_router
    from medlfm.knowledge.evidence import EvidenceStore
    from medlfm.prepare import prepare
    from medlfm.runtime.prompt import build_messages, prompt_ids
    from medlfm.settings import load_settings

    found, router = [], default_router()
    with tempfile.TemporaryDirectory(prefix="medlfm-bench-") as home:
        settings = replace(load_settings(), home=Path(home))
        prepare([ROOT / "corpora" / "starter-qa"], Path(home) / "run", settings=settings, route=False)
        add_evidence([Path(home) / "run"], settings=settings)
        store = EvidenceStore(settings.evidence)
        for row in _questions():
            passages = [(one.title, one.text) for one in store.search(row["text"], lang=row["lang"], limit=PASSAGES)]
            gates = mixture(router.choose(row["text"]), router.names)
            messages = build_messages(row["text"], passages, row["lang"])
            found.append({"gates": gates, "ids": prompt_ids(base.tokenizer, messages)})
    return found


def _questions() -> list[dict[str, Any]]:
    """Take questions in turn from both languages' development sets, so that all specialties are among them."""
    by_lang = [
        [json.loads(line) for line in (ROOT / "benchmarks" / "gold" / "routing" / name).read_text().splitlines()]
        for name in ("dev.en.jsonl", "dev.de.jsonl")
    ]
    asked = [[row for row in rows if row["specialty"] != "none"] for rows in by_lang]
    return [row for pair in zip(*asked, strict=False) for row in pair][:QUESTIONS]


def measure(base: Base, bank: Bank, prompts: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Time the three ways in turn; seconds are medians."""
    import torch

    gates = [[(name, float(gate)) for name, gate in prompt["gates"]] for prompt in prompts]
    bank.fuse()
    with torch.inference_mode():
        with bank.use_rows(gates) as model:
            banked = _timed(lambda: _decoded(base, model, prompts))
            kernels = _kernels(lambda: _decoded(base, model, prompts))
        with bank.bare() as model:
            plain = _timed(lambda: _decoded(base, model, prompts))
    for name in [*bank.names, CORE]:
        bank.remove(name)
    groups: dict[str, list[Mapping[str, Any]]] = {}
    for prompt, row in zip(prompts, gates, strict=True):
        groups.setdefault(max(row, key=lambda gate: gate[1])[0] if row else CORE, []).append(prompt)
    seconds = {"base": plain, "bank": banked, "peft": _peft(base, groups)}
    return {
        "format": 1,
        "task": "throughput",
        "questions": len(prompts),
        "tokens": TOKENS,
        "experts": len(groups),
        "longest_prompt": max(len(prompt["ids"]) for prompt in prompts),
        "ways": {
            way: {
                "seconds": round(value, 3),
                "answers_per_second": round(len(prompts) / value, 1),
                "tokens_per_second": round(len(prompts) * TOKENS / value),
            }
            for way, value in seconds.items()
        },
        "kernels": kernels,
    }


def _padded(base: Base, prompts: Sequence[Mapping[str, Any]]) -> tuple[Any, Any]:
    import torch

    width, pad = max(len(prompt["ids"]) for prompt in prompts), base.tokenizer.pad_token_id
    ids = [[pad] * (width - len(prompt["ids"])) + list(prompt["ids"]) for prompt in prompts]
    mask = [[0] * (width - len(prompt["ids"])) + [1] * len(prompt["ids"]) for prompt in prompts]
    return torch.tensor(ids, device=base.device), torch.tensor(mask, device=base.device)


def _decoded(base: Base, model: Any, prompts: Sequence[Mapping[str, Any]]) -> None:
    ids, mask = _padded(base, prompts)
    decode(model, ids, mask, max_new_tokens=TOKENS, ends=set(), graph=base.device.type == "cuda")


def _timed(work: Callable[[], Any], times: int = TIMES) -> float:
    """Return seconds, the median; where it is done several times, the first is not counted."""
    import torch

    found = []
    for _ in range(times + (times > 1)):
        start = time.perf_counter()
        work()
        if torch.cuda.is_available():
            torch.cuda.synchronize()
        found.append(time.perf_counter() - start)
    return statistics.median(found[-times:])


def _kernels(work: Callable[[], Any]) -> list[dict[str, Any]]:
    """List the kernels that take most of the GPU's time, by share."""
    import torch
    from torch.profiler import ProfilerActivity, profile

    if not torch.cuda.is_available():
        return []
    with profile(activities=[ProfilerActivity.CUDA]) as found:
        work()
        torch.cuda.synchronize()
    rows = [(event.key, event.self_device_time_total, event.count) for event in found.key_averages()]
    whole = sum(spent for _, spent, _ in rows)
    return [
        {"kernel": name[:80], "milliseconds": round(spent / 1000, 2), "share": round(spent / whole, 3), "calls": calls}
        for name, spent, calls in sorted(rows, key=lambda row: -row[1])[:KERNELS]
    ]


def _peft(base: Base, groups: Mapping[str, Sequence[Mapping[str, Any]]]) -> float:
    """Generate expert after expert, core and one expert on: what PEFT has for a mixture over a core."""
    from peft import PeftModel
    from transformers import GenerationConfig

    folders = _adapters()
    with quiet():
        peft = PeftModel.from_pretrained(base.model, str(folders[CORE]), adapter_name=CORE)
        for name in groups:
            if name != CORE:
                peft.load_adapter(str(folders[name]), adapter_name=name)
    peft.to(base.model.dtype).eval()
    config = GenerationConfig(
        max_new_tokens=TOKENS, min_new_tokens=TOKENS, do_sample=False, pad_token_id=base.tokenizer.pad_token_id
    )

    def work(groups: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
        for name, prompts in groups.items():
            peft.base_model.set_adapter([CORE, name] if name != CORE else [CORE])
            ids, mask = _padded(base, prompts)
            peft.generate(input_ids=ids, attention_mask=mask, generation_config=config)

    with quiet():
        work(dict(list(groups.items())[:1]))
        return _timed(lambda: work(groups), 1)


def _adapters() -> dict[str, Path]:
    folders = sorted((ROOT / "plugins").glob("*/*/adapters/smollm2-135m"))
    return {folder.parents[1].name.removeprefix("medlfm_"): folder for folder in folders}


if __name__ == "__main__":
    sys.exit(main())
