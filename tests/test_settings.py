from __future__ import annotations

from pathlib import Path

import pytest

from medlfm.errors import SettingsError
from medlfm.settings import load_settings


def test_flags_beat_the_environment_which_beats_the_file(tmp_path: Path) -> None:
    (tmp_path / "medlfm.toml").write_text('base_model = "file"\nthreads = 2\nregion = "DE"\n', encoding="utf-8")
    environ = {"MEDLFM_BASE_MODEL": "variable", "MEDLFM_THREADS": "3", "MEDLFM_HOME": str(tmp_path / "home")}
    settings = load_settings(environ=environ, folder=tmp_path, base_model="flag", device=None)
    assert (settings.base_model, settings.threads, settings.region) == ("flag", 3, "DE")
    assert settings.device == "auto"
    assert settings.evidence == tmp_path / "home" / "evidence.sqlite"


@pytest.mark.parametrize(
    ("toml", "environ", "message"),
    [
        ("colour = 1", {}, "'colour', which is not a setting"),
        ("threads = ", {}, "not valid TOML"),
        ("", {"MEDLFM_THREADS": "two"}, "MEDLFM_THREADS is 'two'"),
        ("", {"MEDLFM_CONFIDENCE_THRESHOLD": "85"}, "allowed is 0 to 1"),
        ("", {"MEDLFM_ALLOW_STARTER": "perhaps"}, "no bool"),
        ("base_model = 3", {}, "no str"),
    ],
)
def test_a_wrong_value_is_named(tmp_path: Path, toml: str, environ: dict[str, str], message: str) -> None:
    (tmp_path / "medlfm.toml").write_text(toml, encoding="utf-8")
    with pytest.raises(SettingsError, match=message):
        load_settings(environ=environ, folder=tmp_path)


def test_true_and_false_are_read_from_the_environment(tmp_path: Path) -> None:
    assert load_settings(environ={"MEDLFM_ALLOW_STARTER": "yes"}, folder=tmp_path).allow_starter is True
    assert load_settings(environ={"MEDLFM_ALLOW_STARTER": "0"}, folder=tmp_path).allow_starter is False
