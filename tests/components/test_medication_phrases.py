"""One direction at a time: how often, how long, by which route, how much, and only if needed, in many wordings.

The tables hold `field | text => value`; "-" is none, a dose without a unit is one whose unit was not written.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from medlfm.components.medications import parse_orders

_FOLDER = Path(__file__).parent / "lines"


def rows(lang: str) -> list[tuple[str, str, str]]:
    lines = (_FOLDER / f"phrases.{lang}.txt").read_text("utf-8").splitlines()
    split = ((field, *rest.split(" => ")) for field, rest in (line.split(" | ") for line in lines))
    return [(field, text, value) for field, text, value in split]


@pytest.mark.parametrize(
    ("lang", "field", "text", "value"), [(lang, *row) for lang in ("en", "de") for row in rows(lang)]
)
def test_a_wording_means_what_it_says(lang: str, field: str, text: str, value: str) -> None:
    order = parse_orders(text, lang)[0]
    found = order[field]
    if field == "dose":
        unit = "" if order["dose_assumed_unit"] else found["unit"]
        assert (found["value"], unit) == (pytest.approx(float(value.split()[0]), rel=0.01), " ".join(value.split()[1:]))
    elif field == "prn":
        assert found == (value == "yes")
    elif value == "-" or field == "route":
        assert found == (None if value == "-" else value)
    else:
        assert found == pytest.approx(float(value), rel=0.012, abs=1.1e-4)
