"""MedQuAD: questions with answers from websites of the National Institutes of Health.

```xml
<Document id="0000001" source="Institute" url="https://…"><Focus>Blue knee</Focus>
<FocusAnnotations>…</FocusAnnotations>
<QAPairs><QAPair pid="1">
  <Question qid="0000001-1" qtype="symptoms">What are the symptoms of Blue knee ?</Question><Answer>…</Answer>
</QAPair></QAPairs></Document>
```
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from medlfm.corpora.reading import is_jsonl, jsonl_rows, xml_root
from medlfm.corpora.upstream import Row, Upstream, github
from medlfm.errors import RecordError

__all__ = ["UPSTREAM"]

_COMMIT = "577bd37b96c02d1833b2c9eed2de9f96964e96cb"


def _rows(file: Path) -> Iterator[Row]:
    if is_jsonl(file):
        for _, row in jsonl_rows(file, ("id", "question", "qtype", "focus")):
            shared = {key: row.get(key) or "" for key in ("id", "question", "answer", "source", "url", "specialty")}
            yield _row(shared, row["qtype"], row["focus"])
        return
    root = xml_root(file)
    if root.tag != "Document" or root.find("QAPairs") is None:
        raise RecordError(f"{file}, line 1: no MedQuAD document.", "It has <Document> with <QAPairs> in it.")
    document = {"source": root.get("source", ""), "url": root.get("url", "")}
    folder = file.parent.name.partition("_")[0]
    for number, pair in enumerate(root.iterfind("QAPairs/QAPair"), start=1):
        question = pair.find("Question")
        if question is None:
            yield "missing_question"
            continue
        shared = {
            "id": f"{folder}/{file.stem}/{question.get('qid') or number}",
            "question": "".join(question.itertext()),
            "answer": "".join(answer.itertext()) if (answer := pair.find("Answer")) is not None else "",
        }
        yield _row(shared | document, question.get("qtype", ""), root.findtext("Focus") or "")


def _row(shared: dict[str, str], category: str, topic: str) -> Row:
    if not shared["answer"].strip():
        return "missing_answer"  # two thirds of MedQuAD: answers whose rights NLM does not hold were taken out
    question = " ".join(shared["question"].split()).replace(" ?", "?")
    return {"kind": "qa", "lang": "en", **shared, "question": question, "category": category, "topic": topic}


UPSTREAM = Upstream(
    name="medquad",
    files=("*_QA/*.xml", "medquad*.jsonl", "medquad*.jsonl.gz"),
    rows=_rows,
    archive=github("abachaa/MedQuAD", _COMMIT),
    revision=_COMMIT,
)
