from __future__ import annotations

import pytest

from medlfm.deid import second_scan


@pytest.mark.parametrize(
    ("text", "lang", "label"),
    [
        ("mail a.b@c.org", "en", "EMAIL"),
        ("call (617) 555-1234", "en", "PHONE"),
        ("SSN 123-45-6789", "en", "SSN"),
        ("seen 3/14/2020", "en", "DATE"),
        ("am 03.04.2020", "de", "DATE"),
        ("2020-03-04", "en", "DATE"),
        ("Mrs. Jones", "en", "NAME"),
        ("Herrn Dr. Müller", "de", "NAME"),
        ("no 1234567890", "en", "ID"),
        ("Tel. 089/1234567", "de", "PHONE"),
        ("A123456780", "de", "HEALTH_PLAN"),
        ("Mr. Smith, Frau Kunz", "", "NAME"),
    ],
)
def test_what_is_left_over_is_found(text: str, lang: str, label: str) -> None:
    assert label in {finding.label for finding in second_scan(text, lang)}


@pytest.mark.parametrize(
    ("text", "lang"),
    [
        ("BP 120/80, Apgar 9/10/10, in 2020, 85 years, 1.5 mg", "en"),
        ("Morbus Crohn, RR 120/80, 150000 Thrombozyten, seit 2015", "de"),
        ("[NAME], [DATE], Frau Kollegin, Herr Dr. [NAME]", "de"),
        ("Dr. [NAME], MRN [MRN], ICD-10 I10.90", "en"),
        ("", "en"),
    ],
)
def test_clinical_text_without_phi_passes(text: str, lang: str) -> None:
    assert second_scan(text, lang) == []


def test_labels_narrow_the_scan() -> None:
    assert second_scan("Mrs. Jones, 3/14/2020", "en", labels=["EMAIL"]) == []
