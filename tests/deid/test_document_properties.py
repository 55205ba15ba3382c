"""Laws that hold for any text in any format: unchanged where nothing is replaced, and what is known never stays."""

from __future__ import annotations

import csv
import io
import json
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medlfm.deid import load_policy
from medlfm.deid.documents import Worker
from medlfm.records.documents import Change, Codes, open_document
from medlfm.records.documents.html import open_html
from medlfm.records.documents.items import Item, open_item
from medlfm.records.documents.piece import spread

# what formats use as signs, line ends, umlauts in both forms, characters beyond the first plane
ALPHABET = st.sampled_from(
    [
        "a",
        "Ä",
        "A\u0308",
        "ß",
        "🙂",
        "|",
        "^",
        "~",
        "&",
        "\\",
        "<",
        ">",
        '"',
        "'",
        ";",
        ",",
        "\n",
        "\r\n",
        "\t",
        " ",
        "7",
    ]
)
TEXTS = st.lists(ALPHABET, max_size=30).map("".join)
NAME = "Brzezinski"


def worker(**known: str) -> Worker:
    return Worker(load_policy("gdpr_strict"), Codes(b"0" * 32), lang="de", model=False)


def escaped(text: str) -> str:
    signs = {"\\": "E", "|": "F", "^": "S", "~": "R", "&": "T", "\n": ".br"}
    return "".join(f"\\{signs[char]}\\" if char in signs else char for char in text.replace("\r\n", "\n"))


def hl7(text: str) -> bytes:
    message = f"MSH|^~\\&|A|B|C||20240503||ORU^R01|1|P|2.5\rPID|1||77||{NAME}\rOBX|1|TX|x||{escaped(text)}\r"
    return message.encode()


@settings(max_examples=60, deadline=None)
@given(TEXTS)
def test_an_unchanged_document_is_written_as_it_was(text: str) -> None:
    for kind, data in (("hl7", hl7(text)), ("text", text.encode())):
        document = open_document(data, kind)
        assert document.build([Change(piece.text) for piece in document.pieces]) == data
    row = {"note": text, "n": 7}
    document = open_item(Item(1, json.dumps(row)), "jsonl")
    assert json.loads(document.build([Change(piece.text) for piece in document.pieces])) == row


@settings(max_examples=60, deadline=None)
@given(TEXTS, TEXTS)
def test_a_known_name_stays_in_no_format_whatever_stands_around_it(before: str, after: str) -> None:
    text = f"{before} {NAME} {after}"
    done = worker()
    built = next(done.run([open_document(hl7(text), "hl7")])).built.decode()
    assert NAME not in built
    assert built.count("\r") == hl7(text).decode().count("\r")
    row = next(done.run([open_item(Item(1, json.dumps({"nachname": NAME, "note": text})), "jsonl")])).built
    assert NAME not in row.decode()
    assert unicodedata.normalize("NFC", json.loads(row)["note"]).count("🙂") == text.count("🙂")


@settings(max_examples=60, deadline=None)
@given(TEXTS)
def test_a_table_keeps_every_cell(text: str) -> None:
    from medlfm.deid.sinks import write_built

    written = write_built({"a": text, "b": 1}, "csv", [";", "a", "b"]).decode()
    (row,) = csv.reader(io.StringIO(written, newline=""), delimiter=";")
    assert row == [text, "1"]


@settings(max_examples=100, deadline=None)
@given(st.lists(TEXTS, min_size=1, max_size=6), st.data())
def test_edits_over_segments_join_to_the_edited_whole(segments: list[str], data: st.DataObject) -> None:
    whole = "".join(segments)
    places = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=6)))
    edits = [(low, high, "[X]") for low, high in zip(places[::2], places[1::2], strict=False) if low < high]
    expected, position = [], 0
    for low, high, new in edits:
        expected += [whole[position:low], new]
        position = high
    assert "".join(spread(segments, edits)) == "".join([*expected, whole[position:]])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<p>a &amp; b</p>", "<p>a &amp; b</p>"),
        ("<p title='x'>a<!-- c --><script>d</script></p>", "<p>a</p>"),
        ("a < b und 3 > 2", "a < b und 3 > 2"),
        ('<a href="mailto:x@y.de" class="k">a</a>', '<a class="k">a</a>'),
        ("", ""),
    ],
)
def test_html_loses_what_nobody_sees(text: str, expected: str) -> None:
    document = open_html(text)
    assert document.build([Change(piece.text) for piece in document.pieces]) == expected
