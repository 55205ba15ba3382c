"""The docs are run, not trusted: every example, every link, the strict build, the generated command-line page.

The blocks of a page run one after another in one folder, with a MEDLFM_HOME of the page's own. Lines that begin with
`# →` in a Python block are what it prints. A comment before a block says what is special about it:

```
<!-- needs: model -->     runs only where the tests' base model was pulled (see tests/runtime/test_smollm2.py)
<!-- not run: why -->     isn't run
```
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from medlfm.cli import app

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", ROOT / "README.de.md", *sorted(DOCS.rglob("*.md"))]
# written by others, with commands that are no examples of these docs
FOREIGN = [ROOT / name for name in ("CHANGELOG.md", "SECURITY.md", "corpora/README.md", "plugins/README.md")]
MODELS = Path(os.environ.get("MEDLFM_TEST_MODELS") or ROOT / ".venv" / "test-models") / "models"

_BLOCK = re.compile(
    r"(?:^[ \t]*<!-- (?P<mark>needs|not run): (?P<what>[^\n]+?) -->\n+)?"
    r"^(?P<indent>[ \t]*)```(?P<kind>python|bash)\n(?P<code>.*?)^(?P=indent)```$",
    re.MULTILINE | re.DOTALL,
)
_FENCE = re.compile(r"^[ \t]*```.*?^[ \t]*```$|`[^`\n]+`|<!--.*?-->", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\(\s*<?([^)\s>]+)>?[^)]*\)|(?:href|src)=\"([^\"]+)\"")
_SHELL = re.compile(r"[|<>$&;*?~]")  # what a shell must read


@dataclass(frozen=True)
class Block:
    kind: str
    code: str
    line: int
    needs: str
    skipped: str


def blocks(page: Path) -> list[Block]:
    text = page.read_text(encoding="utf-8")
    found = []
    for match in _BLOCK.finditer(text):
        indent, mark = len(match["indent"]), match["mark"]
        code = "".join(line[indent:] if line.strip() else line for line in match["code"].splitlines(keepends=True))
        line = text.count("\n", 0, match.start("code")) + 1
        found.append(
            Block(
                match["kind"],
                code,
                line,
                needs=match["what"] if mark == "needs" else "",
                skipped=match["what"] if mark == "not run" else "",
            )
        )
    return found


def statements(code: str) -> Iterator[str]:
    """Cut a bash block into its commands; continued lines and here-documents stay whole."""
    lines = iter(code.splitlines())
    for line in lines:
        while line.endswith("\\"):
            line = f"{line[:-1]} {next(lines).strip()}"
        if word := re.search(r"<<-?\s*'?(\w+)'?", line):
            for more in lines:
                line += "\n" + more
                if more.strip() == word[1]:
                    break
        if line.strip() and not line.startswith("#"):
            yield line


def run_bash(code: str, folder: Path, where: str) -> None:
    for statement in statements(code):
        if statement.startswith("medlfm ") and not _SHELL.search(re.sub(r"'[^']*'|\"[^\"]*\"", "", statement)):
            arguments = shlex.split(statement, comments=True)[1:]
            result = CliRunner().invoke(app, arguments)
            assert result.exit_code == 0, f"{where}: {statement}\n{result.output}"
            continue
        environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", statement], cwd=folder, env=environment, capture_output=True, text=True
        )
        assert done.returncode == 0, f"{where}: {statement}\n{done.stdout}{done.stderr}"


def run_python(code: str, names: dict[str, Any], where: str) -> None:
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(code, where, "exec"), names)
    wanted = [line[4:].rstrip() for line in code.splitlines() if line.startswith("# → ")]
    if wanted:
        assert [line.rstrip() for line in printed.getvalue().splitlines()] == wanted, where


@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page)], ids=lambda page: str(page.relative_to(ROOT)))
def test_every_example_runs(page: Path, tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("corpora", "plugins", "benchmarks"):
        (tmp_path / name).symlink_to(ROOT / name)
    has_model = (MODELS / "smollm2-135m").is_dir()
    if has_model and any(block.needs == "model" for block in blocks(page)):
        (home / "models").symlink_to(MODELS)
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {"__name__": "__docs__"}
    for block in blocks(page):
        assert block.needs in ("", "model"), f"{page.name}: a block can't need {block.needs!r}"
        if block.skipped or (block.needs and not has_model):
            continue
        where = f"{page.relative_to(ROOT)}, line {block.line}"
        if block.kind == "bash":
            run_bash(block.code, tmp_path, where)
        else:
            run_python(block.code, names, where)


def anchors(page: Path) -> set[str]:
    """Return the anchors that headings get, on the code host and in the built pages."""
    text = _FENCE.sub(
        lambda match: match[0] if match[0].startswith("`") and "\n" not in match[0] else "", page.read_text()
    )
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


def broken_links(page: Path) -> list[str]:
    text = _FENCE.sub("", page.read_text(encoding="utf-8"))
    wrong = []
    for match in _LINK.finditer(text):
        target, _, anchor = (match[1] or match[2]).partition("#")
        if re.match(r"[a-z]+:", target):
            continue
        path = (page.parent / target).resolve() if target else page
        if not path.exists() or not path.is_relative_to(ROOT):
            wrong.append(f"{page.relative_to(ROOT)}: {target}")
        elif anchor and path.suffix == ".md" and anchor not in anchors(path):
            wrong.append(f"{page.relative_to(ROOT)}: {target}#{anchor}")
    return wrong


def test_every_link_inside_the_repository_leads_somewhere() -> None:
    cards = [*sorted((ROOT / "plugins").glob("*/*.md")), *sorted((ROOT / "corpora").glob("*/README.md"))]
    assert [link for page in [*PAGES, *FOREIGN, *cards] for link in broken_links(page)] == []


def test_a_dead_link_and_a_dead_anchor_are_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.test_docs.ROOT", tmp_path)
    page = tmp_path / "page.md"
    page.write_text("# One two\n[a](#one-two) [b](#three) [c](page.md) [d](gone.md) [e](https://x.example) `[f](g)`\n")
    assert broken_links(page) == ["page.md: #three", "page.md: gone.md"]


def test_the_two_readmes_say_the_same() -> None:
    english, german = ([block.code for block in blocks(ROOT / name)] for name in ("README.md", "README.de.md"))
    assert len(english) == len(german)
    assert [code.count("medlfm") for code in english] == [code.count("medlfm") for code in german]


def test_the_command_line_page_is_that_of_the_commands() -> None:
    from docs.generate_cli import page

    assert (DOCS / "cli.md").read_text(encoding="utf-8") == page(), "run: .venv/bin/python docs/generate_cli.py"


@pytest.mark.skipif(find_spec("mkdocs") is None or find_spec("mkdocstrings") is None, reason="mkdocs isn't installed")
def test_the_site_builds_without_a_warning(tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-W",
        "ignore",
        "-m",
        "mkdocs",
        "build",
        "--strict",
        "--quiet",
        "--site-dir",
        str(tmp_path / "site"),
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    built = list((tmp_path / "site").rglob("index.html"))
    assert len(built) > 10
    shutil.rmtree(tmp_path / "site")
