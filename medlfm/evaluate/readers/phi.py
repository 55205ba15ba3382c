"""Gold for `phi`: {"spans": [[start, end, label], …], "ignored": [[start, end], …], "merged": {label: label}}.

What counts as PHI is the definition of docs/architecture ("What counts"), not each set's own: titles, ages up to 89,
bare years, relative times, countries and professions are no PHI, so finding them counts against precision.
`merged` joins labels that a set doesn't tell apart, in the gold and in what was found.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from medlfm.evaluate.gold import Reader, Row
from medlfm.spans import PHI_LABELS

__all__ = ["READERS"]

_OUT = "out"  # no PHI by our definition
_UNCLEAR = "unclear"  # neither right nor wrong to find

_GRASCCO = {
    "NAME_PATIENT": "NAME",
    "NAME_DOCTOR": "NAME",
    "NAME_RELATIVE": "NAME",
    "NAME_OTHER": "NAME",
    "NAME_EXT": "NAME",
    "NAME_TITLE": _OUT,
    "NAME_USERNAME": "ID",
    "LOCATION_CITY": "ADDRESS",
    "LOCATION_ZIP": "ADDRESS",
    "LOCATION_STREET": "ADDRESS",
    "LOCATION_OTHER": "ADDRESS",
    "LOCATION_STATE": _UNCLEAR,
    "LOCATION_COUNTRY": _OUT,
    "LOCATION_HOSPITAL": "ORGANIZATION",
    "LOCATION_ORGANIZATION": "ORGANIZATION",
    "CONTACT_PHONE": "PHONE",
    "CONTACT_FAX": "FAX",
    "CONTACT_EMAIL": "EMAIL",
    "CONTACT_URL": "URL",
    "DATE": "DATE",
    "AGE": "AGE",
    "ID": "ID",
    "PROFESSION": _OUT,
    None: _UNCLEAR,
}
_ASQ = {
    "GEOGRAPHIC_LOCATION": "ADDRESS",
    "NAME": "NAME",
    "DATE": "DATE",
    "AGE": "AGE",
    "MEDICAL_RECORD_NUMBER": "MRN",
    "HEALTH_PLAN_BENEFICIARY_NUMBER": "HEALTH_PLAN",
    "PHONE_NUMBER": "PHONE",
    "FAX_NUMBER": "FAX",
    "SOCIAL_SECURITY_NUMBER": "SSN",
    "EMAIL_ADDRESS": "EMAIL",
    "UNIQUE_IDENTIFIER": "ID",
    "ACCOUNT_NUMBER": "ACCOUNT",
    "CERTIFICATE_LICENSE_NUMBER": "LICENSE",
    "VEHICLE_IDENTIFIER": "VEHICLE",
    "DEVICE_IDENTIFIER": "DEVICE",
    "WEB_URL": "URL",
    "IP_ADDRESS": "IP",
}
_PRESIDIO = {
    "PERSON": "NAME",
    "ADDRESS": "ADDRESS",
    "STREET_ADDRESS": "ADDRESS",
    "ZIP_CODE": "ADDRESS",
    "LOCATION": _UNCLEAR,
    "GPE": _UNCLEAR,
    "ORGANIZATION": "ORGANIZATION",
    "DATE_TIME": "DATE",
    "CREDIT_CARD": "ACCOUNT",
    "IBAN_CODE": "ACCOUNT",
    "PHONE_NUMBER": "PHONE",
    "US_SSN": "SSN",
    "AGE": "AGE",
    "NRP": _OUT,
    "TITLE": _OUT,
    "EMAIL_ADDRESS": "EMAIL",
    "IP_ADDRESS": "IP",
    "DOMAIN_NAME": "URL",
    "US_DRIVER_LICENSE": "LICENSE",
}

_MONTH = re.compile(r"jan|feb|mar|mär|apr|may|mai|jun|jul|aug|sep|oct|okt|nov|dec|dez", re.IGNORECASE)
_CLOCK = re.compile(r"\s+\d{1,2}:\d\d(:\d\d)?\s*$")
_WEEKDAY = re.compile(r"(mon|tues|wednes|thurs|fri|satur|sun)day|(mon|diens|donners|frei|sams|sonn)tag|mittwoch", re.I)

# words inside a span that identify nobody: titles are no PHI by our definition, nor is what a number is called
_LEADING = {
    "NAME": re.compile(r"(?:(?:Dr|Mr|Mrs|Ms|Prof)\.?|Miss)\s+"),
    "ID": re.compile(r"(?i)(?:(?:patient|site|case|record)\s*(?:id|no\.?|number)?\s*[:#]?\s*)+(?=\S*\d)"),
    "HEALTH_PLAN": re.compile(
        r"(?i)(?:medicare|medicaid|insurance|policy|plan|member)\s*(?:id|no\.?|number)?\s*[:#]?\s*(?=\S*\d)"
    ),
    "DATE": re.compile(r"(?i)(?:last|this|next|the)\s+"),
}


def _label(mapped: str, text: str) -> str:
    """Apply the definition to one span: a bare year is no date, an age up to 89 is no PHI."""
    digits = re.findall(r"\d+", text)
    if mapped == "AGE":
        return "AGE" if any(int(number) > 89 for number in digits) else _OUT
    if mapped == "DATE" and not _MONTH.search(text) and (not digits or [len(number) for number in digits] == [4]):
        return _UNCLEAR if _WEEKDAY.search(text) else _OUT
    return mapped


def _mapped(
    row: Row, labels: dict[str | None, str] | dict[str, str], merged: dict[str, str], *, join: bool
) -> dict[str, Any]:
    text = row["text"]
    spans: list[tuple[int, int, str]] = []
    ignored: list[tuple[int, int]] = []
    for span in sorted(row["spans"], key=lambda span: (span["start"], span["end"])):
        start, end = int(span["start"]), int(span["end"])
        label = _label(labels.get(span["label"], _UNCLEAR), text[start:end])
        if label == "DATE" and (clock := _CLOCK.search(text[start:end])):
            ignored.append((start + clock.start(), end))
            end = start + clock.start()
        if label in _LEADING and (lead := _LEADING[label].match(text[start:end])):
            ignored.append((start, start + lead.end()))
            start += lead.end()
        if label == _UNCLEAR:
            ignored.append((start, end))
        elif label != _OUT:
            spans.append((start, end, merged.get(label, label)))
    if join:
        spans = _joined(spans, text)
    return {"spans": spans, "ignored": ignored, "merged": merged}


def _joined(spans: list[tuple[int, int, str]], text: str) -> list[tuple[int, int, str]]:
    """Join addresses with nothing but spaces and punctuation between them: one contiguous address is one ADDRESS."""
    joined: list[tuple[int, int, str]] = []
    for start, end, label in spans:
        if joined and label == joined[-1][2] == "ADDRESS" and not re.search(r"\w", text[joined[-1][1] : start]):
            joined[-1] = (joined[-1][0], end, label)
        else:
            joined.append((start, end, label))
    return joined


def _grascco(row: Row) -> Iterator[tuple[str, dict[str, Any], str, str]]:
    numbers = ("MRN", "HEALTH_PLAN", "ACCOUNT", "SSN", "LICENSE", "DEVICE")
    yield row["text"], _mapped(row, _GRASCCO, dict.fromkeys(numbers, "ID"), join=True), row["lang"], ""


def _asq(row: Row) -> Iterator[tuple[str, dict[str, Any], str, str]]:
    merged = {"ORGANIZATION": "LOCATION", "ADDRESS": "LOCATION"}
    yield row["text"], _mapped(row, _ASQ, merged, join=False), row["lang"], ""


def _presidio(row: Row) -> Iterator[tuple[str, dict[str, Any], str, str]]:
    yield row["text"], _mapped(row, _PRESIDIO, {}, join=True), row["lang"], str(row["template_id"])


def _own(row: Row) -> Iterator[tuple[str, dict[str, Any], str, str]]:
    spans = [(int(span["start"]), int(span["end"]), str(span["label"])) for span in row["spans"]]
    ignored = [(int(start), int(end)) for start, end in row.get("ignored", [])]
    yield row["text"], {"spans": spans, "ignored": ignored, "merged": {}}, row.get("lang", ""), row.get("group", "")


def _grascco_or_own(row: Row) -> Iterator[tuple[str, dict[str, Any], str, str]]:
    """GraSCCo_PHI has the keys of our own form; its labels tell them apart."""
    known = any(span["label"] in _GRASCCO and span["label"] not in ("DATE", "AGE", "ID") for span in row["spans"])
    yield from (_grascco if known else _own)(row)


_MARK = re.compile(r"\[\[(\w+)\|([^\[\]]+)\]\]")


def _marked(row: Row) -> Iterator[tuple[str, dict[str, Any], str, str]]:
    """Read identifiers marked as [[LABEL|text]]."""
    parts: list[str] = []
    spans: list[tuple[int, int, str]] = []
    length = place = 0
    for mark in _MARK.finditer(row["text"]):
        parts += [row["text"][place : mark.start()], mark[2]]
        start = length + len(parts[-2])
        length, place = start + len(mark[2]), mark.end()
        spans.append((start, length, mark[1]))
    text = "".join([*parts, row["text"][place:]])
    if "[[" in text or "]]" in text or {label for *_, label in spans} - set(PHI_LABELS):
        raise ValueError  # a mark that can't be read would count as a text without PHI
    yield text, {"spans": spans, "ignored": [], "merged": {}}, row.get("lang", ""), row.get("group", "")


READERS = (
    Reader(
        "asq_phi",
        frozenset({"text", "spans", "extra_occurrences"}),
        _asq,
        (
            "GEOGRAPHIC_LOCATION names towns and clinics alike: ADDRESS and ORGANIZATION count as one label, LOCATION",
            "relative times and bare years are no PHI",
            "titles before names and words before numbers (case, patient ID, Medicare) are left out",
        ),
    ),
    Reader(
        "presidio_research",
        frozenset({"text", "spans", "template_id"}),
        _presidio,
        (
            "towns and countries are one label in this set: both are left out, found or not",
            "titles, nationalities, ages up to 89, bare years are no PHI; weekdays and clock times are left out",
            "intervals are drawn over sentence templates",
        ),
    ),
    Reader(
        "spans",
        frozenset({"text", "spans"}),
        _grascco_or_own,
        (
            "of GraSCCo_PHI: pieces of one address are joined; titles, ages up to 89, bare years, countries, "
            "professions are no PHI; all numbers are ID",
        ),
    ),
    Reader("marked_phi", frozenset({"text", "kind"}), _marked),
)
