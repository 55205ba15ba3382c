"""The monthly report: its counts, and that it holds no text and no reviewer's name."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from medlfm.audit import AuditTrail
from medlfm.audit import entry as audit_entry
from medlfm.errors import SettingsError
from medlfm.safety import Answer, reviews
from medlfm.safety.reviews import ReviewQueue
from medlfm.service.monthly import monthly_figures, render_monthly, write_monthly
from medlfm.settings import Settings

ASK = {"risk": "low", "urgency": "low", "lang": "en", "experts": ["cardiology"], "category": "", "masked": 0}


class Clock:
    """A time that the trail and the queue take as theirs."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.time = "2026-11-02T08:00:00Z"
        monkeypatch.setattr(audit_entry, "now", lambda: self.time)
        monkeypatch.setattr(reviews, "_now", lambda: self.time)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


@pytest.fixture
def settings(home: Path) -> Settings:
    return Settings(home=home)


@pytest.fixture
def trail(settings: Settings) -> AuditTrail:
    return AuditTrail(settings.audit)


@pytest.fixture
def queue(settings: Settings, trail: AuditTrail) -> ReviewQueue:
    return ReviewQueue(settings.reviews, trail)


def ask(trail: AuditTrail, status: str, **details: Any) -> None:
    trail.append("ask", {**ASK, "status": status, "measuring": False, **details})


def test_only_real_questions_of_the_month_are_counted(clock: Clock, trail: AuditTrail, queue: ReviewQueue) -> None:
    ask(trail, "answered")
    ask(trail, "refused", category="privacy", experts=[], masked=2)
    ask(trail, "answered", measuring=True)
    clock.time = "2026-12-01T00:00:00Z"
    ask(trail, "emergency")
    found = monthly_figures(trail, queue, "2026-11")
    assert (found["asked"], found["masked"]) == (2, 1)
    assert found["by_status"]["answered"] == found["by_status"]["refused"] == 1
    assert found["by_specialty"] == {"cardiology": 1, "none": 1}
    assert found["by_category"] == {"privacy": 1}
    assert len(found["days"]) == 30
    assert found["days"][1]["statuses"]["answered"] == 1
    assert monthly_figures(trail, queue, "2026-12")["by_status"]["emergency"] == 1


def test_the_trend_goes_over_the_turn_of_the_year(clock: Clock, trail: AuditTrail, queue: ReviewQueue) -> None:
    ask(trail, "answered")
    ask(trail, "withheld")
    months = monthly_figures(trail, queue, "2027-01")["months"]
    assert [row["month"] for row in months] == ["2026-08", "2026-09", "2026-10", "2026-11", "2026-12", "2027-01"]
    assert (months[3]["asked"], months[3]["answered"], months[5]["answered"]) == (2, 0.5, None)


def test_reviews_are_counted_and_held_against_the_confidence(
    clock: Clock, trail: AuditTrail, queue: ReviewQueue
) -> None:
    for number, confidence in enumerate((0.8, 0.8, 0.3, None)):
        queue.add(f"{number}?", Answer(text="t", status="needs_review", lang="en", confidence=confidence))
    clock.time = "2026-11-02T18:00:00Z"
    queue.decide(1, "accept", reviewer="a.berg", role="pharmacist")
    queue.decide(2, "accept", reviewer="a.berg", role="pharmacist")
    queue.decide(3, "reject", reviewer="c.dahl", why="wrong")
    found = monthly_figures(trail, queue, "2026-11")["reviews"]
    assert found["decided"] == {"accepted": 2, "corrected": 0, "rejected": 1}
    assert found["by_role"] == {"pharmacist": 2, "not said": 1}
    assert (found["open"], found["oldest_open"], found["hours_to_decision"]) == (1, "2026-11-02", 10.0)
    assert found["reliability"] == [
        {"cases": 1, "confidence": 0.3, "right": 0.0},
        {"cases": 2, "confidence": 0.8, "right": 1.0},
    ]
    assert monthly_figures(trail, queue, "2026-12")["reviews"]["decided"]["accepted"] == 0


def test_the_page_holds_no_text_no_name_and_no_link(
    clock: Clock, settings: Settings, trail: AuditTrail, queue: ReviewQueue, tmp_path: Path
) -> None:
    ask(trail, "needs_review")
    queue.add(
        "What about the gout of [NAME]?", Answer(text="Secret answer", status="needs_review", lang="en", confidence=0.7)
    )
    queue.decide(1, "correct", reviewer="a.berg", role="<b>rheumatologist", text="Secret correction", why="Secret why")
    write_monthly(tmp_path / "month.html", "2026-11", settings=settings)
    page = (tmp_path / "month.html").read_text(encoding="utf-8")
    assert "Secret" not in page
    assert "gout" not in page
    assert "a.berg" not in page
    assert "&lt;b&gt;rheumatologist" in page
    assert not re.search(r"https?://|<script|src=|href=", page)
    assert "intact" in page


def test_an_empty_trail_and_a_measurement_make_a_page(trail: AuditTrail, queue: ReviewQueue) -> None:
    figures = monthly_figures(trail, queue, "2026-02")
    assert figures["asked"] == 0
    result = {
        "task": "answers",
        "gold": {"name": "own", "cases": 3},
        "metrics": {"coverage": 0.5, "ece": 0.1, "refusal": None, "confidence": {"auroc": 1.0}},
        "reliability": [{"cases": 3, "confidence": 0.9, "right": 1.0}],
    }
    page = render_monthly(figures, [result])
    assert "Measured on own" in page
    assert "0.500" in page
    assert "Nothing was decided" in page


@pytest.mark.parametrize("month", ["2026-13", "November", "2026-1", "2026-11-01"])
def test_what_is_no_month_is_an_error(trail: AuditTrail, queue: ReviewQueue, month: str) -> None:
    with pytest.raises(SettingsError, match="2026-11"):
        monthly_figures(trail, queue, month)
