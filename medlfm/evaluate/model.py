"""Measuring a medical model on questions with reference answers: only what was measured, None and a reason else."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import nullcontext
from typing import Any

from medlfm.errors import RecordError
from medlfm.experts.examples import make_examples
from medlfm.experts.heldout import held_out

__all__ = ["evaluate_medical_model"]

_LONGEST = 1024  # tokens of a question with its answer; what is longer is cut
_NO_CALIBRATOR = "no answer has a confidence: there is no calibrator for this model yet"


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
    rows {"question", "answer"}, "lang" optional, e.g. `load_prepared(run).rows("test")`. limit: rows that are used,
    from the first; None for all. generate: also ask, which is slow; else only the held-out loss is measured.

    Keys: `rows`, `held_out_loss` (mean negative log-likelihood of the reference answers' tokens, in nats),
    `perplexity`, `avg_confidence` (of the answers that have one), `avg_safety_score` (of the answers drafted: the share
    of sentences that evidence supports, and whether the orders in them pass), `coverage` (the share of status
    "answered"), `statuses`, and `reasons`: why a figure is None. `device` moves a causal LM; a medical model stays
    where its settings put it.
    """
    rows = _rows(test_dataset, limit)
    if not rows:
        raise RecordError("The test data hold no row with question and answer.", "Give rows of kind 'qa'.")
    reasons: dict[str, str] = {}
    loss, tokens = _held_out_loss(model, rows, tokenizer, device)
    result: dict[str, Any] = {
        "rows": len(rows),
        "answer_tokens": tokens,
        "held_out_loss": round(loss, 4),
        "perplexity": round(math.exp(loss), 3),
    }
    figures = _asked(model, rows, threshold, reasons) if generate and hasattr(model, "route") else None
    if figures is None:
        why = "not asked" if hasattr(model, "route") else "a bare language model has no checks and no calibrator"
        figures = dict.fromkeys(("avg_confidence", "avg_safety_score", "coverage", "statuses"))
        reasons |= dict.fromkeys(figures, why)
    return {**result, **figures, "reasons": reasons}


def _rows(data: Iterable[Mapping[str, Any]], limit: int | None) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for row in data:
        if limit is not None and len(rows) >= limit:
            break
        if row.get("question") and row.get("answer"):
            rows.append({"kind": "qa", "lang": row.get("lang") or "en", **{k: row[k] for k in ("question", "answer")}})
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
        alike[tuple(routing.experts) if routing else ()].append({**row, "group": ""})
    first = {tuple(routing.experts): routing for routing in routings if routing}
    total, tokens = 0.0, 0
    for experts, own in alike.items():
        examples = make_examples(own, tokenizer, min(context, _LONGEST))
        with model.running(first[experts]) if first else nullcontext(model) as running:
            scored = held_out(running, examples, tokenizer.pad_token_id or tokenizer.eos_token_id)
        total, tokens = total + sum(scored.sums), tokens + sum(scored.tokens)
    if not tokens:
        raise RecordError("No answer of the test data fits into the model's context.", "Give shorter questions.")
    return total / tokens, tokens


def _asked(model: Any, rows: Sequence[dict[str, Any]], threshold: float, reasons: dict[str, str]) -> dict[str, Any]:
    from medlfm.safety import MedicalComplianceWrapper

    wrapper = MedicalComplianceWrapper(model, confidence_threshold=threshold, settings=model.settings, measuring=True)
    answers = [wrapper.generate_safe(row["question"]) for row in rows]
    confidences = [answer.confidence for answer in answers if answer.confidence is not None]
    scores = [score for answer in answers if (score := _safety_score(answer.checks)) is not None]
    if not confidences:
        reasons["avg_confidence"] = _NO_CALIBRATOR
    if not scores:
        reasons["avg_safety_score"] = "nothing was drafted: no evidence, or all questions were turned away"
    statuses = Counter(answer.status for answer in answers)
    return {
        "avg_confidence": round(sum(confidences) / len(confidences), 4) if confidences else None,
        "avg_safety_score": round(sum(scores) / len(scores), 4) if scores else None,
        "coverage": round(statuses["answered"] / len(answers), 4),
        "statuses": dict(sorted(statuses.items())),
    }


def _safety_score(checks: Mapping[str, Any]) -> float | None:
    """Return the mean of an answer's two checks: the share of drafted sentences that evidence supports, and orders.

    The orders count 1 where no finding is worse than "ok". None for an answer that was turned away before a draft.
    """
    scores = []
    support = checks.get("support")
    if support and support["supported"] + support["dropped"]:
        scores.append(support["supported"] / (support["supported"] + support["dropped"]))
        if isinstance(orders := checks.get("orders"), list):
            scores.append(float(all(finding["verdict"] == "ok" for finding in orders)))
    return sum(scores) / len(scores) if scores else None
