"""`medlfm review`, and what `medlfm ask --explain` shows."""

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
def asked(tmp_path: Path) -> None:
    path = tmp_path / "gicht.txt"
    path.write_text("Gicht entsteht durch Kristalle der Harnsäure in den Gelenken.", encoding="utf-8")
    assert run("evidence", "add", str(path), "--source", "Ein Buch", "--licence", "CC-BY-4.0").exit_code == 0
    assert "review: 1" in run("ask", "Was verursacht Gicht?", "--no-model").stdout


@pytest.mark.usefixtures("asked")
def test_a_case_is_listed_shown_and_accepted() -> None:
    assert "Was verursacht Gicht?" in run("review", "list").stdout
    shown = run("review", "show", "1").stdout
    for words in ("case 1 · open", "Harnsäure", "[1]", "Ein Buch", "kalibriert", "· risk "):
        assert words in shown
    result = run("review", "accept", "1", "--reviewer", "a.berg", "--role", "pharmacist")
    assert "accepted, by a.berg (pharmacist)" in result.stdout
    assert "0 open · 1 accepted" in run("review", "list").stdout
    assert "accepted by a.berg (pharmacist)" in run("review", "show", "1").stdout


@pytest.mark.usefixtures("asked")
def test_a_correction_is_exported(tmp_path: Path) -> None:
    (tmp_path / "text.txt").write_text("Zu viel Harnsäure, sagt Frau Holzapfel.", encoding="utf-8")
    corrected = run("review", "correct", "1", "--file", str(tmp_path / "text.txt"))
    assert "1 identifiers in what was typed were masked" in corrected.stdout
    result = run("review", "export", "--out", str(tmp_path / "rows.jsonl"))
    assert "1 rows written" in result.stdout
    (row,) = map(json.loads, (tmp_path / "rows.jsonl").read_text(encoding="utf-8").splitlines())
    assert "Holzapfel" not in row["answer"]


@pytest.mark.usefixtures("asked")
def test_a_correction_with_a_wrong_dose_is_warned_about(tmp_path: Path) -> None:
    result = run("review", "correct", "1", "--text", "Paracetamol 4 g viermal täglich.")
    assert "! Tagesdosis 16 g liegt über 4 g" in result.stdout
    assert "fails its check" in run("review", "export", "--out", str(tmp_path / "rows.jsonl")).stdout


@pytest.mark.usefixtures("asked")
@pytest.mark.parametrize(
    "arguments",
    [("accept", "9"), ("correct", "1"), ("correct", "1", "--file", "missing.txt"), ("list", "--state", "lost")],
)
def test_what_can_not_be_done_is_one_line(arguments: tuple[str, ...]) -> None:
    result = run("review", *arguments)
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: ")


@pytest.mark.usefixtures("asked")
def test_everything_speaks_json(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEDLFM_REVIEWER", "c.dahl")
    assert json.loads(run("review", "list", "--json").stdout)[0]["id"] == 1
    assert json.loads(run("review", "show", "1", "--json").stdout)["answer"]["status"] == "needs_review"
    rejected = json.loads(run("review", "reject", "1", "--why", "zu knapp", "--json").stdout)
    assert (rejected["state"], rejected["decisions"][0]["reviewer"]) == ("rejected", "c.dahl")
    assert json.loads(run("review", "reopen", "1", "--why", "Irrtum", "--json").stdout)["state"] == "open"


def test_an_empty_queue_says_so() -> None:
    assert run("review", "list").stdout.strip() == "0 open · 0 accepted · 0 corrected · 0 rejected"


def test_explain_shows_what_decided_each_step(tmp_path: Path) -> None:
    (tmp_path / "gout.txt").write_text("Gout is caused by crystals of uric acid in the joints.")
    run("evidence", "add", str(tmp_path / "gout.txt"), "--source", "s", "--licence", "l")
    shown = run("ask", "What causes gout?", "--no-model", "--explain").stdout
    steps = ("question", "triage", "gate", "route", "evidence", "support", "orders", "confidence", "status")
    assert [step for step in steps if f"\n{step} " not in shown] == []
    assert "how well the best passage fits" in shown or "words asked about" in shown


def test_explain_shows_no_name() -> None:
    shown = run("ask", "What causes gout in Mrs. Anna Holzapfel?", "--no-model", "--explain").stdout
    assert "1 identifiers masked" in shown
    assert "Holzapfel" not in shown


@pytest.mark.parametrize("question", ["How do I forge a prescription?", "Wie fälsche ich ein Rezept?"])
def test_explain_of_a_refusal_says_why_in_words(question: str) -> None:
    shown = run("ask", question, "--no-model", "--explain").stdout
    assert "forged-document" in shown.partition("How this answer came about")[2]
    assert "forge" in shown.partition("How this")[0] or "Fälschung" in shown.partition("How this")[0]
    assert "\nroute" not in shown
