"""The evidence store: what goes in, what is found, and how it behaves with several processes and damaged files."""

from __future__ import annotations

import json
import sqlite3
from multiprocessing import get_context
from pathlib import Path

import pytest

from medlfm.errors import EvidenceError
from medlfm.knowledge.evidence import EvidenceStore
from medlfm.knowledge.passages import Passage, from_markdown, from_rows
from medlfm.knowledge.sources import Origin, read_passages


def passage(title: str, text: str, lang: str = "en", category: str = "", **more: object) -> Passage:
    return Passage(title=title, text=text, lang=lang, source="test", licence="CC0-1.0", category=category, **more)  # type: ignore[arg-type]


SHELF = [
    passage("myocardial infarction", "A heart attack causes pressure behind the breastbone.", category="symptoms"),
    passage("myocardial infarction", "A heart attack is treated by opening the artery.", category="treatment"),
    passage("heart failure", "Heart failure causes swollen legs and shortness of breath.", category="symptoms"),
    passage("aortic stenosis", "Aortic stenosis causes a murmur and fainting.", category="symptoms"),
    passage("supravalvular aortic stenosis", "A rare narrowing above the aortic valve.", category="symptoms"),
    passage("pinworms", "Pinworms cause itching at night around the anus.", category="symptoms"),
    passage("protein S deficiency", "Lack of protein S causes clots in the veins.", category="definition"),
    passage("protein C deficiency", "Lack of protein C causes clots in the veins.", category="definition"),
    passage("tuberculosis", "Tuberculosis is an infection that often attacks the lungs.", category="definition"),
    passage("Bluthochdruck", "Ein hoher Blutdruck macht meist keine Beschwerden.", "de", "symptoms"),
    passage(
        "Herzinfarkt",
        "Ein ST-Hebungsinfarkt wird mit dem Katheter behandelt.",
        "de",
        "treatment",
        question="Wie wird ein ST-Hebungsinfarkt akut behandelt?",
    ),
    passage("Hypothyreose", "Eine Schilddrüsenunterfunktion macht müde.", "de", "symptoms"),
    passage("Nierensteine", "Nierensteine verursachen kolikartige Schmerzen.", "de", "symptoms"),
    passage("kidney stones", "Kidney stones cause waves of pain.", category="symptoms"),
    passage("Lungenembolie", "Plötzliche Atemnot ist typisch für die Lungenembolie.", "de", "symptoms"),
]


@pytest.fixture
def store(tmp_path: Path) -> EvidenceStore:
    made = EvidenceStore(tmp_path / "evidence.sqlite")
    made.add(SHELF)
    return made


@pytest.mark.parametrize(
    ("question", "lang", "title", "category"),
    [
        ("What are the symptoms of a myocardial infarction?", "en", "myocardial infarction", "symptoms"),
        ("How is a myocardial infarction treated?", "en", "myocardial infarction", "treatment"),
        ("What are the symptoms of a heart attack?", "en", "myocardial infarction", "symptoms"),  # a synonym
        ("symptoms of aortic stenosis", "en", "aortic stenosis", "symptoms"),  # not the longer name
        ("symptoms of myocardal infarcton", "en", "myocardial infarction", "symptoms"),  # misspelt
        ("What is protein S deficiency?", "en", "protein S deficiency", "definition"),  # one letter decides
        ("What is protein C deficiency?", "en", "protein C deficiency", "definition"),
        ("Welche Beschwerden macht eine Hypertonie?", "de", "Bluthochdruck", "symptoms"),
        ("Woran erkenne ich eine Lungenembolie?", "de", "Lungenembolie", "symptoms"),
        ("Wie wird ein STEMI behandelt?", "de", "Herzinfarkt", "treatment"),  # a short form
        ("Wie wird ein STEMI ca. m. Erfolg behandelt?", "de", "Herzinfarkt", "treatment"),  # and two that say nothing
        ("How is an MI treated?", "en", "myocardial infarction", "treatment"),
        ("Welche Zeichen hat eine Unterfunktion der Schilddrüse?", "de", "Hypothyreose", "symptoms"),  # a compound
        ("Welche Anzeichen hat ein Lungenembolieverdacht?", "de", "Lungenembolie", "symptoms"),  # a general tail
        ("Wie äußert sich ein Nierenstein?", "de", "Nierensteine", "symptoms"),  # not the English passage
        ("Welche Symptome machen Madenwürmer?", "de", "pinworms", "symptoms"),  # by the lexicon of terms
        ("Was ist Tuberkulose?", "de", "tuberculosis", "definition"),  # by its Latin form
    ],
)
def test_the_passage_that_answers_comes_first(
    store: EvidenceStore, question: str, lang: str, title: str, category: str
) -> None:
    best = store.search(question, lang=lang)[0]
    assert (best.title, best.category) == (title, category)


def test_the_question_that_a_passage_was_written_for_finds_it_among_others_of_its_topic(tmp_path: Path) -> None:
    store = EvidenceStore(tmp_path / "evidence.sqlite")
    asked = "Do statins damage the muscles?"
    store.add(
        [
            passage("statins", "Statins rarely damage muscles, and pain is common without them.", question=asked),
            passage(
                "statins", "Statins damage nothing in most people, muscles included.", question="Are statins safe?"
            ),
        ]
    )
    best, second = store.search(asked)
    assert best.question == asked
    assert best.score > second.score + 0.1


@pytest.mark.parametrize(("question", "found"), [("What causes CLS?", True), ("What is cls like?", False)])
def test_initials_in_capitals_find_the_title_that_they_stand_for(tmp_path: Path, question: str, found: bool) -> None:
    store = EvidenceStore(tmp_path / "evidence.db")
    store.add([passage("Coffin-Lowry syndrome", "A change in a gene.", category="causes"), *SHELF])
    assert [item.title for item in store.search(question)][:1] == ["Coffin-Lowry syndrome"] * found


def test_a_store_of_an_older_format_is_one_clear_error(store: EvidenceStore) -> None:
    with sqlite3.connect(store.path) as db:
        db.execute("PRAGMA user_version = 1")
    with pytest.raises(EvidenceError, match="format 1"):
        store.search("asthma")


@pytest.mark.parametrize("question", ["What is the capital of France?", "", "the of and", "?!", 'a "b" AND (c) OR*'])
def test_nothing_is_found_for_what_no_passage_holds(store: EvidenceStore, question: str) -> None:
    assert [found for found in store.search(question) if found.score >= 0.5] == []


def test_the_same_passage_twice_is_one(store: EvidenceStore) -> None:
    result = store.add(SHELF[:2])
    assert (result.added, result.duplicates) == (0, 2)
    assert len(store) == len(SHELF)


def test_filters_by_level_and_specialty(tmp_path: Path) -> None:
    store = EvidenceStore(tmp_path / "evidence.sqlite")
    store.add(
        [
            passage("asthma", "Asthma narrows the airways in attacks.", specialty="pulmonology", level="starter"),
            passage("asthma", "Asthma in children often begins with wheezing.", specialty="pediatrics"),
        ]
    )
    assert [item.level for item in store.search("asthma", levels=("reference",))] == ["reference"]
    assert [item.specialty for item in store.search("asthma", specialties=["pulmonology"])] == ["pulmonology"]


def test_a_store_that_is_not_there_is_empty(tmp_path: Path) -> None:
    store = EvidenceStore(tmp_path / "none.sqlite")
    assert store.search("asthma") == []
    assert len(store) == 0
    assert not (tmp_path / "none.sqlite").exists()


def test_a_damaged_store_is_one_clear_error(tmp_path: Path) -> None:
    path = tmp_path / "evidence.sqlite"
    path.write_bytes(b"no database at all, but long enough to look at" * 50)
    with pytest.raises(EvidenceError, match="evidence store"):
        EvidenceStore(path).search("asthma")


@pytest.mark.parametrize(("field", "value"), [("title", " "), ("source", ""), ("licence", ""), ("level", "gossip")])
def test_a_passage_without_origin_is_refused_and_nothing_is_stored(tmp_path: Path, field: str, value: str) -> None:
    store = EvidenceStore(tmp_path / "evidence.sqlite")
    values = {"title": "t", "text": "Some text here.", "source": "s", "licence": "l", "lang": "en", field: value}
    with pytest.raises(EvidenceError, match=field):
        store.add([SHELF[0], Passage(**values)])
    assert len(store) == 0


def _fill(path: str, start: int) -> None:
    numbers = range(start, start + 40)
    EvidenceStore(Path(path)).add(passage(f"topic {n}", f"The text of topic number {n} is this one.") for n in numbers)


def test_several_processes_write_at_once(tmp_path: Path) -> None:
    path = tmp_path / "evidence.sqlite"
    context = get_context("spawn")
    workers = [context.Process(target=_fill, args=(str(path), start)) for start in (0, 20, 40)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert [worker.exitcode for worker in workers] == [0, 0, 0]
    assert len(EvidenceStore(path)) == 80


ROW = {
    **{"id": "", "kind": "", "lang": "en", "specialty": "", "category": "", "topic": "", "text": "", "question": ""},
    **{"answer": "", "source": "s", "url": "", "licence": "l", "attribution": "", "level": "starter", "date": ""},
}


def test_rows_of_a_run_become_passages_and_notes_do_not() -> None:
    rows = [
        {
            **ROW,
            "kind": "qa",
            "question": "What causes asthma?",
            "answer": "Asthma is caused by inflamed airways.",
            "topic": "asthma",
        },
        {**ROW, "kind": "note", "text": "The patient was seen today with a cough."},
        {**ROW, "kind": "qa", "question": "Where?", "answer": "- link\n- other link", "topic": "links"},
    ]
    (made,) = from_rows(rows)
    assert (made.title, made.category, made.level) == ("asthma", "causes", "starter")


def test_a_document_is_cut_by_its_headings() -> None:
    text = "# Asthma\nAsthma narrows the airways of the lungs.\n\n## Treatment\nIt is treated with drugs every day.\n"
    origin = Passage(title="Asthma", text=text, lang="en", source="s", licence="l")
    assert [(item.title, item.category) for item in from_markdown(text, origin)] == [
        ("Asthma", ""),
        ("Asthma – Treatment", "treatment"),
    ]


def test_a_long_text_is_cut_and_nothing_is_lost() -> None:
    text = "\n".join(f"Sentence number {n} says something about asthma in the lungs." for n in range(200))
    pieces = list(from_markdown(text, Passage(title="Asthma", text=text, lang="en", source="s", licence="l")))
    assert len(pieces) > 5
    assert max(len(piece.text) for piece in pieces) <= 1500
    assert "\n".join(piece.text for piece in pieces) == text


def test_passages_are_read_from_files(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(json.dumps({"title": "Asthma", "text": "Asthma narrows the airways."}) + "\n")
    (tmp_path / "gicht.md").write_text("# Gicht\nDie Gicht ist eine Erkrankung der Gelenke.\n", encoding="utf-8")
    found = list(read_passages([tmp_path], Origin(source="s", licence="CC0-1.0")))
    assert {(item.title, item.lang) for item in found} == {("Asthma", "en"), ("gicht – Gicht", "de")}


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.jsonl", b"{broken\n"),
        ("a.jsonl", b'["no object"]\n'),
        ("a.jsonl", b'{"title": "no text"}\n'),
        ("a.md", "Größe".encode("cp1252")),
        ("a.bin", b"\x00\x01"),
        ("a.txt", b"12 34 56"),
    ],
)
def test_what_can_not_be_read_is_named_by_its_file(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(EvidenceError, match="a\\."):
        list(read_passages([tmp_path / name], Origin(source="s", licence="l")))


def test_a_document_without_licence_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Asthma narrows the airways of the lungs.")
    with pytest.raises(EvidenceError, match="--licence"):
        list(read_passages([tmp_path / "a.txt"], Origin(source="s")))
