"""Outside corpora: converting each from its upstream's layout, and fetching over a real server."""

from __future__ import annotations

import io
import json
import threading
import zipfile
from collections.abc import Callable, Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from medlfm.audit import AuditTrail
from medlfm.corpora import convert, find_corpus, pull
from medlfm.errors import RecordError
from medlfm.records import find_sources, read_card, read_records

MEDQUAD = """<?xml version="1.0" encoding="UTF-8"?>
<Document id="0000001" source="Invented" url="https://example.org/knee"><Focus>Blue knee</Focus>
<FocusAnnotations><Category>Disease</Category></FocusAnnotations>
<QAPairs>
<QAPair pid="1"><Question qid="0000001-1" qtype="symptoms">What are the symptoms of
 Blue knee ?</Question><Answer>A knee that is blue &amp; cold.
It does not hurt.</Answer></QAPair>
<QAPair pid="2"><Question qid="0000001-2" qtype="causes">What causes Blue knee ?</Question><Answer/></QAPair>
</QAPairs></Document>"""
MTSAMPLES = """,description,medical_specialty,sample_name,transcription,keywords
0,A knee., Radiology, Knee ,"FINDINGS: , The knee is blue.,IMPRESSION:,  Blue knee, left.,  No fracture.",knee
1,A letter., Letters, Letter ,,
"""
MTS = 'ID,section_header,section_text,dialogue\n0,FAM/SOCHX,"No blue knees, none.","Doctor: Hi.\nPatient: Hi."\n'
ACI = 'dataset,encounter_id,dialogue,note\naci,D2N900,"[doctor] hi , anna .","CHIEF COMPLAINT\n\nBlue knee."\n'
STUDY = {"QUESTION": "Does tea cool knees?", "CONTEXTS": ["We tried."], "LONG_ANSWER": "Tea may.", "YEAR": "2011"}
GERMEDIQ = (
    "ID;Question;Response;Questionnaire;Question Type;Participant ID\n7;Ist Ihr Knie blau?;Nein, nie.;knees;pq;3\n"
)
LABEL = {
    "set_id": "0000-11",
    "effective_time": "20240131",
    "openfda": {
        "brand_name": ["Kneecool"],
        "generic_name": ["COOLAMINE"],
        "pharm_class_epc": ["Knee Coolant [EPC]"],
    },
    "indications_and_usage": ["1 INDICATIONS AND USAGE Kneecool is indicated for blue knees; and elbows."],
    "contraindications": ["4 CONTRAINDICATIONS: Cold knees."],
    "dosage_and_administration": ["2 DOSAGE AND ADMINISTRATION 2.1 Adults One tablet a day."],
}
OTC = {"openfda": {"generic_name": ["Kneebalm"]}, "id": "22", "do_not_use": ["Do not use on a cold knee."]}
LABELS = json.dumps({"meta": {"results": {"total": 3}}, "results": [LABEL, OTC, {"openfda": {}}]}, indent=1)


def zipped(member: str, text: str, comment: str = "") -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr(member, text)
        archive.comment = comment.encode()
    return data.getvalue()


# corpus → its files in the upstream's layout
UPSTREAM: dict[str, dict[str, str | bytes]] = {
    "medquad": {"MedQuAD-577b/9_X_QA/0000001.xml": MEDQUAD, "MedQuAD-577b/readme.txt": "?"},
    "mtsamples": {"mtsamples.csv": MTSAMPLES},
    "mts-dialog": {
        "Main-Dataset/MTS-Dialog-TrainingSet.csv": MTS,
        "Main-Dataset/MTS-Dialog-ValidationSet.csv": MTS,
        "Main-Dataset/MTS-Dialog-TestSet-1-MEDIQA-Chat-2023.csv": MTS,
    },
    "aci-bench": {
        "data/challenge_data/train.csv": ACI,
        "data/challenge_data/train_metadata.csv": "dataset,encounter_id,id,cc\naci,D2N900,1,knee\n",
        "data/challenge_data/clinicalnlp_taskB_test1.csv": ACI,
    },
    "pubmedqa": {
        "data/ori_pqal.json": json.dumps({"100": STUDY, "200": STUDY}),
        "data/test_ground_truth.json": '{"200": "yes"}',
    },
    "germediq": {"CorpusFiles/GerMedIQ-Human.csv": GERMEDIQ, "CorpusFiles/GerMedIQ-LLM.csv": "other"},
    "openfda-labels": {"drug-label-0001-of-0001.json.zip": zipped("drug-label-0001-of-0001.json", LABELS)},
}
RECORDS: dict[str, list[dict[str, Any]]] = {
    "medquad": [
        {
            "kind": "qa",
            "id": "9/0000001/0000001-1",
            "lang": "en",
            "question": "What are the symptoms of Blue knee?",
            "answer": "A knee that is blue & cold.\nIt does not hurt.",
            "category": "symptoms",
            "source": "Invented",
            "url": "https://example.org/knee",
            "topic": "Blue knee",
        }
    ],
    "mtsamples": [
        {
            "kind": "note",
            "id": "mtsamples-0",
            "lang": "en",
            "specialty": "radiology",
            "text": "FINDINGS: The knee is blue.\nIMPRESSION: Blue knee, left.\nNo fracture.",
        }
    ],
    "mts-dialog": [
        {
            "kind": "note",
            "id": f"mts-dialog-{part}-0-{kind}",
            "lang": "en",
            "text": text,
            "category": category,
            "patient_id": f"mts-dialog-{part}-0",
        }
        for part in ("train", "validation")
        for kind, text, category in (
            ("note", "No blue knees, none.", "fam_sochx"),
            ("dialogue", "Doctor: Hi.\nPatient: Hi.", "dialogue"),
        )
    ],
    "aci-bench": [
        {
            "kind": "note",
            "id": f"aci-bench-D2N900-{kind}",
            "lang": "en",
            "text": text,
            "category": category,
            "patient_id": "aci-bench-D2N900",
        }
        for kind, text, category in (
            ("note", "CHIEF COMPLAINT\n\nBlue knee.", "outpatient_letter"),
            ("dialogue", "[doctor] hi , anna .", "dialogue"),
        )
    ],
    "pubmedqa": [
        {
            "kind": "qa",
            "id": "pubmedqa-100",
            "lang": "en",
            "question": "Does tea cool knees?",
            "answer": "Tea may.",
            "category": "study_conclusion",
            "source": "PubMed 100",
            "url": "https://pubmed.ncbi.nlm.nih.gov/100/",
            "topic": "Does tea cool knees?",
        }
    ],
    "germediq": [
        {
            "kind": "qa",
            "id": "germediq-7-3",
            "lang": "de",
            "question": "Ist Ihr Knie blau?",
            "answer": "Nein, nie.",
            "category": "knees",
            "topic": "Ist Ihr Knie blau?",
        }
    ],
    "openfda-labels": [
        {
            "kind": "medication",
            "id": "0000-11",
            "lang": "en",
            "name": "Kneecool",
            "generic_name": "coolamine",
            "drug_class": ["Knee Coolant"],
            "indications": ["Kneecool is indicated for blue knees; and elbows."],
            "contraindications": ["Cold knees."],
            "dosage": "2.1 Adults One tablet a day.",
            "source": "openFDA drug label 0000-11, effective 2024-01-31",
        },
        {
            "kind": "medication",
            "id": "22",
            "lang": "en",
            "name": "Kneebalm",
            "generic_name": "Kneebalm",
            "contraindications": ["on a cold knee."],
            "source": "openFDA drug label 22",
        },
    ],
}
SKIPPED = {
    "medquad": {"missing_answer": 1},
    "mtsamples": {"empty_text": 1},
    "mts-dialog": {"official_test": 1},
    "aci-bench": {"official_test": 1},
    "pubmedqa": {"official_test": 1},
    "germediq": {},
    "openfda-labels": {"missing_name": 1},
}


def lay(folder: Path, files: dict[str, str | bytes]) -> Path:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def rows(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize("name", UPSTREAM)
def test_the_upstream_layout_becomes_records_with_their_card(name: str, tmp_path: Path, home: Path) -> None:
    done = convert(name, lay(tmp_path / "in", UPSTREAM[name]), tmp_path / "out")
    assert rows(done.file) == RECORDS[name]
    assert (done.records, done.skipped) == (len(RECORDS[name]), SKIPPED[name])
    card = read_card(tmp_path / "out" / "corpus.toml")
    assert (card.name, card.licence, card.uses) == (name, *_licence(name))
    (source,) = find_sources([tmp_path / "out"])  # provenance.json beside it is no data
    assert source.files == (done.file,)
    assert len(list(read_records([tmp_path / "out"]))) == done.records
    entry = list(AuditTrail(home / "audit").entries())[-1]
    assert (entry.id, entry.operation, entry.details["sha256"]) == (done.audit_id, "corpora.convert", done.sha256)


def _licence(name: str) -> tuple[str, tuple[str, ...]]:
    card = find_corpus(name).card
    return card.licence, card.uses


def test_a_zip_a_folder_and_single_files_give_the_same_records(tmp_path: Path) -> None:
    folder = lay(tmp_path / "in", UPSTREAM["medquad"])
    archive = tmp_path / "copy.zip"
    archive.write_bytes(zipped("MedQuAD-577b/9_X_QA/0000001.xml", MEDQUAD, comment="f" * 40))
    sources = [folder, archive, folder / "MedQuAD-577b" / "9_X_QA" / "0000001.xml"]
    done = [convert("medquad", source, tmp_path / f"out{number}") for number, source in enumerate(sources)]
    assert len({one.sha256 for one in done}) == 1
    assert [one.revision for one in done] == ["", "f" * 40, ""]
    assert read_card(tmp_path / "out1" / "corpus.toml").version == "f" * 40


def test_the_output_may_be_a_file_and_goes_home_where_nothing_is_said(tmp_path: Path, home: Path) -> None:
    source = lay(tmp_path / "in", UPSTREAM["germediq"])
    named = convert("germediq", source, tmp_path / "out" / "answers.jsonl")
    assert named.file == tmp_path / "out" / "answers.jsonl"
    assert find_sources([tmp_path / "out"])[0].files == (named.file,)
    assert convert("germediq", source).file == home / "corpora" / "germediq" / "germediq.jsonl"


def test_large_labels_are_read_piece_by_piece(tmp_path: Path) -> None:
    results = [LABEL | {"set_id": str(number), "dosage_and_administration": ["x" * 400_000]} for number in range(8)]
    folder = lay(tmp_path / "in", {"drug-label-0001-of-0001.json": json.dumps({"meta": {}, "results": results})})
    assert [row["id"] for row in rows(convert("openfda-labels", folder, tmp_path / "out").file)] == list("01234567")


def test_an_identifier_given_twice_is_told_apart_and_a_repeated_row_dropped(tmp_path: Path) -> None:
    table = GERMEDIQ + "7;Ist Ihr Knie blau?;Nein, nie.;knees;pq;3\n7;Ist Ihr Knie blau?;Doch.;knees;pq;3\n"
    done = convert("germediq", lay(tmp_path / "in", {"CorpusFiles/GerMedIQ-Human.csv": table}), tmp_path / "out")
    assert [row["id"] for row in rows(done.file)] == ["germediq-7-3", "germediq-7-3~2"]
    assert done.skipped == {"duplicate": 1}


BROKEN: list[tuple[str, dict[str, str | bytes], str]] = [
    ("medquad", {"9_X_QA/1.xml": MEDQUAD[:-20]}, r"1\.xml, line 9: no XML"),
    ("medquad", {"9_X_QA/1.xml": "<html><body/></html>"}, r"1\.xml, line 1: no MedQuAD document"),
    ("medquad", {"9_X_QA/1.xml": '<!DOCTYPE x [<!ENTITY a "b">]><Document/>'}, "declares a document type"),
    (
        "medquad",
        {"9_X_QA/1.xml": MEDQUAD.replace("A knee that is blue &amp; cold.\nIt does not hurt.", "")},
        "no usable",
    ),
    ("medquad", {"other.xml": MEDQUAD}, r"holds no file of medquad.*Looked for: \*_QA/\*\.xml"),
    ("mtsamples", {"mtsamples.csv": "a,b\n1,2\n"}, "line 1: lacks medical_specialty, transcription"),
    ("mtsamples", {"mtsamples.csv": MTSAMPLES + '2,"open\nquote'}, "line 4: no CSV"),
    ("mtsamples", {"mtsamples.csv": MTSAMPLES + "2,x\n"}, "line 4: 2 cells where 6 belong"),
    ("mtsamples", {"mtsamples.csv": "a\nb\xe4".encode("latin-1")}, "line 2: no UTF-8"),
    ("mtsamples", {"mtsamples.csv": ""}, "line 1: empty"),
    ("mts-dialog", {"Main-Dataset/x.csv": "ID,dialogue\n1,x\n"}, "lacks section_header, section_text"),
    ("pubmedqa", {"data/ori_pqal.json": "{}"}, "test_ground_truth.json is missing"),
    ("pubmedqa", {"data/ori_pqal.json": "[1]", "data/test_ground_truth.json": "{}"}, "line 1: no JSON object"),
    ("pubmedqa", {"data/ori_pqal.json": '{"1": {}}', "data/test_ground_truth.json": "{}"}, "an entry lacks QUESTION"),
    ("pubmedqa", {"data/ori_pqal.json": '{\n"1', "data/test_ground_truth.json": "{}"}, "line 2: no JSON"),
    ("germediq", {"germediq.jsonl": '{"question": "x"'}, "line 1: no JSON Lines"),
    ("germediq", {"germediq.jsonl": '{"question": "x"}'}, "line 1: lacks response"),
    ("germediq", {"germediq.jsonl.gz": b"\x1f\x8bnonsense"}, "no JSON Lines"),
    ("openfda-labels", {"drug-label-1.json": LABELS[: len(LABELS) // 2]}, "breaks off"),
    ("openfda-labels", {"drug-label-1.json": '{"error": {}}'}, 'no JSON object with an array "results"'),
    ("openfda-labels", {"drug-label-1.json.zip": b"nonsense"}, "no zip with a JSON file"),
]


@pytest.mark.parametrize(("name", "files", "message"), BROKEN)
def test_broken_input_is_one_clear_line_and_leaves_nothing(
    name: str, files: dict[str, str | bytes], message: str, tmp_path: Path
) -> None:
    with pytest.raises(RecordError, match=message) as caught:
        convert(name, lay(tmp_path / "in", files), tmp_path / "out")
    assert "\n" not in str(caught.value)
    assert not list((tmp_path / "out").glob("*"))


@pytest.mark.parametrize(
    ("name", "message"),
    [("starter-qa", "own corpora"), ("nonsense", "Known: aci-bench, germediq, medquad")],
)
def test_what_is_no_outside_corpus_is_refused(name: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(RecordError, match=message):
        convert(name, tmp_path, tmp_path / "out")
    with pytest.raises(RecordError, match=message):
        pull(name)


def test_two_corpora_never_share_a_folder(tmp_path: Path) -> None:
    convert("germediq", lay(tmp_path / "in", UPSTREAM["germediq"]), tmp_path / "out")
    with pytest.raises(RecordError, match="holds the corpus 'germediq' already"):
        convert("mtsamples", lay(tmp_path / "other", UPSTREAM["mtsamples"]), tmp_path / "out")


@pytest.mark.parametrize("content", [b"nonsense", zipped("a", "b")[:-30]], ids=["no-zip", "cut"])
def test_a_broken_zip_is_said_to_be_one(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(content)
    with pytest.raises(RecordError, match="no zip file that can be read"):
        convert("medquad", tmp_path / "a.zip", tmp_path / "out")


def test_a_zip_never_writes_outside_its_folder(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(zipped("../../9_X_QA/escaped.xml", MEDQUAD))
    assert convert("medquad", tmp_path / "a.zip", tmp_path / "out").records == 1
    assert not list(tmp_path.parent.rglob("escaped.xml"))


@pytest.mark.parametrize(
    ("name", "files"),
    [
        ("medquad", "medical_qa/medquad_dev.jsonl.gz"),
        ("mtsamples", "notes/mtsamples_en.jsonl.gz"),
        ("mts-dialog", "notes/mts_dialog_train_val.jsonl.gz"),
        ("aci-bench", "notes/aci_bench_dev.jsonl.gz"),
        ("pubmedqa", "medical_qa/pubmedqa_l_dev500.jsonl.gz"),
        ("germediq", "medical_qa/germediq_human_de_dev.jsonl.gz"),
    ],
)
def test_the_benchmark_layout_is_read_too(name: str, files: str, bench_data: Path, tmp_path: Path) -> None:
    done = convert(name, bench_data / files, tmp_path / "out")
    assert done.records > 100
    assert set(done.skipped) <= {"official_test"}


class Server(BaseHTTPRequestHandler):
    """Serves what `answers` says by path: (status, body, announced length)."""

    def __init__(self, answers: dict[str, tuple[int, bytes, int]], *args: Any) -> None:
        self.answers = answers
        super().__init__(*args)

    def do_GET(self) -> None:
        status, body, length = self.answers.get(self.path.partition("?")[0], (404, b"", 0))
        self.send_response(status)
        self.send_header("Content-Length", str(length))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture
def serve() -> Iterator[Callable[..., str]]:
    """Start a server on this machine; returns the address at which it has the body given."""
    answers: dict[str, tuple[int, bytes, int]] = {}
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Server, answers))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()

    def put(body: bytes, *, status: int = 200, length: int | None = None) -> str:
        path = f"/{len(answers)}.zip"
        answers[path] = (status, body, len(body) if length is None else length)
        return f"http://127.0.0.1:{server.server_port}{path}"

    yield put
    server.shutdown()
    server.server_close()
    thread.join()


def pinned(name: str) -> str:
    upstream = find_corpus(name).upstream
    assert upstream
    return upstream.revision


def test_pull_fetches_the_pinned_commit_once_and_records_its_hash(serve: Callable[..., str], home: Path) -> None:
    address = serve(zipped("MedQuAD-x/9_X_QA/0000001.xml", MEDQUAD, comment=pinned("medquad")))
    seen: list[str] = []
    done = pull("medquad", url=f"{address}?token=secret", progress=lambda stage, at, of: seen.append(stage))
    assert (done.records, done.fresh, done.revision) == (1, True, pinned("medquad"))
    assert list(dict.fromkeys(seen)) == ["downloading", "converting"]
    (entry,) = AuditTrail(home / "audit").entries()
    assert (entry.id, entry.operation) == (done.audit_id, "corpora.pull")
    assert len(entry.details["archive_sha256"]) == 64
    assert [path.name for path in (home / "corpora").iterdir()] == ["medquad"]
    assert "secret" not in (home / "corpora" / "medquad" / "provenance.json").read_text()

    again = pull("medquad", url=serve(b"", status=500))
    assert (again.fresh, again.sha256, again.file) == (False, done.sha256, done.file)

    done.file.write_text("changed")
    with pytest.raises(RecordError, match="answers 500"):
        pull("medquad", url=serve(b"", status=500))


def test_a_pull_that_fails_is_one_line_and_leaves_nothing(serve: Callable[..., str], home: Path) -> None:
    whole = zipped("x/9_X_QA/1.xml", MEDQUAD, comment=pinned("medquad"))
    for address, message in (
        (serve(b"", status=404), "the server answers 404"),
        (serve(whole[:50], length=len(whole)), "IncompleteRead"),
        (serve(b"<html>log in first</html>"), "no zip file"),
        (serve(zipped("x/9_X_QA/1.xml", MEDQUAD, comment="0" * 40)), f"is of commit {'0' * 40}, not"),
        (serve(zipped("x/9_X_QA/1.xml", MEDQUAD)), "is of commit unknown"),
        (serve(zipped("x/readme", "", comment=pinned("medquad"))), "holds no file of medquad"),
        ("http://127.0.0.1:1/a.zip", "Can't fetch medquad from http://127.0.0.1:1/a.zip"),
        ("file:///etc/hostname", "no http or https address"),
    ):
        with pytest.raises(RecordError, match=message) as caught:
            pull("medquad", url=address)
        assert "\n" not in str(caught.value)
    assert not list((home / "corpora").iterdir())
    assert not list(AuditTrail(home / "audit").entries())


def test_what_can_only_be_fetched_by_hand_says_where() -> None:
    with pytest.raises(RecordError, match=r"download `mtsamples\.csv`.*medlfm corpora convert mtsamples"):
        pull("mtsamples")
    with pytest.raises(RecordError, match=r"open\.fda\.gov.*medlfm corpora convert openfda-labels"):
        pull("openfda-labels")


def test_pull_from_files_needs_no_network(tmp_path: Path) -> None:
    assert pull("medquad", lay(tmp_path / "in", UPSTREAM["medquad"])).records == 1
