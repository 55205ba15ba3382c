from __future__ import annotations

import pytest
import spacy
from spacy.training import Example

import medlfm.components.sentences  # noqa: F401

TEXTS = {
    "en": ("Dr. Smith saw the pt. today. No fever. Aspirin 81 mg b.i.d. with food.", 3),
    "de": ("Der Pat. kam mit V.a. Pneumonie. Z.n. NSTEMI 2010. Kein Fieber.", 3),
}


@pytest.mark.parametrize("lang", ["en", "de"])
def test_sentences_stay_whole_around_abbreviations(lang: str) -> None:
    nlp = spacy.blank(lang)
    nlp.add_pipe("medlfm_sentences")
    text, count = TEXTS[lang]
    assert len(list(nlp(text).sents)) == count


def test_line_ends_between_items_are_sentence_ends() -> None:
    nlp = spacy.blank("de")
    nlp.add_pipe("medlfm_sentences")
    doc = nlp("Diagnosen:\n- Pneumonie\n- COPD\n\nVerlauf gut")
    assert [sentence.text.strip() for sentence in doc.sents] == ["Diagnosen:", "- Pneumonie", "- COPD", "Verlauf gut"]


def test_an_abbreviation_of_the_users_is_respected() -> None:
    nlp = spacy.blank("en")
    nlp.add_pipe("medlfm_sentences", config={"rules": [{"id": "mine", "abbreviations": ["Foob."]}]})
    assert len(list(nlp("The Foob. Score is high.").sents)) == 1
    plain = spacy.blank("en")
    plain.add_pipe("medlfm_sentences")
    assert len(list(plain("The Foob. Score is high.").sents)) == 2


def test_a_parsed_doc_keeps_the_sentences_of_its_parser() -> None:
    nlp = spacy.blank("en")
    nlp.add_pipe("medlfm_sentences")
    doc = nlp.make_doc("One. Two.")
    for token in doc:
        token.head, token.dep_ = doc[0], "dep"
    assert len(list(nlp(doc).sents)) == 1


def test_the_scorer_compares_sentences() -> None:
    nlp = spacy.blank("en")
    nlp.add_pipe("medlfm_sentences")
    text = "No fever. No chills."
    gold = nlp.make_doc(text)
    for token in gold:
        token.is_sent_start = token.i in (0, 3)
    assert nlp.evaluate([Example(nlp.make_doc(text), gold)])["sents_f"] == 1.0
