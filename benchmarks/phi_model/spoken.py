"""Slots for what is dictated, half written or told in a chat: numbers and dates in words, spelt names, villages."""

from __future__ import annotations

import re

from benchmarks.phi_model.lists import LISTS
from benchmarks.phi_model.numbers import NumberSlots

__all__ = ["SpokenSlots"]

_UMLAUTS = {"ä": "a umlaut", "ö": "o umlaut", "ü": "u umlaut", "ß": "eszett"}
_NICK = 4  # letters of a given name that is cut short


class SpokenSlots(NumberSlots):
    """Fills {said_date}, {said_phone}, {said_mrn}, {said_old}, {spelt}, {day}, {feast}, {village}, {road}, {nick}."""

    # ---- numbers in words

    def _digits(self, count: int) -> str:
        """Digits as they are read out: one by one, some doubled, in English some as pairs."""
        rng, words = self.rng, LISTS[f"{self.lang}.digit"]
        said: list[str] = []
        while len(said) < count:
            digit = rng.randrange(10)
            if self.lang == "en" and rng.random() < 0.08:
                said += [f"double {words[digit]}", ""]
            elif digit == 0 and self.lang == "en" and rng.random() < 0.4:
                said.append("oh")
            elif digit == 2 and self.lang == "de" and rng.random() < 0.3:
                said.append("zwo")
            else:
                said.append(words[digit])
        return " ".join(word for word in said if word)

    def slot_said_phone(self) -> tuple[str, str]:
        lead = "null " if self.lang == "de" and self.rng.random() < 0.8 else ""
        return lead + self._digits(self.rng.randint(6, 11)), "PHONE"

    def slot_said_mrn(self) -> tuple[str, str]:
        lead = "".join(f"{self.rng.choice('abcdefghklmnprstw')} " for _ in range(self.rng.choice([0, 0, 1, 2])))
        return lead + self._digits(self.rng.randint(4, 8)), "ID"

    def _number(self, number: int) -> str:
        """A number below a hundred in words."""
        ones, tens = LISTS[f"{self.lang}.ones"], LISTS[f"{self.lang}.tens"]
        if number < len(ones):
            return ones[number]
        ten, one = divmod(number, 10)
        if self.lang == "de":
            return f"{'ein' if one == 1 else ones[one]}und{tens[ten]}" if one else tens[ten]
        return f"{tens[ten]}{self.rng.choice([' ', '-'])}{ones[one]}" if one else tens[ten]

    def _said_year(self, year: int) -> str:
        """The year as it is spoken, in full or its last two digits."""
        rest = year % 100
        if self.rng.random() < 0.2:
            return self._number(rest)
        if self.lang == "de":
            century = "neunzehnhundert" if year < 2000 else "zweitausend"
            return century + (self._number(rest) if rest else "")
        if year < 2000:
            return f"nineteen {self._number(rest) if rest > 9 else 'oh ' + self._number(rest) if rest else 'hundred'}"
        return f"two thousand {self._number(rest)}" if self.rng.random() < 0.5 else f"twenty {self._number(rest)}"

    def _said(self, first: int, last: int) -> tuple[str, str]:
        rng, day, month = self.rng, self.rng.randint(1, 31), self.rng.randint(1, 12)
        year = self._said_year(rng.randint(first, last))
        nth, names = LISTS[f"{self.lang}.nth"], LISTS["monate" if self.lang == "de" else "months"]
        if self.lang == "de":
            ending = rng.choice(["ten", "ten", "ten", "ter", "te"])
            stem = nth[day - 1] + ending
            second = rng.choice([names[month - 1], nth[month - 1] + ending, names[month - 1]])
            return rng.choice([f"{stem} {second} {year}", f"{stem} {second}", f"{names[month - 1]} {year}"]), "DATE"
        said, name = nth[day - 1], names[month - 1]
        return (
            rng.choice(
                [
                    f"{name} {said} {year}",
                    f"{said} of {name} {year}",
                    f"the {said} of {name}",
                    f"{name} {said}",
                    f"{name} {self._number(day)} {year}",
                    f"{name} {year}",
                ]
            ),
            "DATE",
        )

    def slot_said_date(self) -> tuple[str, str]:
        return self._said(2000, 2030)

    def slot_said_dob(self) -> tuple[str, str]:
        return self._said(1920, 2018)

    def slot_said_old(self) -> tuple[str, str]:
        return self._number(self.rng.randint(90, 99)), "AGE"

    def slot_said_age(self) -> tuple[str, str]:
        return self._number(self.rng.randint(2, 89)), ""

    def slot_said_n(self) -> tuple[str, str]:
        return self._number(self.rng.randint(1, 99)), ""

    # ---- parts of dates

    def slot_day(self) -> tuple[str, str]:
        rng, day = self.rng, self.rng.randint(1, 31)
        if self.lang == "de":
            return f"{day}.", "DATE"
        suffix = {1: "st", 2: "nd", 3: "rd", 21: "st", 22: "nd", 23: "rd", 31: "st"}.get(day, "th")
        return rng.choice([f"{day}{suffix}", f"{day}{suffix}", LISTS["en.nth"][day - 1]]), "DATE"

    def slot_feast(self) -> tuple[str, str]:
        return self.rng.choice(LISTS[f"{self.lang}.feast"]), "DATE"

    # ---- people in a hurry

    def slot_spelt(self) -> tuple[str, str]:
        """A surname letter by letter."""
        word = re.sub(r"[^\w]", "", self.person().surname.split(" ")[-1].lower())[:9]
        if self.lang == "de":
            return " ".join(_UMLAUTS.get(char, char) for char in word), "NAME"
        joint = self.rng.choice([" ", " ", "-"])
        return joint.join(word), "NAME"

    def slot_nick(self) -> tuple[str, str]:
        """A given name as colleagues write it."""
        given = self.person().given.split("-")[0]
        if self.rng.random() < 0.25 and len(given) > _NICK:
            given = given[: self.rng.choice([3, 4])] + self.rng.choice(["", "", "i", "y"])
        return given, "NAME"

    # ---- places and firms as people name them

    def slot_village(self) -> tuple[str, str]:
        rng = self.rng
        if self.lang == "de":
            return (rng.choice(LISTS["de.village_front"]) + rng.choice(LISTS["de.village_end"])).capitalize(), "ADDRESS"
        town = rng.choice(LISTS["en.village_front"]).capitalize() + rng.choice(LISTS["en.village_end"])
        return rng.choice([town, town, town + rng.choice([" Hill", " Green", " Heights", " Park"])]), "ADDRESS"

    def slot_road(self) -> tuple[str, str]:
        """A street, mostly without a number."""
        rng, stem = self.rng, self.slot_village()[0]
        if self.lang == "de":
            stem = rng.choice([stem, self.person().surname, *(word.capitalize() for word in self.words[:2])])
            street = stem + rng.choice(LISTS["de.street_end"])
        else:
            stem = rng.choice([stem, self.person().surname, *(word.capitalize() for word in self.words[:2])])
            street = f"{stem} {rng.choice(LISTS['en.street_end'])}"
        if rng.random() < 0.3:
            number = rng.randint(1, 220)
            street = f"{street} {number}" if self.lang == "de" else f"{number} {street}"
        return street, "ADDRESS"

    def slot_said_street(self) -> tuple[str, str]:
        """A street with its number in words."""
        street, number = re.sub(r" ?\d+ ?", "", self.slot_road()[0]), self._number(self.rng.randint(1, 99))
        return (f"{street} {number}" if self.lang == "de" else f"{number} {street}"), "ADDRESS"

    def slot_house(self) -> tuple[str, str]:
        """A house with a name, on a road, in a village."""
        rng = self.rng
        stem = rng.choice([self.slot_village()[0], self.person().surname, *(w.capitalize() for w in self.words[:2])])
        name = f"{stem} {rng.choice(LISTS['en.house'])}" if self.lang == "en" else f"Hof {stem}"
        parts = [name, self.slot_road()[0], self.slot_village()[0]]
        return ", ".join(parts[: rng.choice([2, 3])]), "ADDRESS"

    def slot_firm(self) -> tuple[str, str]:
        """A school, a shop, a practice, a home, a court: a kind with a name."""
        rng = self.rng
        stem = rng.choice([self.slot_village()[0], self.person().surname, *(w.capitalize() for w in self.words[:2])])
        kind = rng.choice(LISTS[f"{self.lang}.firm_kind"])
        if self.lang == "de":
            town = self.slot_village()[0]
            return rng.choice(
                [f"{kind} {stem}", f"{kind} {stem}", f"{stem}-{kind.split(' ')[-1]}", f"{kind} {town}"]
            ), "ORGANIZATION"
        town = self.slot_village()[0]
        return rng.choice([f"{stem} {kind}", f"{stem} {kind}", f"{stem}'s {kind}", f"{town} {kind}"]), "ORGANIZATION"

    def slot_serial(self) -> tuple[str, str]:
        forms = ["AAA ### ### A", "####A#AA#", "AAA######A", "## ### ###", "#### AA #A#", "A%#####", "AA-##-####"]
        return self._pattern(self.rng.choice(forms)), "ID"

    def slot_file(self) -> tuple[str, str]:
        forms = ["# A ###/##", "AA-## #### ###", "A ## A ###/##", "A-#####", "## AA ####/##", "AAA-####-###", "##-####"]
        return self._pattern(self.rng.choice(forms)), "ID"
