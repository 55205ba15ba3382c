from __future__ import annotations

import base64
import io
import json
import re
import zipfile
from datetime import date

import pytest

from medlfm.deid import POLICIES, Policy, load_policy
from medlfm.deid.documents import DoneDocument, Worker
from medlfm.deid.finding import find_all
from medlfm.records.documents import Codes, nested_opener, open_document
from medlfm.records.documents.rows import open_row
from tests.records.documents.samples import CDA, DOCX_PARTS, HL7, SECRETS, docx, fhir

KEY = b"correct horse battery staple"
SAMPLES = {"hl7": HL7.encode(), "fhir": fhir(), "cda": CDA.encode(), "docx": docx()}


def done(kind: str, policy: str = "safe_harbor", data: bytes = b"") -> DoneDocument:
    worker = Worker(load_policy(policy), Codes(b"0" * 32), key=KEY, model=False)
    return next(worker.run([open_document(data or SAMPLES[kind], kind)]))


def done_row(row: dict[str, str]) -> DoneDocument:
    worker = Worker(load_policy("safe_harbor"), Codes(b"0" * 32), key=KEY, model=False)
    return next(worker.run([open_row(row, nested_opener)]))


def plain(kind: str, built: bytes) -> str:
    """All that the document says, attachments and parts too."""
    if kind == "docx":
        with zipfile.ZipFile(io.BytesIO(built)) as archive:
            return "\n".join(archive.read(name).decode("utf-8", "replace") for name in archive.namelist())
    text = built.decode()
    parts = re.findall(r'"data": "([^"]+)"', text)
    return "\n".join([text, *(base64.b64decode(part).decode() for part in parts)])


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("kind", SAMPLES)
def test_no_policy_leaves_anything_of_the_patient_in_any_format(kind: str, policy: str) -> None:
    kept = {"Fürth", "0204", "04.02", "3.5."} if policy == "limited_dataset" else set()
    text = plain(kind, done(kind, policy).built)
    assert not [secret for secret in SECRETS if secret in text and secret not in kept]


def test_hl7_keeps_its_structure_and_its_clinical_values() -> None:
    built = done("hl7").built.decode()
    lines = built.rstrip("\r").split("\r")
    assert [line[:3] for line in lines] == ["MSH", "PID", "NK1", "PV1", "OBR", "OBX", "OBX", "OBX", "ZPI"]
    assert [line.count("|") for line in lines] == [line.count("|") for line in HL7.rstrip("\r").split("\r")]
    assert "OBX|3|NM|718-7^Hb^LN||13.5|g/dl" in built
    assert "|1951|F|" in built
    assert "Frau [NAME] stellte sich am 2024 mit Husten vor." in built
    assert "\\.br\\und raucht nicht \\T\\ trinkt nicht." in built


def test_fhir_references_still_lead_to_the_same_resource() -> None:
    entries = json.loads(done("fhir").built)["entry"]
    patient, reference, condition = (entry["resource"] for entry in entries)
    assert reference["subject"]["reference"] == entries[0]["fullUrl"]
    assert re.fullmatch(r"urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", entries[0]["fullUrl"])
    assert condition["subject"]["reference"] == f"Patient/{patient['id']}"
    assert patient["birthDate"] == "1951"
    assert "lastUpdated" not in patient.get("meta", {})
    assert condition["recorder"]["display"] == "[NAME]"
    assert condition["note"][0]["text"] == "Mit [NAME] besprochen, sie kommt wieder."
    assert patient["text"]["div"] == "<div><p>[NAME]<b></b>, geb. 1951</p></div>"


def test_the_birth_date_of_an_old_patient_leaves_no_year() -> None:
    old = fhir().replace(b"1951-02-04", str(date.today().year - 95).encode() + b"-02-04").replace(b"04.02.1951", b"x")
    assert "birthDate" not in json.loads(done("fhir", data=old).built)["entry"][0]["resource"]
    assert (
        '<birthTime nullFlavor="MSK"/>'
        in done("cda", data=CDA.encode().replace(b'"19510204"', b'"19210204"')).built.decode()
    )


def test_codes_are_the_same_in_a_run_and_others_in_the_next() -> None:
    document = open_document(SAMPLES["fhir"], "fhir")
    one, two = (
        next(Worker(load_policy("safe_harbor"), Codes(secret), model=False).run([document])).built
        for secret in (b"1", b"2")
    )
    assert json.loads(one)["entry"][0]["resource"]["id"] != json.loads(two)["entry"][0]["resource"]["id"]


def test_surrogates_in_fields_are_those_in_the_text_and_intervals_stay() -> None:
    fields = done("hl7", "research_surrogate").built.decode().split("\r")[1].split("|")
    family, given = fields[5].split("^")[:2]
    built = done("hl7", "research_surrogate").built.decode()
    assert f"Frau {family} stellte sich" in built
    assert f"{given} hat die Nummer" in built
    born = date.fromisoformat(f"{fields[7][:4]}-{fields[7][4:6]}-{fields[7][6:]}")
    seen = re.search(r"am (\d\d)\.(\d\d)\.(\d{4})", built)
    assert seen
    moved = date(int(seen[3]), int(seen[2]), int(seen[1]))
    assert (moved - born).days == (date(2024, 5, 3) - date(1951, 2, 4)).days


def test_a_replacement_over_several_runs_keeps_the_formatting_of_the_first() -> None:
    with zipfile.ZipFile(io.BytesIO(done("docx").built)) as archive:
        body = archive.read("word/document.xml").decode()
    assert '<w:t xml:space="preserve">Frau [NAME]</w:t>' in body
    assert "<w:rPr><w:b/></w:rPr><w:t/>" in body or "<w:rPr><w:b/></w:rPr><w:t></w:t>" in body
    assert "kam am 2024 mit Husten" in body


def test_all_that_is_replaced_is_counted_with_its_place() -> None:
    texts = done("hl7").texts
    assert {"PID-5", "PID-7", "OBX-5", "ZPI-2"} <= {text.path for text in texts}
    for text in texts:
        for span in text.spans:
            assert text.text[span.start : span.end] != text.source[span.source_start : span.source_end]


def test_a_name_in_the_header_is_known_in_the_body_and_has_one_number() -> None:
    parts = {
        "word/document.xml": DOCX_PARTS["word/document.xml"].replace("Frau Rosa </w:t>", "Visite: Brzezinski </w:t>"),
        "word/header1.xml": DOCX_PARTS["word/header1.xml"].replace("Zauner, Rosa", "Brzezinski, Ina"),
    }
    policy = Policy(name="numbers", default="number")
    worker = Worker(policy, Codes(b"0"), lang="de", model=False)
    built = next(worker.run([open_document(docx(parts), "docx")])).built
    text = plain("docx", built)
    assert "Brzezinski" not in text
    numbers = re.findall(r"\[NAME-\d\]", text)
    assert len(set(numbers)) > 1


def test_a_document_of_nobody_has_the_same_surrogates_in_all_its_texts() -> None:
    document = open_document(docx(), "docx")
    worker = Worker(load_policy("research_surrogate"), Codes(b"0"), lang="de", key=KEY, model=False)
    text = plain("docx", next(worker.run([document])).built)
    surname = re.search(r"Patientin: (\w+), (\w+), geb", text)
    assert surname
    assert f"Frau {surname[2]} {surname[1]}" in re.sub(r"<[^>]+>", "", text)


def test_a_word_deleted_in_a_document_is_no_part_of_the_one_that_took_its_place() -> None:
    changed = (
        '<w:p><w:r><w:t xml:space="preserve">Herr </w:t></w:r><w:r><w:t>Anton Tannhäuser</w:t></w:r></w:p>'
        "<w:p><w:r><w:t>Besuch am</w:t></w:r><w:del><w:r><w:delText>3.5.2024</w:delText></w:r></w:del>"
        "<w:ins><w:r><w:t>4.6.2024</w:t></w:r></w:ins><w:r><w:t>, mit</w:t></w:r>"
        "<w:del><w:r><w:delText>Tannhäuser</w:delText></w:r></w:del></w:p>"
    )
    body = f'<w:document xmlns:w="w"><w:body>{changed}</w:body></w:document>'
    built = plain("docx", done("docx", data=docx({"word/document.xml": body})).built)
    assert not [secret for secret in ("Tannhäuser", "3.5.", "4.6.") if secret in built]


def test_an_extension_that_holds_a_name_is_one() -> None:
    url = "http://hl7.org/fhir/StructureDefinition/patient-mothersMaidenName"
    patient = {"resourceType": "Patient", "extension": [{"url": url, "valueString": "Schotter"}]}
    assert "Schotter" not in done("fhir", data=json.dumps(patient).encode()).built.decode()


@pytest.mark.parametrize("column", ["Pat_Name", "PatName", "Name_Patient", "Pat. Name", "ptName"])
def test_a_column_of_names_is_replaced_whole(column: str) -> None:
    assert done_row({column: "Ng, Li", "note": "Husten."}).built[column] == "[NAME]"


@pytest.mark.parametrize(
    ("value", "kept"), [("en-US", True), ("de", True), ("German; interpreter Mr. Pip Larkspur", False)]
)
def test_a_column_of_languages_goes_along_only_where_it_holds_a_code(value: str, kept: bool) -> None:
    assert (done_row({"language": value, "text": "Cough."}).built["language"] == value) is kept


def test_a_language_that_is_none_of_ours_is_searched_in_both() -> None:
    (found,) = find_all([("Mr. Pip Larkspur, geb. am 3.4.1951", "fr")], model=False)
    assert {match.label for match in found} == {"NAME", "DATE"}


def test_texts_without_a_find_are_shown_too() -> None:
    row = {"a": "Mr. Pip Larkspur came.", "b": "Nothing to be found in this one."}
    assert [text.source for text in done_row(row).texts] == [row["a"], row["b"]]


@pytest.mark.xfail(strict=True, reason="a name with an umlaut and an English 'was' make German of it")
def test_a_short_text_with_a_foreign_name_is_searched_in_its_language() -> None:
    note = next(Worker(load_policy("safe_harbor"), Codes(b"0" * 32), model=False).run([open_document(_SHORT, "text")]))
    assert "March" not in note.built.decode()


_SHORT = "Anna Müller was seen on March 3, 2024.".encode()
