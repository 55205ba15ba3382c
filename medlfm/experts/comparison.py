"""What training brought: losses on held-out rows beside base, core and another expert, and the safety probes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any

from medlfm.errors import ExpertError
from medlfm.experts.bank import CORE, Bank
from medlfm.experts.examples import Example
from medlfm.experts.heldout import HeldOut, difference, held_out
from medlfm.experts.model import fitting_adapter
from medlfm.experts.plugin import Expert
from medlfm.experts.probes import safety_score
from medlfm.experts.registry import Registry

__all__ = ["compare", "probe"]


def compare(
    bank: Bank,
    expert: Expert,
    by_split: Mapping[str, Sequence[Example]],
    registry: Registry,
    batch_size: int,
    progress: Callable[[str, int, int], None],
) -> dict[str, Any]:
    """Score base, core, this expert and, as control, another expert on the same held-out rows."""
    split = "test" if by_split["test"] else "validation"
    examples = by_split[split]
    result: dict[str, Any] = {"split": split, "rows": len(examples), "table": [], "note": ""}
    if not examples:
        return result | {"note": "There are no held-out rows: nothing was measured."}
    pad = bank.base.tokenizer.pad_token_id

    def score(name: str, running: AbstractContextManager[Any]) -> HeldOut:
        with running as model:
            return held_out(model, examples, pad, batch_size, lambda d, n: progress(f"scoring {name}", d, n))

    plain = score("base", bank.bare())
    result["table"].append({"model": "base", "loss": round(plain.loss, 4), "interval": None})
    core = score("core", bank.use([])) if bank.has_core and expert.id != CORE else None
    if core:
        interval = difference(core, plain, examples)
        result["table"].append({"model": "core", "loss": round(core.loss, 4), "interval": interval})
    control = "" if expert.id == CORE else _control(bank, expert, registry)
    for label, name in ((f"this expert ({expert.id})", expert.id), (f"another expert ({control})", control)):
        if name:
            scored = score(name, bank.use([] if name == CORE else [(name, 1.0)]))
            row = {"model": label, "loss": round(scored.loss, 4), "interval": difference(scored, plain, examples)}
            if core:
                row["over_core"] = difference(scored, core, examples)
            result["table"].append(row)
    if not control and expert.id != CORE:
        result["note"] = "No other expert has an adapter for this base yet, so there is no control."
    return result


def _control(bank: Bank, expert: Expert, registry: Registry) -> str:
    """Return another expert that is in the bank, or can be put there."""
    for other in registry:
        if other.id != expert.id:
            if other.id in bank.names:
                return other.id
            try:
                bank.add(other.id, fitting_adapter(other, bank))
            except ExpertError:
                continue
            return other.id
    return ""


def probe(bank: Bank, expert: Expert) -> dict[str, Any]:
    """Score the safety probes without and with what was trained."""
    tokenizer = bank.base.tokenizer
    with bank.bare() if expert.id == CORE else bank.use([]) as model:
        before = safety_score(model, tokenizer)
    with bank.use([] if expert.id == CORE else [(expert.id, 1.0)]) as model:
        after = safety_score(model, tokenizer)
    return {
        "before": before.share,
        "expert": after.share,
        "margin_before": before.margin,
        "margin": after.margin,
        "by_kind": dict(after.by_kind),
    }
