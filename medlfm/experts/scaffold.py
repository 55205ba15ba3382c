"""A new expert plugin: a complete package from a template, with routing questions made from the terms given."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from string import Template

from medlfm.errors import ExpertError
from medlfm.settings import LANGUAGES

__all__ = ["new_expert"]

_LEAST = 12
# what no expert should have, whatever it is for
_NEAR_MISSES = {
    "en": ("How do I bake bread?", "What is the capital of France?", "Which phone should I buy?"),
    "de": ("Wie backe ich Brot?", "Was ist die Hauptstadt von Frankreich?", "Welches Telefon soll ich kaufen?"),
}


def new_expert(
    name: str,
    out: Path,
    *,
    terms: Mapping[str, Sequence[str]] | None = None,
    titles: Mapping[str, str] | None = None,
) -> Path:
    """Write `medlfm-<name>` into a folder and return it; raises ExpertError for an impossible name, or where it is.

    Its routing questions come from `terms` by language, at first from the name alone: replace them by real ones.
    """
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        raise ExpertError(f"{name!r} is no id; allowed are a-z, 0-9 and _, a letter first.", "Try dermatology.")
    folder = out / f"medlfm-{name.replace('_', '-')}"
    if folder.exists():
        raise ExpertError(f"{folder} is there already.", "Choose another folder with --out.")
    plain = name.replace("_", " ")
    title = (titles or {}).get("en") or plain.capitalize()
    german = (titles or {}).get("de") or title
    words = {lang: list((terms or {}).get(lang, ())) or [plain] for lang in LANGUAGES}
    values = {"name": name, "dash": name.replace("_", "-"), "title": title, "title_de": german}
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".new-", dir=out) as temporary:
        place = Path(temporary) / folder.name
        for path, template in _TEMPLATES.items():
            target = place / path.format(name=name)
            target.parent.mkdir(parents=True, exist_ok=True)
            text = files("medlfm.experts").joinpath(f"template/{template}").read_text(encoding="utf-8")
            target.write_text(Template(text).substitute(values), encoding="utf-8", newline="\n")
        package = place / f"medlfm_{name}"
        _lines(package / "routing.jsonl", [row for lang in LANGUAGES for row in _questions(lang, words[lang])])
        _lines(package / "lexicon.jsonl", [{"lang": lang, "terms": words[lang]} for lang in LANGUAGES])
        place.rename(folder)
    return folder


# path in the package → template
_TEMPLATES = {
    "pyproject.toml": "pyproject.toml.txt",
    "medlfm_{name}/__init__.py": "init.py.txt",
    "medlfm_{name}/manifest.json": "manifest.json.txt",
    "medlfm_{name}/card.md": "card.md.txt",
    "tests/test_{name}.py": "test.py.txt",
}


def _questions(lang: str, terms: Sequence[str]) -> list[dict[str, object]]:
    text = files("medlfm.experts").joinpath(f"template/questions.{lang}.jsonl").read_text(encoding="utf-8")
    patterns = [json.loads(line) for line in text.splitlines()]
    count = max(_LEAST, 2 * len(terms))
    rows: list[dict[str, object]] = []
    for number in range(count):
        pattern, term = patterns[number % len(patterns)], terms[number % len(terms)]
        question = pattern["text"].replace("TERM", term)
        rows.append({"text": question, "lang": lang, "match": True, "wording": pattern["wording"]})
    misses = [{"text": text, "lang": lang, "match": False, "belongs_to": "none"} for text in _NEAR_MISSES[lang]]
    return [*rows, *misses]


def _lines(path: Path, rows: Sequence[Mapping[str, object]]) -> None:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8", newline="\n")
