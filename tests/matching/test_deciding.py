from __future__ import annotations

import pickle
from typing import Any

import pytest
import spacy

from medlfm.errors import RulesError
from medlfm.matching.context import ContextEngine
from medlfm.matching.deciding import CATEGORIES, limits_of, shipped_decider
from medlfm.matching.explaining import explain_context
from medlfm.matching.rules import load_rules

WITH = {lang: ContextEngine(lang) for lang in ("en", "de")}
WITHOUT = {lang: ContextEngine(lang, limits_of(load_rules(lang, "context"))[0]) for lang in ("en", "de")}
LIMITS = {"add": 0.5, "uncertain": 0.6}


def categories(engine: ContextEngine, marked: str) -> set[str]:
    before, _, rest = marked.partition("[[")
    target, _, after = rest.partition("]]")
    found = engine.modifiers(before + target + after, [(len(before), len(before) + len(target))])
    return {modifier["category"] for modifier in found[0]}


ADDED = [
    ("en", "He got over [[malaria]] in Kenya long before we met; now a stubbed toe.", "historical"),
    ("de", "Ich spüre alles normal, also [[taub]] ist da gar nichts.", "negated"),
    ("de", "Unser Nachbarskind liegt mit [[Scharlach]] im Bett, meins ist gesund.", "family"),
]


@pytest.mark.parametrize(("lang", "marked", "category"), ADDED)
def test_what_no_cue_says_is_added_by_the_words_around(lang: str, marked: str, category: str) -> None:
    assert category in categories(WITH[lang], marked)


STAYS = [
    ("en", "The patient was admitted with [[chest pain]] and was taken to the catheter laboratory."),
    ("en", "The patient continues to have [[fevers]] for which cultures were sent."),
    ("en", "[[Pulmonary embolism]] has not been ruled out yet."),
    ("en", "My wife is 60 and she has [[crushing chest pain]]."),
    ("en", "A [[rash]] on the arm, wants to know which cream to use."),
    ("en", "[[Bleeding]] has not stopped despite pressure."),
    ("en", "[[Chest pain]] not gone after two sprays."),
    ("en", "Referred by a colleague, Dr Hahn, with [[a swollen leg]]."),
    ("en", "[[Seizure]]"),
    ("de", "Die Patientin wurde mit [[Luftnot]] zur weiteren Abklärung aufgenommen."),
    ("de", "Im CT zeigte sich [[eine Lungenembolie]], der Patient wurde verlegt."),
    ("de", "Eine [[Lungenembolie]] ist noch nicht ausgeschlossen."),
    ("de", "Laut Ehefrau sei er heute früh [[kollabiert]]."),
    ("de", "Warum habe ich seit gestern [[Ausschlag]] am Arm?"),
    ("de", "[[Blutung]] steht nicht, RR 80/50."),
    ("de", "[[Thoraxschmerz]] auch nach Nitro nicht weg."),
    ("de", "[[Dyspnoe]] bessert sich nicht."),
    ("de", "Kollege Dr. Maier sieht [[eine Appendizitis]]."),
    ("de", "Vorstellung bei Kollege Müller wegen [[Hörsturz]]."),
    ("de", "[[Krampfanfall]]"),
]


@pytest.mark.parametrize(("lang", "marked"), STAYS)
def test_what_is_asserted_stays_so(lang: str, marked: str) -> None:
    assert categories(WITH[lang], marked) <= {"uncertain"}


NEGATED = [
    (
        "en",
        "She denies [[chest pain]], shortness of breath, fever, nausea, vomiting, and leg swelling.",
    ),
    ("en", "ROS: Negative for chest pain, [[palpitations]], orthopnea, PND, syncope, hemoptysis, and hematuria."),
    ("de", "Pat. verneint [[Brustschmerz]], Luftnot, Fieber, Erbrechen, Durchfall, Synkopen und Lähmungen."),
    ("de", "Pat. verneint Brustschmerz, Luftnot, Fieber, Erbrechen, Durchfall, [[Synkopen]] und Lähmungen."),
]


@pytest.mark.parametrize(("lang", "marked"), NEGATED)
def test_what_cues_say_stands(lang: str, marked: str) -> None:
    assert categories(WITH[lang], marked) == {"negated"}


def test_its_modifier_says_that_it_decided_and_by_which_words() -> None:
    text = ADDED[0][1].replace("[[", "").replace("]]", "")
    start = text.index("malaria")
    target = (start, start + len("malaria"))
    assert WITHOUT["en"].modifiers(text, [target]) == [[]]
    modifier = WITH["en"].modifiers(text, [target])[0][0]
    assert modifier["rule"] == "en-trained-decider"
    assert modifier["why"].startswith("trained decider: '")
    assert text[modifier["start"] : modifier["end"]] == modifier["text"]
    shown = explain_context(WITH["en"], text, target)[-1]
    assert (shown["rule"], shown["says"], shown["applies"]) == ("en-trained-decider", "historical", True)


def test_it_judges_findings_only_and_none_where_it_is_removed() -> None:
    text = ADDED[1][1].replace("[[", "").replace("]]", "")
    target = (text.index("taub"), text.index("taub") + 4)
    assert WITH["de"].modifiers(text, [target], decided=0) == [[]]
    nlp = spacy.blank("de")
    nlp.add_pipe("medlfm_context", config={"remove_rules": ["de-trained-decider"]})
    for component, negated in ((nlp.get_pipe("medlfm_context"), False), (None, True)):
        doc = nlp.make_doc(text)
        span = doc.char_span(*target, label="FINDING")
        assert span is not None
        doc.ents = [span]
        if component is None:
            WITH["de"].annotate(doc, doc.ents)
        else:
            component(doc)
        assert doc.ents[0]._.medlfm_negated is negated


def test_rules_of_ones_own_are_not_overruled() -> None:
    rules: list[dict[str, Any]] = [{"id": "mine", "cue": "nary", "category": "negated"}]
    assert ContextEngine("en", rules).modifiers("In 1990 he had pleurisy.", [(15, 23)]) == [[]]


def test_its_probabilities_are_those_of_one_choice() -> None:
    sentence = WITH["en"].sentence_of("No fever.", (3, 8))
    shares = shipped_decider("en").shares("no fever.", sentence, (3, 8), {"negated"})
    assert len(shares) == len(CATEGORIES) + 1
    assert sum(shares[:-1]) == pytest.approx(1)
    assert max(shares[:-1]) == shares[1 + CATEGORIES.index("negated")]


def test_a_pickled_engine_decides_alike() -> None:
    again = pickle.loads(pickle.dumps(WITH["en"]))
    assert categories(again, ADDED[0][1]) == categories(WITH["en"], ADDED[0][1])


@pytest.mark.parametrize(
    "rules",
    [
        [{"id": "x", "decider": {"add": 0.5}}],
        [{"id": "x", "decider": {**LIMITS, "add": 0.3}}],
        [{"id": "x", "decider": LIMITS, "category": "negated"}],
        [{"id": "x", "decider": LIMITS}, {"id": "y", "decider": LIMITS}],
    ],
)
def test_limits_that_are_none_are_refused(rules: list[dict[str, Any]]) -> None:
    with pytest.raises(RulesError, match="Context rule"):
        ContextEngine("en", rules)
