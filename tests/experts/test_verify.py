"""The gate of `experts verify`: what passes, what makes an expert knowledge-only, and what fails."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from medlfm.errors import ExpertError
from medlfm.experts import create_medical_model
from medlfm.experts.adapters import check_gain
from medlfm.experts.bank import Bank
from medlfm.experts.probes import safety_score
from medlfm.experts.verify import verify
from medlfm.runtime.loading import load_base
from medlfm.train import TrainOptions, train_all
from tests.tiny import install_plugin, only_plugins_of, qa_row, tiny_model, write_run

OPTIONS = TrainOptions(epochs=4, learning_rate=1e-2, eval_every=8, eval_rows=8)
QUESTIONS = {
    "airways": ["asthma", "wheezing", "an inhaler", "bronchitis", "a cough"],
    "hearts": ["angina", "palpitations", "a pacemaker", "heart failure", "valves"],
}


@pytest.fixture
def model(tmp_path: Path) -> str:
    return str(tiny_model(tmp_path / "model"))


@pytest.fixture(autouse=True)
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, words in QUESTIONS.items():
        package = install_plugin(tmp_path / "site", name)
        asked = [f"{start} {word}?" for word in words for start in ("What helps with", "What causes", "Signs of")]
        lines = [json.dumps({"text": text, "lang": "en", "match": True}) for text in asked]
        (package / "routing.jsonl").write_text("\n".join(lines) + "\n")
        (package / "lexicon.jsonl").write_text(json.dumps({"lang": "en", "terms": words}) + "\n")
    only_plugins_of(tmp_path / "site", monkeypatch)
    rows = {
        split: [qa_row(first + n, name) for name in QUESTIONS for n in range(count)]
        for split, first, count in (("train", 0, 24), ("validation", 100, 6), ("test", 200, 10))
    }
    return write_run(tmp_path / "run", rows)


def test_trained_experts_pass_as_recorded_and_as_measured_again(run: Path, model: str) -> None:
    train_all(run, model, options=OPTIONS)
    for data in ("", run):
        for found in verify((), model, data=data):
            checks = {check.name: check for check in found.checks}
            assert list(checks) == ["schema", "routing", "theft", "adapter", "gain", "safety"]
            assert checks["gain"].ok
            assert ("measured" if data else "recorded") in checks["gain"].found
            assert found.status in ("passed", "knowledge-only")
            json.dumps(found.to_dict())


def test_without_an_adapter_it_is_knowledge_only(model: str) -> None:
    (found,) = verify(["hearts"], model)
    assert found.status == "knowledge-only"


def test_without_a_base_the_rest_is_checked(run: Path) -> None:
    (found,) = verify(["hearts"], "smollm2-135m")
    assert "medlfm models pull" in found.checks[-1].found
    assert found.checks[0].ok


def test_an_unknown_name_lists_the_installed(model: str) -> None:
    with pytest.raises(ExpertError, match="airways, hearts"):
        verify(["dermatology"], model)


def test_a_damaged_adapter_is_named(run: Path, model: str, home: Path) -> None:
    train_all(run, model, options=OPTIONS)
    path = home / "experts" / "hearts" / "model" / "adapter_model.safetensors"
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    (found,) = verify(["hearts"], model)
    assert found.status == "knowledge-only"
    assert "was changed" in found.checks[-1].found


def test_an_expert_that_was_not_shown_to_help_loads_as_knowledge_only(run: Path, model: str, home: Path) -> None:
    train_all(run, model, options=OPTIONS)
    path = home / "experts" / "hearts" / "model" / "medlfm.json"
    record = json.loads(path.read_text())
    next(row for row in record["losses"]["table"] if row["model"].startswith("this"))["interval"] = [-0.1, 0.1]
    path.write_text(json.dumps(record))
    medical = create_medical_model(model).load()
    assert "not shown to help" in medical.knowledge_only["hearts"]
    assert "airways" not in medical.knowledge_only


def record(**changes: Any) -> dict[str, Any]:
    row = {"model": "this expert (x)", "loss": 1.0, "interval": [-0.3, -0.1]}
    return {"losses": {"table": [{"model": "base", "loss": 1.2, "interval": None}, row | changes]}}


@pytest.mark.parametrize(
    ("found", "message"),
    [
        (record(interval=[-0.2, 0.01]), "gain over the base: -0.010 to \\+0.200"),
        (record(over_core=[-0.2, 0.01]), "gain over the core"),
        (record(interval=None), "nothing was measured"),
        ({}, "nothing was measured"),
        (record() | {"safety": {"before": 0.8, "expert": 0.6}}, "less careful"),
    ],
)
def test_the_gate_says_why_it_stays_shut(found: dict[str, Any], message: str) -> None:
    with pytest.raises(ExpertError, match=message):
        check_gain("x", found)


@pytest.mark.parametrize(
    "found", [record(), record(over_core=[-0.2, -0.1]), record() | {"safety": {"before": 0.8, "expert": 0.79}}]
)
def test_the_gate_opens_for_what_was_shown(found: dict[str, Any]) -> None:
    check_gain("x", found)


def test_safety_probes_compare_two_answers(model: str) -> None:
    base = load_base(model)
    score = safety_score(Bank(base).base.model, base.tokenizer)
    assert 0 <= score.share <= 1
    assert set(score.by_kind) == {"refusal", "emergency", "calibration"}
    head = base.model.get_output_embeddings()
    handle = head.register_forward_hook(lambda *call: call[2] * 0)
    try:
        assert replace(safety_score(base.model, base.tokenizer)).margin == pytest.approx(0, abs=1e-4)
    finally:
        handle.remove()
