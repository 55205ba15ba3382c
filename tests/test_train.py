"""Training on a real, tiny model: what is learned from, what is refused, what comes out, and what a kill leaves."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from medlfm.audit import AuditTrail
from medlfm.errors import ExpertError, MedlfmError, RecordError, TrainingError
from medlfm.experts import create_medical_model
from medlfm.experts.bank import Bank
from medlfm.experts.examples import IGNORED, Collator, make_examples
from medlfm.experts.heldout import difference, held_out
from medlfm.experts.router import Routing
from medlfm.experts.rows import is_link_list
from medlfm.experts.training import fit
from medlfm.records.prepared import ROW
from medlfm.runtime.loading import load_base
from medlfm.runtime.prompt import prompt_ids, row_messages
from medlfm.train import TrainOptions, train, train_all
from tests.tiny import install_plugin, make_tokenizer, only_plugins_of, qa_row, tiny_model, write_run

QUICK = TrainOptions(epochs=2, learning_rate=1e-2, eval_every=5, eval_rows=8)


@pytest.fixture
def model(tmp_path: Path) -> str:
    return str(tiny_model(tmp_path / "model"))


@pytest.fixture
def gpu() -> None:
    import torch

    if not torch.cuda.is_available():
        pytest.skip("there is no CUDA device")


@pytest.fixture(autouse=True)
def plugins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two experts, and none of those that may be installed here."""
    for name in ("airways", "hearts"):
        install_plugin(tmp_path / "site", name)
    only_plugins_of(tmp_path / "site", monkeypatch)


def rows(specialty: str = "airways", **changes: Any) -> dict[str, list[dict[str, Any]]]:
    return {
        "train": [qa_row(n, specialty, **changes) for n in range(24)],
        "validation": [qa_row(100 + n, specialty, **changes) for n in range(6)],
        "test": [qa_row(200 + n, specialty, **changes) for n in range(10)],
    }


def test_training_lowers_the_loss_on_topics_it_did_not_see(tmp_path: Path, model: str) -> None:
    result = train(write_run(tmp_path / "run", rows()), "airways", model, options=QUICK)
    base, expert = result.record["losses"]["table"]
    assert expert["loss"] < base["loss"]
    assert expert["interval"][1] < 0
    assert result.record["losses"]["rows"] == 8
    assert "no control" in result.record["losses"]["note"]


def test_another_expert_serves_as_control(tmp_path: Path, model: str) -> None:
    train(write_run(tmp_path / "one", rows("hearts")), "hearts", model, options=QUICK)
    result = train(write_run(tmp_path / "two", rows()), "airways", model, options=QUICK)
    assert [row["model"] for row in result.record["losses"]["table"]] == [
        "base",
        "this expert (airways)",
        "another expert (hearts)",
    ]
    assert result.record["losses"]["note"] == ""


def test_the_adapter_answers_in_the_model(tmp_path: Path, model: str) -> None:
    train(write_run(tmp_path / "run", rows()), "airways", model, options=QUICK)
    medical = create_medical_model(model).load()
    assert "hearts has no adapter" in medical.knowledge_only["hearts"]
    with_expert = Routing(experts=(("airways", 1.0),), language="en")
    assert medical.adapted(with_expert) == ("airways",)
    answers = [medical.generate("What is disease 7?", (), routing, 12).text for routing in (with_expert, nobody())]
    assert answers[0] != answers[1]


def nobody() -> Routing:
    return Routing(experts=(), language="en")


def test_what_lies_in_the_folder(tmp_path: Path, home: Path, model: str) -> None:
    result = train(write_run(tmp_path / "run", rows()), "airways", model, options=QUICK)
    assert result.folder == home / "experts" / "airways" / "model"
    names = {path.name for path in result.folder.iterdir()}
    assert names == {"adapter_config.json", "adapter_model.safetensors", "medlfm.json", "README.md"}
    record = json.loads((result.folder / "medlfm.json").read_text(encoding="utf-8"))
    assert record == result.record
    assert record["settings"]["num_medical_experts"] == 12
    assert record["settings"]["enable_safety_checks"] is True
    assert record["settings"]["confidence_threshold"] == 0.85
    assert record["modules"] == 14
    assert str(tmp_path) not in (result.folder / "adapter_config.json").read_text()
    assert [path.name for path in (home / "experts").iterdir()] == ["airways"]
    assert not list((home / "runs" / "train").iterdir())
    assert json.loads(json.dumps(result.to_dict()))["expert"] == "airways"


def test_training_twice_gives_the_same_adapter(tmp_path: Path, model: str) -> None:
    run = write_run(tmp_path / "run", rows())
    hashes = [train(run, "airways", model, options=QUICK).record["files"] for _ in range(2)]
    assert hashes[0] == hashes[1]


def test_it_is_in_the_audit_trail(tmp_path: Path, home: Path, model: str) -> None:
    result = train(write_run(tmp_path / "run", rows()), "airways", model, options=QUICK)
    (entry,) = AuditTrail(home / "audit").entries()
    assert entry.id == result.audit_id
    assert entry.operation == "train"
    assert entry.details["expert"] == "airways"


def test_rows_without_source_or_licence_are_refused_and_counted(tmp_path: Path, model: str) -> None:
    content = rows()
    content["train"] += [qa_row(50, "airways", source=""), qa_row(51, "airways", licence="")]
    content["train"] += [qa_row(52, "airways", licence="")]
    result = train(write_run(tmp_path / "run", content), "airways", model, options=QUICK)
    assert result.record["data"]["refused"] == {"no licence": 2, "no source": 1}
    assert result.record["data"]["train_rows"] == 24


def test_rows_in_which_a_second_scan_finds_phi_are_refused(tmp_path: Path, model: str) -> None:
    content = rows()
    content["train"].append(qa_row(50, "airways", answer="Call Mrs. Erika Mustermann at +49 30 1234567."))
    content["train"].append(qa_row(51, "airways", answer="Patient [NAME] was seen on [DATE]. It helps."))
    result = train(write_run(tmp_path / "run", content), "airways", model, options=QUICK)
    assert result.record["data"]["refused"] == {"PHI found": 1}
    for path in result.folder.iterdir():
        assert b"Mustermann" not in path.read_bytes()


@pytest.mark.parametrize("changes", [{"source": ""}, {"licence": ""}, {"specialty": "hearts"}, {"lang": "fr"}])
def test_a_run_without_a_row_to_learn_from_says_why(tmp_path: Path, model: str, changes: dict[str, str]) -> None:
    run = write_run(tmp_path / "run", rows(**changes) if "specialty" not in changes else rows("hearts"))
    with pytest.raises(TrainingError, match="no training row for airways"):
        train(run, "airways", model, options=QUICK)


def test_a_run_without_a_manifest_is_refused(tmp_path: Path, model: str) -> None:
    (write_run(tmp_path / "run", rows()) / "manifest.json").unlink()
    with pytest.raises(RecordError, match=r"manifest\.json"):
        train(tmp_path / "run", "airways", model)


def test_rows_that_were_changed_after_preparing_are_refused(tmp_path: Path, model: str) -> None:
    run = write_run(tmp_path / "run", rows())
    with (run / "train.jsonl").open("a") as file:
        file.write(json.dumps(ROW | qa_row(99, "airways")) + "\n")
    with pytest.raises(RecordError, match="changed after the run"):
        train(run, "airways", model)


def test_an_unknown_expert_and_a_missing_base_are_one_clear_line(tmp_path: Path, model: str) -> None:
    run = write_run(tmp_path / "run", rows())
    with pytest.raises(ExpertError, match="airways, hearts"):
        train(run, "dermatology", model)
    with pytest.raises(MedlfmError, match="medlfm models pull lfm2"):
        train(run, "airways", "lfm2")


def test_all_experts_are_trained_and_those_without_rows_are_named(tmp_path: Path, model: str) -> None:
    results, failed = train_all(write_run(tmp_path / "run", rows()), model, options=QUICK)
    assert [result.expert for result in results] == ["airways"]
    assert list(failed) == ["hearts"]


@pytest.mark.parametrize(
    "changes", [{"max_steps": 3}, {"max_minutes": 0.03, "patience": 0}, {"patience": 1, "learning_rate": 0.3}]
)
def test_training_stops_early_and_says_how(tmp_path: Path, model: str, changes: dict[str, Any]) -> None:
    options = TrainOptions(**{"epochs": 500, "eval_every": 5, "eval_rows": 8, "learning_rate": 1e-2} | changes)
    fitted = train(write_run(tmp_path / "run", rows()), "airways", model, options=options).record["fit"]
    assert (
        fitted["stopped"] == {"max_steps": "finished", "max_minutes": "time", "patience": "early"}[next(iter(changes))]
    )
    assert 0 < fitted["steps"] < 3000


def test_an_adapter_that_changes_nothing_is_not_kept(tmp_path: Path, home: Path, model: str) -> None:
    with pytest.raises(TrainingError, match=r"no use after 1 steps.*longer"):
        train(
            write_run(tmp_path / "run", rows()), "airways", model, options=TrainOptions(max_steps=1, learning_rate=1e-9)
        )
    assert list((home / "experts").iterdir()) == []


def test_gradient_checkpointing_learns_the_same(tmp_path: Path, model: str) -> None:
    run = write_run(tmp_path / "run", rows())
    losses = [
        train(run, "airways", model, options=TrainOptions(max_steps=4, dropout=0.0, gradient_checkpointing=flag))
        .record["losses"]["table"][1]["loss"]
        for flag in (False, True)
    ]  # fmt: skip
    assert losses[0] == pytest.approx(losses[1], abs=1e-3)


@pytest.mark.parametrize("changes", [{"rank": 0}, {"epochs": -1}, {"dropout": 2}, {"confidence_threshold": 85}])
def test_settings_out_of_range_are_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(TrainingError, match=next(iter(changes))):
        TrainOptions(**changes)


def test_a_second_gpu_is_chosen_by_what_training_sees() -> None:
    base = SimpleNamespace(device=SimpleNamespace(type="cuda", index=1))
    with pytest.raises(TrainingError, match="CUDA_VISIBLE_DEVICES=1"):
        fit(base, [], QUICK, work=Path(), progress=print)  # type: ignore[arg-type]


@pytest.mark.gpu
def test_an_adapter_trained_on_a_gpu_passes_the_gate_on_a_cpu(
    tmp_path: Path, model: str, gpu: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = train(write_run(tmp_path / "run", rows()), "airways", model, options=QUICK)
    _, expert = result.record["losses"]["table"]
    assert expert["interval"][1] < 0
    for device, dtype in (("cuda", "bfloat16"), ("cpu", "float32")):
        monkeypatch.setenv("MEDLFM_DEVICE", device)
        medical = create_medical_model(model).load()
        assert str(medical.base.model.dtype) == f"torch.{dtype}"
        assert "airways" not in medical.knowledge_only
        assert Bank(load_base(model)).measure("x", result.folder) == pytest.approx(result.record["effect"], rel=0.05)
        assert medical.generate("What is disease 7?", (), Routing(experts=(("airways", 1.0),), language="en"), 12).text


@pytest.mark.gpu
def test_a_gpu_learns_what_a_cpu_learns(tmp_path: Path, model: str, gpu: None, monkeypatch: pytest.MonkeyPatch) -> None:
    run = write_run(tmp_path / "run", rows())
    losses = []
    for device in ("cuda", "cpu"):
        monkeypatch.setenv("MEDLFM_DEVICE", device)
        table = train(run, "airways", model, options=QUICK).record["losses"]["table"]
        losses.append([row["loss"] for row in table])
    assert losses[0] == pytest.approx(losses[1], rel=0.1)


@pytest.mark.slow
def test_a_killed_training_goes_on_from_its_last_complete_checkpoint(tmp_path: Path, home: Path, model: str) -> None:
    run = write_run(tmp_path / "run", rows())
    options = TrainOptions(epochs=1000, max_steps=60, eval_every=5, eval_rows=4, patience=0, learning_rate=1e-3)
    code = (
        f"import sys, time; sys.path.insert(0, {str(tmp_path / 'site')!r})\n"
        "from medlfm.train import TrainOptions, train\n"
        "def slow(stage, done, total):\n"
        "    time.sleep(0.05 if stage == 'training' else 0)\n"
        f"train({str(run)!r}, 'airways', {model!r}, options={options!r}, progress=slow)\n"
    )
    process = subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.DEVNULL)
    work = home / "runs" / "train"
    deadline = time.monotonic() + 120
    while not list(work.glob("*/checkpoint-10/complete")):
        assert time.monotonic() < deadline
        assert process.poll() is None
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not (home / "experts" / "airways").exists()
    (folder,) = work.iterdir()
    shutil.copytree(folder / "checkpoint-10", folder / "checkpoint-55")  # as a kill while saving would leave it
    (folder / "checkpoint-55" / "complete").unlink()

    result = train(run, "airways", model, options=options)
    assert 10 <= result.record["fit"]["resumed"] < 55
    assert result.record["fit"]["steps"] == 60
    assert not list(work.iterdir())


def test_only_the_completion_is_learned() -> None:
    tokenizer = make_tokenizer()
    (example,) = make_examples([ROW | qa_row(1, "airways")], tokenizer, 400)
    batch = Collator(tokenizer.pad_token_id)([example])
    learned = batch["input_ids"][batch["labels"] != IGNORED].tolist()
    assert tokenizer.decode(learned) == qa_row(1, "airways")["answer"] + "<|end|>"
    assert list(example.ids[: example.prompt]) == prompt_ids(tokenizer, row_messages(ROW | qa_row(1, "airways"))[0])


def test_a_cut_completion_does_not_teach_to_stop() -> None:
    tokenizer = make_tokenizer()
    (whole,) = make_examples([ROW | qa_row(1, "airways")], tokenizer, 400)
    (cut,) = make_examples([ROW | qa_row(1, "airways")], tokenizer, len(whole.ids) - 5)
    assert whole.ids[-1] == tokenizer.eos_token_id
    assert cut.ids == whole.ids[:-5]


def test_a_prompt_without_room_and_an_empty_answer_are_left_out() -> None:
    tokenizer = make_tokenizer()
    assert make_examples([ROW | qa_row(1, "airways")], tokenizer, 40) == []
    assert make_examples([ROW | qa_row(1, "airways", answer="")], tokenizer, 400) == []


def test_padding_changes_no_loss(model: str) -> None:
    base = load_base(model)
    pad = base.tokenizer.pad_token_id
    short, long = make_examples(
        [ROW | qa_row(1, "airways", answer="Air."), ROW | qa_row(2, "airways")], base.tokenizer, 400
    )
    together = held_out(base.model, [long, short], pad)
    alone = [held_out(base.model, [example], pad).sums[0] for example in (long, short)]
    assert together.sums == pytest.approx(alone, rel=1e-4)
    assert together.tokens == (long.learned, short.learned)
    assert difference(together, together, [long, short]) == [0.0, 0.0]


@pytest.mark.parametrize(
    ("answer", "refused"),
    [
        ("These resources address the diagnosis of it: - Genetic Testing Registry: It - GeneReview: It", True),
        ("- MedlinePlus Encyclopedia: Stools\n- MedlinePlus Encyclopedia: Malabsorption", True),
        ("Asthma is treated with inhalers. MedlinePlus Encyclopedia: Asthma tells more.", False),
        ("Doctors have these resources: inhalers and tablets.", False),
    ],
)
def test_answers_that_only_list_links_are_not_learned(answer: str, refused: bool) -> None:
    assert is_link_list(answer) is refused
