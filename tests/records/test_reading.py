from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from medlfm.errors import RecordError
from medlfm.records import QA, Medication, Note, Record, Reject, read_records
from tests.records.documents.samples import CDA, FHIR, HL7, docx, fhir

EN = "The patient was admitted with chest pain and was discharged after two days."
DE = "Die Patientin wurde mit Brustschmerzen aufgenommen und nach zwei Tagen entlassen."


def read(*paths: Path, **options: str) -> tuple[list[Record], list[tuple[str, int, str]]]:
    rejects: list[Reject] = []
    records = list(read_records(paths, on_reject=rejects.append, **options))
    return records, [(reject.file.name, reject.line, reject.reason) for reject in rejects]


def write(path: Path, *rows: object) -> Path:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"text": EN, "specialty": "Cardiology"}, Note(id="a.jsonl:1", lang="en", text=EN, specialty="cardiology")),
        ({"id": 7, "Transcription": DE}, Note(id="7", lang="de", text=DE)),
        ({"befund": DE, "fachgebiet": "Kardiologie"}, Note(id="a.jsonl:1", lang="de", text=DE, specialty="cardiology")),
        (
            {"note text": EN, "medical_specialty": " Discharge Summary", "Patient-ID": 12},
            Note(id="a.jsonl:1", lang="en", text=EN, category="discharge_letter", patient_id="12"),
        ),
        (
            {
                "question": "What is asthma?",
                "answer": "A disease of the airways.",
                "qtype": "information",
                "focus": "Asthma",
            },
            QA(
                id="a.jsonl:1",
                lang="en",
                question="What is asthma?",
                answer="A disease of the airways.",
                category="information",
                topic="Asthma",
            ),
        ),
        (
            {"frage": "Was ist Asthma?", "antwort": "Eine Krankheit der Atemwege.", "thema": "Asthma", "lang": "de-DE"},
            QA(
                id="a.jsonl:1",
                lang="de",
                question="Was ist Asthma?",
                answer="Eine Krankheit der Atemwege.",
                topic="Asthma",
            ),
        ),
        (
            {
                "name": "Aspirin",
                "generic_name": "acetylsalicylic acid",
                "drug_class": "salicylates; antiplatelets",
                "contraindications": [{"condition": "active_bleeding", "severity": "high"}],
                "dosage": "100 mg once a day",
            },
            Medication(
                id="a.jsonl:1",
                lang="en",
                name="Aspirin",
                generic_name="acetylsalicylic acid",
                drug_class=("salicylates", "antiplatelets"),
                contraindications=("active bleeding",),
                dosage="100 mg once a day",
            ),
        ),
    ],
)
def test_keys_of_many_names_make_the_record(tmp_path: Path, row: object, expected: Record) -> None:
    records, rejects = read(write(tmp_path / "a.jsonl", row))
    assert records == [expected]
    assert rejects == []


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (["a", "list"], "not_an_object"),
        ("words", "not_an_object"),
        (None, "not_an_object"),
        ({}, "missing_text"),
        ({"title": EN}, "missing_text"),
        ({"question": "Why?"}, "missing_answer"),
        ({"answer": "So."}, "missing_question"),
        ({"text": ""}, "empty_text"),
        ({"text": " \n"}, "empty_text"),
        ({"text": None}, "empty_text"),
        ({"text": ["a"]}, "not_text"),
        ({"question": "Is it?", "answer": 3}, "not_text"),
        ({"kind": "medication", "dosage": "daily"}, "missing_name"),
        ({"text": "El paciente ingresó por dolor torácico y fue dado de alta."}, "language"),
        ({"text": EN, "lang": "fr"}, "language"),
        ({"text": "12345"}, "language"),
    ],
)
def test_a_broken_record_is_rejected_with_its_line_and_a_code(tmp_path: Path, row: object, reason: str) -> None:
    records, rejects = read(write(tmp_path / "a.jsonl", {"text": EN}, row, {"text": DE}))
    assert [record.lang for record in records] == ["en", "de"]
    assert rejects == [("a.jsonl", 2, reason)]


def test_a_language_given_from_outside_counts_where_the_record_names_none(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", {"text": "RR 120/80"}, {"text": "RR 120/80", "lang": "en"})
    assert [record.lang for record in read(path, lang="de")[0]] == ["de", "en"]


def test_the_name_of_a_file_can_say_the_language(tmp_path: Path) -> None:
    for name, langs in {"notes.de.jsonl": ["de", "en"], "de.jsonl": ["en"], "notes.fr.jsonl": ["en"]}.items():
        path = write(tmp_path / name, {"text": "120/80"}, {"text": EN, "lang": "en"})
        assert [record.lang for record in read(path)[0]] == langs


def test_one_bad_line_in_ten_thousand_costs_one_record(tmp_path: Path) -> None:
    lines = [json.dumps({"text": EN})] * 10_000
    lines[4_711] = '{"text": "cut off'
    path = tmp_path / "many.jsonl"
    path.write_text("\n".join(lines))
    records, rejects = read(path)
    assert len(records) == 9_999
    assert rejects == [("many.jsonl", 4_712, "json")]


@pytest.mark.parametrize(
    ("name", "content", "rejects"),
    [
        ("empty.jsonl", b"", [(0, "empty_file")]),
        ("empty.csv", b"", [(0, "empty_file")]),
        ("empty.json", b"", [(0, "empty_file")]),
        ("empty.txt", b"", [(0, "empty_file")]),
        ("empty.parquet", b"", [(0, "empty_file")]),
        ("blank.jsonl", b"\n\n", []),
        ("binary.jsonl", b"\x89PNG\x00\x01\x02", [(1, "binary")]),
        ("binary.txt", b"\x00\x01", [(1, "binary")]),
        ("broken.parquet", b"PAR1 no", [(1, "parquet")]),
        ("broken.jsonl.gz", b"no gzip", [(0, "broken_gzip")]),
        ("cut.jsonl.gz", gzip.compress(b'{"text": "x"}\n' * 9, mtime=0)[:-9], [(0, "broken_gzip")]),
        ("latin.csv", "text\nDie Übelkeit ist besser.\n".encode("cp1252"), [(2, "encoding")]),
        ("latin.txt", "Heute\n\nkeine Übelkeit.".encode("cp1252"), [(3, "encoding")]),
        ("latin.json", '[\n{"text": "Übelkeit"}]'.encode("cp1252"), [(2, "encoding")]),
        ("broken.json", b'[{"text": "a"},\n{"text": }]', [(2, "json")]),
        ("number.json", b"3", [(1, "not_an_object")]),
        ("columns.csv", b"name,age\nx,3\n", [(1, "missing_columns")]),
        ("quote.csv", b'text\n"never closed\n', [(2, "csv")]),
        ("deep.jsonl", b"[" * 100_000, [(1, "json")]),
    ],
)
def test_a_broken_file_is_rejected_and_the_others_go_on(
    tmp_path: Path, name: str, content: bytes, rejects: list[tuple[int, str]]
) -> None:
    (tmp_path / name).write_bytes(content)
    write(tmp_path / "zz.jsonl", {"text": EN})
    records, found = read(tmp_path)
    assert len(records) == 1
    assert found == [(name, *reject) for reject in rejects]


def test_lines_in_another_encoding_are_read_when_it_is_named(tmp_path: Path) -> None:
    path = tmp_path / "old.jsonl"
    path.write_bytes(f'{{"text": "{DE} Keine Übelkeit."}}\n'.encode("cp1252"))
    assert read(path)[1] == [("old.jsonl", 1, "encoding")]
    assert read(path, encoding="cp1252")[0][0].text.endswith("Übelkeit.")  # type: ignore[attr-defined]
    with pytest.raises(RecordError, match="no encoding 'klingon'"):
        read(path, encoding="klingon")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
@pytest.mark.parametrize("name", ["a.jsonl", "a.json", "a.csv", "a.txt"])
def test_a_byte_order_mark_says_the_encoding(tmp_path: Path, name: str, encoding: str) -> None:
    text = {"a.csv": f"text\n{DE}\n", "a.txt": DE}.get(name, json.dumps({"text": DE}, ensure_ascii=False))
    (tmp_path / name).write_bytes(text.encode(encoding))
    records, rejects = read(tmp_path / name)
    assert rejects == []
    assert [record.text.strip() for record in records] == [DE]  # type: ignore[attr-defined]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_csv_is_read_with_its_delimiter_and_line_breaks_in_cells(tmp_path: Path, delimiter: str) -> None:
    rows = [["id", "text"], ["1", f'"{EN}\nNo fever, no cough."'], ["2"], ["3", f'"{DE}"']]
    (tmp_path / "a.csv").write_text("\r\n".join(delimiter.join(row) for row in rows), newline="")
    records, rejects = read(tmp_path / "a.csv")
    assert [record.id for record in records] == ["1", "3"]
    assert rejects == [("a.csv", 4, "columns")]


def test_json_is_an_array_or_one_record_or_an_object_around_an_array(tmp_path: Path) -> None:
    for content in ([{"text": EN}, {"text": DE}], {"data": [{"text": EN}, {"text": DE}]}):
        (tmp_path / "a.json").write_text(json.dumps(content))
        assert len(read(tmp_path / "a.json")[0]) == 2
    (tmp_path / "a.json").write_text(json.dumps({"text": EN}))
    assert len(read(tmp_path / "a.json")[0]) == 1


def test_parquet_and_gzip_are_read(tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    parquet.write_table(pyarrow.table({"text": [EN, None, DE], "id": [1, 2, 3]}), tmp_path / "a.parquet")
    (tmp_path / "b.jsonl.gz").write_bytes(gzip.compress(json.dumps({"text": EN}).encode()))
    records, rejects = read(tmp_path)
    assert [record.id for record in records] == ["1", "3", "b.jsonl.gz:1"]
    assert rejects == [("a.parquet", 2, "missing_text")]
    parquet.write_table(pyarrow.table({"age": [1]}), tmp_path / "c.parquet")
    assert read(tmp_path)[1][1:] == [("c.parquet", 1, "missing_columns")]


def test_parquet_without_pyarrow_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    (tmp_path / "a.parquet").write_bytes(b"PAR1")
    with pytest.raises(RecordError, match=r"medlfm\[parquet\]"):
        read(tmp_path / "a.parquet")


def test_a_mixed_folder_is_read_in_a_fixed_order_without_hidden_and_foreign_files(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "b.txt").write_text(EN)
    (tmp_path / "sub" / "a.txt").write_text(DE)
    (tmp_path / "a.csv").write_text(f"text\n{EN}\n")
    (tmp_path / "README.md").write_text("no record")
    (tmp_path / ".hidden.txt").write_text(EN)
    records, rejects = read(tmp_path, tmp_path / "b.txt")
    assert [record.id for record in records] == ["a.csv:2", "b.txt:1", "a.txt:1"]
    assert rejects == []


def test_a_note_of_a_megabyte_is_one_record(tmp_path: Path) -> None:
    text = f"{EN} " * 14_000
    assert len(text) > 1_000_000
    for path in (write(tmp_path / "a.jsonl", {"text": text}), tmp_path / "a.csv"):
        if path.suffix == ".csv":
            path.write_text(f'text\n"{text}"\n')
        assert [record.text for record in read(path)[0]] == [text]  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", ["nothing", "folder", "picture.png"])
def test_what_is_not_there_or_not_ours_is_one_clear_error(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "picture.png").write_bytes(b"x")
    with pytest.raises(RecordError, match=name):
        read(tmp_path / name)


def test_without_a_handler_the_first_broken_record_stops_with_file_and_line_but_no_text(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", {"text": EN}, {"text": "Señora Secreta no tiene fiebre."})
    with pytest.raises(RecordError, match=r"a\.jsonl, line 2: language") as caught:
        list(read_records([path]))
    assert "Secreta" not in str(caught.value)


def test_documents_are_notes_with_what_is_known_of_the_patient(tmp_path: Path) -> None:
    (tmp_path / "a.hl7").write_bytes((HL7 + HL7).encode())
    (tmp_path / "b.json").write_bytes(fhir())
    (tmp_path / "c.xml").write_text(CDA, encoding="utf-8")
    (tmp_path / "d.docx").write_bytes(docx())
    (tmp_path / "e.ndjson").write_text(json.dumps(FHIR) + "\n", encoding="utf-8")
    (tmp_path / "f.xml").write_text("<other/>", encoding="utf-8")
    records, rejects = read(tmp_path)
    assert rejects == [("f.xml", 1, "xml_kind")]
    notes = [record for record in records if isinstance(record, Note)]
    assert len(notes) == len(records)
    assert {note.lang for note in notes} == {"de"}
    assert sum("mit Husten" in note.text for note in notes) == 4
    assert [note.patient_id for note in notes[:2]] == ["00012345", "00012345"]
    for note in notes[:3]:
        assert "Zauner" in dict(note.known)["NAME"]
    assert "known" not in repr(notes[0])


def test_columns_that_identify_a_patient_are_known_and_no_part_of_the_note(tmp_path: Path) -> None:
    row = {"text": DE, "patient_name": "Rosa Zauner", "dob": "1951-02-04", "Fallnummer": 4711, "age": 73}
    records, _ = read(write(tmp_path / "a.jsonl", row))
    note = records[0]
    assert isinstance(note, Note)
    assert dict(note.known) == {"NAME": ("Rosa Zauner",), "DATE": ("1951-02-04",), "MRN": ("4711",)}
