from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from medlfm.cli.annotate import command
from medlfm.errors import LanguageError, RecordError

app = typer.Typer()
app.command()(command)
runner = CliRunner()


def run(*arguments: str) -> str:
    result = runner.invoke(app, list(arguments), catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_spans_are_given_as_json(tmp_path: Path) -> None:
    path = tmp_path / "note.txt"
    path.write_text("Frau Müller nimmt täglich Ramipril 5 mg.", encoding="utf-8")
    data = json.loads(run(str(path), "--lang", "de", "--json"))
    names = [span for span in data["spans"] if span["group"] == "medlfm_phi"]
    assert [(span["text"], span["label"]) for span in names] == [("Müller", "NAME")]
    assert names[0]["attributes"]["medlfm_score"] > 0


def test_the_terminal_view_shows_text_and_spans() -> None:
    shown = run("Mr. Smith denies chest pain.", "--lang", "en")
    assert "Mr. Smith[NAME] denies chest" in shown
    assert "NAME" in shown


def test_a_page_of_its_own_holds_text_labels_and_modifiers_and_nothing_from_outside(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    run("No sign of <b>stroke</b>; father died of a heart attack.", "--lang", "en", "--html", str(page))
    html = page.read_text(encoding="utf-8")
    assert "&lt;b&gt;" in html
    assert "<b>" not in html
    assert "negated</small>" in html
    assert "family</small>" in html
    assert "default-src 'none'" in html
    assert "http://" not in html
    assert "<script" not in html


def test_several_texts_are_annotated_one_after_another() -> None:
    shown = json.loads(run("No chest pain.", "No stroke.", "--lang", "en", "--json"))
    assert [result["text"] for result in shown] == ["No chest pain.", "No stroke."]


def test_modifiers_stand_beside_a_finding_in_the_terminal() -> None:
    shown = run("No sign of stroke.", "--lang", "en")
    assert "stroke[stroke negated]" in shown


def test_unknown_language_and_binary_files_are_said(tmp_path: Path) -> None:
    with pytest.raises(LanguageError, match="isn't clear"):
        run("xyz")
    path = tmp_path / "x.txt"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(RecordError, match="not UTF-8"):
        run(str(path))
