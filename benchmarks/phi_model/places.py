"""Slots for places and organisations: streets, towns, whole addresses in many layouts, hospitals, firms."""

from __future__ import annotations

import string

from benchmarks.phi_model.lists import LISTS
from benchmarks.phi_model.people import PeopleSlots

__all__ = ["PlaceSlots"]

_GERMAN = ["de_DE", "de_DE", "de_AT", "de_CH"]


class PlaceSlots(PeopleSlots):
    """Fills {street}, {town}, {address}, {corner}, {zip}, {flat}, {country}, {org}, {hospital}."""

    def _town(self, locale: str) -> str:
        if self.lang == "en" and self.rng.random() < 0.03:
            return self.rng.choice(self.pools.foreign_towns)
        if self.rng.random() < 0.2:
            return self.pools.invented_town["de" if locale[:2] == "de" else "any"].invent(self.rng)
        return self.rng.choice(self.pools.towns[locale])

    def _locale(self) -> str:
        if self.lang == "de" and self.rng.random() < 0.93:
            return self.rng.choice(_GERMAN)
        if self.rng.random() < 0.3:
            return self.rng.choice(["en_US", "en_GB"])
        return self.rng.choice(list(self.pools.streets))

    def slot_town(self) -> tuple[str, str]:
        return self._town(self._locale()), "ADDRESS"

    def _street(self, locale: str) -> str:
        rng = self.rng
        street = rng.choice(self.pools.streets[locale])
        if self.lang == "en" and rng.random() < 0.02:
            street = rng.choice(self.pools.foreign_streets)
        if locale in ("de_DE", "de_AT", "de_CH") and rng.random() < 0.5:
            stem = rng.choice([self.person().surname, self._town(locale) + rng.choice(["er ", ""]), *self.words[:1]])
            street = stem.rstrip() + rng.choice(
                [
                    "straße",
                    "str.",
                    "weg",
                    "gasse",
                    "platz",
                    "allee",
                    "ring",
                    "ufer",
                    "-Straße",
                    " Straße",
                    " Str.",
                    "er Weg",
                ]
            )
        number = str(rng.randint(1, 9)) if rng.random() < 0.2 else str(rng.randint(1, rng.choice([120, 999, 9999])))
        if self.lang == "de":
            number = str(rng.randint(1, 180)) + rng.choice(["", "", "", "a", "b", " c", "/3", "-7"])
        front = locale in ("en_US", "en_GB", "en_AU", "en_CA", "fr_FR", "en_IN") or rng.random() < 0.25
        if self.lang == "de":
            front = False
        return f"{number} {street}" if front else f"{street} {number}"

    def slot_street(self) -> tuple[str, str]:
        street = self._street(self._locale())
        if self.lang == "en" and self.rng.random() < 0.25:
            street = f"{self.rng.randint(1, 99999)} {street}"
        return street, "ADDRESS"

    def slot_corner(self) -> tuple[str, str]:
        rng = self.rng
        first, second = (
            self._street(self._locale()) if rng.random() < 0.4 else rng.choice(self.pools.streets[self._locale()])
            for _ in range(2)
        )
        if rng.random() < 0.15:
            first = self.person().given
        lead = rng.choice(["", "", "the corner of "])
        return f"{lead}{first} {rng.choice(['and', 'and', '&', 'at'])} {second}", "ADDRESS"

    def slot_zip(self) -> tuple[str, str]:
        rng = self.rng
        if self.lang == "de":
            return str(rng.randint(1000, 99999)).zfill(rng.choice([4, 5, 5, 5])), "ADDRESS"
        forms = [f"{rng.randint(1, 99999):05d}"] * 3 + [f"{rng.randint(1, 99999):05d}-{rng.randint(0, 9999):04d}"]
        first, last = ("".join(rng.choices(string.ascii_uppercase, k=2)) for _ in range(2))
        forms.append(f"{first}{rng.randint(1, 20)} {rng.randint(1, 9)}{last}")
        return rng.choice(forms), "ADDRESS"

    def slot_flat(self) -> tuple[str, str]:
        rng = self.rng
        name = rng.choice(["Apt.", "Suite", "Apt", "Unit", "Flat", "#", "Apartment", "Ste"])
        return f"{name}{'' if name == '#' else ' '}{rng.choice(['', '0'])}{rng.randint(1, 999)}", "ADDRESS"

    def slot_address(self) -> tuple[str, str]:
        """A whole address in one of many layouts, on one line or several."""
        if self.lang == "de":
            locale = self._locale()
            joint = self.rng.choice([", ", ", ", "\n", " ", " · ", ",\n"])
            land = self.rng.choice(["", "", "", "D-", "A-", "CH-"])
            return f"{self._street(locale)}{joint}{land}{self.slot_zip()[0]} {self._town(locale)}", "ADDRESS"
        if self.rng.random() < 0.13:
            return self._military(), "ADDRESS"
        if self.rng.random() < 0.08:
            return self.slot_corner()
        rng, locale = self.rng, self._locale()
        parts = [self.slot_street()[0] if rng.random() < 0.7 else self._street(locale)]
        if rng.random() < 0.5:
            parts[0] += rng.choice([" ", "\n ", ", ", "\n"]) + self.slot_flat()[0]
        town = self._town(locale)
        if rng.random() < 0.1:
            town = town.upper()
        parts.append(town)
        state = rng.choice(
            ["", "", rng.choice(LISTS["states"]), rng.choice(["ST", "NB", "LN", "nan", "QC", "BW", "VA"])]
        )
        tail = " ".join(part for part in (state, rng.choice(["", self._country()]), self.slot_zip()[0]) if part)
        if rng.random() < 0.15:
            tail = self._country()
        parts.append(tail)
        joints = rng.choice(
            [
                (", ", ", "),
                ("\n", ", "),
                ("\n", "\n"),
                (" ", " "),
                ("\n ", "\n "),
                ("\n", "\n, "),
                (", ", " "),
                ("\n ", "\n\n "),
            ]
        )
        return parts[0] + joints[0] + parts[1] + joints[1] + parts[2], "ADDRESS"

    def _military(self) -> str:
        rng = self.rng
        tail = f"{rng.choice(['APO', 'FPO', 'DPO'])} {rng.choice(['AA', 'AE', 'AP'])} {rng.randint(9000, 98999):05d}"
        ship = rng.choice(["USS", "USNS", "USNV", "USCGC"])
        first = rng.choice(
            [
                f"PSC {rng.randint(1, 9999):04d}, Box {rng.randint(1, 9999):04d}",
                f"Unit {rng.randint(1, 9999):04d} Box {rng.randint(1, 9999):04d}",
                f"{ship} {self.person().surname}",
                f"P.O. Box {rng.randint(1, 9999)}",
            ]
        )
        return f"{first}{rng.choice([', ', chr(10), chr(10)])}{tail}"

    def slot_town_state(self) -> tuple[str, str]:
        return f"{self._town('en_US')}, {self.rng.choice(LISTS['states'])}", "ADDRESS"

    def slot_country(self) -> tuple[str, str]:
        return self.rng.choice(LISTS["laender"]) if self.lang == "de" else self._country(), ""

    def _country(self) -> str:
        return self.rng.choice(LISTS["countries"] if self.rng.random() < 0.4 else self.pools.countries)

    def slot_org(self) -> tuple[str, str]:
        rng = self.rng
        chance = rng.random()
        if chance < 0.35:
            return rng.choice(self.pools.firms), "ORGANIZATION"
        first, second = rng.choice(LISTS["firm_parts"]), rng.choice(LISTS["firm_ends"])
        if chance < 0.55:
            return first.capitalize() + second.lower(), "ORGANIZATION"
        if chance < 0.65:
            return first.capitalize() + second.capitalize(), "ORGANIZATION"
        if chance < 0.73 and self.words:
            words = [rng.choice(self.words).capitalize() for _ in range(rng.randint(1, 3))]
            words.append(rng.choice(LISTS["firm_ends"]).capitalize())
            return " ".join(words[-2:] if rng.random() < 0.6 else words), "ORGANIZATION"
        if chance < 0.77:
            return self.pools.invented_town["any"].invent(rng) + rng.choice(
                ["ia", "io", "ly", "ics", "tech", "ography"]
            ), "ORGANIZATION"
        if chance < 0.85:
            return f"{first.capitalize()} {rng.choice(LISTS['firm_kinds'])}", "ORGANIZATION"
        if chance < 0.89:
            people = [self.person().surname for _ in range(3)]
            return f"{people[0]}, {people[1]} {rng.choice(['and', '&'])} {people[2]}", "ORGANIZATION"
        if chance < 0.94:
            people = [self.person().surname for _ in range(2)]
            return f"{people[0]}{rng.choice(['-', ' & ', ' and '])}{people[1]}", "ORGANIZATION"
        return f"{self.pools.invented_town['any'].invent(rng)} {rng.choice(LISTS['firm_kinds'])}", "ORGANIZATION"

    def slot_hospital(self) -> tuple[str, str]:
        rng = self.rng
        town = self._town(rng.choice(_GERMAN) if self.lang == "de" else rng.choice(["en_US", "en_GB"]))
        if self.lang == "de":
            return self._hospital_de(town), "ORGANIZATION"
        if rng.random() < 0.16:
            short = "".join(rng.choice(string.ascii_uppercase) for _ in range(rng.randint(2, 4)))
            avenue = f"{rng.randint(2, 90)}th {rng.choice(['Avenue', 'Ave', 'Street', 'St'])}"
            return rng.choice(
                [
                    short + rng.choice(["H", "MC", "UH", "HC"]),
                    f"{town} clinic",
                    f"{avenue} clinic",
                    f"{short} {rng.choice(LISTS['hospitals'])}",
                    rng.choice(LISTS["known_hospitals"]),
                    f"{rng.choice(LISTS['known_hospitals'])} in {town}",
                    f"{town} Children's",
                ]
            ), "ORGANIZATION"
        name = rng.choice(
            [
                town,
                town,
                self.person().surname,
                f"St. {self.person().given}'s",
                f"Saint {self.person().given}",
                f"Mount {self.person().surname}",
                rng.choice(LISTS["firm_parts"]).capitalize(),
            ]
        )
        return f"{name} {rng.choice(LISTS['hospitals'])}", "ORGANIZATION"

    def _hospital_de(self, town: str) -> str:
        rng = self.rng
        saint = rng.choice(["St. ", "Sankt ", "St.-"]) + rng.choice(LISTS["saints"])
        kind = rng.choice(LISTS["kliniken"])
        forms = [
            f"{kind} {town}", f"{kind} {town}", f"{saint}-{rng.choice(['Krankenhaus', 'Hospital', 'Klinik'])} {town}",
            f"{self.person().surname}-Klinik", f"{self.person().surname}-Klinik {town}", f"{saint}-Hospital",
            f"{kind} der {rng.choice(LISTS['orders'])} {town}",
            f"{rng.choice(['Haus', 'Seniorenheim', 'Pflegeheim', 'Seniorenresidenz'])} {rng.choice(LISTS['saints'])}",
            f"Gemeinschaftspraxis Dr. {self.person().surname}", f"{town}er {kind}",
            f"{rng.choice(LISTS['adj'])} {kind} {town}", f"{kind} {saint}",
            f"{kind} {town}\nAkademisches Lehrkrankenhaus der Universität {self._town('de_DE')}",
        ]  # fmt: skip
        text = rng.choice(forms)
        return text.upper() if rng.random() < 0.12 else text
