"""Medication orders in raw text: the drug, and what the words around it say (dose, route, frequency, duration).

An order is plain JSON data:

```
{"ingredient": "amoxicillin", "atc": "J01CA04",               the id and code in rules/shared/medications.jsonl
 "name": "Amoxicilin",                                        as written
 "dose": {"value": 500.0, "unit": "mg", "per_kg": false},     one intake; the upper end of a range; unit as in `rules`,
                                                               or a rate such as "ug/min"
 "dose_assumed_unit": false,                                   "ASS 100": the usual unit of the drug was taken
 "strength": {"value": 500.0, "unit": "mg"},                   of one tablet …, where it is told apart from the dose
 "quantity": {"value": 1.0, "form": "tablet"},
 "route": "oral", "route_assumed": false,                      assumed: told by the form only ("syrup")
 "frequency_per_day": 3.0, "schedule": [1.0, 1.0, 1.0],
 "max_daily": {"value": 3.0, "unit": "g", "per_kg": false},
 "prn": false, "bolus": false, "duration_days": 7.0, "indication": "", "text": "…", "start": 0, "end": 11}
```

What isn't said is null ("indication": ""). `start` and `end` are those of the drug's name, `text` is all of the order.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from medlfm.files import canonical_json
from medlfm.matching.phrases import Match, PhraseIndex, fold, longest
from medlfm.matching.rules import Rule
from medlfm.matching.sig import Sig

__all__ = ["OrderFinder", "order_finder"]

Order = dict[str, Any]

_REACH = 160  # characters after a drug's name that may belong to its order
_BREAK = re.compile(r"\n\s*(?:\n|[-•*–]\s|\d+[.)]\s|[^\W\d_][\w ]{2,25}:)|[;!?]|\.(?=\s+[A-ZÄÖÜ\d]|\s*$)")
_BEFORE = 40
_NAME = re.compile(r"[^\W\d_]{4,}(?=\s+\d)")


class _Drug(NamedTuple):
    ingredient: str
    guarded: bool = (
        False  # an ordinary word or an ambiguous short form: a drug only with a dose or a schedule beside it
    )
    length: int = 0  # of the folded name, where it begins a German compound ("Ibuprofensaft")


@lru_cache(maxsize=8)
def _compiled(lang: str, rules: str) -> OrderFinder:
    return OrderFinder(lang, json.loads(rules))


def order_finder(lang: str, rules: Sequence[Rule]) -> OrderFinder:
    """Return the finder for these rules, compiled once a process."""
    return _compiled(lang, canonical_json(list(rules)))


class OrderFinder:
    """Finds drugs by a lexicon that forgives typing errors, and reads the order around each."""

    def __init__(self, lang: str, rules: Sequence[Rule]) -> None:
        self.lang = lang
        self.drugs = {rule["id"]: rule for rule in rules if "atc" in rule}
        sig_rules = [rule for rule in rules if "type" in rule]
        self.sig = Sig(lang, sig_rules)
        known = {fold(word) for rule in sig_rules if rule["type"] == "known" for word in rule["words"]}
        self._compounds = tuple(
            fold(word) for rule in sig_rules if rule["type"] == "compound" for word in rule["words"]
        )
        self._index = PhraseIndex(self._names(), fuzzy=True, edits=(6, 11), known=known)

    def _names(self) -> list[tuple[str, _Drug]]:
        names = []
        for name, rule in self.drugs.items():
            guarded = set(rule.get("guarded", ()))
            for written in dict.fromkeys((*rule["en"], *rule["de"], *rule["brands"])):
                capitals = written.isupper() and written.isalpha()
                names.append((f"={written}" if capitals else written, _Drug(name, written in guarded)))
                if self._compounds and written.isalpha() and len(written) >= 6 and written not in guarded:
                    names.append((f"{written}*", _Drug(name, length=len(fold(written)))))
        return names

    def find(self, text: str) -> list[Order]:
        """Return the orders of a text, in its order."""
        found = [
            match
            for match in longest(match for match in self._index.find(text) if self._whole(text, match))
            if not self.sig.is_laboratory(text, match.end)
        ]
        orders = []
        for number, match in enumerate(found):
            low = found[number - 1].end if number else 0
            high = found[number + 1].start if number + 1 < len(found) else len(text)
            left = self._left(text, low, match.start, first=not number)
            order = self._order(text, match, left, self._right(text, match.end, high))
            alone = text[match.start : match.end] == text.strip()
            if (
                alone
                or not match.payload.guarded
                or any(order[key] for key in ("dose", "schedule", "quantity", "frequency_per_day"))
            ):
                orders.append(order)
        return orders

    def unknown(self, text: str) -> Order | None:
        """Read a text without a known drug as one order of an unknown one: the word before its dose, or None."""
        for word in _NAME.finditer(text):
            right = self._right(text, word.end(), len(text))
            read = self.sig.read("", text[word.end() : right], unit="mg")
            told = read["dose"] and not read["dose_assumed_unit"]
            if told and self.sig.is_name(word.group()) and not self.sig.is_laboratory(text, word.end()):
                place = {"text": text[word.start() : right].strip(), "start": word.start(), "end": word.end()}
                return {"ingredient": "", "atc": "", "name": word.group(), **read, **place}
        return None

    def _whole(self, text: str, match: Match[_Drug]) -> bool:
        rest = fold(text[match.start : match.end])[match.payload.length :] if match.payload.length else ""
        return not rest or rest.startswith(self._compounds)

    def _left(self, text: str, low: int, start: int, *, first: bool) -> int:
        """Where the words before the name that belong to its order begin: "500 mg of", "2 Tbl."."""
        before = self.sig.before(text, max(low, start - _BEFORE), start)
        between = text[low:before].rstrip()
        if "\n" in text[low:before] and not text[low:before].rpartition("\n")[2].strip(" -•*–"):
            return before  # it opens its line
        if not first and (not between or between[-1] in "x×-/" or between[-1].isdigit()):
            return start  # "Ramipril 5 mg Metoprolol": it belongs to the drug before
        return before

    def _right(self, text: str, start: int, high: int) -> int:
        """Where the words after the name that belong to its order end."""
        limit = min(high, start + _REACH)
        position = start
        while stop := _BREAK.search(text, position, limit):
            if text[stop.start()] != "." or not self.sig.is_dotted(text[max(0, stop.end() - 20) : stop.end()]):
                limit = stop.start()
                break
            position = stop.end()
        if limit == high < len(text):  # the next order may begin before its drug's name
            claimed = self.sig.before(text, max(start, high - _BEFORE), high)
            limit = claimed if text[start:claimed].strip() else high
        return start + self.sig.reach(text[start:limit])

    def _order(self, text: str, match: Match[_Drug], left: int, right: int) -> Order:
        rule = self.drugs[match.payload.ingredient]
        before, after = text[left : match.start], text[match.end : right]
        read = self.sig.read(before, after, unit=rule.get("unit", "mg"))
        told = read["route"]
        read["route"] = told or self.sig.implied_route(text[left:right])
        read["route_assumed"] = told is None and read["route"] is not None
        return {
            "ingredient": rule["id"],
            "atc": rule["atc"],
            "name": text[match.start : match.end],
            **read,
            "text": text[left:right].strip(),
            "start": match.start,
            "end": match.end,
        }
