"""Who a question is about: groups of patients for whom an answer about everybody may be wrong."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from medlfm.knowledge.passages import Passage
from medlfm.matching.rules import shipped_rules
from medlfm.settings import LANGUAGES

__all__ = ["left_out"]


def left_out(question: str, cited: Sequence[Passage], lang: str) -> list[str]:
    """Return the groups that a question names and the cited passages don't speak of, by their name in the language."""
    return [
        name
        for group, (name, asked) in _groups(lang).items()
        if asked.search(question) and not any(_speaks(passage, group) for passage in cited)
    ]


def _speaks(passage: Passage, group: str) -> bool:
    known = _groups(passage.lang if passage.lang in LANGUAGES else "en")
    return bool(known[group][1].search(f"{passage.title} {passage.text} {passage.question}"))


@cache
def _groups(lang: str) -> dict[str, tuple[str, re.Pattern[str]]]:
    rules = (rule for rule in shipped_rules(lang, "intake") if "group" in rule)
    return {
        rule["group"]: (rule["name"], re.compile(rf"(?<!\w)(?:{'|'.join(rule['begins'])})", re.IGNORECASE))
        for rule in rules
    }
