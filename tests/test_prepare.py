from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from medlfm.audit import AuditTrail
from medlfm.deid import deidentify
from medlfm.errors import OutputError, RecordError, SettingsError
from medlfm.prepare import PrepareResult, prepare
from medlfm.preparing.steps import Steps
from medlfm.records import Note, load_prepared
from medlfm.records.prepared import ROW, SPLITS
from medlfm.settings import load_settings

CORPORA = Path(__file__).parents[1] / "corpora"
NOTES = CORPORA / "starter-notes"
SYMPTOMS = ["cough", "fever", "back pain", "dizziness", "fatigue", "nausea", "rash", "swelling"]


def notes(count: int, **extra: Any) -> list[dict[str, Any]]:
    """Short notes, none of them near another."""
    return [
        {
            "id": f"n{number}",
            "text": f"The patient reports {SYMPTOMS[number % 8]} for {number + 2} days. Case {number} shows "
            f"{SYMPTOMS[(number // 8) % 8]} grade {number * 7 % 11} and level {number * number % 97} was measured.",
            "specialty": "cardiology" if number % 3 else "neurology",
            **extra,
        }
        for number in range(count)
    ]


def write(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


def all_rows(run: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    prepared = load_prepared(run)
    for split in SPLITS:
        yield from ((split, row) for row in prepared.rows(split))


def contents(run: Path) -> dict[str, bytes]:
    return {str(path.relative_to(run)): path.read_bytes() for path in sorted(run.rglob("*")) if path.is_file()}


def test_rows_hold_all_keys_and_the_facts_of_their_corpus(tmp_path: Path) -> None:
    source = write(
        tmp_path / "in" / "mixed.jsonl",
        [
            {"text": "Pat. klagt seit gestern über Fieber und Husten.", "fachgebiet": "Pneumologie", "art": "ed_note"},
            {
                "id": "1/000_2-1",
                "question": "What are the symptoms of Asthma ?",
                "answer": "Asthma causes wheezing and shortness of breath.",
                "qtype": "symptoms",
                "focus": "Asthma",
                "focus_group": "asthma",
                "source": "Mayo Clinic",
                "url": "https://example.org/asthma.html?visitor=17",
            },
            {"name": "Aspirin", "generic_name": "acetylsalicylic acid", "indications": ["pain"], "lang": "de"},
        ],
    )
    result = prepare(source, tmp_path / "run", source="A Set", licence="CC-BY-4.0", attribution="Its makers")
    rows = {row["kind"]: row for _, row in all_rows(tmp_path / "run")}
    assert set(rows) == {"note", "qa", "medication"}
    for row in rows.values():
        assert list(row) == list(ROW)
        assert (row["corpus"], row["licence"], row["attribution"]) == ("a-set", "CC-BY-4.0", "Its makers")
        assert row["level"] == "reference"
    assert (rows["note"]["lang"], rows["note"]["specialty"], rows["note"]["source"]) == ("de", "pulmonology", "A Set")
    qa = rows["qa"]
    assert (qa["topic"], qa["category"], qa["source"]) == ("asthma", "symptoms", "Mayo Clinic")
    assert qa["url"] == "https://example.org/asthma.html"
    assert rows["medication"]["text"] == "Aspirin\nWirkstoff: acetylsalicylic acid\nAnwendungsgebiete: pain"
    assert result.manifest["corpora"][0]["title"] == "A Set"
    assert result.manifest["counts"]["written"] == 3


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, PrepareResult]:
    """200 notes, prepared in one process."""
    folder = tmp_path_factory.mktemp("once")
    source = write(folder / "notes.jsonl", [*notes(200), {"text": "cut"}, notes(1)[0]])
    return source, prepare(source, folder / "run", settings=load_settings(home=folder / "home"))


def test_the_same_input_gives_the_same_bytes_with_any_number_of_workers(
    once: tuple[Path, PrepareResult], tmp_path: Path
) -> None:
    source, first = once
    prepare(source, tmp_path / "again", workers=2)
    assert contents(tmp_path / "again") == contents(first.folder)
    assert set(contents(first.folder)) == {
        "train.jsonl",
        "validation.jsonl",
        "test.jsonl",
        "rejected.jsonl",
        "manifest.json",
        "report.html",
    }


def test_a_finished_run_is_left_alone_and_another_one_is_not_written_over(
    once: tuple[Path, PrepareResult], tmp_path: Path
) -> None:
    source, first = once
    times = {path: path.stat().st_mtime_ns for path in first.folder.iterdir()}
    assert prepare(source, first.folder).unchanged
    assert {path: path.stat().st_mtime_ns for path in first.folder.iterdir()} == times
    with pytest.raises(OutputError, match="--force"):
        prepare(source, first.folder, seed=7)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.docx").write_text("x")
    with pytest.raises(OutputError, match="isn't empty"):
        prepare(source, tmp_path / "full")


def test_force_replaces_a_run_of_another_format(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    source = write(tmp_path / "notes.jsonl", notes(20))
    prepare(source, tmp_path / "run")
    lines = list(all_rows(tmp_path / "run"))
    prepare(source, tmp_path / "run", format="parquet", force=True)
    assert list(all_rows(tmp_path / "run")) == lines
    assert not (tmp_path / "run" / "train.jsonl").exists()


def test_a_changed_file_of_a_run_is_noticed(tmp_path: Path) -> None:
    run = prepare(write(tmp_path / "notes.jsonl", notes(20)), tmp_path / "run").folder
    with (run / "train.jsonl").open("a") as file:
        file.write("{}\n")
    with pytest.raises(RecordError, match=r"train\.jsonl is missing or was changed"):
        load_prepared(run)


def test_a_run_that_is_killed_goes_on_where_it_stopped(once: tuple[Path, PrepareResult], tmp_path: Path) -> None:
    source, first = once
    run = tmp_path / "run"
    code = (
        "import sys, time; from medlfm.prepare import prepare; from medlfm.preparing.steps import Steps\n"
        "run = Steps.run\n"
        "def slow(*args): time.sleep(0.01); return run(*args)\n"
        "Steps.run = slow; prepare(sys.argv[1], sys.argv[2])"
    )
    child = subprocess.Popen([sys.executable, "-c", code, str(source), str(run)], env=os.environ)
    deadline = time.monotonic() + 60
    while not list(run.glob(".work/*/*.jsonl")) and time.monotonic() < deadline:
        time.sleep(0.02)
    child.send_signal(signal.SIGKILL)
    child.wait()
    assert not (run / "manifest.json").exists()
    done: list[int] = []
    prepare(source, run, progress=lambda stage, count, _: done.append(count) if stage == "processing" else None)
    assert done[0] >= 64
    assert contents(run) == contents(first.folder)


def test_no_group_crosses_and_added_records_move_none(tmp_path: Path) -> None:
    rows = [row | {"patient_id": f"P{number // 4}"} for number, row in enumerate(notes(240))]
    prepare(write(tmp_path / "a.jsonl", rows[:120]), tmp_path / "a", seed=3)
    prepare(write(tmp_path / "b.jsonl", rows[:60] + rows[120:] + rows[60:120]), tmp_path / "b", seed=3)
    before = {row["id"]: split for split, row in all_rows(tmp_path / "a")}
    after = {row["id"]: split for split, row in all_rows(tmp_path / "b")}
    assert len(before) == 120
    assert len(after) == 240
    assert all(after[name] == split for name, split in before.items())
    assert set(after.values()) == set(SPLITS)
    crossed: dict[str, set[str]] = {}
    for split, row in all_rows(tmp_path / "b"):
        crossed.setdefault(row["group"], set()).add(split)
    assert all(len(splits) == 1 for splits in crossed.values())
    assert len(crossed) == 60


def test_duplicates_go_and_tie_their_groups_together(tmp_path: Path) -> None:
    words = " ".join(f"finding{number}" for number in range(120))
    rows = notes(40)
    for number in range(0, 40, 2):  # two patients each: one note of their own, one copied from the other
        text = f"The patient with number {number} was seen. {words} {number} " + " ".join(
            f"x{number}y{at}" for at in range(120)
        )
        rows[number] |= {"text": text, "patient_id": f"A{number}"}
        rows[number + 1] |= {"patient_id": f"B{number}"}
        rows.append({"text": text + " copied", "patient_id": f"B{number}"})
    rows.append(dict(rows[0]))
    result = prepare(write(tmp_path / "a.jsonl", rows), tmp_path / "run", lang="en", expand=False)
    assert result.manifest["counts"]["duplicates"] == {"exact": 1, "near": 20}
    sizes = Counter(row["group"] for _, row in all_rows(tmp_path / "run"))
    assert set(sizes.values()) == {2}
    assert result.manifest["leaks"] == 0


def test_balance_gives_each_specialty_the_same_number_of_training_rows(tmp_path: Path) -> None:
    result = prepare(write(tmp_path / "a.jsonl", notes(200)), tmp_path / "run", balance=True)
    train = Counter(row["specialty"] for split, row in all_rows(tmp_path / "run") if split == "train")
    assert train["cardiology"] == train["neurology"] >= 20
    assert result.manifest["counts"]["balanced_out"] > 0


def test_bad_lines_are_listed_without_their_text_and_strict_stops_at_the_first(tmp_path: Path) -> None:
    source = write(tmp_path / "a.jsonl", notes(10))
    with source.open("a") as file:
        file.write('{"text": "Secretname\n[]\n{"text": "La señora Secretname tiene fiebre desde ayer."}\n')
    result = prepare(source, tmp_path / "run")
    rejected = (result.folder / "rejected.jsonl").read_text()
    assert [json.loads(line) for line in rejected.splitlines()] == [
        {"file": "a.jsonl", "line": 11, "reason": "json"},
        {"file": "a.jsonl", "line": 12, "reason": "not_an_object"},
        {"file": "a.jsonl", "line": 13, "reason": "language"},
    ]
    assert not [name for name, data in contents(result.folder).items() if b"Secretname" in data]
    with pytest.raises(RecordError, match=r"a\.jsonl, line 11: json"):
        prepare(source, tmp_path / "strict", strict=True)
    assert not (tmp_path / "strict").exists()


def test_a_record_that_breaks_a_step_is_rejected_and_the_others_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = Steps.run

    def breaking(self: Steps, card: Any, record: Any) -> dict[str, Any]:
        if record.id == "n4":
            raise ValueError(record.text)
        return run(self, card, record)

    monkeypatch.setattr(Steps, "run", breaking)
    source = write(tmp_path / "a.jsonl", notes(10))
    result = prepare(source, tmp_path / "run")
    assert result.manifest["counts"]["written"] == 9
    rejected = json.loads((tmp_path / "run" / "rejected.jsonl").read_text())
    assert rejected == {"file": "a.jsonl", "line": 5, "reason": "failed:ValueError"}
    with pytest.raises(RecordError, match=r"a\.jsonl, line 5: a step failed with ValueError"):
        prepare(source, tmp_path / "strict", strict=True)


def test_a_step_that_breaks_with_many_records_stops_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = Steps.run

    def breaking(self: Steps, card: Any, record: Any) -> dict[str, Any]:
        if record.id in ("n4", "n5"):
            raise KeyError(record.text)
        return run(self, card, record)

    monkeypatch.setattr(Steps, "run", breaking)
    with pytest.raises(RecordError, match="failed with 2 of 10 records: KeyError"):
        prepare(write(tmp_path / "a.jsonl", notes(10)), tmp_path / "run")
    assert not (tmp_path / "run" / "manifest.json").exists()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "empty_file"),
        (b"\x00\x01\x02", "binary"),
        (b"\n", "no record"),
        (b'{"age": 3}\n', "missing_text"),
        ('{"text": "Übelkeit"}\n'.encode("cp1252"), "--encoding cp1252"),
    ],
)
def test_an_input_without_a_record_is_one_clear_error(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "a.jsonl").write_bytes(content)
    with pytest.raises(RecordError, match=message):
        prepare(tmp_path / "a.jsonl", tmp_path / "run")
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    "options", [{"split": (0.9, 0.3, 0.1)}, {"format": "xml"}, {"lang": "fr"}, {"policy": "none at all"}]
)
def test_wrong_settings_are_refused_before_anything_is_written(tmp_path: Path, options: dict[str, Any]) -> None:
    source = write(tmp_path / "a.jsonl", notes(2))
    with pytest.raises(SettingsError):
        prepare(source, tmp_path / "run", **options)
    assert not list(tmp_path.glob("run/*.jsonl"))


def test_an_output_that_cannot_be_written_is_one_clear_error(tmp_path: Path) -> None:
    source = write(tmp_path / "a.jsonl", notes(2))
    with pytest.raises(OutputError, match=r"a\.jsonl"):
        prepare(source, source / "run")


def test_a_note_of_a_megabyte_goes_through(tmp_path: Path) -> None:
    text = " ".join(row["text"] for row in notes(10_000))
    assert len(text) > 1_000_000
    result = prepare(write(tmp_path / "a.jsonl", [{"text": text}]), tmp_path / "run")
    assert result.manifest["counts"]["written"] == 1


def test_the_run_stands_in_the_audit_trail(once: tuple[Path, PrepareResult]) -> None:
    _, result = once
    trail = AuditTrail(result.folder.parent / "home" / "audit")
    (entry,) = trail.entries()
    assert trail.verify().ok
    assert entry.operation == "prepare"
    assert entry.details["written"] == 200


def test_nothing_but_the_cleaned_text_tells_of_a_patient(tmp_path: Path) -> None:
    """Ids, numbers, file names, dates and links of records are PHI, too."""
    folder = tmp_path / "Zacharias_Quendelbach"
    text = "Patient: Zacharias Quendelbach, born 12.03.1951. He was seen for a cough, which is better."
    row = {"id": "MRN 99887766", "text": text, "patient_id": "55443322", "date": "2024-07-19"}
    write(folder / "Zacharias_Quendelbach.jsonl", [row, {"id": "Quendelbach"}])
    (folder / "Quendelbach 1951.txt").write_text("Mr. Zacharias Quendelbach has no fever and no cough today.")
    (folder / "Zacharias Quendelbach.txt").write_bytes(b"\x00")
    question = {
        "id": "q99887766",
        "question": "Does Mr. Zacharias Quendelbach (MRN 99887766) need a check of the heart?",
        "answer": "A check of the heart is needed when the symptoms are new.",
        "topic": "Mr. Zacharias Quendelbach",
        "url": "https://example.org/a?patient=99887766",
    }
    write(folder / "questions.jsonl", [question])
    home = tmp_path / "home"
    result = prepare(folder, tmp_path / "run", settings=load_settings(home=home))
    assert result.manifest["counts"]["written"] == 3
    secrets = ["Zacharias", "Quendelbach", "99887766", "55443322", "12.03.1951", "2024-07-19", "07-19"]
    for name, data in {**contents(tmp_path / "run"), **contents(home)}.items():
        for secret in secrets:
            assert secret.encode() not in data, f"{secret} in {name}"


def test_no_file_holds_an_identifier_of_the_starter_notes_that_the_detector_finds(tmp_path: Path) -> None:
    """What the detector misses is measured elsewhere; here, nothing that it finds comes through another way."""
    gold = {}
    for lang in ("en", "de"):
        for line in (NOTES / f"phi.{lang}.jsonl").read_text(encoding="utf-8").splitlines():
            entry = json.loads(line)
            gold[entry["id"]] = entry["phi"]
    secrets: set[str] = set()
    left = []
    for lang in ("en", "de"):
        for line in (NOTES / f"notes.{lang}.jsonl").read_text(encoding="utf-8").splitlines():
            note = json.loads(line)
            cleaned = deidentify(note["text"], lang=lang, policy="safe_harbor").text
            left.append(cleaned)
            secrets |= {value for value in gold[note["id"]] if len(value) > 3}
            secrets |= {value for value in (note["id"], note.get("patient_id")) if value}
    missed = {value for value in secrets if any(occurs(value, text) for text in left)}
    assert len(missed) < len(secrets) / 4
    home = tmp_path / "home"
    result = prepare(NOTES, tmp_path / "run", settings=load_settings(home=home))
    assert result.manifest["counts"]["written"] >= 140
    for name, data in {**contents(tmp_path / "run"), **contents(home)}.items():
        text = data.decode("utf-8", "replace")
        assert not [secret for secret in secrets - missed if occurs(secret, text)], name


def occurs(value: str, text: str) -> bool:
    return value in text and re.search(rf"(?<!\w){re.escape(value)}(?!\w)", text) is not None


def test_emergencies_and_urgency_are_those_of_the_patient(tmp_path: Path) -> None:
    rows = [
        {"text": "Acute crushing chest pain for 20 minutes radiating to the left arm, diaphoretic, ST elevation."},
        {"text": "No chest pain, no shortness of breath. He feels well and comes for his routine check."},
    ]
    prepare(write(tmp_path / "a.jsonl", rows), tmp_path / "run")
    found = {bool(row["emergencies"]): row["urgency"] for _, row in all_rows(tmp_path / "run")}
    assert found[True] in ("high", "critical")
    assert found[False] == "low"


def test_sure_abbreviations_are_written_out_but_not_where_the_text_defines_them(tmp_path: Path) -> None:
    text = "Patient with shortness of breath (SOB) and a history of HTN. SOB is worse, and he takes aspirin."
    source = write(tmp_path / "a.jsonl", [{"text": text}])
    prepare(source, tmp_path / "a")
    ((_, row),) = all_rows(tmp_path / "a")
    assert "shortness of breath (SOB)" in row["text"]
    assert "hypertension" in row["text"]
    prepare(source, tmp_path / "b", expand=False)
    ((_, row),) = all_rows(tmp_path / "b")
    assert row["text"] == text


def test_spans_of_the_steps_follow_the_text(tmp_path: Path) -> None:
    from medlfm.preparing.plan import Options
    from medlfm.records import Card

    text = "Pat. Herr Gustav Quendelbach,  geb. 12.03.1951.\n\nEr klagt über starke Atemnot seit heute."
    result = Steps(Options(route=False)).run(Card(), Note(id="x", lang="de", text=text))
    shown = {(mark[2], result["row"]["text"][mark[0] : mark[1]]) for mark in result["spans"]["text"]}
    masked = {text for kind, text in shown if kind == "phi"}
    assert any("NAME" in text for text in masked)
    assert all(text.startswith("[") or text.isdigit() for text in masked)


def test_the_report_stands_alone(once: tuple[Path, PrepareResult]) -> None:
    _, result = once
    page = result.report.read_text(encoding="utf-8")
    assert "<script" not in page
    assert not re.findall(r"(?:src|href)=|url\(|https?://", page)
    assert "200" in page
    assert "prefers-color-scheme: dark" in page


def test_real_notes_and_questions_go_through(bench_data: Path, tmp_path: Path) -> None:
    import gzip
    from itertools import islice

    for name, folder in (("mtsamples_en", "notes"), ("medquad_train", "medical_qa")):
        with gzip.open(bench_data / folder / f"{name}.jsonl.gz", "rt", encoding="utf-8") as file:
            write(tmp_path / "in" / f"{name}.jsonl", [json.loads(line) for line in islice(file, 25)])
    result = prepare(tmp_path / "in", tmp_path / "run", lang="en", workers=2)
    assert result.manifest["counts"]["rejected"] == 0
    kinds = Counter(row["kind"] for _, row in all_rows(tmp_path / "run"))
    assert kinds["note"] == 25
    assert kinds["qa"] >= 20
