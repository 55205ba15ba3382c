"""Policies: what happens to each kind of protected health information."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from medlfm.errors import SettingsError
from medlfm.spans import PHI_LABELS

__all__ = ["ACTIONS", "POLICIES", "Policy", "load_policy"]

POLICIES = ("safe_harbor", "limited_dataset", "gdpr_strict", "research_surrogate")

# action → the labels it makes sense for (empty: all)
ACTIONS: dict[str, tuple[str, ...]] = {
    "keep": (),
    "mask": (),  # [NAME]
    "number": (),  # [NAME-1]: first seen, first numbered, the same for the same text
    "pseudonym": (),  # [NAME-3f9a0c1e]: the same for the same text and patient
    "surrogate": (),  # a realistic one of the same kind
    "year": ("DATE",),  # the year alone; none where it would tell an age over 89
    "shift": ("DATE",),  # by a number of days that belongs to the patient
    "age_cap": ("AGE",),  # 90+
    "zip3": ("ADDRESS",),  # the first three digits of a US ZIP code
    "town": ("ADDRESS",),  # without the street
}
_KEYED = ("pseudonym", "surrogate", "shift")


@dataclass(frozen=True, kw_only=True)
class Policy:
    """What happens to each label; `default` is for the labels that are not named."""

    name: str
    default: str = "mask"
    labels: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for label, action in [("", self.default), *self.labels.items()]:
            if label and label not in PHI_LABELS:
                raise SettingsError(
                    f"The policy {self.name!r} names the label {label!r}.", f"Labels: {', '.join(PHI_LABELS)}."
                )
            if action not in ACTIONS:
                raise SettingsError(
                    f"The policy {self.name!r} has the action {action!r}.", f"Actions: {', '.join(ACTIONS)}."
                )
            if ACTIONS[action] and label not in ACTIONS[action]:
                raise SettingsError(
                    f"The policy {self.name!r} has the action {action!r} for {label or 'all labels'}.",
                    f"It is for {', '.join(ACTIONS[action])} only.",
                )

    @property
    def needs_key(self) -> bool:
        return any(action in _KEYED for action in (self.default, *self.labels.values()))

    def action(self, label: str) -> str:
        return self.labels.get(label, self.default)


def load_policy(policy: str | Path | Policy) -> Policy:
    """Return a shipped policy by its name, or read one from a TOML file (see `medlfm/deid/policies`).

    Raises SettingsError for a name that is not known and a file that is wrong.
    """
    if isinstance(policy, Policy):
        return policy
    if policy in POLICIES:
        return _shipped(str(policy))
    path = Path(policy)
    if path.suffix != ".toml":
        raise SettingsError(
            f"There is no policy {str(policy)!r}.", f"Policies: {', '.join(POLICIES)}, or a .toml file."
        )
    try:
        return _read(path.read_text(encoding="utf-8"), str(path))
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"Can't read the policy {path}.", "Check path and encoding (UTF-8).") from error


@cache
def _shipped(name: str) -> Policy:
    path = files("medlfm") / "deid" / "policies" / f"{name}.toml"
    return _read(path.read_text(encoding="utf-8"), name)


def _read(text: str, where: str) -> Policy:
    try:
        data: dict[str, Any] = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{where} is not valid TOML: {error}.", "Correct the line named.") from error
    if unknown := set(data) - {"name", "default", "labels"}:
        raise SettingsError(f"{where} sets {sorted(unknown)[0]!r}.", "Allowed: name, default, [labels].")
    return Policy(
        name=data.get("name", Path(where).stem), default=data.get("default", "mask"), labels=data.get("labels", {})
    )
