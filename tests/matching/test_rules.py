from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path

import pytest

from medlfm.errors import LanguageError, RulesError
from medlfm.matching.rules import load_rules, read_rules
from medlfm.settings import LANGUAGES

SHIPPED = sorted(
    (lang, path.name.removesuffix(".jsonl"))
    for lang in LANGUAGES
    for path in (files("medlfm") / "rules" / lang).iterdir()
    if path.name.endswith(".jsonl")
)


@pytest.mark.parametrize(("lang", "kind"), SHIPPED)
def test_every_shipped_rule_file_is_sound(lang: str, kind: str) -> None:
    assert load_rules(lang, kind)


def test_rules_are_extended_replaced_and_removed(tmp_path: Path) -> None:
    lang, kind = SHIPPED[0]
    shipped = load_rules(lang, kind)
    mine = {"id": "mine"}
    path = tmp_path / "mine.jsonl"
    path.write_text(json.dumps(mine) + "\n\n", encoding="utf-8")
    assert load_rules(lang, kind, extra=path) == [*shipped, mine]
    assert load_rules(lang, kind, extra=[mine], replace=True) == [mine]
    assert load_rules(lang, kind, remove=[shipped[0]["id"]]) == shipped[1:]
    changed = {"id": shipped[0]["id"], "changed": True}
    assert load_rules(lang, kind, extra=[changed])[0] == changed


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b'{"id": "a"}\n{"id"', "line 2"),
        (b'{"id": "a"}\n{"id": "a"}', "two rules"),
        (b'{"cue": "no"}', "has no id"),
        (b"[1]", "has no id"),
        (b'{"id": "\xe4"}', "not UTF-8"),
    ],
    ids=["json", "double", "no-id", "no-object", "latin-1"],
)
def test_a_bad_rule_file_names_file_and_reason(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_bytes(content)
    with pytest.raises(RulesError, match=message):
        read_rules(path)


def test_unknown_language_rule_and_file_are_said(tmp_path: Path) -> None:
    with pytest.raises(LanguageError, match="'fr'"):
        load_rules("fr", "context")
    with pytest.raises(RulesError, match=r"no .* rule 'nothing'"):
        load_rules(*SHIPPED[0], remove=["nothing"])
    with pytest.raises(RulesError, match="no such file"):
        read_rules(tmp_path / "absent.jsonl")
