"""Choosing experts for a text, from what the plugins ship and a background corpus of the core.

Four signs speak for an owner, which is an expert, or nobody: ridge regression over `features.py` in closed form, the
votes of the lexicons and the owner's share of them, an age that the text states, and, with an embedder, how near the
owner's nearest questions are. The core brings questions and words that are nobody's. It is
fitted in seconds whenever the set of plugins changes, so that installing one needs no training by anybody. Every
question's score without that question (leave-one-out, which ridge regression gives exactly) tells how high an expert
scores on what is not its own: scores are standardised by that, so that experts of different size compare, and from
the same figures `weighing.py` learns what each sign is worth.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from medlfm.experts.ages import age_in
from medlfm.experts.features import Vector, columns_of, words
from medlfm.experts.fitted import Fitted, centred, code_hash, fit_ridge, nearest, spread_of
from medlfm.experts.lexicon import Lexicon
from medlfm.experts.plugin import ALL_AGES, Expert
from medlfm.experts.registry import discover
from medlfm.experts.vectors import embedded
from medlfm.experts.weighing import fit_weights, log_odds
from medlfm.files import canonical_json, sha256_bytes
from medlfm.matching.language import detect_language
from medlfm.runtime.embedding import Embedder, find_embedder
from medlfm.settings import home_folder

__all__ = ["Router", "Routing", "background_texts", "default_router"]

_NOBODY = ""
_FOLDER = Path(__file__).parent
# in log odds: a lead below it is shared by two experts
_MARGIN = 1.0
# what an expert for the patient's age alone gets on top, in the same unit
_AGE_LEAD = 2.0
_REASONS = 4


@dataclass(frozen=True, kw_only=True)
class Routing:
    """The experts chosen, with gates that sum to 1, the widest first; none: base and core alone.

    `why` quotes the words that decided: it may hold patient text, so it never goes into a log or an audit record.
    `scores`: the log odds of each expert against nobody. `margin`: the first expert's lead over the second in them.
    """

    experts: tuple[tuple[str, float], ...]
    language: str
    urgency: str = ""
    why: tuple[str, ...] = ()
    scores: Mapping[str, float] = field(default_factory=dict)
    margin: float = 0.0

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data."""
        return {
            "experts": [[name, round(gate, 4)] for name, gate in self.experts],
            "language": self.language,
            "urgency": self.urgency,
            "why": list(self.why),
            "scores": {name: round(score, 3) for name, score in self.scores.items()},
            "margin": round(self.margin, 3),
        }


@dataclass(frozen=True)
class _Row:
    text: str
    owner: str  # expert id; empty: nobody's
    question: bool = True  # else a description or terms


class Router:
    """Routes texts to the given experts. Building one fits it; the result depends on experts and embedder alone.

    `cache`: a folder that keeps what was learned from exactly these experts. `embedder`: lets questions that share no
    word with those of the plugins be known by their meaning.
    """

    def __init__(self, experts: Iterable[Expert], cache: Path | None = None, embedder: Embedder | None = None) -> None:
        self._embedder = embedder
        self.experts = {expert.id: expert for expert in experts}
        self.names = sorted(self.experts)
        chosen = [self.experts[name] for name in self.names]
        background = _background(frozenset(self.names))
        terms = {expert.id: [term for group in expert.lexicon() for term in group] for expert in chosen}
        claimed = {term.lower() for owned in terms.values() for term in owned}
        terms[_NOBODY] = [term for row in background for term in row.get("terms", ()) if term.lower() not in claimed]
        self._lexicon = Lexicon(terms, [*self.names, _NOBODY])
        rows = _rows(chosen) + [_background_row(row) for row in background]
        path = cache / f"router-{self._key(rows, terms)[:16]}.npz" if cache else None
        known = Fitted.load(path) if path else None
        self._fitted = known or self._fit(rows)
        if path and not known:
            self._fitted.save(path)

    def _key(self, rows: Sequence[_Row], terms: Mapping[str, Sequence[str]]) -> str:
        ages = [self.experts[name].ages for name in self.names]
        embedder = [self._embedder.name, self._embedder.version] if self._embedder else []
        content = [code_hash(), embedder, [[row.text, row.owner, row.question] for row in rows], terms, ages]
        return sha256_bytes(canonical_json(content).encode())

    def _fit(self, rows: Sequence[_Row]) -> Fitted:
        owners = [*self.names, _NOBODY]
        targets = np.array([[row.owner == name for name in owners] for row in rows], dtype=np.float32)
        asked = np.array([row.question for row in rows], dtype=bool)
        vectors = self._vectors([row.text for row in rows if row.question], learning=True)
        middle = vectors.mean(axis=0) if len(vectors) else np.zeros(vectors.shape[1], dtype=np.float32)
        anchors = centred(vectors, middle)
        ridge = fit_ridge([row.text for row in rows], targets, anchors, np.flatnonzero(asked)[: len(anchors)])
        left_out = ridge.left_out
        centre, spread = spread_of(left_out[asked], targets[asked])
        places = np.where(targets[asked, -1] > 0, -1, targets[asked].argmax(axis=1))
        texts = [row.text for row in rows if row.question]
        owned = targets[asked].argmax(axis=1)
        near = nearest(anchors, anchors, owned, len(owners), others=True) if len(anchors) else None
        signs = self._signs(texts, (left_out[asked] - centre) / spread, near)
        return Fitted(
            ridge.idf,
            ridge.columns,
            ridge.mean,
            centre,
            spread,
            *fit_weights(*signs, places),
            anchors,
            middle,
            ridge.nearness,
            owned[: len(anchors)],
        )

    def _vectors(self, texts: Sequence[str], learning: bool = False) -> Vector:
        """Return a vector a text; none without an embedder. Those of questions learned from come with the plugins."""
        if self._embedder is None:
            return np.zeros((0, 0), dtype=np.float32)
        if not learning:
            return self._embedder.questions(texts)
        folders = [_FOLDER, *(expert.folder for expert in self.experts.values())]
        return embedded(texts, self._embedder, folders)

    def _signs(self, texts: Sequence[str], learned: Vector, near: Vector | None) -> tuple[Vector, Vector]:
        """Return what speaks for each expert and for nobody, for each text with these standardised scores."""
        counted = np.array([self._lexicon.text(text) for text in texts])
        votes, shares = np.log1p(counted), counted / np.maximum(counted.sum(axis=1, keepdims=True), 1)
        all_owners = [learned, votes, shares, *([] if near is None else [near])]
        ages = [age_in(text) for text in texts]
        fitting = np.array([[_fits(self.experts[name], age) for name in self.names] for age in ages])
        fitting = fitting.reshape(len(texts), len(self.names))
        signs = np.stack([*(sign[:, :-1] for sign in all_owners), fitting > 0], axis=2)
        return signs, np.stack([sign[:, -1] for sign in all_owners], axis=1)

    def scores(self, texts: Sequence[str]) -> Vector:
        """Return the log odds of each expert against nobody, in the order of `names`, for each text."""
        vectors = self._vectors(texts) if self._embedder else None
        learned = self._fitted.standardised(self._fitted.raw(list(texts), vectors))
        near = None if vectors is None else self._fitted.nearest(vectors)
        return log_odds(*self._signs(texts, learned, near), self._fitted.experts, self._fitted.nobody)

    def route(self, text: str, patient: Mapping[str, Any] | None = None) -> Routing:
        """Choose the experts as `choose` does, and say how urgent the text is."""
        routing = self.choose(text, patient)
        return replace(routing, urgency=_urgency(text, routing.language))

    def choose(self, text: str, patient: Mapping[str, Any] | None = None) -> Routing:
        """Choose one expert where its lead is wide, two where it is narrow, none where nothing fits."""
        scores = dict(zip(self.names, self.scores([text])[0].tolist(), strict=True)) if self.names else {}
        scores = _for_age(scores, self.experts, (patient or {}).get("age"))
        scores = {name: score for name, score in scores.items() if _fits(self.experts[name], age_in(text)) >= 0}
        ranked = sorted(scores, key=lambda name: (-scores[name], name))
        margin = scores[ranked[0]] - scores[ranked[1]] if len(ranked) > 1 else 0.0
        chosen = self._gates(ranked, scores, margin)
        return Routing(
            experts=chosen,
            language=detect_language(text),
            why=tuple(self._why(text, name) for name, _ in chosen),
            scores=scores,
            margin=margin,
        )

    def _gates(
        self, ranked: Sequence[str], scores: Mapping[str, float], margin: float
    ) -> tuple[tuple[str, float], ...]:
        if not ranked or scores[ranked[0]] < 0:
            return ()
        if len(ranked) == 1 or margin >= _MARGIN or scores[ranked[1]] < 0:
            return ((ranked[0], 1.0),)
        first = float(1 / (1 + np.exp(-margin)))
        return ((ranked[0], first), (ranked[1], 1 - first))

    def _norm(self, text: str) -> float:
        """Return the length by which `matrix` divides a text's row, as far as single words go."""
        total = np.zeros_like(self._fitted.idf)
        for _, _, word in words(text):
            for column, sign in columns_of(word):
                total[column] += sign
        return max(float(np.linalg.norm(np.sign(total) * np.log1p(np.abs(total)) * self._fitted.idf)), 1e-9)

    def _why(self, text: str, name: str) -> str:
        index, fitted = self.names.index(name), self._fitted
        learned, voted = fitted.experts[0] / fitted.spread[index], fitted.experts[1]
        gains: dict[tuple[int, int], float] = {}
        norm = self._norm(text)
        for start, end, word in words(text):
            columns = columns_of(word)
            score = sum(sign * fitted.idf[column] * fitted.columns[column, index] for column, sign in columns)
            gains[start, end] = float(learned * score / norm)
        for hit in self._lexicon.hits(text):
            inside = [place for place in gains if hit.start <= place[0] and place[1] <= hit.end]
            gains[hit.start, hit.end] = sum(gains.pop(place) for place in inside) + float(voted * hit.votes[index])
        best = sorted((place for place in gains if gains[place] > 0), key=lambda place: -gains[place])
        return f"{name}: {', '.join(dict.fromkeys(text[start:end] for start, end in best[:_REASONS]))}"


@lru_cache(maxsize=2)
def default_router(meaning: bool = True) -> Router:
    """Return the router over all installed experts; built once a process, fitted once for all.

    Without `meaning` no embedder is asked, which takes a fiftieth of the time: for texts by the thousand.
    """
    return Router(discover(), home_folder() / "cache", find_embedder() if meaning else None)


def background_texts() -> list[str]:
    """Return the questions of the core's background corpus."""
    return [row["text"] for row in _background(frozenset()) if "text" in row]


def _rows(experts: Iterable[Expert]) -> list[_Row]:
    experts = list(experts)
    present = {expert.id for expert in experts}
    rows = []
    for expert in experts:
        for line in expert.routing():
            # A near miss says whose it is: without that, 5 to 9 points more questions go to the wrong expert.
            owner = expert.id if line.match else line.belongs_to if line.belongs_to in present else ""
            rows.append(_Row(line.text, owner))
        texts = [*expert.title.values(), *expert.description.values()]
        texts += [item for items in expert.scope.values() for item in items]
        texts += [", ".join(terms) for terms in expert.lexicon()]
        rows += [_Row(text, expert.id, question=False) for text in texts]
    return rows


@lru_cache(maxsize=4)
def _background(installed: frozenset[str]) -> list[dict[str, Any]]:
    """Read the core's background corpus, less the fields of medicine that installed experts have taken over.

    It holds questions and terms of everyday, of administration, and of medicine outside the usual specialties.
    """
    rows = [json.loads(line) for line in (_FOLDER / "background.jsonl").read_text(encoding="utf-8").splitlines()]
    return [row for row in rows if row.get("field", "") not in installed]


def _background_row(row: Mapping[str, Any]) -> _Row:
    return _Row(row.get("text") or ", ".join(row["terms"]), _NOBODY, question="text" in row)


def _fits(expert: Expert, age: float | None) -> float:
    """Return 1 where an expert is for this age alone, -1 where it is for another."""
    if age is None or expert.ages == ALL_AGES:
        return 0.0
    return 1.0 if expert.ages[0] <= age < expert.ages[1] else -1.0


def _for_age(scores: dict[str, float], experts: Mapping[str, Expert], age: Any) -> dict[str, float]:
    """Leave out the experts for patients of another age; one for this age alone leads, or shares with the best."""
    if not isinstance(age, int | float):
        return scores
    fitting = {name: score for name, score in scores.items() if experts[name].ages[0] <= age < experts[name].ages[1]}
    best = max(fitting.values(), default=0.0)
    return {
        name: score if experts[name].ages == ALL_AGES else max(score + _AGE_LEAD, best)
        for name, score in fitting.items()
    }


def _urgency(text: str, language: str) -> str:
    """Return the urgency of `medlfm_emergency`; both languages' rules are asked where the language is unknown."""
    from medlfm.spans import URGENCIES

    found = [_emergency(lang)(text)._.medlfm_urgency or "low" for lang in ([language] if language else ["en", "de"])]
    return max(found, key=URGENCIES.index)


@lru_cache(maxsize=2)
def _emergency(lang: str) -> Any:
    import spacy

    nlp = spacy.blank(lang)
    nlp.max_length = 1 << 30
    nlp.add_pipe("medlfm_emergency")
    return nlp
