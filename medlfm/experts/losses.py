"""How surprised a model is by the tokens of an answer: only these are put through the vocabulary's large matrix."""

from __future__ import annotations

from typing import Any

from medlfm.experts.examples import IGNORED

__all__ = ["answer_losses", "has_plain_head"]

# settings of models that change the logits after the last matrix: these are asked for all their logits
_AFTER_HEAD = ("final_logit_softcapping", "logit_scale", "logits_scaling", "lm_head_multiplier")


def has_plain_head(model: Any) -> bool:
    """Say whether a model's logits are its last states times the head, with nothing after."""
    return hasattr(model, "get_decoder") and not any(getattr(model.config, key, None) for key in _AFTER_HEAD)


def answer_losses(model: Any, ids: Any, labels: Any) -> tuple[Any, Any]:
    """Return the negative log-likelihood of each learned token in nats, and the row that it stands in.

    ids and labels are rows × tokens, padded on the right: what comes later changes nothing before it, so that no mask
    is needed, and attention runs at its fastest.
    """
    from torch.nn.functional import cross_entropy

    learned = labels[:, 1:] != IGNORED
    rows = learned.nonzero()[:, 0]
    wanted = labels[:, 1:][learned]
    if has_plain_head(model):
        states = model.get_decoder()(input_ids=ids, use_cache=False).last_hidden_state[:, :-1][learned]
        logits = model.get_output_embeddings()(states)
    else:
        logits = model(input_ids=ids, use_cache=False).logits[:, :-1][learned]
    return cross_entropy(logits.float(), wanted, reduction="none"), rows
