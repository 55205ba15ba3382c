"""Passages: a stretch of a document that can be quoted, and cutting documents into them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from medlfm.files import canonical_json, sha256_bytes
from medlfm.knowledge.text import passage_type, question_type, sentences
from medlfm.knowledge.units import is_boilerplate

__all__ = ["LEVELS", "Passage", "cut", "from_markdown", "from_rows"]

LEVELS = ("reference", "starter")
_LONGEST = 1500  # characters: what can be read at a glance and fits several times into a small model's context
_ITEMS = " - "  # between the items of a flattened list
_SHARE = "% "  # after those of a flattened table
_SHARES = 3  # of a table
_HEADING = re.compile(r"^(#{1,6})\s+(.+?)\s*#*\s*$", re.MULTILINE)


@dataclass(frozen=True, kw_only=True)
class Passage:
    """A quotable text with its origin.

    `category` is what it answers (question types), `part` its place in a document that was cut (0: the beginning),
    `score` its rank in a search. `id` is the hash of title, text, language and source, so that the same passage added
    twice is one.
    """

    title: str
    text: str
    lang: str
    source: str
    licence: str
    level: str = "reference"
    url: str = ""
    attribution: str = ""
    specialty: str = ""
    category: str = ""
    date: str = ""
    question: str = ""
    aliases: tuple[str, ...] = ()
    part: int = 0
    id: str = field(default="")
    score: float = 0.0

    def __post_init__(self) -> None:
        if not self.id:
            parts = [self.title, self.text, self.lang, self.source]
            object.__setattr__(self, "id", sha256_bytes(canonical_json(parts).encode())[:24])

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data."""
        return {**asdict(self), "aliases": list(self.aliases)}


def from_rows(rows: Iterable[Mapping[str, Any]]) -> Iterator[Passage]:
    """Make passages of prepared rows: a question with its answer, or a medication; notes are no evidence.

    The topic is the title; the category, or else the question, says what the passage answers.
    """
    for row in rows:
        text = row["answer"] if row["kind"] == "qa" else row["text"] if row["kind"] == "medication" else ""
        if not text:
            continue
        kind = passage_type(row["category"]) or question_type(row["question"], row["lang"])
        passage = Passage(
            title=row["topic"] or row["question"],
            text=text,
            lang=row["lang"],
            source=row["source"],
            licence=row["licence"],
            level=row["level"],
            url=row["url"],
            attribution=row["attribution"],
            specialty=row["specialty"],
            category="medication" if row["kind"] == "medication" else kind,
            date=row.get("date") or "",
            question=row["question"],
        )
        yield from cut(passage)


def from_markdown(text: str, origin: Passage) -> Iterator[Passage]:
    """Cut a text or Markdown document by its headings; `origin` carries title, source, licence and the rest."""
    headings = list(_HEADING.finditer(text))
    starts = [0, *(match.end() for match in headings)]
    ends = [*(match.start() for match in headings), len(text)]
    names = ["", *(match[2] for match in headings)]
    path: list[tuple[int, str]] = []
    for index, (start, end, name) in enumerate(zip(starts, ends, names, strict=True)):
        if name:
            depth = len(headings[index - 1][1])
            path = [item for item in path if item[0] < depth] + [(depth, name)]
        body = text[start:end].strip()
        if body:
            title = " – ".join([origin.title, *(item[1] for item in path if item[1] != origin.title)]).strip(" –")
            kind = origin.category or passage_type(name) or question_type(name, origin.lang)
            yield from cut(replace(origin, id="", title=title, text=body, category=kind))


def cut(passage: Passage) -> Iterator[Passage]:
    """Cut a long passage at paragraph borders, a long paragraph at sentence borders; drop what says nothing."""
    piece = ""
    part = 0
    for block in _blocks(passage.text, passage.lang):
        if piece and len(piece) + len(block) > _LONGEST:
            yield from _kept(passage, piece, part)
            piece, part = "", part + 1
        piece = f"{piece}\n{block}" if piece else block
    yield from _kept(passage, piece, part)


def _blocks(text: str, lang: str) -> Iterator[str]:
    """Yield the paragraphs without what is the same on each page; the sentences of a long one, the pieces of such."""
    for paragraph in map(str.strip, re.split(r"\n\s*\n|\n", text)):
        found = [_cleaned(sentence, lang) for sentence in sentences(paragraph, lang)]
        if len(paragraph) <= _LONGEST:
            kept = paragraph if found == sentences(paragraph, lang) else " ".join(filter(None, found))
            yield from filter(None, [kept])
            continue
        for sentence in filter(None, found):
            yield from _pieces(sentence)


def _cleaned(sentence: str, lang: str) -> str:
    """Return a sentence, "" where it is boilerplate; of a list that ends with such without its last item."""
    if not is_boilerplate(sentence, lang):
        return sentence
    kept, _, last = sentence.rpartition(_ITEMS)
    ends = is_boilerplate(last, lang) and not is_boilerplate(kept, lang)
    return f"{kept}." if kept and ends else ""


def _pieces(text: str) -> Iterator[str]:
    """Cut what is still too long between the items of a list, or else between words."""
    while len(text) > _LONGEST:
        ends = [text.rfind(border, 1, _LONGEST) + length for border, length in ((_ITEMS, 0), (_SHARE, 1), (" ", 0))]
        end = next((end for end in ends if end >= _LONGEST // 2), _LONGEST)
        yield text[:end].strip()
        text = text[end:].strip()
    yield text


def _kept(passage: Passage, text: str, part: int) -> Iterator[Passage]:
    """Yield a piece unless it is a bare list of links or headings: it must hold a sentence of four words, or shares.

    Nor a question alone.
    """
    whole = sentences(text, passage.lang)
    told = [sentence for sentence in whole if not sentence.endswith("?")]
    long = any(len(sentence.split()) >= 4 and sentence.rstrip('"”»)]')[-1:] in (".", "!", "?") for sentence in whole)
    if told and (long or text.count(_SHARE) >= _SHARES):
        yield replace(passage, text=text, part=part, id="")
