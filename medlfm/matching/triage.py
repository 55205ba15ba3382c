"""From the words of a text to conditions and their urgency: findings, measures, and the rules that combine them.

Rules (see `medlfm/rules/*/emergency.jsonl`) all have an "id" and are one of

```
{"finding": "chest_pain", "phrases": […], "is_a": […]}      what people say
{"measure": "spo2", "before": […], "range": […], …}         a number, see `measures.py`
{"finding": "hypoxia", "measure": "spo2", "below": 94}      a number that is a finding; "from", "below", "age" in years
{"condition": "stroke", "urgency": "critical",              a condition
 "all": [["headache"], ["fever", "rigors"]],
 "any": […], "min_any": 1, "absent": […], "within": 200,
 "reason": {"en": "…", "de": "…"}, "source": "general knowledge"}
{"caller": …, "past": …, "present": …}                      patterns of a sentence, see `Caller`
{"finished": …}, {"aside": …}                               patterns of reports, see `reports.py`
{"complaint": "earache", "urgency": "moderate", "reason": …}  what a finding alone is a reason for; it decides nothing
{"grading": {…}, "bands": …, "reason": …}                   the second opinion, see `Verdict`; without it rules decide
```

A finding with "context": true matters only in combination; one with "circumstance": true too, and it is never negated.
"keeps" names modifiers ("historical") that don't take a finding away. A condition needs one finding of each list in
"all", `min_any` of "any", and none of "absent" close by ("absent_within"), all within so many characters; its reason is
what a nurse reads. One that is "general" (shock, not what it comes from) is named after the others of its urgency; the
second opinion never lowers one that is "firm". "vital" names the measures that hold an alarm against it.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from medlfm.files import canonical_json
from medlfm.matching.facts import Fact, Facts, match, shortest, without_longer
from medlfm.matching.grading import Grader, Support, Verdict, shipped_grader
from medlfm.matching.measures import Measure, MeasureFinder
from medlfm.matching.phrases import ENDINGS, PhraseIndex, Word, fold, words
from medlfm.matching.reports import Reports
from medlfm.matching.rules import Rule, shipped_rules
from medlfm.spans import URGENCIES

__all__ = ["Assessment", "Fact", "Seen", "Triage", "triage"]

Bounds = tuple[int, int]
Modify = Callable[[str, list[Bounds]], list[set[str]]]  # the categories of the modifiers of each stretch of a text

_SENTENCE_END = re.compile(r"[.!?\n]")
_NEGATES = {"negated", "historical", "hypothetical", "family"}
_NEGATES_CONTEXT = {"negated", "hypothetical", "family"}  # a known diabetes is history, and counts


@dataclass(frozen=True, slots=True)
class Assessment:
    """The urgency of a text, its conditions (the most urgent first) with the reason of each, and the signs found."""

    urgency: str
    conditions: tuple[str, ...]
    reasons: tuple[str, ...]
    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class Seen:
    """What the rules find in a text: its words, facts, measures, conditions with their facts, the urgency."""

    words: list[Word]
    facts: list[Fact]
    measures: list[Measure]
    fired: list[tuple[Rule, list[Fact]]]
    urgency: str
    over: bool  # the text reports what is over, as an operation does: nothing in it is an emergency of now

    def signs(self, part: slice) -> set[str]:
        """The names of the facts in a part of the text, "-" before those that are not asserted."""
        return {("+" if fact.asserted else "-") + fact.name for fact in self.facts if _lies_in(fact, part)}

    def measured(self, part: slice) -> list[Measure]:
        return [measure for measure in self.measures if _lies_in(measure, part)]


def _lies_in(what: Fact | Measure, part: slice) -> bool:
    return bool(part.start <= what.start and what.end <= part.stop)


@lru_cache(maxsize=8)
def _compiled(lang: str, rules: str) -> Triage:
    return Triage(lang, json.loads(rules))


def triage(lang: str, rules: Sequence[Rule]) -> Triage:
    """Return the assessor for these rules, compiled once a process."""
    return _compiled(lang, canonical_json(list(rules)))


class Caller:
    """Knows the sentence in which somebody speaks for another patient: "My husband can't breathe".

    That is no family history: a relative with "my", and no past tense beside it, or a sign of the present.
    """

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._patterns = [
            [re.compile(rule[kind], re.I) for kind in ("caller", "past", "present")]
            for rule in rules
            if "caller" in rule
        ]

    def speaks(self, text: str, start: int, end: int) -> bool:
        low = max((text.rfind(mark, 0, start) for mark in ".!?\n"), default=-1) + 1
        stop = _SENTENCE_END.search(text, end)
        sentence = text[low : stop.start() if stop else len(text)]
        return any(
            caller.search(sentence) and (not past.search(sentence) or present.search(sentence))
            for caller, past, present in self._patterns
        )


class Triage:
    """Assesses texts; safe to share."""

    def __init__(self, lang: str, rules: Sequence[Rule]) -> None:
        self.lang = lang
        self.rules = rules
        self._findings = {rule["id"]: rule for rule in rules if "phrases" in rule}
        self._limits = [rule for rule in rules if "finding" in rule and "measure" in rule]
        self._limited = {rule["id"]: rule for rule in self._limits}
        vital = {name for rule in rules for name in rule.get("vital", ())}
        self._vital = {rule["id"] for rule in self._limits if rule["measure"] in vital}
        conditions = [rule for rule in rules if "condition" in rule]
        self._conditions = sorted(
            conditions, key=lambda rule: (-URGENCIES.index(rule["urgency"]), bool(rule.get("general")))
        )
        self._begun: dict[str, list[int]] = defaultdict(list)  # a finding, the conditions that ask for it first
        for number, rule in enumerate(self._conditions):
            for name in rule["all"][0]:
                self._begun[name].append(number)
        self._parents = {rule["finding"]: set(rule.get("is_a", ())) for rule in self._findings.values()}
        self._complaints = {rule["complaint"]: rule for rule in rules if "complaint" in rule}
        self.verdict = next((Verdict(rule, lang) for rule in rules if "grading" in rule), None)
        self.grader: Grader | None = shipped_grader(lang, rules) if self.verdict else None
        ours = {rule["id"]: rule for rule in shipped_rules(lang, "emergency")} if self.grader else {}
        # never lowered: the user's conditions, and ours that are "firm"
        self._kept = {rule["id"] for rule in conditions if rule.get("firm") or ours.get(rule["id"]) != rule}
        self._measures = MeasureFinder(lang, rules)
        self._caller = Caller(rules)
        self._reports = Reports(rules)
        known = {fold(word) for rule in rules for word in rule.get("known", ())}
        # what matters in combination only isn't worth a guess at a typing error
        self._indices = [
            PhraseIndex(
                [
                    (phrase, name)
                    for name, rule in self._findings.items()
                    for phrase in rule["phrases"]
                    if bool(rule.get("context")) == context
                ],
                fuzzy=not context,
                endings=ENDINGS.get(lang, ()),
                known=known,
                edits=(6, 12),
            )
            for context in (False, True)
        ]

    def assess(self, text: str, modify: Modify) -> Assessment:
        """Assess a text; `modify` tells negated, historical, hypothetical and family findings from the rest."""
        seen = self.see(text, modify)
        signs: dict[Fact, Fact] = {}
        self._mark(seen.fired, signs)
        if any(not fact.asserted for fact in seen.facts):  # for the reader who asks what was ruled out
            everything = Facts(seen.facts, self._parents)
            self._mark(self._fulfilled(everything), signs, asserted=False)
        reasons: dict[str, str] = {}
        for rule, _ in seen.fired:
            reasons.setdefault(rule["condition"], rule["reason"][self.lang])
        urgency, more = self._second_opinion(text, seen)
        said = tuple(dict.fromkeys([*more, *reasons.values()]))
        return Assessment(urgency, tuple(reasons), said, tuple(shortest(signs.values())))

    def see(self, text: str, modify: Modify) -> Seen:
        """Find what the rules find; `assess` and the training of the grader go on from here."""
        found, measures = words(text), self._measures.find(text)
        over = self._reports.over(text)
        facts = self._facts(text, found, measures, modify, over)
        asserted = Facts([fact for fact in facts if fact.asserted], self._parents)
        fired = list(self._fulfilled(asserted))
        return Seen(found, facts, measures, fired, fired[0][0]["urgency"] if fired else URGENCIES[0], over)

    def _fulfilled(self, facts: Facts) -> Iterator[tuple[Rule, list[Fact]]]:
        """The conditions that these facts fulfil, the most urgent first, with the facts of each."""
        for number in sorted({number for name in facts.names for number in self._begun.get(name, ())}):
            if used := match(self._conditions[number], facts):
                yield self._conditions[number], used

    def _second_opinion(self, text: str, seen: Seen) -> tuple[str, list[str]]:
        """The urgency after the grader was heard, and what a nurse should read about it before the rules' reasons."""
        if self.grader is None or self.verdict is None or not seen.words or seen.over:
            return seen.urgency, []
        parts = self.verdict.parts(seen.words)
        shares = [self.grader.shares(text[part], seen.signs(part), seen.measured(part)) for part in parts]
        graded = self.verdict.of(URGENCIES.index(seen.urgency), shares, self.support(seen))
        fired = (rule for rule, _ in seen.fired if rule["id"] in self._kept)
        least = max((URGENCIES.index(rule["urgency"]) for rule in fired), default=0)
        if not self.verdict.may_lower(seen.words):
            least = URGENCIES.index(seen.urgency)
        graded = max(graded, least)
        if URGENCIES[graded] == seen.urgency:
            return seen.urgency, []
        said = [
            rule["reason"][self.lang]
            for name in dict.fromkeys(fact.name for fact in seen.facts if fact.asserted)
            if (rule := self._complaints.get(name)) and URGENCIES.index(rule["urgency"]) <= graded
        ]
        return URGENCIES[graded], [*said, self.verdict.reasons[graded]]

    def support(self, seen: Seen) -> Support:
        """What speaks for the alarm besides a single finding: a vital sign or lab value, or several findings."""
        alarms = [used for rule, used in seen.fired if rule["urgency"] == seen.urgency]
        measured = any(fact.rule in self._vital for used in alarms for fact in used)
        if seen.urgency != URGENCIES[-1]:
            high = seen.urgency == URGENCIES[-2]
            return Support(holds=high and measured)
        if measured:
            return Support("measured", holds=True)
        if any(len({fact.name for fact in used}) > 1 and len({fact.start for fact in used}) > 1 for used in alarms):
            return Support("combined", holds=True)
        below = (used for rule, used in seen.fired if rule["urgency"] == URGENCIES[-2])
        return Support(holds=any(fact.rule in self._vital for used in below for fact in used))

    def _mark(self, fired: Iterable[tuple[Rule, list[Fact]]], signs: dict[Fact, Fact], asserted: bool = True) -> None:
        for rule, used in fired:
            if URGENCIES.index(rule["urgency"]) < URGENCIES.index("high"):
                continue
            for fact in used:
                if fact.asserted == asserted and not self._is_context(fact):
                    signs.setdefault(fact, replace(fact, condition=rule["condition"], rule=rule["id"]))

    def _is_context(self, fact: Fact) -> bool:
        return bool(self._findings.get(fact.rule, {}).get("context"))

    def _is_circumstance(self, fact: Fact) -> bool:
        return bool(self._findings.get(fact.rule, {}).get("circumstance"))

    def _facts(self, text: str, found: list[Word], measures: list[Measure], modify: Modify, over: bool) -> list[Fact]:
        facts = [
            Fact(self._findings[match.payload]["finding"], match.start, match.end, rule=match.payload)
            for index in self._indices
            for match in index.find(text)
        ]
        facts = without_longer(facts) + self._measured(measures)
        around = [fact for fact in facts if self._is_circumstance(fact)]
        facts = [fact for fact in facts if not self._is_circumstance(fact)]
        modified = modify(text, [(fact.start, fact.end) for fact in facts])
        result = [_said(fact, not over) for fact in around]
        asides = self._reports.asides(text, found)
        for fact, categories in zip(facts, modified, strict=True):
            rule = self._findings.get(fact.rule) or self._limited.get(fact.rule, {})
            against = _NEGATES_CONTEXT if rule.get("context") else _NEGATES - set(rule.get("keeps", ()))
            if "family" in categories and self._caller.speaks(text, fact.start, fact.end):
                against = against - {"family"}
            asked = fact.rule not in self._limited and any(low <= fact.start < high for low, high in asides)
            result.append(_said(fact, not over and not asked and not categories & against))
        return result

    def _measured(self, measures: list[Measure]) -> list[Fact]:
        ages = [measure.value for measure in measures if measure.name == "age"]
        age = ages[0] if ages else None
        facts = []
        for measure in measures:
            for rule in self._limits:
                if rule["measure"] != measure.name or not _is_of_age(rule.get("age"), age):
                    continue
                if rule.get("from", float("-inf")) <= measure.value < rule.get("below", float("inf")):
                    facts.append(Fact(rule["finding"], measure.start, measure.end, rule=rule["id"]))
        return facts


def _said(fact: Fact, asserted: bool) -> Fact:
    """The fact as it is said here."""
    return fact if fact.asserted == asserted else replace(fact, asserted=asserted)


def _is_of_age(bounds: Sequence[float | None] | None, age: float | None) -> bool:
    """Whether a limit holds for this age; a text without an age is about an adult."""
    if bounds is None:
        return True
    low, high = bounds
    return (low or 0) <= (30 if age is None else age) < (float("inf") if high is None else high)
