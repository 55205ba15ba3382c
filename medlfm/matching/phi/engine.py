"""Finding protected health information in raw text by rules."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

from medlfm.matching.phi.beside import beside
from medlfm.matching.phi.chats import find_ages, find_speakers
from medlfm.matching.phi.eponyms import without_eponyms
from medlfm.matching.phi.hl7 import find_hl7
from medlfm.matching.phi.layout import LayoutFinder
from medlfm.matching.phi.match import PhiMatch, join, resolve, split_range, without
from medlfm.matching.phi.misread import mended
from medlfm.matching.phi.names import NameFinder
from medlfm.matching.phi.patterns import Patterns
from medlfm.matching.phi.places import find_places
from medlfm.matching.phi.recased import few_capitals, recased
from medlfm.matching.phi.runs import NameWords
from medlfm.matching.phi.scan import RuleScanner
from medlfm.matching.phi.spread import spread_names
from medlfm.matching.phi.torn import rejoined
from medlfm.matching.phi.words import Lexicon, split_words
from medlfm.matching.rules import Rule, load_rules, read_rules
from medlfm.settings import LANGUAGES

__all__ = ["PhiEngine", "find_phi", "phi_rules"]

# characters that stand for another one of the same length
_OTHER_FORMS = {"\u00a0": " ", "\u202f": " ", "\u2009": " ", "\u2011": "-", "\u2010": "-", "’": "'", "\u2028": "\n"}
# marks of emphasis, blanks of a form, names of files and fields: no part of a word
_UNDERLINED = re.compile(r"(?<![^\W_])_|_(?![^\W_])|(?<=[a-zäöüß])_(?=[A-ZÄÖÜ])")


def phi_rules(
    lang: str,
    *,
    rules: str | Path | Sequence[Rule] | None = None,
    replace_rules: bool = False,
    remove: Sequence[str] = (),
) -> list[Rule]:
    """Return the PHI rules of a language, with its word lists and the names of all languages.

    rules, replace_rules, remove: as in `load_rules`.
    """
    if replace_rules:
        return load_rules(lang, "phi", extra=rules, replace=True, remove=remove)
    parts = [load_rules(other, "phi_names") for other in LANGUAGES]
    parts += [load_rules(lang, kind) for kind in ("phi_words", "phi_protect", "phi_common")]
    parts.append(
        load_rules(lang, "phi", extra=read_rules(Path(rules)) if isinstance(rules, str | Path) else rules, replace=True)
        if rules
        else []
    )
    merged = {rule["id"]: rule for part in parts for rule in part}
    return load_rules(lang, "phi", extra=list(merged.values()), remove=remove)


class PhiEngine:
    """The compiled PHI rules of one language."""

    def __init__(self, lang: str, rules: list[Rule]) -> None:
        self.lang = lang
        self.rules = rules
        self.lexicon = Lexicon(rules)
        self.patterns = Patterns(rules, self.lexicon)
        self.names = NameFinder(lang, self.lexicon)
        self.layout = LayoutFinder(self.lexicon)
        regexes = [*self.patterns.regexes, *self.names.regexes]
        self.scanner = RuleScanner(regexes, self.patterns.needs() | self.names.needs)

    def find(self, text: str, more: Sequence[PhiMatch] = ()) -> list[PhiMatch]:
        """Return the PHI of a text, in order and without overlaps; offsets are those of the text as it was given.

        more: finds of another source, such as the model's, to unite with those of the rules.
        """
        view, origin = _composed(text)
        for char, same in _OTHER_FORMS.items():
            if char in view:
                view = view.replace(char, same)
        if "_" in view:
            view = _UNDERLINED.sub(" ", view)
        view = mended(view)
        words = split_words(view)
        if torn := rejoined(view, words, self.lexicon):
            view, origin = mended(torn[0], sure=True), torn[1] if origin is None else [origin[at] for at in torn[1]]
            words = split_words(view)
        small: list[PhiMatch] = []
        if few_capitals(words, self.lang):
            view, small = recased(view, words, self.lexicon)
            words = split_words(view)
        scan = self.scanner.scan(view)
        found = [*self.patterns.find(scan), *find_hl7(view, self.rules), *find_places(view, words, self.lexicon)]
        names = NameWords(self.lang, self.lexicon, view, words)
        found += self.names.find(names, scan)
        found += self.layout.find(names, found)
        found += [*small, *find_speakers(view, self.lexicon)]
        found += find_ages(view, found)
        found += beside(found, more if origin is None else _moved(more, origin), names)
        matches = resolve(found, view)
        people = [match for match in matches if match.label == "NAME"]
        again = spread_names(people, view, words, self.lexicon, genitive=self.lang == "de")
        matches = resolve([*matches, *again], view)
        matches = join(matches, view, "ADDRESS", 4)
        matches = [part for match in join(matches, view, "NAME", 1) for part in split_range(match, view)]
        matches = without_eponyms(matches, names)
        matches = without(matches, self.patterns.keep(scan), view)
        if origin is None:
            return matches
        return [replace(match, start=origin[match.start], end=origin[match.end]) for match in matches]


def _composed(text: str) -> tuple[str, list[int] | None]:
    """Return the NFC form, and for each of its offsets the one in `text`; None where both are the same."""
    if unicodedata.is_normalized("NFC", text):
        return text, None
    parts: list[str] = []
    origin: list[int] = []
    start = 0
    for end in range(1, len(text) + 1):
        if end == len(text) or not unicodedata.combining(text[end]):
            part = unicodedata.normalize("NFC", text[start:end])
            parts.append(part)
            origin += [start] * len(part)
            start = end
    return "".join(parts), [*origin, len(text)]


def _moved(matches: Sequence[PhiMatch], origin: list[int]) -> list[PhiMatch]:
    """Return finds in a text with the offsets of its composed form."""
    return [
        replace(match, start=bisect_left(origin, match.start), end=bisect_left(origin, match.end)) for match in matches
    ]


@cache
def _engine(lang: str, rules: str | Path | None) -> PhiEngine:
    return PhiEngine(lang, phi_rules(lang, rules=rules))


def find_phi(text: str, lang: str, *, model: bool = False, rules: str | Path | None = None) -> list[PhiMatch]:
    """Find PHI by the shipped rules, and by the shipped model too if `model`.

    rules: a JSONL file of more rules, read once a process. Raises LanguageError for a language without any rules.
    """
    engine = _engine(lang, rules)
    if not model:
        return engine.find(text)
    from medlfm.matching.phi.model import shipped_model  # imports spaCy, which the rules do without

    return engine.find(text, shipped_model(lang).find(text))
