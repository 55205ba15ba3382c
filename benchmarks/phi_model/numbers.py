"""Slots for dates, telephone numbers and identifiers, and for figures that are none."""

from __future__ import annotations

import re
import string

from benchmarks.phi_model.lists import LISTS
from benchmarks.phi_model.places import PlaceSlots

__all__ = ["NumberSlots"]


class NumberSlots(PlaceSlots):
    """Fills {date}, {dob}, {old}, {age}, {year}, {phone}, {mrn}, {email}, {url} and the like."""

    def slot_date(self) -> tuple[str, str]:
        rng = self.rng
        day, month, year = rng.randint(1, 28), rng.randint(1, 12), rng.randint(1995, 2035)
        name = (LISTS["monate"] if self.lang == "de" else LISTS["months"])[month - 1]
        if self.lang == "de":
            forms = (
                [f"{day:02d}.{month:02d}.{year}"] * 5
                + [f"{day}.{month}.{year}"] * 3
                + [f"{day:02d}.{month:02d}.{year % 100:02d}"] * 2
            )
            forms += [
                f"{day}.{month}.",
                f"{day:02d}.{month:02d}.",
                f"{day}. {name} {year}",
                f"{day}. {name}",
                f"{name} {year}",
                f"{month:02d}/{year}",
                f"{year}-{month:02d}-{day:02d}",
                f"{day:02d}/{month:02d}/{year}",
                f"{day}. {month}. {year}",
                f"Anfang {name}",
                f"Mitte {name} {year}",
            ]
            return rng.choice(forms), "DATE"
        suffix = {1: "st", 2: "nd", 3: "rd", 21: "st", 22: "nd", 23: "rd"}.get(day, "th")
        forms = [
            f"{month}/{day}/{year}",
            f"{month:02d}/{day:02d}/{year}",
            f"{name} {day}, {year}",
            f"{name} {day}{suffix}, {year}",
            f"{name[:3]} {day}, {year}",
            f"{year}-{month:02d}-{day:02d}",
            f"{day} {name} {year}",
            f"{day:02d}/{month:02d}/{year}",
            f"{month}/{day}/{year % 100:02d}",
            f"{name} {day}{suffix}",
            f"{name} {year}",
            f"{month}/{day}",
            f"{day:02d}-{name[:3]}-{year}",
            f"the {day}{suffix} of {name}",
            f"{name[:3]} {day}",
        ]
        return rng.choice(forms), "DATE"

    def slot_dob(self) -> tuple[str, str]:
        rng = self.rng
        day, month, year = rng.randint(1, 28), rng.randint(1, 12), rng.randint(1925, 2018)
        if self.lang == "de":
            return rng.choice(
                [f"{day:02d}.{month:02d}.{year}", f"{day}.{month}.{year}", f"{day:02d}.{month:02d}.{year % 100:02d}"]
            ), "DATE"
        return rng.choice(
            [
                f"{month:02d}/{day:02d}/{year}",
                f"{LISTS['months'][month - 1]} {day}, {year}",
                f"{day:02d}/{month:02d}/{year}",
                f"{year}-{month:02d}-{day:02d}",
            ]
        ), "DATE"

    def slot_old(self) -> tuple[str, str]:
        return str(self.rng.randint(90, 108)), "AGE"

    def slot_age(self) -> tuple[str, str]:
        return str(self.rng.randint(1, 89)), ""

    def slot_year(self) -> tuple[str, str]:
        return str(self.rng.randint(1960, 2030)), ""

    def slot_time(self) -> tuple[str, str]:
        return f"{self.rng.randint(0, 23):02d}:{self.rng.randint(0, 59):02d}", ""

    def slot_n(self) -> tuple[str, str]:
        return str(self.rng.randint(1, self.rng.choice([9, 30, 200, 2000]))), ""

    def slot_dec(self) -> tuple[str, str]:
        point = "," if self.lang == "de" else "."
        return f"{self.rng.randint(0, 180)}{point}{self.rng.randint(0, 9)}", ""

    def _pattern(self, pattern: str) -> str:
        pick = {"#": string.digits, "%": "123456789", "A": string.ascii_uppercase}
        return "".join(self.rng.choice(pick[char]) if char in pick else char for char in pattern)

    def slot_phone(self) -> tuple[str, str]:
        en = [
            "(%##) %##-####",
            "%##-%##-####",
            "%##.%##.####",
            "+1 %## %## ####",
            "%#########",
            "07### ######",
            "0%## %## ## ##",
            "(0##) #### ####",
            "+44 %### ######",
            "%## ## ## ##",
            "%## ####",
            "(##) ####-####",
            "0### %#####",
            "+## %## ### ###",
            "%##-%##-#### x%###",
        ]
        de = [
            "0%## / %######",
            "0%###/%#####",
            "0%##-%######",
            "+49 %## %######",
            "(0%##) %#####-%#",
            "0%## %#### %##",
            "0043 %## %####",
            "+43/%##/%#### %###",
            "0%#####/%##-%##",
            "01%# %#######",
            "0%## %## %# %#",
            "+41 %# %## ## ##",
        ]
        return self._pattern(self.rng.choice(en if self.lang == "en" else de)), "PHONE"

    def slot_mrn(self) -> tuple[str, str]:
        forms = [
            "%#####",
            "%######",
            "%########",
            "AA-%#####",
            "%##-##-####",
            "%##-%###",
            "A%######",
            "AA%####",
            "#%##%##%",
            "AA-%###-AA",
        ]
        if self.lang == "de":
            forms = [
                "%#######",
                "%#########",
                "A-%########",
                "%###-%#",
                "A%#####",
                "%#####",
                "%-%#-#####",
                "AA-%###-%###",
                "%# %##### %",
            ]
        return self._pattern(self.rng.choice(forms)), "ID"

    def slot_specimen(self) -> tuple[str, str]:
        return self._pattern(
            self.rng.choice(["A%####/##", "A%#-%####", "AA##-%####", "%####/##", "A%####-##", "%#######"])
        ), "ID"

    def slot_ward_code(self) -> tuple[str, str]:
        return self._pattern(
            self.rng.choice(["A%", "A%#", "%A", "A-%#", "AAA%#", "AA-%", "%##", "%##A", "AAAA-%", "%#0#"])
        ), "ID"

    def slot_card(self) -> tuple[str, str]:
        return self._pattern(
            self.rng.choice(["4###############", "5###############", "4### #### #### ####", "3##############"])
        ), "ID"

    def slot_iban(self) -> tuple[str, str]:
        return self._pattern(
            self.rng.choice(["GB##AAAA##############", "DE## #### #### #### #### ##", "DE####################"])
        ), "ID"

    def slot_ssn(self) -> tuple[str, str]:
        return self._pattern("###-##-####"), "ID"

    def slot_plan(self) -> tuple[str, str]:
        forms = ["AAA%########", "%#########", "AA-%###AA", "AAA-##-%####", "A%########", "%### ######"]
        return self._pattern(self.rng.choice(forms)), "ID"

    def slot_email(self) -> tuple[str, str]:
        person = self.person()
        name = re.sub(r"[^a-z]", "", person.surname.lower()) or "info"
        host = re.sub(r"[^a-z]", "", self.slot_org()[0].lower())[:14] or "post"
        return (
            f"{person.given[0].lower()}.{name}@{host}.{self.rng.choice(['com', 'org', 'de', 'net', 'example'])}",
            "EMAIL",
        )

    def slot_url(self) -> tuple[str, str]:
        host = re.sub(r"[^a-z]", "", self.slot_org()[0].lower())[:16] or "site"
        return (
            self.rng.choice(["www.", "https://www.", "http://"])
            + f"{host}.{self.rng.choice(['com', 'org', 'de', 'at'])}",
            "URL",
        )
