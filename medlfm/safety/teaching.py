"""Does a question ask for knowledge about an emergency, with nobody ill in it? "How do I recognise a stroke?" does.

Conservative: every sentence must begin as such questions do, and what follows must name no person, no time, no number
and nothing that happens right now. Whatever else sounds like an emergency stays one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from medlfm.knowledge.text import sentences
from medlfm.matching.rules import shipped_rules

__all__ = ["asks_for_knowledge", "asks_how_to_help", "begins_as_asking", "claims", "waits_for_rescue"]

_LONGEST = 250  # characters: a longer one tells a story


def asks_for_knowledge(question: str, lang: str) -> bool:
    """Say whether all that a question wants is knowledge; `lang` is the language it is in."""
    asks, current = _patterns(lang)
    parts = sentences(question, lang)
    if not parts or len(question) > _LONGEST:
        return False
    for part in parts:
        beginning = asks.match(part.strip())
        if not beginning or current.search(part.strip(), beginning.end()):
            return False
    return True


def begins_as_asking(part: str, lang: str) -> bool:
    """Say whether a sentence begins as a question for knowledge, whoever is named in it."""
    return _patterns(lang)[0].match(part.strip()) is not None


def claims(question: str, languages: Sequence[str]) -> tuple[str, ...]:
    """Return why, where somebody is said to have what is asked about just now ("… I think I am having one")."""
    found = [lang for lang in languages if _any(lang, "claims").search(question)]
    return tuple(rule["reason"] for lang in found for rule in shipped_rules(lang, "intake") if "claims" in rule)


def waits_for_rescue(question: str, lang: str) -> bool:
    """Say whether a question speaks of an ambulance or an emergency number: the answer then must name the number."""
    return _any(lang, "rescue").search(question) is not None


def asks_how_to_help(question: str, lang: str) -> bool:
    """Say whether a question asks what to do: about an emergency that is only supposed ("if …"), or about its name."""
    return _any(lang, "helps").search(question) is not None


@cache
def _any(lang: str, kind: str) -> re.Pattern[str]:
    rules = (rule[kind] for rule in shipped_rules(lang, "intake") if kind in rule)
    return re.compile("|".join(rules), re.IGNORECASE)


@cache
def _patterns(lang: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """The beginnings of questions for knowledge, and what speaks for a person who is ill now."""
    rules = shipped_rules(lang, "intake")
    asks, current = ("|".join(f"(?:{rule[kind]})" for rule in rules if kind in rule) for kind in ("asks", "current"))
    return re.compile(asks, re.IGNORECASE), re.compile(current, re.IGNORECASE)
