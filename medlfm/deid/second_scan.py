"""An independent look at text that should hold no PHI any more: other code, plain and conservative patterns.

`prepare` and `train` refuse rows in which it finds something. It misses what has no fixed form (a bare name), and
what a policy puts in on purpose (surrogates, shifted dates) it can't tell from an original: pass `labels` then.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import NamedTuple

__all__ = ["Finding", "second_scan"]


class Finding(NamedTuple):
    """One suspicious stretch; offsets in the text scanned."""

    start: int
    end: int
    label: str


_COMMON = (
    ("EMAIL", r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"),
    ("PHONE", r"(?<![\w.+])\+\d{1,3}[ ./-]?\(?\d{1,5}\)?(?:[ ./-]?\d{2,5}){2,4}(?!\d)"),
    ("ID", r"(?<![\d.,/])\d{9,}(?![\d]|[.,]\d)"),
    ("DATE", r"(?<![\d.,/-])(?:0?[1-9]|[12]\d|3[01])([./-])(?:0?[1-9]|1[0-2])\1(?:19|20)\d\d(?!\d)"),
    ("DATE", r"(?<![\d.,/-])(?:0?[1-9]|1[0-2])([/-])(?:0?[1-9]|[12]\d|3[01])\1(?:19|20)\d\d(?!\d)"),
    ("DATE", r"(?<![\d.,/-])(?:19|20)\d\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])(?!\d)"),
    ("IP", r"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.])"),
)
_BY_LANGUAGE = {
    "en": (
        ("SSN", r"(?<![\w-])\d{3}-\d{2}-\d{4}(?![\w-])"),
        ("PHONE", r"(?<![\w.-])\(?\d{3}\)?[ .-]\d{3}[ .-]\d{4}(?![\w-])"),
        ("NAME", r"\b(?:Mr|Mrs|Ms)\.? [A-Z][a-z]+"),
        ("NAME", r"\bDr\. [A-Z][a-z]{2,}"),
        ("MRN", r"\bMRN[:# ]{1,3}\w*\d{3,}"),
    ),
    "de": (
        ("PHONE", r"\b(?:Tel|Telefon|Fax|Mobil)\b[.: ]{1,3}[+(]?\d[\d /()-]{5,}\d"),
        (
            "NAME",
            r"\b(?:Herr|Herrn|Frau) (?:Dr\. |Prof\. )*(?!Kolleg|Dok|Prof|Patient|Dr\b|Ober|Chef)[A-ZÄÖÜ][a-zäöüß]+",
        ),
        ("NAME", r"\bDr\. (?:med\. )?(?!med\b|rer\b)[A-ZÄÖÜ][a-zäöüß]{2,}"),
        ("HEALTH_PLAN", r"(?<!\w)[A-Z]\d{9}(?!\w)"),
    ),
}
_COMPILED = {
    lang: tuple((label, re.compile(regex)) for label, regex in (*_COMMON, *own)) for lang, own in _BY_LANGUAGE.items()
}


def second_scan(text: str, lang: str, labels: Collection[str] | None = None) -> list[Finding]:
    """Return what still looks like PHI, in order; both languages' patterns where `lang` is neither.

    labels: look for these only (EMAIL, PHONE, ID, DATE, IP, SSN, NAME, MRN, HEALTH_PLAN).
    """
    patterns = _COMPILED.get(lang) or tuple(dict.fromkeys(item for each in _COMPILED.values() for item in each))
    found = {
        Finding(match.start(), match.end(), label)
        for label, regex in patterns
        if labels is None or label in labels
        for match in regex.finditer(text)
    }
    return sorted(found)
