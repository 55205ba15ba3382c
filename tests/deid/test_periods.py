from __future__ import annotations

from datetime import date

import pytest

from medlfm.deid import Policy, deidentify

YEAR = date.today().year


@pytest.mark.parametrize(
    ("text", "lang", "expected"),
    [
        ("war vom 3.4.2025 bis 7.5.2025 stationär", "de", "war 2025 stationär"),
        ("war vom 3.4. bis zum 7.5.2025 stationär", "de", "war 2025 stationär"),
        ("vom 03.04.–07.05.2025", "de", "2025"),
        ("zwischen dem 3.4.2025 und dem 7.5.2025", "de", "2025"),
        ("in hospital from 3/4/2024 to 3/9/2024.", "en", "in hospital in 2024."),
        ("3/4/2024 - 3/9/2024", "en", "2024"),
        ("from May 3, 2024 through May 9, 2024", "en", "in 2024"),
        # two years stay two
        ("vom 28.12.2024 bis 3.1.2025", "de", "vom 2024 bis 2025"),
        ("from 12/28/2023 to 1/3/2024", "en", "from 2023 to 2024"),
        # two dates are no period
        ("am 3.4.2025 und am 7.5.2025", "de", "am 2025 und am 2025"),
        ("seen 3/4/2024 and 3/9/2024", "en", "seen 2024 and 2024"),
        ("3.4.2025: Aufnahme, 7.5.2025: Entlassung", "de", "2025: Aufnahme, 2025: Entlassung"),
        ("vom 3.4. bis 7.5.", "de", "vom [DATE] bis [DATE]"),
    ],
)
def test_a_period_within_a_year_is_that_year(text: str, lang: str, expected: str) -> None:
    assert deidentify(text, lang, model=False).text == expected


def test_a_period_is_one_replacement_whose_source_is_all_of_it() -> None:
    text = "war vom 3.4.2025 bis 7.5.2025 stationär"
    result = deidentify(text, "de", model=False)
    assert len(result.spans) == 1
    span = result.spans[0]
    assert text[span.source_start : span.source_end] == "vom 3.4.2025 bis 7.5.2025"
    assert result.offsets.to_source(span.start, span.end) == (span.source_start, span.source_end)


@pytest.mark.parametrize(
    ("text", "lang", "expected"),
    [
        (f"geb. {YEAR - 95}", "de", "geb. 90+"),
        (f"Jahrgang {YEAR - 91}", "de", "Jahrgang 90+"),
        (f"*{YEAR - 92}", "de", "*90+"),
        (f"born in {YEAR - 90}", "en", "born in 90+"),
        (f"YOB: {YEAR - 100}", "en", "YOB: 90+"),
        # an age up to 89, or no year of birth
        (f"geb. {YEAR - 89}", "de", f"geb. {YEAR - 89}"),
        (f"born in {YEAR - 60}", "en", f"born in {YEAR - 60}"),
        ("Klassifikation von 1920", "de", "Klassifikation von 1920"),
        ("the pandemic of 1918", "en", "the pandemic of 1918"),
        ("geb. 1920 g", "de", "geb. 90+ g"),
    ],
)
def test_bare_years_of_birth_tell_no_age_over_89(text: str, lang: str, expected: str) -> None:
    assert deidentify(text, lang, model=False).text == expected


def test_a_policy_that_keeps_or_masks_dates_has_no_periods() -> None:
    text = "vom 3.4.2025 bis 7.5.2025"
    assert deidentify(text, "de", "limited_dataset", model=False).text == text
    assert deidentify(text, "de", "gdpr_strict", model=False).text == "vom [DATE] bis [DATE]"


def test_numbered_tags_are_the_same_for_the_same_text() -> None:
    policy = Policy(name="numbers", default="number")
    text = "Frau Zauner und Herr Lenz. Zauner hustet, Frau Zauner schläft. Am 3.5.2024."
    assert deidentify(text, "de", policy, model=False).text == (
        "Frau [NAME-1] und Herr [NAME-2]. [NAME-1] hustet, Frau [NAME-1] schläft. Am [DATE-1]."
    )


def test_three_digits_of_a_zip_code_stay_only_where_the_text_is_english() -> None:
    assert "021" in deidentify("He lives at 5 Elm Street, Boston, MA 02139.", "en", model=False).text
    assert "803" not in deidentify("wh. in 80331 München, Lindenstr. 5", "de", model=False).text
