"""The regular expressions of the PHI rules: compiled once, run over the raw text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from medlfm.errors import RulesError
from medlfm.matching.phi.checks import CHECKS
from medlfm.matching.phi.match import PhiMatch
from medlfm.matching.phi.scan import Scan
from medlfm.matching.phi.words import Lexicon, split_words
from medlfm.matching.rules import Rule

__all__ = ["Patterns"]

_MACRO = re.compile(r"<<(\w+)>>")
_ADJECTIVE = ("e", "er", "es", "en")  # endings of German adjectives: "Städtisches Klinikum"
_BEFORE = 60  # characters before a match that a guard sees


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
        for rule, regex in self.rules:
            for match in scan.matches(regex):
                if checked := self._check(rule, match, scan.text):
                    yield checked

    def needs(self) -> dict[re.Pattern[str], list[str]]:
        """Return what the lower-cased text must hold some of, for the rules that need it."""
        free = {regex for rule, regex in self.rules if "needs" not in rule}
        needs: dict[re.Pattern[str], list[str]] = {}
        for rule, regex in self.rules:
            if regex not in free:
                needs.setdefault(regex, []).extend(rule["needs"])
        return needs

    def _check(self, rule: Rule, match: re.Match[str], text: str) -> PhiMatch | None:
        groups = match.groupdict()
        group = next((name for name in ("x", "x2") if groups.get(name)), None)
        start, end = match.span(group) if group else match.span()
        if "trim" in rule:
            start = self._trim(text, start, end, rule["trim"])
        if text.startswith("(", start) and ")" not in text[start:end]:
            start += 1
        value = text[start:end]
        digits = sum(map(str.isdigit, value))
        if len(value) < rule.get("min_len", 1) or not rule.get("min_digits", 0) <= digits <= rule.get(
            "max_digits", 999
        ):
            return None
        if "not_before" in rule and self.guards[rule["not_before"]].search(text[max(0, start - _BEFORE) : start]):
            return None
        if "rare" in rule and not self._rare(value, rule["rare"]):
            return None
        words = [word.text for word in split_words(value)] if "veto" in rule or "beyond" in rule else []
        if any(self.lexicon.has(name, word) for name in rule.get("veto", ()) for word in words):
            return None
        if rule.get("no_noun") and self.lexicon.is_noun(split_words(value)[-1].text):
            return None
        if "beyond" in rule:
            common = self.lexicon.words(rule["beyond"])
            if all(part in common for word in words for part in word.casefold().split("-")):
                return None
        score = rule.get("score", 0.8)
        if "check" in rule and CHECKS[rule["check"]](value):
            score = max(score, 0.98)
        return PhiMatch(start, end, rule["label"], rule["id"], score)

    def _rare(self, value: str, which: str) -> bool:
        words = [word for word in split_words(value) if word.shape != "low" and len(word.text) > 1]
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
