"""Checking orders with the user's own drug data."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from medlfm.cli import app
from medlfm.safety import check_order
from medlfm.safety.note_facts import check_note


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "drugs.csv"
    rows = ["name;substance;atc", "Kardiolan;Bisoprolol;C07AB07", "Neuromycin;Neuromycinum;J01FA99"]
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def label(tmp_path: Path) -> Path:
    path = tmp_path / "label.json"
    about = {"generic_name": ["APIXABAN"], "substance_name": ["APIXABAN"], "brand_name": ["Eliquis"]}
    row = {"set_id": "s1", "contraindications": ["4 CONTRAINDICATIONS Active bleeding. Max 1 mg."], "openfda": about}
    path.write_text(json.dumps({"results": [row]}), encoding="utf-8")
    return path


def test_a_brand_of_the_user_is_read_and_checked_as_its_ingredient(table: Path) -> None:
    assert check_order("Kardiolan 50 mg 1-0-0", lang="de").verdict == "unknown_drug"
    found = check_order("Kardiolan 50 mg 1-0-0", {"age": 60}, "de", drugs=[table])
    assert found.medications[0]["ingredient"] == "bisoprolol"
    assert found.verdict == "unit_error"


def test_it_counts_among_what_the_patient_takes(table: Path) -> None:
    patient = {"age": 60, "medications": ["Kardiolan 5 mg"]}
    assert check_order("Verapamil 120 mg 1-0-1", patient, "de", drugs=[table]).verdict == "interaction"


def test_a_substance_beyond_the_table_is_known_by_its_class_only(table: Path) -> None:
    found = check_order("Neuromycin 500 mg 1-0-1", {"allergies": ["Makrolide"]}, "de", drugs=[table])
    assert {finding.verdict for finding in found.findings} == {"unknown_drug", "allergy"}


def test_a_label_is_shown_and_never_read_for_limits(label: Path) -> None:
    found = check_order("Eliquis 5 mg bd", {"age": 60}, "en", drugs=[label])
    assert found.verdict == "ok"
    assert found.labels[0].section == "contraindications"
    assert found.to_dict()["labels"][0]["text"].startswith("4 CONTRAINDICATIONS")
    assert check_order("Ramipril 5 mg od", {"age": 60}, "en", drugs=[label]).labels == ()


def test_a_note_is_checked_with_them_too(table: Path) -> None:
    found, _ = check_note("72-jähriger Mann. Kardiolan 50 mg 1-0-0.", lang="de", drugs=[table])
    assert found.verdict == "unit_error"


def test_the_command_takes_the_files(table: Path, label: Path) -> None:
    command = ["check-order", "Kardiolan 5 mg 1-0-0, Eliquis 5 mg 1-0-1", "--lang", "de", "--json"]
    ran = CliRunner().invoke(app, [*command, "--drugs", str(table), "--drugs", str(label)])
    assert ran.exit_code == 0
    shown = json.loads(ran.stdout)
    assert [item["ingredient"] for item in shown["medications"]] == ["bisoprolol", "apixaban"]
    assert shown["labels"][0]["drug"] == "apixaban"


def test_the_command_names_a_file_that_it_cannot_read(tmp_path: Path) -> None:
    ran = CliRunner().invoke(app, ["check-order", "Ramipril 5 mg", "--drugs", str(tmp_path / "none.csv")])
    assert ran.exit_code != 0
