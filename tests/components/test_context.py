from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import spacy
from spacy.language import Language
from spacy.tokens import Doc, DocBin
from spacy.training import Example

import medlfm
import medlfm.components.context
import medlfm.components.sections
from medlfm.errors import RulesError, SettingsError

PHRASES = {
    "en": ["fever", "chest pain", "pneumonia", "stroke", "cough"],
    "de": ["Fieber", "Brustschmerz", "Pneumonie", "Schlaganfall", "Husten"],
}


def pipeline(lang: str = "en", *before: str, **config: Any) -> Language:
    nlp = spacy.blank(lang)
    for name in before:
        nlp.add_pipe(name)
    ruler = nlp.add_pipe("entity_ruler")
    ruler.add_patterns([{"label": "FINDING", "pattern": phrase} for phrase in PHRASES[lang]])  # type: ignore[attr-defined]
    nlp.add_pipe("medlfm_context", config=config)
    return nlp


def modifiers(doc: Doc) -> dict[str, list[str]]:
    return {span.text: sorted({item["category"] for item in span._.medlfm_modifiers}) for span in doc.ents}


@pytest.mark.parametrize("engine", ["medlfm", "medspacy"])
def test_entities_get_their_modifiers_without_sentence_bounds(engine: str) -> None:
    if engine == "medspacy":
        pytest.importorskip("medspacy")
    doc = pipeline(engine=engine)("No fever. Possible pneumonia. Mother: stroke. She has a cough.")
    assert modifiers(doc) == {"fever": ["negated"], "pneumonia": ["uncertain"], "stroke": ["family"], "cough": []}
    assert not doc.has_annotation("SENT_START")


@pytest.mark.parametrize("engine", ["medlfm", "medspacy"])
def test_german_works_with_both_engines(engine: str) -> None:
    if engine == "medspacy":
        pytest.importorskip("medspacy")
    doc = pipeline("de", engine=engine)("V.a. Pneumonie. Kein Fieber. Z.n. Schlaganfall. Starker Husten.")
    assert modifiers(doc) == {
        "Pneumonie": ["uncertain"],
        "Fieber": ["negated"],
        "Schlaganfall": ["historical"],
        "Husten": [],
    }


def test_medspacy_leaves_nothing_behind_that_cant_be_stored() -> None:
    pytest.importorskip("medspacy")
    doc = pipeline(engine="medspacy")("No fever.")
    assert len(DocBin(store_user_data=True, docs=[doc]).to_bytes()) > 0
    assert list(doc.spans) == []


def test_a_cue_survives_a_sentencizer_that_cuts_after_it() -> None:
    doc = pipeline("de", "sentencizer")("Aktuell V.a. Pneumonie.")
    assert modifiers(doc) == {"Pneumonie": ["uncertain"]}


def test_the_section_of_a_finding_counts() -> None:
    doc = pipeline("en", "medlfm_sections")("Family History:\nstroke\n\nPlan:\ntreat the pneumonia")
    assert modifiers(doc) == {"stroke": ["family"], "pneumonia": []}


def test_only_the_groups_in_targets_are_annotated() -> None:
    nlp = pipeline(targets=["mine"])
    doc = nlp("No fever.")
    assert modifiers(doc) == {"fever": []}
    doc.spans["mine"] = list(doc.ents)
    nlp.get_pipe("medlfm_context")(doc)  # type: ignore[operator]
    assert modifiers(doc) == {"fever": ["negated"]}


def test_a_medspacy_rule_file_loads(tmp_path: Path) -> None:
    rules = [
        {"literal": "zilch", "category": "NEGATED_EXISTENCE", "direction": "FORWARD"},
        {
            "literal": "quite absurd",
            "category": "POSSIBLE_EXISTENCE",
            "direction": "BACKWARD",
            "pattern": [{"LOWER": {"IN": ["quite", "rather"]}, "OP": "?"}, {"LOWER": "absurd"}],
        },
        {"literal": "halt", "category": "TERMINATE", "direction": "TERMINATE"},
    ]
    path = tmp_path / "rules.json"
    path.write_text(json.dumps({"context_rules": rules}), encoding="utf-8")
    doc = pipeline(rules=str(path))("Zilch fever halt cough. Pneumonia seems rather absurd.".replace("Pneu", "pneu"))
    assert modifiers(doc) == {"fever": ["negated"], "cough": [], "pneumonia": ["uncertain"]}


def test_a_token_pattern_that_our_engine_cant_read_is_refused_by_name(tmp_path: Path) -> None:
    rules = [{"literal": "zilch", "category": "NEGATED_EXISTENCE", "pattern": [{"POS": "DET"}]}]
    path = tmp_path / "rules.json"
    path.write_text(json.dumps({"context_rules": rules}), encoding="utf-8")
    with pytest.raises(RulesError, match="zilch"):
        pipeline(rules=str(path))


def test_an_unknown_engine_is_refused() -> None:
    with pytest.raises(SettingsError, match="Allowed: medlfm, medspacy"):
        pipeline(engine="negex")


def test_the_scorer_counts_modifiers() -> None:
    nlp = pipeline()
    gold = nlp("No fever but cough.")
    assert nlp.evaluate([Example(nlp.make_doc(gold.text), gold)])["context_micro_f"] == 1.0
    gold.ents[0]._.medlfm_negated = False
    assert nlp.evaluate([Example(nlp.make_doc(gold.text), gold)])["context_micro_f"] == 0.0


@pytest.mark.parametrize("engine", ["medlfm", "medspacy"])
def test_the_names_of_medspacy_are_written_when_asked(engine: str) -> None:
    if engine == "medspacy":
        pytest.importorskip("medspacy")
    nlp = medlfm.load("en", phi=False, engine=engine, config={"medlfm_context": {"medspacy_attributes": True}})
    doc = nlp("No sign of stroke. Father died of pulmonary embolism. Chest pain now.")
    found = {span.text.lower(): (span._.is_negated, span._.is_family) for span in doc.spans["medlfm_emergency"]}
    assert found["stroke"] == (True, False)
    assert found["pulmonary embolism"] == (False, True)
    assert found["chest pain"] == (False, False)
