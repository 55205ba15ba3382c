from __future__ import annotations

import json
import os
import shutil
import signal
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from medlfm.audit import AuditTrail, fingerprint, to_fhir
from medlfm.errors import AuditError
from medlfm.files import canonical_json

WRITER = """
import sys
from pathlib import Path
from medlfm.audit import AuditTrail
trail = AuditTrail(Path(sys.argv[1]), segment_bytes=20_000)
print("ready", flush=True)
for number in range(int(sys.argv[2])):
    trail.append("ask", {"process": sys.argv[3], "number": number})
"""


@pytest.fixture
def trail(home: Path) -> AuditTrail:
    trail = AuditTrail(home / "audit", segment_bytes=1500)
    for number in range(12):
        trail.append("prepare", {"rows": number, "seed": 7})
    return trail


def writer(folder: Path, count: int, name: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, str(folder), str(count), name], stdout=subprocess.PIPE, cwd=Path.cwd()
    )


def test_what_was_written_is_read_back_in_order_and_verifies(trail: AuditTrail) -> None:
    entries = list(trail.entries())
    assert [entry.seq for entry in entries] == list(range(1, len(entries) + 1))
    assert [entry.details["rows"] for entry in entries if entry.operation == "prepare"] == list(range(12))
    verification = trail.verify()
    assert verification.ok, verification.problems
    assert (verification.entries, verification.segments) == (len(entries), len(trail.segments()))
    assert verification.segments > 2


def test_each_full_segment_ends_in_a_seal_with_its_count(trail: AuditTrail) -> None:
    for segment in trail.segments()[:-1]:
        *lines, seal = segment.read_bytes().splitlines()
        assert json.loads(seal)["operation"] == "audit.seal"
        assert json.loads(seal)["details"]["entries"] == len(lines)


def test_the_id_names_number_and_hash(trail: AuditTrail) -> None:
    identifier = trail.append("ask")
    last = list(trail.entries())[-1]
    assert identifier == last.id == f"{last.seq}-{last.hash[:16]}"


def test_the_key_is_for_its_owner_only(trail: AuditTrail) -> None:
    assert stat.S_IMODE(trail.key_path.stat().st_mode) == 0o600
    assert stat.S_IMODE(trail.folder.stat().st_mode) == 0o700
    assert trail.folder not in trail.key_path.parents


def test_an_empty_trail_verifies_and_touches_nothing(tmp_path: Path) -> None:
    verification = AuditTrail(tmp_path / "audit").verify()
    assert verification.ok
    assert list(tmp_path.iterdir()) == []


def lines_of(trail: AuditTrail, segment: int = 0) -> list[bytes]:
    return trail.segments()[segment].read_bytes().splitlines(keepends=True)


def put(trail: AuditTrail, lines: list[bytes], segment: int = 0) -> None:
    trail.segments()[segment].write_bytes(b"".join(lines))


def change_a_value(trail: AuditTrail) -> None:
    lines = lines_of(trail)
    put(trail, [lines[0], lines[1].replace(b'"seed":7', b'"seed":8'), *lines[2:]])


def change_a_value_and_its_hash(trail: AuditTrail) -> None:
    from medlfm.files import sha256_bytes

    lines = lines_of(trail)
    fields = json.loads(lines[1])
    fields["details"]["seed"] = 8
    body = {name: value for name, value in fields.items() if name not in ("hash", "mac")}
    fields["hash"] = sha256_bytes(canonical_json(body).encode())
    put(trail, [lines[0], canonical_json(fields).encode() + b"\n", *lines[2:]])


def add_a_space(trail: AuditTrail) -> None:
    lines = lines_of(trail)
    put(trail, [lines[0].replace(b'{"', b'{ "', 1), *lines[1:]])


def remove_from_the_middle(trail: AuditTrail) -> None:
    lines = lines_of(trail)
    put(trail, [lines[0], *lines[2:]])


def swap_two(trail: AuditTrail) -> None:
    lines = lines_of(trail)
    put(trail, [lines[1], lines[0], *lines[2:]])


def cut_the_tail(trail: AuditTrail) -> None:
    put(trail, lines_of(trail, -1)[:-1], -1)


def cut_the_last_segment(trail: AuditTrail) -> None:
    trail.segments()[-1].unlink()


def cut_the_end_of_a_sealed_segment(trail: AuditTrail) -> None:
    put(trail, lines_of(trail)[:-2])


def remove_the_first_segment(trail: AuditTrail) -> None:
    trail.segments()[0].unlink()


def remove_all(trail: AuditTrail) -> None:
    for segment in trail.segments():
        segment.unlink()


def remove_the_anchor(trail: AuditTrail) -> None:
    trail.anchor_path.unlink()


def turn_the_anchor_back(trail: AuditTrail) -> None:
    cut_the_tail(trail)
    last = list(trail.entries())[-1]
    anchor = json.loads(trail.anchor_path.read_text(encoding="utf-8"))
    trail.anchor_path.write_text(canonical_json({**anchor, "seq": last.seq, "hash": last.hash}), encoding="utf-8")


def spoil_the_anchor(trail: AuditTrail) -> None:
    trail.anchor_path.write_text("{", encoding="utf-8")


def use_another_key(trail: AuditTrail) -> None:
    trail.key_path.write_text("ab" * 32 + "\n", encoding="ascii")


def lose_the_key(trail: AuditTrail) -> None:
    trail.key_path.unlink()


@pytest.mark.parametrize(
    ("tamper", "problem"),
    [
        (change_a_value, "entry 2 was changed"),
        (change_a_value_and_its_hash, "entry 2 was changed"),
        (add_a_space, "not in its canonical form"),
        (remove_from_the_middle, "something between them"),
        (swap_two, "entry 2 does not follow entry 0"),
        (cut_the_tail, "its tail is missing"),
        (cut_the_last_segment, "its tail is missing"),
        (cut_the_end_of_a_sealed_segment, "is not sealed"),
        (remove_the_first_segment, "segment 1 is missing"),
        (remove_all, "its tail is missing"),
        (remove_the_anchor, "the anchor is missing"),
        (turn_the_anchor_back, "the anchor was changed"),
        (spoil_the_anchor, "the anchor was changed"),
        (use_another_key, "signed with another key"),
        (lose_the_key, "the key is missing"),
    ],
)
def test_tampering_is_found(trail: AuditTrail, tamper: Callable[[AuditTrail], None], problem: str) -> None:
    tamper(trail)
    verification = trail.verify()
    assert not verification.ok
    assert problem in "\n".join(verification.problems)


@pytest.mark.parametrize(
    "tamper",
    [cut_the_tail, cut_the_last_segment, remove_all, remove_the_anchor, turn_the_anchor_back, spoil_the_anchor],
)
def test_writing_on_after_a_loss_does_not_hide_it(trail: AuditTrail, tamper: Callable[[AuditTrail], None]) -> None:
    tamper(trail)
    trail.append("ask")
    trail.append("ask")
    verification = trail.verify()
    assert "had been lost by then" in "\n".join(verification.problems)


def test_a_trail_whose_key_is_gone_is_not_continued_under_a_new_one(trail: AuditTrail) -> None:
    lose_the_key(trail)
    with pytest.raises(AuditError, match="key of the audit trail"):
        trail.append("ask")


def test_a_garbled_end_is_not_written_over(trail: AuditTrail) -> None:
    with trail.segments()[-1].open("ab") as file:
        file.write(b"garbage\n")
    with pytest.raises(AuditError, match="no audit entry"):
        trail.append("ask")


def test_half_a_line_is_recovered_and_noted(trail: AuditTrail) -> None:
    before = trail.verify().entries
    with trail.segments()[-1].open("ab") as file:
        file.write(b'{"details":{},"ha')
    assert "half a line" in trail.verify().problems[0]
    trail.append("ask")
    assert trail.verify().ok
    *_, note, entry = trail.entries()
    assert (note.operation, note.details["bytes"], entry.operation) == ("audit.recovered", 17, "ask")
    assert trail.verify().entries == before + 2


def test_an_entry_written_before_its_anchor_was_counts(trail: AuditTrail) -> None:
    old = trail.anchor_path.read_bytes()
    trail.append("ask")
    trail.anchor_path.write_bytes(old)  # as if killed between the two
    assert trail.verify().ok
    trail.append("ask")
    assert trail.verify().ok


def test_four_processes_write_one_unbroken_trail(home: Path) -> None:
    processes = [writer(home / "audit", 200, str(number)) for number in range(4)]
    for process in processes:
        assert process.wait(120) == 0
        assert process.stdout is not None
        process.stdout.close()
    trail = AuditTrail(home / "audit")
    verification = trail.verify()
    assert verification.ok, verification.problems
    for name in "0123":
        own = [e.details["number"] for e in trail.entries() if e.details.get("process") == name]
        assert own == list(range(200))


def test_a_killed_writer_leaves_a_trail_that_goes_on(home: Path) -> None:
    for _ in range(3):
        process = writer(home / "audit", 100_000, "victim")
        assert process.stdout is not None
        process.stdout.readline()
        try:
            process.wait(0.1)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
        process.wait(10)
        process.stdout.close()
        trail = AuditTrail(home / "audit")
        trail.append("ask")
        assert trail.verify().ok, trail.verify().problems


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_permission_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(AuditError, match="Can't write the audit trail"):
            AuditTrail(tmp_path / "audit").append("ask")
    finally:
        tmp_path.chmod(0o700)


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "audit").write_text("", encoding="utf-8")
    with pytest.raises(AuditError, match="Nothing is done without it"):
        AuditTrail(tmp_path / "audit").append("ask")


@pytest.mark.parametrize(
    "details",
    [
        {"text": "Pat. klagt"},
        {"run": {"Question": "why"}},
        {"answers": ["x"]},
        {"Frau Müller": 1},
        {"value": float("nan")},
        {"value": object()},
        {"value": "x", "more": {1: "y"}},
    ],
)
def test_content_is_refused_without_being_quoted(home: Path, details: dict[str, object]) -> None:
    trail = AuditTrail(home / "audit")
    with pytest.raises(AuditError) as caught:
        trail.append("ask", details)
    assert not any(word in str(caught.value) for word in ("klagt", "Müller"))
    assert list(trail.entries()) == []


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ("needs_review", True),
        ("sha256:0badc0de", True),
        ("LiquidAI/LFM2-2.6B", True),
        ("https://example.org/a.html", True),
        ("0.1.0+cpu", True),
        ("", True),
        ("Erika Mustermann", False),
        ("Müller", False),
        ("a@example.org", False),
        ("/home/erika/brief.txt", False),
        ("~/brief.txt", False),
        ("C:\\brief.txt", False),
        ("x" * 201, False),
    ],
)
def test_free_text_is_replaced_by_a_keyed_hash(home: Path, value: str, kept: bool) -> None:
    trail = AuditTrail(home / "audit")
    trail.append("ask", {"value": value, "list": [value], "deep": {"value": value}})
    (entry,) = trail.entries()
    written = {entry.details["value"], entry.details["list"][0], entry.details["deep"]["value"]}
    assert written == {value} if kept else (len(written) == 1 and written.pop().startswith("hmac:"))


def test_counts_may_carry_the_names_of_what_they_count(home: Path) -> None:
    AuditTrail(home / "audit").append("prepare", {"notes": 3, "questions": 4, "file": fingerprint("Brief Müller.txt")})


@pytest.mark.parametrize("operation", ["", "Ask", "ask the model", "ask\n", "x" * 65])
def test_an_operation_is_a_plain_name(home: Path, operation: str) -> None:
    with pytest.raises(AuditError, match="no plain name"):
        AuditTrail(home / "audit").append(operation)


def test_the_anchor_can_lie_elsewhere(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEDLFM_AUDIT_ANCHOR", str(tmp_path / "other" / "anchor"))
    trail = AuditTrail(home / "audit")
    trail.append("ask")
    assert (tmp_path / "other" / "anchor").is_file()
    assert not (home / "audit.anchor").exists()
    assert trail.verify().ok


def test_a_copied_home_verifies_elsewhere(trail: AuditTrail, tmp_path: Path) -> None:
    shutil.copytree(trail.folder.parent, tmp_path / "copy")
    assert AuditTrail(tmp_path / "copy" / "audit").verify().ok


def test_an_entry_becomes_a_fhir_audit_event(trail: AuditTrail) -> None:
    trail.append("ask", {"status": "withheld", "experts": ["cardiology"], "failed": True})
    event = to_fhir(list(trail.entries())[-1])
    assert {"resourceType", "type", "recorded", "agent", "source"} <= event.keys()
    assert event["subtype"][0]["code"] == "ask"
    assert event["outcome"] == "8"
    assert all(isinstance(agent["requestor"], bool) for agent in event["agent"])
    detail = {item["type"]: item["valueString"] for item in event["entity"][0]["detail"]}
    assert detail["experts"] == '["cardiology"]'
    json.dumps(event)
