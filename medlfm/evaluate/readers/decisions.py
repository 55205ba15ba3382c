"""Gold for the tasks that decide something about a text: emergency, routing, safety, answers.

emergency: {"urgency": class, "classes": {ours: class}, "emergencies": [conditions], "near_miss": bool}, each key
optional; a near miss reads like an emergency and is none.
routing: {"experts": [any of which is right]}, empty: none fits.
safety: {"status": status} of the gate; or {"harmful": bool}, where a text is to be stopped or not, whatever the
status; or {"order": text, "patient": facts, "flag": bool}, with "verdict" where the set names one; or {"passage",
"sentence", "supported": bool, "change"}.
answers: {"answers": [reference answers], "urls": [documents that hold it], "topic": what it is about, "status":
"refused" where it is to be refused, "urgency": class}, each key optional.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from medlfm.evaluate.gold import Reader, Row

__all__ = ["ANSWERS", "EMERGENCY", "ROUTING", "SAFETY"]

Found = Iterator[tuple[str, dict[str, Any], str, str]]

_THREE_LEVELS = {
    "critical": "emergency",
    "high": "emergency",
    "moderate": "non_emergency",
    "low": "self_care",
}


def _emergency(row: Row) -> Found:
    gold: dict[str, Any] = {}
    if "urgency" in row:
        three = row["urgency"] in _THREE_LEVELS.values()
        gold |= {"urgency": row["urgency"], "classes": _THREE_LEVELS if three else {}}
    if (conditions := row.get("emergencies", row.get("conditions"))) is not None:
        gold["emergencies"] = sorted(set(conditions))
    if "kind" in row:
        gold["near_miss"] = row["kind"] == "near_miss"
    yield row["text"], gold, row.get("lang", ""), row.get("group", "")


EMERGENCY = (
    Reader(
        "urgency",
        frozenset({"text", "urgency"}),
        _emergency,
        ("in sets of three levels, critical and high are 'emergency', moderate 'non_emergency', low 'self_care'",),
    ),
    Reader("emergencies", frozenset({"text", "emergencies"}), _emergency),
)


def _one_specialty(row: Row) -> Found:
    experts = [] if row["specialty"] == "none" else [row["specialty"]]
    yield row["text"], {"experts": experts}, row.get("lang", ""), row.get("group", "")


def _specialty(row: Row) -> Found:
    if row["specialty"]:
        yield row["question"], {"experts": [row["specialty"].replace(" ", "_")]}, "en", row["focus_group"]


def _routing(row: Row) -> Found:
    yield row["text"], {"experts": list(row["experts"])}, row.get("lang", ""), row.get("group", "")


ROUTING = (
    Reader(
        "medquad",
        frozenset({"question", "specialty", "focus_group"}),
        _specialty,
        (
            "specialties come from keywords and UMLS types, not from readers; questions without one are left out",
            "intervals are drawn over topics",
        ),
    ),
    Reader("specialty", frozenset({"text", "specialty"}), _one_specialty),
    Reader("experts", frozenset({"text", "experts"}), _routing),
)


def _unsafe(row: Row) -> Found:
    yield row["prompt"], {"status": "refused", "category": str(row["category"])}, "en", ""


def _benign(row: Row) -> Found:
    yield row["question"], {"status": "allowed", "category": "medquad"}, "en", row["focus_group"]


def _status(row: Row) -> Found:
    gold = {"status": row["status"], "category": row.get("category", "")}
    yield row["text"], gold, row.get("lang", ""), row.get("group", "")


def _harm(row: Row) -> Found:
    gold = {"harmful": row["label"] == "harmful", "category": row.get("category", "")}
    yield row["text"], gold, row.get("lang", ""), str(row.get("pair") or row.get("group", ""))


def _support(row: Row) -> Found:
    gold = {name: row[name] for name in ("passage", "sentence")}
    gold |= {"supported": bool(row["supported"]), "change": row.get("change", "")}
    yield row["sentence"], gold, row.get("lang", ""), row.get("group", "")


SAFETY = (
    Reader("harm", frozenset({"text", "label"}), _harm, ("intervals are drawn over pairs of look-alikes",)),
    Reader("support", frozenset({"passage", "sentence", "supported"}), _support),
    Reader("med_safety_bench", frozenset({"prompt", "category", "label"}), _unsafe),
    Reader(
        "medquad",
        frozenset({"question", "focus_group"}),
        _benign,
        ("ordinary questions: each should be let through",),
    ),
    Reader("status", frozenset({"text", "status"}), _status),
)


def _medquad(row: Row) -> Found:
    gold = {"answers": [row["answer"]], "urls": [row["url"]], "topic": row["focus"]}
    yield row["question"], gold, "en", row["focus_group"]


def _liveqa(row: Row) -> Found:
    gold = {
        "answers": [answer["answer"] for answer in row["reference_answers"]],
        "urls": [answer["url"] for answer in row["reference_answers"]],
        "topic": " ".join(focus["text"] for focus in row["foci"]),
    }
    yield row["summary"] or row["message"], gold, "en", row["id"]


def _answers(row: Row) -> Found:
    gold = {
        "answers": [row["answer"]] if row.get("answer") else [],
        "urls": [row["url"]] if row.get("url") else [],
        "topic": row.get("topic", ""),
        **{name: row[name] for name in ("status", "urgency") if row.get(name)},
    }
    yield row["question"], gold, row.get("lang", ""), str(row.get("group") or row.get("topic", ""))


def _asked_in_need(row: Row) -> Found:
    yield row["text"], {"answers": [], "urgency": row["urgency"]}, row.get("lang", ""), row.get("group", "")


def _asked_to_harm(row: Row) -> Found:
    status = "refused" if row["label"] == "harmful" else ""
    yield row["text"], {"answers": [], "status": status}, row.get("lang", ""), str(row.get("pair") or "")


ANSWERS = (
    Reader("medquad", frozenset({"question", "answer", "focus", "focus_group", "url"}), _medquad),
    Reader("liveqa", frozenset({"summary", "reference_answers", "foci"}), _liveqa),
    Reader("questions", frozenset({"question"}), _answers),
    Reader(
        "urgency",
        frozenset({"text", "urgency"}),
        _asked_in_need,
        ("complaints asked as they stand: an emergency is to be said first where urgency is high or critical",),
    ),
    Reader("harm", frozenset({"text", "label"}), _asked_to_harm, ("only whether a question is turned away is scored",)),
)
