"""Measuring a medical model on questions with reference answers: only what was measured, None and a reason else."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import nullcontext
from typing import Any

from medlfm.errors import RecordError
from medlfm.evaluate.gold import Case
from medlfm.evaluate.scores.answers import FIGURES, answer_figures
from medlfm.experts.examples import make_examples
from medlfm.experts.heldout import held_out

__all__ = ["evaluate_medical_model"]

_LONGEST = 1024  # tokens of a question with its answer; what is longer is cut
_ASKED = ("question", "answer")


def evaluate_medical_model(
    model: Any,
    test_dataset: Iterable[Mapping[str, Any]],
    tokenizer: Any = None,
    device: Any = None,
    *,
    limit: int | None = 100,
    generate: bool = True,
    threshold: float = 0.85,
) -> dict[str, Any]:
    """Ask a model the questions of a data set and measure its answers; returns JSON data without any of their text.

    model: of `create_medical_model`, or a causal LM of transformers, which then needs its `tokenizer`. test_dataset:
    rows {"question", "answer"}, e.g. `load_prepared(run).rows("test")`; optional "lang", "topic" and "url" of the
    document that answers, "status" "refused" of what is to be refused, "urgency". limit: rows that are used,
    from the first; None for all. generate: also ask, which is slow; else only the held-out loss is measured.

    Keys: `rows`, `held_out_loss` (mean negative log-likelihood of the reference answers' tokens, in nats),
    `perplexity`, the figures that `answer_figures` defines (`avg_confidence`, `avg_safety_score`, `coverage`,
    `selective_accuracy`, `ece`, `citation_precision`, `citation_recall`, `refusal`, `over_refusal`, `urgency_recall`),
    `statuses`, and `reasons`: why a figure is None. `device` moves a causal LM; a medical model stays where its
    settings put it.
    """
    rows = _rows(test_dataset, limit)
    if not rows:
        raise RecordError("The test data hold no row with question and answer.", "Give rows of kind 'qa'.")
    loss, tokens = _held_out_loss(model, rows, tokenizer, device)
    result: dict[str, Any] = {
        "rows": len(rows),
        "answer_tokens": tokens,
        "held_out_loss": round(loss, 4),
        "perplexity": round(math.exp(loss), 3),
    }
    if generate and hasattr(model, "route"):
        figures, reasons = _asked(model, rows, threshold)
    else:
        why = "not asked" if hasattr(model, "route") else "a bare language model has no checks and no calibrator"
        figures = dict.fromkeys((*FIGURES, "statuses"))
        reasons = dict.fromkeys(figures, why)
    return {**result, **figures, "reasons": reasons}


def _rows(data: Iterable[Mapping[str, Any]], limit: int | None) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for row in data:
        if limit is not None and len(rows) >= limit:
            break
        if row.get("question") and row.get("answer"):
            told = {name: row.get(name) or "" for name in ("topic", "url", "status", "urgency")}
            rows.append({"kind": "qa", **told, "lang": row.get("lang") or "en"} | {k: row[k] for k in _ASKED})
    return rows


def _held_out_loss(model: Any, rows: Sequence[dict[str, Any]], tokenizer: Any, device: Any) -> tuple[float, int]:
    """Return the mean loss over all answer tokens, and their number; a medical model routes each question first."""
    if hasattr(model, "route"):
        routings = [model.route(row["question"]) for row in rows]
        tokenizer, context = model.base.tokenizer, model.base.context
    else:
        if tokenizer is None:
            raise RecordError("A bare language model needs its tokenizer.", "Pass tokenizer=….")
        model = model.to(device) if device is not None else model
        routings = [None] * len(rows)
        context = int(getattr(model.config, "max_position_embeddings", 0) or _LONGEST)
    alike: defaultdict[Any, list[dict[str, Any]]] = defaultdict(list)
    for row, routing in zip(rows, routings, strict=True):
        alike[_gates_of(routing)].append({**row, "group": ""})
    first = {_gates_of(routing): routing for routing in routings if routing}
    total, tokens = 0.0, 0
    for gates, own in alike.items():
        examples = make_examples(own, tokenizer, min(context, _LONGEST))
        with model.running(first[gates]) if first else nullcontext(model) as running:
            scored = held_out(running, examples, tokenizer.pad_token_id or tokenizer.eos_token_id)
        total, tokens = total + sum(scored.sums), tokens + sum(scored.tokens)
    if not tokens:
        raise RecordError("No answer of the test data fits into the model's context.", "Give shorter questions.")
    return total / tokens, tokens


def _gates_of(routing: Any) -> tuple[Any, ...]:
    """Return what decides the gates of a routing: rows that have it in common are scored together."""
    return (tuple(routing.experts), tuple(routing.scores.items())) if routing and routing.experts else ()


def _asked(model: Any, rows: Sequence[dict[str, Any]], threshold: float) -> tuple[dict[str, Any], dict[str, str]]:
    from medlfm.safety import MedicalComplianceWrapper

    wrapper = MedicalComplianceWrapper(model, confidence_threshold=threshold, settings=model.settings, measuring=True)
    cases = [
        Case(number, row["question"], {"answers": [row["answer"]], "urls": [row["url"]] if row["url"] else [], **row})
        for number, row in enumerate(rows, start=1)
    ]
    answers = [wrapper.generate_safe(case.text).to_dict() for case in cases]
    figures, reasons = answer_figures(cases, answers)
    statuses = Counter(answer["status"] for answer in answers)
    return {**figures, "statuses": dict(sorted(statuses.items()))}, reasons
