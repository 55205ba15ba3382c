"""Check digits of identifiers. They raise a score and never veto: a mistyped number is still somebody's number."""

from __future__ import annotations

from collections.abc import Callable

__all__ = ["CHECKS"]


def _digits(value: str) -> list[int]:
    return [int(char) for char in value if char.isascii() and char.isdigit()]


def _luhn(digits: list[int]) -> bool:
    total = 0
    for place, digit in enumerate(reversed(digits)):
        doubled = digit * 2 if place % 2 else digit
        total += doubled - 9 if doubled > 9 else doubled
    return bool(digits) and total % 10 == 0


def luhn(value: str) -> bool:
    """Payment cards (ISO/IEC 7812)."""
    digits = _digits(value)
    return len(digits) >= 12 and _luhn(digits)


def npi(value: str) -> bool:
    """National Provider Identifier: Luhn over the prefix 80840 and the ten digits."""
    digits = _digits(value)
    return len(digits) == 10 and _luhn([8, 0, 8, 4, 0, *digits])


def iban(value: str) -> bool:
    """ISO 13616: country and check digits moved to the end, letters as numbers, modulo 97 is 1."""
    plain = "".join(char for char in value.upper() if char.isascii() and char.isalnum())
    if not 15 <= len(plain) <= 34:
        return False
    return int("".join(str(int(char, 36)) for char in plain[4:] + plain[:4])) % 97 == 1


def kvnr(value: str) -> bool:
    """German health insurance number: a letter as two digits, weights 1 and 2 in turn, digit sums, modulo 10."""
    if len(value) != 10 or not value[0].isalpha() or not value[1:].isdigit():
        return False
    digits = _digits(f"{ord(value[0].upper()) - 64:02d}{value[1:9]}")
    total = sum(sum(_digits(str(digit * (1 + place % 2)))) for place, digit in enumerate(digits))
    return total % 10 == int(value[9])


def rvnr(value: str) -> bool:
    """German pension insurance number: the letter as two digits, weights 2 1 2 5 7 1 2 1 2 1 2 1, digit sums."""
    plain = "".join(char for char in value.upper() if char.isalnum())
    if len(plain) != 12 or not plain[8].isalpha() or not (plain[:8] + plain[9:]).isdigit():
        return False
    digits = _digits(f"{plain[:8]}{ord(plain[8]) - 64:02d}{plain[9:11]}")
    weights = (2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1)
    total = sum(sum(_digits(str(digit * weight))) for digit, weight in zip(digits, weights, strict=True))
    return total % 10 == int(plain[11])


def ssn(value: str) -> bool:
    """US social security number: no area 000, 666 or 9xx, no group 00, no serial 0000."""
    digits = "".join(str(digit) for digit in _digits(value))
    return len(digits) == 9 and digits[:3] not in ("000", "666") and digits[0] != "9" and digits[3:5] != "00"


def vin(value: str) -> bool:
    """Vehicle identification number (ISO 3779, North American check digit in place 9)."""
    values = dict(zip("ABCDEFGHJKLMNPRSTUVWXYZ", [*range(1, 9), *range(1, 6), 7, 9, *range(2, 10)], strict=True))
    if len(value) != 17 or any(not char.isdigit() and char not in values for char in value):
        return False
    weights = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
    total = sum((int(c) if c.isdigit() else values[c]) * weight for c, weight in zip(value, weights, strict=True))
    return value[8] == "0123456789X"[total % 11]


CHECKS: dict[str, Callable[[str], bool]] = {
    "iban": iban,
    "kvnr": kvnr,
    "luhn": luhn,
    "npi": npi,
    "rvnr": rvnr,
    "ssn": ssn,
    "vin": vin,
}
