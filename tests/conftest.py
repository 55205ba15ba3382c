"""Fixtures for all tests: a home folder of their own, and the folder of the benchmark data."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
os.environ["HF_HUB_OFFLINE"] = "1"


@pytest.fixture(autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """MEDLFM_HOME for each test, so that none touches the user's."""
    folder = tmp_path_factory.mktemp("home")
    for name in [name for name in os.environ if name.startswith("MEDLFM_")]:
        if name not in ("MEDLFM_BENCH_DATA", "MEDLFM_TEST_MODELS"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("MEDLFM_HOME", str(folder))
    return folder


@pytest.fixture(scope="session")
def bench_data() -> Path:
    """The folder named by MEDLFM_BENCH_DATA; a test that asks for it is skipped where there is none."""
    value = os.environ.get("MEDLFM_BENCH_DATA", "")
    if not value or not Path(value).is_dir():
        pytest.skip("MEDLFM_BENCH_DATA names no folder: the public benchmark data is not on this machine")
    return Path(value)
