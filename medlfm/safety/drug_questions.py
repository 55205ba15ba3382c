"""Questions about a drug that the drug table answers: the highest dose, who must not take it, what acts against it.

The table is general knowledge, which is never shown as a citation: such an answer says so, and goes to review.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cache, partial
from typing import Any

from medlfm.components.medications import parse_orders
from medlfm.knowledge.drugs import Drug, DrugTable, drug_table
from medlfm.matching.phrases import ENDINGS, PhraseIndex, fold
from medlfm.matching.rules import shipped_rules
from medlfm.safety.findings import Finding
from medlfm.safety.orders import check_orders
from medlfm.safety.patient import Patient
from medlfm.safety.wording import amount, say

__all__ = ["answer_from_table", "findings_for"]

_MOST = 8  # interaction partners that are named
_SEVERE = ("major", "contraindicated")


def answer_from_table(question: str, facts: Patient, lang: str) -> list[str]:
    """Return what the table says to a question about a drug, as sentences; nothing where it isn't one.

    With facts of a patient, what speaks against the drug comes first.
    """
    table = drug_table()
    drugs = [drug for drug in _named(question, lang, table) if drug.known]
    asked = {match.payload for match in _cues(lang).find(question)}
    warned = [f"{finding.what.rstrip('.')}. {finding.why}".strip() for finding in findings_for(question, facts, lang)]
    sentences = [text for drug in drugs[:1] for kind in sorted(asked) for text in _ANSWERS[kind](drug, table, lang)]
    return [text[:1].upper() + text[1:] for text in dict.fromkeys([*warned, *sentences])]


def findings_for(question: str, facts: Patient, lang: str) -> list[Finding]:
    """Return what the facts of a patient say against the drugs that a question names."""
    if facts == Patient():
        return []
    table = drug_table()
    orders = [
        order for order in parse_orders(question, lang) if (drug := _drug_of(order, table)) is not None and drug.known
    ]
    found = check_orders(orders, facts, lang).findings if orders else ()
    return [finding for finding in found if finding.verdict not in ("ok", "unknown_drug", "dose_too_low")]


def _named(question: str, lang: str, table: DrugTable) -> list[Drug]:
    found = (_drug_of(order, table) for order in parse_orders(question, lang))
    return list({drug.id: drug for drug in found if drug is not None}.values())


def _drug_of(order: Any, table: DrugTable) -> Drug | None:
    return table.find(order["ingredient"], order["atc"])


def _dose(drug: Drug, table: DrugTable, lang: str) -> Iterator[str]:
    adult = drug.limits.get("adult") or {}
    for unit in ("mg", "iu", "mmol"):
        values = {name: adult.get(f"{name}_{unit}") for name in ("single", "daily", "weekly")}
        for name, value in values.items():
            if isinstance(value, int | float):
                yield say(lang, f"drug.{name}", "answers", drug=drug.name(lang), amount=amount(value, unit, lang))
    for row in drug.limits.get("renal") or ():
        if isinstance(row.get("daily_mg"), int | float):
            most = amount(row["daily_mg"], "mg", lang)
            yield say(lang, "drug.renal", "answers", drug=drug.name(lang), egfr=row["egfr_below"], amount=most)


def _against(drug: Drug, table: DrugTable, lang: str) -> Iterator[str]:
    for severity in reversed(_SEVERE):
        names = [table.label(name, lang) for name, how in table.cautions(drug).items() if how == severity]
        if names:
            yield say(lang, f"drug.{severity}", "answers", drug=drug.name(lang), names=", ".join(sorted(set(names))))


def _pregnancy(drug: Drug, table: DrugTable, lang: str) -> Iterator[str]:
    level = drug.pregnancy.get("level", "")
    text = say(lang, f"drug.pregnancy.{level}", "answers", drug=drug.name(lang)) if level else ""
    if text:
        yield text


def _partners(drug: Drug, table: DrugTable, lang: str, direction: str = "") -> Iterator[str]:
    """Name what a drug interacts with; direction: only what makes it weaker, or stronger."""
    by_effect: dict[str, list[str]] = {}
    for other, rule in table.partners(drug):
        effect = rule.effect[lang]
        if direction and direction not in {match.payload for match in _effects(lang).find(effect)}:
            continue
        if not direction and rule.severity not in _SEVERE:
            continue
        by_effect.setdefault(effect, []).append(table.label(other, lang))
    for effect, names in list(by_effect.items())[:_MOST]:
        listed = ", ".join(sorted(set(names), key=fold)[:_MOST])
        yield say(lang, "drug.partners", "answers", drug=drug.name(lang), names=listed, effect=effect)


_ANSWERS: dict[str, Callable[[Drug, DrugTable, str], Iterator[str]]] = {
    "dose": _dose,
    "against": _against,
    "pregnancy": _pregnancy,
    "partners": _partners,
    "weaker": partial(_partners, direction="weaker"),
    "stronger": partial(_partners, direction="stronger"),
}


@cache
def _cues(lang: str) -> PhraseIndex[str]:
    return _index(lang, "asks")


@cache
def _effects(lang: str) -> PhraseIndex[str]:
    return _index(lang, "effect")


def _index(lang: str, kind: str) -> PhraseIndex[str]:
    rules: Sequence[Any] = [rule for rule in shipped_rules(lang, "drug_questions") if kind in rule]
    return PhraseIndex([(phrase, rule[kind]) for rule in rules for phrase in rule["phrases"]], endings=ENDINGS[lang])
