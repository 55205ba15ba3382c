from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from medlfm import create_medical_model, evaluate_medical_model
from medlfm.errors import RecordError
from medlfm.settings import load_settings
from tests.tiny import install_plugin, make_model, make_tokenizer, only_plugins_of, qa_row, tiny_model

ROWS = [qa_row(number, "alpha") for number in range(6)]
KEYS = {
    "rows",
    "answer_tokens",
    "held_out_loss",
    "perplexity",
    "avg_confidence",
    "avg_safety_score",
    "coverage",
    "selective_accuracy",
    "ece",
    "citation_precision",
    "citation_recall",
    "refusal",
    "over_refusal",
    "urgency_recall",
    "statuses",
    "reasons",
}


@pytest.fixture
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    site = tmp_path / "site"
    install_plugin(site, "alpha")
    only_plugins_of(site, monkeypatch)
    return create_medical_model(str(tiny_model(tmp_path / "model")), settings=replace(load_settings(), device="cpu"))


def test_a_bare_language_model_gets_its_loss_and_reasons_for_the_rest() -> None:
    bare, tokenizer = make_model().eval(), make_tokenizer()
    result = evaluate_medical_model(bare, ROWS, tokenizer, "cpu")
    assert result.keys() == KEYS
    assert result["held_out_loss"] == pytest.approx(math.log(400), abs=0.5)  # random weights over 400 tokens
    assert result["perplexity"] == pytest.approx(math.exp(result["held_out_loss"]), rel=0.01)
    for name in ("avg_confidence", "avg_safety_score", "coverage"):
        assert result[name] is None
        assert result["reasons"][name]


def test_the_loss_is_that_of_the_answers_tokens_alone() -> None:
    import torch

    from medlfm.runtime.prompt import prompt_ids, row_messages

    bare, tokenizer = make_model().eval(), make_tokenizer()
    messages, answer = row_messages(ROWS[0])
    prompt = prompt_ids(tokenizer, messages)
    ids = prompt + tokenizer(answer, add_special_tokens=False)["input_ids"] + [tokenizer.eos_token_id]
    with torch.no_grad():
        scores = bare(torch.tensor([ids])).logits[0].log_softmax(-1)
    wanted = -sum(float(scores[place - 1, ids[place]]) for place in range(len(prompt), len(ids)))
    result = evaluate_medical_model(bare, ROWS[:1], tokenizer)
    assert result["answer_tokens"] == len(ids) - len(prompt)
    assert result["held_out_loss"] == pytest.approx(wanted / result["answer_tokens"], abs=1e-3)


def test_a_medical_model_without_asking_gives_the_loss_of_what_its_router_chooses(model: Any) -> None:
    result = evaluate_medical_model(model, ROWS, generate=False)
    bare = evaluate_medical_model(model.base.model, ROWS, model.base.tokenizer)
    assert result["held_out_loss"] == bare["held_out_loss"]  # alpha has no adapter
    assert result["reasons"]["coverage"] == "not asked"


def test_asking_measures_the_checks_and_invents_no_confidence(model: Any) -> None:
    result = evaluate_medical_model(model, ROWS, limit=2)
    assert result["rows"] == 2
    assert sum(result["statuses"].values()) == 2
    assert result["coverage"] == result["statuses"].get("answered", 0) / 2
    assert result["avg_confidence"] is None
    assert "calibrator" in result["reasons"]["avg_confidence"]
    assert result["avg_safety_score"] is None or 0 <= result["avg_safety_score"] <= 1
    assert "disease of the airways" not in json.dumps(result)


def test_rows_without_question_or_answer_are_passed_over() -> None:
    rows = [{"text": "a note"}, {"question": "", "answer": "x"}, ROWS[0]]
    assert evaluate_medical_model(make_model().eval(), rows, make_tokenizer())["rows"] == 1


@pytest.mark.parametrize(
    ("rows", "tokenizer", "message"),
    [([], True, "no row with question"), ([{"text": "x"}], True, "no row with question"), (ROWS, False, "tokenizer")],
)
def test_what_cant_be_measured_is_refused(rows: list[Any], tokenizer: bool, message: str) -> None:
    with pytest.raises(RecordError, match=message):
        evaluate_medical_model(make_model().eval(), rows, make_tokenizer() if tokenizer else None)
