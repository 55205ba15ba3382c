"""Names, streets, towns and firms from Faker's locales (MIT), and invented ones from a model of their letters.

Every list is cut by a hash of its entries: `part` "train" for training, "held" for measuring on names never seen.
"""

from __future__ import annotations

import importlib
import pkgutil
import random
import zlib
from collections import defaultdict
from functools import cache
from typing import Any

import faker.providers.person as person_providers
from faker import Faker
from faker.providers.date_time import Provider as DateProvider
from faker.providers.job.en_US import Provider as JobProvider

__all__ = ["ORIGINS", "Pools", "pools"]

# where a name comes from, in groups that are reported apart
ORIGINS = {
    "english": ["en_US", "en_GB", "en_AU", "en_CA", "en_IE", "en_NZ"],
    "german": ["de_DE", "de_AT", "de_CH", "de_LI", "de_LU"],
    "romance": ["fr_FR", "fr_CA", "it_IT", "es_ES", "es_MX", "es_CL", "pt_PT", "pt_BR", "ro_RO", "fr_BE"],
    "nordic": ["sv_SE", "no_NO", "da_DK", "fi_FI", "is_IS", "nl_NL", "nl_BE"],
    "slavic": ["pl_PL", "cs_CZ", "sk_SK", "hr_HR", "sl_SI", "lt_LT", "lv_LV", "et_EE", "hu_HU", "uz_UZ"],
    "turkish": ["tr_TR", "az_AZ", "sq_AL"],
    "asian": ["en_IN", "vi_VN", "id_ID", "fil_PH", "ja_JP", "zh_CN", "ko_KR"],
    "african": ["en_NG", "yo_NG", "ha_NG", "ig_NG", "zu_ZA", "tw_GH", "sw", "rw_RW", "en_KE", "swa"],
}
_ADDRESSES = [
    "en_US", "en_GB", "en_AU", "en_CA", "de_DE", "de_AT", "de_CH", "fr_FR", "it_IT", "es_ES", "nl_NL", "nl_BE",
    "sv_SE", "no_NO", "da_DK", "fi_FI", "pl_PL", "cs_CZ", "sk_SK", "hr_HR", "sl_SI", "hu_HU", "pt_PT", "pt_BR",
    "tr_TR", "es_MX", "et_EE", "lt_LT", "lv_LV", "ro_RO", "en_IN", "id_ID", "fil_PH", "az_AZ", "es_CL", "fr_CH",
]  # fmt: skip
_LATIN = 0x24F  # the last Latin letter


def _latin(text: str) -> bool:
    return all(ord(char) <= _LATIN or char in "’–ăẠỹ" or 0x1E00 <= ord(char) <= 0x1EFF for char in text)


def held(entry: str) -> bool:
    """Whether an entry is kept for measuring: one in seven."""
    return zlib.crc32(entry.casefold().encode()) % 7 == 0


def _entries(provider: Any, *attributes: str) -> list[str]:
    found: list[str] = []
    for attribute in attributes:
        value = getattr(provider, attribute, ())
        items = list(value)
        found += [item if isinstance(item, str) else item[0] for item in items]
    return [entry for entry in found if entry and _latin(entry)]


class _Letters:
    """Invents words that look like those it was shown: the next letter given the last three."""

    def __init__(self, words: list[str]) -> None:
        self.next: defaultdict[str, list[str]] = defaultdict(list)
        for word in words:
            padded = f"^^^{word}$"
            for place in range(3, len(padded)):
                self.next[padded[place - 3 : place]].append(padded[place])

    def invent(self, rng: random.Random) -> str:
        while True:
            word = "^^^"
            while word[-1] != "$" and len(word) < 18:
                word += rng.choice(self.next[word[-3:]])
            if word[-1] == "$" and len(word) > 6:
                return word[3:-1]


class Pools:
    """Everything that slots are filled from, of one part."""

    def __init__(self, part: str) -> None:
        self.part = part
        self.female: dict[str, list[str]] = {}
        self.male: dict[str, list[str]] = {}
        self.last: dict[str, list[str]] = {}
        known = {module.name for module in pkgutil.iter_modules(person_providers.__path__)}
        for origin, locales in ORIGINS.items():
            female, male, last = [], [], []
            for locale in sorted(set(locales) & known):
                provider = importlib.import_module(f"faker.providers.person.{locale}").Provider
                female += _entries(provider, "first_names_female", "first_female_names", "first_romanized_names")
                male += _entries(provider, "first_names_male", "first_male_names", "first_romanized_names")
                last += _entries(provider, "last_names", "last_names_female", "last_names_male", "last_romanized_names")
            self.female[origin], self.male[origin] = self._cut(female), self._cut(male)
            self.last[origin] = self._cut(last)
        origins = [origin for origin in ORIGINS if self.female[origin] and self.last[origin]]
        self.origins = origins
        self.invented_last = {origin: _Letters(self.last[origin]) for origin in origins}
        self.invented_first = {
            sex: {origin: _Letters(names[origin]) for origin in origins}
            for sex, names in (("female", self.female), ("male", self.male))
        }
        self.streets: dict[str, list[str]] = {}
        self.towns: dict[str, list[str]] = {}
        self.firms: list[str] = []
        self._addresses()
        self.invented_town = {
            group: _Letters([town for locale in locales for town in self.towns[locale] if " " not in town])
            for group, locales in (("de", ["de_DE", "de_AT", "de_CH"]), ("any", list(self.towns)))
        }

    def _cut(self, entries: list[str]) -> list[str]:
        return [entry for entry in sorted(set(entries)) if held(entry) == (self.part == "held")]

    def _addresses(self) -> None:
        for locale in _ADDRESSES:
            try:
                fake = Faker(locale)
                fake.seed_instance(7)
                streets = {fake.street_name() for _ in range(400)}
                towns = {fake.city() for _ in range(400)}
            except (AttributeError, NotImplementedError):
                continue
            self.streets[locale] = self._cut([street for street in streets if _latin(street)])
            self.towns[locale] = self._cut([town for town in towns if _latin(town)])
            if not self.streets[locale] or not self.towns[locale]:
                del self.streets[locale], self.towns[locale]
        fake = Faker(["el_GR", "bg_BG", "uk_UA"])
        fake.seed_instance(7)
        self.foreign_towns = self._cut([fake.city() for _ in range(300)])
        self.foreign_streets = self._cut([fake.street_name() for _ in range(300)])
        fake = Faker(["en_US", "de_DE", "fr_FR", "nl_NL", "it_IT", "sv_SE", "pl_PL", "en_GB"])
        fake.seed_instance(7)
        self.countries = sorted({country.name for country in DateProvider.countries})
        self.jobs = sorted({job.replace(", ", " ") for job in JobProvider.jobs})
        self.firms = self._cut([fake.company() for _ in range(1500)])


@cache
def pools(part: str = "train") -> Pools:
    """Return the pools of a part: "train" or "held"."""
    return Pools(part)
