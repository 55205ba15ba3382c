"""The adapters that the plugin packages ship: complete, small, for one base and one core, with licences and credits."""

from __future__ import annotations

from pathlib import Path

import pytest

from medlfm.experts.adapters import WEIGHTS, check_files, check_gain, covered_modules, read_record
from medlfm.experts.lora import read_lora
from medlfm.files import sha256_file

PLUGINS = Path(__file__).parents[2] / "plugins"
CORE = PLUGINS / "medlfm-core" / "medlfm_core" / "adapters" / "smollm2-135m"
EXPERTS = sorted(PLUGINS.glob("medlfm-*/medlfm_*/adapters/*/medlfm.json"))
FOLDERS = [path.parent for path in EXPERTS if path.parent != CORE]
LICENCES = {"CC0-1.0", "CC-BY-4.0", "LicenseRef-US-Government-Work"}


def test_there_are_twelve_and_the_core() -> None:
    assert len(FOLDERS) == 12
    assert CORE.is_dir()


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.parents[1].name)
def test_an_expert_passes_what_needs_no_model(folder: Path) -> None:
    core = read_record(CORE)
    record = check_files(folder, core["base_fingerprint"], sha256_file(CORE / WEIGHTS))
    check_gain(record["expert"], record)
    assert (folder / WEIGHTS).stat().st_size <= 2.5e6
    assert len(covered_modules(folder)) == record["modules"] == 210


@pytest.mark.parametrize("folder", [CORE, *FOLDERS], ids=lambda folder: folder.parents[1].name)
def test_it_learned_only_from_what_may_be_learned_from_and_says_so(folder: Path) -> None:
    record, card = read_record(folder), (folder / "README.md").read_text(encoding="utf-8")
    assert set(record["data"]["licences"]) <= LICENCES
    assert all(attribution in card for attribution in record["data"]["attributions"])
    if "medquad" in record["data"]["corpora"]:
        assert "Ben Abacha" in card
    assert "Changed:" in card
    assert record["safety"]["expert"] is not None


def test_the_core_is_small_and_every_matrix_is_finite() -> None:
    assert (CORE / WEIGHTS).stat().st_size <= 14e6
    for folder in (CORE, *FOLDERS):
        assert all(pair.a.isfinite().all() and pair.b.isfinite().all() for pair in read_lora(folder).values())
