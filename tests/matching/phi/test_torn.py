"""Words that a scan tore apart are put together for the search; every other text stays as it is."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medlfm.matching.phi import find_phi, phi_rules
from medlfm.matching.phi.torn import rejoined
from medlfm.matching.phi.words import Lexicon, split_words

LEXICON = {lang: Lexicon(phi_rules(lang)) for lang in ("en", "de")}
TORN = {
    "en": "The pat ient was sta ble, the wou nd clean and the med ication unchan ged. ",
    "de": "Der Pati ent war sta bil, die Wun de rei zlos und die Medi kation unver ändert. ",
}


@pytest.mark.parametrize(
    ("lang", "read", "meant"),
    [
        ("en", "Dr. Hen derson", "Henderson"),
        ("en", "Mr. Wil-\nson came", "Wilson"),
        ("en", "rnid sternal wound", "mid"),
        ("de", "Herr Zim mer mann", "Zimmermann"),
    ],
)
def test_fragments_are_joined_and_letters_read_anew(lang: str, read: str, meant: str) -> None:
    text = TORN[lang] + read
    mended = rejoined(text, split_words(text), LEXICON[lang])
    assert mended is not None
    assert meant in mended[0]


@pytest.mark.parametrize(
    ("lang", "text"),
    [
        ("en", "He can not go any where to day. Some one else may be here."),
        ("en", "The pat ient is well."),
        ("de", "Er war in der Klinik und an der See; zu Hause ist er zu frieden."),
        ("de", "Aufnahme in das Kranken haus, sonst unauffällig."),
    ],
)
def test_a_text_with_few_fragments_stays(lang: str, text: str) -> None:
    assert rejoined(text, split_words(text), LEXICON[lang]) is None


def test_a_torn_name_is_masked_from_its_first_letter_to_its_last() -> None:
    text = TORN["de"] + "Frau Zim mermann kommt wieder."
    start = text.index("Zim mermann")
    assert (start, start + len("Zim mermann")) in [(match.start, match.end) for match in find_phi(text, "de")]


@given(st.lists(st.sampled_from(["pat", "ient", "sta", "ble", "Dr", "Hen", "derson", " ", "-\n", ". "]), max_size=60))
def test_the_map_leads_back_to_the_same_letters(parts: list[str]) -> None:
    text = TORN["en"] + "".join(parts)
    mended = rejoined(text, split_words(text), LEXICON["en"])
    assert mended is not None
    view, origin = mended
    assert len(origin) == len(view) + 1
    assert origin == sorted(origin)
    assert origin[-1] == len(text)


@settings(deadline=None)  # the first call compiles the rules
@given(st.lists(st.sampled_from(["pat", "ient", "sta", "ble", "Dr.", "Hen", "derson", " ", "-\n", ". "]), max_size=40))
def test_finds_of_a_torn_text_stay_inside_of_it(parts: list[str]) -> None:
    text = TORN["en"] + "".join(parts)
    found = find_phi(text, "en")
    assert all(0 <= match.start < match.end <= len(text) for match in found)
