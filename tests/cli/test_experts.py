"""`medlfm experts`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from medlfm.cli import app
from tests.tiny import install_plugin, only_plugins_of


@pytest.fixture(autouse=True)
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    only_plugins_of(tmp_path, monkeypatch)
    install_plugin(tmp_path, "dermatology")
    return tmp_path


def test_list_names_experts_and_broken_plugins(site: Path) -> None:
    (install_plugin(site, "broken") / "manifest.json").unlink()
    result = CliRunner().invoke(app, ["experts", "list"])
    assert result.exit_code == 0
    assert "dermatology" in result.stdout
    assert "medlfm-broken" in result.stderr
    value = json.loads(CliRunner().invoke(app, ["experts", "list", "--json"]).stdout)
    assert [expert["id"] for expert in value["experts"]] == ["dermatology"]
    assert [plugin["distribution"] for plugin in value["broken"]] == ["medlfm-broken"]


def test_show_prints_the_card(site: Path) -> None:
    assert "dermatology" in CliRunner().invoke(app, ["experts", "show", "dermatology"]).stdout
    value = json.loads(CliRunner().invoke(app, ["experts", "show", "dermatology", "--json"]).stdout)
    assert value["corpus"] == {"specialty": ["dermatology"]}
    assert value["records"] == []


def test_an_unknown_expert_is_one_line_and_exit_code_1() -> None:
    result = CliRunner().invoke(app, ["experts", "show", "astrology"])
    assert result.exit_code == 1
    assert "dermatology" in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1


def test_verify_shows_each_check_and_names_what_is_missing(site: Path) -> None:
    result = CliRunner().invoke(app, ["experts", "verify", "dermatology", "--json"])
    (found,) = json.loads(result.stdout)["experts"]
    assert [check["name"] for check in found["checks"]] == ["schema", "routing", "theft", "adapter"]
    assert found["checks"][-1]["ok"] is None
    assert result.exit_code == (found["status"] == "failed")
    shown = CliRunner().invoke(app, ["experts", "verify"], env={"COLUMNS": "200"})
    assert "dermatology" in shown.stdout


def test_new_writes_a_package_and_says_what_comes_next(tmp_path: Path) -> None:
    arguments = ["experts", "new", "urology", "--out", str(tmp_path / "made"), "--term", "cystitis"]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0
    assert "experts verify urology" in result.stdout
    assert (tmp_path / "made" / "medlfm-urology" / "medlfm_urology" / "manifest.json").is_file()
    again = CliRunner().invoke(app, arguments)
    assert again.exit_code == 1
    assert "there already" in again.stderr
