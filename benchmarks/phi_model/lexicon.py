"""Makes the word list of the PHI model: how common words are and in which case, and the lists they stand in.

Frequencies come from spacy-lookups-data (MIT), names from the rules of this project and from Faker (MIT).
"""

from __future__ import annotations

import gzip
import json
import re
import zipfile
from collections import Counter
from pathlib import Path
from typing import Any

import medlfm
from benchmarks.phi_model.documents import templates
from benchmarks.phi_model.pools import pools
from benchmarks.phi_model.sources import free_text
from medlfm.matching.phi import find_phi, phi_rules
from medlfm.matching.phi.tokens import WordList
from medlfm.matching.phi.words import Lexicon

__all__ = ["build_words", "common_words", "write_common"]

_KEPT = {"en": 55_000, "de": 75_000}  # words of the frequency list that are kept
_COMMON, _KNOWN = -11.0, -13.5  # log probabilities: above the first "3", above the second "2", else "1"
_SHORTEST = 2  # letters of a word that is too short to be told apart from an abbreviation
_PEOPLE = {"en": ["english"], "de": ["german"]}


def build_words(lang: str, lookups: Path) -> WordList:
    """Build the list of a language from the wheel of spacy-lookups-data."""
    with zipfile.ZipFile(lookups) as wheel:
        data = wheel.read(f"spacy_lookups_data/data/{lang}_lexeme_prob.json.gz")
    cased = _cased(json.loads(gzip.decompress(data)))
    codes = {word: _code(*seen) for word, seen in sorted(cased.items(), key=lambda x: -max(x[1]))[: _KEPT[lang]]}
    for letter, words in _lists(lang).items():
        for word in words:
            codes[word] = codes.get(word, "-") + letter
    return WordList(codes, _medical(lang, codes))


def _medical(lang: str, codes: dict[str, str]) -> set[str]:
    """Return the words of clinical text without PHI and of drugs that are in no list of names."""
    counts: Counter[str] = Counter()
    for text in (*free_text(lang), *(templates("de", "clinic") * 2 if lang == "de" else ())):
        names = [(match.start, match.end) for match in find_phi(text, lang) if match.label in ("NAME", "ADDRESS")]
        for match in re.finditer(r"[^\W\d_]{3,}", text):
            counts[match[0].lower()] += not any(start <= match.start() < end for start, end in names)
    words = {word for word, count in counts.items() if count > 1}
    rules = Path(medlfm.__file__).parent
    for path in (rules / "knowledge" / "drugs.jsonl", *sorted((rules / "rules" / "shared").glob("medications*.jsonl"))):
        words |= {word.lower() for word in re.findall(r"[^\W\d_]{4,}", path.read_text(encoding="utf-8"))}
    words |= Lexicon(phi_rules(lang)).words("protect")
    return {word for word in words if not {"F", "L", "T"} & set(codes.get(word, ""))}


def _cased(probabilities: dict[str, float]) -> dict[str, tuple[float, float]]:
    """Return for each lower-case word how probable it is in small letters and capitalised."""
    cased: dict[str, tuple[float, float]] = {}
    for word, value in probabilities.items():
        if not word.isalpha():
            continue
        low, high = cased.get(word.lower(), (-99.0, -99.0))
        cased[word.lower()] = (value, high) if word.islower() else (low, max(high, value))
    return cased


def _code(low: float, high: float) -> str:
    top = max(low, high)
    case = "l" if low > high + 0.5 else "c" if high > low + 1.5 else "m"
    return case + ("3" if top > _COMMON else "2" if top > _KNOWN else "1")


def _lists(lang: str) -> dict[str, set[str]]:
    lexicon, train = Lexicon(phi_rules(lang)), pools("train")
    first, last = set(lexicon.words("first")), set(lexicon.words("last"))
    for origin in _PEOPLE[lang]:
        first |= {name.lower() for name in (*train.female[origin], *train.male[origin])}
        last |= {name.lower() for name in train.last[origin]}
    cues = set().union(*(lexicon.words(name) for name in ("title", "relation", "name_label"))) - {"an", "mag", "in"}
    sets: dict[str, Any] = {
        "F": first,
        "L": last,
        "T": lexicon.words("city") | lexicon.words("city_cue"),
        "P": lexicon.words("protect"),
        "C": cues,
        "O": lexicon.words("org_word"),
    }
    return {letter: {word for word in words if word.isalpha() and len(word) > 1} for letter, words in sets.items()}


def common_words(words: WordList, lang: str) -> list[str]:
    """Return words that are common nouns, for surnames like "Nase" and titles like "Silent River"."""
    case = "c" if lang == "de" else "l"
    return sorted(word for word, code in words.codes.items() if code in (f"{case}2", f"{case}3") and 3 < len(word) < 12)


def write_common(lang: str, words: WordList, path: Path) -> None:
    """Write the words that the rules take for no name without a cue: rules/<lang>/phi_common.jsonl, a letter a line.

    German: nouns, and what begins a sentence. English: words that are mostly written in small letters.
    """
    train = pools("train")
    names = {
        part.lower()
        for origin in train.origins
        for name in (*train.female[origin], *train.male[origin], *train.last[origin])
        for part in re.findall(r"[^\W\d_]+", name)
    }
    kinds = ("l2", "l3", "m2", "m3", *(("c2", "c3") if lang == "de" else ()))
    common = {word for word, code in words.codes.items() if code[:2] in kinds and not {"F", "L", "T"} & set(code)}
    common = {word for word in common if words.codes[word][0] != "c" or word not in names} | words.medical
    common |= _rule_words(lang) - names
    letters: dict[str, list[str]] = {}
    for word in sorted(word for word in common if len(word) > _SHORTEST):
        letters.setdefault(word[0], []).append(word)
    rows = [{"id": f"common-{letter}", "set": "common", "words": found} for letter, found in letters.items()]
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")


def _rule_words(lang: str) -> set[str]:
    """Return the words of the clinical vocabulary: all rules of a language but those of names, places and dates."""
    found: set[str] = set()
    for path in sorted((Path(medlfm.__file__).parent / "rules" / lang).glob("*.jsonl")):
        if not path.stem.startswith(("phi", "surrogates", "language")):
            for row in map(json.loads, filter(None, path.read_text(encoding="utf-8").split("\n"))):
                phrases = [value for value in row.values() if isinstance(value, str)]
                phrases += [v for value in row.values() if isinstance(value, list) for v in value if isinstance(v, str)]
                found.update(word.lower() for text in phrases for word in re.findall(r"[^\W\d_]{4,}", text))
    return found
