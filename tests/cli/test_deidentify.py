from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from medlfm.cli.deidentify import command
from medlfm.deid import Deidentified, reidentify
from medlfm.deid.reasons import in_words
from medlfm.errors import OutputError, RecordError, SettingsError
from tests.records.documents.samples import docx

app = typer.Typer()
app.command()(command)
runner = CliRunner()


def run(*arguments: str, text: str | None = None) -> str:
    result = runner.invoke(app, list(arguments), input=text, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_text_is_printed_de_identified() -> None:
    assert run("Mr. Smith, MRN: 12345", "--lang", "en") == "Mr. [NAME], MRN: [MRN]\n"
    assert run("-", text="Frau Müller kam gestern zur Untersuchung.") == "Frau [NAME] kam gestern zur Untersuchung.\n"


def test_json_holds_the_python_object() -> None:
    data = json.loads(run("Mr. Smith", "--lang", "en", "--json"))
    assert data["text"] == "Mr. [NAME]"
    assert data["spans"][0]["label"] == "NAME"


def test_files_go_to_a_folder_with_a_report_that_holds_no_text(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Mr. Smith", encoding="utf-8")
    row = {"id": "1", "note": "Mrs. Jones", "patient_name": "Jones"}
    (tmp_path / "b.jsonl").write_text(json.dumps(row) + "\n", encoding="utf-8")
    report = tmp_path / "report.json"
    out = tmp_path / "out"
    run(
        str(tmp_path / "a.txt"),
        str(tmp_path / "b.jsonl"),
        "--lang",
        "en",
        "--field",
        "note",
        "--out",
        str(out),
        "--report",
        str(report),
    )
    assert (out / "a.txt").read_text(encoding="utf-8") == "Mr. [NAME]"
    kept = {"id": "1", "note": "Mrs. [NAME]", "patient_name": "[NAME]"}
    assert json.loads((out / "b.jsonl").read_text(encoding="utf-8")) == kept
    assert json.loads(report.read_text(encoding="utf-8"))["labels"] == {"NAME": 3}
    assert "Smith" not in report.read_text(encoding="utf-8")


def test_surrogates_take_the_key_from_a_file(tmp_path: Path) -> None:
    key = tmp_path / "my.key"
    key.write_text("correct horse battery staple\n", encoding="utf-8")
    arguments = (
        "Mr. Smith",
        "--lang",
        "en",
        "--policy",
        "research_surrogate",
        "--patient",
        "P",
        "--key-file",
        str(key),
    )
    assert run(*arguments) == run(*arguments)
    assert "Smith" not in run(*arguments)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"{\n", r"bad\.jsonl: it is no JSON"),
        (b'{"x": 1}\n', r"bad\.jsonl: it has no text in the field"),
        (b"\xe4\xf6\n", "UTF-8"),
        (b"\xff\xfe", "empty"),
        (b"", "empty"),
    ],
)
def test_a_bad_file_is_named_and_nothing_is_written(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_bytes(content)
    with pytest.raises(RecordError, match=message) as caught:
        run(str(path), "--field", "text", "--out", str(tmp_path / "out.jsonl"))
    assert "line 0" not in str(caught.value)
    assert not (tmp_path / "out.jsonl").exists()


def test_several_sources_need_a_folder_and_a_policy_its_key(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="--out"):
        run("Mr. A", "Mr. B")
    with pytest.raises(SettingsError, match="needs a key"):
        run("Mr. Smith", "--lang", "en", "--policy", "research_surrogate")
    with pytest.raises(SettingsError, match="key file"):
        run("Mr. Smith", "--key-file", str(tmp_path / "absent"))


def test_rules_of_ones_own_join_the_shipped_ones(tmp_path: Path) -> None:
    rules = tmp_path / "ours.jsonl"
    rule = {"id": "ward-names", "label": "ID", "regex": r"\bward Bluebell\b", "score": 0.9}
    rules.write_text(json.dumps(rule) + "\n", encoding="utf-8")
    assert run("Mr. Smith, ward Bluebell", "--lang", "en", "--rules", str(rules)) == "Mr. [NAME], [ID]\n"


def test_a_mistyped_file_name_is_no_text() -> None:
    with pytest.raises(RecordError, match=r"There is no file letter\.txt"):
        run("letter.txt", "--lang", "en")
    assert run("No letter.txt came.", "--lang", "en") == "No letter.txt came.\n"


def test_a_table_is_printed_as_a_table_and_a_word_file_needs_a_place(tmp_path: Path) -> None:
    table = tmp_path / "a.csv"
    table.write_text("id,patient_name,note\n1,Jones,Mrs. Jones coughs.\n", encoding="utf-8")
    assert run(str(table), "--lang", "en") == "id,patient_name,note\n1,[NAME],Mrs. [NAME] coughs.\n"
    word = tmp_path / "a.docx"
    word.write_bytes(docx())
    with pytest.raises(OutputError, match="can't be printed"):
        run(str(word))


def test_json_of_files_is_their_report_and_the_table_goes_to_standard_error(tmp_path: Path) -> None:
    path = tmp_path / "notes.jsonl"
    path.write_text('{"text": "Mr. Smith"}\n{broken\n', encoding="utf-8")
    arguments = [str(path), "--lang", "en", "--no-model", "--out", str(tmp_path / "out.jsonl")]
    data = json.loads(run(*arguments, "--json"))
    assert (data["labels"], data["documents"], data["rejected"]) == ({"NAME": 1}, {"jsonl": 1}, 1)
    result = runner.invoke(app, arguments, catch_exceptions=False)
    assert result.stdout == ""
    assert "NAME" in result.stderr
    assert "line 2: it is no JSON" in result.stderr
    assert "Smith" not in result.stderr


def test_what_a_folder_run_leaves_out_is_named_with_its_reason(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a.txt").write_text("Mr. Smith", encoding="utf-8")
    (folder / "b.jsonl").write_text("", encoding="utf-8")
    (folder / "scan.tiff").write_bytes(b"II*")
    (folder / ".hidden.xyz").write_bytes(b"-")
    arguments = [str(folder), "--lang", "en", "--no-model", "--out", str(tmp_path / "out")]
    data = json.loads(run(*arguments, "--json"))
    assert (data["files"], data["unknown"]) == (1, 1)
    result = runner.invoke(app, arguments, catch_exceptions=False)
    assert "1 of no known format and left out" in result.stderr
    assert str(folder / "scan.tiff") in result.stderr
    assert "hidden" not in result.stderr


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("pdf_without_text", "a page has no text, only a picture"),
        ("failed:KeyError", "it could not be read (KeyError)"),
        ("of another kind", "of another kind"),
    ],
)
def test_a_reason_is_said_in_words(reason: str, words: str) -> None:
    assert in_words(reason) == words


def test_a_text_of_another_encoding_is_read_and_written_in_it(tmp_path: Path) -> None:
    path, out = tmp_path / "a.txt", tmp_path / "b.txt"
    path.write_bytes("Herr Müller hört schlecht.".encode("cp1252"))
    run(str(path), "--lang", "de", "--encoding", "cp1252", "--out", str(out))
    assert out.read_bytes() == "Herr [NAME] hört schlecht.".encode("cp1252")


def test_a_text_file_with_json_holds_the_way_back(tmp_path: Path) -> None:
    path, out, key = tmp_path / "a.txt", tmp_path / "b.json", tmp_path / "my.key"
    path.write_text("Mr. Smith coughs.", encoding="utf-8")
    key.write_text("correct horse battery staple", encoding="utf-8")
    run(str(path), "--lang", "en", "--key-file", str(key), "--out", str(out), "--json")
    stored = Deidentified.from_dict(json.loads(out.read_text(encoding="utf-8")))
    assert stored.text == "Mr. [NAME] coughs."
    assert reidentify(stored, "correct horse battery staple") == "Mr. Smith coughs."
