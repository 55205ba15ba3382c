"""A real causal language model, small enough for a test: random weights, and a tokenizer trained here."""

from __future__ import annotations

import functools
import json
import shutil
import tempfile
from importlib.metadata import EntryPoint, distributions
from pathlib import Path
from typing import Any

import pytest

SENTENCES = [
    "What is asthma? Asthma is a disease of the airways. It makes breathing hard.",
    "Was ist Asthma? Asthma ist eine Krankheit der Atemwege. Das Atmen fällt schwer.",
    "Question: What are common causes of chest pain? Frage: Was hilft gegen Fieber?",
    "You support health professionals. Answer in English, briefly and factually.",
    "Du unterstützt medizinisches Fachpersonal. Antworte auf Deutsch, kurz und sachlich.",
]
CHAT = (
    "{% for message in messages %}<|{{ message['role'] }}|>{{ message['content'] }}<|end|>{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)


def make_tokenizer(*, chat: bool = True) -> Any:
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    special = ["<|end|>", "<|system|>", "<|user|>", "<|assistant|>", "<|pad|>"]
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=400, special_tokens=special, initial_alphabet=alphabet, show_progress=False
    )
    tokenizer.train_from_iterator(SENTENCES * 4, trainer)
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token="<|end|>", pad_token="<|pad|>")
    if chat:
        fast.chat_template = CHAT
    return fast


def make_model(architecture: str = "llama", layers: int = 2, seed: int = 0) -> Any:
    import torch
    from transformers import Lfm2Config, Lfm2ForCausalLM, LlamaConfig, LlamaForCausalLM

    torch.manual_seed(seed)
    common: dict[str, Any] = {
        "vocab_size": 400,
        "hidden_size": 32,
        "intermediate_size": 64,
        "num_hidden_layers": layers,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "max_position_embeddings": 512,
        "eos_token_id": 0,
        "bos_token_id": 0,
        "pad_token_id": 4,
    }
    if architecture == "gemma":
        from transformers import Gemma3ForCausalLM, Gemma3TextConfig

        return Gemma3ForCausalLM(Gemma3TextConfig(**common, head_dim=8, sliding_window=16))
    if architecture == "qwen":
        from transformers import Qwen2Config, Qwen2ForCausalLM

        return Qwen2ForCausalLM(Qwen2Config(**common))
    if architecture == "lfm2_moe":
        from transformers import Lfm2MoeConfig, Lfm2MoeForCausalLM

        moe = {"moe_intermediate_size": 16, "num_experts": 4, "num_experts_per_tok": 2, "num_dense_layers": 1}
        return Lfm2MoeForCausalLM(Lfm2MoeConfig(**common, **moe, layer_types=["conv", "full_attention"][:layers]))
    if architecture == "lfm2":
        return Lfm2ForCausalLM(Lfm2Config(**common, layer_types=["conv", "full_attention"][:layers]))
    return LlamaForCausalLM(LlamaConfig(**common))


@functools.cache
def _made(architecture: str, layers: int, seed: int, chat: bool) -> Path:
    from medlfm.runtime.loading import quiet

    folder = Path(tempfile.mkdtemp(prefix="medlfm-tiny-"))
    with quiet():
        make_model(architecture, layers, seed).save_pretrained(folder)
        make_tokenizer(chat=chat).save_pretrained(folder)
    return folder


def tiny_model(folder: Path, *, architecture: str = "llama", layers: int = 2, seed: int = 0, chat: bool = True) -> Path:
    """Write a model that `load_base` reads into `folder` and return it."""
    shutil.copytree(_made(architecture, layers, seed, chat), folder, dirs_exist_ok=True)
    return folder


def write_plugin(folder: Path, name: str, questions: list[tuple[str, str]] | None = None, **manifest: Any) -> Path:
    """Write the package folder of an expert plugin and return it."""
    folder.mkdir(parents=True, exist_ok=True)
    content = {
        "schema": 1,
        "id": name,
        "version": "1.0",
        "languages": ["en", "de"],
        "title": {"en": name.title(), "de": name.title()},
        "description": {"en": f"About {name}.", "de": f"Über {name}."},
        "corpus": {"specialty": [name]},
        **manifest,
    }
    (folder / "manifest.json").write_text(json.dumps(content), encoding="utf-8")
    rows = questions or [(f"A question about {name}?", "en"), (f"Eine Frage zu {name}?", "de")]
    lines = [json.dumps({"text": text, "lang": lang, "match": True}) for text, lang in rows]
    (folder / "routing.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (folder / "card.md").write_text(f"# {name}\n", encoding="utf-8")
    return folder


def install_plugin(site: Path, name: str, **manifest: Any) -> Path:
    """Lay a plugin out as pip does, in a folder that is to be put on sys.path; return the package folder."""
    package = write_plugin(site / f"medlfm_{name}", name, **manifest)
    (package / "__init__.py").write_text('raise RuntimeError("the registry imported a plugin")\n', encoding="utf-8")
    info = site / f"medlfm_{name}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: medlfm-{name}\nVersion: 1.0\n", encoding="utf-8")
    (info / "entry_points.txt").write_text(f"[medlfm_experts]\n{name} = medlfm_{name}:expert\n", encoding="utf-8")
    return package


def only_plugins_of(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the plugins of a folder importable, and hide those that are installed here."""
    monkeypatch.syspath_prepend(site)

    def entry_points(*, group: str) -> list[EntryPoint]:
        return [point for one in distributions(path=[str(site)]) for point in one.entry_points if point.group == group]

    monkeypatch.setattr("medlfm.experts.registry.entry_points", entry_points)


def write_run(folder: Path, rows: dict[str, list[dict[str, Any]]]) -> Path:
    """Write a finished prepared run: rows by split, other keys filled in."""
    from medlfm.files import sha256_file
    from medlfm.records.prepared import MANIFEST_SCHEMA, ROW, SPLITS

    folder.mkdir(parents=True, exist_ok=True)
    outputs = {}
    for split in SPLITS:
        path = folder / f"{split}.jsonl"
        lines = [json.dumps(ROW | {"id": f"{split}-{n}"} | row) for n, row in enumerate(rows.get(split, []))]
        path.write_text("".join(line + "\n" for line in lines), encoding="utf-8")
        outputs[path.name] = {"sha256": sha256_file(path)}
    manifest = {"schema": MANIFEST_SCHEMA, "outputs": outputs, "settings": {"format": "jsonl"}}
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return folder


def qa_row(number: int, specialty: str, **changes: Any) -> dict[str, Any]:
    """One prepared question with an answer about an invented disease; `number` is its topic."""
    return {
        "kind": "qa",
        "lang": "en",
        "specialty": specialty,
        "topic": f"topic {number}",
        "group": f"topic {number}",
        "question": f"What is disease {number}?",
        "answer": f"Disease {number} is a disease of the airways. It makes breathing hard.",
        "source": "made up",
        "licence": "Apache-2.0",
        "corpus": "made-up",
        **changes,
    }
