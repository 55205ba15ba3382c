"""Checking with the user's own drug data: its names are read in orders, its label texts stand beside the findings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from medlfm.components.medications import parse_orders
from medlfm.knowledge.drugs import DrugTable, drug_table
from medlfm.knowledge.own_drugs import Label, NamedDrug, load_own_drugs
from medlfm.matching.orders import order_finder
from medlfm.matching.phrases import fold
from medlfm.matching.rules import Rule, load_rules

__all__ = ["OwnTable", "own_table"]

_SHORT = 4  # letters; a shorter name of a foreign table is too easily an ordinary word


class OwnTable:
    """The shipped table with the names and labels of the user's files.

    Raises OrderError for a file that can't be read.
    """

    def __init__(self, paths: Iterable[str | Path] = ()) -> None:
        self.own = load_own_drugs(paths)

    def parse(self, text: str, lang: str) -> list[dict[str, Any]]:
        """Read orders like `parse_orders`, with the names of the files besides."""
        if not self.own.drugs:
            return parse_orders(text, lang)
        finder = order_finder(lang, _rules_of(self.own.drugs, lang))
        return finder.find(text) or [order for order in (finder.unknown(text),) if order]

    def labels(self, orders: Iterable[Mapping[str, Any]]) -> tuple[Label, ...]:
        """Return the label texts of the drugs in orders, once each."""
        table = drug_table()
        found: dict[Label, None] = {}
        for order in orders:
            drug = table.find(order["ingredient"], order["atc"])
            names = [*drug.names.get("en", ()), drug.id] if drug else []
            found |= dict.fromkeys(self.own.labels_of(order["ingredient"], order["name"], *names))
        return tuple(found)


@lru_cache(maxsize=4)
def own_table(paths: tuple[str | Path, ...]) -> OwnTable:
    """Return the table with these files, read once a process."""
    return OwnTable(paths)


@lru_cache(maxsize=4)
def _rules_of(drugs: tuple[NamedDrug, ...], lang: str) -> tuple[Rule, ...]:
    return tuple(_extended(load_rules(lang, "medications"), drugs, drug_table()))


def _extended(rules: list[Rule], drugs: Iterable[NamedDrug], table: DrugTable) -> list[Rule]:
    """Add names to the ingredients that the lexicon knows, and rows for the others."""
    rows = {rule["id"]: rule for rule in rules}
    lexicon = [rule for rule in rules if "atc" in rule]
    known = {fold(name): rule["id"] for rule in lexicon for name in (*rule["en"], *rule["de"], rule["id"])}
    taken = {fold(name) for rule in lexicon for name in (*rule["en"], *rule["de"], *rule["brands"])}
    for drug in drugs:
        names = [name for name in drug.names if len(name) >= _SHORT and fold(name) not in taken]
        target = known.get(fold(drug.ingredient))
        if target is None and (found := table.find(drug.ingredient, drug.atc)) and found.known:
            target = found.id if found.id in rows else None
        if target is None:
            target = drug.ingredient
            rows[target] = {"id": target, "atc": drug.atc, "en": [target], "de": [target], "brands": []}
            known[fold(target)] = target
        rows[target] = {**rows[target], "brands": [*rows[target]["brands"], *names]}
        taken |= {fold(name) for name in names}
    return list(rows.values())
