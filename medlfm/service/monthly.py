"""The monthly report: what was asked, answered, turned away and reviewed; from the audit trail and the review queue.

It holds counts only. Reviewers are counted by role, never named: the report is about answers, not about people.
Questions of a test (`measuring` in the trail) are left out.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from statistics import median
from typing import Any

from medlfm.audit import AuditTrail
from medlfm.errors import SettingsError
from medlfm.files import atomic_write
from medlfm.safety.answer import ANSWER_STATUSES
from medlfm.safety.reviews import STATES, ReviewCase, ReviewQueue
from medlfm.safety.risk import RISKS
from medlfm.scoring import expected_calibration_error, reliability
from medlfm.settings import Settings, load_settings

__all__ = ["monthly_figures", "render_monthly", "write_monthly"]

_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")
_BEFORE = 5  # months that the trend goes back
_LEVELS = RISKS[::-1]  # the worst first; urgencies have the same names
Details = Mapping[str, Any]


def write_monthly(
    out: Path, month: str = "", *, settings: Settings | None = None, measured: Sequence[Mapping[str, Any]] = ()
) -> dict[str, Any]:
    """Write the report of a month ("2026-11"; "": this one) as one HTML file and return its figures.

    measured: results of `evaluate`, shown beside. Raises SettingsError for what is no month.
    """
    settings = settings or load_settings()
    trail = AuditTrail(settings.audit)
    figures = monthly_figures(trail, ReviewQueue(settings.reviews, trail), month)
    with atomic_write(out) as file:
        file.write(render_monthly(figures, measured))
        trail.append("monthly_report", {"month": figures["month"], "asked": figures["asked"]})
    return figures


def monthly_figures(trail: AuditTrail, queue: ReviewQueue, month: str = "") -> dict[str, Any]:
    """Count what the trail and the queue hold of a month; JSON data."""
    month = month or datetime.now(UTC).strftime("%Y-%m")
    if not _MONTH.fullmatch(month):
        raise SettingsError(f"{month!r} is no month.", "Write it as 2026-11.")
    verification = trail.verify()
    asked = [
        (entry.time, entry.details)
        for entry in trail.entries()
        if entry.operation == "ask" and not entry.details.get("measuring")
    ]
    own = [details for time, details in asked if time.startswith(month)]
    cases = queue.cases()
    return {
        "month": month,
        "made": datetime.now(UTC).isoformat(timespec="minutes"),
        "audit": {"ok": verification.ok, "entries": verification.entries},
        "asked": len(own),
        "masked": sum(bool(details.get("masked")) for details in own),
        "by_status": _counted((details["status"] for details in own), ANSWER_STATUSES),
        "by_risk": _counted((details["risk"] for details in own), _LEVELS),
        "by_urgency": _counted((details["urgency"] for details in own), _LEVELS),
        "by_language": _counted(details["lang"] for details in own),
        "by_specialty": _counted((details["experts"] or ["none"])[0] for details in own),
        "by_category": _counted(details["category"] for details in own if details["category"]),
        "days": _days(asked, month),
        "months": _trend(asked, cases, month),
        "reviews": _reviews(cases, month),
    }


def _counted(values: Iterable[str], order: Sequence[str] = ()) -> dict[str, int]:
    """Count; in the order given, else the most frequent first."""
    counts = Counter(values)
    known = {name: counts.pop(name, 0) for name in order}
    return known | dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def _days(asked: Sequence[tuple[str, Details]], month: str) -> list[dict[str, Any]]:
    days: dict[str, Counter[str]] = {
        f"{month}-{day:02}": Counter() for day in range(1, monthrange(*map(int, month.split("-")))[1] + 1)
    }
    for time, details in asked:
        if time[:10] in days:
            days[time[:10]][details["status"]] += 1
    return [{"day": day, "statuses": {name: counts[name] for name in ANSWER_STATUSES}} for day, counts in days.items()]


def _trend(asked: Sequence[tuple[str, Details]], cases: Sequence[ReviewCase], month: str) -> list[dict[str, Any]]:
    """Return for this month and those before it: questions, answered without review, and what reviews found right."""
    rows = []
    for back in range(_BEFORE, -1, -1):
        year, number = divmod(int(month[:4]) * 12 + int(month[5:]) - 1 - back, 12)
        name = f"{year:04}-{number + 1:02}"
        statuses = Counter(details["status"] for time, details in asked if time.startswith(name))
        decided = Counter(case.state for case in cases if _decided(case).startswith(name))
        total, reviewed = statuses.total(), decided.total()
        rows.append(
            {
                "month": name,
                "asked": total,
                "answered": _share(statuses["answered"], total),
                "turned_away": _share(statuses["refused"] + statuses["out_of_scope"], total),
                "reviewed": reviewed,
                "accepted": _share(decided["accepted"], reviewed),
            }
        )
    return rows


def _decided(case: ReviewCase) -> str:
    """Return when a case was decided; "" while it is open."""
    return case.decisions[-1].time if case.decisions and case.state != "open" else ""


def _reviews(cases: Sequence[ReviewCase], month: str) -> dict[str, Any]:
    """Count the decisions of a month, and hold the confidence of the answers against them."""
    decided = [case for case in cases if _decided(case).startswith(month)]
    waiting = [_hours(case.time, _decided(case)) for case in decided]
    still = sorted(case.time for case in cases if case.state == "open")
    rated = [(case.confidence, case.state == "accepted") for case in decided if case.confidence is not None]
    confidence, right = [value for value, _ in rated], [hit for _, hit in rated]
    error = expected_calibration_error(confidence, right)
    return {
        "decided": _counted((case.state for case in decided), STATES[1:]),
        "by_status": {
            status: _counted((case.state for case in decided if case.status == status), STATES[1:])
            for status in dict.fromkeys(case.status for case in decided)
        },
        "by_role": _counted(case.decisions[-1].role or "not said" for case in decided),
        "open": len(still),
        "oldest_open": still[0][:10] if still else "",
        "hours_to_decision": round(median(waiting), 1) if waiting else None,
        "reliability": reliability(confidence, right) if rated else [],
        "ece": round(error, 4) if error is not None else None,
    }


def _hours(start: str, end: str) -> float:
    return (datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds() / 3600


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def render_monthly(figures: Mapping[str, Any], measured: Sequence[Mapping[str, Any]] = ()) -> str:
    """Return the page."""
    from jinja2 import Environment, StrictUndefined

    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters["percent"] = lambda value: "–" if value is None else f"{100 * value:.1f} %"
    environment.filters["thousands"] = lambda value: f"{value:,}"
    environment.filters["words"] = lambda value: str(value).replace("_", " ")
    template = (files("medlfm") / "service" / "monthly.html.j2").read_text(encoding="utf-8")
    most = max((sum(day["statuses"].values()) for day in figures["days"]), default=0) or 1
    return environment.from_string(template).render(
        figures=figures,
        reviews=figures["reviews"],
        charts=[
            ("Risk", _bars(figures["by_risk"])),
            ("Urgency", _bars(figures["by_urgency"])),
            ("Specialty of the first expert", _bars(figures["by_specialty"])),
            ("Language of the answer", _bars(figures["by_language"])),
            ("Why questions were turned away", _bars(figures["by_category"])),
        ],
        most=most,
        diagrams=_diagrams(figures, measured),
        measured=[_table(result) for result in measured],
    )


def _bars(counts: Mapping[str, int]) -> list[dict[str, Any]]:
    top = max(counts.values(), default=0) or 1
    return [{"name": name, "count": count, "width": round(100 * count / top, 2)} for name, count in counts.items()]


def _diagrams(figures: Mapping[str, Any], measured: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the reliability diagrams that there are data for: the reviews', and each measurement's."""
    reviews = figures["reviews"]
    found = [("Answers reviewed this month: accepted counts as right", reviews["reliability"], reviews["ece"])]
    found += [
        (f"Measured on {result['gold']['name']}", result["reliability"], result["metrics"].get("ece"))
        for result in measured
        if result.get("reliability")
    ]
    return [
        {"title": title, "bins": bins, "ece": ece, "most": max(item["cases"] for item in bins)}
        for title, bins, ece in found
        if bins
    ]


def _table(result: Mapping[str, Any]) -> dict[str, Any]:
    shown = {
        name: value for name, value in result["metrics"].items() if isinstance(value, int | float) or value is None
    }
    return {
        "title": f"{result['task']} on {result['gold']['name']} ({result['gold']['cases']} cases)",
        "rows": [
            (name, "–" if value is None else f"{value:.3f}" if isinstance(value, float) else str(value))
            for name, value in shown.items()
        ],
    }
