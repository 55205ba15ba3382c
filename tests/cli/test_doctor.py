from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from medlfm.audit import AuditTrail
from medlfm.cli import app, doctor
from medlfm.experts.registry import BrokenPlugin, Registry
from medlfm.settings import load_settings

run = CliRunner()


def checks() -> dict[str, doctor.Check]:
    return {check.name: check for check in doctor.diagnose()}


def test_a_fresh_installation_has_nothing_broken(home: Path) -> None:
    result = run.invoke(app, ["doctor", "--json"])
    report = json.loads(result.stdout)
    assert report["ok"], [check for check in report["checks"] if check["status"] == "failed"]
    assert result.exit_code == 0


def test_what_is_optional_and_missing_is_a_note_with_what_to_do(home: Path) -> None:
    found = checks()
    assert found["base model"].status == "note"
    assert "medlfm models pull" in found["base model"].hint
    assert found["evidence"].status == "note"


def test_a_broken_plugin_fails_and_is_named(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    registry = Registry({}, (BrokenPlugin("medlfm-broken", "manifest.json is no JSON."),))
    monkeypatch.setattr("medlfm.experts.registry.discover", lambda settings: registry)
    result = run.invoke(app, ["doctor"])
    assert result.exit_code == 1
    assert "medlfm-broken" in result.output


def test_a_changed_audit_trail_fails(home: Path) -> None:
    trail = AuditTrail(load_settings().audit)
    trail.append("ask", {"number": 1})
    segment = trail.segments()[0]
    segment.write_bytes(segment.read_bytes().replace(b'"number":1', b'"number":2'))
    assert checks()["audit trail"].status == "failed"


def test_a_home_that_cant_be_made_fails_and_the_other_checks_still_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    monkeypatch.setenv("MEDLFM_HOME", str(tmp_path / "file" / "home"))
    found = checks()
    assert found["home folder"].status == "failed"
    assert "experts" in found


def test_a_wrong_setting_is_reported(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEDLFM_THREADS", "two")
    assert checks()["settings"].status == "failed"
