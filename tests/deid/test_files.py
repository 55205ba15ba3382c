from __future__ import annotations

import csv
import gzip
import json
import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from medlfm.audit import AuditTrail
from medlfm.deid import deidentify_files, load_policy
from medlfm.deid.process import Options
from medlfm.errors import OutputError, RecordError, SettingsError
from medlfm.settings import load_settings
from tests.records.documents.samples import CDA, HL7, docx, fhir

NOTE = "Frau Rosa Zauner kam am 3.5.2024 zu Dr. Lenz. Zauner hustet."


def options(**changes: Any) -> Options:
    return Options(**{"policy": load_policy("safe_harbor"), "lang": "de", "model": False} | changes)


def run(*sources: Path, out: Path, chosen: Options | None = None, **more: Any) -> Any:
    return deidentify_files(sources, out, chosen or options(), settings=load_settings(), **more)


def write_rows(path: Path, count: int) -> Path:
    with path.open("w", encoding="utf-8") as file:
        for number in range(count):
            file.write(json.dumps({"id": number, "text": f"{NOTE} Zeile {number}."}, ensure_ascii=False) + "\n")
    return path


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_every_format_of_a_folder_comes_back_in_its_format(tmp_path: Path) -> None:
    source, out = tmp_path / "in", tmp_path / "out"
    (source / "sub").mkdir(parents=True)
    (source / "a.hl7").write_bytes((HL7 + HL7).encode())
    (source / "b.json").write_bytes(fhir())
    (source / "c.xml").write_text(CDA, encoding="utf-8")
    (source / "d.docx").write_bytes(docx())
    (source / "sub" / "e.txt").write_bytes(f"{NOTE}\r\nEnde.\r\n".encode())
    (source / "f.csv").write_text(f'patient_id;Vorname;Befund\n4;Rosa;"{NOTE}\nRosa raucht."\n', encoding="utf-8")
    with gzip.open(source / "g.jsonl.gz", "wt", encoding="utf-8") as file:
        file.write(json.dumps({"text": NOTE}) + "\n")
    (source / ".hidden.txt").write_text(NOTE, encoding="utf-8")
    (source / "h.xlsx").write_bytes(b"x")
    result = run(source, out=out)
    written = sorted(str(path.relative_to(out)) for path in out.rglob("*") if path.is_file())
    assert written == ["a.hl7", "b.json", "c.xml", "d.docx", "f.csv", "g.jsonl.gz", "sub/e.txt"]
    assert result.to_dict()["documents"] == {"cda": 1, "csv": 1, "docx": 1, "hl7": 2, "json": 1, "jsonl": 1, "text": 1}
    assert (out / "sub/e.txt").read_bytes() == b"Frau [NAME] kam am 2024 zu Dr. [NAME]. [NAME] hustet.\r\nEnde.\r\n"
    table = list(csv.reader((out / "f.csv").read_text(encoding="utf-8").splitlines(keepends=True), delimiter=";"))
    assert table[0] == ["patient_id", "Vorname", "Befund"]
    assert table[1][1] == "[NAME]"
    assert table[1][2].endswith("\n[NAME] raucht.")
    with gzip.open(out / "g.jsonl.gz", "rt", encoding="utf-8") as file:
        assert "Zauner" not in file.read()
    assert not (out / ".deidentify.work").exists()


def test_a_broken_record_among_many_costs_itself_alone(tmp_path: Path) -> None:
    path = write_rows(tmp_path / "notes.jsonl", 100)
    lines = path.read_bytes().split(b"\n")
    lines[40], lines[70] = b'{"text": "Rosa Zauner', b'{"text": "\xff"}'
    path.write_bytes(b"\n".join(lines))
    result = run(path, out=tmp_path / "out.jsonl")
    assert [(line, reason) for _, line, reason in result.rejects] == [(41, "json"), (71, "encoding")]
    assert len(rows(tmp_path / "out.jsonl")) == 98
    rejects = tmp_path / "out.jsonl.rejects.jsonl"
    assert rows(rejects) == [{"file": 1, "line": 41, "reason": "json"}, {"file": 1, "line": 71, "reason": "encoding"}]
    with pytest.raises(RecordError, match="line 41: it is no JSON"):
        run(path, out=tmp_path / "strict.jsonl", strict=True)
    assert not (tmp_path / "strict.jsonl").exists()


def test_workers_write_the_same_bytes_as_one_process(tmp_path: Path) -> None:
    path = write_rows(tmp_path / "notes.jsonl", 150)
    run(path, out=tmp_path / "one.jsonl")
    run(path, out=tmp_path / "two.jsonl", workers=2)
    assert (tmp_path / "one.jsonl").read_bytes() == (tmp_path / "two.jsonl").read_bytes()


def test_a_killed_run_goes_on_and_writes_the_same_bytes(tmp_path: Path) -> None:
    path = write_rows(tmp_path / "notes.jsonl", 6000)
    out = tmp_path / "out.jsonl"
    command = [sys.executable, "-m", "medlfm", "deidentify", str(path), "--out", str(out), "--lang", "de", "--no-model"]
    process = subprocess.Popen(
        command, env=os.environ | {"MEDLFM_HOME": str(tmp_path / "home")}, stderr=subprocess.DEVNULL
    )
    state = tmp_path / ".out.jsonl.work" / "state.json"
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        if state.is_file() and json.loads(state.read_text(encoding="ascii"))["done"] > 0:
            break
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not out.exists()
    assert 0 < json.loads(state.read_text(encoding="ascii"))["done"] < 6000
    assert stat.S_IMODE(state.stat().st_mode) == 0o600
    result = run(path, out=out)
    assert result.resumed
    assert [row["id"] for row in rows(out)] == list(range(6000))
    assert sum(result.counts["labels"].values()) == 6000 * 4
    assert not state.exists()


def test_other_settings_begin_anew(tmp_path: Path) -> None:
    path = write_rows(tmp_path / "notes.jsonl", 3)
    work = tmp_path / ".out.jsonl.work"
    work.mkdir()
    (work / "state.json").write_text('{"plan": "another", "done": 2}', encoding="ascii")
    (work / "data").write_text("left over\n", encoding="ascii")
    result = run(path, out=tmp_path / "out.jsonl")
    assert not result.resumed
    assert len(rows(tmp_path / "out.jsonl")) == 3


def test_names_of_files_that_tell_a_name_become_numbers(tmp_path: Path) -> None:
    source = tmp_path / "in"
    source.mkdir()
    (source / "Frau_Rosa_Zauner.txt").write_text(NOTE, encoding="utf-8")
    (source / "befund-12.txt").write_text(NOTE, encoding="utf-8")
    result = run(source, out=tmp_path / "out")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["000001.txt", "befund-12.txt"]
    assert result.renamed == 1
    run(source, out=tmp_path / "numbered", number_files=True)
    assert sorted(path.name for path in (tmp_path / "numbered").iterdir()) == ["000001.txt", "000002.txt"]


def test_the_log_and_the_report_say_where_and_never_what(tmp_path: Path) -> None:
    path = write_rows(tmp_path / "notes.jsonl", 2)
    log = tmp_path / "log.jsonl"
    result = run(path, out=tmp_path / "out.jsonl", chosen=options(log=True), log=log)
    entries = rows(log)
    assert len(entries) == 8
    assert entries[0] | {"start": 0, "end": 0} == {
        "file": 1,
        "line": 1,
        "path": "text",
        "policy": "safe_harbor",
        "label": "NAME",
        "rule": entries[0]["rule"],
        "action": "mask",
        "start": 0,
        "end": 0,
        "source_start": 5,
        "source_end": 16,
    }
    told = log.read_text(encoding="utf-8") + json.dumps(result.to_dict())
    trail = AuditTrail(load_settings().audit)
    told += json.dumps([entry.to_dict() for entry in trail.entries()])
    assert not [secret for secret in ("Rosa", "Zauner", "Lenz", "3.5.2024", str(tmp_path)) if secret in told]
    assert list(trail.entries())[-1].operation == "deidentify"


def test_the_side_by_side_view_is_for_its_owner_alone_and_says_what_it_holds(tmp_path: Path) -> None:
    path = tmp_path / "notes.jsonl"
    path.write_text(json.dumps({"text": f"<b>{NOTE}"}) + "\n", encoding="utf-8")
    html = tmp_path / "view.html"
    run(path, out=tmp_path / "out.jsonl", html=html)
    page = html.read_text(encoding="utf-8")
    assert stat.S_IMODE(html.stat().st_mode) == 0o600
    assert "contains PHI" in page
    assert ">Rosa Zauner</mark>" in page
    assert ">[NAME]</mark>" in page
    assert "&lt;b&gt;Frau" in page
    assert "http" not in page


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_tables_keep_their_columns(tmp_path: Path, ending: str) -> None:
    path, out = tmp_path / f"in.{ending}", tmp_path / f"out.{ending}"
    data = [{"mrn": 4711000 + n, "age": 40 + n * 60, "hb": 13.5, "note": NOTE} for n in range(2)]
    if ending == "csv":
        with path.open("w", encoding="cp1252", newline="") as file:
            writer = csv.DictWriter(file, list(data[0]))
            writer.writeheader()
            writer.writerows(data)
        run(path, out=out, chosen=options(encoding="cp1252"))
        with out.open(encoding="utf-8", newline="") as file:
            table: list[dict[str, Any]] = list(csv.DictReader(file))
    else:
        import pyarrow as pa
        import pyarrow.parquet as pq

        pq.write_table(pa.Table.from_pylist(data), path)
        run(path, out=out)
        table = pq.read_table(out).to_pylist()
    assert [str(row["age"]) for row in table] == ["40", "90+"]
    assert [float(row["hb"]) for row in table] == [13.5, 13.5]
    assert {row["mrn"] for row in table} == {"[MRN]"}
    assert "Zauner" not in str(table)


def test_columns_to_keep_go_along_untouched(tmp_path: Path) -> None:
    path = tmp_path / "in.jsonl"
    path.write_text(json.dumps({"id": "12345678901", "text": NOTE}) + "\n", encoding="utf-8")
    run(path, out=tmp_path / "a.jsonl")
    assert rows(tmp_path / "a.jsonl")[0]["id"] != "12345678901"
    run(path, out=tmp_path / "b.jsonl", chosen=options(keep=("id",)))
    assert rows(tmp_path / "b.jsonl")[0]["id"] == "12345678901"


def test_what_cannot_be_done_is_said_at_once(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text(NOTE, encoding="utf-8")
    with pytest.raises(OutputError, match="overwritten"):
        run(path, out=path)
    with pytest.raises(OutputError, match="which is read"):
        run(tmp_path, out=tmp_path / "inside")
    with pytest.raises(SettingsError, match="needs a key"):
        run(path, out=tmp_path / "b.txt", chosen=options(policy=load_policy("research_surrogate")))
    with pytest.raises(RecordError, match="no known format"):
        run(Path(__file__), out=tmp_path / "c")
    with pytest.raises(RecordError, match="holds no file"):
        (tmp_path / "empty").mkdir()
        run(tmp_path / "empty", out=tmp_path / "c")
    with pytest.raises(RecordError, match="no encoding"):
        run(path, out=tmp_path / "d.txt", chosen=options(encoding="klingon"))
    assert path.read_text(encoding="utf-8") == NOTE


def test_a_table_of_patients_is_known_in_the_notes_and_so_is_fhir_in_bulk(tmp_path: Path) -> None:
    source, out = tmp_path / "in", tmp_path / "out"
    source.mkdir()
    (source / "patients.csv").write_text(
        "patient_id,surname,dob\n7,Brzezinski,1951-02-04\n8,Visite,1960-01-01\n", "utf-8"
    )
    rows_ = [
        {"patient_id": 7, "note": "Heute Visite, Brzezinski stabil, 04021951."},
        {"patient_id": 9, "note": "Visite."},
    ]
    (source / "anotes.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows_), encoding="utf-8")
    bulk = [
        {
            "resourceType": "Observation",
            "subject": {"reference": "Patient/p1"},
            "note": [{"text": "mit Qwert bereden"}],
        },
        {"resourceType": "Patient", "id": "p1", "name": [{"family": "Qwert"}]},
    ]
    (source / "bulk.ndjson").write_text("".join(json.dumps(row) + "\n" for row in bulk), encoding="utf-8")
    run(source, out=out)
    notes = rows(out / "anotes.jsonl")
    assert notes[0]["note"] == "Heute Visite, [NAME] stabil, [DATE]."
    assert notes[1]["note"] == "Visite."  # another patient's name
    assert rows(out / "bulk.ndjson")[0]["note"][0]["text"] == "mit [NAME] bereden"
