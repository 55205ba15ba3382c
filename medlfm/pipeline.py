"""The standard pipeline: `load("de")` puts the components together in the order in which they build on each other."""

from __future__ import annotations

import gc
from collections.abc import Mapping
from importlib import import_module
from typing import Any

import spacy
from spacy.language import Language

from medlfm.errors import LanguageError, SettingsError
from medlfm.matching.tokens import RememberingTokenizer
from medlfm.settings import LANGUAGES

__all__ = ["ENGINES", "ORDER", "load"]

# sentences and sections are read by the context engine, within emergency and medications too
ORDER = (
    "medlfm_sentences",
    "medlfm_sections",
    "medlfm_normalizer",
    "medlfm_phi",
    "medlfm_abbreviations",
    "medlfm_emergency",
    "medlfm_medications",
    "medlfm_context",
)

# what each engine changes in the components' configs
ENGINES: dict[str, dict[str, dict[str, Any]]] = {
    "medlfm": {},
    "medspacy": {"medlfm_context": {"engine": "medspacy"}, "medlfm_abbreviations": {"engine": "scispacy"}},
}

_LONGEST = 20_000_000  # characters; spaCy's limit of a million is for parsers, which this pipeline doesn't hold


def load(
    lang: str,
    *,
    engine: str = "medlfm",
    phi: bool = True,
    config: Mapping[str, Mapping[str, Any]] | None = None,
) -> Language:
    """Make the full pipeline for "en" or "de".

    engine: "medlfm", or "medspacy": with medspaCy's ConText and scispaCy's abbreviation detector in it.
    phi: whether identifiers are looked for, the slowest step.
    config: settings by component, e.g. {"medlfm_phi": {"rules": "ours.jsonl"}}.
    Raises LanguageError for another language, SettingsError for an unknown engine or component.
    """
    if lang not in LANGUAGES:
        raise LanguageError(f"There is no pipeline for {lang!r}.", f"Languages: {', '.join(LANGUAGES)}.")
    if engine not in ENGINES:
        raise SettingsError(f"The engine {engine!r} is unknown.", f"Allowed: {', '.join(ENGINES)}.")
    config = config or {}
    if unknown := set(config) - set(ORDER):
        raise SettingsError(f"There is no component {min(unknown)!r} to configure.", f"Allowed: {', '.join(ORDER)}.")
    nlp = spacy.blank(lang)
    nlp.max_length = _LONGEST
    nlp.tokenizer = RememberingTokenizer.like(nlp.tokenizer)
    for name in ORDER:
        if name == "medlfm_phi" and not phi:
            continue
        if not nlp.has_factory(name):  # run from a checkout whose entry points aren't installed
            import_module(f"medlfm.components.{name.removeprefix('medlfm_')}")
        nlp.add_pipe(name, config={**ENGINES[engine].get(name, {}), **config.get(name, {})})
    gc.collect()  # looks through the vocabulary now rather than amid the first documents
    return nlp
