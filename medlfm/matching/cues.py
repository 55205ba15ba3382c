"""The cues of the context engine: their rules, compiled into one expression, and where they stand in a sentence."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from medlfm.errors import RulesError
from medlfm.matching.needles import needles_of
from medlfm.matching.phi.starts import PLACE, Scanner
from medlfm.matching.rules import Rule
from medlfm.spans import MODIFIERS

__all__ = ["Cue", "CueRule", "CueScanner", "with_names"]

_DIRECTIONS = ("forward", "backward", "both", "inside")
_COMMAS = ("cross", "items", "lists", "stop")
_CATEGORIES = (*MODIFIERS, "pseudo", "end", "and", "or")
_KEYS = {
    *("id", "cue", "regex", "section", "category", "direction", "words", "commas", "ends", "sections", "priority"),
    *("unless", "source"),
}
_WORD_RULE = {"id", "word", "regex", "source"}
_UMLAUTS = {"ä": "(?:ä|ae)", "ö": "(?:ö|oe)", "ü": "(?:ü|ue)", "ß": "(?:ß|ss)"}
_UMLAUT = re.compile(r"\\.|\[(?:\\.|[^\]])*\]|[äöüß]")
_NAMED = re.compile(r"\{([a-z_]+)\}")
_VARIANTS = {" ": r"\s+", "'": "['’]", "-": "[-‐‑]"}
_FOLDED = (("ä", "ae"), ("ö", "oe"), ("ü", "ue"), ("ß", "ss"), ("’", "'"), ("‐", "-"), ("‑", "-"))
_FEW = 12  # letters
_KEPT = 20_000  # beginnings of words of which is kept what can begin with them


@dataclass(frozen=True, slots=True)
class CueRule:
    """One rule as the engine uses it.

    In a rule file: {"id": "de-neg-kein", "cue": "kein" or a list, or "regex" (lower case), "category", "direction"}
    category   negated, historical, hypothetical, family, uncertain, or several; "pseudo" (a look-alike that means
               nothing), "end" (terminates), "and", "or" (conjunctions)
    direction  forward (default), backward, both, inside (only a target that it overlaps, as "fieberfrei")
    words      how many words it reaches; 0: to the end of the sentence
    commas     cross, stop, lists: over a comma only where a conjunction follows ("A, B and C were denied"), or items:
               there, and to what stands alone between its commas ("no A, B, C", not "no A, B since Monday");
               default: cross for what is negated, historical, hypothetical or family and forward, else lists
    ends       the categories whose scope it ends ("*": all); default of an "end" rule: all
    sections   works in these sections only; "section" instead of a cue: everything in that section
    unless     an expression; where the sentence begins with it, the rule counts for nothing (a question's "?")
    {"id", "word": "kin", "regex"} names an expression: `{kin}` stands for it in the others (and in later such rules).
    Of these the engine uses `tail` (what may follow an item of a list) and `quality` (what is no item: "drowsy")
    """

    id: str
    categories: tuple[str, ...] = ()
    direction: str = "forward"
    words: int = 0
    commas: str = "cross"
    ends: frozenset[str] = frozenset()
    sections: frozenset[str] = frozenset()
    conjunction: str = ""  # "and", "or"
    unless: re.Pattern[str] | None = None


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

    Literal cues stand in one trie, since groups would make it many times slower; which of them matched is looked up
    afterwards. Of the regular expressions, each is tried only where it can begin.
    """

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._made_of = rules
        sections: defaultdict[str, list[CueRule]] = defaultdict(list)
        self._literals: dict[str, _Pattern] = {}
        self._expressions: list[_Pattern] = []
        surfaces: set[str] = set()
        plain, named = with_names(rules)
        for raw in plain:
            rule = _parsed(raw)
            priority = int(raw.get("priority", 0))
            if "section" in raw:
                sections[raw["section"]].append(rule)
            elif "regex" in raw:
                self._expressions.append(_Pattern(rule, priority, _compiled(raw["id"], raw["regex"])))
            else:
                for cue in [raw["cue"]] if isinstance(raw["cue"], str) else raw["cue"]:
                    key = _key(cue)
                    surfaces |= {key, " ".join(cue.lower().split())}
                    if key not in self._literals or self._literals[key].priority < priority:
                        self._literals[key] = _Pattern(rule, priority)
        self.section_rules = dict(sections)
        self.tail = _whole(named.get("tail", r"(?!)"))
        self.quality = _whole(named.get("quality", r"(?!)"))
        self._trie = re.compile(_trie(surfaces) if surfaces else r"(?!)")
        self._first = {_beginning(surface) for surface in surfaces}
        self._scanner = Scanner([item.expression for item in self._expressions if item.expression])
        self._tried = [item.expression.match for item in self._expressions if item.expression]
        # what can begin with few letters is tried at few places anyway
        wide = {number for number, starts in self._scanner.placed if len(starts.first) > _FEW}
        self._needles = [
            tuple(needles_of(regex)) if number in wide or number in self._scanner.anywhere else ()
            for number, regex in enumerate(self._scanner.regexes)
        ]
        self._by_key: dict[str, tuple[int, ...]] = {}
        self._last: tuple[str, list[int]] = ("", [])  # a text is scanned sentence by sentence

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_last": ("", [])}  # and is nothing to be stored

    def __reduce__(self) -> tuple[type[CueScanner], tuple[Sequence[Rule]]]:
        return CueScanner, (self._made_of,)  # and not what it remembers

    def scan(self, lowered: str, start: int, end: int) -> list[Cue]:
        """Return the cues in a stretch of the lower-cased text, in order, none overlapping another."""
        best: dict[int, _Found] = {}
        piece = lowered[start:end]
        for number in self._hopeful(lowered):
            if self._can_be(number, piece):
                item = self._expressions[number]
                for found in item.expression.finditer(lowered, start, end) if item.expression else ():
                    _keep(best, (item, found.start(), found.end()))
        trie, literals, by_key, needles = self._trie.match, self._literals, self._by_key, self._needles
        hopeless: set[int] = set()
        tried: set[int] = set()
        for place in PLACE.finditer(lowered, start, end):
            at = place.start()
            key = lowered[at : at + 3]
            for number in by_key[key] if key in by_key else self._starting(key):
                if number < 0:
                    if match := trie(lowered, at, end):
                        _keep(best, (literals[_key(match.group())], at, match.end()))
                    continue
                if needles[number] and number not in tried:
                    tried.add(number)
                    if not self._can_be(number, piece):
                        hopeless.add(number)
                if number not in hopeless and (match := self._tried[number](lowered, at, end)):
                    _keep(best, (self._expressions[number], at, match.end()))
        cues: list[Cue] = []
        reached = start
        for at in sorted(best):
            pattern, _, high = best[at]
            if at >= reached:
                cues.append(Cue(pattern.rule, at, high))
                reached = high
        return cues

    def _hopeful(self, lowered: str) -> list[int]:
        """The expressions looked for at every place that can be somewhere in a text."""
        text, numbers = self._last
        if text is not lowered:
            numbers = [number for number in self._scanner.anywhere if self._can_be(number, lowered)]
            self._last = lowered, numbers
        return numbers

    def _can_be(self, number: int, piece: str) -> bool:
        """Whether a stretch of text holds anything that each match of an expression must hold."""
        needles = self._needles[number]
        for needle in needles:  # plain, since it is asked often
            if needle in piece:
                return True
        return not needles

    def _starting(self, key: str) -> tuple[int, ...]:
        """Return the numbers of the expressions that can begin with these three characters; -1: literals can."""
        if len(self._by_key) > _KEPT:
            self._by_key.clear()
        literal = (-1,) if not self._first.isdisjoint((key[:1], key[:2], key)) else ()
        self._by_key[key] = found = literal + self._scanner.starting(key)
        return found


def _keep(best: dict[int, _Found], found: _Found) -> None:
    at = found[1]
    if found[2] > at and (at not in best or _preference(found) < _preference(best[at])):
        best[at] = found


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
        next((category for category in categories if category in ("and", "or")), ""),
        _compiled(raw["id"], raw["unless"]) if "unless" in raw else None,
    )


def with_names(rules: Sequence[Rule]) -> tuple[list[Rule], dict[str, str]]:
    """Return the rules with the named expressions put in, and these by name; umlauts stand for "ae" too."""
    named: dict[str, str] = {}
    plain: list[Rule] = []
    for raw in rules:
        filled = dict(raw)
        for key in {"regex", "unless"} & raw.keys():
            filled[key] = _filled(raw, key, named)
        if "word" not in raw:
            plain.append(filled)
            continue
        if unknown := set(raw) - _WORD_RULE:
            raise RulesError(
                f"Context rule {raw['id']!r} has an unknown key {min(unknown)!r}.", "Allowed: word, regex."
            )
        if not _NAMED.fullmatch(f"{{{raw['word']}}}"):
            raise RulesError(f"Context rule {raw['id']!r} names {raw['word']!r}.", "Names are of a to z and _.")
        named[raw["word"]] = f"(?:{filled['regex']})"
    return plain, named


def _filled(raw: Rule, key: str, named: dict[str, str]) -> str:
    def expression(match: re.Match[str]) -> str:
        if match[1] not in named:
            raise RulesError(f"Context rule {raw['id']!r} uses {{{match[1]}}}.", f"Named before: {sorted(named)}.")
        return named[match[1]]

    spelled = _UMLAUT.sub(lambda match: _UMLAUTS.get(match.group(), match.group()), str(raw[key]))
    return _NAMED.sub(expression, spelled)


def _whole(regex: str) -> re.Pattern[str]:
    """Compile what a stretch of text may consist of: the expression, once or several times."""
    return re.compile(rf"[\s.!)]*(?:{regex}(?!\w)[\s.!)]*)*")


def _compiled(name: str, regex: str) -> re.Pattern[str]:
    try:
        return re.compile(rf"(?<!\w)(?:{regex})" if _starts_word(regex) else f"(?:{regex})")
    except re.error as error:
        raise RulesError(f"Context rule {name!r} is no regular expression: {error}.", "Correct it.") from error


def _beginning(surface: str) -> str:
    """The letters that a cue begins with, up to three: what comes after may be written in other ways."""
    return next((surface[:n] for n in (1, 2) if not surface[n : n + 1].isalnum()), surface[:3])


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
