"""Medication orders in raw text: the drug, and what the words around it say (dose, route, frequency, duration).

An order is plain JSON data:

```
{"ingredient": "amoxicillin", "atc": "J01CA04",               the id and code in rules/shared/medications.jsonl
 "name": "Amoxicilin",                                        as written
 "dose": {"value": 500.0, "unit": "mg", "per_kg": false},     one intake, the day's first; the upper end of a
                                                               range; unit as in `rules`, or a rate such as "ug/min"
 "dose_assumed_unit": false,                                   "ASS 100": the usual unit of the drug was taken
 "strength": {"value": 500.0, "unit": "mg"},                   of one tablet …, where it is told apart from the dose
 "quantity": {"value": 1.0, "form": "tablet"},
 "route": "oral", "route_assumed": false,                      assumed: told by the form only ("syrup")
 "frequency_per_day": 3.0, "schedule": [1.0, 1.0, 1.0],
 "max_daily": {"value": 3.0, "unit": "g", "per_kg": false},
 "prn": false, "bolus": false, "duration_days": 7.0, "infused_hours": null,
 "indication": "", "text": "…", "start": 0, "end": 11}
```

What isn't said is null ("indication": ""). `start` and `end` are those of the drug's name, `text` is all of the order.
"part_strengths_mg" is there for combinations of one strength only, e.g. for colds.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Any, NamedTuple

from medlfm.files import canonical_json
from medlfm.matching.phrases import Match, PhraseIndex, fold, longest, words
from medlfm.matching.quantities import vocabulary
from medlfm.matching.rules import Rule
from medlfm.matching.short_names import ShortNames
from medlfm.matching.sig import Sig

__all__ = ["OrderFinder", "order_finder"]

Order = dict[str, Any]

_REACH = 160  # characters after a drug's name that may belong to its order
_BREAK = re.compile(r"\n\s*(?:\n|[-•*–]\s|\d+[.)]\s|[^\W\d_][\w ]{2,25}:)|[;!?]|\.(?=\s+[A-ZÄÖÜ\d]|\s*$)")
_SENTENCE = re.compile(r"[;!?\n]|\.\s")
_BEFORE = 60
_GLUED = re.compile(r"(?<=[^\W\d_]{5})\d(?=\d|[.,]\d|\s?mg)")
_ROMAN = re.compile(r"\(I{2,3}\)")
_BRACKET = re.compile(r"[\s®]*(?:(?:Depot|depot|ret\.?|retard|SR|XR|XL|ER|MR)?\s*\(|=|–|-|/|:|,|\|)?\s*")
_STRENGTH = re.compile(r"[\s®]*[\d.,/]+\s?[^\W\d_]{1,3}\s*\(\s*")
_CLOSED = re.compile(r"[\s®]*\)")
_COMBINED = re.compile(r"\s?[/+-]\s?|\s(?:with|mit)\s|\s\d+(?:[.,]\d+)?\s?(?:mg)?\s?/\s?")
_WITH_DIURETIC = re.compile(r"\s*\d+(?:[.,]\d+)?\s?(?:mg)?\s?/\s?(?:12[.,]5|25)(?![\d.,])")
_REMEMBERED = 50_000  # words of texts
_ENUMERATED = re.compile(r"(?:\s?,)?\s(?:and\s|und\s)|\s?,\s")
_ASIDE = re.compile(r"\([^()]*\)")
_OR = re.compile(r"\s(?:or|oder)\s")
_NO_CLASS = 50  # "ASA 325" is a dose, "ASA 3" a class of risk
_HEAD = 7  # letters of the first part of a compound that may have a typing error
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
        self._known = {fold(word) for rule in sig_rules if rule["type"] == "known" for word in rule["words"]}
        self._compounds = tuple(
            fold(word) for rule in sig_rules if rule["type"] == "compound" for word in rule["words"]
        )
        self._tails = tuple(sorted((tail for tail in self._compounds if len(tail) > 3), key=len, reverse=True))
        dotted = [word for rule in sig_rules if rule["type"] == "dotted-name" for word in rule["words"]]
        self._dotted_name = re.compile(rf"\b(?:{'|'.join(dotted) or '(?!)'})\.", re.I)
        shared = [word for rule in sig_rules if rule["type"] == "shared" for word in rule["words"]]
        self._shared = re.compile(vocabulary(shared) if shared else "(?!)", re.I)
        solvent = [rule for rule in sig_rules if rule["type"] == "solvent"]
        self._solvents = tuple(code for rule in solvent for code in rule["classes"])
        self._solved = re.compile(vocabulary(word for rule in solvent for word in rule["words"]), re.I)
        short = {
            written: rule["id"]
            for rule in self.drugs.values()
            for written in (*rule["en"], *rule["de"], *rule["brands"])
            if not written.isupper() and written not in rule.get("guarded", ())
        }
        words_known = [word for rule in sig_rules for word in rule["words"]]
        self._short_names = ShortNames(short, words_known, self.sig.unit)
        names = self._names()
        self._index = PhraseIndex(names, fuzzy=True, edits=(6, 11), known=self._known)
        # without compounds, whose beginnings hide what a word with a typing error was meant to be
        plain = [(written, drug) for written, drug in names if self._compounds and not drug.length]
        self._plain_names = PhraseIndex(plain, fuzzy=True, edits=(6, 11), known=self._known)
        self._meant: dict[str, tuple[tuple[_Drug, int], ...]] = {}

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_meant": {}}  # words of texts are nothing to be stored

    def _names(self) -> list[tuple[str, _Drug]]:
        names: list[tuple[str, _Drug]] = []
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
        plain = self._plain(text)
        named = [match for match in self._index.find(plain) if self._whole(text, match)]
        found = [
            match
            for match in longest([*named, *self._mistyped(plain, named), *self._nearly(plain, named)])
            if not self.sig.is_laboratory(text, match.end)
        ]
        found = self._joined(text, found)
        orders = self._read(text, found)
        listed = self._listed(text, found)
        kept = [
            match
            for match, order in zip(found, orders, strict=True)
            if match.start in listed or self._is_drug(text, match, order) or self._is_stopped(text, match)
        ]
        if len(kept) < len(found):  # a word that is no drug here ended no order
            orders = self._read(text, kept)
        if not orders:
            return []
        self._share(text, orders)
        self._dissolve(text, orders)
        for end in self.sig.headings(text):
            line = _SENTENCE.search(text, end)
            for order in orders:
                if end <= order["start"] < (line.start() if line else len(text)):
                    order["prn"] = True
        return orders

    def _plain(self, text: str) -> str:
        """The text with "Vit. D", "Eisen(II)" and "Ramipril5mg" written without what hinders looking names up."""
        text = _GLUED.sub(" ", text)
        text = self._dotted_name.sub(lambda found: f"{found[0][:-1]} ", text)
        return _ROMAN.sub(lambda found: f" {found[0][1:-1]} ", text)

    def _mistyped(self, text: str, found: Sequence[Match[_Drug]]) -> Iterator[Match[_Drug]]:
        """Find words with a typing error that compounds hide: "Ibuproefnsaft", "Novaminsufon" (beside "Novamin")."""
        if not self._compounds:
            return
        known = {start for match in found for start in range(match.start, match.end)}
        if len(self._meant) > _REMEMBERED:
            self._meant.clear()
        for word in words(text):
            if len(word.folded) < _HEAD or word.start in known:
                continue
            if word.folded not in self._meant:
                self._meant[word.folded] = self._names_meant(word.folded)
            for drug, edits in self._meant[word.folded]:
                yield Match(word.start, word.end, drug, edits)

    def _names_meant(self, folded: str) -> tuple[tuple[_Drug, int], ...]:
        """Return the drugs that a word of its own may mean, each with the edits, its tail ("-saft") left out or not."""
        tail = next((tail for tail in self._tails if folded.endswith(tail)), "")
        meant = []
        for name in dict.fromkeys((folded, folded.removesuffix(tail))):
            if len(name) >= _HEAD:
                whole = (match for match in self._plain_names.find(name) if match.end - match.start == len(name))
                if match := next(whole, None):
                    meant.append((match.payload, match.distance))
        return tuple(meant)

    def _nearly(self, text: str, found: Sequence[Match[_Drug]]) -> Iterator[Match[_Drug]]:
        for start, end, name in self._short_names.find(text):
            if not any(match.start < end and start < match.end for match in found):
                yield Match(start, end, _Drug(name, guarded=True), 1)

    def _joined(self, text: str, found: list[Match[_Drug]]) -> list[Match[_Drug]]:
        """Make one of two names of one drug ("Ramipril (Delix)") and of the parts of a combination ("Ramipril/HCT")."""
        result: list[Match[_Drug]] = []
        for match in found:
            between = text[result[-1].end : match.start] if result else ""
            one, other = (result[-1].payload.ingredient if result else ""), match.payload.ingredient
            again = _BRACKET.fullmatch(between) or (_STRENGTH.fullmatch(between) and _CLOSED.match(text, match.end))
            if result and one == other and again:
                continue
            both = next((name for name in (f"{one}/{other}", f"{other}/{one}") if name in self.drugs), None)
            if both and _COMBINED.fullmatch(between):
                whole = between.strip() in ("/", "-", "+", "with", "mit")
                end = match.end if whole else result[-1].end
                result[-1] = Match(result[-1].start, end, _Drug(both))
                continue
            diuretic = f"{other}/hydrochlorothiazide"
            if diuretic in self.drugs and _WITH_DIURETIC.match(text, match.end):
                match = Match(match.start, match.end, _Drug(diuretic))
            result.append(match)
        return result

    def _read(self, text: str, found: Sequence[Match[_Drug]]) -> list[Order]:
        orders = []
        for number, match in enumerate(found):
            low = found[number - 1].end if number else 0
            high = found[number + 1].start if number + 1 < len(found) else len(text)
            left = self._left(text, low, match.start, first=not number)
            right, kinds = self._right(text, match.end, high)
            orders.append(self._order(text, match, left, right, kinds))
        return orders

    @staticmethod
    def _listed(text: str, found: Sequence[Match[_Drug]]) -> set[int]:
        """Where ambiguous names stand in a list of drugs, between commas: "Lasix, ASA, Voltaren"."""
        return {
            one.start if one.payload.guarded else other.start
            for one, other in pairwise(found)
            if one.payload.guarded != other.payload.guarded and _ENUMERATED.fullmatch(text[one.end : other.start])
        }

    @staticmethod
    def _is_drug(text: str, match: Match[_Drug], order: Order) -> bool:
        told = any(order[key] for key in ("schedule", "quantity", "frequency_per_day"))
        bare = order["dose"] is not None and order["dose_assumed_unit"]
        strong = bare and order["dose"]["value"] >= _NO_CLASS and text[match.start : match.end].isupper()
        told = told or strong or (order["dose"] is not None and not bare)
        return told or not match.payload.guarded or text[match.start : match.end] == text.strip()

    def _is_stopped(self, text: str, match: Match[_Drug]) -> bool:
        """Whether a short form in capitals is told to be stopped or held: then it is a drug without a dose, too."""
        return text[match.start : match.end].isupper() and self.sig.is_handled(text, match.end)

    def _share(self, text: str, orders: Sequence[Order]) -> None:
        """Give directions that are said to be for each ("A 16 mg, B 12,5 mg, je 1x tgl.") to the orders before, too."""
        for number in range(len(orders) - 1, 0, -1):
            last, before = orders[number], orders[number - 1]
            if last["prn"] and _OR.fullmatch(text, before["end"], last["start"]):
                before["prn"] = True
            if before["frequency_per_day"] is not None or last["frequency_per_day"] is None or not before["dose"]:
                continue
            if self._shared.search(last["text"]) and not _SENTENCE.search(text, before["end"], last["start"]):
                before |= {key: last[key] for key in ("frequency_per_day", "schedule", "duration_days", "prn")}

    def _dissolve(self, text: str, orders: Sequence[Order]) -> None:
        """Give what is said of the solvent ("1 g in 250 ml NaCl i.v.") to what is dissolved, and a route to both."""
        for order, other in pairwise(orders):
            if other["atc"].startswith(self._solvents) and self._solved.search(text, order["end"], other["start"]):
                later = {key: other[key] for key in ("route", "frequency_per_day", "duration_days", "infused_hours")}
                order |= {key: value for key, value in later.items() if order[key] is None}
                other["route"] = other["route"] or order["route"]

    def unknown(self, text: str) -> Order | None:
        """Read a text without a known drug as one order of an unknown one: the word before its dose, or None."""
        for word in _NAME.finditer(text):
            right, _ = self._right(text, word.end(), len(text))
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
        before = self.sig.before(text, max(low, start - _BEFORE), start, first=first)
        between = text[low:before].rstrip()
        if "\n" in text[low:before] and not text[low:before].rpartition("\n")[2].strip(" -•*–"):
            return before  # it opens its line
        if not first and (not _ASIDE.sub("", between).strip() or between[-1] in "x×-/" or between[-1].isdigit()):
            return start  # "Ramipril 5 mg Metoprolol": it belongs to the drug before
        return before

    def _right(self, text: str, start: int, high: int) -> tuple[int, frozenset[str]]:
        """Where the words after the name that belong to its order end, and which kinds of directions they are."""
        limit = min(high, start + _REACH)
        position = start
        while stop := _BREAK.search(text, position, limit):
            if text[stop.start()] != "." or not self.sig.is_dotted(text[max(0, stop.end() - 20) : stop.end()]):
                limit = stop.start()
                break
            position = stop.end()
        limit = self.sig.other(text, start, limit)
        if limit == high < len(text):  # the next order may begin before its drug's name
            claimed = self.sig.before(text, max(start, high - _BEFORE), high)
            limit = claimed if _ASIDE.sub("", text[start:claimed]).strip() else high
        reach, kinds = self.sig.reach(text[start:limit])
        return start + reach, kinds

    def _order(self, text: str, match: Match[_Drug], left: int, right: int, kinds: frozenset[str]) -> Order:
        rule = self.drugs[match.payload.ingredient]
        before, after = text[left : match.start], text[match.end : right]
        read = self.sig.read(
            before, after, unit=rule.get("unit", "mg"), combined="/" in rule["id"], kinds=None if before else kinds
        )
        told = read["route"]
        implied = None if told else self.sig.implied_route(text[left:right], rule["atc"])
        by_rate = implied == "oral" and "/" in str((read["dose"] or {}).get("unit"))  # "heparin gtt 12 units/kg/h"
        read["route"] = None if by_rate else told or implied
        read["route_assumed"] = told is None and read["route"] is not None
        return {
            "ingredient": rule["id"],
            "atc": rule["atc"],
            "name": text[match.start : match.end],
            **read,
            **({"part_strengths_mg": rule["strengths_mg"]} if "strengths_mg" in rule else {}),
            "text": text[left:right].strip(),
            "start": match.start,
            "end": match.end,
        }
