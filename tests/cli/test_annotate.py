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
    assert "Mr. Smith denies chest pain." in shown
    assert "NAME" in shown


def test_unknown_language_and_binary_files_are_said(tmp_path: Path) -> None:
    with pytest.raises(LanguageError, match="isn't clear"):
        run("xyz")
    path = tmp_path / "x.txt"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(RecordError, match="not UTF-8"):
        run(str(path))
