from __future__ import annotations

import json
import re
import unicodedata
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import medlfm
from medlfm.deid import POLICIES, Deidentified, deidentify, reidentify, second_scan
from medlfm.errors import LanguageError, SettingsError
from medlfm.matching.phi import PhiMatch

KEY = "correct horse battery staple"
LETTER = (
    "Patient: MÜLLER, Hans, geb. 12.03.1950, wh. in 80331 München, Lindenstraße 5a\r\n"
    "Wir berichten über Herrn Hans Müller, der vom 3.4. bis 7.5.2029 stationär war. Müllers Tochter Anna kam. "
    "Tel. 089/1234567, hans.mueller@web.de\r\n"
)
NOTE = (
    "PATIENT NAME: SMITH, John A.  DOB: 03/04/1950  MRN: A-123456\nMr. Smith, seen 3/4/2019 at Elm Clinic, lives at "
    "123 Main Street, Boston, MA 02139. His 95-year-old mother Mary called from (617) 555-1234.\n"
)
SECRETS = {
    "de": ["MÜLLER", "Hans", "Müller", "80331", "München", "Linden", "Anna", "1234567", "web.de"],
    "en": ["SMITH", "Smith", "John", "123456", "Elm", "Main", "Boston", "Mary", "555"],
}
TEXTS = {"de": LETTER, "en": NOTE}


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("lang", ["de", "en"])
def test_no_policy_leaves_a_name_a_number_or_an_address(policy: str, lang: str) -> None:
    kept = {"Boston", "München", "80331"} if policy == "limited_dataset" else set()
    result = deidentify(TEXTS[lang], lang, policy, patient="P-1", key=KEY)
    assert not [secret for secret in SECRETS[lang] if secret in result.text and secret not in kept]


def test_safe_harbor_keeps_years_and_three_digits_of_a_zip_code() -> None:
    result = deidentify(NOTE, "en")
    assert "DOB: 1950" in result.text
    assert "[ADDRESS 021]" in result.text
    assert "90+-year-old" in result.text
    assert "[MRN]" in result.text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Boston, MA 03601", "[ADDRESS 036]"),
        ("Denver, CO 82101", "[ADDRESS 000]"),
        ("DOB 3/4/1920", "DOB 90+"),  # the year would tell an age over 89
        ("born in 1921", "born in 90+"),
        ("Year of birth: 1929", "Year of birth: 90+"),
        ("insulin was introduced in 1923", "insulin was introduced in 1923"),
        ("on May 5", "on [DATE]"),
    ],
)
def test_safe_harbor_hides_small_areas_and_old_years(text: str, expected: str) -> None:
    assert deidentify(text, "en").text == expected.replace("[ADDRESS 036]", "[ADDRESS 000]")


def test_a_span_says_where_it_stands_in_both_texts() -> None:
    result = deidentify(LETTER, "de", "gdpr_strict")
    for span in result.spans:
        assert result.text[span.start : span.end] == f"[{span.label}]"
        assert result.offsets.to_source(span.start, span.end) == (span.source_start, span.source_end)
    first = result.spans[0]
    assert LETTER[first.source_start : first.source_end] == "MÜLLER, Hans"


def test_surrogates_of_a_patient_agree_in_all_texts_and_differ_between_patients() -> None:
    one, two = (deidentify(LETTER, "de", "research_surrogate", patient=name, key=KEY) for name in ("P-1", "P-2"))
    again = deidentify("Herr Müller kam.", "de", "research_surrogate", patient="P-1", key=KEY)
    surname = again.text.split()[1]
    assert surname.upper() in one.text
    assert f"{surname}s Tochter" in one.text
    assert one.text != two.text
    assert deidentify(LETTER, "de", "research_surrogate", patient="P-1", key=KEY).text == one.text
    other_key = deidentify(LETTER, "de", "research_surrogate", patient="P-1", key=KEY[::-1])
    assert other_key.text != one.text


def test_shifted_dates_keep_their_intervals() -> None:
    text = "Aufnahme am 03.04.2020, Entlassung am 17.04.2020."
    moved = deidentify(text, "de", "research_surrogate", patient="P-1", key=KEY).text
    first, second = (date(int(p[6:]), int(p[3:5]), int(p[:2])) for p in (moved[12:22], moved[38:48]))
    assert (second - first).days == 14
    assert first != date(2020, 4, 3)


def test_a_text_without_phi_stays_as_it_is() -> None:
    text = "Kein Fieber, RR 120/80 mmHg, Leukozyten 6700/µl, Morbus Parkinson seit 2015, 85 Jahre."
    result = deidentify(text, "de", "gdpr_strict")
    assert (result.text, result.spans) == (text, ())
    assert deidentify("", "en").text == ""


def test_an_unclear_language_gets_the_rules_of_both() -> None:
    assert deidentify("Frau Yılmaz\nMr. Smith", model=False).text == "Frau [NAME]\nMr. [NAME]"


def test_an_unclear_language_gets_the_models_of_both() -> None:
    text = deidentify("Frau Yılmaz\nMr. Smith").text
    assert "Yılmaz" not in text
    assert "Smith" not in text


def test_ones_own_finds_are_used_and_overlaps_resolved() -> None:
    finds = [PhiMatch(0, 3, "NAME", "mine", 0.9), PhiMatch(2, 5, "NAME", "mine", 0.5)]
    assert deidentify("abcde f", "en", "gdpr_strict", matches=finds).text == "[NAME] f"


WORDS = st.sampled_from(
    [
        "Herr Müller",
        "Frau O\u0308zil",
        "Dr. Weiß",
        "3.4.2020",
        "🙂",
        "\r\n",
        "[NAME]",
        "089/1234567",
        "A\u0308rzte",
        "Übelkeit",
    ]
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.one_of(WORDS, st.text(max_size=12)), max_size=12), st.sampled_from(POLICIES))
def test_the_key_brings_back_the_source(parts: list[str], policy: str) -> None:
    text = " ".join(parts)
    result = deidentify(text, "de", policy, patient="P", key=KEY)
    assert reidentify(result, KEY) == text
    assert reidentify(Deidentified.from_dict(json.loads(json.dumps(result.to_dict()))), KEY) == text


def test_decomposed_umlauts_are_found_whole() -> None:
    text = unicodedata.normalize("NFD", "Herr Müller kam.")
    assert deidentify(text, "de").text == "Herr [NAME] kam."


def test_the_public_names_are_these() -> None:
    assert medlfm.deidentify is deidentify
    assert medlfm.reidentify is reidentify


def test_without_the_right_key_nothing_comes_back() -> None:
    result = deidentify(NOTE, "en", key=KEY)
    assert b"Smith" not in result.vault
    assert "vault" not in repr(result)
    with pytest.raises(SettingsError, match="doesn't open"):
        reidentify(result, KEY[::-1])
    with pytest.raises(SettingsError, match="without a key"):
        reidentify(deidentify(NOTE, "en"), KEY)
    changed = Deidentified.from_dict(result.to_dict() | {"text": result.text + " "})
    with pytest.raises(SettingsError, match="was changed"):
        reidentify(changed, KEY)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"policy": "research_surrogate"}, SettingsError, "needs a key"),
        ({"key": "short"}, SettingsError, "at least 16"),
        ({"reversible": True}, SettingsError, "needs a key"),
        ({"lang": "fr"}, LanguageError, "'fr'"),
    ],
)
def test_a_wrong_call_is_refused_without_quoting_the_text(
    options: dict[str, str], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message) as caught:
        deidentify(NOTE, **{"lang": "en"} | options)
    assert "Smith" not in str(caught.value)


def test_an_irreversible_result_has_no_vault() -> None:
    assert deidentify(NOTE, "en", "research_surrogate", key=KEY, reversible=False).vault == b""


def test_a_policy_file_decides(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('default = "keep"\n[labels]\nNAME = "pseudonym"\nMRN = "surrogate"\n', encoding="utf-8")
    result = deidentify("Mr. Smith and Ms. Smith, MRN: 12345", "en", path, patient="P", key=KEY)
    tags = {span.label: result.text[span.start : span.end] for span in result.spans}
    assert result.text.count(tags["NAME"]) == 2
    assert len(tags["MRN"]) == 5
    assert tags["MRN"] != "12345"


@pytest.mark.parametrize("policy", ["safe_harbor", "gdpr_strict"])
@pytest.mark.parametrize("lang", ["de", "en"])
def test_the_second_scan_finds_nothing_after_masking(policy: str, lang: str) -> None:
    assert second_scan(deidentify(TEXTS[lang], lang, policy).text, lang) == []


@pytest.mark.parametrize(
    ("text", "lang", "pattern"),
    [
        ("in der St.-Anna-Klinik Rosenheim", "de", r"in der Klinik \w+"),
        ("im Klinikum Rosenheim", "de", r"im Klinikum \w+"),
        ("im Krankenhaus Rosenheim", "de", r"im Krankenhaus \w+"),
        ("at Mercy Hospital", "en", r"at \w+ Hospital"),
        ("Tel. 089/1234567", "de", r"Tel\. 0\d\d/\d{7}"),
        ("Tel. +49 89 1234567", "de", r"Tel\. \+49 \d\d \d{7}"),
        ("12.–14.5.2024", "de", r"\d{1,2}\.(?:\d{1,2}\.\d{4})?–\d{1,2}\.\d{1,2}\.20\d\d"),
    ],
)
def test_surrogates_are_of_the_kind_of_the_original(text: str, lang: str, pattern: str) -> None:
    moved = deidentify(text, lang, "research_surrogate", patient="P", key=KEY, model=False).text
    assert re.fullmatch(pattern, moved), moved
    assert moved != text
