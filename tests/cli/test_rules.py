from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from medlfm.cli.rules import app, check_rules, explain_text
from medlfm.errors import RulesError, SettingsError

runner = CliRunner()


def write(path: Path, *rules: dict[str, object]) -> Path:
    path.write_text("".join(json.dumps(rule) + "\n" for rule in rules), encoding="utf-8")
    return path


def test_rules_are_listed_and_filtered() -> None:
    result = runner.invoke(app, ["list", "context", "--lang", "de", "--contains", "VERNEINT", "--json"])
    found = [rule["id"] for rule in json.loads(result.stdout)]
    assert "de-neg-ohne" in found
    assert len(found) < 40
    shown = runner.invoke(app, ["list", "sections", "--contains", "discharge"])
    assert "discharge_advice" in shown.stdout


def test_examples_of_context_rules_are_run(tmp_path: Path) -> None:
    rule = {"id": "mine", "cue": "nary a", "category": "negated"}
    right = write(tmp_path / "right.jsonl", {**rule, "examples": ["Nary a [[negated|fever]].", "A [[|fever]]."]})
    assert check_rules(right, kind="context", lang="en") == {"rules": 1, "passed": 2, "failed": []}
    wrong = write(tmp_path / "wrong.jsonl", {**rule, "examples": ["Nary a [[|fever]]."]})
    assert [miss["rule"] for miss in check_rules(wrong, kind="context", lang="en")["failed"]] == ["mine"]
    assert runner.invoke(app, ["test", str(wrong)]).exit_code == 1


def test_examples_of_sections_are_run(tmp_path: Path) -> None:
    rule = {"id": "mine", "section": "plan", "headings": ["What next"], "examples": ["[[plan|What next: rest.]]"]}
    path = write(tmp_path / "rules.jsonl", rule)
    assert check_rules(path, kind="sections", lang="en")["failed"] == []


def test_a_malformed_rule_and_an_unknown_component_are_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "rules.jsonl", {"id": "mine", "cue": "no", "category": "denied"})
    with pytest.raises(RulesError, match="category 'denied'"):
        check_rules(path, kind="context", lang="en")
    with pytest.raises(SettingsError, match="Allowed: context"):
        check_rules(path, kind="negex", lang="en")


def test_explaining_says_which_cue_reaches_a_finding_and_what_stopped_the_others() -> None:
    found = explain_text("No fever but chest pain for 10 minutes.", targets=["chest pain"], lang="en")["findings"][0]
    assert found["modifiers"] == []
    negation = found["cues"][0]
    assert (negation["says"], negation["applies"]) == ("negated", False)
    assert "ended by 'but'" in negation["why"]


@pytest.mark.parametrize(
    ("lang", "text", "target", "why"),
    [
        ("en", "No fever.", "fever", "reaches it, forward"),
        ("en", "Cough without fever.", "Cough", "looks forward only"),
        ("en", "No increase in edema.", "edema", "a look-alike that means nothing"),
        ("de", "Kein Fieber.", "Fieber", "reaches it, forward"),
        ("de", "Keine Ödeme, Husten seit drei Tagen.", "Husten", "is ended by"),
    ],
)
def test_reasons_are_given_in_words(lang: str, text: str, target: str, why: str) -> None:
    cues = explain_text(text, targets=[target], lang=lang)["findings"][0]["cues"]
    assert any(why in cue["why"] for cue in cues)


def test_the_rule_that_fired_is_shown() -> None:
    result = runner.invoke(app, ["explain", "Kein Hinweis auf einen Schlaganfall.", "--lang", "de"])
    assert "condition.stroke-named" in result.stdout
    assert "de-neg-kein" in result.stdout
    assert "✓" in result.stdout


def test_a_target_that_isnt_there_is_said() -> None:
    with pytest.raises(SettingsError, match="doesn't stand in the text"):
        explain_text("No fever.", targets=["cough"], lang="en")
