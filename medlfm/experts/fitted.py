"""The numbers that a router has learned, and their file: fitting takes seconds, reading them a moment."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass, fields
from functools import lru_cache
from importlib.resources import files
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from medlfm.errors import OutputError
from medlfm.experts.features import Vector, matrix
from medlfm.files import atomic_path, sha256_bytes

__all__ = ["Fitted", "Ridge", "centred", "code_hash", "fit_ridge", "nearest", "spread_of"]

# the penalty on words alone; beside vectors a smaller one is enough
_RIDGE, _RIDGE_BESIDE_VECTORS = 2.0, 0.5
_SHARPNESS = 3.0
_LEAST_SPREAD = 1e-6
# how many of an owner's questions a text is compared with, and from what likeness on a question is the text itself
_NEIGHBOURS, _SAME = 3, 1 - 1e-4
# of likeness, so that a unit of it is worth about as much as a unit of the other signs
_LIKENESS = 0.1


@dataclass(frozen=True)
class Fitted:
    """Ridge regression of owners on columns, how its scores spread on what is not theirs, and what each sign is worth.

    Owners are the experts in the order of their names, then nobody.
    """

    idf: Vector
    columns: Vector
    mean: Vector
    centre: Vector
    spread: Vector
    experts: Vector
    nobody: Vector
    # with an embedder: the vectors learned from, their mean, and what nearness to each says for each owner
    anchors: Vector
    middle: Vector
    nearness: Vector
    # the owner of each anchor, by its place
    owners: NDArray[np.intp]

    def raw(self, texts: list[str], vectors: Vector | None = None) -> Vector:
        """Return the regression's score of each owner for each text, by its words and, where given, its vector."""
        data, _ = matrix(texts, self.idf)
        scores = data @ self.columns + self.mean
        if vectors is not None:
            scores += near(centred(vectors, self.middle), self.anchors) @ self.nearness
        return np.asarray(scores)

    def nearest(self, vectors: Vector) -> Vector:
        """Return how much nearer each owner's nearest questions are than those of the others, for each text."""
        return nearest(centred(vectors, self.middle), self.anchors, self.owners, len(self.centre))

    def standardised(self, raw: Vector) -> Vector:
        """Return scores in standard deviations above what the owner gets on texts that are not its own."""
        return np.asarray((raw - self.centre) / self.spread)

    def save(self, path: Path) -> None:
        """Write a file for `load`; where that can't be done, nothing is written: the next router is fitted again."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with atomic_path(path) as temporary, temporary.open("wb") as file:
                np.savez(file, **{item.name: getattr(self, item.name) for item in fields(self)})
        except (OSError, OutputError):
            return

    @classmethod
    def load(cls, path: Path) -> Fitted | None:
        """Read what `save` wrote; None where there is no such file, or it is damaged."""
        try:
            with np.load(path, allow_pickle=False) as arrays:
                return cls(**{item.name: arrays[item.name] for item in fields(cls)})
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
            return None


@dataclass(frozen=True)
class Ridge:
    """What `fit_ridge` learned; `left_out` is each text's score by the regression without that text."""

    idf: Vector
    columns: Vector
    mean: Vector
    left_out: Vector
    nearness: Vector


def fit_ridge(texts: list[str], targets: Vector, anchors: Vector, placed: NDArray[np.intp]) -> Ridge:
    """Fit in closed form over words and, for the texts at `placed`, over the nearness of their vectors, `anchors`."""
    data, idf = matrix(texts)
    mean = targets.mean(axis=0)
    penalty = _RIDGE_BESIDE_VECTORS if len(anchors) else _RIDGE
    products = data @ data.T + penalty * np.eye(len(texts), dtype=np.float32)
    products[np.ix_(placed, placed)] += near(anchors, anchors)
    inverse = np.linalg.inv(products)
    dual = inverse @ (targets - mean)
    left_out = targets - dual / np.diag(inverse)[:, None]
    return Ridge(idf, data.T @ dual, mean, left_out, dual[placed])


def centred(vectors: Vector, middle: Vector) -> Vector:
    """Return vectors of length 1 around `middle`: any two texts of E5 are alike until what all share is taken off."""
    moved = vectors - middle
    return np.asarray(moved / np.maximum(np.linalg.norm(moved, axis=1, keepdims=True), 1e-9))


def near(one: Vector, other: Vector) -> Vector:
    """Return how near vectors of length 1 are, 1 where they are equal: a Gaussian kernel."""
    return np.asarray(np.exp(_SHARPNESS * (one @ other.T - 1)))


def nearest(one: Vector, anchors: Vector, owners: NDArray[np.intp], count: int, *, others: bool = False) -> Vector:
    """Return, for each text and owner, the likeness of the owner's nearest anchors less the mean of all owners.

    Vectors have length 1. `others`: the texts are among the anchors, and each is compared with the others alone.
    """
    likeness = one @ anchors.T
    if others:
        likeness[likeness > _SAME] = -1
    found = np.zeros((len(one), count), dtype=np.float32)
    for owner in range(count):
        own = likeness[:, owners == owner]
        if own.shape[1]:
            found[:, owner] = np.sort(own, axis=1)[:, -_NEIGHBOURS:].mean(axis=1)
    return np.asarray((found - found.mean(axis=1, keepdims=True)) / _LIKENESS)


def spread_of(scores: Vector, own: Vector) -> tuple[Vector, Vector]:
    """Return the mean and the standard deviation of each owner's scores on the texts that are not its own."""
    foreign = ~own.astype(bool)
    count = np.maximum(foreign.sum(axis=0), 1)
    centre = (scores * foreign).sum(axis=0) / count
    variance = (np.square(scores - centre) * foreign).sum(axis=0) / count
    return centre, np.maximum(np.sqrt(variance), _LEAST_SPREAD)


@lru_cache(maxsize=1)
def code_hash() -> str:
    """Hash the code that numbers depend on, so that numbers of another version are never used."""
    folder = files("medlfm") / "experts"
    names = ("ages", "features", "fitted", "lexicon", "router", "vectors", "weighing")
    return sha256_bytes(b"".join((folder / f"{name}.py").read_bytes() for name in names))
