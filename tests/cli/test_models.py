"""`medlfm models`."""

from __future__ import annotations

import json

from typer.testing import CliRunner

from medlfm.cli import app


def test_list_shows_known_models_and_whether_they_are_here() -> None:
    result = CliRunner().invoke(app, ["models", "list", "--json"])
    assert result.exit_code == 0
    rows = {row["name"]: row for row in json.loads(result.stdout)}
    assert not rows["smollm2-135m"]["pulled"]
    assert "smollm2-135m" in CliRunner().invoke(app, ["models", "list"]).stdout


def test_a_licence_to_accept_is_one_line_and_exit_code_1() -> None:
    result = CliRunner().invoke(app, ["models", "pull", "lfm2"])
    assert result.exit_code == 1
    assert "--accept-licence" in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1


def test_an_impossible_name_is_one_line_and_exit_code_1() -> None:
    result = CliRunner().invoke(app, ["models", "pull", "nonsense"])
    assert result.exit_code == 1
    assert "smollm2-135m" in result.stderr
