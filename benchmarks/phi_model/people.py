"""Slots for people: names of many origins, in the forms that notes write them."""

from __future__ import annotations

import random
import re
import string
from dataclasses import dataclass

from benchmarks.phi_model.pools import Pools

__all__ = ["PeopleSlots", "Person"]

_ORIGINS = {
    "en": {"english": 40, "romance": 14, "nordic": 16, "slavic": 12, "german": 8, "asian": 8, "african": 8,
           "turkish": 4},
    "de": {"german": 62, "turkish": 9, "slavic": 12, "romance": 7, "nordic": 4, "english": 3, "asian": 3, "african": 3},
}  # fmt: skip


@dataclass(frozen=True)
class Person:
    """A made-up person."""

    given: str
    surname: str
    female: bool
    origin: str


class PeopleSlots:
    """Makes people up; `only` is (origin, whether female) of all of them, for measuring."""

    rng: random.Random
    pools: Pools
    lang: str
    words: list[str]
    only: tuple[str, bool] | None

    def person(self) -> Person:
        rng, pools = self.rng, self.pools
        if self.only:
            origin, female = self.only
            given = rng.choice((pools.female if female else pools.male)[origin])
            return Person(given, rng.choice(pools.last[origin]), female, origin)
        weights = _ORIGINS[self.lang]
        origin = rng.choices(pools.origins, [weights[origin] for origin in pools.origins])[0]
        female = rng.random() < 0.5
        given_pool = (pools.female if female else pools.male)[origin]
        given = rng.choice(given_pool)
        if rng.random() < 0.15:
            given = pools.invented_first["female" if female else "male"][origin].invent(rng)
        elif rng.random() < 0.05:
            given = f"{given}-{rng.choice(given_pool)}"
        surname = rng.choice(pools.last[origin])
        chance = rng.random()
        if chance < 0.3:
            surname = pools.invented_last[origin].invent(rng)
        elif chance < 0.38 and self.words:
            surname = rng.choice(self.words).capitalize()
        elif chance < 0.43:
            surname = f"{surname}-{rng.choice(pools.last[origin])}"
        elif chance < 0.46:
            surname = f"{rng.choice(['von', 'van', 'de', 'van der', 'von der', 'zu', 'di', 'al', 'ten'])} {surname}"
        return Person(given, surname, female, origin)

    def format(self, person: Person, form: str) -> str:
        """Write a name: person, surname, given, listed (Surname, Given), short (Given S.), caps (SURNAME, Given)."""
        rng = self.rng
        if form == "surname":
            return person.surname
        if form == "given":
            return person.given
        if form == "short":
            return f"{person.given} {person.surname[:1].upper()}."
        if form == "listed":
            return f"{person.surname}, {person.given}"
        if form == "caps":
            surname = person.surname.upper().replace("SS", "ß") if rng.random() < 0.02 else person.surname.upper()
            joint = rng.choice([", ", ", ", " ", ","])
            return f"{surname}{joint}{person.given}"
        chance = rng.random()
        if chance < 0.72:
            return f"{person.given} {person.surname}"
        if chance < 0.84:
            return f"{person.given} {rng.choice(string.ascii_uppercase)}. {person.surname}"
        if chance < 0.9:
            return f"{person.given[0]}. {person.surname}"
        if chance < 0.94:
            second = rng.choice((self.pools.female if person.female else self.pools.male)[person.origin])
            return f"{person.given} {second} {person.surname}"
        if chance < 0.97:
            return f"{person.given[0]}.{rng.choice(['', ' '])}{rng.choice(string.ascii_uppercase)}. {person.surname}"
        return f"{person.surname} {person.given}"

    def slot_initials(self) -> tuple[str, str]:
        rng = self.rng
        letters = [rng.choice(string.ascii_uppercase) for _ in range(2)]
        return rng.choice(["".join(letters), ".".join(letters) + ".", "".join(letters).lower()]), "NAME"

    def slot_handle(self) -> tuple[str, str]:
        person = self.person()
        base = re.sub(r"\W", "", person.surname.lower())[:8]
        return self.rng.choice([base + person.given[0].lower(), f"{base}{self.rng.randint(1, 99)}"]), "ID"
