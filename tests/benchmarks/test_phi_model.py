"""The generator of the PHI model's training text."""

from __future__ import annotations

import random

import pytest

pytest.importorskip("faker", reason="Faker is a dependency of development")

from benchmarks.phi_model.documents import noisy, surrogate, templates
from benchmarks.phi_model.fill import Filler, Marked
from benchmarks.phi_model.hard import lines, roughened, way_of
from benchmarks.phi_model.pools import pools
from benchmarks.phi_model.sources import Row
from medlfm.matching.phi.tokens import split_tokens

WORDS = [
    "silver",
    "river",
    "stone",
    "garden",
    "window",
    "market",
    "bridge",
    "candle",
    "forest",
    "mirror",
    "ladder",
    "button",
]
KINDS = [(lang, kind) for lang in ("en", "de") for kind in ("general", "note", "hard")] + [("en", "query")]


def filler(lang: str, seed: int = 1, part: str = "train") -> Filler:
    return Filler(random.Random(seed), pools(part), lang, words=WORDS)


@pytest.mark.parametrize(("lang", "kind"), KINDS)
def test_every_template_fills_and_its_spans_fall_on_token_borders(lang: str, kind: str) -> None:
    for number, template in enumerate(templates(lang, kind)):
        plain = way_of(template)[1].replace("{BODY}", "Kein Fieber.").replace("{LINE}", "Kein Husten.")
        marked = filler(lang, number).fill(plain)
        assert "{" not in marked.text
        words, spaces = split_tokens(marked.text)
        borders, place = {0}, 0
        for word, space in zip(words, spaces, strict=True):
            borders |= {place, place + len(word)}
            place += len(word) + space
        assert all(start in borders and end in borders for start, end, _ in marked.spans)


def test_the_same_seed_gives_the_same_text() -> None:
    template = "{person1} of {org}, {address}, {phone}"
    assert filler("en", 5).fill(template) == filler("en", 5).fill(template)
    assert filler("en", 5).fill(template) != filler("en", 6).fill(template)


def test_names_for_measuring_are_in_no_training_text() -> None:
    train, measure = pools("train"), pools("held")
    for origin in train.origins:
        assert not set(train.last[origin]) & set(measure.last[origin])
        assert not set(train.female[origin]) & set(measure.female[origin])


def test_one_person_keeps_the_name_through_a_text() -> None:
    marked = filler("de").fill("{surname1} und {surname1}, {listed1}")
    first, second, listed = (marked.text[start:end] for start, end, _ in marked.spans)
    assert first == second
    assert listed.startswith(first)


def test_noise_keeps_every_offset() -> None:
    for seed in range(40):
        marked = filler("en", seed).fill("{person} lives at {address}. {date} {org}")
        changed = noisy(marked, random.Random(seed))
        assert len(changed.text) == len(marked.text)
        assert changed.spans == marked.spans


def test_other_identifiers_take_the_place_of_those_of_a_row() -> None:
    text = "MEIER, Anna (FN 12-345) wohnt in Aa. Frau Meier kam."
    row = Row("de", Marked(text, [(0, 11, "NAME"), (16, 22, "ID"), (42, 47, "NAME")]), -1, "starter")
    changed = surrogate(row, random.Random(3), pools(), WORDS, keep=0.0)
    name, number, again = (changed.text[start:end] for start, end, _ in changed.spans)
    assert "MEIER" not in changed.text
    assert name.split(",")[0] == again.upper()
    assert [char.isdigit() for char in number] == [char.isdigit() for char in "12-345"]


@pytest.mark.parametrize("lang", ["en", "de"])
def test_lines_of_hard_notes_hold_no_phi(lang: str) -> None:
    for number, line in enumerate(lines(lang)):
        marked = filler(lang, number).fill(line)
        assert "{" not in marked.text
        assert marked.spans == []


@pytest.mark.parametrize("way", ["chat", "dict", "ocr", ""])
def test_what_is_marked_stays_marked_however_a_note_is_written(way: str) -> None:
    for seed in range(30):
        marked = filler("de", seed).fill(
            "Frau {person1}, geb. {dob1}, wohnt {address}, Tel. {phone}. {surname1} kommt."
        )
        made = roughened(marked, way, random.Random(seed))
        assert [label for _, _, label in made.spans] == [label for _, _, label in marked.spans]
        for (start, end, _), (first, last, _) in zip(marked.spans, made.spans, strict=True):
            assert made.text[first:last] == made.text[first:last].strip()
            letters = sum(map(str.isalnum, marked.text[start:end]))
            assert abs(sum(map(str.isalnum, made.text[first:last])) - letters) <= letters / 2


def test_hard_notes_have_forty_templates_and_more_of_chats_dictations_and_scans() -> None:
    for lang in ("en", "de"):
        ways = [way_of(template)[0] for template in templates(lang, "hard")]
        assert len(ways) >= 40
        assert {"chat", "dict", "ocr", ""} == set(ways)
