"""The words of a question or a passage in the form in which they are compared: folded, without stop words, stemmed."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from medlfm.matching.language import detect_language
from medlfm.matching.rules import shipped_rules
from medlfm.matching.sentences import SentenceSplitter
from medlfm.settings import LANGUAGES

__all__ = [
    "announces",
    "cognate",
    "content_stems",
    "fold",
    "general_tails",
    "leans_on_another",
    "mentions",
    "near_types",
    "passage_type",
    "question_language",
    "question_type",
    "sentences",
    "split_sentences",
    "stem",
    "strip_cues",
]

_WORD = re.compile(r"[^\W_]+(?:[.,]\d+)?")
_FOLDS = str.maketrans({"ä": "e", "ö": "e", "ü": "u", "ß": "ss", "é": "e", "è": "e", "ê": "e", "á": "a", "à": "a"})
_LATIN = ("ische", "isch", "ien", "ies", "ia", "ie", "us", "um", "is", "en", "al", "ic", "y", "a", "e", "s")


def fold(word: str) -> str:
    """Lower the case and make one spelling of ä/ae/e, ö/oe/e, ü/ue/u and ß/ss: haemorrhage, Ödem and edema meet."""
    word = word.lower().translate(_FOLDS)
    return word.replace("ae", "e").replace("oe", "e").replace("ue", "u")


@cache
def stem(word: str, lang: str) -> str:
    """Cut the inflection or derivation ending off a folded word; at least four characters stay.

    German endings are cut one after the other: "Steine" and "Stein" must meet, and "Stein" ends like one inflected.
    """
    for ending in _endings(lang):
        if word.endswith(ending) and len(word) - len(ending) >= 4:
            shorter = word[: -len(ending)]
            return stem(shorter, lang) if _rule(lang, "endings").get("repeat") else shorter
    return word


@cache
def cognate(word: str) -> str:
    """Reduce a folded word of Greek or Latin origin to what its English and its German spelling share.

    "karzinom" and "carcinoma", "tuberkulose" and "tuberculosis" give the same text; "" for a word too short.
    """
    if len(word) < 5 or not word.isalpha():
        return ""
    for old, new in (("sch", "s"), ("ph", "f"), ("th", "t"), ("rh", "r"), ("z", "c"), ("k", "c"), ("y", "i")):
        word = word.replace(old, new)
    word = re.sub(r"(.)\1", r"\1", word)
    for ending in _LATIN:
        if word.endswith(ending) and len(word) - len(ending) >= 4:
            word = word[: -len(ending)]
            break
    return word


def content_stems(text: str, lang: str) -> list[str]:
    """Return the stems of the words that carry meaning, in order; numbers and lone capitals (protein S) are kept."""
    stop = _stop_words(lang)
    words = _WORD.findall(text)
    return [
        stem(folded, lang)
        for index, word in enumerate(words)
        if (folded := fold(word))
        and (folded not in stop if len(word) > 1 else word.isdigit() or (index and word.isupper()))
        and not (word == "I" and fold(words[index - 1]) in _before_i(lang))
    ]


def split_sentences(text: str, lang: str) -> list[tuple[int, int]]:
    """Find the sentences of a passage or an answer: [start, end) offsets."""
    return _splitter(lang if lang in LANGUAGES else "en").split(text)


def sentences(text: str, lang: str) -> list[str]:
    """Return the texts of `split_sentences`."""
    return [text[start:end] for start, end in split_sentences(text, lang)]


@cache
def _splitter(lang: str) -> SentenceSplitter:
    return SentenceSplitter(lang)


@cache
def _endings(lang: str) -> tuple[str, ...]:
    return tuple(_rule(lang, "endings")["words"]) if lang in LANGUAGES else ()


@cache
def _before_i(lang: str) -> frozenset[str]:
    """The words after which "I" is who asks, and no number (type I)."""
    return frozenset(
        word
        for rule in (shipped_rules("en", "retrieval") if lang == "en" else ())
        if rule["id"] == "before-i"
        for word in rule["words"]
    )


@cache
def _stop_words(lang: str) -> frozenset[str]:
    return frozenset(fold(word) for word in _rule(lang, "stop-words")["words"]) if lang in LANGUAGES else frozenset()


def _rule(lang: str, name: str) -> dict[str, Any]:
    return next(rule for rule in shipped_rules(lang, "retrieval") if rule["id"] == name)


def question_type(question: str, lang: str) -> str:
    """Say what a question asks for: "symptoms", "treatment", …; "definition" gives way to all others, "" is unknown."""
    found = [kind for kind, pattern in _cues(lang) if pattern.search(question.lower())]
    return next((kind for kind in found if kind != "definition"), found[0] if found else "")


def leans_on_another(sentence: str, lang: str) -> bool:
    """Say whether a sentence opens with a word that points back ("This", "However"): it can't be quoted alone."""
    first = _WORD.search(sentence)
    return first is not None and fold(first[0]) in _openers(lang)


@cache
def _openers(lang: str) -> frozenset[str]:
    return frozenset(fold(word) for word in _rule(lang, "openers")["words"])


def announces(sentence: str, lang: str) -> bool:
    """Say whether a sentence announces what it doesn't hold ("the following list", "the table below")."""
    rule = _rule(lang, "announcements")
    words = [fold(match[0]) for match in _WORD.finditer(sentence)]
    spaced = f" {' '.join(words)} "
    return bool(words) and (words[-1] in rule["last"] or any(f" {fold(said)} " in spaced for said in rule["anywhere"]))


@cache
def general_tails(lang: str) -> frozenset[str]:
    """Return the stems of words that say little as the last part of a compound (Migräne*anfall*)."""
    rules = shipped_rules(lang, "retrieval")
    return frozenset(
        stem(fold(word), lang) for rule in rules if rule["id"] == "general-tails" for word in rule["words"]
    )


@cache
def near_types(kind: str) -> frozenset[str]:
    """Return the types of passages that often answer a question of another type (prevention for treatment)."""
    rules = shipped_rules("en", "retrieval")
    return frozenset(name for rule in rules if rule.get("type") == kind for name in rule["near"])


def question_language(question: str) -> str:
    """Detect the language of a question; a short one ("Was verursacht Gicht?") is told by what it asks with."""
    if found := detect_language(question):
        return found
    asking = [lang for lang in LANGUAGES if question_type(question, lang)]
    return asking[0] if len(asking) == 1 else ""


def mentions(kind: str, text: str, lang: str) -> bool:
    """Say whether a text uses one of the words by which questions of a type ask ("treated" for "treatment")."""
    return any(name == kind and pattern.search(text) for name, pattern in _cues(lang))


def strip_cues(question: str, lang: str) -> str:
    """Take out the words that say what is asked for, so that those remain that say about what."""
    for _, pattern in _cues(lang):
        question = pattern.sub(" ", question)
    return question


def passage_type(category: str, title: str = "") -> str:
    """Map a record's category ("exams and tests") to a question type; a title decides where it says nothing."""
    name = "_".join(re.findall(r"[a-z]+", category.lower()))
    for rule in shipped_rules("en", "retrieval"):
        if "type" in rule and (name == rule["type"] or name in rule["categories"]):
            return str(rule["type"])
    return question_type(title, "en") if title else ""


@cache
def _cues(lang: str) -> tuple[tuple[str, re.Pattern[str]], ...]:
    """The patterns of the question types in the order of the rules: the earlier, the more specific."""
    return tuple(
        (rule["type"], re.compile(r"(?<!\w)(?:" + "|".join(map(_glob, rule["cues"])) + r")(?!\w)", re.IGNORECASE))
        for rule in shipped_rules(lang, "retrieval")
        if "type" in rule
    )


def _glob(cue: str) -> str:
    """A cue in which `word*` stands for its endings and a lone `*` for up to four words."""
    parts = [r"\S+(?:\s+\S+){0,3}" if word == "*" else re.escape(word).replace(r"\*", r"\w*") for word in cue.split()]
    return r"\s+".join(parts)
