from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from medlfm import evaluate as evaluation
from medlfm.cli import app
from medlfm.evaluate import System

run = CliRunner()


@pytest.fixture
def gold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A gold set of two rows, and a system that knows only one of the names."""
    system = System("fake", lambda case: {"spans": [(0, 4, "NAME")]})
    monkeypatch.setattr(evaluation, "make_system", lambda task, name, settings: system)
    path = tmp_path / "gold.jsonl"
    rows = [
        {"text": f"{name} came.", "spans": [{"start": 0, "end": len(name), "label": "NAME"}]}
        for name in ("Anna", "Max")
    ]
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    return path


def test_the_table_shows_figures_and_the_file_holds_them(gold: Path, tmp_path: Path) -> None:
    result = run.invoke(app, ["evaluate", "phi", "--gold", str(gold), "--json", str(tmp_path / "out.json")])
    assert result.exit_code == 0, result.output
    assert "strict.f1" in result.output
    written = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))
    assert written["metrics"]["strict"]["recall"] == 0.5
    assert "Anna" not in json.dumps(written) + result.output


def test_a_dash_prints_the_json_alone(gold: Path) -> None:
    result = run.invoke(app, ["evaluate", "phi", "--gold", str(gold), "--json", "-"])
    assert json.loads(result.stdout)["task"] == "phi"


def test_an_unknown_task_is_one_line_and_exit_code_1(gold: Path) -> None:
    result = run.invoke(app, ["evaluate", "spelling", "--gold", str(gold)])
    assert result.exit_code == 1
    assert result.stderr.strip().startswith("Error: There is no task 'spelling'.")
