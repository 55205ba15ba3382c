from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from medlfm.audit import AuditTrail
from medlfm.cli import app
from medlfm.settings import load_settings

run = CliRunner()


@pytest.fixture
def trail(home: Path) -> AuditTrail:
    trail = AuditTrail(load_settings().audit)
    for number in range(5):
        trail.append("prepare" if number % 2 else "ask", {"number": number})
    return trail


def test_an_intact_trail_is_said_to_be_so(trail: AuditTrail) -> None:
    result = run.invoke(app, ["audit", "verify"])
    assert result.exit_code == 0
    assert "intact: 5 entries" in result.output


def test_tampering_ends_with_exit_code_1_and_says_where(trail: AuditTrail) -> None:
    segment = trail.segments()[0]
    segment.write_bytes(segment.read_bytes().replace(b'"number":2', b'"number":7'))
    result = run.invoke(app, ["audit", "verify", "--json"])
    assert result.exit_code == 1
    report = json.loads(result.output)
    assert report["ok"] is False
    assert "000001.jsonl:3: entry 3 was changed" in report["problems"][0]
    assert "not intact" in run.invoke(app, ["audit", "verify"]).output


def test_show_chooses_by_operation_and_from_the_end(trail: AuditTrail) -> None:
    entries = json.loads(run.invoke(app, ["audit", "show", "--operation", "ask", "--last", "2", "--json"]).output)
    assert [entry["details"]["number"] for entry in entries] == [2, 4]
    assert "number=4" in run.invoke(app, ["audit", "show"]).output


def test_show_exports_fhir(trail: AuditTrail) -> None:
    events = json.loads(run.invoke(app, ["audit", "show", "-n", "1", "--fhir"]).output)
    assert [event["resourceType"] for event in events] == ["AuditEvent"]


def test_an_empty_trail_is_no_error(home: Path) -> None:
    assert run.invoke(app, ["audit", "verify"]).exit_code == 0
    assert "No entries" in run.invoke(app, ["audit", "show"]).output
