"""Realistic stand-ins for what was found, chosen by a keyed hash: one patient's stay the same in all documents."""

from __future__ import annotations

import hashlib
import hmac
import re
import string
from functools import cache

from medlfm.matching.phi.words import Lexicon, Word, split_words
from medlfm.matching.rules import shipped_rules

__all__ = ["Surrogates"]

_ZIP = re.compile(r"(?<!\d)\d{5}(?!\d)")
_HOUSE = re.compile(r"(?<!\d)\d{1,4} ?[a-z]?(?!\w)")
_PHONE_FRONT = re.compile(r"\(?(?:\+|00)\d{1,2}[ (/-]|\(?0")
_MAX_SHIFT = 364  # days, in both directions


@cache
def _lists(lang: str) -> dict[str, tuple[str, ...]]:
    lists: dict[str, list[str]] = {}
    unclear = Lexicon(shipped_rules(lang, "phi_protect"))
    for rule in shipped_rules(lang, "phi_names"):
        words = [word for word in rule["words"] if not any(unclear.has(name, word) for name in unclear.sets)]
        lists.setdefault(rule["set"], []).extend(word for word in words if word.isalpha())
    for rule in shipped_rules(lang, "surrogates"):
        lists.setdefault(rule["kind"], []).extend(rule["words"])
    return {name: tuple(words) for name, words in lists.items()}


def _kind_of_place(pattern: str) -> str:
    return pattern.replace("{town}", "").strip().casefold()


@cache
def _known(lang: str) -> Lexicon:
    return Lexicon([*shipped_rules(lang, "phi_names"), *shipped_rules(lang, "phi_words")])


class Surrogates:
    """Surrogates for one patient. `originals` are the names in the document: none of them is used as a surrogate.

    Two different originals may get one surrogate by chance (the lists hold some hundred names).
    """

    def __init__(self, key: bytes, patient: str, lang: str, originals: set[str] | None = None) -> None:
        self.key, self.patient, self.lang = key, patient, lang
        self.lists, self.lexicon = _lists(lang), _known(lang)
        self.originals = {part.casefold() for name in originals or () for part in re.findall(r"[^\W\d_]+", name)}

    def _number(self, *parts: str) -> int:
        """Return a number of 256 bits that the key, the patient and the parts determine."""
        message = "\x1f".join((self.patient, *parts)).encode()
        return int.from_bytes(hmac.new(self.key, message, hashlib.sha256).digest(), "big")

    @property
    def shift_days(self) -> int:
        """How far the patient's dates are moved: 1 to 364 days, back or ahead."""
        number = self._number("shift")
        return (1 + number // 2 % _MAX_SHIFT) * (-1 if number % 2 else 1)

    def pseudonym(self, label: str, text: str) -> str:
        """Return eight hex digits that belong to this text."""
        return f"{self._number('pseudonym', label, ' '.join(text.split()).casefold()) >> 224:08x}"

    def make(self, label: str, text: str) -> str | None:
        """Return a surrogate of the same kind, or None where there is none for the label."""
        if label in ("AGE", "DATE"):
            return None
        makers = {
            "NAME": self.name,
            "ADDRESS": self.address,
            "ORGANIZATION": self.organisation,
            "EMAIL": self.email,
            "URL": self.url,
            "IP": self.ip,
            "PHONE": self.phone,
            "FAX": self.phone,
        }
        new = makers.get(label, self.code)(text)
        return None if new == text else new

    def _pick(self, kind: str, original: str) -> str:
        words = self.lists[kind]
        for attempt in range(len(words)):
            word = words[self._number(kind, original.casefold(), str(attempt)) % len(words)]
            if word.casefold() not in self.originals:
                return word
        return words[0]

    def _letters(self, value: str, count: int) -> str:
        number = self._number("letters", value)
        return "".join(string.ascii_lowercase[number // 26**place % 26] for place in range(count))

    # ---- the kinds

    def name(self, text: str) -> str | None:
        """Replace each part: given names by ones of the same gender, surnames, initials; particles and commas stay."""
        words = split_words(text)
        surname_first = "," in text
        pieces, position = [], 0
        for index, word in enumerate(words):
            is_given = self._is_given(words, index, surname_first=surname_first)
            pieces += [text[position : word.start], self._name_part(word, given=is_given)]
            position = word.end
        rest = text[position:]
        if any(char.isdigit() for char in text) or not any(word.shape != "low" for word in words):
            return None
        return "".join([*pieces, rest])

    def name_part(self, text: str, *, given: bool) -> str:
        """Replace a field that holds given names alone, or surnames alone."""
        pieces, position = [], 0
        for word in split_words(text):
            pieces += [text[position : word.start], self._name_part(word, given=given)]
            position = word.end
        return "".join([*pieces, text[position:]])

    def address_part(self, text: str, part: str) -> str:
        """Replace a street with its number, a town or a ZIP code, each in a field of its own."""
        if part == "zip":
            return self.code(text)
        if part == "city":
            return self._pick("town", text.strip(" ,\n"))
        house = _HOUSE.search(text)
        name = self._pick("street", text)
        if not house:
            return name
        number = 1 + self._number("house", house[0]) % 99
        return f"{number} {name}" if self.lang == "en" else f"{name} {number}"

    def _is_given(self, words: list[Word], index: int, *, surname_first: bool) -> bool:
        if surname_first:
            return index > 0
        if len(words) == 1:
            folded = words[0].text.casefold()
            return self.lexicon.has("first", folded) and not self.lexicon.has("last", folded)
        return index < len(words) - 1

    def _name_part(self, word: Word, *, given: bool) -> str:
        if word.shape == "low":
            return (
                word.text if word.text in self.lexicon.words("particle") else self._letters(word.text, len(word.text))
            )
        if word.shape == "initial":
            return string.ascii_uppercase[self._number("initial", word.text) % 26]
        stem, ending = self._stem(word.text)
        kind = "last"
        if given:
            folded = stem.casefold().split("-")[0]
            female = folded in self.lexicon.words("first_female")
            kind = (
                "first_female"
                if female or (folded.endswith("a") and folded not in self.lexicon.words("first_male"))
                else "first_male"
            )
        new = self._pick(kind, stem)
        return new.upper() if word.shape == "caps" else new + ending

    def _stem(self, text: str) -> tuple[str, str]:
        """Split off a German genitive s where the name without it is in the document too."""
        if self.lang == "de" and text.endswith("s") and text[:-1].casefold() in self.originals:
            return text[:-1], "s"
        return text, ""

    def email(self, text: str) -> str:
        return f"{self._letters(text, 8)}@example.org"

    def url(self, text: str) -> str:
        return f"https://example.org/{self._letters(text, 8)}"

    def ip(self, text: str) -> str:
        """Return an address of the block that RFC 5737 keeps for documentation."""
        return f"192.0.2.{1 + self._number('ip', text) % 254}"

    def address(self, text: str) -> str:
        """Return a street, a ZIP code with town, or both, as far as the original had them."""
        town = self._pick("town", _ZIP.sub("", text).strip(" ,\n"))
        zipped = _ZIP.search(text)
        without = _ZIP.sub("", text)
        street = _HOUSE.search(without)
        parts = []
        if street:
            house = 1 + self._number("house", street[0]) % 99
            name = self._pick("street", without)
            parts.append(f"{house} {name}" if self.lang == "en" else f"{name} {house}")
        if zipped:
            parts.append(f"{self.code(zipped[0])} {town}" if self.lang == "de" else f"{town} {self.code(zipped[0])}")
        elif not street or "," in without:
            parts.append(town)
        return ", ".join(parts)

    def organisation(self, text: str) -> str:
        """Return a place of the same kind, so that articles still fit: a Klinik for a Klinik."""
        kinds = [pattern for pattern in self.lists["organisation"] if _kind_of_place(pattern) in text.casefold()]
        pattern = max(kinds, key=len) if kinds else self._pick("organisation", text)
        return pattern.format(town=self._pick("town", text))

    def phone(self, text: str) -> str:
        """Keep the sign of the country and the leading zero."""
        front = _PHONE_FRONT.match(text)
        kept = front[0] if front else ""
        return kept + self.code(text[len(kept) :])

    def code(self, text: str) -> str:
        """Replace digits by digits and letters by letters, and keep the signs between."""
        number = self._number("code", text)
        new: list[str] = []
        for char in text:
            number, step = divmod(number, 2600) if number > 2600 else (self._number("code", text, "".join(new)), 7)
            if char.isdigit():
                new.append(string.digits[step % 10])
            elif char.isalpha():
                letter = string.ascii_lowercase[step % 26]
                new.append(letter.upper() if char.isupper() else letter)
            else:
                new.append(char)
        return "".join(new)
