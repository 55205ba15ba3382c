"""One pass over a text for all regexes of the rules."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from medlfm.matching.phi.starts import Scanner

__all__ = ["RuleScanner", "Scan"]


class Scan:
    """A text, and where the regexes match in it."""

    def __init__(
        self, text: str, number: Callable[[re.Pattern[str]], int], found: Mapping[int, list[re.Match[str]]]
    ) -> None:
        self.text = text
        self._number, self._found = number, found

    def matches(self, regex: re.Pattern[str]) -> list[re.Match[str]]:
        return self._found.get(self._number(regex), [])


class RuleScanner:
    """Looks for many regexes at once. needs: parts of which the lower-cased text must hold one, by regex."""

    def __init__(self, regexes: Iterable[re.Pattern[str]], needs: Mapping[re.Pattern[str], Sequence[str]]) -> None:
        regexes = list(regexes)
        self._made_of = regexes, dict(needs)
        self._unlike = {regex: number for number, regex in enumerate(dict.fromkeys(regexes))}
        # by place in memory: to tell a regex by its value takes as long as many a search
        self._numbers = {id(regex): (self._unlike[regex], regex) for regex in regexes}
        self._scanner = Scanner(list(self._unlike))
        self._needs = [(number, needs[regex]) for number, regex in enumerate(self._scanner.regexes) if needs.get(regex)]

    def __reduce__(self) -> tuple[type[RuleScanner], tuple[Any, ...]]:
        return RuleScanner, self._made_of  # in another process the regexes have other places

    def number(self, regex: re.Pattern[str]) -> int:
        """Return the number of a regex; one that lies elsewhere than at the start is told by its value once."""
        known = self._numbers.get(id(regex))
        if known is None:
            known = self._numbers[id(regex)] = self._unlike[regex], regex  # kept, so that its place stays its own
        return known[0]

    @property
    def anywhere(self) -> list[str]:
        """The regexes that have to be tried at every character."""
        return [self._scanner.regexes[number].pattern for number in self._scanner.anywhere]

    def scan(self, text: str) -> Scan:
        lower = text.lower()
        unwanted = [number for number, parts in self._needs if not any(part in lower for part in parts)]
        return Scan(text, self.number, self._scanner.find(text, unwanted))
