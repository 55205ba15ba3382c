import gzip
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from benchmarks import answers_read
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
