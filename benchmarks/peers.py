"""Other systems on the same sets: each a `System`, from what is installed here. `python -m benchmarks.run --peers`.

A peer that isn't installed is named and left out. To add one, write a function that returns a System whose `predict`
gives what the task's score takes (see `medlfm/evaluate/scores`), and name it in PEERS.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from medlfm.evaluate import Case, System
from medlfm.evaluate.systems import versions

__all__ = ["PEERS"]


def medspacy_context() -> System:
    """MedspaCy's ConText with its English rules, on spaCy's sentencizer; the targets are given, as for ours."""
    import spacy
    from loguru import logger

    logger.disable("PyRuSH")  # logs every token of the text otherwise
    import medspacy.context  # noqa: F401 - registers the factory

    nlp = spacy.blank("en")
    nlp.add_pipe("sentencizer")
    nlp.add_pipe("medspacy_context")
    names = ("negated", "historical", "hypothetical", "family", "uncertain")

    def predict(case: Case) -> dict[str, Any]:
        modifiers = []
        for span in case.gold["spans"]:
            doc = nlp.make_doc(case.text)
            target = doc.char_span(span["start"], span["end"], label="FINDING", alignment_mode="expand")
            doc.ents = [target]
            for _, component in nlp.pipeline:
                doc = component(doc)
            modifiers.append({name: bool(getattr(doc.ents[0]._, f"is_{name}")) for name in names})
        return {"modifiers": modifiers}

    return System("medspaCy", predict, versions("medspacy"))


def scispacy_abbreviations() -> System:
    """The AbbreviationDetector of scispaCy, on a blank pipeline."""
    import spacy
    from scispacy.abbreviation import AbbreviationDetector  # noqa: F401 - registers the factory

    nlp = spacy.blank("en")
    nlp.add_pipe("abbreviation_detector")

    def predict(case: Case) -> dict[str, Any]:
        doc = nlp(case.text)
        return {
            "spans": [
                {
                    "start": span.start_char,
                    "end": span.end_char,
                    "short_form": span.text,
                    "long_form": str(span._.long_form),
                    "candidates": [str(span._.long_form)],
                }
                for span in doc._.abbreviations
            ]
        }

    return System("scispaCy", predict, versions("scispacy"))


def ab3p_abbreviations() -> System:
    """Ab3P (Sohn et al., 2008) by `pyab3p`: definitions only."""
    from pyab3p import Ab3p

    finder = Ab3p()

    def predict(case: Case) -> dict[str, Any]:
        return {
            "spans": [
                {"start": 0, "end": 0, "short_form": found.short_form, "long_form": found.long_form, "candidates": []}
                for found in finder.get_abbrs(case.text)
            ]
            if "pairs" in case.gold
            else []
        }

    return System("Ab3P", predict, versions("pyab3p"))


# task → what makes a peer; all of these are for English only
PEERS: dict[str, tuple[Callable[[], System], ...]] = {
    "context": (medspacy_context,),
    "abbreviations": (scispacy_abbreviations, ab3p_abbreviations),
}
