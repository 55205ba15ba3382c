"""Many adapters trained in the same passes: each must become what it becomes alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from peft import PeftModel

from medlfm.errors import TrainingError
from medlfm.experts.bank import CORE, Bank
from medlfm.experts.examples import Example, make_examples
from medlfm.experts.lora import read_lora
from medlfm.experts.training import Fitted, Job, TrainOptions, fit, layers_for
from medlfm.records.prepared import ROW
from medlfm.runtime.loading import Base, load_base, quiet
from medlfm.settings import load_settings
from tests.tiny import make_model, qa_row, tiny_model

OPTIONS = TrainOptions(epochs=3, learning_rate=1e-2, eval_every=4, batch_size=4, dropout=0.0)


@pytest.fixture(params=["llama", "lfm2"])
def base(request: pytest.FixtureRequest, tmp_path: Path) -> Base:
    folder = tiny_model(tmp_path / "model", architecture=request.param)
    return load_base(str(folder), load_settings(device="cpu"))


def examples(base: Base, first: int, count: int, words: str) -> list[Example]:
    rows = [ROW | qa_row(first + n, "x", answer=f"{words} {n}.") for n in range(count)]
    return make_examples(rows, base.tokenizer, 300)


def run(base: Base, place: Path, jobs: dict[str, list[Example]], options: TrainOptions = OPTIONS) -> list[Fitted]:
    made = [Job(name=name, train=rows[4:], validation=rows[:4], target=place / name) for name, rows in jobs.items()]
    return fit(base, made, options, work=place / "work", progress=lambda *_: None)


def test_trained_together_each_becomes_what_it_becomes_alone(base: Base, tmp_path: Path) -> None:
    jobs = {
        "a": examples(base, 0, 20, "It makes breathing hard"),
        "b": examples(base, 50, 20, "Das Atmen fällt schwer"),
    }
    together = run(base, tmp_path / "together", jobs)
    for (name, rows), fitted in zip(jobs.items(), together, strict=True):
        (alone,) = run(base, tmp_path / name, {name: rows})
        assert [score for _, score in alone.curve] == pytest.approx([score for _, score in fitted.curve], abs=5e-3)
        found, wanted = (read_lora(tmp_path / place / name) for place in ("together", name))
        for layer in wanted:
            assert torch.allclose(found[layer].a, wanted[layer].a, atol=5e-3)
            assert torch.allclose(found[layer].b, wanted[layer].b, atol=5e-3)


def test_what_is_written_is_an_adapter_of_peft(base: Base, tmp_path: Path) -> None:
    run(base, tmp_path, {"a": examples(base, 0, 20, "Asthma is a disease")})
    bank = Bank(base)
    effect = bank.measure("a", tmp_path / "a")
    ids = torch.randint(5, 400, (2, 12), generator=torch.Generator().manual_seed(1))
    with bank.use([("a", 1.0)]) as model, torch.inference_mode():
        ours = model(input_ids=ids).logits
    other = load_base(str(base.folder), load_settings(device="cpu"))
    with quiet():
        peft = PeftModel.from_pretrained(other.model, str(tmp_path / "a")).eval()
    with torch.inference_mode():
        assert (ours - peft(input_ids=ids).logits).abs().max() < 1e-4
    assert effect > 0


def test_an_expert_learns_on_top_of_the_core_and_leaves_it(base: Base, tmp_path: Path) -> None:
    run(base, tmp_path / "core", {CORE: examples(base, 0, 20, "It makes breathing hard")})
    bank = Bank(base)
    bank.put(CORE, read_lora(tmp_path / "core" / CORE))
    rows = examples(base, 50, 20, "It makes breathing hard")
    with bank.use([]):
        (over_core,) = run(base, tmp_path / "over", {"a": rows})
        with bank.use([]) as model, torch.inference_mode():
            before = model(input_ids=torch.tensor([rows[0].ids])).logits
    (over_base,) = run(base, tmp_path / "bare", {"a": rows})
    assert over_core.curve[0][1] < over_base.curve[0][1]
    with bank.use([]) as model, torch.inference_mode():
        assert torch.equal(model(input_ids=torch.tensor([rows[0].ids])).logits, before)


def test_a_base_is_left_as_it_was(base: Base, tmp_path: Path) -> None:
    before = {name: value.clone() for name, value in base.model.state_dict().items()}
    run(base, tmp_path, {"a": examples(base, 0, 20, "Air")})
    assert all(torch.equal(before[name], value) for name, value in base.model.state_dict().items())
    assert all("forward" not in vars(module) for module in base.model.modules())
    assert not base.model.training
    assert not any(parameter.requires_grad for parameter in base.model.parameters())


def test_the_best_checkpoint_is_kept_and_not_the_last(base: Base, tmp_path: Path) -> None:
    rows = examples(base, 0, 8, "It makes breathing hard")
    strangers = examples(base, 90, 4, "Question: What are common causes of chest pain?")
    options = TrainOptions(epochs=40, learning_rate=3e-2, eval_every=2, patience=4, dropout=0.0)
    (fitted,) = run(base, tmp_path, {"a": strangers + rows}, options)
    scores = dict(fitted.curve)
    assert fitted.stopped == "early"
    assert fitted.best_step < fitted.steps
    assert scores[fitted.best_step] == pytest.approx(fitted.eval_loss, abs=1e-3)
    assert max(scores.values()) > min(scores.values())


def test_one_adapter_may_stop_while_another_goes_on(base: Base, tmp_path: Path) -> None:
    stuck = examples(base, 90, 4, "Fieber?") + examples(base, 0, 20, "It makes breathing hard")
    jobs = {"stuck": stuck, "learns": examples(base, 40, 24, "It makes breathing hard")}
    options = TrainOptions(epochs=30, learning_rate=1e-2, eval_every=4, patience=2, dropout=0.0)
    first, second = run(base, tmp_path, jobs, options)
    assert first.steps != second.steps


def test_attention_alone_may_be_trained(base: Base, tmp_path: Path) -> None:
    options = TrainOptions(max_steps=4, targets="attention", learning_rate=1e-2)
    run(base, tmp_path, {"a": examples(base, 0, 20, "Air")}, options)
    assert set(read_lora(tmp_path / "a")) == set(layers_for(base.model, "attention"))
    assert Bank(base).measure("a", tmp_path / "a") > 0


def test_stacked_experts_are_refused_by_name_and_their_attention_is_not() -> None:
    model: Any = make_model("lfm2_moe")
    with pytest.raises(TrainingError, match=r"experts\.\w+_proj holds many layers.*--targets attention"):
        layers_for(model)
    assert {name.rpartition(".")[2] for name in layers_for(model, "attention")} == {
        "q_proj",
        "k_proj",
        "v_proj",
        "out_proj",
    }


@pytest.mark.gpu
def test_replayed_steps_learn_what_plain_steps_learn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if not torch.cuda.is_available():
        pytest.skip("there is no CUDA device")
    scores = []
    for replayed in (True, False):
        base = load_base(str(tiny_model(tmp_path / f"model{replayed}")), load_settings(device="cuda"))
        if not replayed:
            monkeypatch.setattr("medlfm.experts.fitting.replayable", lambda model: False)
        jobs = {name: examples(base, first, 20, "It makes breathing hard") for name, first in (("a", 0), ("b", 50))}
        fitted = run(base, tmp_path / str(replayed), jobs)
        scores.append([score for one in fitted for _, score in one.curve])
    assert scores[0] == pytest.approx(scores[1], rel=0.02)
