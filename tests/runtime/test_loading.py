"""Loading a base model, and the fingerprint that adapters are checked against."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from medlfm.errors import ModelError
from medlfm.runtime import loading
from medlfm.runtime.catalog import Resolved
from medlfm.runtime.loading import choose_device, fingerprint, load_base
from medlfm.settings import Settings
from tests.tiny import tiny_model


def mark(folder: Path) -> str:
    return fingerprint(Resolved(name="x", folder=folder))


def test_a_folder_loads_in_fp32_on_a_cpu(tmp_path: Path) -> None:
    base = load_base(str(tiny_model(tmp_path)), Settings(device="cpu"))
    assert base.model.dtype == torch.float32
    assert base.name == tmp_path.name
    assert not any(parameter.requires_grad for parameter in base.model.parameters())
    assert base.context == 512


@pytest.mark.parametrize("architecture", ["llama", "lfm2"])
def test_architectures_of_transformers_load(tmp_path: Path, architecture: str) -> None:
    base = load_base(str(tiny_model(tmp_path, architecture=architecture)))
    assert base.model.config.model_type == architecture


def test_the_fingerprint_is_stable(tmp_path: Path) -> None:
    first, second = tiny_model(tmp_path / "a"), tiny_model(tmp_path / "b")
    assert mark(first) == mark(second)


def test_the_fingerprint_ignores_which_software_wrote_the_config(tmp_path: Path) -> None:
    before = mark(tiny_model(tmp_path))
    config = json.loads((tmp_path / "config.json").read_text())
    (tmp_path / "config.json").write_text(json.dumps(config | {"transformers_version": "0", "dtype": "bfloat16"}))
    assert mark(tmp_path) == before


def test_weights_tokenizer_and_config_change_the_fingerprint(tmp_path: Path) -> None:
    marks = {
        mark(tiny_model(tmp_path / "plain")),
        mark(tiny_model(tmp_path / "weights", seed=1)),
        mark(tiny_model(tmp_path / "chat", chat=False)),
    }
    folder = tiny_model(tmp_path / "config")
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"rms_norm_eps": 0.1}))
    assert len(marks | {mark(folder)}) == 4


def test_the_prompt_changes_the_fingerprint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = mark(tiny_model(tmp_path))
    monkeypatch.setattr(loading, "PROMPT_HASH", "other")
    assert mark(tmp_path) != before


def test_a_converted_model_is_known_by_its_source(tmp_path: Path) -> None:
    first, second = tiny_model(tmp_path / "a"), tiny_model(tmp_path / "b", seed=1)
    marks = {fingerprint(Resolved(name="x", folder=folder, source_sha256="abc")) for folder in (first, second)}
    assert len(marks) == 1


@pytest.mark.parametrize("missing", ["model.safetensors", "tokenizer.json"])
def test_an_incomplete_folder_is_one_clear_line(tmp_path: Path, missing: str) -> None:
    (tiny_model(tmp_path) / missing).unlink()
    with pytest.raises(ModelError, match="Can't load") as caught:
        load_base(str(tmp_path))
    assert "\n" not in str(caught.value)


def test_a_pickle_is_never_loaded(tmp_path: Path) -> None:
    folder = tiny_model(tmp_path)
    (folder / "model.safetensors").unlink()
    torch.save({}, folder / "pytorch_model.bin")
    with pytest.raises(ModelError, match="safetensors"):
        load_base(str(folder))


def test_damaged_weights_are_one_clear_line(tmp_path: Path) -> None:
    (tiny_model(tmp_path) / "model.safetensors").write_bytes(b"\x00" * 100)
    with pytest.raises(ModelError, match="Can't load"):
        load_base(str(tmp_path))


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU here")
def test_a_device_that_is_not_here_is_refused() -> None:
    assert choose_device("auto") == "cpu"
    with pytest.raises(ModelError, match="--device"):
        choose_device("cuda:3")
