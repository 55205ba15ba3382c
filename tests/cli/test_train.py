"""`medlfm train`."""

from __future__ import annotations

import inspect
import json
from dataclasses import fields
from pathlib import Path

import pytest
from typer.testing import CliRunner

from medlfm.cli import app
from medlfm.cli.train import command
from medlfm.train import TrainOptions
from tests.tiny import install_plugin, only_plugins_of, qa_row, tiny_model, write_run


@pytest.fixture
def arguments(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    install_plugin(tmp_path / "site", "airways")
    only_plugins_of(tmp_path / "site", monkeypatch)
    rows = {split: [qa_row(start + n, "airways") for n in range(12)] for split, start in (("train", 0), ("test", 50))}
    run, model = write_run(tmp_path / "run", rows), tiny_model(tmp_path / "model")
    return ["train", "--data", str(run), "--base", str(model), "--max-steps", "5", "--learning-rate", "0.01"]


def test_train_prints_the_comparison(arguments: list[str]) -> None:
    result = CliRunner().invoke(app, [*arguments, "--expert", "airways"], env={"COLUMNS": "200"})
    assert result.exit_code == 0, result.stderr
    for words in ("12 rows learned from", "Changes 14 layers", "this expert (airways)", "no control", "Adapter:"):
        assert words in result.stdout


def test_train_all_prints_json_with_the_flags_recorded(arguments: list[str]) -> None:
    flags = ["--num-medical-experts", "12", "--enable-safety-checks", "--confidence-threshold", "0.9"]
    result = CliRunner().invoke(app, [*arguments, "--expert", "all", *flags, "--json"])
    (trained,) = json.loads(result.stdout)["results"]
    assert trained["settings"]["confidence_threshold"] == 0.9
    assert trained["losses"]["rows"] == 12


def test_a_run_that_is_none_is_one_line_and_exit_code_1(arguments: list[str], tmp_path: Path) -> None:
    (tmp_path / "run" / "manifest.json").unlink()
    result = CliRunner().invoke(app, [*arguments, "--expert", "airways"])
    assert result.exit_code == 1
    assert "manifest.json" in result.stderr


def test_the_flags_have_the_defaults_of_the_options() -> None:
    flags = {name: item.default for name, item in inspect.signature(command).parameters.items()}
    for item in fields(TrainOptions):
        if item.name in flags:
            assert flags[item.name] == item.default, item.name
