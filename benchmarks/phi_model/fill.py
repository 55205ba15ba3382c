"""Fills the slots of templates with made-up identifiers, and remembers where they stand."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import dataclass, field

from benchmarks.phi_model.lists import LISTS
from benchmarks.phi_model.people import Person
from benchmarks.phi_model.pools import Pools
from benchmarks.phi_model.spoken import SpokenSlots

__all__ = ["Filler", "Marked", "Person", "Span", "lowered", "uppered"]

Span = tuple[int, int, str]

_SLOT = re.compile(r"\{(\w+)\}")


@dataclass
class Marked:
    """A text with its PHI: spans (start, end, label)."""

    text: str = ""
    spans: list[Span] = field(default_factory=list)

    def add(self, text: str, label: str = "") -> None:
        if label and text:
            self.spans.append((len(self.text), len(self.text) + len(text), label))
        self.text += text

    def extend(self, other: Marked) -> None:
        offset = len(self.text)
        self.spans += [(start + offset, end + offset, label) for start, end, label in other.spans]
        self.text += other.text


def lowered(marked: Marked) -> Marked:
    """Return it in small letters, at the same offsets."""
    text = "".join(char.lower() if len(char.lower()) == 1 else char for char in marked.text)
    return Marked(text, marked.spans)


def uppered(marked: Marked) -> Marked:
    """Return it in capitals, at the same offsets."""
    text = "".join(char.upper() if len(char.upper()) == 1 else char for char in marked.text)
    return Marked(text, marked.spans)


class Filler(SpokenSlots):
    """Fills templates of one document: the same person stays the same ("{person1}", "{surname1}", "{given1}").

    `[a|b|]` in a template is a choice; `{slot}` is one of the slots below. words: common nouns that are surnames too.
    only: (origin, whether female) of all people, for measuring; then their names are as the lists have them.
    """

    def __init__(
        self, rng: random.Random, pools: Pools, lang: str, *, words: list[str], only: tuple[str, bool] | None = None
    ) -> None:
        self.rng, self.pools, self.lang, self.words, self.only = rng, pools, lang, words, only
        self.people: dict[str, Person] = {}
        self.kept: dict[str, tuple[str, str]] = {}

    # ---- templates

    def fill(self, template: str) -> Marked:
        """Return the filled template."""
        template = self._choose(template.replace("\\n", "\n").replace("\\t", "\t"))
        marked, place = Marked(), 0
        for match in _SLOT.finditer(template):
            marked.add(template[place : match.start()])
            self._slot(match[1], marked)
            place = match.end()
        marked.add(template[place:])
        return marked

    def _choose(self, template: str) -> str:
        while match := re.search(r"\[([^\[\]]*)\]", template):
            template = template[: match.start()] + self.rng.choice(match[1].split("|")) + template[match.end() :]
        return template

    def _slot(self, name: str, marked: Marked) -> None:
        if match := re.fullmatch(r"(person|surname|given|listed|short|caps)(\d)", name):
            person = self.people.setdefault(match[2], self.person())
            marked.add(self.format(person, match[1]), "NAME")
            return
        if match := re.fullmatch(r"([a-z_]+)(\d)", name):  # a number or date that comes back
            if name not in self.kept:
                text, label = getattr(self, f"slot_{match[1]}")()
                self.kept[name] = (text, label)
            marked.add(*self.kept[name])
            return
        if name in ("person", "surname", "given", "listed", "short", "caps"):
            marked.add(self.format(self.person(), name), "NAME")
            return
        slot: Callable[[], tuple[str, str]] = getattr(self, f"slot_{name}")
        marked.add(*slot())

    def slot_job(self) -> tuple[str, str]:
        rng = self.rng
        job = rng.choice(self.pools.jobs if self.lang == "en" else LISTS["de.job"])
        return job.lower().capitalize() if rng.random() < 0.5 else job, ""

    def slot_word(self) -> tuple[str, str]:
        return self.rng.choice(self.words).capitalize() if self.words else "Thing", ""

    def slot_title(self) -> tuple[str, str]:
        """The title of a work or a product: capitalised words that are no name."""
        words = [self.rng.choice(self.words).capitalize() for _ in range(self.rng.randint(1, 3))]
        return " ".join(words), ""

    def __getattr__(self, name: str) -> Callable[[], tuple[str, str]]:
        """Fill slots that are lists: {drug}, {disease}, {sym}."""
        values = LISTS.get(f"{self.__dict__['lang']}.{name.removeprefix('slot_')}")
        if not name.startswith("slot_") or values is None:
            raise AttributeError(name)
        return lambda: (self.rng.choice(values), "")
