"""The plugin contract: an expert is a folder of data files that `Expert` reads without running any of its code.

```
medlfm_<specialty>/
  manifest.json      the fields of Expert; "schema": 1
  routing.jsonl      {"text", "lang", "match": true | false, "wording", "belongs_to"?}: questions and near misses
  lexicon.jsonl      {"lang", "terms": [...]}: one group of related terms a line        (optional)
  card.md            what it is, what it was trained on, what it must not be used for
  adapters/<base>/   adapter_config.json, adapter_model.safetensors, medlfm.json   (optional)
  evidence.jsonl     passages for the evidence store                               (optional)
  calibration.json                                                                 (optional)
```
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeVar

from medlfm.errors import ExpertError
from medlfm.settings import LANGUAGES

__all__ = ["ALL_AGES", "SCHEMA", "Expert", "RoutingRow", "package_folder"]

SCHEMA = 1
ALL_AGES = (0, 150)

_Line = TypeVar("_Line")


@dataclass(frozen=True, kw_only=True)
class RoutingRow:
    """A routing question of a plugin: one that it wants (`match`), or a near miss that it hands to another."""

    text: str
    lang: str
    match: bool
    wording: str = ""
    belongs_to: str = ""


@dataclass(frozen=True, kw_only=True)
class Expert:
    """What a plugin says about itself; texts are mappings from language to text."""

    id: str
    version: str
    languages: tuple[str, ...]
    title: Mapping[str, str]
    description: Mapping[str, str]
    scope: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    limits: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    # which prepared rows it learns from: row key → allowed values, e.g. {"specialty": ["cardiology"]}
    corpus: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    # from this age up to below that one, in years
    ages: tuple[float, float] = ALL_AGES
    folder: Path
    distribution: str = ""
    # folders of adapters, wherever they were found: shipped with the plugin, or trained at home
    adapters: tuple[Path, ...] = ()

    @classmethod
    def from_package(cls, package: str, manifest: str = "manifest.json") -> Expert:
        """Read the expert of an importable package; this is the one line of code in a plugin."""
        return cls.from_folder(package_folder(package), distribution=package, manifest=manifest)

    @classmethod
    def from_folder(cls, folder: Path, *, distribution: str = "", manifest: str = "manifest.json") -> Expert:
        """Read the manifest of a plugin folder; raises ExpertError, which names the distribution."""
        who = distribution or str(folder)
        content = _read_json(folder / manifest, who)
        if content.get("schema") != SCHEMA:
            raise ExpertError(
                f"The expert of {who} has manifest schema {content.get('schema')!r}; this medlfm reads {SCHEMA}.",
                "Install a version of the plugin that fits.",
            )
        known = {item.name for item in fields(cls)} - {"folder", "distribution", "adapters"}
        values = {key: _frozen(value) for key, value in content.items() if key in known}
        _check(values, who)
        shipped = folder / "adapters"
        adapters = tuple(sorted(path.parent for path in shipped.glob("*/medlfm.json"))) if shipped.is_dir() else ()
        return cls(**values, folder=folder, distribution=distribution, adapters=adapters)

    def routing(self) -> tuple[RoutingRow, ...]:
        """Read the routing questions; raises ExpertError with the line that is wrong."""
        names = [item.name for item in fields(RoutingRow)]
        example = '{"text": …, "lang": "en", "match": true}'
        return tuple(
            self._read("routing.jsonl", lambda row: RoutingRow(**{k: row[k] for k in names if k in row}), example)
        )

    def lexicon(self) -> tuple[tuple[str, ...], ...]:
        """Read the groups of related terms, which the router knows beside the questions; often there are none."""
        if not (self.folder / "lexicon.jsonl").is_file():
            return ()
        example = '{"lang": "en", "terms": [...]}'
        return tuple(self._read("lexicon.jsonl", lambda row: tuple(str(term) for term in row["terms"]), example))

    def _read(self, name: str, convert: Callable[[Any], _Line], example: str) -> Iterator[_Line]:
        try:
            lines = (self.folder / name).read_text(encoding="utf-8").split("\n")
        except (OSError, UnicodeDecodeError) as error:
            raise ExpertError(f"Can't read {name} of {self._who}.", "Reinstall the plugin.") from error
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                yield convert(json.loads(line))
            except (json.JSONDecodeError, TypeError, KeyError) as error:
                raise ExpertError(
                    f"{name} of {self._who}, line {number}, is malformed.", f"Each line: {example}."
                ) from error

    def wants(self, row: Mapping[str, Any]) -> bool:
        """Say whether a prepared row belongs to the corpus that this expert learns from."""
        return row.get("lang") in self.languages and all(
            row.get(key) in allowed for key, allowed in self.corpus.items()
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data."""
        result = {item.name: getattr(self, item.name) for item in fields(self)}
        result["folder"] = str(self.folder)
        result["adapters"] = [str(path) for path in self.adapters]
        return {key: _plain(value) for key, value in result.items()}

    @property
    def _who(self) -> str:
        return self.distribution or self.id


def package_folder(package: str) -> Path:
    """Find the folder of a top-level package without importing it; raises ExpertError."""
    spec = find_spec(package.partition(".")[0])
    places = list(spec.submodule_search_locations or ()) if spec else []
    if not places:
        raise ExpertError(f"The plugin package {package!r} has no folder.", "Reinstall the plugin.")
    return Path(places[0]).joinpath(*package.split(".")[1:])


def _read_json(path: Path, who: str) -> dict[str, Any]:
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ExpertError(f"The expert of {who} has no readable {path.name}.", "Reinstall the plugin.") from error
    except json.JSONDecodeError as error:
        raise ExpertError(f"{path.name} of {who} is no JSON, line {error.lineno}.", "Reinstall the plugin.") from error
    if not isinstance(value, dict):
        raise ExpertError(f"{path.name} of {who} is no JSON object.", "See plugins/README.md for its keys.")
    return value


def _check(values: Mapping[str, Any], who: str) -> None:
    hint = "See plugins/README.md for the keys of a manifest."
    for key in ("id", "version"):
        if not isinstance(values.get(key), str) or not values[key]:
            raise ExpertError(f"The manifest of {who} has no {key!r}.", hint)
    if not values["id"].replace("_", "").isalnum() or values["id"] != values["id"].lower():
        raise ExpertError(f"The manifest of {who} has the id {values['id']!r}; allowed are a-z, 0-9 and _.", hint)
    languages = values.get("languages")
    if not isinstance(languages, tuple) or not languages or not set(languages) <= set(LANGUAGES):
        raise ExpertError(f"The manifest of {who} has the languages {languages!r}; allowed: {LANGUAGES}.", hint)
    for key in ("title", "description"):
        texts = values.get(key)
        if not isinstance(texts, dict) or not all(isinstance(texts.get(lang), str) for lang in languages):
            raise ExpertError(f"The manifest of {who} lacks its {key!r} in one of {', '.join(languages)}.", hint)
    ages = values.get("ages", ALL_AGES)
    if not (isinstance(ages, tuple) and len(ages) == 2 and all(isinstance(age, int | float) for age in ages)):
        raise ExpertError(f"The manifest of {who} has the ages {ages!r}; two numbers of years are needed.", hint)
    for key in ("scope", "limits", "corpus"):
        if not isinstance(values.get(key, {}), dict):
            raise ExpertError(f"The manifest of {who} has a {key!r} that is no object.", hint)


def _frozen(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(value)
    return {key: _frozen(item) for key, item in value.items()} if isinstance(value, dict) else value


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return list(value)
    return {key: _plain(item) for key, item in value.items()} if isinstance(value, Mapping) else value
