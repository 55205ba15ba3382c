"""Reading a passage as units that can be quoted: sentences, lists with what introduces them, headings, notes aside.

Public health pages mix prose with lists ("Symptoms include", then items in lines or between dashes), tables that were
flattened into one line, headings, and sentences about the page itself. An item means nothing without its lead-in, nor
a lead-in without its items: both are one unit.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache

from medlfm.knowledge.text import announces, content_stems, fold, leans_on_another, sentences
from medlfm.matching.rules import shipped_rules
from medlfm.settings import LANGUAGES

__all__ = ["Unit", "defines", "is_boilerplate", "read_units", "says_little"]

_ITEM = re.compile(r"(?:[-–•*·]|\(?\d{1,2}[.)])\s+")
_WORD = re.compile(r"[^\W_]+")
_DASH = re.compile(r"\s+[-–•]\s+")
_INLINE = re.compile(r"(?<=[.!?])\s+[-–•]\s+(?=\S)")
_CELL = re.compile(r"(?:\d+(?:[.,]\d+)?\s?%|\d+\s?/\s?\d+)\s+(?=[A-ZÄÖÜ])")
_ENDS = (".", "!", "?")
_CLOSING = "\"'”“’»)]"
_WRAPPED = 58  # a line at least this long may have been broken by its width
_TITLE = 80  # characters of a heading
_ITEM_LONGEST = 140  # characters of a line that is an item without a mark
_CELLS = 3  # percentages in a line from which it is a table
_CELL_LONGEST = 9  # words of an item of such a table
_DASHES = 3  # dashes in a sentence from which it is a list, whatever stands before them
_SHOWN = 900  # characters of a list; what is longer ends with an ellipsis


@dataclass(frozen=True)
class Unit:
    """A part of a passage that is quoted as a whole.

    kind: "sentence", "list", "heading" (a question too), or "aside": about the page, or announcing what isn't there.
    leans: it needs the unit before it. turns: it limits what the one before it says.
    """

    text: str
    kind: str
    leans: bool = False
    turns: bool = False


@dataclass(frozen=True)
class _Part:
    text: str
    kind: str  # sentence, lead, item, heading
    marked: bool = False
    goes_on: bool = False  # it stands in the line of the part before it
    line: int = 0  # characters of its line


@lru_cache(maxsize=4096)
def read_units(text: str, lang: str) -> tuple[Unit, ...]:
    """Cut a passage into units, in order."""
    lang = lang if lang in LANGUAGES else "en"
    parts = [
        replace(part, goes_on=number > 0, line=len(line))
        for line in _lines(_INLINE.sub("\n- ", text))
        for number, part in enumerate(_parts(line, lang))
    ]
    units: list[Unit] = []
    at = 0
    while at < len(parts):
        size = _run(parts, at, bool(units) and units[-1].kind == "list")
        units.append(_unit(parts[at : at + size], lang))
        at += size
    return tuple(units)


def _listed(lead: str, items: Sequence[str]) -> str:
    """Write a list out, an item a line."""
    shown: list[str] = []
    for item in items:
        if shown and len(lead) + sum(map(len, shown)) + len(item) > _SHOWN:
            return _listed(lead, shown) + "\n…"
        shown.append(item)
    return "\n".join([lead, *(f"- {item}" for item in shown)]).strip()


def says_little(text: str, lang: str) -> bool:
    """Say whether a sentence tells nothing by itself ("it depends", "there are different types")."""
    return _holds(text, lang, "says-little")


def is_boilerplate(text: str, lang: str) -> bool:
    """Say whether a sentence is about the page or its tables, the same on each page of a source."""
    return _holds(text, lang, "boilerplate")


def defines(text: str, title: str, lang: str) -> bool:
    """Say whether a sentence begins with a topic and says what it is."""
    names = set(content_stems(title, lang))
    said = f" {' '.join(_WORD.findall(' '.join(text.split()[: len(title.split()) + 8]).lower()))} "
    places = [said.find(f" {phrase} ") for phrase in _phrases(lang, "defining")]
    subjects = [content_stems(said[:place], lang) for place in places if place > 0]
    return any(names & {subject[0], subject[-1]} for subject in subjects if subject)


def _lines(text: str) -> Iterator[str]:
    """Yield the lines; prose that was broken by width is joined."""
    held = ""
    for line in filter(None, map(str.strip, text.split("\n"))):
        broken = len(held) >= _WRAPPED and not _stopped(held) and not held.endswith((":", ";")) and line[0].islower()
        if held and not broken:
            yield held
            held = line
        else:
            held = f"{held} {line}".strip()
    if held:
        yield held


def _parts(line: str, lang: str) -> Iterator[_Part]:
    """Cut a line into sentences, leads, items and headings."""
    if len(_CELL.findall(f"{line} A")) >= _CELLS:
        yield from _table(line)
    elif _ITEM.match(line):
        yield from _marked(_ITEM.sub("", line, count=1), lang)
    else:
        for text in _sentences(line, lang):
            yield from _sentence(text, line, lang)


def _sentence(text: str, line: str, lang: str) -> Iterator[_Part]:
    if _ITEM.match(text) and text[0] in "-–•*·":
        yield from _marked(_ITEM.sub("", text, count=1), lang)
        return
    head, *rest = _DASH.split(text)
    if rest and (_leads(head, lang) or len(rest) >= _DASHES):
        yield _Part(head, "lead")
        yield from _last_cut(rest, lang)
    elif _leads(text, lang):
        yield _Part(text, "lead")
    elif text.endswith("?") or (text == line and not _stopped(text) and len(text) <= _TITLE):
        yield _Part(text, "heading")
    else:
        yield _Part(text, "sentence")


def _marked(text: str, lang: str) -> Iterator[_Part]:
    """Yield the items of a list between dashes."""
    yield from _last_cut(_items(text), lang)


def _last_cut(items: Sequence[str], lang: str) -> Iterator[_Part]:
    """Yield items; one that ends with a colon introduces those after it.

    A sentence that was joined to the last of several ("coma When somebody faints, …") is one by itself.
    """
    for item in items[:-1]:
        yield _Part(item, "lead" if item.endswith(":") else "item", True)
    for last in items[-1:]:
        cut = _starter(lang).search(last) if len(items) > 1 and _stopped(last) else None
        yield _Part(last[: cut.start()] if cut else last, "lead" if last.endswith(":") else "item", True)
        if cut:
            yield _Part(last[cut.end() :], "sentence")


def _items(text: str) -> list[str]:
    return [item.strip() for item in _DASH.split(text) if item.strip()]


def _table(line: str) -> Iterator[_Part]:
    """Read a flattened table of findings with their shares; what heads its columns ends with a bracket, or is none."""
    start = 0
    for match in _CELL.finditer(line):
        cell = line[start : match.end()].strip()
        if start == 0 and ")" in cell:
            head, _, cell = cell.rpartition(") ")
            yield _Part(f"{head}):", "lead")
        yield _Part(cell, "item", True)
        start = match.end()
    rest = _items(line[start:])
    if len(rest) > 1 and _stopped(rest[-1]) and len(rest[-1].split()) > _CELL_LONGEST:
        rest.pop()  # the sentence after the table
    yield from (_Part(item, "item", True) for item in rest)


def _sentences(line: str, lang: str) -> Iterator[str]:
    """Yield the sentences of a line; "the U.S. Department" is not cut."""
    held = ""
    for text in sentences(line, lang):
        if held and not _goes_on(held, text, lang):
            yield held
            held = text
        else:
            held = f"{held} {text}".strip()
    if held:
        yield held


def _goes_on(held: str, text: str, lang: str) -> bool:
    last = held.rsplit(maxsplit=1)[-1]
    first = re.split(r"\W", text, maxsplit=1)[0].lower()
    return re.fullmatch(r"(?:[A-Z]\.){2,}|et|al\.", last) is not None and first not in _words(lang, "after-initials")


def _run(parts: Sequence[_Part], at: int, in_list: bool) -> int:
    """Return how many parts from `at` on are one unit."""
    first = parts[at]
    if first.kind == "lead":
        marked = _count(parts, at + 1, lambda part: part.kind == "item")
        return 1 + (marked or (_count(parts, at + 1, _plain_item) if first.text.endswith(":") else 0))
    if first.kind == "item":
        return max(1, _count(parts, at, lambda part: part.kind == "item" and not (_whole(part) and not in_list)))
    return 1


def _count(parts: Sequence[_Part], at: int, fits: Callable[[_Part], bool]) -> int:
    end = at
    while end < len(parts) and fits(parts[end]):
        end += 1
    return end - at


def _plain_item(part: _Part) -> bool:
    """Whether a line after a colon may be an item: short, and no heading in capitals."""
    words = [word for word in part.text.split() if len(word) > 3]
    title = part.kind == "heading" and len(words) > 1 and all(word[0].isupper() for word in words)
    prose = part.kind == "lead" and part.text.endswith(":")
    return not (part.marked or prose or title) and part.line <= _ITEM_LONGEST


def _whole(part: _Part) -> bool:
    """Whether an item is a sentence by itself, as in a list of key points."""
    return _stopped(part.text) and len(part.text.split()) >= 5 and part.text[0].isupper()


def _unit(parts: Sequence[_Part], lang: str) -> Unit:
    first, items = parts[0], list[str]()
    for part in parts[1:]:
        if part.goes_on and not part.marked and items:
            items[-1] += f" {part.text}"
        else:
            items.append(part.text)
    if first.kind == "lead":
        unit = Unit(_listed(first.text, items), "list") if items else Unit(first.text, "aside")
    elif first.kind == "item" and not (len(parts) == 1 and _whole(first)):
        unit = Unit(_listed("", [first.text, *items]), "list", leans=True)
    elif first.kind == "heading":
        return Unit(first.text, "heading")
    else:
        unit = Unit(first.text, "sentence")
    if _aside(first.text, unit.kind, lang):
        return replace(unit, kind="aside")
    opener = fold(re.split(r"\W", first.text, maxsplit=1)[0])
    leans = unit.leans or leans_on_another(first.text, lang) or first.text[:1].islower()
    return replace(unit, leans=leans, turns=opener in _words(lang, "turning"))


def _aside(text: str, kind: str, lang: str) -> bool:
    return (
        _holds(text, lang, "beside-the-point")
        or (kind != "list" and is_boilerplate(text, lang))
        or text.startswith(tuple(_phrases(lang, "publishers")))
        or (kind == "sentence" and (announces(text, lang) or _holds(text, lang, "announcing")))
    )


@cache
def _starter(lang: str) -> re.Pattern[str]:
    rule = next(rule for rule in shipped_rules(lang, "answers_reading") if rule["id"] == "sentence-starters")
    return re.compile(rf"(?<=[\w)])\s+(?=(?:{'|'.join(rule['words'])})\s)")


def _leads(text: str, lang: str) -> bool:
    if text.endswith(":"):
        return True
    if _stopped(text) or len(text.split()) < 3:
        return False
    return fold(re.findall(r"\w+", text)[-1] if re.search(r"\w", text) else "") in _words(lang, "lead-ins")


def _stopped(text: str) -> bool:
    return text.rstrip(_CLOSING).endswith(_ENDS)


@cache
def _words(lang: str, name: str) -> frozenset[str]:
    rule = next(rule for rule in shipped_rules(lang, "answers_reading") if rule["id"] == name)
    return frozenset(fold(word) for word in rule["words"])


def _holds(text: str, lang: str, name: str) -> bool:
    return _pattern(lang if lang in LANGUAGES else "en", name).search(text) is not None


@cache
def _pattern(lang: str, name: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, _phrases(lang, name)))})", re.IGNORECASE)


@cache
def _phrases(lang: str, name: str) -> tuple[str, ...]:
    return tuple(next(rule for rule in shipped_rules(lang, "answers_reading") if rule["id"] == name)["phrases"])
