"""The age that a text states: in words and in notes, and what only looks like one."""

from __future__ import annotations

import pytest

from medlfm.experts.ages import age_in

YEARS = [
    ("My 3-year-old has a rash", 3),
    ("a 6 day old neonate", 6 / 365),
    ("14 month old, vomiting", 14 / 12),
    ("3 wk old, T 38.4", 21 / 365),
    ("28 y/o, optic neuritis", 28),
    ("72F with chest pain", 72),
    ("DKA, 9 y, pH 7.08", 9),
    ("my son (7) wets the bed", 7),
    ("Our baby is 8 weeks and has a cough", 56 / 365),
    ("woman aged 44", 44),
    ("beim 38-Jährigen", 38),
    ("ein 6-jähriges Mädchen", 6),
    ("Unser Baby ist 8 Wochen und hustet", 56 / 365),
    ("Sohn, 3, hustet", 3),
    ("meine Tochter (19) hört Stimmen", 19),
    ("17 Monate alt", 17 / 12),
    ("Gedeihstörung, 7 Mon., blass", 7 / 12),
    ("Exsudat, 4 J., Fieber", 4),
    ("Ikterus am 3. Lebenstag", 3 / 365),
    ("Pat. 67 J., Dyspnoe", 67),
]


@pytest.mark.parametrize(("text", "years"), YEARS)
def test_a_stated_age_is_read_in_years(text: str, years: float) -> None:
    assert age_in(text) == pytest.approx(years)


NO_AGE = [
    "",
    "for 3 weeks",
    "seit 4 Jahren",
    "two years ago",
    "5 days ago",
    "10 d after diarrhoea",
    "smoked 30 years",
    "40 Jahre geraucht",
    "Vmax 5.2 m/s, normal",
    "BP 120/80",
    "congenital adrenal hyperplasia, woman, 17-OHP",
    "transplant, 5 Mon. nach NTX",
    "every 3 months",
    "alle 6 Wochen",
    "Kontrolle nach 3 Monaten",
    "HbA1c 9.1 %",
    "3 x 500 mg",
    "chest pain, 2 h",
    "in 6 weeks",
    "Vor 2 Jahren operiert",
]


@pytest.mark.parametrize("text", NO_AGE)
def test_a_time_or_a_value_is_no_age(text: str) -> None:
    assert age_in(text) is None
