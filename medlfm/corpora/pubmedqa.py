"""PubMedQA (the labelled part): a study's title as a question, the conclusion of its abstract as the answer.

```json
{"10000000": {"QUESTION": "Does tea cool knees?", "CONTEXTS": ["…"], "LABELS": ["METHODS"], "MESHES": ["Tea"],
              "YEAR": "2011", "final_decision": "maybe", "LONG_ANSWER": "Tea may cool knees."}}
```
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from medlfm.corpora.reading import is_jsonl, json_object, jsonl_rows
from medlfm.corpora.upstream import Row, Upstream, github
from medlfm.errors import RecordError

__all__ = ["UPSTREAM"]

_COMMIT = "1cbae8e92f72f20c8d3747cbb3bf5bc53554d997"


def _rows(file: Path) -> Iterator[Row]:
    if is_jsonl(file):
        for _, row in jsonl_rows(file, ("id", "question", "long_answer", "official_split")):
            yield "official_test" if row["official_split"] == "test" else _row(str(row["id"]), row)
        return
    held_back = _official_test(file.with_name("test_ground_truth.json"))
    for pmid, study in json_object(file).items():
        if not isinstance(study, dict) or not {"QUESTION", "LONG_ANSWER"} <= study.keys():
            raise RecordError(
                f"{file}, line 1: an entry lacks QUESTION or LONG_ANSWER.", "Is it PubMedQA's ori_pqal.json?"
            )
        yield "official_test" if pmid in held_back else _row(pmid, {key.lower(): study[key] for key in study})


def _official_test(file: Path) -> set[str]:
    if not file.is_file():
        raise RecordError(
            f"{file} is missing; it says which studies are the official test set.", "Put it beside ori_pqal.json."
        )
    return set(json_object(file))


def _row(pmid: str, study: dict[str, str]) -> Row:
    return {
        "kind": "qa",
        "id": f"pubmedqa-{pmid}",
        "lang": "en",
        "question": study["question"],
        "answer": study["long_answer"],
        "category": "study_conclusion",
        "topic": study["question"],  # a study is a topic of its own
        "source": f"PubMed {pmid}",
        "url": f"https://pubmed.ncbi.nlm.nih.gov/{pmid}/",
    }


UPSTREAM = Upstream(
    name="pubmedqa",
    files=("data/ori_pqal.json", "pubmedqa*.jsonl", "pubmedqa*.jsonl.gz"),
    rows=_rows,
    archive=github("pubmedqa/pubmedqa", _COMMIT),
    revision=_COMMIT,
)
