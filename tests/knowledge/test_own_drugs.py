"""The user's own drug data: each kind of file is read as it is published, and says what is wrong with it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from medlfm.errors import OrderError
from medlfm.knowledge.own_drugs import load_own_drugs

LABEL = {
    "id": "a1",
    "set_id": "s1",
    "effective_time": "20250101",
    "contraindications": ["4 CONTRAINDICATIONS Active bleeding."],
    "boxed_warning": ["WARNING: STOPPING EARLY."],
    "openfda": {"generic_name": ["NOVADRUG"], "substance_name": ["NOVADRUG"], "brand_name": ["Novabrand"]},
}
CONSO = """\
161|ENG||||||A1|||161|RXNORM|IN|161|Acetaminophen||N||
161|ENG||||||A2|||161|MTHSPL|SU|162|APAP||N||
202433|ENG||||||A3|||202433|RXNORM|BN|202433|Tylenol||N||
"""
REL = "161|||RO|202433|||tradename_of|||RXNORM|||||\n"
TABLE = "Arzneimittelname;Wirkstoff;ATC-Code\nNovabrand 5 mg;Novadrug;B01AF99\nDuo;Amlodipin, Valsartan;C09DB01\n"


def write(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize("text", [json.dumps({"results": [LABEL]}), json.dumps([LABEL]), json.dumps(LABEL) + "\n"])
def test_a_label_gives_names_and_its_sections_as_they_stand(tmp_path: Path, text: str) -> None:
    own = load_own_drugs([write(tmp_path / "label.json", text)])
    assert own.drugs[0].ingredient == "novadrug"
    assert own.drugs[0].names == ("Novabrand",)
    sections = {label.section: label.text for label in own.labels_of("Novabrand")}
    assert sections == {
        "boxed_warning": "WARNING: STOPPING EARLY.",
        "contraindications": "4 CONTRAINDICATIONS Active bleeding.",
    }
    assert own.labels_of("novadrug")[0].source == "openFDA label s1, 20250101"


def test_a_label_without_a_substance_is_passed_over(tmp_path: Path) -> None:
    rows = {"results": [{"openfda": {}, "contraindications": ["x"]}, LABEL]}
    assert len(load_own_drugs([write(tmp_path / "l.json", json.dumps(rows))]).drugs) == 1


def test_rxnorm_gives_synonyms_and_with_its_relations_brands(tmp_path: Path) -> None:
    path = write(tmp_path / "RXNCONSO.RRF", CONSO)
    assert load_own_drugs([path]).drugs[0].names == ("APAP",)
    write(tmp_path / "RXNREL.RRF", REL)
    drug = load_own_drugs([path]).drugs[0]
    assert (drug.ingredient, drug.names) == ("acetaminophen", ("APAP", "Tylenol"))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_a_table_gives_names_substances_and_codes(tmp_path: Path, encoding: str) -> None:
    text = TABLE + "Größe;Täfelchen;\n"
    own = load_own_drugs([write(tmp_path / "t.csv", text, encoding)])
    assert [(drug.ingredient, drug.atc, drug.names) for drug in own.drugs] == [
        ("novadrug", "B01AF99", ("Novabrand 5 mg",)),
        ("amlodipin/valsartan", "C09DB01", ("Duo",)),
        ("täfelchen", "", ("Größe",)),
    ]


def test_a_table_in_english_with_tabs_or_commas_is_read(tmp_path: Path) -> None:
    for comma in ("\t", ","):
        row = comma.join(["Name of medicine", "Active substance", "ATC code"])
        own = load_own_drugs([write(tmp_path / "t.csv", f"{row}\n{comma.join(['Nova', 'novadrug', 'A01'])}\n")])
        assert own.drugs[0].atc == "A01"


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("x.json", "{not json", "Line 1"),
        ("x.json", '{"results": []}', "no openFDA labels"),
        ("x.json", '{"results": [{"id": 1}]}', '"openfda"'),
        ("RXNCONSO.RRF", "1|ENG|\n", "3 fields"),
        ("RXNCONSO.RRF", CONSO.splitlines()[2] + "\n", "no ingredient"),
        ("x.csv", "", "empty"),
        ("x.csv", "a;b\n1;2\n", "name and substance"),
        ("x.csv", "name;substance\nonly\n", "Line 2"),
    ],
)
def test_a_file_of_another_form_is_refused_with_a_reason(tmp_path: Path, name: str, text: str, said: str) -> None:
    with pytest.raises(OrderError) as raised:
        load_own_drugs([write(tmp_path / name, text)])
    assert said in str(raised.value)
    assert name in str(raised.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(OrderError, match="nowhere"):
        load_own_drugs([tmp_path / "nowhere.csv"])
