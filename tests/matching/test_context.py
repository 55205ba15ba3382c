from __future__ import annotations

import re
from pathlib import Path

import pytest
import spacy

from medlfm.errors import RulesError
from medlfm.matching.context import ContextEngine, span_asserted
from tests.matching import context_constructions as constructions
from tests.matching.context_cases import ENGLISH, GERMAN

MARK = re.compile(r"\[\[([a-z,]*)\|([^\]]+)\]\]")
ENGINES = {lang: ContextEngine(lang) for lang in ("en", "de")}


def unmark(marked: str) -> tuple[str, list[tuple[int, int]], list[set[str]]]:
    text, targets, gold, last = "", [], [], 0
    for match in MARK.finditer(marked):
        text += marked[last : match.start()]
        targets.append((len(text), len(text) + len(match[2])))
        gold.append({name for name in match[1].split(",") if name})
        text += match[2]
        last = match.end()
    return text + marked[last:], targets, gold


def categories(lang: str, marked: str) -> tuple[list[set[str]], list[set[str]]]:
    text, targets, gold = unmark(marked)
    found = ENGINES[lang].modifiers(text, targets)
    return [{modifier["category"] for modifier in modifiers} for modifiers in found], gold


CASES = [(lang, line) for lang, table in (("en", ENGLISH), ("de", GERMAN)) for line in table.strip().splitlines()]


@pytest.mark.parametrize(("lang", "marked"), CASES)
def test_findings_get_their_modifiers_and_no_others(lang: str, marked: str) -> None:
    found, gold = categories(lang, marked)
    assert found == gold


def reasons(found: list[set[str]]) -> list[set[str]]:
    return [each & {"negated", "historical", "hypothetical", "family"} for each in found]


CONSTRUCTIONS = [
    (lang, line)
    for lang, table in (("en", constructions.ENGLISH), ("de", constructions.GERMAN))
    for line in table.strip().splitlines()
]


@pytest.mark.parametrize(("lang", "marked"), CONSTRUCTIONS)
def test_a_finding_is_asserted_or_has_the_reason_why_not(lang: str, marked: str) -> None:
    found, gold = categories(lang, marked)
    assert all(want <= each and bool(want) == bool(each) for each, want in zip(reasons(found), gold, strict=True))


WRITTEN = [
    (lang, line)
    for lang in ("en", "de")
    for line in (Path(__file__).parent / "context" / f"{lang}.txt").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
]


@pytest.mark.parametrize(("lang", "marked"), WRITTEN)
def test_a_finding_has_the_modifier_that_its_construction_gives_it(lang: str, marked: str) -> None:
    found, gold = categories(lang, marked)
    pairs = list(zip(found, gold, strict=True))
    assert all(want <= each for each, want in pairs)
    assert [bool(each) for each in reasons(found)] == [bool(each) for each in reasons(gold)]


@pytest.mark.xfail(reason="a construction that no cue covers yet", strict=True)
@pytest.mark.parametrize(("lang", "marked"), constructions.KNOWN_MISSES)
def test_constructions_still_missed(lang: str, marked: str) -> None:
    found, gold = categories(lang, marked)
    assert all(want <= each for each, want in zip(reasons(found), gold, strict=True))


def test_the_two_tables_hold_as_many_affirmed_findings_as_they_need() -> None:
    affirmed = sum(not match[1] for _, line in CASES for match in MARK.finditer(line))
    assert len(CASES) >= 120
    assert affirmed >= 55


def test_a_modifier_says_which_words_decided() -> None:
    modifiers = ENGINES["de"].modifiers("Husten. Kein Fieber.", [(13, 19)])[0]
    assert modifiers == [{"text": "Kein", "category": "negated", "start": 8, "end": 12, "rule": "de-neg-kein"}]


def test_a_cue_reaches_no_further_than_its_sentence() -> None:
    assert ENGINES["en"].modifiers("No fever. Cough.", [(10, 15)]) == [[]]


def test_a_cue_inside_a_finding_is_part_of_the_finding() -> None:
    text = "No pulse. Severe bleeding."
    assert ENGINES["en"].modifiers(text, [(0, 8)]) == [[]]


def test_sections_modify_what_stands_in_them() -> None:
    text = "Family history:\nbreast cancer\nPast history:\nstroke\nPlan:\ncough"
    targets = [(text.index(word), text.index(word) + len(word)) for word in ("breast cancer", "stroke", "cough")]
    sections = [(0, 30, "family_history"), (30, 51, "past_history"), (51, len(text), "plan")]
    found = ENGINES["en"].modifiers(text, targets, sections=sections)
    assert [{modifier["category"] for modifier in modifiers} for modifiers in found] == [
        {"family"},
        {"historical"},
        set(),
    ]
    assert found[0][0]["text"] == "Family history:"


def test_foreign_bounds_that_cut_after_an_abbreviation_are_mended() -> None:
    text = "Am ehesten V.a. Pneumonie."
    assert ENGINES["de"].modifiers(text, [(16, 25)], sentences=[(0, 15), (16, 26)])[0]


def test_umlauts_may_be_spelled_out_and_apostrophes_curled() -> None:
    assert ENGINES["de"].modifiers("Lungenembolie laesst sich nicht nachweisen", [(0, 13)])[0]
    assert ENGINES["en"].modifiers("He doesn’t have asthma", [(16, 22)])[0]


def test_letters_whose_lower_case_is_longer_shift_nothing() -> None:
    text = "İİİ. No fever."
    assert ENGINES["en"].modifiers(text, [(8, 13)])[0][0]["start"] == 5


def test_annotate_uses_the_extensions_of_the_span() -> None:
    doc = spacy.blank("de")("Z.n. Herzinfarkt, kein Fieber, Vater mit Asthma. Schwindel.")
    spans = [
        doc.char_span(start, start + len(word), alignment_mode="expand")
        for word in ("Herzinfarkt", "Fieber", "Asthma", "Schwindel")
        for start in [doc.text.index(word)]
    ]
    ENGINES["de"].annotate(doc, spans)
    assert [span_asserted(span) for span in spans] == [False, False, False, True]
    assert spans[0]._.medlfm_historical
    assert spans[1]._.medlfm_negated
    assert spans[2]._.medlfm_family


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        ({"id": "x", "cue": "no", "category": "denied"}, "category 'denied'"),
        ({"id": "x", "cue": "no", "category": "negated", "direction": "left"}, "direction 'left'"),
        ({"id": "x", "category": "negated"}, "exactly one of"),
        ({"id": "x", "regex": "(", "category": "negated"}, "no regular expression"),
        ({"id": "x", "cue": "no", "category": "negated", "scop": 3}, "unknown key 'scop'"),
    ],
)
def test_a_malformed_rule_is_refused_by_name(rule: dict[str, str], says: str) -> None:
    with pytest.raises(RulesError, match=says):
        ContextEngine("en", [rule])
