"""Choosing experts for a text, from what the plugins ship and a background corpus of the core.

One score an expert: ridge regression over `features.py` in closed form, plus the votes of the plugins' lexicons. It is
fitted in about a second whenever the set of plugins changes, so that installing one needs no training by anybody. Every
question's score without that question (leave-one-out, which ridge regression gives exactly) tells how high an expert
scores on what is not its own; scores are standardised by that, so that experts of different size compare, and the
floor below which nothing fits is set from the same figures.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from importlib.resources import files
from typing import Any

import numpy as np

from medlfm.experts.features import Vector, columns_of, matrix, words
from medlfm.experts.lexicon import Lexicon
from medlfm.experts.plugin import ALL_AGES, Expert
from medlfm.experts.registry import discover
from medlfm.matching.language import detect_language

__all__ = ["Router", "Routing", "default_router"]

_RIDGE = 2.0
# what a full vote of a lexicon's word is worth, where the regression's target is 1
_VOTE = 0.2
# the share of the experts' own questions that may fall below the floor
_LOST = 0.1
# in standard deviations of the background: a lead below it is shared by two experts
_MARGIN = 1.0
# what an expert for the patient's age alone gets on top, in the same unit
_AGE_LEAD = 2.0
_REASONS = 4


@dataclass(frozen=True, kw_only=True)
class Routing:
    """The experts chosen, with gates that sum to 1, the widest first; none: base and core alone.

    `why` quotes the words that decided: it may hold patient text, so it never goes into a log or an audit record.
    `margin`: the lead of the first expert over the second, in standard deviations of the background.
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
    question: bool = True  # else a description


class Router:
    """Routes texts to the given experts. Building one fits it; the result depends on the experts alone."""

    def __init__(self, experts: Iterable[Expert]) -> None:
        self.experts = {expert.id: expert for expert in experts}
        self.names = sorted(self.experts)
        self._lexicon = Lexicon(self.experts.values(), self.names)
        self._fit(_rows([self.experts[name] for name in self.names]) + _background())

    def _fit(self, rows: Sequence[_Row]) -> None:
        data, self._idf = matrix([row.text for row in rows])
        targets = np.array([[row.owner == name for name in self.names] for row in rows], dtype=np.float32)
        targets = targets.reshape(len(rows), len(self.names))
        self._mean = targets.mean(axis=0)
        inverse = np.linalg.inv(data @ data.T + _RIDGE * np.eye(len(rows), dtype=np.float32))
        dual = inverse @ (targets - self._mean)
        self._weights: Vector = data.T @ dual
        left_out = targets - dual / np.diag(inverse)[:, None]  # each row's score by the model without it
        asked = np.array([row.question for row in rows])
        votes = [self._lexicon.text(row.text) for row in rows if row.question]
        self._calibrate(left_out[asked] + _VOTE * np.array(votes), targets[asked])

    def _calibrate(self, scores: Vector, targets: Vector) -> None:
        foreign = np.where(targets > 0, np.nan, scores)
        self._centre = np.nanmean(foreign, axis=0)
        self._spread = np.maximum(np.nanstd(foreign, axis=0), 1e-6)
        owned = targets.any(axis=1)
        standard = (scores - self._centre) / self._spread
        self._floor = float(np.quantile(standard[owned].max(axis=1), _LOST)) if owned.any() else 0.0

    def scores(self, texts: Sequence[str]) -> Vector:
        """Return the standardised score of each expert, in the order of `names`, for each text."""
        data, _ = matrix(texts, self._idf)
        votes = np.array([self._lexicon.text(text) for text in texts])
        raw = data @ self._weights + self._mean + _VOTE * votes
        return np.asarray((raw - self._centre) / self._spread)

    def route(self, text: str, patient: Mapping[str, Any] | None = None) -> Routing:
        """Choose the experts as `choose` does, and say how urgent the text is."""
        routing = self.choose(text, patient)
        return replace(routing, urgency=_urgency(text, routing.language))

    def choose(self, text: str, patient: Mapping[str, Any] | None = None) -> Routing:
        """Choose one expert where its lead is wide, two where it is narrow, none where nothing fits."""
        scores = dict(zip(self.names, self.scores([text])[0].tolist(), strict=True)) if self.names else {}
        scores = _for_age(scores, self.experts, (patient or {}).get("age"))
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
        if not ranked or scores[ranked[0]] < self._floor:
            return ()
        if len(ranked) == 1 or margin >= _MARGIN or scores[ranked[1]] < self._floor:
            return ((ranked[0], 1.0),)
        first = float(1 / (1 + np.exp(-margin)))
        return ((ranked[0], first), (ranked[1], 1 - first))

    def _norm(self, text: str) -> float:
        """Return the length by which `matrix` divides a text's row, as far as single words go."""
        total = np.zeros_like(self._idf)
        for _, _, word in words(text):
            for column, sign in columns_of(word):
                total[column] += sign
        return max(float(np.linalg.norm(np.sign(total) * np.log1p(np.abs(total)) * self._idf)), 1e-9)

    def _why(self, text: str, name: str) -> str:
        index = self.names.index(name)
        gains: dict[str, float] = {}
        norm = self._norm(text)
        for start, end, word in words(text):
            columns = columns_of(word)
            learned = sum(sign * self._idf[column] * self._weights[column, index] for column, sign in columns) / norm
            gain = float(learned) + _VOTE * float(self._lexicon.word(word)[index])
            gains[text[start:end]] = gains.get(text[start:end], 0.0) + gain
        best = sorted((word for word in gains if gains[word] > 0), key=lambda word: -gains[word])[:_REASONS]
        return f"{name}: {', '.join(best)}"


@lru_cache(maxsize=1)
def default_router() -> Router:
    """Return the router over all installed experts; built once a process."""
    return Router(discover())


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


@lru_cache(maxsize=1)
def _background() -> list[_Row]:
    """Read the core's background corpus: everyday questions, and medical ones outside the usual specialties."""
    path = files("medlfm") / "experts" / "background.jsonl"
    lines = path.read_text(encoding="utf-8").splitlines()
    return [_Row(json.loads(line)["text"], "") for line in lines]


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
