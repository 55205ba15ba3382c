"""The drug table: ingredients with limits, contraindications, allergy classes and interactions, by name or ATC code.

Each fact names its source; "general knowledge" is what every textbook says, read by a second reader, and never shown
as a citation. A drug that only the medication lexicon knows is a stub: its ATC code tells its classes, nothing else.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cache
from importlib.resources import files
from typing import Any

from medlfm.knowledge.drug import SEVERITIES, TIERS, Drug, Interaction, drug_of, interaction_of
from medlfm.matching.phrases import ENDINGS, PhraseIndex, longest
from medlfm.matching.phrases import fold as fold_words

__all__ = ["SEVERITIES", "TIERS", "Drug", "DrugTable", "Interaction", "drug_table"]


# "J45.9 A" and "J45.9 V" say that asthma was ruled out, or suspected
_ICD10 = re.compile(r"(?<![^\W_])[A-TV-Z]\d\d\.\d{1,3}(?![^\W_])(?!\s?[AV](?![^\W_]))")
_CODE = re.compile(r"[A-TV-Z]\d\d[\d.]{0,4}|\d{6,18}")


class DrugTable:
    """The tables, read once; use `drug_table()`."""

    def __init__(self) -> None:
        self.classes = {row["id"]: row for row in _read("drug_classes")}
        self.conditions = {row["id"]: row for row in _read("conditions")}
        self._mechanisms = _read("mechanisms")
        self._mechanism_rows = {row["id"]: row for row in self._mechanisms}
        self.mechanism_ids = list(self._mechanism_rows)
        self.drugs = {row["id"]: drug_of(row) for row in _read("drugs")}
        self.drugs = {name: replace(drug, mechanisms=self._mechanisms_of(drug)) for name, drug in self.drugs.items()}
        self._by_name = {
            fold_words(name): drug
            for drug in self.drugs.values()
            for name in (*drug.names["en"], *drug.names["de"], *drug.brands)
        }
        self._by_atc = {drug.atc: drug for drug in self.drugs.values()}
        self._stubs: dict[tuple[str, str], Drug] = {}
        self._interactions = _by_groups(_read("interactions"))
        self._cross = _read("cross_allergies")
        self._areas = _read("areas")
        self._uses = [
            (
                row["uses"],
                [fold_words(phrase).replace("-", " ").split() for words in row["words"].values() for phrase in words],
            )
            for row in _read("indications")
        ]
        self.caution_rows = _read("cautions")
        self._cautions: dict[str, list[dict[str, Any]]] = {}
        for row in self.caution_rows:
            self._cautions.setdefault(row["group"], []).append(row)
        self._condition_index = _index(((row["id"], _words(row)) for row in self.conditions.values()), tails=True)
        self._talk_index = _index((row["id"], [*_words(row), *row.get("talk", ())]) for row in self.conditions.values())
        self._codes = [
            (code.replace(".", ""), row["id"])
            for row in self.conditions.values()
            for code in (*row.get("icd10", ()), *row.get("snomed", ()))
        ]
        self._measured = [
            (row["id"], _value_of(limit["names"]), limit)
            for row in self.conditions.values()
            for limit in row.get("measured", ())
        ]
        names = ((drug.id, [*drug.names["en"], *drug.names["de"], *drug.brands]) for drug in self.drugs.values())
        parts = {part for drug in self.drugs.values() for part in drug.parts} - self.drugs.keys()
        others = ((part, [part]) for part in sorted(parts))  # "sulfamethoxazole" is given in combinations only
        self._allergen_index = _index([*names, *others, *((row["id"], _words(row)) for row in self.classes.values())])

    def find(self, ingredient: str, atc: str = "") -> Drug | None:
        """Look a drug up by name, brand or ATC code; a stub where only the code tells something."""
        drug = self._by_name.get(fold_words(ingredient)) or self._by_atc.get(atc)
        if drug or not (ingredient and atc):
            return drug
        if (ingredient, atc) not in self._stubs:
            found = self._classes_of(atc)
            stub = Drug(id=ingredient, atc=atc, drug_class=found, allergy_classes=found)
            self._stubs[ingredient, atc] = replace(stub, mechanisms=self._mechanisms_of(stub))
        return self._stubs[ingredient, atc]

    def _classes_of(self, atc: str) -> frozenset[str]:
        return frozenset(name for name, row in self.classes.items() if atc.startswith(tuple(row["atc"])))

    def _mechanisms_of(self, drug: Drug) -> frozenset[str]:
        """Return the mechanisms of a drug by its code and name; a combination has also those of its parts."""
        names = {drug.id, *drug.parts}
        own = {
            row["id"] for row in self._mechanisms if drug.atc.startswith(tuple(row["atc"])) or names & set(row["drugs"])
        }
        parts = (self.drugs.get(part) for part in drug.parts)
        return frozenset(own.union(*(part.drug_class for part in parts if part)))

    def find_conditions(self, text: str) -> set[str]:
        """Return the conditions that free words or codes of ICD-10 and SNOMED CT name, with those that they imply."""
        found = {match.payload for match in longest(self._condition_index.find(text))}
        return self.implied(found | self._coded(text))

    def _coded(self, text: str) -> set[str]:
        """Return the conditions of the codes in a text: with their point ("I48.0"), or alone ("I48", "195967001")."""
        codes = _ICD10.findall(text) + ([text.strip()] if _CODE.fullmatch(text.strip()) else [])
        plain = [code.replace(".", "") for code in codes]
        return {name for code in plain for front, name in self._codes if code == front or _is_below(code, front)}

    def uses_of(self, disease: str) -> frozenset[str]:
        """Return what is used for a disease, as beginnings of ATC codes and names of drugs."""
        words = fold_words(disease).replace("-", " ").split()

        def named(phrase: list[str]) -> bool:
            return all(any(word.startswith(stem) for word in words) for stem in phrase)

        return frozenset(use for uses, phrases in self._uses if any(map(named, phrases)) for use in uses)

    def areas_of(self, text: str) -> set[str]:
        """Return the areas of medicine that a disease belongs to, by the beginnings of its words."""
        words = fold_words(text).split()
        return {
            row["id"]
            for row in self._areas
            if any(
                word.startswith(fold_words(stem)) for stems in row["words"].values() for stem in stems for word in words
            )
        }

    def areas_for(self, atc: str) -> set[str]:
        """Return the areas of medicine that a drug of this code is used in."""
        return {row["id"] for row in self._areas if atc.startswith(tuple(row["atc"]))}

    def condition_places(self, text: str) -> list[tuple[int, int]]:
        """Return where a text names conditions."""
        return [(match.start, match.end) for match in longest(self._condition_index.find(text))]

    def spoken_of(self, text: str) -> set[str]:
        """Return the conditions that a talk touches, also in lay words that may mean less ("a liver problem")."""
        return self.implied(match.payload for match in self._talk_index.find(text))

    def measured(self, text: str) -> set[str]:
        """Return the conditions that a measured value means ("K 6.2 mmol/l", "QTc 510"), by the rows' "measured"."""
        found = set()
        for name, pattern, limit in self._measured:
            for match in pattern.finditer(text):
                if _outside(float(match["value"].replace(",", ".")), limit):
                    found.add(name)
        return self.implied(found)

    def implied(self, conditions: Iterable[str]) -> set[str]:
        """Add the conditions that the given ones imply ("severe asthma" is asthma)."""
        result: set[str] = set()
        waiting = list(conditions)
        while waiting:
            name = waiting.pop()
            if name not in result:
                result.add(name)
                waiting += self.conditions[name]["implies"]
        return result

    def find_allergens(self, text: str) -> set[str]:
        """Return the drugs and classes that the free words of an allergy name, with the classes of those drugs."""
        found = {match.payload for match in longest(self._allergen_index.find(text))}
        for name in list(found):
            if name in self.drugs:
                found |= {group for group in self.drugs[name].allergy_classes if not self.classes[group]["broad"]}
        return found

    def cautions(self, drug: Drug) -> dict[str, str]:
        """Return condition → severity, the worst of its groups; what the row of a drug itself says comes before it."""
        rows = [row for group in drug.groups & self._cautions.keys() for row in self._cautions[group]]
        rows.sort(key=lambda row: (SEVERITIES.index(row["severity"]), row["id"]))
        return {name: row["severity"] for row in rows for name in row["conditions"]} | dict(drug.contraindications)

    def cross_allergy(self, allergens: Iterable[str], drug: Drug) -> list[dict[str, Any]]:
        """Return the rules by which an allergy may reach a drug of another class, the worst first."""
        names = set(allergens)
        rules = [row for row in self._cross if row["allergy"] in names and row["drug"] in drug.allergy_classes]
        return sorted(rules, key=lambda row: -SEVERITIES.index(row["severity"]))

    def interactions(self, one: Drug, other: Drug) -> list[Interaction]:
        """Return the rules about two different drugs, the worst first."""
        found = {
            row["id"]: interaction_of(row)
            for group in one.groups & self._interactions.keys()
            for against in other.groups & self._interactions[group].keys()
            for row in (self._interactions[group][against],)
        }
        return sorted(found.values(), key=lambda rule: (-_rank(rule), rule.id))

    def partners(self, drug: Drug) -> list[tuple[str, Interaction]]:
        """Return what a drug interacts with (drugs, classes, mechanisms), each with its rule, the worst first."""
        found = {
            (other, row["id"]): interaction_of(row)
            for group in drug.groups & self._interactions.keys()
            for other, row in self._interactions[group].items()
        }
        pairs = [(other, rule) for (other, _), rule in found.items()]
        return sorted(pairs, key=lambda pair: (-_rank(pair[1]), pair[0], pair[1].id))

    def partner_count(self, drug: Drug) -> int:
        """Return by how many rules a drug interacts."""
        return sum(len(self._interactions[group]) for group in drug.groups & self._interactions.keys())

    def label(self, name: str, lang: str) -> str:
        """Return the name of a drug, class, condition or mechanism in a language."""
        if name in self.drugs:
            return self.drugs[name].name(lang)
        row = self.classes.get(name) or self.conditions.get(name) or self._mechanism_rows.get(name)
        return str(row["name"][lang]) if row else name


@cache
def drug_table() -> DrugTable:
    """Return the drug table that ships with medlfm; read once a process."""
    return DrugTable()


def _read(name: str) -> list[dict[str, Any]]:
    text = (files("medlfm") / "knowledge" / f"{name}.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines() if line]


def _rank(rule: Interaction) -> int:
    """Order rules by severity, and of equal ones those that interrupt before the others."""
    return SEVERITIES.index(rule.severity) * len(TIERS) + TIERS.index(rule.tier)


def _is_below(code: str, front: str) -> bool:
    """Whether a code of ICD-10 is a finer one of another; codes of SNOMED CT have no such order."""
    return front[0].isalpha() and code.startswith(front)


def _by_groups(rules: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, Mapping[str, Any]]]:
    """Index the rules by both groups, in either order."""
    index: dict[str, dict[str, Mapping[str, Any]]] = {}
    for rule in rules:
        index.setdefault(rule["a"], {})[rule["b"]] = rule
        index.setdefault(rule["b"], {})[rule["a"]] = rule
    return index


def _words(row: Mapping[str, Any]) -> list[str]:
    return [word for words in row["words"].values() for word in words]


def _outside(value: float, limit: Mapping[str, Any]) -> bool:
    """Whether a value is "below" or "above" a limit and still one of this unit (at least "from", at most "to")."""
    inside = limit.get("from", value) <= value <= limit.get("to", value)
    return bool(inside and (value < limit.get("below", value) or value > limit.get("above", value)))


def _value_of(names: Iterable[str]) -> re.Pattern[str]:
    """Match a value after one of these names: "K 6.2", "Kalium: 2,8 mmol/l", the systolic one of "RR 75/40"."""
    written = "|".join(re.escape(name) for name in names)
    value = r"\d{2,3}(?=/\d{2,3}(?![\d/]))|\d+(?:[.,]\d+)?(?!\d|/\d)"  # no date ("K 5/11/26")
    return re.compile(rf"(?<![^\W_])(?:{written})\+?(?:[\s:=]|of|von|is|was)*(?P<value>{value})", re.I)


def _index(entries: Iterable[tuple[str, list[str]]], *, tails: bool = False) -> PhraseIndex[str]:
    """Index names: short capitals as they are written, long words with their compounds ("Penicillinallergie").

    tails: German nouns also at the end of a compound ("Listerienmeningitis"), unless it has a row of its own.
    """
    phrases: list[tuple[str, str]] = []
    entries = list(entries)
    nouns = {(word, name) for name, words in entries for word in words if tails and word.istitle() and word.isalpha()}
    for name, words in entries:
        for word in words:
            plain = word.replace("(", " ").replace(")", " ")
            short = len(word) < 5 and word.isupper()
            phrases.append((f"={word}" if short else plain, name))
            if len(word) > 7 and word.isalpha():
                phrases.append((f"{word}*", name))
            own = (other == name or not noun.endswith(word.lower()) for noun, other in nouns)
            if (word, name) in nouns and len(word) > 7 and all(own):
                phrases.append((f"*{word}", name))
    return PhraseIndex(phrases, endings=tuple(sorted({*ENDINGS["en"], *ENDINGS["de"]}, key=len, reverse=True)))
