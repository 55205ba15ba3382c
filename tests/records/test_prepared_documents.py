"""Documents through the whole of `prepare`: their notes come out, and nothing of the patient does."""

from __future__ import annotations

import json
from pathlib import Path

from medlfm.prepare import prepare
from medlfm.records import load_prepared
from medlfm.records.prepared import SPLITS
from tests.records.documents.samples import CDA, HL7, SECRETS, docx, fhir


def test_documents_become_rows_without_anything_of_their_patients(tmp_path: Path) -> None:
    source = tmp_path / "in"
    source.mkdir()
    (source / "a.hl7").write_bytes(HL7.encode())
    (source / "b.json").write_bytes(fhir())
    (source / "c.xml").write_text(CDA, encoding="utf-8")
    (source / "d.docx").write_bytes(docx())
    row = {"text": "Heute Visite, Brzezinski ist stabil und hustet nicht.", "nachname": "Brzezinski", "lang": "de"}
    (source / "e.jsonl").write_text(json.dumps(row) + "\n", encoding="utf-8")
    run = prepare(source, tmp_path / "run", route=False)
    assert run.manifest["counts"]["rejected"] == 0
    written = "".join(path.read_text(encoding="utf-8") for path in run.folder.iterdir() if path.is_file())
    texts = [each["text"] for split in SPLITS for each in load_prepared(run.folder).rows(split)]
    assert any("mit Husten" in text for text in texts)
    assert not [secret for secret in (*SECRETS, "Brzezinski") if secret in "".join(texts)]
    # hashes may hold any digits
    assert not [name for name in ("Zauner", "Rosa", "Lenz", "Lindenstr", "Fürth", "Brzezinski") if name in written]
