"""The vocabulary by which statements are read (`rules/<lang>/support.jsonl`), put in order once a process."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from medlfm.matching.rules import Rule, shipped_rules
from medlfm.safety.wordforms import fold_word, keys_of

__all__ = ["TOKEN", "Vocabulary", "counted", "vocabulary", "words_of"]

TOKEN = re.compile(r"\d+(?:[.,:]\d+)*|[^\W\d_]+(?:\d+|['’][^\W\d_]+)?|[%°µ‰]\w*|[,;:()/–—-]|\S")


@dataclass(frozen=True)
class Vocabulary:
    """Words and phrases by what they are to a statement, folded."""

    lang: str
    stop: frozenset[str]
    no_content: frozenset[str]  # besides: units and numerals, which make quantities, and connectives
    connectives: frozenset[str]
    contrasts: frozenset[str]
    negators: frozenset[str]
    without: frozenset[str]
    numerals: frozenset[str]
    joints: frozenset[str]
    alternatives: frozenset[str]
    articles: frozenset[str]
    before_amounts: frozenset[str]
    particles: frozenset[str]
    least: frozenset[str]  # names of meanings that make a number the least
    most: frozenset[str]
    agents: frozenset[str]  # "by"
    directed: frozenset[str]  # the keys of deeds that one does to another
    phrases: dict[str, list[tuple[tuple[str, ...], str, str]]]  # by their first word: words, kind, name
    same: dict[str, list[tuple[tuple[frozenset[str], ...], str]]]  # words of one meaning by a key of the first: name
    members: dict[str, frozenset[str]]  # the keys of the single words of one meaning, by name


@cache
def vocabulary(lang: str) -> Vocabulary:
    """Return the vocabulary of a language."""
    rules = {rule["id"]: rule for rule in shipped_rules(lang, "support")}
    phrases: dict[str, list[tuple[tuple[str, ...], str, str]]] = {}
    for rule in rules.values():
        for kind in ("negator", "negative", "hedge", "absolute", "plain", "light"):
            for phrase in rule.get(kind, ()):
                words = tuple(fold_word(token, lang) for token in TOKEN.findall(phrase))
                phrases.setdefault(words[0], []).append((words, kind, str(rule.get("name", rule["id"]))))
    same, members = _meanings(lang)
    stop = words_of({rule["id"]: rule for rule in shipped_rules(lang, "retrieval")}, "stop-words", lang)
    connectives = words_of(rules, "connectives", lang) | words_of(rules, "contrasts", lang)
    return Vocabulary(
        lang=lang,
        stop=stop,
        no_content=stop | connectives | counted(lang),
        connectives=connectives,
        contrasts=words_of(rules, "contrasts", lang),
        negators=frozenset(
            fold_word(w, lang) for rule in rules.values() for w in rule.get("negator", ()) if " " not in w
        ),
        without=words_of(rules, "without", lang),
        numerals=frozenset(fold_word(word, lang) for rule in rules.values() for word in rule.get("numeral", ())),
        joints=words_of(rules, "joints", lang),
        alternatives=words_of(rules, "alternatives", lang),
        articles=words_of(rules, "articles", lang),
        before_amounts=words_of(rules, "before-amounts", lang),
        particles=words_of(rules, "particles", lang),
        least=frozenset(rules.get("bounds", {}).get("least", ())),
        most=frozenset(rules.get("bounds", {}).get("most", ())),
        agents=words_of(rules, "agents", lang),
        directed=frozenset().union(*(keys_of(word, lang) for word in words_of(rules, "directed", lang))),
        phrases=phrases,
        same=same,
        members=members,
    )


@cache
def counted(lang: str) -> frozenset[str]:
    """Return units and numerals, which make quantities."""
    rules = shipped_rules(lang, "support")
    return frozenset(fold_word(form, lang) for r in rules for form in (*r.get("unit", ()), *r.get("numeral", ())))


def _meanings(
    lang: str,
) -> tuple[dict[str, list[tuple[tuple[frozenset[str], ...], str]]], dict[str, frozenset[str]]]:
    """Return the words and phrases of one meaning by a key of their first word, and the single words by meaning."""
    same: dict[str, list[tuple[tuple[frozenset[str], ...], str]]] = {}
    members: dict[str, set[str]] = {}
    for rule in shipped_rules(lang, "support"):
        for phrase in rule.get("same", ()):
            tokens = [fold_word(token, lang) for token in TOKEN.findall(phrase)]
            words = tuple(keys_of(token, lang) for token in tokens)
            for key in words[0] - (counted(lang) - {tokens[0]}):  # "hourly" is a word of its own, "hour" a unit
                same.setdefault(key, []).append((words, rule["id"]))
            if len(words) == 1:
                members.setdefault(rule["id"], set()).update(words[0])
    return same, {name: frozenset(keys) for name, keys in members.items()}


def words_of(rules: dict[str, Rule], name: str, lang: str) -> frozenset[str]:
    """Return the folded words of a listed rule; none where it is missing."""
    return frozenset(fold_word(word, lang) for word in rules.get(name, {}).get("words", ()))
