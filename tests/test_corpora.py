"""The corpora of the repository: whole cards, honest counts, no duplicate, no data of others."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from medlfm.corpora import Corpus, list_corpora
from medlfm.corpora.catalogue import corpora_folder
from medlfm.experts.rows import Refusals, accepted
from medlfm.knowledge.sources import Origin, read_passages
from medlfm.records import load_prepared, read_records
from medlfm.records.fields import make_record
from medlfm.settings import SPECIALTIES
from tests.tiny import qa_row, write_run

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "corpora"
CORPORA = list_corpora()
OWN = [corpus for corpus in CORPORA if corpus.upstream is None]
OUTSIDE = [corpus for corpus in CORPORA if corpus.upstream is not None]
SECTIONS = ("What it is", "Licence and attribution", "May be used for", "Example record")


def name(corpus: Corpus) -> str:
    return corpus.card.name


def rows(*files: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for file in files for line in file.read_text(encoding="utf-8").splitlines() if line]


def notes(lang: str) -> list[dict[str, Any]]:
    return rows(FOLDER / "starter-notes" / f"notes.{lang}.jsonl")


def questions(lang: str = "*") -> list[dict[str, Any]]:
    return rows(*sorted((FOLDER / "starter-qa").glob(f"*.{lang}.jsonl")))


def drugs() -> list[dict[str, Any]]:
    return rows(ROOT / "medlfm" / "knowledge" / "drugs.jsonl")


def test_every_folder_is_a_known_corpus() -> None:
    assert corpora_folder() == FOLDER
    assert {corpus.folder for corpus in CORPORA} == {path for path in FOLDER.iterdir() if path.is_dir()}
    assert all(corpus.folder.name == corpus.card.name for corpus in CORPORA)
    assert {name(corpus) for corpus in OWN} == {"starter-notes", "starter-qa", "starter-medications"}
    assert len(OUTSIDE) == 7


@pytest.mark.parametrize("corpus", CORPORA, ids=name)
def test_every_card_says_what_whose_and_what_for(corpus: Corpus) -> None:
    card, readme = corpus.card, corpus.readme
    for section in SECTIONS:
        assert f"\n## {section}\n" in readme
    for value in (card.title, card.licence, card.attribution, card.level, card.languages, card.uses):
        assert value
    assert card.licence.replace("-", " ").removesuffix(" 4.0").removesuffix(" 1.0") in readme
    assert ("training" in card.uses) == ("Training" in readme.split("## May be used for")[1].split("##")[0])


@pytest.mark.parametrize("corpus", OUTSIDE, ids=name)
def test_an_outside_card_names_revision_attribution_traps_and_the_way_to_it(corpus: Corpus) -> None:
    assert corpus.upstream
    assert corpus.card.level == "reference"
    assert corpus.card.version == corpus.upstream.revision
    assert corpus.upstream.revision in corpus.readme
    assert corpus.upstream.revision in corpus.upstream.archive
    assert bool(corpus.upstream.archive) != bool(corpus.upstream.by_hand)
    assert corpus.card.attribution in " ".join(corpus.readme.split())
    assert corpus.card.url.startswith("https://")
    assert "\n## Known traps\n" in corpus.readme
    assert f"medlfm corpora {'pull' if corpus.upstream.archive else 'convert'} {name(corpus)}" in corpus.readme


@pytest.mark.parametrize("corpus", OUTSIDE, ids=name)
def test_no_data_of_others_lies_in_the_repository(corpus: Corpus) -> None:
    assert {path.name for path in corpus.folder.iterdir()} == {"README.md", "corpus.toml"}


@pytest.mark.parametrize("corpus", CORPORA, ids=name)
def test_the_example_of_a_card_is_a_record(corpus: Corpus) -> None:
    examples = re.findall(r"```json\n(.*?)\n```", corpus.readme, flags=re.DOTALL)
    assert examples
    for example in examples:
        row = json.loads(example)
        record = make_record(row, default_id="")
        assert record.kind == row.get("kind", record.kind)
        assert re.search(r"(?i)blue|blau", example)  # our own invention, nothing of theirs


def test_the_index_lists_every_corpus_as_its_card_says() -> None:
    table = (FOLDER / "README.md").read_text(encoding="utf-8")
    for corpus in CORPORA:
        card = corpus.card
        way = "here" if corpus.upstream is None else "pull" if corpus.upstream.archive else "convert"
        cells = [f"[{card.name}]({card.name}/README.md)", ", ".join(card.languages), card.licence, ", ".join(card.uses)]
        assert f"| {' | '.join(cells)} | {way} |" in table


@pytest.mark.parametrize("corpus", OWN, ids=name)
def test_our_own_cards_say_who_how_and_what_is_missing(corpus: Corpus) -> None:
    assert (corpus.card.level, corpus.card.licence) == ("starter", "CC0-1.0")
    for section in ("Who wrote it, and how", "Counts", "Known gaps"):
        assert f"\n## {section}\n" in corpus.readme
    assert "No real patient" in corpus.readme


def test_counts_and_second_reading_in_our_cards_are_those_of_the_files() -> None:
    done = subprocess.run(
        [sys.executable, FOLDER / "counts.py", "--check"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{done.stdout}{done.stderr}Run: python corpora/counts.py"


@pytest.mark.parametrize("lang", ["en", "de"])
def test_there_are_sixty_notes_of_many_kinds_over_the_specialties(lang: str) -> None:
    found = notes(lang)
    specialties = Counter(row["specialty"] for row in found)
    assert len(found) >= 60
    assert all(specialties[specialty] >= 4 for specialty in SPECIALTIES)
    assert set(specialties) - set(SPECIALTIES) <= {"general"}
    assert {"discharge_letter", "ed_note", "nursing", "radiology", "pathology", "referral", "lab_sheet"} <= {
        row["category"] for row in found
    }


@pytest.mark.parametrize("lang", ["en", "de"])
@pytest.mark.parametrize("specialty", SPECIALTIES)
def test_there_are_fifteen_questions_a_specialty_and_language(specialty: str, lang: str) -> None:
    found = [row for row in questions(lang) if row["specialty"] == specialty]
    assert len(found) >= 15
    assert {row["lang"] for row in found} == {lang}
    assert len({row["topic"] for row in found}) >= 6


def test_there_are_eighty_drugs_with_english_and_german_names_and_whole_records() -> None:
    found = [row for row in drugs() if row["names"]["en"] and row["names"]["de"]]
    assert len(found) >= 80
    for row in found:
        assert all(row[key] for key in ("name", "generic_name", "drug_class", "indications", "dosage", "atc")), row[
            "id"
        ]


def test_no_identifier_and_no_question_stands_there_twice() -> None:
    for found in (notes("en") + notes("de"), questions(), drugs()):
        assert [key for key, count in Counter(row["id"] for row in found).items() if count > 1] == []
    asked = Counter((row["lang"], row["question"].casefold()) for row in questions())
    assert [key for key, count in asked.items() if count > 1] == []


def test_nothing_of_ours_cites_what_was_not_read() -> None:
    for row in questions():
        assert (row["provenance"], row["source"], row["url"]) == ("general knowledge", "medlfm starter corpus", "")
    assert {row["source"] for row in drugs()} == {"general knowledge"}


def test_every_record_of_ours_is_read_and_the_review_is_none_of_them() -> None:
    found = list(read_records([FOLDER]))
    assert len(found) == len(notes("en") + notes("de")) + len(questions()) + len(drugs())


def test_a_finding_of_the_second_reader_names_a_row_and_what_was_done() -> None:
    known = {row["id"] for row in questions() + rows(*sorted((ROOT / "medlfm" / "knowledge").glob("*.jsonl")))}
    for file in sorted(FOLDER.glob("starter-*/review*.jsonl")):
        *findings, summary = rows(file)
        assert (summary["id"], summary["findings"]) == ("summary", len(findings))
        for row in findings:
            assert row["id"] in known
            assert row["finding"]
            assert row["change"]


def test_every_question_was_read_by_the_second_reader() -> None:
    read = sum(row.get("rows_read", 0) for row in rows(*(FOLDER / "starter-qa").glob("review*.jsonl")))
    assert read >= len(questions())


def test_what_a_card_does_not_allow_is_neither_trained_on_nor_evidence(tmp_path: Path) -> None:
    uses = {"all": ["training", "evidence"], "to-measure": ["measuring"], "to-train": ["training"]}
    content = [qa_row(number, "cardiology", corpus=corpus) for number, corpus in enumerate(uses)]
    folder = write_run(tmp_path / "run", {"train": content})
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["corpora"] = [{"name": corpus, "uses": allowed} for corpus, allowed in uses.items()]
    (folder / "manifest.json").write_text(json.dumps(manifest))

    run, refusals = load_prepared(folder), Refusals()
    learned = list(accepted(run.rows("train"), refusals, run.barred("training")))
    assert [row["corpus"] for row in learned] == ["all", "to-train"]
    assert refusals.to_dict() == {"corpus not for training": 1}
    assert {passage.title for passage in read_passages([folder], Origin())} == {"topic 0"}
