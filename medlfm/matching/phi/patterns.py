"""The regular expressions of the PHI rules: compiled once, run over the raw text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from medlfm.errors import RulesError
from medlfm.matching.phi.checks import CHECKS
from medlfm.matching.phi.match import PhiMatch
from medlfm.matching.phi.scan import Scan
from medlfm.matching.phi.words import Lexicon, Word, split_words
from medlfm.matching.rules import Rule

__all__ = ["Patterns"]

_MACRO = re.compile(r"<<(\w+)>>")
_ADJECTIVE = ("e", "er", "es", "en")  # endings of German adjectives: "Städtisches Klinikum"
_BEFORE = 60  # characters before a match that a guard sees
_CHECKED = 0.98  # the score of a number whose check digit is right


class _Pattern:
    """A rule with its regex, read once: see `Patterns`."""

    def __init__(self, rule: Rule, regex: re.Pattern[str], guards: Mapping[str, re.Pattern[str]]) -> None:
        self.id: str = rule["id"]
        self.label: str = rule["label"]
        self.score: float = rule.get("score", 0.8)
        self.regex = regex
        self.groups = [regex.groupindex[name] for name in ("x", "x2") if name in regex.groupindex]
        self.trim: list[str] = rule.get("trim", [])
        self.least: int = rule.get("min_len", 1)
        self.digits: tuple[int, int] = (rule.get("min_digits", 0), rule.get("max_digits", 999))
        self.counts = self.digits != (0, 999)
        guard = rule.get("not_before")
        if guard is not None and guard not in guards:
            raise RulesError(f"PHI rule {self.id!r} needs the guard {guard!r}.", "Keep its rule.")
        self.guard = guards[guard] if guard is not None else None
        self.rare: str = rule.get("rare", "")
        self.veto: list[str] = rule.get("veto", [])
        self.no_noun: bool = rule.get("no_noun", False)
        self.beyond: str = rule.get("beyond", "")
        self.telling = bool(self.rare or self.veto or self.no_noun or self.beyond)
        self.check = CHECKS[rule["check"]] if "check" in rule else None

    def span(self, match: re.Match[str]) -> tuple[int, int]:
        """Return where the group x stands, or x2, or else all of the match."""
        for group in self.groups:
            if match[group]:
                return match.span(group)
        return match.span()

    def fits(self, value: str) -> bool:
        """Whether a find is long enough, and has as many digits as it must."""
        if len(value) < self.least:
            return False
        return not self.counts or self.digits[0] <= sum(map(str.isdigit, value)) <= self.digits[1]


class Patterns:
    """Rules of the form {"id", "label", "regex", "score"}; what is found is the group x (or x2), else all of it.

    `<<name>>` stands for the regex of {"macro": name}. Optional keys: needs (one of these must occur in the
    lower-cased text), check (raises the score), min_digits, max_digits, min_len, not_before (a guard that must not
    match right before), veto (sets none of whose words may be in it), trim (leading words of these sets are cut
    off; "noun": ordinary ones), no_noun (its
    last word must not look like a common noun), beyond (a set that must not hold all of its words), rare ("all",
    "any" or "last": which of its capitalised words must not be ordinary ones; "plain": none, compounds aside).
    """

    def __init__(self, rules: Iterable[Rule], lexicon: Lexicon) -> None:
        rules = list(rules)
        self.lexicon = lexicon
        self.macros = {rule["macro"]: rule["regex"] for rule in rules if "macro" in rule}
        self.guards = {rule["guard"]: self._compile(rule) for rule in rules if "guard" in rule}
        self.rules = [(rule, self._compile(rule)) for rule in rules if "label" in rule and "regex" in rule]
        self.kept = [self._compile({"id": rule["id"], "regex": rule["keep"]}) for rule in rules if "keep" in rule]
        self.patterns = [_Pattern(rule, regex, self.guards) for rule, regex in self.rules]
        self.regexes = [*(regex for _, regex in self.rules), *self.kept]

    def _compile(self, rule: Rule) -> re.Pattern[str]:
        try:
            regex = rule["regex"]
            while _MACRO.search(regex):
                regex = _MACRO.sub(lambda match: str(self.macros[match[1]]), regex)
            return re.compile(regex)
        except KeyError as error:
            raise RulesError(
                f"The PHI rule {rule['id']!r} uses the macro {error}.", "Define it, or correct it."
            ) from None
        except re.error as error:
            raise RulesError(f"The regex of the PHI rule {rule['id']!r} is wrong: {error}.", "Correct it.") from error

    def keep(self, scan: Scan) -> list[tuple[int, int]]:
        """Return the stretches that identify nobody whatever finds them: {"id", "keep"} rules, public numbers say."""
        return [match.span() for regex in self.kept for match in scan.matches(regex)]

    def find(self, scan: Scan) -> Iterator[PhiMatch]:
        """Yield the finds of every rule, rule by rule; they may overlap."""
        for pattern in self.patterns:
            for match in scan.matches(pattern.regex):
                if checked := self._check(pattern, match, scan.text):
                    yield checked

    def needs(self) -> dict[re.Pattern[str], list[str]]:
        """Return what the lower-cased text must hold some of, for the rules that need it."""
        free = {regex for rule, regex in self.rules if "needs" not in rule}
        needs: dict[re.Pattern[str], list[str]] = {}
        for rule, regex in self.rules:
            if regex not in free:
                needs.setdefault(regex, []).extend(rule["needs"])
        return needs

    def _check(self, pattern: _Pattern, match: re.Match[str], text: str) -> PhiMatch | None:
        start, end = pattern.span(match)
        if pattern.trim:
            start = self._trim(text, start, end, pattern.trim)
        if text.startswith("(", start) and ")" not in text[start:end]:
            start += 1
        value = text[start:end]
        if not pattern.fits(value):
            return None
        if pattern.guard and pattern.guard.search(text[max(0, start - _BEFORE) : start]):
            return None
        if pattern.telling and not self._telling(pattern, value):
            return None
        score = pattern.score
        if pattern.check and pattern.check(value):
            score = max(score, _CHECKED)
        return PhiMatch(start, end, pattern.label, pattern.id, score)

    def _telling(self, pattern: _Pattern, value: str) -> bool:
        """Whether the words of a find are none of those that its rule leaves out."""
        words = split_words(value)
        if pattern.rare and not self._rare(words, pattern.rare):
            return False
        if any(self.lexicon.has(name, word.text) for name in pattern.veto for word in words):
            return False
        if pattern.no_noun and self.lexicon.is_noun(words[-1].text):
            return False
        if not pattern.beyond:
            return True
        common = self.lexicon.words(pattern.beyond)
        return not all(part in common for word in words for part in word.folded.split("-"))

    def _rare(self, words: list[Word], which: str) -> bool:
        words = [word for word in words if word.shape != "low" and len(word.text) > 1]
        ordinary = [self.lexicon.ordinary(word) for word in words]
        if which == "plain":
            return not any(word.folded in self.lexicon.common or self.lexicon.is_noun(word.text) for word in words)
        if which == "last":
            return bool(ordinary) and not ordinary[-1]
        return bool(ordinary) and not (any(ordinary) if which == "all" else all(ordinary))

    def _trim(self, text: str, start: int, end: int, sets: list[str]) -> int:
        for word in split_words(text[start:end]):
            noun = "noun" in sets and self.lexicon.ordinary(word) and not word.text.endswith(_ADJECTIVE)
            if not noun and not any(word.folded in self.lexicon.words(name) for name in sets):
                return start + word.start
        return end
