"""The trained decider beside the context rules: a linear model over cues and words around a finding.

Its weights (`deciding.safetensors`) are trained by `benchmarks/context/train.py` on sentences that the project wrote.
Where no cue gives a reason it decides between asserted, negated, historical, family and hypothetical, and says whether
a finding is uncertain; what cues say stands. How sure it must be stands in the rule that switches it on: see `Limits`.
"""

from __future__ import annotations

import json
import math
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

from medlfm.errors import RulesError
from medlfm.matching.rules import Rule
from medlfm.matching.scopes import Bounds, Sentence
from medlfm.matching.surroundings import around, of_cues, of_pair, of_word, place_of, stations, words_beside

__all__ = [
    "CATEGORIES",
    "PLACES",
    "WEIGHTS",
    "Decider",
    "Decision",
    "Limits",
    "limits_of",
    "shipped_decider",
]

CATEGORIES = ("negated", "historical", "family", "hypothetical", "uncertain")  # the columns of the weights
PLACES, WEIGHTS = "places", "weights"  # tensors: uint32, the hash of each feature; int8, a row for each feature
_REASONS = 4  # of them the last is "uncertain"
_SHOWN = 3  # words that are named as the reason

# The weights of a feature are one number, side by side in lanes wide enough for their sums: adding features up, which
# takes most of the time, is then a single sum.
_LANE = 24  # bits
_HALF = 1 << (_LANE - 1)
_MIDDLE = sum(_HALF << (_LANE * column) for column in range(len(CATEGORIES)))


@dataclass(frozen=True, slots=True)
class Limits:
    """How far the decider is believed: the probabilities from which on it adds to what the cues say.

    add: that a finding is not asserted, where no cue says so; uncertain: that it is uncertain.
    Rules write {"id": …, "decider": {"add": …, "uncertain": …}}.
    """

    rule: str
    add: float
    uncertain: float

    @classmethod
    def of(cls, rule: Rule) -> Limits:
        """Read a rule; raises RulesError where a limit is missing, unknown or below one half."""
        given = rule["decider"]
        names = {"add", "uncertain"}
        if set(rule) != {"id", "decider"} or not isinstance(given, dict) or set(given) != names:
            raise RulesError(f"Context rule {rule['id']!r} needs the limits {', '.join(sorted(names))}.", "Correct it.")
        if not all(isinstance(limit, int | float) and 0.5 <= limit <= 1 for limit in given.values()):
            raise RulesError(f"Context rule {rule['id']!r} has a limit out of range.", "Limits are from 0.5 to 1.")
        return cls(rule["id"], **given)


@dataclass(frozen=True, slots=True)
class Decision:
    """What is added to the cues' reasons, and where the words stand that decided."""

    add: tuple[str, ...]
    words: tuple[Bounds, ...]


_NOTHING = Decision((), ())


class Decider:
    """Judges findings in sentences of one language; safe to share."""

    def __init__(self, lang: str, content: bytes) -> None:
        self.lang = lang
        self._made_of = (lang, content)
        start = 8 + int.from_bytes(content[:8], "little")
        head = json.loads(content[8:start])
        self._scales: list[float] = json.loads(head["__metadata__"]["scales"])
        self._biases: list[float] = json.loads(head["__metadata__"]["biases"])
        parts = {name: [start + at for at in head[name]["data_offsets"]] for name in (PLACES, WEIGHTS)}
        places = array("I", content[slice(*parts[PLACES])])
        weights = memoryview(content[slice(*parts[WEIGHTS])]).cast("b")
        width = len(CATEGORIES)
        self._table = {place: _packed(weights[n * width : (n + 1) * width]) for n, place in enumerate(places)}
        self._of_word = lru_cache(maxsize=40_000)(self._word)
        self._of_pair = lru_cache(maxsize=40_000)(self._pair)
        self._of_name = lru_cache(maxsize=10_000)(self._found)

    def __reduce__(self) -> tuple[type[Decider], tuple[str, bytes]]:
        return Decider, self._made_of  # and not the words that it remembers

    def decide(self, lowered: str, sentence: Sentence, target: Bounds, found: set[str], limits: Limits) -> Decision:
        """Judge a finding; found: the categories that cues of its sentence gave it. A reason among them stands."""
        if found - {"uncertain"}:
            return _NOTHING
        sums = self._sums(lowered, sentence, target, found)
        shares = self._shares(sums)
        best = max(range(_REASONS), key=lambda n: shares[1 + n])
        suspected = "uncertain" in found and CATEGORIES[best] == "negated"  # "not excluded" is no negation
        if 1 - shares[0] >= limits.add and shares[1 + best] > shares[0] and not suspected:
            add = CATEGORIES[best]
        elif "uncertain" not in found and _logistic(self._logit(sums, -1)) >= limits.uncertain:
            add = "uncertain"
        else:
            return _NOTHING
        return Decision((add,), self._telling(lowered, sentence, target, add))

    def shares(self, lowered: str, sentence: Sentence, target: Bounds, found: set[str]) -> list[float]:
        """Return the probabilities of asserted and of each reason, in the order of CATEGORIES, then of uncertain."""
        sums = self._sums(lowered, sentence, target, found)
        return [*self._shares(sums), _logistic(self._logit(sums, -1))]

    def _logit(self, sums: Sequence[int], column: int) -> float:
        return self._biases[column] + self._scales[column] * sums[column]

    def _shares(self, sums: Sequence[int]) -> list[float]:
        powers = [1.0, *(math.exp(min(50.0, self._logit(sums, column))) for column in range(_REASONS))]
        total = sum(powers)
        return [power / total for power in powers]

    def _sums(self, lowered: str, sentence: Sentence, target: Bounds, found: set[str]) -> list[int]:
        total = 0
        for side, places in words_beside(lowered, sentence, target):
            for far, step, word, other in stations(lowered, places):
                total += self._of_word(side, far, step, word) + self._of_pair(side, far, word, other)
        total += sum(map(self._of_name, around(lowered, sentence, target)))
        total += sum(map(self._of_name, of_cues(lowered, sentence, target, found)))
        return _unpacked(total)

    def _word(self, side: str, far: bool, step: str, word: str) -> int:
        return sum(map(self._found, of_word(side, far, step, word)))

    def _pair(self, side: str, far: bool, word: str, other: str) -> int:
        return self._found(of_pair(side, far, word, other))

    def _found(self, name: str) -> int:
        return self._table.get(place_of(self.lang, name), 0)

    def _telling(self, lowered: str, sentence: Sentence, target: Bounds, category: str) -> tuple[Bounds, ...]:
        """Return where the words stand that speak most for a category."""
        column = CATEGORIES.index(category)
        scored: list[tuple[float, Bounds]] = []
        for side, places in words_beside(lowered, sentence, target):
            for place, (far, step, word, other) in zip(places, stations(lowered, places), strict=True):
                if word[0].isalnum():
                    weights = _unpacked(self._of_word(side, far, step, word) + self._of_pair(side, far, word, other))
                    scored.append((self._scales[column] * weights[column], place))
        return tuple(sorted(place for score, place in sorted(scored, reverse=True)[:_SHOWN] if score > 0))


def _packed(weights: Iterable[int]) -> int:
    return sum(weight << (_LANE * column) for column, weight in enumerate(weights))


def _unpacked(total: int) -> list[int]:
    lanes = total + _MIDDLE
    return [(lanes >> (_LANE * column) & (2 * _HALF - 1)) - _HALF for column in range(len(CATEGORIES))]


def _logistic(logit: float) -> float:
    return 1 / (1 + math.exp(-max(-50.0, min(50.0, logit))))


def limits_of(rules: Sequence[Rule]) -> tuple[list[Rule], Limits | None]:
    """Part rules from the one that switches the decider on; return them and its limits."""
    chosen = [Limits.of(rule) for rule in rules if "decider" in rule]
    if len(chosen) > 1:
        raise RulesError(f"Context rule {chosen[1].rule!r} is the second for the decider.", "Keep one.")
    return [rule for rule in rules if "decider" not in rule], chosen[0] if chosen else None


@cache
def shipped_decider(lang: str) -> Decider:
    """Return the decider with the weights that come with the package."""
    return Decider(lang, (files("medlfm") / "matching" / "deciding.safetensors").read_bytes())
