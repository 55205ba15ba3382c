"""Writing an answer out: what comes first in an emergency, numbered citations, and the list of evidence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

from medlfm.knowledge.passages import Passage
from medlfm.safety.answer import Evidence
from medlfm.safety.drafting import Line
from medlfm.safety.intake import Intake
from medlfm.safety.wording import say

__all__ = ["compose", "evidence_of"]

_GLIMPSE = 200  # characters of a passage that was found but not quoted


def compose(
    status: str, lines: Sequence[Line], intake: Intake, passages: Sequence[Passage], contacts: Mapping[str, str]
) -> str:
    """Return the text of an answer; each sentence ends with the number of its passage in brackets."""
    parts = []
    if status == "emergency":
        if intake.gate.category == "self_harm":
            parts.append(say(intake.lang, "emergency.self_harm", "answers", **contacts))
        else:
            parts.append(say(intake.lang, f"emergency.{intake.urgency}", "answers", **contacts))
    if intake.teaching:
        parts.append(say(intake.lang, "teaching", "answers", **contacts))
    if status == "withheld":
        parts.append(say(intake.lang, "withheld" if passages else "withheld.nothing", "answers"))
    numbers = _numbers(lines)
    if any(passages[line.support.passage].lang != intake.lang for line in lines if not line.marked):
        parts.append(say(intake.lang, "english_only", "answers"))
    sentences = [
        f"{line.text} {say(intake.lang, 'unsupported', 'answers')}"
        if line.marked
        else f"{line.text} [{numbers[line.support.passage]}]"
        for line in lines
    ]
    if sentences:
        parts.append(_joined(sentences))
    return "\n\n".join(parts)


def _joined(sentences: Sequence[str]) -> str:
    """Put sentences one after the other; a list begins and ends a line."""
    text = sentences[0]
    for before, sentence in pairwise(sentences):
        text += ("\n" if "\n" in before or "\n" in sentence else " ") + sentence
    return text


def evidence_of(lines: Sequence[Line], passages: Sequence[Passage]) -> tuple[Evidence, ...]:
    """List the passages that were quoted, by number, then those that were only found."""
    numbers = _numbers(lines)
    result = []
    for index, number in numbers.items():
        own = [line for line in lines if line.support.passage == index and not line.marked]
        quote = " ".join(dict.fromkeys(line.support.quote for line in own))
        result.append(_evidence(passages[index], number, quote, min(line.support.score for line in own)))
    others = [passage for index, passage in enumerate(passages) if index not in numbers]
    return tuple(result + [_evidence(passage, 0, passage.text[:_GLIMPSE], 0.0) for passage in others])


def _numbers(lines: Sequence[Line]) -> dict[int, int]:
    used = dict.fromkeys(line.support.passage for line in lines if not line.marked)
    return {index: number for number, index in enumerate(used, start=1)}


def _evidence(passage: Passage, number: int, quote: str, support: float) -> Evidence:
    return Evidence(
        number=number,
        id=passage.id,
        title=passage.title,
        source=passage.source,
        url=passage.url,
        quote=quote,
        support=round(support, 3),
        level=passage.level,
        licence=passage.licence,
        lang=passage.lang,
    )
