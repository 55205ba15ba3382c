"""`medlfm route`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from medlfm.cli import app
from medlfm.experts import Expert, router

PLUGINS = Path(__file__).parents[2] / "plugins"


@pytest.fixture(autouse=True)
def some_experts(monkeypatch: pytest.MonkeyPatch) -> None:
    folders = [PLUGINS / f"medlfm-{name}" / f"medlfm_{name}" for name in ("cardiology", "neurology", "pediatrics")]
    made = router.Router([Expert.from_folder(folder) for folder in folders])
    monkeypatch.setattr(router, "default_router", lambda: made)


def test_route_shows_expert_and_reason() -> None:
    result = CliRunner().invoke(app, ["route", "How is atrial fibrillation treated?"])
    assert result.exit_code == 0
    assert "cardiology" in result.stdout
    assert "fibrillation" in result.stdout


def test_route_reads_standard_input_and_prints_json() -> None:
    result = CliRunner().invoke(app, ["route", "-", "--json"], input="Vorhofflimmern seit gestern, was tun?")
    assert json.loads(result.stdout)["experts"][0][0] == "cardiology"


def test_the_age_of_the_patient_counts(tmp_path: Path) -> None:
    (tmp_path / "patient.json").write_text('{"age": 5}')
    arguments = ["route", "How is epilepsy treated?", "--patient", str(tmp_path / "patient.json"), "--json"]
    assert "pediatrics" in [name for name, _ in json.loads(CliRunner().invoke(app, arguments).stdout)["experts"]]


@pytest.mark.parametrize("content", [None, "[]", "{", "\x00"])
def test_a_broken_patient_file_is_one_line_and_exit_code_1(tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "patient.json"
    if content is not None:
        path.write_text(content)
    result = CliRunner().invoke(app, ["route", "asthma", "--patient", str(path)])
    assert result.exit_code == 1
    assert len(result.stderr.strip().splitlines()) == 1
