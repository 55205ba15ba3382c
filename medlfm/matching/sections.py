"""Finding the sections of a clinical document by their headings."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from medlfm.errors import RulesError
from medlfm.matching.rules import Rule

__all__ = ["OTHER", "Section", "SectionFinder"]

OTHER = "other"  # a heading by its shape, of a section that no rule names

_LINE = re.compile(r"^[ \t]*(?:[#*•>–-]+[ \t]*|\d{1,2}[.)][ \t]*|[A-Z][.)][ \t]+)?(?:\*\*|__)?", re.MULTILINE)
_AFTER = re.compile(r"(?:[ \t]*\([^()\n]{1,40}\))?(?:\*\*|__)?[ \t]*(?:[:：](?:\*\*|__)?|(?=\r?\n|$)|[ \t]+[-–][ \t])")
_ALONE = re.compile(r"[A-ZÄÖÜ][^\n:.,;]{2,50}:[ \t]*(?=\r?\n|$)")
_CAPITALS = re.compile(r"[A-ZÄÖÜ][A-ZÄÖÜß /&()-]{3,50}:")
_WITHIN = re.compile(r"[.,;!?)][ \t]*,?[ \t]*(?=[A-ZÄÖÜ])")
_BLANK = re.compile(r"\n[ \t]*\r?\n")


@dataclass(frozen=True, slots=True)
class Section:
    """A section with its heading: [start, end), the text of it from `body`; `rule` is "" for `OTHER`."""

    start: int
    body: int
    end: int
    label: str
    rule: str


class SectionFinder:
    """Finds sections; a rule is {"id", "section": its label, "headings": […], "paragraph": bool, "part": bool}.

    A heading stands at the start of a line, or within one after punctuation and with a colon. Its section reaches to
    the next heading. Where its text begins on the heading's own line, or the rule says paragraph (sections whose
    text would be misread where it is not theirs), it reaches no further than to the blank line after its text, and
    headings of parts ("Neuro:") don't end it before.
    """

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._rules: dict[str, tuple[str, str]] = {}
        self._short = {rule["section"] for rule in rules if rule.get("paragraph")}
        self._parts = {rule["id"] for rule in rules if rule.get("part")}
        for rule in rules:
            if not rule.get("section") or not rule.get("headings"):
                raise RulesError(f"Section rule {rule['id']!r} needs section and headings.", "Correct the rule.")
            for heading in rule["headings"]:
                self._rules[" ".join(heading.lower().split())] = (rule["section"], rule["id"])
        ordered = sorted(self._rules, key=lambda heading: -len(heading))
        names = "|".join(re.escape(heading).replace(r"\ ", r"[ \t]+") for heading in ordered)
        self._heading = re.compile(rf"(?:{names})(?!\w)" if names else r"(?!)", re.IGNORECASE)

    def find(self, text: str) -> list[Section]:
        """Return the sections in text order; what stands before the first heading is in none."""
        heads = self._main(text, sorted({head[1]: head for head in [*self._within(text), *self._lines(text)]}.values()))
        sections = []
        for (start, body, label, rule), following in zip(heads, [*heads[1:], None], strict=False):
            end = following[0] if following else len(text)
            line_end = text.find("\n", body, end)
            inline = text[body : line_end if line_end >= 0 else end].strip(" \t,*_")
            if inline or label in self._short:
                content = body + len(text[body:end]) - len(text[body:end].lstrip())
                blank = _BLANK.search(text, content, end)
                end = blank.start() if blank else end
            end = body + len(text[body:end].rstrip())
            sections.append(Section(start, body, end, label, rule))
        return sections

    def _main(self, text: str, heads: list[tuple[int, int, str, str]]) -> list[tuple[int, int, str, str]]:
        """Leave out headings of parts ("Neuro:") within sections whose reach ends with their paragraph."""
        kept: list[tuple[int, int, str, str]] = []
        for head in heads:
            inside = kept and kept[-1][2] in self._short and not _BLANK.search(text, kept[-1][1] + 1, head[0])
            if not (inside and head[3] in self._parts):
                kept.append(head)
        return kept

    def _lines(self, text: str) -> Iterable[tuple[int, int, str, str]]:
        for line in _LINE.finditer(text):
            start = line.end()
            if head := self._known(text, start):
                yield (line.start() + len(line.group()) - len(line.group().lstrip()), *head)
            elif shape := _ALONE.match(text, start) or _CAPITALS.match(text, start):
                yield start, shape.end(), OTHER, ""

    def _known(self, text: str, start: int) -> tuple[int, str, str] | None:
        match = self._heading.match(text, start)
        after = _AFTER.match(text, match.end()) if match else None
        if match is None or after is None:
            return None
        if ":" not in after.group() and not match.group()[:1].isupper():
            return None
        return after.end(), *self._rules[" ".join(match.group().lower().split())]

    def _within(self, text: str) -> Iterable[tuple[int, int, str, str]]:
        for place in _WITHIN.finditer(text):
            start = place.end()
            match = self._heading.match(text, start)
            if match and text[match.end() : match.end() + 1] == ":":
                yield start, match.end() + 1, *self._rules[" ".join(match.group().lower().split())]
            elif shape := _CAPITALS.match(text, start):
                yield start, shape.end(), OTHER, ""
