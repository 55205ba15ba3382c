"""Every critical case of our own sets, asked as a question, is taken for an emergency, which is then said first."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from medlfm.safety import intake
from medlfm.settings import LANGUAGES

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
SETS = ("gold/emergency/dev", "gold/emergency/dev2", "emergency/written2", "emergency/written3")
ASKED = {"en": " What should I do?", "de": " Was soll ich tun?"}


def critical(lang: str) -> list[str]:
    rows = (
        json.loads(line)
        for name in SETS
        for line in (BENCHMARKS / f"{name}.{lang}.jsonl").read_text(encoding="utf-8").splitlines()
    )
    return [row["text"] for row in rows if row["urgency"] == "critical"]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_critical_cases_asked_as_questions_are_emergencies(lang: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # what the gate turns away is told the emergency first too: triage alone must find it
    monkeypatch.setattr(intake, "check", lambda text, found: SimpleNamespace(status="allowed"))
    texts = critical(lang)
    assert len(texts) > 150
    asked = [(text if text[-1] in ".!?" else f"{text}.") + ASKED[lang] for text in texts]
    assert sum(not intake.receive(question).acute for question in asked) == 0
