"""The review queue: answers that a professional must look at, and what was decided about them.

SQLite in one file, readable by its owner only; many processes may read and write. It holds no patient data: the
question as it was masked, and of what patient facts brought into an answer, or a reviewer typed, the masked text.
A decision is written only where the audit trail has recorded it, and only while the case is open: of two reviewers
at once the second is told who was first.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from medlfm.audit import AuditTrail, fingerprint
from medlfm.deid import deidentify
from medlfm.errors import ReviewError
from medlfm.files import canonical_json, open_database
from medlfm.safety.answer import Answer

__all__ = ["OUTCOMES", "REVIEWED", "STATES", "Decision", "ReviewCase", "ReviewQueue"]

REVIEWED = ("needs_review", "withheld")  # statuses of answers that are put into the queue
OUTCOMES = {"accept": "accepted", "correct": "corrected", "reject": "rejected", "reopen": "open"}
STATES = ("open", "accepted", "corrected", "rejected")
_SCHEMA = 1
_CREATE = f"""
CREATE TABLE IF NOT EXISTS cases (
    id INTEGER PRIMARY KEY, time, state, asked INTEGER, key, lang, status, risk, urgency, confidence, question, answer,
    audit_id);
CREATE UNIQUE INDEX IF NOT EXISTS open_cases ON cases (key) WHERE state = 'open';
CREATE TABLE IF NOT EXISTS decisions (
    id INTEGER PRIMARY KEY, case_id INTEGER REFERENCES cases (id), time, outcome, reviewer, role, text, why,
    masked INTEGER, audit_id);
PRAGMA user_version = {_SCHEMA};
"""
_RISKS = "CASE risk WHEN 'critical' THEN 0 WHEN 'high' THEN 1 WHEN 'moderate' THEN 2 ELSE 3 END"
_LONGEST_NAME = 100


@dataclass(frozen=True, kw_only=True)
class Decision:
    """What a reviewer did with a case. `masked`: how many identifiers were masked in what was typed."""

    outcome: str
    reviewer: str
    role: str
    time: str
    text: str
    why: str
    masked: int
    audit_id: str


@dataclass(frozen=True, kw_only=True)
class ReviewCase:
    """An answer in the queue. `question` is masked, `answer` what `Answer.to_dict` gave, `asked` how often it was."""

    id: int
    time: str
    state: str
    asked: int
    lang: str
    status: str
    risk: str
    urgency: str
    confidence: float | None
    question: str
    answer: Mapping[str, Any]
    audit_id: str
    decisions: tuple[Decision, ...] = ()

    @property
    def text(self) -> str:
        """The answer as it stands after the review: the correction where there is one."""
        last = self.decisions[-1] if self.decisions else None
        return last.text if last and last.outcome == "corrected" else str(self.answer["text"])

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data."""
        return {**asdict(self), "answer": dict(self.answer), "decisions": [asdict(item) for item in self.decisions]}


class ReviewQueue:
    """A review queue in one file, created with the first case; `audit` is where decisions are recorded."""

    def __init__(self, path: Path, audit: AuditTrail) -> None:
        self.path = path
        self.audit = audit

    def add(self, question: str, answer: Answer) -> int:
        """Put an answer in and return its number; one that is already open is counted. Raises ReviewError.

        question: masked. What may quote a patient's facts in the answer is masked here.
        """
        kept = _without_facts(answer)
        key = fingerprint(canonical_json([question, answer.lang, answer.text]))
        row = {"time": _now(), "state": "open", "asked": 1, "key": key, "question": question, "answer": kept}
        row |= {name: getattr(answer, name) for name in ("lang", "status", "risk", "urgency", "confidence", "audit_id")}
        with self._open(write=True) as db:
            known = db.execute("SELECT id FROM cases WHERE key = ? AND state = 'open'", (key,)).fetchone()
            if known:
                db.execute("UPDATE cases SET asked = asked + 1 WHERE id = ?", known)
                return int(known[0])
            marks = ", ".join(f":{name}" for name in row)
            return int(db.execute(f"INSERT INTO cases ({', '.join(row)}) VALUES ({marks})", row).lastrowid or 0)  # noqa: S608 - column names

    def cases(self, state: str = "", *, limit: int | None = None) -> list[ReviewCase]:
        """Return the cases of a state ("": of any), the riskiest first, then the oldest."""
        if state not in ("", *STATES):
            raise ReviewError(f"There is no state {state!r}.", f"Allowed: {', '.join(STATES)}.")
        if not self.path.exists():
            return []
        with self._open() as db:
            where = "WHERE state = ?" if state else ""
            rows = db.execute(
                f"SELECT * FROM cases {where} ORDER BY {_RISKS}, id LIMIT ?",  # noqa: S608 - constants
                [*([state] if state else []), -1 if limit is None else limit],
            ).fetchall()
            return [_case(db, row) for row in rows]

    def case(self, number: int) -> ReviewCase:
        """Return one case. Raises ReviewError where there is none of this number."""
        if self.path.exists():
            with self._open() as db:
                return self._case(db, number)
        raise _unknown(number)

    def counts(self) -> dict[str, int]:
        """Return how many cases are in each state."""
        found = dict.fromkeys(STATES, 0)
        if self.path.exists():
            with self._open() as db:
                found |= dict(db.execute("SELECT state, count(*) FROM cases GROUP BY state"))
        return found

    def decide(
        self, number: int, action: str, *, reviewer: str, role: str = "", text: str = "", why: str = ""
    ) -> ReviewCase:
        """Accept, correct (with `text`) or reject (with `why`) an open case, or reopen a decided one (with `why`).

        What was typed is masked before it is stored. Raises ReviewError where the case is not open, and AuditError
        where the decision can't be recorded: then nothing was decided.
        """
        _check(action, reviewer, role, text, why)
        with self._open(write=True) as db:
            case = self._case(db, number)
            if (case.state == "open") == (action == "reopen"):
                raise _in_the_way(case)
            (text, first), (why, second) = (_masked(words.strip(), case.lang) for words in (text, why))
            decision = Decision(
                outcome=OUTCOMES[action],
                reviewer=reviewer.strip(),
                role=role.strip(),
                time=_now(),
                text=text,
                why=why,
                masked=first + second,
                audit_id="",
            )
            # in the transaction: what can't be recorded is not decided
            decision = replace(decision, audit_id=self._record(case, action, decision))
            values = {"case_id": number, **asdict(decision)}
            marks = ", ".join(f":{name}" for name in values)
            db.execute(f"INSERT INTO decisions ({', '.join(values)}) VALUES ({marks})", values)  # noqa: S608 - column names
            db.execute("UPDATE cases SET state = ? WHERE id = ?", (decision.outcome, number))
            return replace(case, state=decision.outcome, decisions=(*case.decisions, decision))

    def _record(self, case: ReviewCase, action: str, decision: Decision) -> str:
        return self.audit.append(
            "review",
            {
                "case": case.id,
                "action": action,
                "reviewer": decision.reviewer,
                "role": decision.role,
                "asked_as": case.audit_id,
                "text_sha": fingerprint(decision.text) if decision.text else "",
                "masked": decision.masked,
            },
        )

    def _case(self, db: sqlite3.Connection, number: int) -> ReviewCase:
        row = db.execute("SELECT * FROM cases WHERE id = ?", (number,)).fetchone() if _filled(db, self.path) else None
        if row is None:
            raise _unknown(number)
        return _case(db, row)

    @contextmanager
    def _open(self, *, write: bool = False) -> Iterator[sqlite3.Connection]:
        try:
            if write:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                os.close(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600))  # its -wal and -shm take over the mode
            if self.path.stat().st_mode & 0o077 and os.name == "posix":
                self.path.chmod(0o600)
            with open_database(self.path, write=write, timeout=30) as db:
                db.row_factory = sqlite3.Row
                if not _filled(db, self.path) and write:
                    for statement in filter(str.strip, _CREATE.split(";")):
                        db.execute(statement)
                yield db
        except (sqlite3.Error, OSError) as error:
            raise ReviewError(
                f"Can't {'write to' if write else 'read'} the review queue {self.path} ({type(error).__name__}).",
                "Check that it may be written and isn't damaged; MEDLFM_REVIEW=0 asks without a queue.",
            ) from error


def _filled(db: sqlite3.Connection, path: Path) -> bool:
    version = int(db.execute("PRAGMA user_version").fetchone()[0])
    if version not in (0, _SCHEMA):
        raise ReviewError(
            f"The review queue {path} has format {version}; this medlfm reads {_SCHEMA}.", "Update medlfm."
        )
    return version == _SCHEMA


def _case(db: sqlite3.Connection, row: sqlite3.Row) -> ReviewCase:
    values = {name: row[name] for name in row.keys() if name != "key"}  # noqa: SIM118 - a Row iterates over its values
    values["answer"] = json.loads(values["answer"])
    rows = db.execute("SELECT * FROM decisions WHERE case_id = ? ORDER BY id", (row["id"],))
    decisions = [Decision(**{name: item[name] for name in Decision.__dataclass_fields__}) for item in rows]
    return ReviewCase(**values, decisions=tuple(decisions))


def _check(action: str, reviewer: str, role: str, text: str, why: str) -> None:
    if action not in OUTCOMES:
        raise ReviewError(f"There is no decision {action!r}.", f"Allowed: {', '.join(OUTCOMES)}.")
    for name, value in (("reviewer", reviewer), ("role", role)):
        if len(value) > _LONGEST_NAME or not value.replace(" ", "a").isprintable():
            raise ReviewError(f"The {name} is no plain name.", f"At most {_LONGEST_NAME} characters in one line.")
    if not reviewer.strip():
        raise ReviewError("A decision needs a reviewer.", "Say who: --reviewer, or MEDLFM_REVIEWER.")
    if action == "correct" and not text.strip():
        raise ReviewError("A correction needs the corrected answer.", "Give it: --text, or --file.")
    if action in ("reject", "reopen") and not why.strip():
        raise ReviewError(f"To {action} needs a reason.", "Give it: --why.")


def _masked(text: str, lang: str) -> tuple[str, int]:
    if not text:
        return "", 0
    result = deidentify(text, lang=lang, policy="safe_harbor")
    return result.text, len(result.spans)


def _without_facts(answer: Answer) -> str:
    """Serialise an answer; warnings and findings, which may quote the free words of patient facts, are masked."""
    values = answer.to_dict()
    values["warnings"] = _masked_all(values["warnings"], answer.lang)
    orders = values["checks"].get("orders")
    if isinstance(orders, list):
        values["checks"]["orders"] = [
            {name: _masked(item, answer.lang)[0] if isinstance(item, str) else item for name, item in finding.items()}
            for finding in orders
        ]
    return json.dumps(values, ensure_ascii=False)


def _masked_all(texts: Sequence[str], lang: str) -> list[str]:
    return [_masked(text, lang)[0] for text in texts]


def _in_the_way(case: ReviewCase) -> ReviewError:
    if not case.decisions or case.state == "open":
        return ReviewError(f"Case {case.id} is open.", "Only a decided case can be reopened.")
    last = case.decisions[-1]
    return ReviewError(
        f"Case {case.id} was {last.outcome} by {last.reviewer} at {last.time}.",
        f"Nothing was changed. To decide again: medlfm review reopen {case.id} --why ….",
    )


def _unknown(number: int) -> ReviewError:
    return ReviewError(f"There is no case {number}.", "medlfm review list shows those that are there.")


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
