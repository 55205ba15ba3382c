"""`medlfm ask`, `chat`, `evidence` and `check-order`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from medlfm.cli import app


def run(*arguments: str, stdin: str | None = None) -> Result:
    return CliRunner().invoke(app, list(arguments), input=stdin)


@pytest.fixture
def filled(tmp_path: Path) -> Path:
    path = tmp_path / "gout.txt"
    path.write_text("Gout is caused by crystals of uric acid in the joints.")
    result = run("evidence", "add", str(path), "--source", "A handbook", "--licence", "CC-BY-4.0")
    assert result.exit_code == 0, result.output
    assert "1 passages added" in result.stdout
    return path


@pytest.mark.usefixtures("filled")
def test_ask_shows_answer_evidence_and_disclaimer() -> None:
    result = run("ask", "What causes gout?", "--no-model")
    assert result.exit_code == 0
    for words in ("needs_review", "uric acid", "[1]", "A handbook", "Confidence 0.", "112 / 911"):
        assert words in result.stdout


@pytest.mark.usefixtures("filled")
def test_ask_prints_json_and_reads_standard_input() -> None:
    values = json.loads(run("ask", "-", "--no-model", "--json", stdin="What causes gout?").stdout)
    assert values["status"] == "needs_review"
    assert values["evidence"][0]["source"] == "A handbook"


@pytest.mark.usefixtures("filled")
def test_chat_answers_until_an_empty_line() -> None:
    result = run("chat", "--no-model", stdin="What causes gout?\nWrite a poem about spring\n\n")
    assert result.exit_code == 0
    assert "uric acid" in result.stdout
    assert "out_of_scope" in result.stdout


@pytest.mark.usefixtures("filled")
def test_evidence_search_shows_passages() -> None:
    assert "uric acid" in run("evidence", "search", "What causes gout?").stdout
    assert json.loads(run("evidence", "search", "gout", "--json").stdout)[0]["licence"] == "CC-BY-4.0"


def test_evidence_without_licence_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Gout is caused by crystals of uric acid in the joints.")
    result = run("evidence", "add", str(tmp_path / "a.txt"), "--source", "s")
    assert result.exit_code == 1
    assert "--licence" in result.stderr


def test_check_order_shows_the_verdict_and_what_was_not_checked() -> None:
    result = run("check-order", "Paracetamol 2 g p.o. 6x/d", "--lang", "de")
    assert result.exit_code == 0
    assert "dose_too_high" in result.stdout
    assert "nicht geprüft" in result.stdout


def test_check_order_takes_a_patient_and_prints_json(tmp_path: Path) -> None:
    (tmp_path / "patient.json").write_text('{"allergies": ["penicillin"]}')
    arguments = ("check-order", "amoxicillin 500 mg tid", "--patient", str(tmp_path / "patient.json"), "--json")
    assert json.loads(run(*arguments).stdout)["verdict"] == "allergy"


@pytest.mark.parametrize("content", ["no json", "[1]", '{"unknown": 1}', '{"age": "old"}'])
def test_patient_facts_that_can_not_be_read_are_one_line(tmp_path: Path, content: str) -> None:
    (tmp_path / "patient.json").write_text(content)
    result = run("check-order", "ibuprofen", "--patient", str(tmp_path / "patient.json"))
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: ")
    assert len(result.stderr.strip().splitlines()) <= 2


@pytest.mark.parametrize(
    ("severity", "code"), [("", 0), ("minor", 3), ("major", 3), ("contraindicated", 3), ("high", 1)]
)
def test_check_order_fails_on_the_severity_that_was_asked_for(severity: str, code: int) -> None:
    arguments = ("--fail-on", severity) if severity else ()
    for form in ((), ("--json",)):
        result = run("check-order", "Paracetamol 2 g p.o. 6x/d", *arguments, *form)
        assert result.exit_code == code
        assert ("dose_too_high" in result.stdout) == (code != 1)


@pytest.mark.parametrize("severity", ["minor", "moderate", "major", "contraindicated"])
def test_check_order_does_not_fail_where_nothing_was_found(severity: str) -> None:
    assert run("check-order", "Paracetamol 500 mg p.o. 3x/d", "--fail-on", severity).exit_code == 0


@pytest.mark.parametrize(("taken", "code"), [("tranylcypromine", 3), ("tramadol", 0), ("paracetamol", 0)])
def test_check_order_fails_on_what_interrupts(taken: str, code: int, tmp_path: Path) -> None:
    (tmp_path / "patient.json").write_text(json.dumps({"medications": [taken]}))
    patient = ("--patient", str(tmp_path / "patient.json"))
    result = run("check-order", "Sertraline 50 mg od", "--lang", "en", *patient, "--fail-on", "interruptive")
    assert result.exit_code == code
    assert ("interrupts; keep the two apart" in result.stdout) == (code == 3)


@pytest.mark.parametrize("columns", ["40", "80", "200"])
def test_check_order_cuts_no_word_at_any_width(columns: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    (tmp_path / "patient.json").write_text('{"egfr": 20, "pregnant": true, "medications": ["warfarin"]}')
    patient = ("--patient", str(tmp_path / "patient.json"))
    shown = run("check-order", "Ibuprofen 800 mg 3x/d", "--lang", "de", *patient).stdout
    assert "…" not in shown
    for words in ("kontraindiziert", "Protonenpumpenhemmer", "Schwangerschaft", "stattdessen:", "Quelle:"):
        assert words in " ".join(shown.split())
