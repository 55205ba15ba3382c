"""Orders written for the tests before the rules they test: `verdict | order | patient`.

Patient: age and sex (m, f, w), then w= (kg), egfr=, preg or preg=weeks, and c= conditions, m= medications,
al= allergies, each of several with ";" between.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).parent / "lines"
_FACT = re.compile(r"(?:^|\s)(w|egfr|c|m|al|preg)(?:=(.*?)|(?<=preg))(?=\s(?:w|egfr|c|m|al|preg)=|\spreg\b|$)")
_NUMBERS = {"w": "weight_kg", "egfr": "egfr"}
_LISTS = {"c": "conditions", "m": "medications", "al": "allergies"}


def lines(lang: str) -> list[tuple[str, str, dict[str, Any]]]:
    """Return (verdict, order, patient) of every line of a language."""
    rows = (_FOLDER / f"orders.{lang}.txt").read_text("utf-8").splitlines()
    return [(verdict, order, _patient(facts)) for verdict, order, facts in (row.split(" | ") for row in rows if row)]


def _patient(written: str) -> dict[str, Any]:
    age, sex, *facts = written.split(maxsplit=2)
    patient: dict[str, Any] = {"age": float(age), "sex": {"m": "male"}.get(sex, "female")}
    for name, value in _FACT.findall(" ".join(facts)):
        if name in _NUMBERS:
            patient[_NUMBERS[name]] = float(value)
        elif name in _LISTS:
            patient[_LISTS[name]] = value.split(";")
        else:
            patient |= {"pregnant": True} | ({"gestation_weeks": int(value)} if value else {})
    return patient
