"""Finding plugins: without running them, and past broken ones."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from medlfm.errors import ExpertError
from medlfm.experts import Expert
from medlfm.experts.registry import discover
from tests.tiny import install_plugin, only_plugins_of, write_plugin

PLUGINS = sorted(path.parent for path in (Path(__file__).parents[2] / "plugins").glob("*/*/manifest.json"))


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty environment: nothing is installed but what a test puts here."""
    only_plugins_of(tmp_path, monkeypatch)
    return tmp_path


def test_finds_a_plugin_without_running_its_code(site: Path) -> None:
    install_plugin(site, "dermatology")
    registry = discover()
    assert list(registry.experts) == ["dermatology"]
    assert registry.get("dermatology").distribution == "medlfm-dermatology"
    assert registry.broken == ()


def test_reads_the_routing_questions_and_the_lexicon(site: Path) -> None:
    package = install_plugin(site, "dermatology")
    (package / "lexicon.jsonl").write_text('{"lang": "de", "terms": ["Warze", "Ekzem"]}\n', encoding="utf-8")
    expert = discover().get("dermatology")
    assert [row.lang for row in expert.routing()] == ["en", "de"]
    assert expert.lexicon() == (("Warze", "Ekzem"),)


BROKEN = {
    "no manifest": ("manifest.json", None),
    "a manifest that is no JSON": ("manifest.json", "{"),
    "a manifest that is a list": ("manifest.json", "[]"),
    "a manifest of another schema": ("manifest.json", '{"schema": 99}'),
    "a manifest without an id": ("manifest.json", '{"schema": 1, "version": "1"}'),
    "binary in the manifest": ("manifest.json", b"\xff\xfe\x00"),
    "no routing questions": ("routing.jsonl", None),
    "a routing line that is no JSON": ("routing.jsonl", "oops\n"),
    "a routing line without a language": ("routing.jsonl", '{"text": "x"}\n'),
    "a lexicon without terms": ("lexicon.jsonl", '{"lang": "de"}\n'),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_plugin_is_named_and_the_others_work(site: Path, case: str) -> None:
    install_plugin(site, "dermatology")
    package = install_plugin(site, "broken")
    name, content = BROKEN[case]
    if content is None:
        (package / name).unlink()
    else:
        (package / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    registry = discover()
    assert list(registry.experts) == ["dermatology"]
    (plugin,) = registry.broken
    assert plugin.distribution == "medlfm-broken"
    assert "medlfm-broken" in plugin.error


def test_a_plugin_whose_package_is_gone_is_named(site: Path) -> None:
    package = install_plugin(site, "broken")
    package.rename(site / "elsewhere")
    (plugin,) = discover().broken
    assert plugin.distribution == "medlfm-broken"


def test_two_plugins_with_the_same_expert_are_told_apart(site: Path) -> None:
    install_plugin(site, "aaa")
    install_plugin(site, "bbb", id="aaa")
    registry = discover()
    assert registry.get("aaa").distribution == "medlfm-aaa"
    assert "medlfm-aaa" in registry.broken[0].error
    assert registry.broken[0].distribution == "medlfm-bbb"


def test_adapters_trained_at_home_come_before_shipped_ones(site: Path, home: Path) -> None:
    package = install_plugin(site, "dermatology")
    for folder in (package / "adapters" / "base", home / "experts" / "dermatology" / "base"):
        folder.mkdir(parents=True)
        (folder / "medlfm.json").write_text("{}", encoding="utf-8")
    adapters = discover().get("dermatology").adapters
    assert adapters == (home / "experts" / "dermatology" / "base", package / "adapters" / "base")


def test_an_unknown_expert_lists_the_installed_ones(site: Path) -> None:
    install_plugin(site, "dermatology")
    with pytest.raises(ExpertError, match=r"no expert 'x'.*dermatology"):
        discover().get("x")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"id": "Über"}, "a-z"),
        ({"languages": ["fr"]}, "languages"),
        ({"title": {"en": "only"}}, "title"),
        ({"corpus": ["cardiology"]}, "corpus"),
        ({"ages": [18]}, "ages"),
    ],
)
def test_a_malformed_manifest_says_which_key(tmp_path: Path, change: dict[str, object], message: str) -> None:
    write_plugin(tmp_path, "x", **change)
    with pytest.raises(ExpertError, match=message):
        Expert.from_folder(tmp_path)


def test_an_expert_wants_the_rows_of_its_corpus_in_its_languages(tmp_path: Path) -> None:
    expert = Expert.from_folder(write_plugin(tmp_path, "x", languages=["en"], title={"en": "X"}))
    assert expert.wants({"lang": "en", "specialty": "x"})
    assert not expert.wants({"lang": "de", "specialty": "x"})
    assert not expert.wants({"lang": "en", "specialty": "y"})
    assert not expert.wants({"lang": "en"})


def test_an_expert_is_plain_json(tmp_path: Path) -> None:
    assert json.loads(json.dumps(Expert.from_folder(write_plugin(tmp_path, "x")).to_dict()))["id"] == "x"


def test_the_twelve_plugins_are_here() -> None:
    assert len(PLUGINS) == 12


@pytest.mark.parametrize("folder", PLUGINS, ids=lambda path: path.name)
def test_our_plugins_are_complete_and_alike(folder: Path) -> None:
    expert = Expert.from_folder(folder)
    dashed = expert.id.replace("_", "-")
    assert folder.name == f"medlfm_{expert.id}"
    assert folder.parent.name == f"medlfm-{dashed}"
    assert expert.languages == ("en", "de")
    assert expert.corpus == {"specialty": (expert.id,)}
    assert all(expert.scope[lang] and expert.limits[lang] for lang in ("en", "de"))
    rows = expert.routing()
    for lang in ("en", "de"):
        assert sum(row.match for row in rows if row.lang == lang) >= 40
        assert sum(not row.match for row in rows if row.lang == lang) >= 16
    assert all(row.belongs_to for row in rows if not row.match)
    project = (folder.parent / "pyproject.toml").read_text(encoding="utf-8")
    assert f'{expert.id} = "medlfm_{expert.id}:expert"' in project
    code = (folder / "__init__.py").read_text(encoding="utf-8")
    assert [line for line in code.splitlines() if "import" in line] == ["from medlfm.experts import Expert"]
