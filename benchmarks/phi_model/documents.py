"""Makes marked documents: filled templates, real rows with other identifiers, text without PHI; with noise."""

from __future__ import annotations

import random
import re
import string
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

from benchmarks.phi_model.fill import Filler, Marked, lowered, uppered
from benchmarks.phi_model.hard import lines, roughened, way_of
from benchmarks.phi_model.pools import Pools, pools
from benchmarks.phi_model.sources import Row, free_text, model_label, starter_rows
from medlfm.matching.phi import find_phi

__all__ = ["clinical", "generated", "noisy", "silver", "surrogate", "templates"]

_TEMPLATES = Path(__file__).parent / "templates"
_CLINICAL = 2_500
_BORROWED = 0.4  # of the lines without PHI in hard notes that come from other text
_SHORT, _LONG = 15, 160  # characters of such a line
_INNER = re.compile(r"\{(BODY|LINE)\}")
_CONFUSED = {
    "l": "I",
    "I": "l",
    "e": "c",
    "ü": "u",
    "ä": "a",
    "ö": "o",
    "n": "u",
    "m": "n",
    "o": "0",
    "t": "f",
    ".": ",",
    "r": "n",
}


@cache
def templates(lang: str, kind: str) -> tuple[str, ...]:
    """Return the templates of a kind: note, query, general, hard, clinic."""
    path = _TEMPLATES / f"{lang}.{kind}.txt"
    return tuple(line for line in path.read_text(encoding="utf-8").splitlines() if line.strip())


@cache
def _bodies(lang: str) -> tuple[Marked, ...]:
    """Stretches of one to six lines or sentences of clinical text; what the rules find in them is marked."""
    rng = random.Random(11)
    texts = list(free_text(lang))
    if lang == "de":
        for row in starter_rows():
            if row.lang == "de":
                texts += _clean_lines(row.marked)
    pieces: list[Marked] = []
    for text in texts:
        parts = re.split(r"(?<=[.!?:])\s+|\n+", text)
        for start in range(0, len(parts), 5):
            body = rng.choice([" ", " ", "\n"]).join(parts[start : start + rng.randint(1, 6)]).strip()
            if len(body) > 25:
                pieces.append(silver(body[:900], lang))
    return tuple(pieces + clinical(lang, rng, _CLINICAL))


def clinical(lang: str, rng: random.Random, count: int) -> list[Marked]:
    """Return our own telegraphic clinical lines without any PHI, filled with other numbers each time."""
    if lang != "de":  # there is real text enough
        return []
    lines, made = templates("de", "clinic"), []
    for _ in range(count):
        filler = Filler(rng, pools("train"), lang, words=["nase"])
        chosen = rng.sample(lines, rng.randint(1, 6))
        made.append(Marked(rng.choice(["\n", "\n", " "]).join(filler.fill(line).text for line in chosen)))
    return made


def _clean_lines(marked: Marked) -> list[str]:
    """Return the paragraphs of a marked note that hold no PHI."""
    paragraphs, place = [], 0
    for part in marked.text.split("\n"):
        if len(part) > 40 and not any(s < place + len(part) and place < e for s, e, _ in marked.spans):
            paragraphs.append(part)
        place += len(part) + 1
    return paragraphs


def silver(text: str, lang: str) -> Marked:
    """Mark what the rules find."""
    return Marked(text, [(match.start, match.end, model_label(match.label)) for match in find_phi(text, lang)])


def generated(
    lang: str,
    kind: str,
    count: int,
    rng: random.Random,
    pools: Pools,
    words: Sequence[str],
    only: tuple[str, bool] | None = None,
) -> Iterator[Marked]:
    """Yield documents of a kind: note, query, general, hard. only: as in `Filler`; such documents have no noise."""
    choices = templates(lang, kind)
    bodies = _bodies(lang)
    for _ in range(count):
        filler = Filler(rng, pools, lang, words=rng.sample(words, 12), only=only)
        parts = [rng.choice(choices)]
        if kind == "general" and rng.random() < 0.35:
            parts += rng.choices(choices, k=rng.randint(1, 3))
        marked = Marked()
        for number, template in enumerate(parts):
            if number:
                marked.add(rng.choice([" ", "\n", "\n\n"]))
            way, template = way_of(template)
            place = 0
            for match in [*_INNER.finditer(template)]:
                marked.extend(filler.fill(template[place : match.start()]))
                marked.extend(rng.choice(bodies) if match[1] == "BODY" else _line(filler, bodies))
                place = match.end()
            marked.extend(filler.fill(template[place:]))
        if kind == "hard" and not only:
            marked = roughened(marked, way, rng)
            yield marked if way else noisy(marked, rng)
            continue
        if not only and "\n" in marked.text and rng.random() < 0.12:
            marked = _quoted(marked, rng.choice([">", "> ", "??? ", "* ", "| ", "  "]))
        yield marked if only else noisy(marked, rng)


def _line(filler: Filler, bodies: Sequence[Marked]) -> Marked:
    """Return a line without PHI: one of our own, or a sentence of clinical text in which the rules find nothing."""
    rng = filler.rng
    if rng.random() < _BORROWED:
        body = rng.choice(bodies)
        sentence = re.split(r"(?<=[.!?])\s|\n", body.text)[0]
        if _SHORT < len(sentence) < _LONG and not body.spans:
            return Marked(sentence)
    return filler.fill(rng.choice(lines(filler.lang)))


def _quoted(marked: Marked, mark: str) -> Marked:
    """Put a mark before every line, as in a quoted e-mail; addresses over several lines hold it too."""
    lines = marked.text.split("\n")
    starts, place = [], 0
    for line in lines:
        starts.append(place)
        place += len(line) + 1
    spans = []
    for start, end, label in marked.spans:
        before, inside = bisect_right(starts, start), bisect_right(starts, end - 1)
        spans.append((start + before * len(mark), end + inside * len(mark), label))
    return Marked("\n".join(mark + line for line in lines), spans)


def noisy(marked: Marked, rng: random.Random) -> Marked:
    """Add scanning and typing errors that keep every offset: other letters, other case, other line breaks."""
    chance = rng.random()
    if chance < 0.07:
        marked = lowered(marked)
    elif chance < 0.09:
        marked = uppered(marked)
    elif chance < 0.14:
        marked = _cased_names(marked, rng)
    if rng.random() < 0.2:
        rate = rng.choice([0.003, 0.01, 0.02])
        chars = [_CONFUSED.get(char, char) if rng.random() < rate else char for char in marked.text]
        marked = Marked("".join(chars), marked.spans)
    if rng.random() < 0.2:
        chars = ["\n" if char == " " and rng.random() < 0.04 else char for char in marked.text]
        marked = Marked("".join(chars), marked.spans)
    return marked


def _cased_names(marked: Marked, rng: random.Random) -> Marked:
    text = marked.text
    change = rng.choice([str.lower, str.upper])
    for start, end, label in marked.spans:
        if label == "NAME":
            new = change(text[start:end])
            if len(new) == end - start:
                text = text[:start] + new + text[end:]
    return Marked(text, marked.spans)


# ---- real rows with other identifiers


def surrogate(row: Row, rng: random.Random, pools: Pools, words: Sequence[str], keep: float = 0.15) -> Marked:
    """Return a row with most of its identifiers replaced by made-up ones of the same form."""
    filler = Filler(rng, pools, row.lang, words=rng.sample(words, 12))
    names: dict[str, str] = {}
    marked, place = Marked(), 0
    for start, end, label in sorted(row.marked.spans):
        value = row.marked.text[start:end]
        marked.add(row.marked.text[place:start])
        marked.add(value if rng.random() < keep else _other(value, label, filler, names, row), label)
        place = end
    marked.add(row.marked.text[place:])
    return marked


def _other(value: str, label: str, filler: Filler, names: dict[str, str], row: Row) -> str:
    rng = filler.rng
    if label == "NAME":
        return re.sub(r"[^\W\d_]+", lambda match: _other_name(match[0], filler, names), value)
    if label in ("ID", "PHONE"):
        return "".join(_other_char(char, rng) for char in value)
    if label == "ORGANIZATION":
        clinic = row.kind != "presidio"
        return (filler.slot_hospital() if clinic else filler.slot_org())[0]
    if label == "ADDRESS":
        if row.kind == "grascco" and "\n" in value:
            return value
        digits = sum(map(str.isdigit, value))
        if digits and len(value) > 22:
            return filler.slot_address()[0]
        if row.kind == "asq" and "," in value:
            return filler.slot_town_state()[0]
        return (
            filler.slot_street()
            if digits > 1 and not value.isdigit()
            else filler.slot_zip()
            if digits
            else filler.slot_town()
        )[0]
    return value


def _other_name(word: str, filler: Filler, names: dict[str, str]) -> str:
    if len(word) == 1:
        return filler.rng.choice(string.ascii_uppercase) if word.isupper() else word
    if word.islower() and len(word) < 4:
        return word
    key = word.casefold()
    if key not in names:
        person = filler.person()
        new = person.given if filler.rng.random() < 0.5 else person.surname
        names[key] = re.sub(r"[^\w-]", "", new.split(" ")[-1])
    new = names[key]
    return new.upper() if word.isupper() and len(word) > 2 else new.lower() if word.islower() else new


def _other_char(char: str, rng: random.Random) -> str:
    if char.isdigit():
        return rng.choice(string.digits)
    return rng.choice(string.ascii_uppercase) if char.isupper() and rng.random() < 0.5 else char
