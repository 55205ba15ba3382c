from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import pytest

from medlfm.records.documents import Change, Document, open_document
from medlfm.records.documents.items import Item, open_item
from medlfm.records.documents.piece import is_telling, is_timestamp, spoken, spread
from medlfm.records.documents.rows import column_meaning
from medlfm.records.fields import BadRecordError
from tests.records.documents.samples import CDA, DOCX_PARTS, FHIR, HL7, docx, fhir


def unchanged(document: Document) -> list[Change]:
    return [Change(piece.text) for piece in document.pieces]


def labels(document: Document) -> dict[str, tuple[str, str]]:
    return {piece.text: (piece.label, piece.part) for piece in document.pieces}


def test_an_unchanged_hl7_message_is_written_as_it_was() -> None:
    document = open_document(HL7.encode(), "hl7")
    assert document.build(unchanged(document)).decode() == HL7
    assert document.lang == "de"
    assert {piece.patient for piece in document.pieces} == {"00012345"}


def test_hl7_fields_have_the_meaning_of_their_places() -> None:
    found = labels(open_document(HL7.encode(), "hl7"))
    assert found["Zauner"] == ("NAME", "family")
    assert found["Rosa"] == ("NAME", "given")
    assert found["00012345"] == ("MRN", "")
    assert found["19510204"] == ("DATE", "timestamp")
    assert found["Lindenstr. 5"] == ("ADDRESS", "street")
    assert found["90762"] == ("ADDRESS", "zip")
    assert found["0911/123456"] == ("PHONE", "")
    assert found["Klinikum Elm"] == ("ORGANIZATION", "")
    assert found["0815"] == ("ID", "")
    assert found["MSG0001"] == ("ID", "code")
    assert "11502-2" not in found  # a code of LOINC
    assert found["Rosa Zauner"] == ("", "")  # a segment that nobody knows is searched


def test_the_lines_of_an_hl7_report_are_one_text() -> None:
    report = next(piece.text for piece in open_document(HL7.encode(), "hl7").pieces if piece.path == "OBX-5")
    assert report.endswith("mit Husten vor.\nRosa hat die Nummer 12345\nund raucht nicht & trinkt nicht.")


def test_an_unchanged_fhir_bundle_keeps_all_that_can_be_searched() -> None:
    document = open_document(fhir(), "fhir")
    built = json.loads(document.build(unchanged(document)))
    patient, reference, condition = (entry["resource"] for entry in built["entry"])
    assert "photo" not in patient
    assert patient["text"] == FHIR["entry"][0]["resource"]["text"]
    assert (
        reference["content"][0]["attachment"]["data"]
        == FHIR["entry"][1]["resource"]["content"][0]["attachment"]["data"]
    )
    assert "hash" not in reference["content"][0]["attachment"]
    assert "data" not in reference["content"][1]["attachment"]
    assert condition["onsetAge"] == {"value": 90, "unit": "a", "code": "a", "comparator": ">="}
    assert condition["code"] == FHIR["entry"][2]["resource"]["code"]
    assert document.removed == {"photo": 1, "file": 1}
    assert {piece.patient for piece in document.pieces} == {"pat-1"}


def test_cda_elements_have_the_meaning_of_their_places() -> None:
    document = open_document(CDA.encode(), "cda")
    found = labels(document)
    assert document.lang == "de"
    assert found["0012345"] == ("MRN", "")
    assert found["Zauner"] == ("NAME", "family")
    assert found["Klinikum Elm"] == ("ORGANIZATION", "")
    assert found["0911123456"] == ("PHONE", "")
    assert found["20240503101500+0200"] == ("DATE", "timestamp")
    assert found["90762"] == ("ADDRESS", "zip")
    assert "11490-0" not in found
    assert any("Frau Zauner kam am 3.5.2024" in text and "Hausarzt\tDr. Lenz" in text for text in found)
    built = document.build(unchanged(document)).decode()
    assert "<!--" not in built
    assert "xml-stylesheet" in built
    assert '<content styleCode="Bold">Zau</content>ner' in built


def test_a_word_document_is_one_text_a_part_and_keeps_its_runs() -> None:
    document = open_document(docx(), "docx")
    found = labels(document)
    assert any("Frau Rosa Zauner kam am" in text and "Hausarzt:\tDr. Lenz" in text for text in found)
    assert found["Karl Lenz"] == ("NAME", "")
    assert found["lenz.k"] == ("NAME", "")
    assert document.removed == {"picture": 1, "embedded": 1}
    with zipfile.ZipFile(io.BytesIO(document.build(unchanged(document)))) as archive:
        assert set(archive.namelist()) == set(DOCX_PARTS)
        assert b"<w:rPr><w:b/></w:rPr><w:t>Zau</w:t>" in archive.read("word/document.xml")
        assert b"zauner.example" not in archive.read("word/_rels/document.xml.rels")
        assert archive.read("word/media/image1.png").startswith(b"\x89PNG")
        assert archive.read("word/embeddings/oleObject1.bin") == b""


def _pdf(text: str) -> bytes:
    """A page with one line of text, or a picture alone where there is none."""
    stream = f"BT /F1 12 Tf 72 720 Td ({text}) Tj ET".encode("latin-1") if text else b"/X1 Do"
    resource = b"/Font << /F1 5 0 R >>" if text else b"/XObject << /X1 5 0 R >>"
    thing = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R /Resources << " + resource + b" >> >>",
        b"<< /Length %d >>\nstream\n%b\nendstream" % (len(stream), stream),
        thing,
    ]
    body, places = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, start=1):
        places.append(len(body))
        body += b"%d 0 obj\n%b\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    start = len(body)
    return (
        body
        + b"xref\n0 6\n0000000000 65535 f \n"
        + table
        + b"trailer << /Size 6 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF" % start
    )


def test_the_text_of_a_pdf_is_read() -> None:
    assert open_document(_pdf("Frau Zauner kam am 3.5.2024."), "pdf").pieces[0].text == "Frau Zauner kam am 3.5.2024."


@pytest.mark.parametrize(
    ("data", "kind", "reason"),
    [
        (b"PID|1", "hl7", "hl7"),
        (b"MSH|^~\\&|\xff", "hl7", "encoding"),
        (b"{", "fhir", "json"),
        (b'{"a": 1}', "fhir", "fhir"),
        (b"<ClinicalDocument>", "cda", "xml"),
        (b"<Patient xmlns='http://hl7.org/fhir'/>", "cda", "xml_kind"),
        (b'<!DOCTYPE x [<!ENTITY a "aaaa">]><ClinicalDocument>&a;</ClinicalDocument>', "cda", "xml_dtd"),
        (b"PK", "docx", "docx"),
        (b"%PDF-1.4 nothing", "pdf", "pdf"),
        (_pdf(""), "pdf", "pdf_without_text"),
        (b"\xff", "text", "encoding"),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_code(data: bytes, kind: str, reason: str) -> None:
    with pytest.raises(BadRecordError) as caught:
        open_document(data, kind)
    assert caught.value.reason == reason


@pytest.mark.parametrize(
    ("edits", "expected"),
    [
        ([], ["Frau ", "Zau", "ner", " kam"]),
        ([(5, 11, "[NAME]")], ["Frau ", "[NAME]", "", " kam"]),
        ([(0, 4, "X"), (5, 11, "Y")], ["X ", "Y", "", " kam"]),
        ([(8, 13, "Z")], ["Frau ", "Zau", "Z", "am"]),
        ([(0, 15, "")], ["", "", "", ""]),
    ],
)
def test_an_edit_over_several_runs_stands_in_the_first(edits: list[tuple[int, int, str]], expected: list[str]) -> None:
    assert spread(["Frau ", "Zau", "ner", " kam"], edits) == expected


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("patientName", "NAME"),
        ("Date of Birth", "DATE"),
        ("GEBURTSDATUM", "DATE"),
        ("Straße", "ADDRESS"),
        ("zip-code", "ADDRESS"),
        ("Versicherten-Nr", "HEALTH_PLAN"),
        ("MRN", "MRN"),
        ("note", ""),
        ("specialty", ""),
        ("diagnosis", ""),
        ("Befund", ""),
        ("id", ""),
        ("subject", ""),
        ("name", ""),  # of a patient, a drug, a test: it is searched
    ],
)
def test_columns_are_known_by_their_names(name: str, label: str) -> None:
    assert column_meaning(name)[0] == label


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-05-03", True),
        ("2024-05", True),
        ("2024-05-03T10:15:00.5+02:00", True),
        ("20240503", True),
        ("20240503101500+0200", True),
        ("2024", False),
        ("20241503", False),
        ("3.5.2024", False),
        ("12345678", False),
        ("202405031", False),
    ],
)
def test_timestamps_are_those_of_the_formats(text: str, expected: bool) -> None:
    assert is_timestamp(text) is expected


@pytest.mark.parametrize(
    ("text", "expected"), [("Anna", True), ("3.5.", True), ("a@b", True), ("TX", False), ("13", False)]
)
def test_what_is_too_short_is_not_searched(text: str, expected: bool) -> None:
    assert is_telling(text) is expected


@pytest.mark.parametrize(
    ("code", "lang"), [("de-AT", "de"), ("DEU", "de"), ("en_US", "en"), ("fr", ""), ("", ""), ("den", "")]
)
def test_language_codes_are_understood(code: str, lang: str) -> None:
    assert spoken(code) == lang


@pytest.mark.parametrize(
    "resource",
    [
        {"resourceType": "Patient", "name": "Rosa", "telecom": [{"system": ["phone"], "value": 1}], "address": None},
        {"resourceType": "Patient", "identifier": [{"type": [], "value": {"a": 1}}], "birthDate": 1951},
        {"resourceType": "Bundle", "entry": None},
        {"resourceType": "Bundle", "entry": [None, {"resource": 3}, {"fullUrl": []}]},
        {"resourceType": "Basic", "subject": {"reference": 5}, "extension": [{"url": "http://[bad", "valueString": 1}]},
    ],
)
def test_a_resource_of_an_odd_shape_is_read_all_the_same(resource: dict[str, Any]) -> None:
    document = open_document(json.dumps(resource).encode(), "fhir")
    assert json.loads(document.build(unchanged(document)))["resourceType"] == resource["resourceType"]


@pytest.mark.parametrize(("code", "searched"), [("44054006", False), ("mm[Hg]", False), ("Rosa Zauner", True)])
def test_a_code_holds_no_blank_or_it_is_searched(code: str, searched: bool) -> None:
    resource = {"resourceType": "Basic", "code": {"coding": [{"system": "http://loinc.org", "code": code}]}}
    document = open_document(json.dumps(resource).encode(), "fhir")
    assert any(piece.text == code for piece in document.pieces) is searched


@pytest.mark.parametrize(
    ("row", "label"),
    [
        ({"Name": "Keller", "Vorname": "Anna"}, "NAME"),
        ({"name": "Keller", "dob": "1950-03-12"}, "NAME"),
        ({"NAME": "Keller", "PLZ": "80331"}, "NAME"),
        ({"physician": {"name": "Keller"}}, "NAME"),
        ({"patient": {"name": "Keller", "birthDate": "1950-03-12"}}, "NAME"),
        ({"name": "Keller", "patient_id": 4}, ""),  # of a drug, a test
        ({"name": "Keller", "dose": "5 mg"}, ""),
    ],
)
def test_a_bare_name_is_a_persons_beside_what_only_people_have(row: dict[str, Any], label: str) -> None:
    found = labels(open_item(Item(1, json.dumps(row)), "jsonl"))
    assert found.get("Keller", ("", ""))[0] == label
