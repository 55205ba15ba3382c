"""The cues of the context engine: their rules, compiled into one expression, and where they stand in a sentence."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from medlfm.errors import RulesError
from medlfm.matching.rules import Rule
from medlfm.spans import MODIFIERS

__all__ = ["Cue", "CueRule", "CueScanner"]

_DIRECTIONS = ("forward", "backward", "both", "inside")
_COMMAS = ("cross", "lists", "stop")
_CATEGORIES = (*MODIFIERS, "pseudo", "end", "and")
_KEYS = {
    *("id", "cue", "regex", "section", "category", "direction", "words", "commas", "ends", "sections", "priority"),
    "source",
}
_VARIANTS = {" ": r"\s+", "'": "['’]", "-": "[-‐‑]"}
_FOLDED = (("ä", "ae"), ("ö", "oe"), ("ü", "ue"), ("ß", "ss"), ("’", "'"), ("‐", "-"), ("‑", "-"))


@dataclass(frozen=True, slots=True)
class CueRule:
    """One rule as the engine uses it.

    In a rule file: {"id": "de-neg-kein", "cue": "kein" or a list, or "regex" (lower case), "category", "direction"}
    category   negated, historical, hypothetical, family, uncertain, or several; "pseudo" (a look-alike that means
               nothing), "end" (terminates), "and" (a conjunction)
    direction  forward (default), backward, both, inside (only a target that it overlaps, as "fieberfrei")
    words      how many words it reaches; 0: to the end of the sentence
    commas     cross, stop, or lists: over a comma only where a conjunction follows ("A, B and C were denied");
               default: cross for what is negated, historical, hypothetical or family and forward, else lists
    ends       the categories whose scope it ends ("*": all); default of an "end" rule: all
    sections   works in these sections only; "section" instead of a cue: everything in that section
    """

    id: str
    categories: tuple[str, ...] = ()
    direction: str = "forward"
    words: int = 0
    commas: str = "cross"
    ends: frozenset[str] = frozenset()
    sections: frozenset[str] = frozenset()
    conjunction: bool = False


@dataclass(frozen=True, slots=True)
class Cue:
    """A cue where it stands: [start, end) in the document's characters."""

    rule: CueRule
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Pattern:
    rule: CueRule
    priority: int
    expression: re.Pattern[str] | None = None  # None: a literal


_Found = tuple[_Pattern, int, int]


class CueScanner:
    """Finds cues; where several begin at one place, the highest priority counts, then the longest match.

    Literal cues stand in one trie, regular expressions in one alternation; which of them matched is looked up
    afterwards, since groups would make both many times slower.
    """

    def __init__(self, rules: Sequence[Rule]) -> None:
        sections: defaultdict[str, list[CueRule]] = defaultdict(list)
        self._literals: dict[str, _Pattern] = {}
        self._expressions: list[_Pattern] = []
        surfaces: set[str] = set()
        for raw in rules:
            rule = _parsed(raw)
            priority = int(raw.get("priority", 0))
            if "section" in raw:
                sections[raw["section"]].append(rule)
            elif "regex" in raw:
                self._expressions.append(_Pattern(rule, priority, _compiled(raw)))
            else:
                for cue in [raw["cue"]] if isinstance(raw["cue"], str) else raw["cue"]:
                    key = _key(cue)
                    surfaces |= {key, " ".join(cue.lower().split())}
                    if key not in self._literals or self._literals[key].priority < priority:
                        self._literals[key] = _Pattern(rule, priority)
        self.section_rules = dict(sections)
        self._trie = re.compile(_trie(surfaces)) if surfaces else None
        self._joined = (
            re.compile(_joined(raw["regex"] for raw in rules if "regex" in raw)) if self._expressions else None
        )

    def scan(self, lowered: str, start: int, end: int) -> list[Cue]:
        """Return the cues in a stretch of the lower-cased text, in order, none overlapping another."""
        cues: list[Cue] = []
        literal = self._next_literal(lowered, start, end)
        expression = self._next_expression(lowered, start, end)
        while found := [item for item in (literal, expression) if item]:
            pattern, low, high = min(found, key=_preference)
            cues.append(Cue(pattern.rule, low, high))
            if literal and literal[1] < high:
                literal = self._next_literal(lowered, high, end)
            if expression and expression[1] < high:
                expression = self._next_expression(lowered, high, end)
        return cues

    def _next_literal(self, lowered: str, start: int, end: int) -> _Found | None:
        match = self._trie.search(lowered, start, end) if self._trie else None
        return (self._literals[_key(match.group())], match.start(), match.end()) if match else None

    def _next_expression(self, lowered: str, start: int, end: int) -> _Found | None:
        while self._joined and (match := self._joined.search(lowered, start, end)):
            at = match.start()
            tried = ((item, item.expression.match(lowered, at, end)) for item in self._expressions if item.expression)
            found = [(item, at, own.end()) for item, own in tried if own and own.end() > at]
            if found:
                return min(found, key=_preference)
            start = at + 1  # a rule that can match nothing did
        return None


def _preference(found: _Found) -> tuple[int, int, int]:
    """Earlier first, then the higher priority, then the longer match."""
    pattern, start, end = found
    return start, -pattern.priority, start - end


def _parsed(raw: Rule) -> CueRule:
    where = f"Context rule {raw['id']!r}"
    if unknown := set(raw) - _KEYS:
        raise RulesError(f"{where} has an unknown key {min(unknown)!r}.", f"Allowed: {', '.join(sorted(_KEYS))}.")
    if sum(key in raw for key in ("cue", "regex", "section")) != 1:
        raise RulesError(f"{where} needs exactly one of cue, regex and section.", "Correct the rule.")
    categories = (raw["category"],) if isinstance(raw.get("category"), str) else tuple(raw.get("category", ()))
    direction = raw.get("direction", "forward")
    modifying = tuple(category for category in categories if category in MODIFIERS)
    usual = "cross" if direction in ("forward", "both") and modifying != ("uncertain",) else "lists"
    commas = raw.get("commas", usual)
    for key, values, allowed in (
        ("category", categories, _CATEGORIES),
        ("direction", (direction,), _DIRECTIONS),
        ("commas", (commas,), _COMMAS),
    ):
        for value in values:
            if value not in allowed:
                raise RulesError(f"{where} has the {key} {value!r}.", f"Allowed: {', '.join(allowed)}.")
    return CueRule(
        raw["id"],
        modifying,
        direction,
        int(raw.get("words", 0)),
        commas,
        frozenset(raw.get("ends", ["*"] if "end" in categories else ())),
        frozenset(raw.get("sections", ())),
        "and" in categories,
    )


def _compiled(raw: Rule) -> re.Pattern[str]:
    try:
        return re.compile(rf"(?<!\w)(?:{raw['regex']})" if _starts_word(raw["regex"]) else f"(?:{raw['regex']})")
    except re.error as error:
        raise RulesError(f"Context rule {raw['id']!r} is no regular expression: {error}.", "Correct it.") from error


def _joined(patterns: Iterable[str]) -> str:
    """Return one alternation; what begins a word is tried at the beginning of words only, which most places aren't."""
    inner: list[str] = []
    other: list[str] = []
    for pattern in patterns:
        (inner if _starts_word(pattern) else other).append(f"(?:{pattern})")
    word = [rf"(?<!\w)(?:{'|'.join(inner)})"] if inner else []
    return "|".join([*word, *other])


def _starts_word(pattern: str) -> bool:
    return not re.match(r"[^\w(\[\\]|\\[^wdb]|\(\?<", pattern)


def _key(cue: str) -> str:
    """Fold what writers vary: white space, kinds of hyphen and apostrophe, ä/ae, ß/ss."""
    folded = cue.lower()
    for char, plain in _FOLDED:
        folded = folded.replace(char, plain)
    return " ".join(folded.split())


def _trie(surfaces: Iterable[str]) -> str:
    """Return an expression that matches the longest of the cues at a place, as whole words."""
    root: dict[str, Any] = {}
    for surface in sorted(surfaces):
        node = root
        for char in surface:
            node = node.setdefault(char, {})
        node[""] = {}
    word = {char: node for char, node in root.items() if char.isalnum()}
    other = {char: node for char, node in root.items() if not char.isalnum()}
    parts = [rf"(?<!\w){_branch(word)}"] if word else []
    return "|".join([*parts, _branch(other)] if other else parts)


def _branch(node: dict[str, Any], before: str = "") -> str:
    options = [_VARIANTS.get(char, re.escape(char)) + _branch(below, char) for char, below in node.items() if char]
    inner = options[0] if len(options) == 1 else f"(?:{'|'.join(options)})"
    if "" not in node:
        return inner
    border = r"(?!\w)" if before.isalnum() else ""
    return f"(?:{inner}|{border})" if options else border
