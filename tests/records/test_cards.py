from __future__ import annotations

from pathlib import Path

import pytest

from medlfm.errors import RecordError
from medlfm.records import find_sources, read_card
from medlfm.records.cards import make_card

CARD = """
name = "our-notes"
title = "Our notes"
licence = "CC-BY-4.0"
attribution = "The ward"
level = "reference"
languages = ["de"]
uses = ["training"]
files = ["notes.*.jsonl"]
"""


def corpus(folder: Path, card: str = CARD) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "corpus.toml").write_text(card)
    for name in ("notes.de.jsonl", "notes.en.jsonl", "gold.jsonl"):
        (folder / name).write_text('{"text": "No fever and no cough."}\n')
    return folder


def test_a_folder_with_a_card_gives_what_the_card_names(tmp_path: Path) -> None:
    (source,) = find_sources([corpus(tmp_path)])
    assert source.card.licence == "CC-BY-4.0"
    assert [path.name for path in source.files] == ["notes.de.jsonl", "notes.en.jsonl"]


def test_a_file_finds_its_card_and_one_that_no_card_claims_takes_the_default(tmp_path: Path) -> None:
    folder = corpus(tmp_path)
    named, other = find_sources(
        [folder / "notes.de.jsonl", folder / "gold.jsonl"], default=make_card("Ward B", "CC0-1.0", "B")
    )
    assert (named.card.name, other.card.name) == ("our-notes", "ward-b")


def test_a_folder_of_corpora_keeps_each_with_its_own_card(tmp_path: Path) -> None:
    corpus(tmp_path / "a")
    corpus(tmp_path / "b", CARD.replace("our-notes", "their-notes"))
    (tmp_path / "loose.txt").write_text("No fever and no cough.")
    assert [source.card.name for source in find_sources([tmp_path])] == ["our-notes", "their-notes", "unnamed"]


def test_two_corpora_of_one_name_are_refused(tmp_path: Path) -> None:
    corpus(tmp_path / "a")
    corpus(tmp_path / "b", CARD.replace("Our notes", "Other notes"))
    with pytest.raises(RecordError, match="'our-notes'"):
        find_sources([tmp_path])


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"our-notes"', '"Our notes"', "'Our notes'"),
        ('licence = "CC-BY-4.0"', "", "lacks licence"),
        ('level = "reference"', 'level = "gold"', "level 'gold'"),
        ('["training"]', '["selling"]', "uses 'selling'"),
        ('["de"]', '["fr"]', "languages 'fr'"),
        ('["de"]', '"de"', "'languages' is no list"),
        ('title = "Our notes"', "title = 3", "'title' is no string"),
        ("name =", "name = = ", "can't be read"),
        ("name =", 'owner = "x"\nname =', "unknown key 'owner'"),
    ],
)
def test_a_wrong_card_says_what_is_wrong(tmp_path: Path, old: str, new: str, message: str) -> None:
    (tmp_path / "corpus.toml").write_text(CARD.replace(old, new, 1))
    with pytest.raises(RecordError, match=message):
        read_card(tmp_path / "corpus.toml")


def test_flags_with_source_and_licence_make_a_reference_corpus_and_without_none_that_may_be_trained_on() -> None:
    whole = make_card("MedQuAD", "CC-BY-4.0", "Ben Abacha")
    assert (whole.name, whole.level, "training" in whole.uses) == ("medquad", "reference", True)
    for card in (make_card(), make_card("MedQuAD"), make_card(licence="CC0-1.0")):
        assert (card.level, card.uses) == ("", ("measuring",))


def test_our_own_corpora_have_whole_cards() -> None:
    corpora = Path(__file__).parents[2] / "corpora"
    sources = {source.card.name: source for source in find_sources([corpora])}
    assert set(sources) >= {"starter-notes", "starter-qa", "starter-medications"}
    for source in sources.values():
        assert source.card.level == "starter"
        assert source.card.licence == "CC0-1.0"
        assert source.files
    assert not [path for path in sources["starter-notes"].files if path.name.startswith("phi")]
