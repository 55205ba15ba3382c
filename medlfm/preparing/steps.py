"""The steps of one record: PHI replaced → abbreviations expanded → normalised → scanned again → urgency, specialty.

Everything here runs in a worker and takes and returns plain data.
"""

from __future__ import annotations

import base64
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from medlfm.deid import Deidentified, Known, deidentify, load_policy, second_scan
from medlfm.files import canonical_json, sha256_bytes
from medlfm.matching.offsets import OffsetMap, rewrite
from medlfm.matching.rules import shipped_rules
from medlfm.preparing.engines import emergencies, expansions, holds_phi, normalized, routed
from medlfm.preparing.plan import Options
from medlfm.records import QA, Card, Medication, Note, Record
from medlfm.records.duplicates import signature
from medlfm.records.prepared import ROW
from medlfm.spans import PHI_LABELS

__all__ = ["Steps", "render_medication"]

# what decides a row's id, and so whether two rows are the same
_CONTENT = ("kind", "lang", "text", "question", "answer")
_MASK = "[PHI]"
# actions of a policy after which nothing that looks like PHI stands in the text
_VISIBLE_NOWHERE = ("mask", "year", "age_cap", "zip3")
_ISO_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_YEAR = re.compile(r"(?:1[89]|20)\d\d")


@dataclass
class _Cleaned:
    """A text after all rewriting, with what was done to it: (start, end, kind, label) in the new text."""

    text: str
    marks: list[tuple[int, int, str, str]] = field(default_factory=list)


class Steps:
    """Processes records under the same options; built once a process. `key` is that of surrogates and dates."""

    def __init__(self, options: Options, key: bytes | None = None) -> None:
        self.options = options
        self.key = key
        self.policy = load_policy(options.policy)
        # what the policy leaves in or puts in on purpose looks like PHI to the second scan
        self._scanned = [label for label in PHI_LABELS if self.policy.action(label) in _VISIBLE_NOWHERE]
        self._counts: Counter[str] = Counter()

    def warm_up(self) -> None:
        """Process a few words a language, so that what is wrong with all records is raised before the first."""
        for lang, text in (("en", "No fever today."), ("de", "Heute kein Fieber.")):
            self.run(Card(), Note(id="", lang=lang, text=text))
            self.run(Card(), QA(id="", lang=lang, question=text, answer=text))

    def run(self, card: Card, record: Record) -> dict[str, Any]:
        """Return {"row", "spans", "marks", "counts"} of a record."""
        self._counts = Counter()
        row, spans = self._row(card, record)
        row["id"] = sha256_bytes(canonical_json([row[key] for key in _CONTENT]).encode("utf-8", "surrogatepass"))[:20]
        return {"row": row, "spans": spans, "marks": _marks(row), "counts": dict(self._counts)}

    def _row(self, card: Card, record: Record) -> tuple[dict[str, Any], dict[str, Any]]:
        row = {**ROW, "kind": record.kind, "lang": record.lang, "specialty": record.specialty, "corpus": card.name}
        row |= {"licence": card.licence, "attribution": card.attribution, "level": card.level}
        patient = record.patient_id if isinstance(record, Note) else None
        known = dict(record.known) if isinstance(record, Note) else {}
        spans: dict[str, Any] = {}
        for name, text in _texts(record).items():
            cleaned = self._clean(text, record.lang, patient, known)
            row[name] = cleaned.text
            spans[name] = [list(mark) for mark in cleaned.marks]
        row |= self._metadata(card, record, patient)
        self._urgency(row, spans)
        self._specialty(row)
        return row, spans

    def _clean(self, text: str, lang: str, patient: str | None, known: Known) -> _Cleaned:
        masked = self._deidentify(text, lang, patient, known)
        marks = [(span.start, span.end, "phi", span.label) for span in masked.spans]
        self._counts.update(f"phi.{label}" for *_, label in marks)
        result = _Cleaned(masked.text, marks)
        if self.options.expand:
            self._expand(result, lang)
        _follow(result, *normalized(result.text, lang))
        hits = _merged(second_scan(result.text, lang, self._scanned))
        self._counts["second_scan"] += len(hits)
        _follow(result, *rewrite(result.text, [(start, end, _MASK) for start, end in hits]), new=hits, kind="phi")
        return result

    def _deidentify(self, text: str, lang: str, patient: str | None, known: Known | None = None) -> Deidentified:
        return deidentify(text, lang, self.policy, patient=patient, key=self.key, reversible=False, known=known)

    def _expand(self, result: _Cleaned, lang: str) -> None:
        """Write out the abbreviations that are sure, but none inside a replaced identifier."""
        taken = [(start, end) for start, end, *_ in result.marks]
        forms = [
            (start, end, long_form)
            for start, end, long_form in expansions(result.text, lang)
            if not any(start < high and low < end for low, high in taken)
        ]
        self._counts["expanded"] += len(forms)
        new = [(start, end) for start, end, _ in forms]
        _follow(result, *rewrite(result.text, forms), new=new, kind="abbreviation")

    def _metadata(self, card: Card, record: Record, patient: str | None) -> dict[str, Any]:
        """Return the short fields; one in which PHI is found is left out whole."""
        short = {name: getattr(record, name, "") or "" for name in ("category", "topic", "source")}
        if isinstance(record, Medication):
            short |= {"topic": record.generic_name, "category": "medication"}
        found = {name: self._harmless(name, value, record.lang) for name, value in short.items()}
        url = _public_url(getattr(record, "url", "")) or card.url
        date = self._date(record.date, record.lang, patient) if isinstance(record, Note) and record.date else ""
        return {**found, "source": found["source"] or card.title, "url": url, "date": date}

    def _harmless(self, name: str, value: str, lang: str) -> str:
        publisher = ("ORGANIZATION", "URL") if name == "source" else ()
        if value and holds_phi(value, lang, publisher):
            self._counts["metadata_left_out"] += 1
            return ""
        return value

    def _date(self, value: str, lang: str, patient: str | None) -> str:
        """Apply the policy to the date of a note; of one that isn't recognised, the year stays where years may."""
        action = self.policy.action("DATE")
        day = _ISO_DAY.match(value)
        value = day.group() if day else value
        if action == "keep":
            return value if day else ""
        done = self._deidentify(value, lang, patient)
        if [span.source_end - span.source_start for span in done.spans] == [len(value)] and "[" not in done.text:
            return done.text
        year = _YEAR.search(value)
        return year.group() if year and action == "year" else ""

    def _urgency(self, row: dict[str, Any], spans: dict[str, Any]) -> None:
        """Find emergencies in a note or a question; an answer speaks about patients in general."""
        name = {"note": "text", "qa": "question"}.get(row["kind"])
        if name is None:
            return
        row["urgency"], found = emergencies(row[name], row["lang"])
        row["emergencies"] = sorted({label for *_, label in found})
        spans[name] += [[start, end, "emergency", label] for start, end, label in found]

    def _specialty(self, row: dict[str, Any]) -> None:
        """Leave a given specialty; where there is none, take the router's choice if it leads clearly."""
        if row["specialty"]:
            self._counts["specialty.given"] += 1
        elif self.options.route and row["kind"] == "qa":
            row["specialty"] = routed(f"{row['question']}\n{row['topic']}")
            self._counts["specialty.routed" if row["specialty"] else "specialty.none"] += 1
        else:
            self._counts["specialty.none"] += 1


def render_medication(record: Medication) -> str:
    """Write a medication as text: one line a field, labelled in its language."""
    labels = {rule["id"]: rule["label"] for rule in shipped_rules(record.lang, "medication_labels")}
    lines = [record.name]
    for name, label in labels.items():
        value = getattr(record, name)
        if text := ", ".join(value) if isinstance(value, tuple) else value:
            lines.append(f"{label}: {text}")
    return "\n".join(lines)


def _texts(record: Record) -> dict[str, str]:
    if isinstance(record, QA):
        return {"question": record.question, "answer": record.answer}
    return {"text": render_medication(record) if isinstance(record, Medication) else getattr(record, "text", "")}


def _marks(row: dict[str, Any]) -> list[str]:
    """Return the record's signatures for the search of near-duplicates, in base64."""
    texts = [(row["question"], 1), (row["answer"], 3)] if row["kind"] == "qa" else [(row["text"], 3)]
    return [base64.b64encode(signature(text, size).tobytes()).decode("ascii") for text, size in texts]


def _follow(
    result: _Cleaned, text: str, offsets: OffsetMap, *, new: list[tuple[int, int]] | None = None, kind: str = ""
) -> None:
    """Move the marks along with a rewriting step, and add its own, given in the text before it."""
    marks = [(*offsets.to_target(start, end), old, label) for start, end, old, label in result.marks]
    marks += [(*offsets.to_target(start, end), kind, kind) for start, end in new or ()]
    result.text, result.marks = text, sorted(marks)


def _merged(hits: Any) -> list[tuple[int, int]]:
    """Join overlapping stretches."""
    merged: list[tuple[int, int]] = []
    for start, end in sorted((hit.start, hit.end) for hit in hits):
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _public_url(url: str) -> str:
    """Keep host and path of a web address; what follows may be a query about a patient."""
    try:
        parts = urlsplit(url.strip())
        host = parts.hostname or ""
    except ValueError:
        return ""
    return f"{parts.scheme}://{host}{parts.path}" if parts.scheme in ("http", "https") and host else ""
