from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from medlfm.audit import AuditTrail
from medlfm.errors import RecordError, SettingsError
from medlfm.evaluate import TASKS, Case, System, evaluate
from medlfm.evaluate.gold import read_gold
from medlfm.settings import load_settings

NOTE = "Seen by Dr. Erika Mustermann, 3.4.2025, aged 54."


def write(path: Path, *rows: dict[str, Any]) -> Path:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


def spans(text: str, *marked: tuple[str, str]) -> list[dict[str, Any]]:
    return [
        {"start": text.index(part), "end": text.index(part) + len(part), "label": label, "text": part}
        for part, label in marked
    ]


def answering(**answer: Any) -> System:
    return System("fake", lambda case: answer)


PHI = {"text": NOTE, "lang": "en", "spans": spans(NOTE, ("Erika Mustermann", "NAME"), ("3.4.2025", "DATE"))}
NAME_FOUND = (12, 28, "NAME")


def test_the_result_says_what_was_measured_and_how(tmp_path: Path) -> None:
    gold = write(tmp_path / "gold.jsonl", PHI, {**PHI, "spans": []})
    seen: list[tuple[int, int]] = []
    result = evaluate("phi", gold, system=answering(spans=[NAME_FOUND]), progress=lambda *step: seen.append(step))
    assert seen == [(1, 2), (2, 2)]
    assert result["task"] == "phi"
    assert (result["gold"]["name"], result["gold"]["cases"], result["gold"]["languages"]) == ("gold", 2, {"en": 2})
    assert result["system"]["name"] == "fake"
    assert {"processor", "cores", "threads"} <= result["machine"].keys()
    assert result["metrics"]["masking"]["entities_fully_masked"] == 0.5
    assert result["metrics"]["strict"]["precision"] == 0.5  # the second row's find is a false alarm
    assert result["by_label"]["DATE"]["strict"]["recall"] == 0.0
    assert result["missed"] == [1]
    json.dumps(result, allow_nan=False)


def test_no_text_and_no_id_of_the_gold_reaches_the_result_or_the_audit_trail(tmp_path: Path, home: Path) -> None:
    gold = write(tmp_path / "gold.jsonl", {**PHI, "id": "Mustermann.txt"})
    result = evaluate("phi", gold, system=answering(spans=[]))
    trail = AuditTrail(load_settings().audit)
    assert [entry.operation for entry in trail.entries()] == ["evaluate"]
    assert next(iter(trail.entries())).id == result["audit_id"]
    written = json.dumps(result, ensure_ascii=False) + "".join(p.read_text("utf-8") for p in trail.segments())
    assert not [word for word in ("Erika", "Mustermann", "3.4.2025", "Seen by") if word in written]


CONTEXT = {"text": "No cough.", "spans": [{"start": 3, "end": 8, "negated": True, "family": False}]}
MARKED = {"text": "No [[cough]] today.", "asserted": False, "reason": "negated"}
ALL_FALSE = dict.fromkeys(("negated", "historical", "hypothetical", "family", "uncertain"), False)
ABBREVIATION = {"start": 11, "end": 13, "short_form": "AF", "long_form": "Atrial  fibrillation", "candidates": []}
DEFINED = {"text": "Atrial fibrillation (AF) recurs.", "pairs": [{"sf": "AF", "lf": "atrial fibrillation"}]}
DOSE = "Aspirin 100 mg"
HTN = {"text": "Longstanding [[HTN]], BP high.", "long": "hypertension"}
FOUND_HTN: dict[str, Any] = {"start": 13, "end": 16, "short_form": "HTN", "long_form": "Hypertension"}
FOUND_HTN["candidates"] = [{"long": "Hypertension"}]
TAKEN = {"ingredient": "digoxin", "dose_value": 125, "dose_unit": "\u03bcg", "prn": None}
ORDER = {"text": "Digoxin 125 µg", "medications": [{**TAKEN, "dose_unit": "\u00b5g"}]}
CLAIM = {"passage": "It may help.", "sentence": "It helps.", "supported": False, "change": "hedge"}


@pytest.mark.parametrize(
    ("task", "row", "answer", "path", "value"),
    [
        ("context", CONTEXT, {"modifiers": [{**ALL_FALSE, "negated": True}]}, ("macro_f1",), 1.0),
        ("context", CONTEXT, {"modifiers": [ALL_FALSE]}, ("macro_f1",), 0.0),
        ("context", CONTEXT, {"modifiers": [{**ALL_FALSE, "negated": True, "historical": True}]}, ("macro_f1",), 1.0),
        ("context", MARKED, {"modifiers": [{**ALL_FALSE, "negated": True, "family": True}]}, ("macro_f1",), 1.0),
        ("context", MARKED, {"modifiers": [{**ALL_FALSE, "family": True}]}, ("macro_f1",), 0.0),
        ("context", {**MARKED, "asserted": True}, {"modifiers": [ALL_FALSE]}, ("macro_f1",), None),
        ("abbreviations", DEFINED, {"spans": [ABBREVIATION]}, ("f1",), 1.0),
        ("abbreviations", DEFINED, {"spans": [{**ABBREVIATION, "long_form": "atrial flutter"}]}, ("recall",), 0.0),
        ("abbreviations", DEFINED, {"spans": [{**ABBREVIATION, "long_form": "atrial flutter"}]}, ("precision",), None),
        ("abbreviations", DEFINED, {"spans": [{**ABBREVIATION, "long_form": None}]}, ("f1",), 0.0),
        (
            "abbreviations",
            {"text": "Known AF.", "spans": [{"start": 6, "end": 8, "long_form": "atrial fibrillation"}]},
            {
                "spans": [
                    {
                        "start": 6,
                        "end": 8,
                        "short_form": "AF",
                        "long_form": None,
                        "candidates": ["x", "Atrial fibrillation"],
                    }
                ]
            },
            ("listed",),
            1.0,
        ),
        ("emergency", {"text": "x", "urgency": "high"}, {"urgency": "critical", "emergencies": []}, ("accuracy",), 0.0),
        ("emergency", {"text": "x", "urgency": "high"}, {"urgency": "low", "emergencies": []}, ("undertriage",), 1.0),
        (
            "emergency",
            {"text": "x", "urgency": "emergency"},
            {"urgency": "high", "emergencies": []},
            ("accuracy",),
            1.0,
        ),
        (
            "emergency",
            {"text": "x", "urgency": "self_care"},
            {"urgency": "high", "emergencies": []},
            ("overtriage",),
            1.0,
        ),
        (
            "emergency",
            {"text": "x", "urgency": "moderate", "kind": "near_miss"},
            {"urgency": "high", "emergencies": []},
            ("near_miss_raised",),
            1.0,
        ),
        (
            "emergency",
            {"text": "x", "urgency": "low", "kind": "near_miss"},
            {"urgency": "moderate", "emergencies": []},
            ("near_miss_raised",),
            0.0,
        ),
        (
            "emergency",
            {"text": "x", "emergencies": ["stroke"]},
            {"urgency": "low", "emergencies": ["stroke", "sepsis"]},
            ("conditions", "macro_f1"),
            1.0,
        ),
        (
            "medications",
            {"text": DOSE, "spans": [{"start": 0, "end": 7, "ingredient": "aspirin", "dose_value": 100}]},
            {"spans": [(0, 7, "DRUG")], "values": [{"ingredient": "Aspirin", "dose_value": 500}]},
            ("values",),
            {"dose_value": 0.0, "ingredient": 1.0},
        ),
        (
            "medications",
            {"text": DOSE, "spans": [{"start": 0, "end": 7}]},
            {"spans": [], "values": []},
            ("overlap", "recall"),
            0.0,
        ),
        ("abbreviations", HTN, {"spans": [FOUND_HTN]}, ("f1",), 1.0),
        ("abbreviations", HTN, {"spans": [{**FOUND_HTN, "long_form": None}]}, ("recall",), 0.0),
        ("abbreviations", {**HTN, "long": None}, {"spans": [FOUND_HTN]}, ("precision",), 0.0),
        ("abbreviations", {**HTN, "long": None}, {"spans": []}, ("found",), 0),
        ("abbreviations", HTN, {"spans": [FOUND_HTN, {**FOUND_HTN, "start": 20, "end": 22}]}, ("precision",), 1.0),
        ("medications", ORDER, {"spans": [], "values": [TAKEN]}, ("order_exact",), 1.0),
        ("medications", ORDER, {"spans": [], "values": [{**TAKEN, "dose_value": 5}]}, ("order_exact",), 0.0),
        ("medications", ORDER, {"spans": [], "values": [{**TAKEN, "dose_value": 5}]}, ("f1",), 1.0),
        ("medications", ORDER, {"spans": [], "values": [TAKEN, TAKEN]}, ("precision",), 0.5),
        ("medications", ORDER, {"spans": [], "values": []}, ("recall",), 0.0),
        ("routing", {"text": "x", "specialty": "none"}, {"experts": []}, ("accuracy",), 1.0),
        ("routing", {"text": "x", "specialty": "a"}, {"experts": ["b"]}, ("accuracy",), 0.0),
        ("safety", {"text": "x", "label": "harmful"}, {"status": "emergency"}, ("stopped_recall",), 1.0),
        ("safety", {"text": "x", "label": "harmful"}, {"status": "allowed"}, ("stopped_recall",), 0.0),
        ("safety", {"text": "x", "label": "harmless"}, {"status": "refused"}, ("harmless_stopped",), 1.0),
        ("safety", {"text": "x", "label": "harmless"}, {"status": "emergency"}, ("harmless_stopped",), 0.0),
        ("safety", CLAIM, {"supported": False}, ("unsupported_recall",), 1.0),
        ("safety", CLAIM, {"supported": True}, ("unsupported_recall",), 0.0),
        ("safety", {**CLAIM, "supported": True}, {"supported": False}, ("unsupported_precision",), 0.0),
        ("routing", {"text": "x", "experts": ["a", "b"]}, {"experts": ["b", "c"]}, ("accuracy",), 1.0),
        ("routing", {"text": "x", "experts": ["a"]}, {"experts": ["b", "a"]}, ("accuracy",), 0.0),
        ("routing", {"text": "x", "experts": ["a"]}, {"experts": ["b", "a"]}, ("among_chosen",), 1.0),
        ("routing", {"text": "x", "experts": []}, {"experts": []}, ("accuracy",), 1.0),
        ("routing", {"text": "x", "experts": []}, {"experts": ["a"]}, ("accuracy",), 0.0),
        ("safety", {"text": "x", "status": "refused"}, {"status": "refused"}, ("accuracy",), 1.0),
        ("safety", {"text": "x", "status": "refused"}, {"status": "allowed"}, ("accuracy",), 0.0),
        ("orders", {"order": "x", "verdict": "allergy"}, {"verdict": "allergy"}, ("verdict_accuracy",), 1.0),
        ("orders", {"order": "x", "verdict": "allergy"}, {"verdict": "interaction"}, ("dangerous_found",), 1.0),
        ("orders", {"order": "x", "verdict": "allergy"}, {"verdict": "unknown_drug"}, ("dangerous_found",), 0.0),
        ("orders", {"order": "x", "verdict": "unknown_drug"}, {"verdict": "unknown_drug"}, ("dangerous_found",), 1.0),
        ("orders", {"order": "x", "verdict": "ok"}, {"verdict": "allergy"}, ("safe_flagged",), 1.0),
        ("orders", {"order": "x", "verdict": "ok"}, {"verdict": "unknown_drug"}, ("safe_flagged",), 1.0),
        (
            "answers",
            {"question": "x", "url": "u:1"},
            {"evidence": [{"url": "u:2"}, {"url": "u:1"}]},
            ("document_in_top_5",),
            1.0,
        ),
        (
            "answers",
            {"question": "x", "url": "u:1"},
            {"evidence": [{"url": "u:2"}, {"url": "u:1"}]},
            ("document_first",),
            0.0,
        ),
        (
            "answers",
            {"question": "x", "topic": "Gout"},
            {"evidence": [{"url": "", "title": "gout"}]},
            ("document_first",),
            1.0,
        ),
        ("answers", {"question": "x", "topic": "Gout"}, {"evidence": []}, ("document_first",), 0.0),
    ],
)
def test_each_task_scores_what_it_says(
    tmp_path: Path, task: str, row: dict[str, Any], answer: dict[str, Any], path: tuple[str, ...], value: Any
) -> None:
    result = evaluate(task, write(tmp_path / "gold.jsonl", row), system=answering(**answer))
    metrics = result["metrics"]
    for name in path:
        metrics = metrics[name]
    assert metrics == value


def test_whether_a_finding_is_asserted_is_scored_beside_the_reasons(tmp_path: Path) -> None:
    gold = write(tmp_path / "gold.jsonl", MARKED, {**MARKED, "asserted": True, "reason": None})
    result = evaluate("context", gold, system=answering(modifiers=[{**ALL_FALSE, "historical": True}]))
    assert result["by_label"]["not_asserted"] == {"gold": 1, "found": 2, "precision": 0.5, "recall": 1.0, "f1": 0.6667}
    assert result["by_label"]["negated"]["recall"] == 0.0
    assert result["missed"] == [1, 2]


def test_answers_without_confidence_say_why_there_is_no_figure(tmp_path: Path) -> None:
    gold = write(tmp_path / "gold.jsonl", {"question": "x", "url": "u", "answer": "one two three"})
    answer = {"evidence": [{"url": "u"}], "status": "needs_review", "confidence": None, "text": "one two four"}
    result = evaluate("answers", gold, system=answering(**answer))
    assert result["metrics"]["confidence"] is None
    assert "calibrator" in result["reasons"]["confidence"]
    assert result["metrics"]["word_f1"] == 0.6667
    assert result["metrics"]["coverage"] == 0.0


def test_confidence_is_held_against_what_was_right(tmp_path: Path) -> None:
    gold = write(tmp_path / "gold.jsonl", *[{"question": str(n), "url": "u", "answer": "x"} for n in range(4)])

    def predict(case: Case) -> dict[str, Any]:
        right = case.row > 1
        url = "u" if right else "v"
        return {"evidence": [{"url": url}], "status": "answered", "confidence": 0.9 if right else 0.2, "text": "x"}

    result = evaluate("answers", gold, system=System("fake", predict))
    assert result["metrics"]["confidence"]["auroc"] == 1.0
    assert result["metrics"]["confidence"]["at_0.85"]["risk"] == 0.0
    assert result["risk_coverage"][-1] == {"threshold": 0.2, "coverage": 1.0, "risk": 0.25}


ASQ = {**PHI, "extra_occurrences": [], "spans": spans(NOTE, ("Erika Mustermann", "NAME"), ("3.4.2025", "DATE"))}


def test_phi_may_be_marked_in_the_text(tmp_path: Path) -> None:
    row = {"text": "[[NAME|Ada]] of [[ADDRESS|Ulm]], born 1970.", "kind": "memo", "lang": "en"}
    result = evaluate("phi", write(tmp_path / "gold.jsonl", row), system=answering(spans=[(0, 3, "NAME")]))
    assert result["gold"]["reader"] == "marked_phi"
    assert result["metrics"]["masking"]["entities_fully_masked"] == 0.5


@pytest.mark.parametrize("text", ["[[NAME|Ada of Ulm.", "[[WHO|Ada]] of Ulm.", "[[Ada]] of Ulm."])
def test_a_mark_that_cannot_be_read_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(RecordError):
        evaluate("phi", write(tmp_path / "gold.jsonl", {"text": text, "kind": "memo"}), system=answering(spans=[]))


@pytest.mark.parametrize(
    ("text", "label", "mapped"),
    [
        ("Klinikum Nord", "LOCATION_HOSPITAL", "ORGANIZATION"),
        ("Dr. med.", "NAME_TITLE", None),
        ("54", "AGE", None),
        ("93", "AGE", "AGE"),
        ("2007", "DATE", None),
        ("Mai 2007", "DATE", "DATE"),
        ("3.4.", "DATE", "DATE"),
        ("7/63", "DATE", "DATE"),
        ("Peru", "LOCATION_COUNTRY", None),
        ("mustere", "NAME_USERNAME", "ID"),
    ],
)
def test_labels_of_grascco_follow_our_definition_of_phi(
    tmp_path: Path, text: str, label: str, mapped: str | None
) -> None:
    note = f"Am {text} bei Müller"
    gold = write(
        tmp_path / "g.jsonl",
        {"text": note, "lang": "de", "spans": spans(note, (text, label), ("Müller", "NAME_DOCTOR"))},
    )
    (case,) = read_gold(gold, TASKS["phi"].readers).cases
    labels = {note[start:end]: found for start, end, found in case.gold["spans"]}
    assert labels == {"Müller": "NAME"} | ({text: mapped} if mapped else {})


def test_pieces_of_one_address_are_joined_and_others_are_not(tmp_path: Path) -> None:
    text = "Gartenweg 3,\n12345 Neustadt und Altdorf"
    marked = spans(
        text,
        ("Gartenweg 3", "LOCATION_STREET"),
        ("12345", "LOCATION_ZIP"),
        ("Neustadt", "LOCATION_CITY"),
        ("Altdorf", "LOCATION_CITY"),
    )
    gold = write(tmp_path / "g.jsonl", {"text": text, "lang": "de", "spans": marked})
    (case,) = read_gold(gold, TASKS["phi"].readers).cases
    assert [text[start:end] for start, end, _ in case.gold["spans"]] == ["Gartenweg 3,\n12345 Neustadt", "Altdorf"]


def test_the_clock_time_behind_a_date_need_not_be_masked(tmp_path: Path) -> None:
    text = "Call at 2020-03-04 11:34:35 please"
    marked = spans(text, ("2020-03-04 11:34:35", "DATE_TIME"))
    gold = write(tmp_path / "g.jsonl", {"text": text, "lang": "en", "template_id": 4, "spans": marked})
    for end in (18, 27):
        metrics = evaluate("phi", gold, system=answering(spans=[(8, end, "DATE")]))["metrics"]
        assert metrics["masking"]["documents_fully_masked"] == metrics["masking"]["character_precision"] == 1.0


def test_weekdays_of_presidio_are_neither_right_nor_wrong(tmp_path: Path) -> None:
    text = "Call Ann Miller on Friday or 3/4/2020"
    marked = spans(text, ("Ann Miller", "PERSON"), ("Friday", "DATE_TIME"), ("3/4/2020", "DATE_TIME"))
    gold = write(tmp_path / "g.jsonl", {"text": text, "lang": "en", "template_id": 4, "spans": marked})
    found = [(5, 15, "NAME"), (19, 25, "DATE"), (29, 37, "DATE")]
    metrics = evaluate("phi", gold, system=answering(spans=found))["metrics"]
    assert metrics["strict"]["f1"] == 1.0
    assert metrics["masking"]["character_precision"] == 1.0


def test_towns_and_clinics_are_one_label_where_the_set_does_not_tell_them_apart(tmp_path: Path) -> None:
    text = "Seen at Elm Clinic"
    row = {
        "text": text,
        "lang": "en",
        "extra_occurrences": [],
        "spans": spans(text, ("Elm Clinic", "GEOGRAPHIC_LOCATION")),
    }
    result = evaluate("phi", write(tmp_path / "g.jsonl", row), system=answering(spans=[(8, 18, "ORGANIZATION")]))
    assert result["by_label"]["LOCATION"]["strict"]["f1"] == 1.0


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "holds no rows"),
        (b"\xff\xfe\x00", "Can't read"),
        (b"{\n", "no JSON"),
        (b'["Erika"]\n', "no JSON object"),
        (b'{"note": "Erika"}\n', "none of the forms"),
        (b'{"text": "Erika", "spans": [{"start": "a"}]}\n', "not a row of the form"),
        (b'{"text": "Erika", "spans": []}\n{"text": "Erika"}\n', "gold.jsonl:2"),
    ],
)
def test_a_file_that_is_no_gold_gets_one_line_without_its_text(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "gold.jsonl"
    path.write_bytes(content)
    with pytest.raises(RecordError, match=message) as caught:
        evaluate("phi", path, system=answering(spans=[]))
    assert "Erika" not in str(caught.value)


def test_a_damaged_archive_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "gold.jsonl.gz"
    path.write_bytes(gzip.compress(json.dumps(PHI).encode() * 50)[:-20])
    with pytest.raises(RecordError):
        evaluate("phi", path, system=answering(spans=[]))


def test_unknown_tasks_and_systems_are_named_with_the_known_ones(tmp_path: Path) -> None:
    gold = write(tmp_path / "gold.jsonl", PHI)
    with pytest.raises(SettingsError, match=r"no task 'spelling'.*phi, context"):
        evaluate("spelling", gold)
    with pytest.raises(SettingsError, match=r"no system 'other' for phi.*medlfm, rules"):
        evaluate("phi", gold, system="other")


def test_a_limit_reads_the_first_rows_only(tmp_path: Path) -> None:
    gold = write(tmp_path / "gold.jsonl", PHI, PHI, PHI)
    result = evaluate("phi", gold, system=answering(spans=[]), limit=2)
    assert (result["gold"]["cases"], result["gold"]["limit"]) == (2, 2)


@pytest.mark.parametrize(
    ("task", "path", "reader", "cases"),
    [
        ("phi", "deid/asq_phi_en_dev", "asq_phi", 542),
        ("phi", "deid/presidio_synth_en_dev", "presidio_research", 1854),
        ("phi", "deid/grascco_phi_de_dev", "spans", 34),
        ("context", "negation/context_chapman_en_dev", "chapman_context", 1065),
        ("abbreviations", "abbreviations/med1250_ab3p_dev", "pairs", 623),
        ("emergency", "triage/semigran_dev", "urgency", 15),
        ("medications", "drugs/fda_cv_labels_ddi_dev", "nlm_ddi", 2972),
        ("routing", "medical_qa/medquad_dev", "medquad", 911),
        ("safety", "safety/medsafetybench_dev", "med_safety_bench", 440),
        ("safety", "medical_qa/medquad_dev", "medquad", 1561),
        ("orders", "drugs/rxsafebench_contraindication_dev", "rxsafebench", 544),
        ("orders", "drugs/rxsafebench_interaction_dev", "rxsafebench", 689),
        ("answers", "medical_qa/medquad_dev", "medquad", 1561),
        ("answers", "medical_qa/liveqa_med_dev", "liveqa", 57),
    ],
)
def test_the_public_sets_are_recognised(bench_data: Path, task: str, path: str, reader: str, cases: int) -> None:
    gold = read_gold(bench_data / f"{path}.jsonl.gz", TASKS[task].readers)
    assert (gold.reader, len(gold.cases)) == (reader, cases)
    for case in gold.cases:
        for start, end, *_ in (
            (span["start"], span["end"]) if isinstance(span, dict) else span for span in case.gold.get("spans", ())
        ):
            assert 0 <= start < end <= len(case.text)


CITING = {
    "status": "answered",
    "confidence": 0.9,
    "text": "x",
    "evidence": [{"url": "u", "number": 1}, {"url": "v", "number": 0}],
}
CHECKED = {"support": {"supported": 3, "dropped": 1}, "orders": [{"verdict": "ok"}]}


@pytest.mark.parametrize(
    ("rows", "answer", "figure", "value"),
    [
        ([{"question": "x", "url": "u"}], CITING, "citation_precision", 1.0),  # what was only found doesn't count
        ([{"question": "x", "url": "v"}], CITING, "citation_precision", 0.0),
        ([{"question": "x", "url": "v"}], CITING, "citation_recall", 0.0),
        ([{"question": "x", "url": "u"}], CITING, "selective_accuracy", 1.0),
        ([{"question": "x", "url": "v"}], CITING, "selective_accuracy", 0.0),
        ([{"question": "x", "url": "v"}], {**CITING, "status": "needs_review"}, "selective_accuracy", None),
        ([{"question": "x", "url": "u"}], CITING, "ece", 0.1),
        ([{"question": "x", "url": "v"}], CITING, "ece", 0.9),
        ([{"question": "x"}], {**CITING, "checks": CHECKED}, "avg_safety_score", 0.875),
        ([{"question": "x"}], CITING, "avg_safety_score", None),
        ([{"question": "x", "status": "refused"}], {**CITING, "status": "refused"}, "refusal", 1.0),
        ([{"question": "x", "status": "refused"}], {**CITING, "status": "emergency"}, "refusal", 1.0),  # help
        ([{"question": "x", "status": "refused"}], CITING, "refusal", 0.0),
        ([{"question": "x"}], {**CITING, "status": "refused"}, "over_refusal", 1.0),
        ([{"question": "x"}], {**CITING, "status": "withheld"}, "over_refusal", 0.0),
        ([{"question": "x"}], {**CITING, "status": "emergency"}, "over_refusal", 0.0),
        ([{"text": "x", "urgency": "critical"}], {**CITING, "status": "emergency"}, "urgency_recall", 1.0),
        ([{"text": "x", "urgency": "high"}], CITING, "urgency_recall", 0.0),
        ([{"text": "x", "urgency": "low"}], CITING, "urgency_recall", None),
        ([{"text": "x", "label": "harmful"}], {**CITING, "status": "refused"}, "refusal", 1.0),
        ([{"text": "x", "label": "harmless"}], {**CITING, "status": "refused"}, "over_refusal", 1.0),
    ],
)
def test_answers_are_scored_by_what_they_cite_and_turn_away(
    tmp_path: Path, rows: list[dict[str, Any]], answer: dict[str, Any], figure: str, value: float | None
) -> None:
    result = evaluate("answers", write(tmp_path / "gold.jsonl", *rows), system=answering(**answer))
    found = result["metrics"][figure]
    assert found == (None if value is None else pytest.approx(value))
    assert (figure in result["reasons"]) == (value is None)


@pytest.mark.parametrize(("second", "share"), [("allowed", 1.0), ("refused", 0.0)])
def test_a_pair_is_right_where_both_of_it_are(tmp_path: Path, second: str, share: float) -> None:
    rows = [{"text": label, "label": label, "pair": "1"} for label in ("harmful", "harmless")]
    system = System("fake", lambda case: {"status": second if case.text == "harmless" else "refused"})
    result = evaluate("safety", write(tmp_path / "gold.jsonl", *rows), system=system)
    assert result["metrics"]["pairs_right"] == share
