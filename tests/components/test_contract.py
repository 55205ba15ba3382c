"""What every component of medlfm promises, held for all of them alike."""

from __future__ import annotations

import json
import multiprocessing
import pickle
import subprocess
import sys
import time
import tomllib
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import spacy
from spacy.language import Language
from spacy.tokens import Doc, DocBin, Span
from spacy.tokens.underscore import Underscore
from spacy.training import Example

import medlfm
from medlfm.errors import LanguageError, RulesError
from medlfm.pipeline import ORDER

ROOT = Path(__file__).parents[2]
LANGUAGES = ("en", "de")

NOTES = {
    "en": """Family History:
Father had a myocardial infarction.

History of Present Illness:
Mr. John Miller, 54, was seen on 03/04/2021 with chest pain radiating to the left arm and shortness of breath. No fever.
Chronic obstructive pulmonary disease (COPD) is known; COPD is stable. Takes metoprolol 50 mg p.o. b.i.d.
No ibuprofen.

Plan:
Return if fever develops.""",
    "de": """Familienanamnese:
Vater mit Herzinfarkt.

Aktuelle Anamnese:
Herr Hans Müller, 54 Jahre, kam am 3.4.2021 mit Brustschmerzen mit Ausstrahlung in den linken Arm und Atemnot.
Kein Fieber. Chronisch obstruktive Lungenerkrankung (COPD) bekannt, COPD stabil. Metoprolol 50 mg p.o. 1-0-1.
Kein Ibuprofen.

Procedere:
Bei Fieber sofort wiedervorstellen.""",
}

for _name in ORDER:  # as the entry points do where medlfm is installed
    import_module(f"medlfm.components.{_name.removeprefix('medlfm_')}")


def state(doc: Doc) -> dict[str, Any]:
    """Everything that components write, as JSON data (a DocBin turns lists into tuples)."""
    spans = [*doc.ents, *(span for key in sorted(doc.spans) for span in doc.spans[key])]
    written = {
        "text": doc.text,
        "sentences": [sentence.text for sentence in doc.sents] if doc.has_annotation("SENT_START") else None,
        "groups": {key: [_place(span) for span in doc.spans[key]] for key in doc.spans},
        "spans": [{name: span._.get(name) for name in _extensions(Underscore.span_extensions)} for span in spans],
        "doc": {name: doc._.get(name) for name in _extensions(Underscore.doc_extensions)},
    }
    return json.loads(json.dumps(written))  # type: ignore[no-any-return]


def _place(span: Span) -> tuple[int, int, str, str]:
    return span.start_char, span.end_char, span.label_, span.id_


def _extensions(declared: dict[Any, Any]) -> list[str]:
    return sorted(name for name in declared if name.startswith("medlfm_"))


def alone(name: str, lang: str, **config: Any) -> Language:
    nlp = spacy.blank(lang)
    nlp.add_pipe(name, config=config)
    return nlp


@pytest.fixture(params=[(name, lang) for name in ORDER for lang in LANGUAGES], ids=lambda param: "-".join(param))
def nlp(request: pytest.FixtureRequest) -> Language:
    """Each component alone in a blank pipeline of each language."""
    return alone(*request.param)


def test_each_component_and_its_scorer_are_declared_as_entry_points() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["entry-points"]
    assert set(project["spacy_factories"]) == set(ORDER)
    assert set(project["spacy_scorers"]) == {f"medlfm.{name.removeprefix('medlfm_')}_scorer.v1" for name in ORDER}
    for target in [*project["spacy_factories"].values(), *project["spacy_scorers"].values()]:
        module, function = target.split(":")
        assert callable(getattr(import_module(module), function))


def test_it_leaves_the_text_alone_and_writes_the_same_every_time(nlp: Language) -> None:
    text = NOTES[nlp.lang or ""]
    first = state(nlp(text))
    assert first["text"] == text
    assert state(nlp(text)) == first
    assert state(alone(nlp.pipe_names[0], nlp.lang or "")(text)) == first


def test_it_survives_disk_bytes_and_pickle(nlp: Language, tmp_path: Path) -> None:
    text = NOTES[nlp.lang or ""]
    wanted = state(nlp(text))
    nlp.to_disk(tmp_path / "model")
    assert state(spacy.load(tmp_path / "model")(text)) == wanted
    fresh = alone(nlp.pipe_names[0], nlp.lang or "")
    assert state(fresh.from_bytes(nlp.to_bytes())(text)) == wanted
    assert state(pickle.loads(pickle.dumps(nlp))(text)) == wanted


def test_its_docs_survive_a_doc_bin(nlp: Language) -> None:
    doc = nlp(NOTES[nlp.lang or ""])
    data = DocBin(store_user_data=True, docs=[doc]).to_bytes()
    again = next(iter(DocBin(store_user_data=True).from_bytes(data).get_docs(nlp.vocab)))
    assert state(again) == state(doc)


def test_it_takes_an_empty_doc_and_one_of_white_space(nlp: Language) -> None:
    for text in ("", " ", "\n\n\t"):
        assert nlp(text).text == text


def test_it_has_a_scorer_that_finds_itself_right(nlp: Language) -> None:
    if nlp.pipe_names == ["medlfm_context"]:  # it needs findings to say something about
        nlp.add_pipe("medlfm_medications", first=True)
    text = NOTES[nlp.lang or ""]
    scores = nlp.evaluate([Example(nlp.make_doc(text), nlp(text))])
    weights = nlp.get_factory_meta(nlp.pipe_names[-1]).default_score_weights
    main = [name for name, weight in weights.items() if weight]
    assert main
    assert {name: scores[name] for name in main} == dict.fromkeys(main, 1.0)


@pytest.fixture(scope="module")
def megabyte() -> Doc:
    """A megabyte in the language with the slower tokenizer, tokenised once."""
    nlp = spacy.blank("de")
    nlp.max_length = 2_000_000
    return nlp.make_doc((NOTES["de"] + "\n\n") * (1_000_000 // len(NOTES["de"]) + 1))


@pytest.mark.parametrize("name", ORDER)
def test_a_megabyte_takes_seconds(name: str, megabyte: Doc) -> None:
    nlp = spacy.blank("de", vocab=megabyte.vocab)
    if name == "medlfm_context":
        nlp.add_pipe("medlfm_medications")
    nlp.add_pipe(name)
    doc = megabyte.copy()
    start = time.perf_counter()
    for _, component in nlp.pipeline:
        doc = component(doc)
    # a third of it on an idle machine; the PHI model reads every token
    assert time.perf_counter() - start < (120 if name == "medlfm_phi" else 40)


@pytest.mark.parametrize("name", ORDER)
def test_another_language_is_refused_by_name(name: str) -> None:
    with pytest.raises(LanguageError, match="'fr'"):
        spacy.blank("fr").add_pipe(name)


@pytest.mark.parametrize("name", ORDER)
@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_rule_file_that_is_missing_or_no_jsonl_is_refused(name: str, lang: str, tmp_path: Path) -> None:
    with pytest.raises(RulesError, match="no such file"):
        alone(name, lang, rules=str(tmp_path / "nothing.jsonl"))
    (tmp_path / "broken.jsonl").write_text("{", encoding="utf-8")
    with pytest.raises(RulesError, match="line 1"):
        alone(name, lang, rules=str(tmp_path / "broken.jsonl"))


@pytest.mark.parametrize("name", ORDER)
@pytest.mark.parametrize("lang", LANGUAGES)
def test_rules_are_replaced_and_removed_by_config_and_file_and_travel(name: str, lang: str, tmp_path: Path) -> None:
    shipped: Any = alone(name, lang).get_pipe(name)
    kept = shipped.rules[0]
    # an expression that later rules name can't go alone
    dropped = next(
        rule for rule in shipped.rules[1:] if "guard" not in rule and ("word" not in rule or "regex" not in rule)
    )
    removed: Any = alone(name, lang, remove_rules=[dropped["id"]]).get_pipe(name)
    assert [rule["id"] for rule in removed.rules] == [
        rule["id"] for rule in shipped.rules if rule["id"] != dropped["id"]
    ]
    path = tmp_path / "mine.jsonl"
    path.write_text(json.dumps({**kept, "id": "mine"}) + "\n", encoding="utf-8")
    extended: Any = alone(name, lang, rules=str(path)).get_pipe(name)
    assert len(extended.rules) == len(shipped.rules) + 1
    nlp = alone(name, lang, rules=str(path), replace_rules=True)
    nlp.to_disk(tmp_path / "model")
    loaded: Any = spacy.load(tmp_path / "model").get_pipe(name)
    assert [rule["id"] for rule in loaded.rules] == ["mine"]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_guard_that_rules_of_phi_name_cannot_go_alone(lang: str) -> None:
    with pytest.raises(RulesError, match="needs the guard 'lab'"):
        alone("medlfm_phi", lang, remove_rules=["guard-lab"])


@pytest.mark.parametrize("engine", ["medlfm", "medspacy"])
@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_full_pipeline_holds_all_components_and_keeps_every_promise(lang: str, engine: str, tmp_path: Path) -> None:
    if engine == "medspacy":
        pytest.importorskip("medspacy")
    nlp = medlfm.load(lang, engine=engine)
    assert nlp.pipe_names == list(ORDER)
    wanted = state(doc := nlp(NOTES[lang]))
    data = DocBin(store_user_data=True, docs=[doc]).to_bytes()
    assert state(next(iter(DocBin(store_user_data=True).from_bytes(data).get_docs(nlp.vocab)))) == wanted
    assert nlp("").text == ""
    nlp.to_disk(tmp_path / "model")
    assert state(spacy.load(tmp_path / "model")(NOTES[lang])) == wanted
    assert state(pickle.loads(pickle.dumps(nlp))(NOTES[lang])) == wanted
    scores = nlp.evaluate([Example(nlp.make_doc(NOTES[lang]), nlp(NOTES[lang]))])
    assert scores["sents_f"] == 1.0


SPAWN = """
import json, sys
from importlib import import_module
import multiprocessing, spacy

def main():
    multiprocessing.set_start_method(sys.argv[1], force=True)
    from medlfm.pipeline import load
    for lang, text in json.loads(sys.argv[2]).items():
        compare(load(lang), text)
    print("same")

def compare(nlp, text):
    texts = [text, "", text]
    docs = list(nlp.pipe(texts, n_process=2, batch_size=1))
    here = [nlp(text) for text in texts]
    def facts(doc):
        groups = {}
        for key in doc.spans:
            groups[key] = [(s.start_char, s.end_char, s.label_, s._.medlfm_modifiers) for s in doc.spans[key]]
        return groups, doc._.medlfm_normalized, doc._.medlfm_urgency, doc._.medlfm_expanded
    assert [facts(doc) for doc in docs] == [facts(doc) for doc in here]

if __name__ == "__main__":
    main()
"""


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_two_processes_annotate_as_one_does(method: str, tmp_path: Path) -> None:
    if method not in multiprocessing.get_all_start_methods():
        pytest.skip(f"this system has no {method}")
    script = tmp_path / "pipe.py"
    script.write_text(SPAWN, encoding="utf-8")
    command = [sys.executable, str(script), method, json.dumps(NOTES)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.stdout == "same\n", done.stderr[-2000:]
    assert done.stderr == ""  # a library call prints nothing


def test_every_component_is_right_when_it_stands_alone() -> None:
    doc = alone("medlfm_medications", "en")("Denies taking metoprolol 50 mg. Takes aspirin 100 mg daily.")
    found = {span.text.lower(): span._.medlfm_negated for span in doc.spans["medlfm_medications"]}
    assert found == {"metoprolol": True, "aspirin": False}
