"""The sentences that the checks show, by id and language; they are data in `rules/<lang>/`."""

from __future__ import annotations

from functools import cache

from medlfm.matching.rules import shipped_rules

__all__ = ["amount", "say", "words_of"]


def say(lang: str, name: str, kind: str = "orders", **values: object) -> str:
    """Fill in the sentence `name` of a rules file; "" where there is none by that name."""
    return _sentences(lang, kind).get(name, "").format(**values)


@cache
def words_of(lang: str, kind: str, name: str) -> frozenset[str]:
    """Return a word list of a rules file."""
    return frozenset(next(rule["words"] for rule in shipped_rules(lang, kind) if rule["id"] == name))


@cache
def _sentences(lang: str, kind: str) -> dict[str, str]:
    return {rule["id"]: rule["text"] for rule in shipped_rules(lang, kind) if "text" in rule}


def amount(value: float, unit: str, lang: str) -> str:
    """Write a dose for people: 0.05 mg as 50 µg, 3500 mg as 3.5 g, with the decimal sign of the language."""
    if unit == "mg" and value < 0.1:
        value, unit = value * 1000, "µg"
    elif unit == "mg" and value >= 1000:
        value, unit = value / 1000, "g"
    text = f"{value:,.6g}".replace(",", "")
    unit = {"iu": "IE" if lang == "de" else "IU"}.get(unit, unit)
    return f"{text.replace('.', ',') if lang == 'de' else text} {unit}"
