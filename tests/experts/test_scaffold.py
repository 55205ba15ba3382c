"""A package written by `experts new` is complete: it is found, it verifies, and its own tests pass."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from medlfm.errors import ExpertError
from medlfm.experts import Expert
from medlfm.experts.registry import discover
from medlfm.experts.scaffold import new_expert
from medlfm.experts.verify import verify
from tests.tiny import only_plugins_of


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    terms = {"en": ["psoriasis", "eczema", "acne"], "de": ["Psoriasis", "Ekzem", "Akne"]}
    return new_expert("dermatology", tmp_path / "made", terms=terms, titles={"de": "Dermatologie"})


def install(folder: Path, site: Path) -> None:
    """Lay the package out as pip does."""
    import tomllib

    project = tomllib.loads((folder / "pyproject.toml").read_text())["project"]
    site.mkdir()
    (package := next(folder.glob("medlfm_*"))).rename(site / package.name)
    info = site / f"medlfm_dermatology-{project['version']}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n")
    points = project["entry-points"]["medlfm_experts"]
    lines = [f"{name} = {value}" for name, value in points.items()]
    (info / "entry_points.txt").write_text("[medlfm_experts]\n" + "\n".join(lines) + "\n")


def test_it_is_a_valid_expert(folder: Path) -> None:
    expert = Expert.from_folder(folder / "medlfm_dermatology")
    assert (expert.id, expert.title["de"]) == ("dermatology", "Dermatologie")
    assert sum(row.match and row.lang == "de" for row in expert.routing()) >= 12
    assert expert.lexicon()[1] == ("Psoriasis", "Ekzem", "Akne")


def test_it_is_found_and_verifies_as_knowledge_only(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(folder, tmp_path / "site")
    only_plugins_of(tmp_path / "site", monkeypatch)
    assert list(discover().experts) == ["dermatology"]
    (verification,) = verify(["dermatology"])
    assert verification.status == "knowledge-only"
    assert {check.name: check.ok for check in verification.checks} == {
        "schema": True,
        "routing": True,
        "theft": True,
        "adapter": None,
    }


@pytest.mark.slow
@pytest.mark.parametrize("terms", [{}, {"en": ["rash"], "de": ["Ausschlag"]}])
def test_its_own_tests_pass(tmp_path: Path, terms: dict[str, list[str]]) -> None:
    folder = new_expert("skin_care", tmp_path, terms=terms)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(folder / "tests")]
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("name", ["Dermatology", "1st", "skin-care", "", "haut:arzt", "öl"])
def test_an_impossible_id_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ExpertError, match="no id"):
        new_expert(name, tmp_path)


def test_nothing_is_overwritten(folder: Path) -> None:
    with pytest.raises(ExpertError, match="there already"):
        new_expert("dermatology", folder.parent)
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]
