"""What was found in a text, by name and place, and the combinations that rules ask for."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from medlfm.matching.rules import Rule

__all__ = ["Fact", "Facts", "match", "shortest", "without_longer"]

_WITHIN = 600
_ABSENT_WITHIN = 80


@dataclass(frozen=True, slots=True)
class Fact:
    """A finding at [start, end). `condition` is what it is a sign of, "" where it raises no alarm by itself."""

    name: str
    start: int
    end: int
    asserted: bool = True
    condition: str = ""
    rule: str = ""


class Facts:
    """Facts by name, each under the names that it implies too; the nearest to another is found by bisection."""

    def __init__(self, facts: Iterable[Fact], parents: dict[str, set[str]]) -> None:
        self._facts: dict[str, list[Fact]] = defaultdict(list)
        self._starts: dict[str, list[int]] = {}
        for fact in facts:
            open_names, seen = [fact.name], set()
            while open_names:
                name = open_names.pop()
                if name not in seen:
                    seen.add(name)
                    self._facts[name].append(fact)
                    open_names += parents.get(name, ())
        for name, group in self._facts.items():
            group.sort(key=lambda fact: fact.start)
            self._starts[name] = [fact.start for fact in group]

    @property
    def names(self) -> Collection[str]:
        return self._starts.keys()

    def of(self, names: Iterable[str]) -> list[Fact]:
        return [fact for name in names for fact in self._facts.get(name, ())]

    def nearest(self, anchor: Fact, names: Iterable[str], within: int) -> Fact | None:
        """The fact of one of these names that is nearest, if it is no further than `within`."""
        near: list[Fact] = []
        for name in names:
            if name in self._starts:
                place = bisect_left(self._starts[name], anchor.start)
                near += self._facts[name][max(0, place - 1) : place + 1]
        best = min(near, key=lambda fact: _gap(anchor, fact), default=None)
        return best if best is not None and _gap(anchor, best) <= within else None


def match(rule: Rule, named: Facts) -> list[Fact]:
    """The facts that fulfil a rule; none where it isn't fulfilled."""
    within = rule.get("within", _WITHIN)
    found: dict[Fact, None] = {}
    for anchor in named.of(rule["all"][0]):
        used = [anchor, *(named.nearest(anchor, names, within) for names in rule["all"][1:])]
        more = [near for name in rule.get("any", ()) if (near := named.nearest(anchor, (name,), within))]
        if None in used or len(more) < rule.get("min_any", 1 if "any" in rule else 0):
            continue
        complete = [fact for fact in (*used, *more) if fact is not None]
        if not any(
            named.nearest(fact, rule.get("absent", ()), rule.get("absent_within", _ABSENT_WITHIN)) for fact in complete
        ):
            found |= dict.fromkeys(complete)
    return list(found)


def _gap(left: Fact, right: Fact) -> int:
    return max(0, right.start - left.end, left.start - right.end)


def without_longer(facts: list[Fact]) -> list[Fact]:
    """Drop a match that holds a shorter one of the same finding: the shortest text that carries it stays."""
    kept: dict[str, Fact] = {}
    result = []
    for fact in sorted(facts, key=lambda fact: (-fact.start, fact.end)):
        inner = kept.get(fact.name)
        if inner is None or fact.end < inner.end:
            kept[fact.name] = fact
            result.append(fact)
    return result[::-1]


def shortest(signs: Iterable[Fact]) -> list[Fact]:
    """One sign a place: of signs that lie in each other the one of the more urgent rule, which comes first."""
    kept: list[Fact] = []
    taken: set[int] = set()
    for sign in signs:
        stretch = range(sign.start, sign.end)
        if taken.isdisjoint(stretch):
            taken.update(stretch)
            kept.append(sign)
    return sorted(kept, key=lambda sign: sign.start)
