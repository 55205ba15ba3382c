"""The components that the steps use, one function each over plain text; each is built once a process."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from medlfm.matching.offsets import OffsetMap

if TYPE_CHECKING:
    from spacy.language import Language

    from medlfm.settings import Settings

__all__ = ["emergencies", "expansions", "holds_phi", "normalized", "routed", "surrogate_key"]

# in standard deviations of the router's background: below this lead a specialty is a guess
_SURE = 2.0


@lru_cache(maxsize=65536)
def holds_phi(text: str, lang: str) -> bool:
    """Say whether PHI is found in a short text, such as a category or a file name."""
    from medlfm.components.phi import find_phi

    return bool(find_phi(text, lang))


@lru_cache
def _pipe(factory: str, lang: str) -> Language:
    """Return a pipeline of one of our components."""
    import spacy

    nlp = spacy.blank(lang)
    nlp.max_length = 1 << 31
    nlp.add_pipe(factory)
    return nlp


def expansions(text: str, lang: str) -> list[tuple[int, int, str]]:
    """Return (start, end, long form) of the abbreviations whose long form is sure."""
    spans = _pipe("medlfm_abbreviations", lang)(text).spans["medlfm_abbreviations"]
    return [(span.start_char, span.end_char, span._.medlfm_long_form) for span in spans if span._.medlfm_long_form]


def normalized(text: str, lang: str) -> tuple[str, OffsetMap]:
    """Return the cleaned text and its map."""
    found: dict[str, Any] = _pipe("medlfm_normalizer", lang)(text)._.medlfm_normalized
    return found["text"], OffsetMap.from_json(found["offsets"])


def emergencies(text: str, lang: str) -> tuple[str, list[tuple[int, int, str]]]:
    """Return the urgency and the asserted emergencies of a text: (start, end, condition)."""
    doc = _pipe("medlfm_emergency", lang)(text)
    spans = [span for span in doc.spans["medlfm_emergency"] if span._.medlfm_asserted]
    return doc._.medlfm_urgency or "low", [(span.start_char, span.end_char, span.label_) for span in spans]


def routed(text: str) -> str:
    """Return the specialty of a question where the installed experts are sure, else ""."""
    from medlfm.experts.router import default_router

    router = default_router()
    if len(router.names) < 2:
        return ""
    routing = router.route(text)
    return routing.experts[0][0] if len(routing.experts) == 1 and routing.margin >= _SURE else ""


def surrogate_key(policy: str, settings: Settings) -> bytes | None:
    """Return the key of surrogates and date shifts, where the policy needs one."""
    return None
