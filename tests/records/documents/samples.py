"""One document of each format about the same invented patient."""

from __future__ import annotations

import base64
import io
import json
import zipfile
from typing import Any

HL7 = (
    "MSH|^~\\&|KIS|Klinikum Elm|LAB|Praxis Ost|20240503101500||ORU^R01|MSG0001|P|2.5|||||DEU\r"
    "PID|1||00012345^^^KIS^MR||Zauner^Rosa^Maria||19510204|F|||Lindenstr. 5^^Fürth^^90762^DE||0911/123456^PRN^PH\r"
    "NK1|1|Zauner^Emil|SPO||0911/998877\r"
    "PV1|1|I|3B^12^1^Klinikum Elm||||0815^Lenz^Karl\r"
    "OBR|1||A77-4711|11502-2^Laborbefund^LN|||20240503\r"
    "OBX|1|TX|11502-2^Befund^LN||Frau Zauner stellte sich am 03.05.2024 mit Husten vor.\r"
    "OBX|2|TX|11502-2^Befund^LN||Rosa hat die Nummer 12345\\.br\\und raucht nicht \\T\\ trinkt nicht.\r"
    "OBX|3|NM|718-7^Hb^LN||13.5|g/dl\r"
    "ZPI|1|Rosa Zauner|frei\r"
)

FHIR: dict[str, Any] = {
    "resourceType": "Bundle",
    "type": "collection",
    "language": "de",
    "entry": [
        {
            "fullUrl": "urn:uuid:11111111-2222-3333-4444-555555555555",
            "resource": {
                "resourceType": "Patient",
                "id": "pat-1",
                "meta": {"lastUpdated": "2024-05-03T10:15:00Z"},
                "identifier": [{"system": "http://klinik-elm.example/mrn", "value": "00012345"}],
                "name": [{"use": "official", "family": "Zauner", "given": ["Rosa"], "prefix": ["Dr."]}],
                "telecom": [{"system": "phone", "value": "0911 123456"}],
                "gender": "female",
                "birthDate": "1951-02-04",
                "address": [{"line": ["Lindenstr. 5"], "city": "Fürth", "postalCode": "90762", "country": "DE"}],
                "photo": [{"contentType": "image/png", "data": "AAAA"}],
                "text": {"status": "generated", "div": "<div><p>Rosa <b>Zau</b>ner, geb. 04.02.1951</p></div>"},
            },
        },
        {
            "resource": {
                "resourceType": "DocumentReference",
                "id": "doc-1",
                "status": "current",
                "subject": {"reference": "urn:uuid:11111111-2222-3333-4444-555555555555", "display": "Rosa Zauner"},
                "content": [
                    {
                        "attachment": {
                            "contentType": "text/plain; charset=utf-8",
                            "data": base64.b64encode(b"Zauner hustet seit dem 3.5.2024.").decode(),
                            "hash": "AAAA",
                        }
                    },
                    {"attachment": {"contentType": "application/dicom", "data": "AAAA", "title": "Bild"}},
                ],
            }
        },
        {
            "resource": {
                "resourceType": "Condition",
                "id": "c-1",
                "code": {"coding": [{"system": "http://snomed.info/sct", "code": "44054006", "display": "Asthma"}]},
                "subject": {"reference": "Patient/pat-1"},
                "onsetAge": {"value": 93, "unit": "a", "code": "a"},
                "recorder": {"reference": "Practitioner/x1", "display": "Karl Lenz"},
                "note": [{"text": "Mit Rosa besprochen, sie kommt wieder."}],
            }
        },
    ],
}

CDA = """<?xml version="1.0" encoding="UTF-8"?>
<?xml-stylesheet type="text/xsl" href="cda.xsl"?>
<!-- for Rosa Zauner -->
<ClinicalDocument xmlns="urn:hl7-org:v3" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
<templateId root="1.2.276.0.76.10.1"/><id root="1.2.3" extension="DOC-4711"/>
<code code="11490-0" codeSystem="2.16.840.1.113883.6.1"/><title>Arztbrief</title>
<effectiveTime value="20240503101500+0200"/><languageCode code="de-DE"/>
<recordTarget><patientRole><id root="1.2.3.4" extension="0012345"/>
<addr><streetAddressLine>Lindenstr. 5</streetAddressLine><city>Fürth</city><postalCode>90762</postalCode></addr>
<telecom value="tel:0911123456"/>
<patient><name><prefix>Dr.</prefix><given>Rosa</given><family>Zauner</family></name>
<birthTime value="19510204"/></patient></patientRole></recordTarget>
<custodian><assignedCustodian><representedCustodianOrganization><name>Klinikum Elm</name>
</representedCustodianOrganization></assignedCustodian></custodian>
<component><structuredBody><component><section><title>Anamnese</title><text>
<paragraph>Frau <content styleCode="Bold">Zau</content>ner kam am 3.5.2024 mit Husten.</paragraph>
<table><tbody><tr><td>Hausarzt</td><td>Dr. Lenz</td></tr></tbody></table></text>
<entry><observation classCode="OBS" moodCode="EVN"><code code="8310-5"/>
<value xsi:type="ST">Rosa hat kein Fieber</value></observation></entry>
</section></component></structuredBody></component></ClinicalDocument>
"""

_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_DC = 'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/"'
DOCX_PARTS = {
    "[Content_Types].xml": "<Types xmlns='http://schemas.openxmlformats.org/package/2006/content-types'/>",
    "word/document.xml": f"<w:document {_W}><w:body><w:p><w:r><w:t xml:space='preserve'>Frau Rosa </w:t></w:r>"
    "<w:r><w:rPr><w:b/></w:rPr><w:t>Zau</w:t></w:r><w:r><w:t xml:space='preserve'>ner kam am 3. Mai 2024 mit "
    "Husten und wurde entlassen.</w:t></w:r></w:p><w:tbl><w:tr><w:tc><w:p><w:r><w:t>Hausarzt:</w:t></w:r></w:p></w:tc>"
    "<w:tc><w:p><w:r><w:t>Dr. Lenz</w:t></w:r></w:p></w:tc></w:tr></w:tbl>"
    "<w:p><w:ins w:id='1' w:author='Karl Lenz' w:date='2024-05-03T10:00:00Z'><w:r><w:t>Rezept</w:t></w:r></w:ins>"
    "</w:p>"
    "</w:body></w:document>",
    "word/header1.xml": f"<w:hdr {_W}><w:p><w:r><w:t>Patientin: Zauner, Rosa, geb. 04.02.1951</w:t>"
    "</w:r></w:p></w:hdr>",
    "word/comments.xml": f"<w:comments {_W}><w:comment w:id='0' w:author='Karl Lenz' w:initials='KL'><w:p><w:r>"
    "<w:t>Frau Zauner anrufen: 0911/123456</w:t></w:r></w:p></w:comment></w:comments>",
    "word/_rels/document.xml.rels": "<Relationships xmlns='x'>"
    "<Relationship Id='r1' Type='hyperlink' Target='mailto:rosa@zauner.example'"
    " TargetMode='External'/></Relationships>",
    "docProps/core.xml": f"<cp:coreProperties xmlns:cp='c' {_DC}><dc:creator>lenz.k</dc:creator>"
    "<dcterms:created>2024-05-03T10:00:00Z</dcterms:created></cp:coreProperties>",
    "word/media/image1.png": "a scan of the letter to Rosa Zauner",
    "word/embeddings/oleObject1.bin": "Rosa Zauner",
}
SECRETS = ("Zauner", "Zau<", "Rosa", "Lenz", "12345", "Lindenstr", "Fürth", "123456", "Elm", "0204", "04.02", "3.5.")


def fhir() -> bytes:
    return json.dumps(FHIR, ensure_ascii=False).encode()


def docx(parts: dict[str, str] | None = None) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, text in (parts or DOCX_PARTS).items():
            archive.writestr(name, text)
    return buffer.getvalue()
