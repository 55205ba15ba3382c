import gzip
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from benchmarks import answers_read, confidence
from medlfm.settings import LANGUAGES


def _data(folder: Path, count: int) -> Path:
    rows = [{"id": str(number), "focus": "gout", "question": f"Question {number}?"} for number in range(count)]
    (folder / "medical_qa").mkdir()
    with gzip.open(folder / "medical_qa" / "medquad_dev.jsonl.gz", "wt", encoding="utf-8") as file:
        file.write("\n".join(map(json.dumps, rows)))
    return folder


class _Wrapper:
    """Holds every fifth question back."""

    def __init__(self) -> None:
        self.starter: list[bool] = []

    def generate_safe(self, question: str, *, lang: str, allow_starter: bool) -> Any:
        self.starter.append(allow_starter)
        held = len(self.starter) % 5 == 0
        cited = SimpleNamespace(number=1, id="p", title="gout", quote="A sentence.")
        return SimpleNamespace(
            status="withheld" if held else "answered",
            text="A sentence. [1]",
            confidence=0.9,
            why=(),
            warnings=(),
            evidence=(cited, SimpleNamespace(number=0)),
        )


def test_questions_held_back_stand_in_the_sheet_and_are_replaced(tmp_path: Path) -> None:
    wrapper: Any = _Wrapper()
    rows = list(answers_read.read(wrapper, _data(tmp_path, 200), {"p": "A sentence. Another."}))
    read = [row for row in rows if row["has_text"]]
    assert [sum(row["source"] == source for row in read) for source in ("medquad", "en", "de")] == [140, 28, 30]
    assert len(rows) > len(read)
    assert read[0]["cited"] == [
        {"number": 1, "title": "gout", "quote": "A sentence.", "passage": "A sentence. Another."}
    ]
    assert wrapper.starter == [row["source"] != "medquad" for row in rows]


def test_the_sample_is_the_same_each_time_and_holds_no_question_twice(tmp_path: Path) -> None:
    data = _data(tmp_path, 20)
    first = list(answers_read.questions(data))
    assert first == list(answers_read.questions(data))
    for lang in LANGUAGES:
        asked = [question for source, _, question in first if source == lang]
        assert len(asked) == len(set(asked)) > 30


def test_the_second_draw_asks_nothing_that_was_read_and_counts_what_is_held_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answers_read, "READINGS", tmp_path)
    draw = answers_read.DRAWS["second"]
    for name in draw.unread:
        (tmp_path / f"{name}.jsonl").write_text("\n".join(json.dumps({"id": str(id_)}) for id_ in range(40)), "utf-8")
    wrapper: Any = _Wrapper()
    rows = list(answers_read.read(wrapper, _data(tmp_path, 120), {"p": "A sentence."}, draw))
    assert [sum(row["source"] == source for row in rows) for source in ("medquad", "en", "de")] == [50, 25, 25]
    assert not {row["id"] for row in rows} & set(map(str, range(40)))
    assert sum(row["has_text"] for row in rows) == 80


def test_the_second_reader_s_questions_are_new_and_its_verdicts_are_kept_from_the_calibrator() -> None:
    draw = answers_read.DRAWS["second"]
    folder = answers_read.HERE
    for lang in LANGUAGES:
        own = (folder / f"{draw.file}.{lang}.txt").read_text(encoding="utf-8").splitlines()
        before = [(folder / f"answers_read{part}.{lang}.txt").read_text(encoding="utf-8") for part in ("", "2")]
        assert len(set(own)) == draw.own
        assert not set(own) & set("\n".join(before).splitlines())
    read = (answers_read.READINGS / "answers_independent.jsonl").read_text(encoding="utf-8").splitlines()
    assert not {json.loads(line)["id"] for line in read} & set(confidence.readings())
