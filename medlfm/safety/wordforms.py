"""The forms of a word that are compared: folded, without inflection and derivation, irregular verbs by their root."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache, lru_cache

from medlfm.knowledge.text import fold as fold_spelling
from medlfm.matching.rules import Rule, shipped_rules

__all__ = ["fold_word", "keys_of"]

_UMLAUTS = str.maketrans({"ä": "a", "ö": "o", "ü": "u", "ß": "ss", "é": "e", "è": "e", "ê": "e"})
_PARTICIPLE = re.compile(
    r"(\w{3,})(?:ge|zu)(\w{3,}(?:t|en)\w{0,2})"
)  # of a verb with a word before it: "ruhiggestellt"
_SHORTEST = 4  # letters of a word that endings leave


def fold_word(word: str, lang: str) -> str:
    """Fold for comparing: German umlauts to their vowels (Anfälle, Anfall), English spellings of one word to one."""
    if lang != "de":
        return fold_spelling(word).replace("’", "'")
    word = word.lower().translate(_UMLAUTS)
    return word.replace("ae", "a").replace("oe", "o").replace("ue", "u").replace("’", "'")


@lru_cache(maxsize=65536)
def keys_of(folded: str, lang: str) -> frozenset[str]:
    """Return what a folded word is compared by: its stem, a German one also without ge- and with its verb's root."""
    bare = folded.replace("'", "")
    found = {bare, _stem(bare, lang)}
    if lang == "de" and (inside := _PARTICIPLE.fullmatch(bare)):
        found.add(inside[1] + _stem(inside[2], lang))
    for prefix, rest in _split_prefix(bare, lang):
        root = _stem(rest, lang)
        for changed, plain in _roots(lang):
            if root.startswith(changed) and len(root) <= len(changed) + 2:
                root = plain
                break
        else:
            if rest == bare[len(prefix) :]:
                continue
        found.add(prefix + root)
    return frozenset(found)


def _split_prefix(word: str, lang: str) -> Iterator[tuple[str, str]]:
    """Yield (prefix, rest) of a German verb or the noun made of it, the rest without ge- or -zu-."""
    if lang != "de":
        yield "", word
        return
    for prefix in ("", *_prefixes(lang)):
        rest = word[len(prefix) :]
        if not word.startswith(prefix) or len(rest) < _SHORTEST:
            continue
        yield prefix, rest
        for infix in ("ge", "zu"):
            if rest.startswith(infix) and len(rest) >= 6 and (infix == "ge" or prefix):
                yield prefix, rest[2:]


@cache
def _prefixes(lang: str) -> tuple[str, ...]:
    return tuple(_rule(lang, "prefixes")["words"])


@cache
def _roots(lang: str) -> tuple[tuple[str, str], ...]:
    """The changed roots of irregular verbs with the plain one, longest first: ("nomm", "nehm")."""
    pairs = ((changed, rule["root"]) for rule in shipped_rules(lang, "support") for changed in rule.get("changed", ()))
    return tuple(sorted(pairs, key=lambda pair: -len(pair[0])))


@cache
def _endings(lang: str) -> tuple[str, ...]:
    return tuple(sorted(_rule(lang, "endings")["words"], key=len, reverse=True))


def _rule(lang: str, name: str) -> Rule:
    return next(rule for rule in shipped_rules(lang, "support") if rule["id"] == name)


def _stem(word: str, lang: str) -> str:
    """Take endings off, one after the other, while four letters stay; what differs in a mute e is made one."""
    shortened = True
    while shortened:
        shortened = False
        for ending in _endings(lang):
            if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST:
                word, shortened = word[: -len(ending)], True
                break
    return re.sub(r"e([lrn])$", r"\1", word) if len(word) > _SHORTEST + 1 else word
