"""What each sign for an owner is worth: a conditional logit with the same weights for all experts."""

from __future__ import annotations

import numpy as np

from medlfm.experts.features import Vector

__all__ = ["fit_weights", "log_odds"]

_STEPS = 60
_PENALTY = 1e-3
_ENOUGH = 1e-6


def log_odds(signs: Vector, nobody: Vector, for_experts: Vector, for_nobody: Vector) -> Vector:
    """Return the log odds of each expert against nobody, for each text, by the weights of `fit_weights`.

    `signs`: texts × experts × signs; `nobody`: texts × signs of nobody's.
    """
    return np.asarray(signs @ for_experts - (_with_constant(nobody) @ for_nobody)[:, None])


def fit_weights(signs: Vector, nobody: Vector, owners: Vector) -> tuple[Vector, Vector]:
    """Fit the weights for experts and for nobody, the last a constant, by Newton's method.

    `owners`: the place of each text's expert, -1 where it is nobody's.
    """
    texts, experts, size = signs.shape
    constant = _with_constant(nobody)
    design = np.zeros((texts, experts + 1, size + constant.shape[1]))
    design[:, :experts, :size] = signs
    design[:, experts, size:] = constant
    chosen = np.where(owners < 0, experts, owners)
    found = design[np.arange(texts), chosen]
    values = np.zeros(design.shape[2])
    for _ in range(_STEPS):
        logits = design @ values
        chance = np.exp(logits - logits.max(axis=1, keepdims=True))
        chance /= chance.sum(axis=1, keepdims=True)
        expected = np.einsum("tk,tkf->tf", chance, design)
        slope = (found - expected).mean(axis=0) - _PENALTY * values
        spread = np.tensordot(design * chance[:, :, None], design, axes=([0, 1], [0, 1])) - expected.T @ expected
        step = np.linalg.solve(spread / texts + _PENALTY * np.eye(len(values)), slope)
        values += step / max(1.0, float(np.abs(step).max()))
        if np.abs(step).max() < _ENOUGH:
            break
    return values[:size].astype(np.float32), values[size:].astype(np.float32)


def _with_constant(nobody: Vector) -> Vector:
    return np.concatenate([nobody, np.ones((len(nobody), 1))], axis=1)
