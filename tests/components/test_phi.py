from __future__ import annotations

from pathlib import Path

import pytest
import spacy
from spacy.tokens import Doc
from spacy.training import Example

import medlfm.components.phi  # noqa: F401  (registers the factory where the package isn't installed)
from medlfm.errors import LanguageError
from medlfm.spans import PHI


def test_spans_have_label_rule_and_score() -> None:
    nlp = spacy.blank("de")
    nlp.add_pipe("medlfm_phi")
    doc = nlp("Herr Müller kam am 3.4.2020.")
    assert [(span.text, span.label_) for span in doc.spans[PHI]] == [("Müller", "NAME"), ("3.4.2020.", "DATE")]
    name = doc.spans[PHI][0]
    assert name.id_ == "name-title"
    assert 0 < name._.medlfm_score <= 1


def test_two_finds_in_one_token_become_one_span() -> None:
    nlp = spacy.blank("en")
    nlp.add_pipe("medlfm_phi")
    doc = Doc(nlp.vocab, words=["x1/2/2020;3/4/2021x"], spaces=[False])
    doc = nlp.get_pipe("medlfm_phi")(doc)
    assert len(doc.spans[PHI]) <= 1


def test_min_score_and_rules_are_configurable() -> None:
    nlp = spacy.blank("en")
    rule = {"id": "ward", "label": "ID", "regex": r"\bW-\d\d\b", "score": 0.95}
    nlp.add_pipe("medlfm_phi", config={"min_score": 0.9, "rules": [rule], "remove_rules": ["email"]})
    doc = nlp("W-12, a@b.org, Mary")
    assert [span.id_ for span in doc.spans[PHI]] == ["ward"]


def test_replaced_rules_are_the_only_ones() -> None:
    nlp = spacy.blank("en")
    rule = {"id": "ward", "label": "ID", "regex": r"\bW-\d\d\b"}
    nlp.add_pipe("medlfm_phi", config={"rules": [rule], "replace_rules": True})
    doc = nlp("W-12, Dr. Smith, 3/4/2020")
    assert [span.text for span in doc.spans[PHI]] == ["W-12"]


def test_the_model_finds_what_no_rule_does_and_rules_alone_stay_rules() -> None:
    text = "Ask Zeltrin Quovast at 71 Tylova 285, Ostrov about it. MRN 123456."
    found = {}
    for model in (True, False):
        nlp = spacy.blank("en")
        nlp.add_pipe("medlfm_phi", config={"model": model})
        doc = nlp(text)
        found[model] = {(span.text, span.label_, span.id_) for span in doc.spans[PHI]}
    assert ("Zeltrin Quovast", "NAME", "model") in found[True]
    assert any(label == "ADDRESS" and rule == "model" for _, label, rule in found[True])
    assert not any(rule == "model" for _, _, rule in found[False])
    assert {label for _, label, _ in found[False]} == {"MRN"}


def test_rules_alone_stored_over_a_folder_with_a_model_stay_rules_alone(tmp_path: Path) -> None:
    for model in (True, False):
        nlp = spacy.blank("en")
        nlp.add_pipe("medlfm_phi", config={"model": model})
        nlp.to_disk(tmp_path)
        assert (spacy.load(tmp_path).get_pipe("medlfm_phi").model is not None) == model


def test_a_batch_is_annotated_as_each_text_alone() -> None:
    nlp = spacy.blank("de")
    nlp.add_pipe("medlfm_phi")
    texts = ["Frau Beate Kühnlein, geb. 3.4.1950.", "", "Kein Fieber.\n" * 900 + "gez. Dr. Ulf Trautwein"]
    alone = [[(span.start, span.end, span.label_) for span in doc.spans[PHI]] for doc in [nlp(text) for text in texts]]
    batch = [[(span.start, span.end, span.label_) for span in doc.spans[PHI]] for doc in nlp.pipe(texts)]
    assert batch == alone
    assert alone[0]
    assert not alone[1]


def test_scorer_counts_exact_spans_by_label() -> None:
    nlp = spacy.blank("en")
    nlp.add_pipe("medlfm_phi")
    gold = nlp.make_doc("Mr. Smith and Ms. Jones")
    gold.spans[PHI] = [gold.char_span(4, 9, label="NAME"), gold.char_span(10, 13, label="DATE")]
    scores = nlp.evaluate([Example(nlp.make_doc(gold.text), gold)])
    assert scores["spans_medlfm_phi_p"] == 0.5
    assert scores["spans_medlfm_phi_r"] == 0.5
    assert scores["spans_medlfm_phi_per_type"]["DATE"] == {"p": 0.0, "r": 0.0, "f": 0.0}


def test_a_language_without_rules_is_said() -> None:
    with pytest.raises(LanguageError, match="'fr'"):
        spacy.blank("fr").add_pipe("medlfm_phi")
