from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from medlfm.cli import app

ROW = {"text": "The patient has no fever and no cough today.", "specialty": "Pulmonology"}


def run(*words: object) -> tuple[int, str]:
    result = CliRunner().invoke(app, [str(word) for word in words])
    return result.exit_code, result.output


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "notes.jsonl"
    path.write_text(json.dumps(ROW) + '\n{"text": "Secretname\n')
    return path


def test_prepare_prints_what_it_did_and_what_it_rejected(source: Path, tmp_path: Path) -> None:
    code, output = run("prepare", source, "--out", tmp_path / "run")
    assert code == 0
    for words in ("1 rows of 2 read", "1 rejected: 1 json", "notes.jsonl, line 2: json", "report.html", "No licence"):
        assert words in output.replace("\n", " ")
    assert "Secretname" not in output
    code, output = run("prepare", source, "--out", tmp_path / "run")
    assert code == 0
    assert "nothing to do" in output


def test_prepare_as_json_gives_the_manifest(source: Path, tmp_path: Path) -> None:
    flags = ["--source", "A Set", "--licence", "CC0-1.0", "--attribution", "x", "--workers", "1", "--json"]
    code, output = run("prepare", source, "--out", tmp_path / "run", *flags)
    assert code == 0
    manifest = json.loads(output)["manifest"]
    assert manifest["corpora"][0]["licence"] == "CC0-1.0"
    assert manifest["counts"]["by_specialty"] == {"pulmonology": 1}


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--split", "0.9,0.2,0.1"], "sum to 1"),
        (["--split", "most"], "Three shares"),
        (["--format", "xml"], "jsonl, parquet"),
        (["--policy", "nothing"], "safe_harbor"),
        (["--strict"], "line 2: json"),
        (["--encoding", "klingon"], "klingon"),
    ],
)
def test_a_wrong_flag_is_one_line_and_exit_code_1(source: Path, tmp_path: Path, flags: list[str], message: str) -> None:
    code, output = run("prepare", source, "--out", tmp_path / "run", *flags)
    assert code == 1
    assert message in output
    assert "Traceback" not in output
    assert "Secretname" not in output


def test_a_source_that_is_not_there_is_one_line_and_exit_code_1(tmp_path: Path) -> None:
    code, output = run("prepare", tmp_path / "nothing.jsonl", "--out", tmp_path / "run")
    assert code == 1
    assert "There is no file or folder" in output
