"""The mixture against PEFT, which is the reference here, on real, tiny models of several architectures."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from peft import LoraConfig, PeftModel, get_peft_model

from medlfm.errors import ExpertError
from medlfm.experts.adapters import check_coverage, target_modules
from medlfm.experts.bank import CORE, Bank
from medlfm.experts.lora import check_config, read_lora, stacked_weights
from medlfm.runtime.generation import generate
from medlfm.runtime.loading import Base, load_base, quiet
from medlfm.runtime.prompt import build_messages
from medlfm.settings import load_settings
from tests.tiny import make_model, tiny_model

ARCHITECTURES = ["llama", "gemma", "qwen", "lfm2"]
ATTENTION = ["q_proj", "k_proj", "v_proj"]
# name → (settings of LoraConfig); between them they differ in rank, scale, layers and start
SHAPES: dict[str, dict[str, Any]] = {
    CORE: {"r": 6},
    "a": {"r": 4, "lora_alpha": 16},
    "b": {"r": 2, "lora_alpha": 3, "use_rslora": True},
    "c": {"r": 3, "target_modules": ATTENTION},
    "d": {"r": 4, "rank_pattern": {"q_proj": 2}, "alpha_pattern": {r"layers\.0\..*q_proj": 40, "v_proj": 1}},
}


def save_adapter(folder: Path, model: Path, seed: int = 0, **settings: Any) -> Path:
    base = on_cpu(model)
    torch.manual_seed(seed)
    names = sorted({name.rpartition(".")[2] for name in target_modules(base.model)})
    with quiet():
        peft = get_peft_model(
            base.model, LoraConfig(**{"task_type": "CAUSAL_LM", "r": 4, "target_modules": names} | settings)
        )
    for name, parameter in peft.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(parameter, std=0.1)
    peft.save_pretrained(str(folder), save_embedding_layers=False)
    return folder


def on_cpu(model: Path) -> Base:
    return load_base(str(model), load_settings(device="cpu"))


@pytest.fixture(scope="module", params=ARCHITECTURES)
def model(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_model(tmp_path_factory.mktemp("model"), architecture=request.param)


@pytest.fixture(scope="module")
def folders(model: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    place = tmp_path_factory.mktemp("adapters")
    return {
        name: save_adapter(place / name, model, seed, **settings)
        for seed, (name, settings) in enumerate(SHAPES.items(), start=1)
    }


@pytest.fixture(params=["plain", "fused"])
def bank(request: pytest.FixtureRequest, model: Path, folders: dict[str, Path]) -> Bank:
    bank = Bank(on_cpu(model))
    for name, folder in folders.items():
        bank.put(name, read_lora(folder))
    if request.param == "fused":
        bank.fuse()
    return bank


def inputs(rows: int = 4, tokens: int = 24) -> torch.Tensor:
    return torch.randint(5, 400, (rows, tokens), generator=torch.Generator().manual_seed(rows))


def logits(model: Any, ids: torch.Tensor, **more: Any) -> torch.Tensor:
    with torch.inference_mode():
        return model(input_ids=ids, **more).logits  # type: ignore[no-any-return]


def reference(model: Path, adapters: list[Path], weights: list[float], ids: torch.Tensor) -> torch.Tensor:
    """The logits of PEFT with these adapters on at once, each at its weight."""
    base = on_cpu(model)
    with quiet():
        peft = PeftModel.from_pretrained(base.model, str(adapters[0]), adapter_name="0").eval()
        for number, folder in enumerate(adapters[1:], start=1):
            peft.load_adapter(str(folder), adapter_name=str(number))
        peft.base_model.set_adapter([str(number) for number in range(len(adapters))])
        for module in peft.modules():
            for number, weight in enumerate(weights):
                if hasattr(module, "set_scale") and str(number) in getattr(module, "scaling", {}):
                    module.set_scale(str(number), weight)
    return logits(peft, ids)


@pytest.mark.parametrize("name", [name for name in SHAPES if name != CORE])
@pytest.mark.parametrize("tokens", [1, 24])
def test_one_expert_gives_the_logits_of_peft(model: Path, folders: dict[str, Path], name: str, tokens: int) -> None:
    bank = Bank(on_cpu(model))
    bank.put(name, read_lora(folders[name]))
    ids = inputs(tokens=tokens)
    with bank.use([(name, 1.0)]) as running:
        ours = logits(running, ids)
    assert (ours - reference(model, [folders[name]], [1.0], ids)).abs().max() < 1e-4
    with bank.use([]) as running:
        assert (ours - logits(running, ids)).abs().max() > 1e-2


@pytest.mark.parametrize("tokens", [1, 24])
def test_core_and_two_experts_give_the_weighted_sum(
    model: Path, folders: dict[str, Path], bank: Bank, tokens: int
) -> None:
    ids = inputs(tokens=tokens)
    with bank.use([("a", 0.75), ("b", 0.25)]) as running:
        ours = logits(running, ids)
    wanted = reference(model, [folders[name] for name in (CORE, "a", "b")], [1.0, 0.75, 0.25], ids)
    assert (ours - wanted).abs().max() < 1e-4


ROWS = [[("a", 1.0)], [("b", 0.7), ("d", 0.3)], [], [("c", 1.0)]]


@pytest.mark.parametrize("tokens", [1, 4, 24])
def test_a_row_of_a_mixed_batch_is_the_row_alone(bank: Bank, tokens: int) -> None:
    ids = inputs(tokens=tokens)
    with bank.use_rows(ROWS) as running:
        mixed = logits(running, ids)
    for row, gates in enumerate(ROWS):
        with bank.use(gates) as running:
            alone = logits(running, ids[row : row + 1])
        assert (mixed[row] - alone[0]).abs().max() < 1e-4


def test_padding_on_the_left_changes_no_row(bank: Bank) -> None:
    ids, lengths = inputs(), [24, 17, 9, 20]
    mask = torch.tensor([[0] * (24 - length) + [1] * length for length in lengths])
    positions = (mask.cumsum(dim=1) - 1).clamp(min=0)
    with bank.use_rows(ROWS) as running:
        mixed = logits(running, ids, attention_mask=mask, position_ids=positions)
    for row, (gates, length) in enumerate(zip(ROWS, lengths, strict=True)):
        with bank.use(gates) as running:
            alone = logits(running, ids[row : row + 1, -length:])
        assert (mixed[row, -1] - alone[0, -1]).abs().max() < 1e-4


def test_a_mixed_batch_generates_what_its_rows_generate(bank: Bank) -> None:
    prompts = [build_messages(question) for question in ("What is asthma?", "Fever?", "What helps?", "Chest pain now?")]
    with bank.use_rows(ROWS) as running:
        together = generate(bank.base, prompts, model=running, max_new_tokens=8)
    for prompt, gates, mixed in zip(prompts, ROWS, together, strict=True):
        pieces: list[str] = []
        with bank.use(gates) as running:
            (alone,) = generate(bank.base, [prompt], model=running, max_new_tokens=8, on_text=pieces.append)
        assert alone.text == mixed.text
        assert alone.token_logprobs == pytest.approx(mixed.token_logprobs, abs=1e-3)
        assert "".join(pieces).strip() == alone.text


def test_the_bare_base_is_left_as_it_was(model: Path, bank: Bank) -> None:
    ids, untouched = inputs(), on_cpu(model)
    before = logits(untouched.model, ids)
    with bank.use([("a", 1.0)]) as running:
        assert not torch.allclose(logits(running, ids), before)
    with bank.bare() as running:
        assert torch.equal(logits(running, ids), before)
    assert torch.equal(logits(bank.base.model, ids), before)
    for name in (CORE, "a", "b", "c", "d"):
        bank.remove(name)
    assert bank.names == []
    assert torch.equal(logits(bank.base.model, ids), before)
    assert all("forward" not in vars(module) for module in bank.base.model.modules())
    weights = untouched.model.state_dict()
    assert all(torch.equal(weights[name], value) for name, value in bank.base.model.state_dict().items())


def test_an_adapter_added_or_removed_while_running_changes_no_other(bank: Bank, folders: dict[str, Path]) -> None:
    ids = inputs()
    with bank.use([("a", 1.0)]) as running:
        before = logits(running, ids)
    bank.remove("b")
    bank.put("e", read_lora(folders["b"]))
    with bank.use([("a", 1.0)]) as running:
        assert torch.allclose(logits(running, ids), before, atol=1e-6)
    with pytest.raises(ExpertError, match="no adapter 'b'"), bank.use([("b", 1.0)]):
        pass


def test_uses_may_lie_in_each_other(bank: Bank) -> None:
    ids = inputs()
    with bank.use([("a", 1.0)]) as running:
        outer = logits(running, ids)
        with bank.use_rows(ROWS) as inner:
            assert not torch.allclose(logits(inner, ids), outer)
        assert torch.equal(logits(running, ids), outer)


def test_bf16_stays_close_to_fp32(bank: Bank) -> None:
    ids = inputs()
    with bank.use_rows(ROWS) as running:
        exact = logits(running, ids)
    bank.base.model.bfloat16()
    bank.put("a", bank._adapters["a"])
    with bank.use_rows(ROWS) as running:
        rounded = logits(running, ids).float()
    assert (exact - rounded).norm() / exact.norm() < 0.05


@pytest.fixture
def llama(tmp_path: Path) -> Path:
    return tiny_model(tmp_path / "model")


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "DoRA": ({"use_dora": True}, "DoRA"),
    "biases": ({"bias": "all"}, "bias='all'"),
    "whole modules": ({"modules_to_save": ["lm_head"]}, "whole modules"),
    "a start that changes the base": ({"init_lora_weights": "pissa"}, "another method"),
    "weights of three dimensions": ({"target_parameters": ["experts.gate_up_proj"]}, "three dimensions"),
    "some layers only": ({"layers_to_transform": [0]}, "layers_to_transform"),
    "a method to come": ({"use_new_thing": True}, "use_new_thing"),
    "activated LoRA": ({"alora_invocation_tokens": [1]}, "alora_invocation_tokens"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_no_plain_lora_is_refused_by_name(tmp_path: Path, llama: Path, case: str) -> None:
    import json

    changes, message = REFUSED[case]
    folder = save_adapter(tmp_path / "adapter", llama)
    path = folder / "adapter_config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))
    with pytest.raises(ExpertError, match=message):
        check_config(folder)


@pytest.mark.parametrize(
    "settings", [{}, {"use_rslora": True}, {"lora_dropout": 0.1}, {"init_lora_weights": "gaussian"}]
)
def test_plain_lora_is_accepted(tmp_path: Path, llama: Path, settings: dict[str, Any]) -> None:
    folder = save_adapter(tmp_path / "adapter", llama, **settings)
    check_coverage(folder, target_modules(on_cpu(llama).model))


@pytest.fixture(scope="module")
def moe() -> Any:
    return make_model("lfm2_moe")


def test_experts_in_one_weight_are_named_and_never_skipped(tmp_path: Path, moe: Any, llama: Path) -> None:
    (weights := stacked_weights(moe)).sort()
    assert [name.rpartition("layers.")[2] for name in weights] == [
        "1.feed_forward.experts.down_proj",
        "1.feed_forward.experts.gate_up_proj",
    ]
    folder = save_adapter(tmp_path / "adapter", llama, target_modules=["q_proj", "down_proj"])
    with pytest.raises(ExpertError, match=r"for down_proj, but .*experts\.down_proj holds many layers"):
        check_coverage(folder, target_modules(moe), moe)


@pytest.mark.parametrize("architecture", ["llama", "gemma", "qwen", "lfm2"])
def test_convolutions_are_no_stacked_weights(architecture: str) -> None:
    assert stacked_weights(make_model(architecture)) == []


def test_an_adapter_for_attention_works_on_a_model_with_stacked_experts(tmp_path: Path) -> None:
    model = tiny_model(tmp_path / "model", architecture="lfm2_moe")
    folder = save_adapter(tmp_path / "adapter", model, target_modules=ATTENTION)
    bank = Bank(on_cpu(model))
    check_coverage(folder, target_modules(bank.base.model), bank.base.model)
    bank.put("x", read_lora(folder))
    ids = inputs()
    with bank.use_rows([[("x", 1.0)], [], [("x", 0.5)], []]) as running:
        mixed = logits(running, ids)
    assert (mixed[:1] - reference(model, [folder], [1.0], ids[:1])).abs().max() < 1e-4
    assert torch.allclose(mixed[1:2], logits(bank.base.model, ids[1:2]), atol=1e-5)


def test_gradients_reach_the_input_as_without_shortcuts(bank: Bank) -> None:
    ids, results = inputs(), []
    make: Callable[[], Any] = bank.base.model.get_input_embeddings()
    for gates in (ROWS, [[("a", 1.0)]] * 4):
        embedded = make(ids).detach().requires_grad_()  # type: ignore[call-arg]
        with bank.use_rows(gates) as running:
            running(inputs_embeds=embedded).logits.square().mean().backward()
        results.append(embedded.grad)
    assert torch.allclose(results[0][0], results[1][0], atol=1e-5)
    assert not torch.allclose(results[0][1], results[1][1], atol=1e-5)
