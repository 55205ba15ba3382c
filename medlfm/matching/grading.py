"""The second opinion on urgency: a small linear model over words, pieces of words, word pairs, signs and measures.

Its weights (`grading.safetensors`) are trained by `benchmarks/emergency/train.py` on cases that the project wrote. They
know how cases of each urgency are worded, not what the words mean: see `Triage` for how far they are believed.
"""

from __future__ import annotations

import json
import math
import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache, lru_cache
from importlib.resources import files
from itertools import pairwise
from operator import itemgetter
from typing import NamedTuple
from zlib import crc32

from medlfm.matching.measures import Measure
from medlfm.matching.phrases import Word, fold, fold_text
from medlfm.matching.rules import Rule
from medlfm.spans import URGENCIES

__all__ = ["SIZE", "TENSOR", "Grader", "Support", "Verdict", "shipped_grader"]

TENSOR = "urgency"  # its name in the file: int8, one row of SIZE weights for each urgency above low
SIZE = 96 * 1024
_TOKEN = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?|\d+(?:[.,]\d+)?|[.,;:!?]")
_YEAR = re.compile(r"(?:19|20)\d\d")
_MARKS = frozenset(".,;:")
_PIECES = (3, 4, 5)  # characters
_PIECE, _WORD, _SIGN = 0.5, 1.0, 3.0  # values of the kinds of features
_REACH = 4  # words after a negating one

_HIGHER = bytes(byte ^ 128 for byte in range(256))

_Part = tuple[int, float]  # the place of a feature, and its value


class Grader:
    """Grades texts of one language; safe to share.

    rules: with "negators" (words), "turns" (words that end their reach) and "bands" (limits of each measure).
    """

    def __init__(self, lang: str, content: bytes, rules: Sequence[Rule]) -> None:
        self.lang = lang
        self._made_of = (lang, content, rules)
        self._negators = {fold(word) for rule in rules for word in rule.get("negators", ())}
        self._turns = {fold(word) for rule in rules for word in rule.get("turns", ())} | set(".;:!?")
        self._bands = {name: limits for rule in rules for name, limits in rule.get("bands", {}).items()}
        start = 8 + int.from_bytes(content[:8], "little")
        head = json.loads(content[8:start])["__metadata__"]
        self._scales: list[float] = json.loads(head["scales"])
        self._biases: list[float] = json.loads(head["biases"])
        # int8, 128 higher: plain bytes are read the fastest
        self._rows = [
            content[start + n * SIZE : start + (n + 1) * SIZE].translate(_HIGHER) for n in range(len(self._scales))
        ]
        self._begun = {kind: crc32(f"{lang}{kind}".encode()) for kind in "wcb"}  # hashes go on from here
        self._of_token = lru_cache(maxsize=50_000)(self._token_score)

    def __reduce__(self) -> tuple[type[Grader], tuple[str, bytes, Sequence[Rule]]]:
        return Grader, self._made_of  # and not the words that it remembers

    def shares(self, text: str, signs: Iterable[str], measures: Iterable[Measure]) -> list[float]:
        """Return the probability of each urgency, low first; signs: names of findings, "-" before what isn't so."""
        tokens = self._tokens(text)
        scores = [self._of_token(token) for token in dict.fromkeys(tokens)]
        scores.append(self._score(self._others(tokens, signs, measures)))
        square = sum([its_square for _, its_square in scores])
        sums = [sum(column) for column in zip(*(one for one, _ in scores), strict=True)]
        length = math.sqrt(square) or 1.0
        logits = [0.0, *(bias + total / length for bias, total in zip(self._biases, sums, strict=True))]
        highest = max(logits)
        powers = [math.exp(logit - highest) for logit in logits]
        total = sum(powers)
        return [power / total for power in powers]

    def _token_score(self, token: str) -> tuple[list[float], float]:
        return self._score(self._parts(token))

    def _score(self, parts: Iterable[_Part]) -> tuple[list[float], float]:
        by_value: dict[float, list[int]] = {}
        for place, value in parts:
            by_value.setdefault(value, []).append(place)
        picks = [(value, len(places), _picked(places)) for value, places in by_value.items()]
        sums = [
            scale * sum([value * (sum(pick(row)) - 128 * count) for value, count, pick in picks])
            for scale, row in zip(self._scales, self._rows, strict=True)
        ]
        return sums, sum(value * value * len(places) for value, places in by_value.items())

    def features(self, text: str, signs: Iterable[str], measures: Iterable[Measure]) -> tuple[list[_Part], float]:
        """Return what is weighed, for training: places with values (one may come twice), and their length."""
        tokens = self._tokens(text)
        found = [part for token in dict.fromkeys(tokens) for part in self._parts(token)]
        found += self._others(tokens, signs, measures)
        return found, math.sqrt(sum(value * value for _, value in found)) or 1.0

    def _tokens(self, text: str) -> list[str]:
        """Words, folded, "¬" before those that a negating word reaches; numbers by their size; marks."""
        result, reach = [], 0
        for token in _TOKEN.findall(fold_text(text)):
            if token[:1].isdigit():
                result.append(_shape(token))
                continue
            if token in self._turns:
                reach = 0
            result.append("¬" + token if reach and token not in _MARKS else token)
            reach = _REACH if token in self._negators else max(0, reach - 1)
        return result

    def _parts(self, token: str) -> list[_Part]:
        if token in _MARKS:
            return []
        parts = [(crc32(token.encode(), self._begun["w"]) % SIZE, _WORD)]
        word = token.lstrip("¬")
        if len(word) > 3 and word[0] != "#":
            begun = crc32("¬".encode(), self._begun["c"]) if word != token else self._begun["c"]
            parts += [(crc32(piece, begun) % SIZE, _PIECE) for piece in _pieces(f"_{word}_")]
        return parts

    def _others(self, tokens: list[str], signs: Iterable[str], measures: Iterable[Measure]) -> list[_Part]:
        words = ["<", *(token for token in tokens if token not in _MARKS), ">"]
        begun = self._begun["b"]
        parts = [
            (crc32(f"{one} {other}".encode(), begun) % SIZE, _WORD) for one, other in dict.fromkeys(pairwise(words))
        ]
        bands = {
            f"{measure.name} {bisect_right(self._bands[measure.name], measure.value)}"
            for measure in measures
            if measure.name in self._bands
        }
        return parts + [(_shared_place(name), _SIGN) for name in (*sorted(set(signs)), *sorted(bands))]


class Support(NamedTuple):
    """What holds an alarm of the rules against the grader.

    `kept` names the threshold from which on it stays critical: "measured" (a value has part in it), "combined" (several
    findings fit together) or "alone"; where it `holds`, it stays high at least.
    """

    kept: str = "alone"
    holds: bool = False


class Verdict:
    """How far the grader is believed: `grading` of a rule holds the thresholds, "reason" a sentence for each urgency.

    critical: from this probability on a text is critical, unless low is `doubt` times as probable or more. raised: what
    the grader alone holds for high has this probability of high and critical together, or is moderate. Of an alarm
    (high or critical by the rules) remains: high where the grader gives high and critical together the probability
    `kept`, moderate where low has less than `sure`. One that is critical stays so from the probability `measured`,
    `combined` or `alone`, see `Support`. longest: words; of a longer text as many are read at its beginning and at its
    end, where a report says what it is about and how it ends; then the grader raises to moderate at most, and
    `kept_long` takes `kept`'s place. shortest: words; a text of fewer is never lowered.
    """

    def __init__(self, rule: Rule, lang: str) -> None:
        self._limits: dict[str, float] = rule["grading"]
        self.reasons = [rule["reason"][urgency][lang] for urgency in URGENCIES]

    def may_lower(self, words: Sequence[Word]) -> bool:
        return len(words) >= self._limits["shortest"]

    def parts(self, words: Sequence[Word]) -> list[slice]:
        """Return the parts of a text that the grader should read."""
        longest = int(self._limits["longest"])
        if len(words) <= longest:
            return [slice(0, words[-1].end + 1)]
        return [slice(0, words[longest - 1].end), slice(words[-longest].start, words[-1].end + 1)]

    def of(self, by_rules: int, parts: Sequence[Sequence[float]], support: Support) -> int:
        """Return the place of the urgency in URGENCIES.

        by_rules: where the rules put it; parts: the shares of each part.
        """
        if len(parts) == 1:
            return self._graded(by_rules, parts[0], self._limits["kept"], support)
        kept = self._limits["kept_long"]
        moderate = URGENCIES.index("moderate")
        if support.kept == "combined":  # in a report of months findings stand together that don't belong together
            support = support._replace(kept="alone")
        graded = max(self._graded(by_rules, shares, kept, support) for shares in parts)
        if by_rules >= moderate:  # what the rules found in the middle the grader has not read
            return max(moderate, min(graded, by_rules))
        return min(graded, moderate)

    def _graded(self, by_rules: int, shares: Sequence[float], kept: float, support: Support) -> int:
        moderate, high, critical = (URGENCIES.index(name) for name in ("moderate", "high", "critical"))
        alarming = shares[critical]
        if by_rules == critical and alarming >= self._limits[support.kept]:
            return critical
        if alarming >= self._limits["critical"] and alarming * self._limits["doubt"] > shares[0]:
            return critical
        graded = max(range(len(shares)), key=lambda n: shares[n])
        if by_rules < high:
            return graded if graded != high or shares[high] + alarming >= self._limits["raised"] else moderate
        if support.holds or shares[high] + alarming >= kept:
            return max(graded, high)
        return max(graded, moderate) if shares[0] < self._limits["sure"] else graded


def _picked(places: Sequence[int]) -> Callable[[bytes], Sequence[int]]:
    """Return what picks the weights at these places out of a row."""
    at = places[0]
    return itemgetter(*places) if len(places) > 1 else lambda row: (row[at],)


def _pieces(padded: str) -> Iterator[bytes]:
    """The pieces of a word, encoded, the short ones first."""
    if padded.isascii():
        encoded = padded.encode()
        return (encoded[at : at + size] for size in _PIECES for at in range(len(encoded) - size + 1))
    return (padded[at : at + size].encode() for size in _PIECES for at in range(len(padded) - size + 1))


def _shared_place(name: str) -> int:
    """The place of what is the same in all languages: one learns from the other."""
    return crc32(f"*{name}".encode()) % SIZE


def _shape(digits: str) -> str:
    whole, point, _ = digits.replace(",", ".").partition(".")
    if _YEAR.fullmatch(digits):
        return "#year"
    if point:
        return f"#{len(whole)}.#"
    return f"#{whole}" if whole.isdecimal() and int(whole) < 4 else "#" * len(whole)


@cache
def shipped_weights() -> bytes:
    """Return the weights that come with the package."""
    return (files("medlfm") / "matching" / "grading.safetensors").read_bytes()


def shipped_grader(lang: str, rules: Sequence[Rule]) -> Grader:
    """Return the grader with the shipped weights."""
    return Grader(lang, shipped_weights(), rules)
