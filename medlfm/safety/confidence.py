"""Confidence: the features of one answer, and the calibrator that makes them a probability of being right.

One calibrator ships, for answers that quote the evidence (`calibration.json` beside this file, fitted by
`python -m benchmarks.confidence`); one in MEDLFM_HOME takes its place. Its key is a hash of the base, the experts and
the features that it was fitted with: for any others it is stale, and refused. So it is for a language without graded
answers.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from medlfm.errors import ModelError
from medlfm.files import canonical_json, sha256_bytes
from medlfm.knowledge.passages import Passage
from medlfm.knowledge.query import compare_topic
from medlfm.knowledge.text import content_stems, near_types, question_type, strip_cues
from medlfm.knowledge.units import says_little
from medlfm.safety.aspects import aspects_of

__all__ = ["FEATURES", "Calibrator", "collect", "key_of"]

FEATURES = (
    "logprob_mean",  # of the draft's tokens; 0 where the answer was quoted
    "logprob_least",
    "drafted",  # 1: a model wrote the draft
    "evidence_score",  # of the best passage
    "evidence_lead",  # of the best passage over the best of another title
    "title_covered",  # share of the words asked about that the quoted title holds
    "title_extra",  # share of the title's words that the question lacks: what is more special, or something else
    "title_exact",  # 1: the title names all that is asked about, and nothing else
    "text_covered",  # share of the words asked about that title and passage hold
    "agreeing",  # share of the passages found that have the best one's title
    "asked_type",  # 1: the question says what kind of answer it wants
    "type_fits",  # 1: the quoted passages are of that kind, 0.5: of one near to it
    "support_least",
    "support_mean",
    "dropped",  # share of the draft's sentences that no passage supports
    "router_margin",
    "check_flags",
    "sentences",
    "topic_covered",  # as title_covered and title_extra, with synonyms and translations
    "topic_extra",
    "aspect_first",  # how far the first sentence shown speaks of what is asked for, and of nothing else
    "aspect_most",  # the same of the sentence that does so most
    "little",  # share of the sentences that only say "it depends"
    "part",  # of its document that is quoted: 0 is the beginning
    "length",  # of what is shown, as a power of ten
)


def collect(
    *,
    question: str,
    lang: str,
    passages: Sequence[Passage],
    quoted: Sequence[int],
    logprobs: Sequence[float] = (),
    supports: Sequence[float] = (),
    dropped: int = 0,
    margin: float = 0.0,
    flags: int = 0,
    lines: Sequence[str] = (),
) -> dict[str, float]:
    """Collect the features of one answer.

    passages: those found, best first; quoted: places of those it rests on; lines: its sentences.
    """
    best = passages[0] if passages else None
    score = best.score if best else 0.0
    others = [passage.score for passage in passages if best and passage.title.lower() != best.title.lower()]
    shown = [passages[place] for place in quoted] or list(passages[:1])
    values = (
        sum(logprobs) / len(logprobs) if logprobs else 0.0,
        min(logprobs, default=0.0),
        float(bool(logprobs)),
        score,
        score - max(others, default=0.0),
        *_about(question, lang, shown[:1]),
        sum(best is not None and passage.title.lower() == best.title.lower() for passage in passages)
        / max(1, len(passages)),
        *_answering(question, lang, shown),
        min(supports, default=0.0),
        sum(supports) / len(supports) if supports else 0.0,
        dropped / max(1, dropped + len(supports)),
        margin,
        float(flags),
        float(len(supports)),
        *(compare_topic(question, lang, shown[0]) if shown else (0.0, 1.0)),
        *_said(question, lang, shown, lines),
        float(min(shown[0].part, 3)) if shown else 0.0,
        math.log10(1 + sum(map(len, lines))),
    )
    return dict(zip(FEATURES, values, strict=True))


def _about(question: str, lang: str, shown: Sequence[Passage]) -> tuple[float, float, float, float]:
    """Compare what is asked about with the title and the text of the passage that is quoted first."""
    asked = set(content_stems(strip_cues(question, lang), lang)) or set(content_stems(question, lang))
    if not asked or not shown:
        return 0.0, 1.0, 0.0, 0.0
    names = [shown[0].title, *shown[0].aliases]
    titles = [set(content_stems(name, shown[0].lang)) for name in names]
    named = max(titles, key=lambda words: (len(words & asked), -len(words)))
    text = named | set(content_stems(shown[0].text, shown[0].lang))
    extra = len(named - set(content_stems(question, lang))) / max(1, len(named))
    covered = len(asked & named) / len(asked)
    return covered, extra, float(covered == 1.0 and not extra), len(asked & text) / len(asked)


def _answering(question: str, lang: str, shown: Sequence[Passage]) -> tuple[float, float]:
    """Say whether the question asks for a kind of answer, and how far the quoted passages are of that kind."""
    kind = question_type(question, lang)
    if not kind:
        return 0.0, 0.0
    fits = [
        1.0 if kind in found else 0.5 if found & near_types(kind) else 0.0
        for passage in shown
        for found in [{passage.category, question_type(passage.question, passage.lang)}]
    ]
    return 1.0, min(fits, default=0.0)


def _said(question: str, lang: str, shown: Sequence[Passage], lines: Sequence[str]) -> tuple[float, float, float]:
    """Say how far the first sentence, and the best one, speaks of the aspect asked for; which share says little."""
    kind = question_type(question, lang)
    if not (shown and lines):
        return 0.0, 0.0, 0.0
    told, title = shown[0].lang, shown[0].title
    found = [aspects_of(line, told, title) for line in lines]
    shares = [each.get(kind, 0.0) / max(each.values()) for each in found]
    return shares[0], max(shares), sum(says_little(line, told) for line in lines) / len(lines)


def key_of(base: str, experts: Mapping[str, str]) -> str:
    """Hash what a calibrator depends on: the base's fingerprint ("" without a model), and each expert's version."""
    return sha256_bytes(canonical_json({"base": base, "experts": dict(experts), "features": FEATURES}).encode())


@dataclass(frozen=True)
class Calibrator:
    """Logistic regression over standardised features.

    languages: of the graded answers. certified: for a confidence that was asked for, the one from which the bound on
    the error held (95 %, one-sided, Clopper–Pearson, counted by topic).
    """

    key: str
    mean: Mapping[str, float]
    scale: Mapping[str, float]
    weights: Mapping[str, float]
    bias: float
    languages: tuple[str, ...]
    certified: Mapping[str, float]

    @classmethod
    def load(cls, path: Path | None, key: str) -> Calibrator:
        """Read a calibrator, the shipped one where path is None; raises ModelError where it is damaged or stale."""
        try:
            source = files("medlfm") / "safety" / "calibration.json" if path is None else path
            data: dict[str, Any] = json.loads(source.read_text(encoding="utf-8"))
            found = cls(
                key=str(data["key"]),
                mean={name: float(data["mean"][name]) for name in FEATURES},
                scale={name: float(data["scale"][name]) for name in FEATURES},
                weights={name: float(data["weights"][name]) for name in FEATURES},
                bias=float(data["bias"]),
                languages=tuple(data["languages"]),
                certified={name: float(value) for name, value in data["certified"].items()},
            )
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise ModelError(f"The calibrator {path} can't be read.", "Fit it again, or remove it.") from error
        if found.key != key:
            raise ModelError(
                f"The calibrator {path} was fitted with another base or other experts.", "Fit it again, or remove it."
            )
        return found

    def predict(self, features: Mapping[str, float]) -> float:
        """Return the probability that an answer with these features is right."""
        total = self.bias + sum(moved for _, _, moved in self.parts(features))
        return 1 / (1 + math.exp(-max(-50.0, min(50.0, total))))

    def parts(self, features: Mapping[str, float]) -> tuple[tuple[str, float, float], ...]:
        """Return (feature, value, how far it moved the log odds from those of an average answer)."""
        standard = ((features[name] - self.mean[name]) / (self.scale[name] or 1.0) for name in FEATURES)
        return tuple(
            (name, features[name], self.weights[name] * value) for name, value in zip(FEATURES, standard, strict=True)
        )

    def needed(self, threshold: float) -> float:
        """Return the confidence from which an answer may go out at a threshold, over 1 where none was certified.

        It is the threshold, and as much more as the next certified one needed.
        """
        above = [(float(asked), value) for asked, value in self.certified.items() if float(asked) >= threshold]
        if not above:
            return 2.0
        asked, value = min(above)
        return threshold + value - asked
