"""One pass over a text for all regexes of the rules."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from medlfm.matching.phi.starts import Scanner

__all__ = ["RuleScanner", "Scan"]


class Scan:
    """A text, and where the regexes match in it."""

    def __init__(self, text: str, found: Mapping[re.Pattern[str], list[re.Match[str]]]) -> None:
        self.text = text
        self._found = found

    def matches(self, regex: re.Pattern[str]) -> list[re.Match[str]]:
        return self._found.get(regex, [])


class RuleScanner:
    """Looks for many regexes at once. needs: parts of which the lower-cased text must hold one, by regex."""

    def __init__(self, regexes: Iterable[re.Pattern[str]], needs: Mapping[re.Pattern[str], Sequence[str]]) -> None:
        self._scanner = Scanner(list(dict.fromkeys(regexes)))
        self._needs = [(number, needs[regex]) for number, regex in enumerate(self._scanner.regexes) if needs.get(regex)]

    @property
    def anywhere(self) -> list[str]:
        """The regexes that have to be tried at every character."""
        return [self._scanner.regexes[number].pattern for number in self._scanner.anywhere]

    def scan(self, text: str) -> Scan:
        lower = text.lower()
        unwanted = [number for number, parts in self._needs if not any(part in lower for part in parts)]
        found = self._scanner.find(text, unwanted)
        return Scan(text, {self._scanner.regexes[number]: matches for number, matches in found.items()})
