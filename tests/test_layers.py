"""Imports point down only."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import medlfm

PACKAGE = Path(medlfm.__file__).parent
LAYERS = [
    {"errors"},
    {"settings", "files", "processes"},
    {"spans", "scoring", "audit"},
    {"matching"},
    {"components"},
    {"pipeline"},
    {"records", "runtime"},
    {"deid"},
    {"knowledge", "corpora"},
    {"experts"},
    {"safety"},
    {"preparing"},
    {"prepare", "train", "ask", "evaluate"},
    {"service"},
    {"cli"},
]
LEVEL = {name: level for level, names in enumerate(LAYERS) for name in names}
MODULES = sorted(
    path for path in PACKAGE.rglob("*.py") if path.parent != PACKAGE or path.stem not in ("__init__", "__main__")
)


def imported(path: Path) -> Iterator[str]:
    """The modules of medlfm that a file imports, at its top or inside functions, "" for medlfm itself."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            names = [node.module or ""]
            if node.module in ("medlfm", "medlfm.components"):
                names = [f"{node.module}.{alias.name}" for alias in node.names]
        yield from (name.removeprefix("medlfm").removeprefix(".") for name in names if name.split(".")[0] == "medlfm")


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_down(path: Path) -> None:
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    own = parts[0]
    for name in imported(path):
        other = name.split(".")[0]
        if other == "" or other == "__version__":
            assert own in ("cli", "service", "prepare", "train", "ask", "evaluate", "experts", "corpora", "audit"), name
            continue
        assert other in LEVEL, f"{other} has no layer"
        assert other == own or LEVEL[other] < LEVEL[own], f"{own} imports {other}"
        if own == other == "components":
            assert name == ".".join(parts), f"components import each other: {parts} → {name}"


@pytest.mark.parametrize("path", sorted((PACKAGE.parent / "plugins").glob("*/*/*.py")), ids=lambda path: path.parts[-2])
def test_plugins_import_the_expert_contract_only(path: Path) -> None:
    if "tests" not in path.parts:
        assert set(imported(path)) <= {"experts"}


def test_the_core_names_no_plugin() -> None:
    plugins = {path.name.replace("-", "_") for path in (PACKAGE.parent / "plugins").glob("medlfm-*")}
    for path in MODULES:
        text = path.read_text(encoding="utf-8")
        assert not [name for name in plugins if name in text], path
