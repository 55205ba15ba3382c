"""The gate that every adapter passes, and the mixture, on real, tiny models."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from peft import LoraConfig, PeftModel, get_peft_model

from medlfm.errors import ExpertError
from medlfm.experts.adapters import CONFIG, RECORD, WEIGHTS, check_coverage, check_files, target_modules
from medlfm.experts.bank import Bank
from medlfm.files import sha256_file
from medlfm.runtime.loading import Base, load_base, quiet
from medlfm.runtime.prompt import build_messages, prompt_ids
from medlfm.settings import load_settings
from tests.tiny import make_model, tiny_model


def on_cpu(model: Path) -> Base:
    """Load a model where sums are exact, also on a machine with a GPU."""
    return load_base(str(model), load_settings(device="cpu"))


def make_adapter(
    folder: Path, model: Path, *, rank: int = 4, seed: int = 0, std: float = 0.05, targets: str | list[str] = ""
) -> Path:
    """Write an adapter that changes the logits, with the record that belongs to it."""
    base = on_cpu(model)
    torch.manual_seed(seed)
    names = targets or sorted({name.rpartition(".")[2] for name in target_modules(base.model)})
    with quiet():
        peft = get_peft_model(base.model, LoraConfig(task_type="CAUSAL_LM", r=rank, target_modules=names))
    for name, parameter in peft.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(parameter, std=std)
    peft.save_pretrained(str(folder), save_embedding_layers=False)
    (folder / "README.md").write_text("card", encoding="utf-8")
    peft.unload()
    write_record(folder, base, effect=0.0)
    if not targets:
        write_record(folder, base, effect=Bank(on_cpu(model)).measure("x", folder))
    return folder


def write_record(folder: Path, base: Base, **changes: object) -> None:
    record = {
        "schema": 1,
        "base": base.name,
        "base_fingerprint": base.fingerprint,
        "files": {name: sha256_file(folder / name) for name in (CONFIG, WEIGHTS)},
        **changes,
    }
    (folder / RECORD).write_text(json.dumps(record), encoding="utf-8")


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_model(tmp_path_factory.mktemp("model"))


@pytest.fixture(scope="module")
def made(model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_adapter(tmp_path_factory.mktemp("adapter"), model)


@pytest.fixture
def adapter(made: Path, tmp_path: Path) -> Path:
    """A copy that a test may damage."""
    return Path(shutil.copytree(made, tmp_path / "adapter"))


@pytest.fixture
def base(model: Path) -> Base:
    return on_cpu(model)


def logits(model: object, base: Base) -> torch.Tensor:
    ids = torch.tensor([prompt_ids(base.tokenizer, build_messages("What is asthma?"))])
    with torch.inference_mode():
        return model(input_ids=ids).logits  # type: ignore[operator, no-any-return]


@pytest.mark.parametrize(
    ("architecture", "suffixes"),
    [
        ("llama", {"q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"}),
        ("lfm2", {"q_proj", "k_proj", "v_proj", "out_proj", "in_proj", "w1", "w2", "w3"}),
    ],
)
def test_targets_are_all_linear_layers_whatever_their_names(architecture: str, suffixes: set[str]) -> None:
    targets = target_modules(make_model(architecture))
    assert {name.rpartition(".")[2] for name in targets} == suffixes
    assert not any("lm_head" in name for name in targets)


def test_a_good_adapter_passes(adapter: Path, base: Base) -> None:
    bank = Bank(base)
    bank.add("x", adapter)
    assert bank.names == ["x"]


def edit_record(**changes: object) -> Callable[[Path], None]:
    def damage(folder: Path) -> None:
        record = json.loads((folder / RECORD).read_text())
        (folder / RECORD).write_text(json.dumps(record | changes))

    return damage


def edit_config(**changes: object) -> Callable[[Path], None]:
    def damage(folder: Path) -> None:
        config = json.loads((folder / CONFIG).read_text())
        (folder / CONFIG).write_text(json.dumps(config | changes))
        record = json.loads((folder / RECORD).read_text())
        record["files"][CONFIG] = sha256_file(folder / CONFIG)
        (folder / RECORD).write_text(json.dumps(record))

    return damage


def flip_a_byte(folder: Path) -> None:
    data = bytearray((folder / WEIGHTS).read_bytes())
    data[-1] ^= 1
    (folder / WEIGHTS).write_bytes(data)


DAMAGES: dict[str, tuple[Callable[[Path], None], str]] = {
    "no record": (lambda folder: (folder / RECORD).unlink(), "no valid medlfm.json"),
    "a record of another schema": (edit_record(schema=9), "no valid medlfm.json"),
    "a record without hashes": (edit_record(files={}), "no valid medlfm.json"),
    "another base": (edit_record(base_fingerprint="0" * 64), "another base"),
    "no weights": (lambda folder: (folder / WEIGHTS).unlink(), "missing or was changed"),
    "one changed byte": (flip_a_byte, "missing or was changed"),
    "a pickle in place of the weights": (
        lambda folder: (folder / WEIGHTS).rename(folder / "adapter_model.bin"),
        r"adapter_model\.bin",
    ),
    "a pickle beside the weights": (lambda folder: (folder / "x.pt").write_bytes(b""), "x.pt"),
    "code beside the weights": (lambda folder: (folder / "x.py").write_text(""), "x.py"),
    "another method than LoRA": (edit_config(peft_type="IA3"), "no plain LoRA"),
    "whole modules in it": (edit_config(modules_to_save=["lm_head"]), "no plain LoRA"),
    "code to import": (edit_config(auto_mapping={"base_model_class": "x"}), "no plain LoRA"),
    "no effect": (edit_record(effect=1e6), "changes the logits by"),
}


@pytest.mark.parametrize("case", DAMAGES)
def test_a_bad_adapter_is_refused_and_leaves_the_base_as_it_was(adapter: Path, base: Base, case: str) -> None:
    damage, message = DAMAGES[case]
    before = logits(base.model, base)
    damage(adapter)
    bank = Bank(base)
    with pytest.raises(ExpertError, match=message) as caught:
        bank.add("x", adapter)
    assert "\n" not in str(caught.value)
    assert bank.names == []
    with bank.use([("x", 1.0)] if "x" in bank.names else []) as model:
        assert torch.equal(logits(model, base), before)


def test_an_adapter_refused_for_its_effect_makes_room_for_a_good_one(adapter: Path, made: Path, base: Base) -> None:
    edit_record(effect=1e6)(adapter)
    bank = Bank(base)
    with pytest.raises(ExpertError):
        bank.add("x", adapter)
    bank.add("x", made)
    assert bank.names == ["x"]


@pytest.mark.parametrize("architecture", ["llama", "lfm2"])
def test_a_weak_effect_is_the_same_where_the_model_runs_in_bf16(tmp_path: Path, architecture: str) -> None:
    model = tiny_model(tmp_path / "model", architecture=architecture)
    folder = make_adapter(tmp_path / "adapter", model, std=1e-3)
    recorded = Bank(on_cpu(model)).measure("x", folder)
    base = on_cpu(model)
    base.model.bfloat16()
    before = {name: parameter.clone() for name, parameter in base.model.named_parameters()}
    assert Bank(base).measure("x", folder) == pytest.approx(recorded, rel=0.02)
    after = {name.replace(".base_layer", ""): parameter for name, parameter in base.model.named_parameters()}
    assert all(torch.equal(before[name], after[name]) for name in before)
    assert {after[name].dtype for name in before} == {torch.bfloat16}


def test_a_scale_that_was_not_trained_with_is_noticed(adapter: Path, base: Base) -> None:
    edit_config(lora_alpha=1000)(adapter)
    with pytest.raises(ExpertError, match="changes the logits by"):
        Bank(base).add("x", adapter)


def test_an_adapter_for_another_depth_is_refused(tmp_path: Path, base: Base) -> None:
    deeper = tiny_model(tmp_path / "deeper", layers=3)
    adapter = make_adapter(tmp_path / "adapter", deeper)
    with pytest.raises(ExpertError, match=r"fits 14 of 14 layers.*layers\.2"):
        check_coverage(adapter, target_modules(base.model))


def test_llama_names_on_another_architecture_are_refused(tmp_path: Path) -> None:
    """Llama's list matches only q, k and v of LFM2, and PEFT says nothing."""
    model = tiny_model(tmp_path / "lfm2", architecture="lfm2")
    adapter = make_adapter(tmp_path / "adapter", model, targets=["q_proj", "k_proj", "v_proj", "o_proj", "up_proj"])
    with pytest.raises(ExpertError, match="fits 3 of 12 layers"):
        check_coverage(adapter, target_modules(on_cpu(model).model))


def test_the_bank_gives_the_logits_of_peft(adapter: Path, model: Path, base: Base) -> None:
    bank = Bank(base)
    bank.add("x", adapter)
    with bank.use([("x", 1.0)]) as mixed:
        ours = logits(mixed, base)
    other = on_cpu(model)
    with quiet():
        alone = PeftModel.from_pretrained(other.model, str(adapter)).eval()
    assert torch.allclose(ours, logits(alone, other), atol=1e-5)


def test_a_mixture_is_the_weighted_sum_of_the_adapters_whatever_their_rank(
    tmp_path: Path, model: Path, base: Base
) -> None:
    bank = Bank(base)
    for name, rank, seed in (("a", 4, 1), ("b", 2, 2)):
        bank.add(name, make_adapter(tmp_path / name, model, rank=rank, seed=seed))
    layer = base.model.model.layers[0].self_attn.q_proj
    inputs = torch.randn(1, 3, layer.in_features)
    outputs = {}
    for gates in ((), (("a", 1.0),), (("b", 1.0),), (("a", 0.75), ("b", 0.25)), (("a", 0.5),)):
        with bank.use(gates), torch.inference_mode():
            outputs[gates] = layer(inputs)
    plain, a, b, mixed, half = outputs.values()
    assert torch.allclose(mixed, plain + 0.75 * (a - plain) + 0.25 * (b - plain), atol=1e-5)
    assert torch.allclose(half, plain + 0.5 * (a - plain), atol=1e-5)


def test_after_a_mixture_the_base_answers_as_before(adapter: Path, made: Path, base: Base) -> None:
    before = logits(base.model, base)
    bank = Bank(base)
    bank.add("a", adapter)
    bank.add("b", made)
    with bank.use([("a", 0.6), ("b", 0.4)]) as model:
        assert not torch.allclose(logits(model, base), before)
    with bank.use([]) as model:
        assert torch.equal(logits(model, base), before)


def test_files_are_checked_without_loading_any_weights(adapter: Path, base: Base) -> None:
    assert check_files(adapter, base.fingerprint)["base"] == base.name
