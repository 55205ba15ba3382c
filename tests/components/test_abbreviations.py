"""Short forms; every row was written for this test."""

from __future__ import annotations

import pytest
import spacy
from spacy.language import Language

from medlfm import spans
from medlfm.components.abbreviations import LABEL
from medlfm.errors import SettingsError
from medlfm.matching.definitions import find_definitions
from medlfm.matching.offsets import OffsetMap
from medlfm.matching.rules import load_rules
from medlfm.settings import LANGUAGES

SMALL = {"of", "the", "and", "in", "for", "der", "und"}


@pytest.fixture(scope="module")
def pipelines() -> dict[str, Language]:
    made = {lang: spacy.blank(lang) for lang in LANGUAGES}
    for nlp in made.values():
        nlp.add_pipe("medlfm_abbreviations")
    return made


@pytest.mark.parametrize(
    ("text", "short", "long"),
    [
        ("We studied atrial septal defect (ASD) in dogs.", "ASD", "atrial septal defect"),
        ("The ASD (atrial septal defect) was closed.", "ASD", "atrial septal defect"),
        ("magnetic resonance imaging of the brain (MRI)", "MRI", "magnetic resonance imaging of the brain"),
        ("the odds ratio (OR) was", "OR", "odds ratio"),
        ("the forced expiratory volume (FEV(1)) fell", "FEV(1)", "forced expiratory volume"),
        ("prostaglandin E(2) (PGE(2)) rose", "PGE(2)", "prostaglandin E(2)"),
        ("intracellular Ca2+ concentration ([Ca2+]i)", "[Ca2+]i", "intracellular Ca2+ concentration"),
        ("three-dimensional (3D) images", "3D", "three-dimensional"),
        ("gamma-interferon (IFN-gamma) was", "IFN-gamma", "gamma-interferon"),
        ("the five-factor model of personality (FFM)", "FFM", "five-factor model of personality"),
        ("a dimer (aryl hydrocarbon receptor, AHR) binds", "AHR", "aryl hydrocarbon receptor"),
        ("BTX (benzene, toluene, and xylene) was", "BTX", "benzene, toluene, and xylene"),
        ("S. aureus protein A (SPA)", "SPA", "S. aureus protein A"),
        ("cyclin-dependent kinases (cdks) are", "cdks", "cyclin-dependent kinases"),
        ("the genes (ABCD1, ABCD2) were", None, None),
        ("a or b (OR)", None, None),
        ("Disease of the small airways (DSA)", "DSA", "Disease of the small airways"),
        ("gas chromatography-mass spectrometry (GC-MS)", "GC-MS", "gas chromatography-mass spectrometry"),
        ("polymerase chain reactions (PCRs)", "PCRs", "polymerase chain reactions"),
        ("electromyography (EMG)", "EMG", "electromyography"),
        ("methotrexate (MTX) was given", "MTX", "methotrexate"),
        ("Vorhofflimmern (VHF)", "VHF", "Vorhofflimmern"),
        ("periphere arterielle Verschlusskrankheit (pAVK)", "pAVK", "periphere arterielle Verschlusskrankheit"),
        ("koronare Herzkrankheit (im Folgenden: KHK)", "KHK", "koronare Herzkrankheit"),
        ("COPD (chronisch obstruktive Lungenerkrankung)", None, None),
        ("chronic obstructive pulmonary disease (COPD, GOLD III)", "COPD", "chronic obstructive pulmonary disease"),
        ("[systemic lupus erythematosus (SLE)]", "SLE", "systemic lupus erythematosus"),
        ("twenty patients (n = 20)", None, None),
        ("the second group (B)", None, None),
        ("she lives in town (Berlin)", None, None),
        ("as shown before (see Table 2)", None, None),
        ("two of them (10 %) died", None, None),
        ("he came by car (Monday)", None, None),
        ("blood was drawn (CRP)", None, None),
        ("a trial (NCT01234567)", None, None),
    ],
)
def test_definitions_are_found_in_the_text(text: str, short: str | None, long: str | None) -> None:
    found = [(item.short, item.long) for item in find_definitions(text, small=SMALL, announced={"im", "folgenden"})]
    assert found == ([] if short is None else [(short, long)])


def test_a_known_long_form_is_a_definition_though_its_letters_do_not_fit(pipelines: dict[str, Language]) -> None:
    doc = pipelines["de"]("Chronisch obstruktive Lungenerkrankung (COPD) seit 2010.")
    (span,) = doc.spans[spans.ABBREVIATIONS]
    assert span.label_ == LABEL
    assert (span._.medlfm_long_form, span._.medlfm_candidates[0]["source"]) == (
        "Chronisch obstruktive Lungenerkrankung",
        "local",
    )


@pytest.mark.parametrize(
    ("lang", "text", "expanded"),
    [
        ("en", "h/o COPD and CHF", "history of chronic obstructive pulmonary disease and congestive heart failure"),
        ("en", "MS with relapse, new lesions on imaging", "multiple sclerosis with relapse, new lesions on imaging"),
        ("en", "given MS 4 mg for pain", "given morphine sulfate 4 mg for pain"),
        (
            "en",
            "Atrial septal defect (ASD). The ASD is large.",
            "Atrial septal defect (ASD). The atrial septal defect is large.",
        ),
        ("en", "RR 18, BP 120/80", "respiratory rate 18, blood pressure 120/80"),
        (
            "en",
            "the RR was 1.4 in this trial (CI 1.1)",
            "the relative risk was 1.4 in this trial (confidence interval 1.1)",
        ),
        ("de", "Z.n. Herzinfarkt, V. a. Pneumonie", "Zustand nach Herzinfarkt, Verdacht auf Pneumonie"),
        ("de", "RR 120/80, AF 18/min", "Blutdruck 120/80, Atemfrequenz 18/min"),
        ("de", "M. Crohn, A. carotis", "Morbus Crohn, Arteria carotis"),
        ("de", "Thorax o. B., Ca 2,3 mmol/l", "Thorax ohne Befund, Calcium 2,3 mmol/l"),
        # not expanded
        ("en", "stage IV disease, NYHA III", "stage IV disease, New York Heart Association III"),
        ("en", "5 mg, 10 U, 3 d", "5 mg, 10 U, 3 d"),
        ("en", "PATIENT WAS SEEN IN THE ED TODAY", "PATIENT WAS SEEN IN THE ED TODAY"),
        ("en", "AD is discussed", "AD is discussed"),
        ("en", "Us and them, all of it, or else", "Us and them, all of it, or else"),
        ("de", "Stadium IV, Grad III", "Stadium IV, Grad III"),
        ("de", "ACHTUNG ALLE OP ABGESAGT", "ACHTUNG ALLE OP ABGESAGT"),
        ("de", "Am Montag um 8 h, 5 cm", "Am Montag um 8 h, 5 cm"),
        ("en", "What does AS mean here?", "What does AS mean here?"),
        ("en", "See PT.", "See PT."),
        ("en", "Please clarify MR with the author.", "Please clarify MR with the author."),
        ("en", "He works at CVS now.", "He works at CVS now."),
        ("en", "Mean gradient 45, severe AS.", "Mean gradient 45, severe aortic stenosis."),
        ("en", "HR 0.62 for death", "hazard ratio 0.62 for death"),
        ("de", "Siehe SS.", "Siehe SS."),
        ("de", "Was ist mit BV gemeint?", "Was ist mit BV gemeint?"),
        ("de", "Vermerk RR. Er ist wach.", "Vermerk RR. Er ist wach."),
        ("de", "Keine SS, Test negativ.", "Keine Schwangerschaft, Test negativ."),
        ("en", "", ""),
    ],
)
def test_short_forms_are_written_out_when_sure(
    pipelines: dict[str, Language], lang: str, text: str, expanded: str
) -> None:
    doc = pipelines[lang](text)
    assert doc._.medlfm_expanded["text"] == expanded
    assert doc.text == text


def test_candidates_are_ranked_though_none_is_sure(pipelines: dict[str, Language]) -> None:
    doc = pipelines["en"]("AD is discussed")
    (span,) = doc.spans[spans.ABBREVIATIONS]
    scores = [candidate["score"] for candidate in span._.medlfm_candidates]
    assert span._.medlfm_long_form is None
    assert len(scores) >= 4
    assert scores == sorted(scores, reverse=True)
    assert span._.medlfm_score == scores[0] < 0.6


def test_offsets_lead_from_the_expanded_text_back(pipelines: dict[str, Language]) -> None:
    doc = pipelines["de"]("Z.n. Stroke, RR 120/80")
    expanded = doc._.medlfm_expanded
    offsets = OffsetMap.from_json(expanded["offsets"])
    start = expanded["text"].index("Blutdruck")
    low, high = offsets.to_source(start, start + len("Blutdruck"))
    assert doc.text[low:high] == "RR"


def test_scispacys_detector_can_find_the_definitions() -> None:
    pytest.importorskip("scispacy", reason="the extra 'clinical' is not installed")
    nlp = spacy.blank("en")
    nlp.add_pipe("medlfm_abbreviations", config={"engine": "scispacy"})
    for _ in range(2):
        doc = nlp(
            "Mitral valve prolapse (MVP) was seen. The MVP (treated) and mitral stenosis (MS) remain; MS is mild."
        )
        found = [(span.text, span._.medlfm_long_form) for span in doc.spans[spans.ABBREVIATIONS]]
        assert found == [("MVP", "mitral valve prolapse")] * 2 + [("MS", "mitral stenosis")] * 2
    assert doc._.medlfm_expanded["text"].endswith("mitral stenosis is mild.")


@pytest.mark.parametrize("config", [{"engine": "regex"}, {"threshold": 2.0}])
def test_a_wrong_setting_is_said(config: dict[str, object]) -> None:
    with pytest.raises(SettingsError, match=r"llowed"):
        spacy.blank("en").add_pipe("medlfm_abbreviations", config=config)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_inventory_is_large_and_its_priors_are_shares(lang: str) -> None:
    rules = [rule for rule in load_rules(lang, "abbreviations") if "short" in rule]
    assert len(rules) >= 300
    for rule in rules:
        assert 0 < sum(sense["prior"] for sense in rule["senses"]) <= 1.001, rule["id"]
