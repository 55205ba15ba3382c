from __future__ import annotations

from pathlib import Path

import pytest

from medlfm.deid import POLICIES, load_policy
from medlfm.errors import SettingsError


@pytest.mark.parametrize("name", POLICIES)
def test_every_shipped_policy_loads_under_its_name(name: str) -> None:
    assert load_policy(name).name == name


def test_a_policy_of_ones_own_is_read_from_toml(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('default = "mask"\n[labels]\nDATE = "keep"\n', encoding="utf-8")
    policy = load_policy(path)
    assert (policy.name, policy.action("DATE"), policy.action("NAME")) == ("mine", "keep", "mask")
    assert not policy.needs_key


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('default = "hide"', "action 'hide'"),
        ('[labels]\nPERSON = "mask"', "label 'PERSON'"),
        ('[labels]\nNAME = "year"', "DATE only"),
        ('default = "shift"', "all labels"),
        ("colour = 1", "'colour'"),
        ("default =", "not valid TOML"),
    ],
)
def test_a_wrong_policy_says_what_is_allowed(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "wrong.toml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(SettingsError, match=message):
        load_policy(path)


def test_an_unknown_policy_names_the_known_ones() -> None:
    with pytest.raises(SettingsError, match="safe_harbor"):
        load_policy("hipaa")
    with pytest.raises(SettingsError, match="Can't read"):
        load_policy("absent.toml")
