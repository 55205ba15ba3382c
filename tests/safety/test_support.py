"""Support: what a passage says counts, and each way of saying something else does not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from medlfm.knowledge.passages import Passage
from medlfm.safety.drafting import extract, keep_supported
from medlfm.safety.support import find_support

EN = Passage(
    title="gout",
    text="Gout is caused by crystals of uric acid in the joints. Attacks may be treated with colchicine. "
    "The usual dose is 0.5 mg twice a day. Allopurinol lowers uric acid in the blood. "
    "Gout is not contagious. It is more common in men than in women.",
    lang="en",
    source="s",
    licence="l",
    category="definition",
    score=0.9,
)
DE = Passage(
    title="Gicht",
    text="Gicht entsteht durch Kristalle der Harnsäure in den Gelenken. Ein Anfall kann mit Colchicin behandelt "
    "werden. Die übliche Dosis beträgt 0,5 mg zweimal täglich. Allopurinol senkt die Harnsäure im Blut. "
    "Gicht ist nicht ansteckend.",
    lang="de",
    source="s",
    licence="l",
    category="treatment",
    score=0.9,
)


@pytest.mark.parametrize(
    ("sentence", "passage"),
    [
        ("Gout is caused by crystals of uric acid in the joints.", EN),
        ("Crystals of uric acid in the joints cause gout.", EN),
        ("Attacks may be treated with colchicine.", EN),
        ("The usual dose is 0.5 mg twice a day.", EN),
        ("Gout is not contagious.", EN),
        ("Allopurinol lowers the uric acid in blood.", EN),
        ("Gicht entsteht durch Kristalle der Harnsäure in Gelenken.", DE),
        ("Die übliche Dosis beträgt 0,5 mg zweimal täglich.", DE),
        ("Allopurinol senkt die Harnsäure im Blut.", DE),
    ],
)
def test_what_a_passage_says_is_supported(sentence: str, passage: Passage) -> None:
    assert find_support(sentence, [passage], passage.lang).supported


@pytest.mark.parametrize(
    ("sentence", "passage", "problem"),
    [
        ("The usual dose is 5 mg twice a day.", EN, "number"),
        ("The usual dose is 0.5 g twice a day.", EN, "number"),
        ("Gout is contagious.", EN, "negation"),
        ("contagious", EN, "negation"),
        ("Gout is not caused by crystals of uric acid in the joints.", EN, "negation"),
        ("Allopurinol raises uric acid in the blood.", EN, "antonym"),
        ("Attacks are treated with colchicine.", EN, "hedge"),
        ("Die übliche Dosis beträgt 5 mg zweimal täglich.", DE, "number"),
        ("Gicht ist ansteckend.", DE, "negation"),
        ("Allopurinol erhöht die Harnsäure im Blut.", DE, "antonym"),
        ("Ein Anfall wird mit Colchicin behandelt.", DE, "hedge"),
    ],
)
def test_what_disagrees_is_not_supported_and_named(sentence: str, passage: Passage, problem: str) -> None:
    support = find_support(sentence, [passage], passage.lang)
    assert not support.supported
    assert problem in support.problems or support.score < 0.85


@pytest.mark.parametrize(
    "sentence",
    [
        "Gout is caused by a virus of the liver.",
        "Gout is caused by crystals of calcium in the joints.",
        "Prednisone helps as well.",
        "",
        "!?",
    ],
)
def test_what_no_passage_says_is_not_supported(sentence: str) -> None:
    assert not find_support(sentence, [EN], "en").supported


def test_without_passages_nothing_is_supported() -> None:
    assert not find_support("Gout is not contagious.", [], "en").supported


def test_a_draft_keeps_its_supported_sentences() -> None:
    lines, dropped = keep_supported("Gout is not contagious. Gout comes from bad luck.", [EN], "en")
    assert [line.text for line in lines] == ["Gout is not contagious."]
    assert dropped == 1


def test_unsupported_sentences_are_marked_on_request() -> None:
    lines, _ = keep_supported("Gout is not contagious. Gout comes from bad luck.", [EN], "en", mark=True)
    assert [line.marked for line in lines] == [False, True]


def test_a_draft_that_repeats_itself_says_it_once() -> None:
    lines, _ = keep_supported("Gout is not contagious. Gout is not contagious.", [EN], "en")
    assert len(lines) == 1


def test_extraction_quotes_the_sentences_that_answer() -> None:
    lines = extract("What causes gout?", [EN], "en")
    assert lines[0].text == "Gout is caused by crystals of uric acid in the joints."
    assert all(line.text in EN.text for line in lines)


def test_extraction_is_held_back_where_nothing_fits() -> None:
    from dataclasses import replace

    assert extract("What causes asthma?", [replace(EN, score=0.3)], "en") == []
    assert extract("What is the prognosis of gout?", [replace(EN, category="causes")], "en") == []
    assert extract("What causes gout?", [], "en") == []


PAIRS = Path(__file__).parent / "pairs"
# share of pairs that may go wrong: free paraphrases stay unsupported, some opposites are not known as such
ALLOWED = {"none": 0.07, "number": 0.0, "unit": 0.0, "negation": 0.0, "hedge": 0.0, "entity": 0.08, "antonym": 0.03}


@pytest.mark.parametrize("lang", ["en", "de"])
def test_written_pairs_are_told_apart(lang: str) -> None:
    wrong: dict[str, int] = dict.fromkeys(ALLOWED, 0)
    seen: dict[str, int] = dict.fromkeys(ALLOWED, 0)
    files = [PAIRS / f"{name}.{lang}.jsonl" for name in ("support", "support2", "support3", "support4")]
    for line in (line for file in files for line in file.read_text(encoding="utf-8").splitlines()):
        row = json.loads(line)
        passage = Passage(title="", text=row["passage"], lang=lang, source="s", licence="l")
        for sentence, change in [*((text, "none") for text in row["supported"]), *row["wrong"]]:
            seen[change] += 1
            wrong[change] += find_support(sentence, [passage], lang).supported is (change != "none")
    assert {change: wrong[change] for change in ALLOWED if wrong[change] > ALLOWED[change] * seen[change]} == {}


def test_amounts_are_compared_in_base_units() -> None:
    assert find_support("The usual dose is 500 µg twice a day.", [EN], "en").supported
    assert not find_support("The usual dose is 500 mg twice a day.", [EN], "en").supported


def test_a_thing_named_in_another_sentence_is_no_swap() -> None:
    assert find_support("In the blood, allopurinol lowers the uric acid.", [EN], "en").supported
    assert not find_support("Colchicine lowers uric acid in the blood.", [EN], "en").supported


def _passage(text: str, lang: str) -> Passage:
    return Passage(title="", text=text, lang=lang, source="s", licence="l")


@pytest.mark.parametrize(
    ("lang", "text", "said", "wrong"),
    [
        (
            "en",
            "A small pneumothorax without breathlessness can be watched at home.",
            "If there is no shortness of breath, a small pneumothorax can be watched at home.",
            "A small pneumothorax without breathlessness cannot be watched at home.",
        ),
        ("en", "Oil or glue should not be used.", "Avoid oil or glue.", "Oil or glue should be used."),
        ("en", "One in five patients gets arthritis.", "20 % of patients get arthritis.", "50 % get arthritis."),
        ("en", "The dose is raised after a week.", "After one week the dose is raised.", "The dose is raised weekly."),
        (
            "de",
            "Die meisten Kinder werden in drei Tagen ohne Antibiotikum gesund.",
            "Ohne Antibiotikum werden die meisten Kinder binnen 3 Tagen gesund.",
            "Die meisten Kinder werden in drei Tagen mit Antibiotikum nicht gesund.",
        ),
        ("de", "Öl oder Klebstoff sollen nicht benutzt werden.", "Öl ist zu vermeiden.", "Öl soll benutzt werden."),
        (
            "de",
            "Getestet wird zwischen der 24. und 28. Woche.",
            "Zwischen Woche 24 und 28 wird getestet.",
            "Getestet wird zwischen der 24. und 32. Woche.",
        ),
    ],
)
def test_another_wording_is_supported_and_another_statement_is_not(lang: str, text: str, said: str, wrong: str) -> None:
    assert find_support(said, [_passage(text, lang)], lang).supported
    assert not find_support(wrong, [_passage(text, lang)], lang).supported


@pytest.mark.parametrize(
    ("lang", "text", "said", "wrong"),
    [
        ("en", "Keep salt below 6 g.", "Salt should be kept under 6 g.", "Keep salt above 6 g."),
        ("en", "Use factor 30 or more.", "Use at least factor 30.", "Use factor 30 or less."),
        (
            "en",
            "Clearance is 15 to 49 mL/min.",
            "Clearance is between 15 and 49 mL/min.",
            "Clearance is 15 to 94 mL/min.",
        ),
        (
            "en",
            "Amiodarone inhibits the breakdown of warfarin.",
            "The breakdown of warfarin is inhibited by amiodarone.",
            "Warfarin inhibits the breakdown of amiodarone.",
        ),
        (
            "en",
            "She takes bisoprolol 5 mg and ramipril 10 mg.",
            "She takes ramipril 10 mg and bisoprolol 5 mg.",
            "She takes bisoprolol 5 mg and ramipril 5 mg.",
        ),
        (
            "en",
            "There is a nodule in the lung, possibly a granuloma.",
            "There is a nodule in the lung.",
            "There is a nodule in the lung, a granuloma.",
        ),
        ("de", "Salz höchstens 6 g am Tag.", "Nicht mehr als 6 g Salz pro Tag.", "Salz mindestens 6 g am Tag."),
        (
            "de",
            "Jedes fünfte Kind bekommt Aneurysmen.",
            "20 % der Kinder bekommen Aneurysmen.",
            "50 % der Kinder bekommen Aneurysmen.",
        ),
        (
            "de",
            "Kinder unter fünf Jahren bekommen Fieberkrämpfe.",
            "Unter fünfjährige Kinder bekommen Fieberkrämpfe.",
            "Über fünfjährige Kinder bekommen Fieberkrämpfe.",
        ),
        (
            "de",
            "Amiodaron hemmt den Abbau von Phenprocoumon.",
            "Der Abbau von Phenprocoumon wird durch Amiodaron gehemmt.",
            "Phenprocoumon hemmt den Abbau von Amiodaron.",
        ),
        (
            "de",
            "Das Handgelenk wird ruhiggestellt.",
            "Es erfolgt die Ruhigstellung des Handgelenks.",
            "Es erfolgt die Ruhigstellung des Fußgelenks.",
        ),
    ],
)
def test_bounds_ranges_and_roles_must_agree(lang: str, text: str, said: str, wrong: str) -> None:
    assert find_support(said, [_passage(text, lang)], lang).supported
    assert not find_support(wrong, [_passage(text, lang)], lang).supported


@pytest.mark.parametrize(
    "sentence",
    [
        "Attacks may be treated with amphotericin.",
        "Attacks may be treated with BRCA2.",
        "Attacks in pregnancy may be treated with colchicine.",
        "Attacks may be treated with colchicine weekly.",
    ],
)
def test_no_name_and_no_group_of_people_passes_as_another_wording(sentence: str) -> None:
    assert not find_support(sentence, [EN], "en").supported


def test_a_noun_made_of_a_verb_is_another_wording() -> None:
    text = "Die akute Mittelohrentzündung heilt meist ohne Antibiotika aus."
    said = "Meist kommt es bei akuter Mittelohrentzündung ohne Antibiotika zur Ausheilung."
    assert find_support(said, [_passage(text, "de")], "de").reworded
