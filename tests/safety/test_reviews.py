"""The review queue: what gets in, that nobody's data do, and that two reviewers never overwrite one another."""

from __future__ import annotations

import json
import multiprocessing
import os
import sqlite3
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from medlfm.audit import AuditTrail
from medlfm.errors import AuditError, MedlfmError, ReviewError
from medlfm.knowledge.evidence import EvidenceStore
from medlfm.knowledge.passages import Passage
from medlfm.records.prepared import load_prepared
from medlfm.safety import Answer, MedicalComplianceWrapper
from medlfm.safety.corrections import concerns, export_corrections
from medlfm.safety.reviews import ReviewQueue
from medlfm.settings import Settings

GICHT = "Gicht entsteht durch Kristalle der Harnsäure in den Gelenken."


@pytest.fixture
def settings(home: Path) -> Settings:
    made = Settings(home=home)
    values = {"source": "test", "licence": "l", "category": "causes"}
    gout = "Gout is caused by crystals of uric acid in the joints."
    EvidenceStore(made.evidence).add(
        [Passage(title="gout", text=gout, lang="en", **values), Passage(title="Gicht", text=GICHT, lang="de", **values)]
    )
    return made


@pytest.fixture
def queue(settings: Settings) -> ReviewQueue:
    return ReviewQueue(settings.reviews, AuditTrail(settings.audit))


def ask(settings: Settings, question: str = "Was verursacht Gicht?", **options: Any) -> Answer:
    return MedicalComplianceWrapper(settings=settings).generate_safe(question, **options)


@pytest.mark.parametrize(
    ("question", "status"), [("Was verursacht Gicht?", "needs_review"), ("What causes narcolepsy?", "withheld")]
)
def test_what_needs_review_or_was_withheld_is_queued(
    settings: Settings, queue: ReviewQueue, question: str, status: str
) -> None:
    found = ask(settings, question)
    (case,) = queue.cases("open")
    assert (case.id, case.status, case.question) == (found.review_id, status, question)
    assert (case.audit_id, case.answer["text"]) == (found.audit_id, found.text)


@pytest.mark.parametrize(
    "question",
    ["What causes gout?", "How do I forge a prescription?", "Write a poem", "Crushing chest pain and cold sweat now!"],
)
def test_what_needs_no_review_is_not_queued(settings: Settings, queue: ReviewQueue, question: str) -> None:
    assert ask(settings, question).review_id is None
    assert queue.cases() == []


def test_the_queue_can_be_switched_off(settings: Settings, queue: ReviewQueue) -> None:
    assert ask(replace(settings, review=False)).review_id is None
    assert not settings.reviews.exists()


def test_questions_of_a_test_are_not_queued(settings: Settings, queue: ReviewQueue) -> None:
    MedicalComplianceWrapper(settings=settings, measuring=True).generate_safe("Was verursacht Gicht?")
    assert queue.cases() == []


def test_the_same_open_question_is_counted_not_repeated(settings: Settings, queue: ReviewQueue) -> None:
    assert ask(settings).review_id == ask(settings).review_id == 1
    assert queue.case(1).asked == 2
    queue.decide(1, "accept", reviewer="a.berg")
    assert ask(settings).review_id == 2


def test_without_a_queue_there_is_no_answer(settings: Settings) -> None:
    settings.reviews.mkdir(parents=True)
    with pytest.raises(ReviewError):
        ask(settings)


def test_a_damaged_or_newer_queue_is_an_error_and_stays_as_it_is(settings: Settings, queue: ReviewQueue) -> None:
    ask(settings)
    with sqlite3.connect(settings.reviews) as db:
        db.execute("PRAGMA user_version = 99")
    with pytest.raises(ReviewError, match="format 99"):
        ask(settings)
    settings.reviews.write_bytes(b"no database at all" * 100)
    with pytest.raises(ReviewError):
        queue.cases()


@pytest.mark.skipif(os.name != "posix", reason="modes of POSIX")
def test_only_the_owner_can_read_the_queue(settings: Settings, queue: ReviewQueue) -> None:
    ask(settings)
    assert settings.reviews.stat().st_mode & 0o777 == 0o600
    settings.reviews.chmod(0o644)
    queue.cases()
    assert settings.reviews.stat().st_mode & 0o777 == 0o600


def test_the_riskiest_case_comes_first(settings: Settings, queue: ReviewQueue) -> None:
    for risk in ("low", "critical", "moderate", "high"):
        queue.add(f"{risk}?", Answer(text="t", status="needs_review", lang="en", risk=risk))
    assert [case.risk for case in queue.cases()] == ["critical", "high", "moderate", "low"]
    assert len(queue.cases(limit=2)) == 2


def test_each_decision_is_kept_and_recorded(settings: Settings, queue: ReviewQueue) -> None:
    ask(settings)
    queue.decide(1, "accept", reviewer="a.berg", role="pharmacist")
    queue.decide(1, "reopen", reviewer="c.dahl", why="was too quick")
    case = queue.decide(1, "correct", reviewer="c.dahl", text="Zu viel Harnsäure.", why="kürzer")
    assert case == queue.case(1)
    assert (case.state, case.text) == ("corrected", "Zu viel Harnsäure.")
    assert [item.outcome for item in case.decisions] == ["accepted", "open", "corrected"]
    trail = AuditTrail(settings.audit)
    entries = [entry for entry in trail.entries() if entry.operation == "review"]
    assert [entry.details["action"] for entry in entries] == ["accept", "reopen", "correct"]
    assert [entry.id for entry in entries] == [item.audit_id for item in case.decisions]
    assert entries[0].details["reviewer"] == "a.berg"
    assert trail.verify().ok


def test_a_decided_case_is_not_decided_again(settings: Settings, queue: ReviewQueue) -> None:
    ask(settings)
    queue.decide(1, "reject", reviewer="a.berg", why="wrong")
    with pytest.raises(ReviewError, match=r"rejected by a\.berg"):
        queue.decide(1, "accept", reviewer="c.dahl")
    assert [item.reviewer for item in queue.case(1).decisions] == ["a.berg"]


def _decide(home: Path, reviewer: str, results: Any) -> None:
    queue = ReviewQueue(home / "reviews.sqlite", AuditTrail(home / "audit"))
    try:
        queue.decide(1, "correct", reviewer=reviewer, text=f"Antwort von {reviewer}.")
        results.put("done")
    except ReviewError:
        results.put("refused")


def test_of_many_reviewers_at_once_one_decides(settings: Settings, queue: ReviewQueue) -> None:
    ask(settings)
    context = multiprocessing.get_context("fork" if os.name == "posix" else "spawn")
    results = context.Queue()
    processes = [context.Process(target=_decide, args=(settings.home, f"r{n}", results)) for n in range(4)]
    for process in processes:
        process.start()
    outcomes = Counter(results.get(timeout=120) for _ in processes)
    for process in processes:
        process.join()
    assert outcomes == {"done": 1, "refused": 3}
    (decision,) = queue.case(1).decisions
    assert decision.text == f"Antwort von {decision.reviewer}."
    assert sum(entry.operation == "review" for entry in queue.audit.entries()) == 1


@pytest.mark.parametrize(
    ("action", "values", "words"),
    [
        ("correct", {}, "--text"),
        ("reject", {}, "--why"),
        ("reopen", {"why": "x"}, "open"),
        ("accept", {"reviewer": " "}, "--reviewer"),
        ("accept", {"reviewer": "a\nb"}, "one line"),
        ("accept", {"role": "x" * 101}, "100"),
        ("burn", {}, "accept, correct"),
    ],
)
def test_a_decision_that_lacks_something_changes_nothing(
    settings: Settings, queue: ReviewQueue, action: str, values: dict[str, str], words: str
) -> None:
    ask(settings)
    with pytest.raises(ReviewError, match=words):
        queue.decide(1, action, **({"reviewer": "a.berg"} | values))
    assert queue.case(1).decisions == ()


@pytest.mark.parametrize("number", [0, 2, -1])
def test_an_unknown_case_is_an_error(settings: Settings, queue: ReviewQueue, number: int) -> None:
    for _ in range(2):
        with pytest.raises(ReviewError, match="no case"):
            queue.case(number)
        with pytest.raises(ReviewError, match="no case"):
            queue.decide(number, "accept", reviewer="a.berg")
        ask(settings)


def test_what_can_not_be_recorded_is_not_decided(
    settings: Settings, queue: ReviewQueue, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(settings)

    def broken(*_: Any) -> str:
        raise AuditError("no space left")

    monkeypatch.setattr(queue.audit, "append", broken)
    with pytest.raises(AuditError):
        queue.decide(1, "accept", reviewer="a.berg")
    assert queue.case(1).state == "open"


SECRETS = ["Holzapfel", "0176 5550199", "12.03.1951"]


def test_no_patients_data_reach_the_queue(settings: Settings, queue: ReviewQueue) -> None:
    ask(
        settings,
        "Frau Margarete Holzapfel, geb. 12.03.1951, Tel. 0176 5550199: Darf sie Ibuprofen nehmen?",
        patient={"egfr": 25, "allergies": ["Ibuprofen, sagt Herr Holzapfel (Tel. 0176 5550199)"]},
    )
    ask(settings, "Was verursacht Gicht bei Frau Margarete Holzapfel?")
    case = queue.decide(
        2, "correct", reviewer="a.berg", text=f"Frau Holzapfel: {GICHT}", why="Rückruf bei Herrn Holzapfel 0176 5550199"
    )
    assert case.decisions[0].masked == 3
    data = b"".join(path.read_bytes() for path in settings.home.rglob("*") if path.is_file()).decode("utf-8", "replace")
    assert [secret for secret in SECRETS if secret in data] == []


def test_only_corrections_become_rows_and_prepare_reads_them(
    settings: Settings, queue: ReviewQueue, tmp_path: Path
) -> None:
    from medlfm.prepare import prepare

    for question in ("Was verursacht Gicht?", "Was sind die Ursachen von Gicht?", "Woher kommt Gicht?"):
        ask(settings, question)
    assert len(queue.cases()) == 3
    queue.decide(1, "correct", reviewer="a.berg", text="Gicht kommt von zu viel Harnsäure im Blut. [1]")
    queue.decide(2, "accept", reviewer="a.berg")
    result = export_corrections(queue, tmp_path / "rows.jsonl")
    assert (result.rows, result.left_out) == (1, {})
    (row,) = map(json.loads, (tmp_path / "rows.jsonl").read_text().splitlines())
    assert row["answer"] == "Gicht kommt von zu viel Harnsäure im Blut."
    assert (row["question"], row["topic"]) == ("Was verursacht Gicht?", "Gicht")
    assert export_corrections(queue, tmp_path / "more.jsonl", accepted=True).rows == 2
    run = prepare([tmp_path / "more.jsonl"], tmp_path / "run", settings=settings)
    assert run
    rows = [row for split in ("train", "validation", "test") for row in load_prepared(tmp_path / "run").rows(split)]
    assert {row["kind"] for row in rows} == {"qa"}
    assert [entry.details["rows"] for entry in queue.audit.entries() if entry.operation == "review.export"] == [1, 2]


@pytest.mark.parametrize(
    ("text", "why"),
    [("Call 4711-22-0815, id 998877665544332211.", "phi"), ("Paracetamol 4 g viermal täglich.", "order")],
)
def test_a_row_that_is_not_safe_is_left_out(
    settings: Settings, queue: ReviewQueue, tmp_path: Path, text: str, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(settings)
    case = queue.decide(1, "correct", reviewer="a.berg", text="Zu viel Harnsäure.")
    # as an older version may have stored it, unmasked
    kept = replace(case, decisions=(replace(case.decisions[0], text=text),))
    monkeypatch.setattr(queue, "cases", lambda state="": [kept] if state == "corrected" else [])
    monkeypatch.setattr("medlfm.safety.corrections.deidentify", _unmasked)
    result = export_corrections(queue, tmp_path / "rows.jsonl")
    assert (result.rows, result.left_out) == (0, {why: 1})
    assert bool(concerns(kept)) == (why == "order")


def _unmasked(text: str, **_: Any) -> Any:
    from types import SimpleNamespace

    return SimpleNamespace(text=text, spans=())


def test_an_export_that_can_not_be_recorded_writes_nothing(
    settings: Settings, queue: ReviewQueue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(settings)

    def broken(*_: Any) -> str:
        raise AuditError("no space left")

    monkeypatch.setattr(queue.audit, "append", broken)
    with pytest.raises(MedlfmError):
        export_corrections(queue, tmp_path / "rows.jsonl")
    assert list(tmp_path.iterdir()) == []
