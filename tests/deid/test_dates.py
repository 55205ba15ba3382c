from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medlfm.deid.dates import find_year, shift_date, shift_day


@pytest.mark.parametrize(
    ("text", "days", "lang", "moved"),
    [
        ("3.4.2020", 10, "de", "13.4.2020"),
        ("03.04.2020", 1, "de", "04.04.2020"),
        ("12.03.1950", -10, "de", "02.03.1950"),
        ("31.12.99", 1, "de", "1.1.00"),
        ("3.4.", 30, "de", "3.5."),
        ("3. März 2020", 30, "de", "2. April 2020"),
        ("Anfang März", 31, "de", "Anfang April"),
        ("März 2020", 365, "de", "März 2021"),
        ("5/2021", 31, "de", "6/2021"),
        ("02/28/2020", 1, "en", "02/29/2020"),
        ("28/02/2020", 1, "en", "29/02/2020"),
        ("2020-02-28", 2, "en", "2020-03-01"),
        ("20200228", 2, "en", "20200301"),
        ("Feb 21st, 2023", 1, "en", "Feb 22nd, 2023"),
        ("21 FEB 2023", 10, "en", "3 MAR 2023"),
        ("May 3-5, 2020", 2, "en", "May 5-7, 2020"),
        ("10/12", 1, "en", "10/13"),
        ("Mi 06.03.2024", 10, "de", "Sa 16.03.2024"),
        ("Montag, dem 3. April 2023", 10, "de", "Donnerstag, dem 13. April 2023"),
        ("Fr., 1. Juli", -1, "de", "Do., 30. Juni"),
        ("Tuesday, March 12, 2024", 10, "en", "Friday, March 22, 2024"),
        ("Weds 10/4/24", 7, "en", "Weds 10/11/24"),
    ],
)
def test_a_date_moves_and_keeps_its_form(text: str, days: int, lang: str, moved: str) -> None:
    assert shift_date(text, days, lang) == moved


@pytest.mark.parametrize(
    "text", ["", "soon", "31.2.2020", "99.99.9999", "May 30-31, 2020", "Frühjahr 2020", "3.", "Mi", "Fr 14."]
)
def test_what_is_no_whole_date_is_not_moved(text: str) -> None:
    assert shift_date(text, 1, "de") is None


@given(
    st.dates(date(1900, 1, 1), date(2090, 1, 1)), st.dates(date(1900, 1, 1), date(2090, 1, 1)), st.integers(-364, 364)
)
def test_intervals_are_kept(first: date, second: date, days: int) -> None:
    moved = [shift_date(f"{day:%d.%m.%Y}", days, "de") or "" for day in (first, second)]
    read = [date(*(int(part) for part in reversed(text.split(".")))) for text in moved]
    assert read == [day + timedelta(days=days) for day in (first, second)]


@pytest.mark.parametrize(
    ("text", "year"), [("3.4.2020", 2020), ("3.4.50", 1950), ("3.4.20", 2020), ("May 1987", 1987), ("3.4.", None)]
)
def test_the_year_of_a_date_is_found(text: str, year: int | None) -> None:
    assert find_year(text, today=date(2026, 11, 1)) == year


@pytest.mark.parametrize(
    ("day", "following", "days", "lang", "expected"),
    [
        ("12.", "14.5.2024", 7, "de", "19."),
        ("12", "14. Mai 2024", 7, "de", "19"),
        ("29.", "31.5.2024", 1, "de", "30.5.2024"),  # the other one falls into June
        ("3rd", "May 9th, 2024", 7, "en", "10th"),
        ("12.5.", "14.5.2024", 7, "de", None),
        ("12.", "Mai 2024", 7, "de", None),
        ("40.", "14.5.2024", 7, "de", None),
    ],
)
def test_a_day_without_its_month_moves_with_the_date_it_opens(
    day: str, following: str, days: int, lang: str, expected: str | None
) -> None:
    assert shift_day(day, following, days, lang) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("Mai 2024", "Juni 2024"), ("Aug 2023", "Sep 2023"), ("Sept. 2023", "Okt. 2023"), ("März 2024", "April 2024")],
)
def test_names_of_months_stay_long_or_short(text: str, expected: str) -> None:
    assert shift_date(text, 30, "de") == expected
