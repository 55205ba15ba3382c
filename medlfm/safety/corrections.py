"""From reviews to training rows: an explicit step, in which everything is searched for PHI once more."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from medlfm.audit import fingerprint
from medlfm.deid import deidentify, second_scan
from medlfm.files import atomic_write
from medlfm.safety.mentions import check_mentions
from medlfm.safety.patient import Patient
from medlfm.safety.reviews import ReviewCase, ReviewQueue

__all__ = ["Exported", "concerns", "export_corrections"]

_CITATION = re.compile(r"\s*\[\d+(?:\s*[,–-]\s*\d+)*\]")
_SCANNED = ("EMAIL", "PHONE", "ID", "IP", "SSN", "MRN", "HEALTH_PLAN")  # no tag or year of ours looks like these


@dataclass(frozen=True)
class Exported:
    """`masked`: identifiers found and masked on the way; `left_out`: cases by why: "phi", "order"."""

    rows: int
    masked: int
    left_out: dict[str, int]

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data."""
        return asdict(self)


def export_corrections(queue: ReviewQueue, out: Path, *, accepted: bool = False) -> Exported:
    """Write corrected answers, and accepted ones where told to, as question-and-answer rows that `prepare` reads.

    Left out: a row in which the second scan still finds something, and one with a dose or drug that fails its check.
    Raises OutputError, and AuditError where the export can't be recorded: then no file is written.
    """
    cases = queue.cases("corrected")
    if accepted:
        cases += [case for case in queue.cases("accepted") if case.status == "needs_review"]
    rows: list[dict[str, Any]] = []
    masked = 0
    left_out: Counter[str] = Counter()
    for case in sorted(cases, key=lambda case: case.id):
        row, found = _row(case)
        if why := _unfit(row):
            left_out[why] += 1
            continue
        rows.append(row)
        masked += found
    lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    with atomic_write(out) as file:
        file.write(lines)
        # before the file takes its place: what can't be recorded is not written
        details = {"rows": len(rows), "masked": masked, "left_out": dict(left_out), "sha": fingerprint(lines)}
        queue.audit.append("review.export", details)
    return Exported(len(rows), masked, dict(sorted(left_out.items())))


def _row(case: ReviewCase) -> tuple[dict[str, Any], int]:
    parts = [deidentify(text, lang=case.lang, policy="safe_harbor") for text in (case.question, _plain(case.text))]
    cited = [item for item in case.answer["evidence"] if item["number"]]
    row = {
        "kind": "qa",
        "id": f"review-{case.id}",
        "lang": case.lang,
        "question": parts[0].text,
        "answer": parts[1].text,
        "topic": cited[0]["title"] if cited else "",
        "specialty": case.answer["experts"][0][0] if case.answer["experts"] else "",
    }
    return row, sum(len(part.spans) for part in parts)


def _plain(text: str) -> str:
    return _CITATION.sub("", text).strip()


def _unfit(row: dict[str, Any]) -> str:
    text = f"{row['question']}\n{row['answer']}"
    if second_scan(text, row["lang"], _SCANNED):
        return "phi"
    findings = check_mentions(row["answer"], Patient.read(None), row["lang"])
    return "order" if any(finding.verdict != "ok" for finding in findings) else ""


def concerns(case: ReviewCase) -> list[str]:
    """Return what speaks against drugs and doses in a correction, in words; [] for any other decision."""
    if case.state != "corrected":
        return []
    findings = check_mentions(case.text, Patient.read(None), case.lang)
    return list(dict.fromkeys(f"{finding.what}: {finding.why}" for finding in findings if finding.verdict != "ok"))
