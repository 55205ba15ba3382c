"""Loading vocabulary: one JSONL file a kind and language under `medlfm/rules`, one rule a line, each with an id.

What a kind needs in every language alike (ingredients with their codes, clinical thresholds) lies in `rules/shared`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from medlfm.errors import LanguageError, RulesError
from medlfm.settings import LANGUAGES

__all__ = ["EXAMPLES", "Rule", "load_rules", "read_examples", "read_rules", "shipped_rules"]

Rule = dict[str, Any]

EXAMPLES = "examples"  # sentences with marks that a rule may bring along; `medlfm rules test` reads them, nothing else


def load_rules(
    lang: str,
    kind: str,
    *,
    extra: str | Path | Sequence[Rule] | None = None,
    replace: bool = False,
    remove: Iterable[str] = (),
) -> list[Rule]:
    """Return the rules of a kind ("context", "phi", …) for a language, as the user wants them.

    extra: a JSONL path or a list of rules; one with the id of a shipped rule takes its place.
    replace: use `extra` alone. remove: ids to leave out.
    Raises LanguageError for a language without rules, RulesError for a malformed or unknown rule.
    """
    rules = {} if replace else {rule["id"]: rule for rule in shipped_rules(lang, kind)}
    if extra is not None:
        more = read_rules(Path(extra)) if isinstance(extra, str | Path) else _checked(extra, "the config")
        rules |= {rule["id"]: rule for rule in more}
    for name in remove:
        if name not in rules:
            raise RulesError(f"There is no {kind} rule {name!r} to remove.", f"`medlfm/rules/{lang}/{kind}.jsonl`.")
        del rules[name]
    return list(rules.values())


@cache
def shipped_rules(lang: str, kind: str) -> tuple[Rule, ...]:
    """Return the rules that the package ships; read once a process, so treat them as read-only."""
    if lang not in LANGUAGES:
        raise LanguageError(f"There are no {kind} rules for {lang!r}.", f"Languages: {', '.join(LANGUAGES)}.")
    path = files("medlfm") / "rules" / lang / f"{kind}.jsonl"
    rules = _lines(path.read_text(encoding="utf-8"), f"{lang}/{kind}.jsonl")
    shared = files("medlfm") / "rules" / "shared" / f"{kind}.jsonl"
    if shared.is_file():
        rules += _lines(shared.read_text(encoding="utf-8"), f"shared/{kind}.jsonl")
    return tuple(_checked(rules, f"{lang}/{kind}.jsonl"))


def read_rules(path: Path) -> list[Rule]:
    """Read rules from a JSONL file of the user's; raises RulesError with the line that is wrong."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = "is not UTF-8" if isinstance(error, UnicodeDecodeError) else str(error.strerror).lower()
        raise RulesError(f"Can't read the rules in {path}: {reason}.", "Check path and encoding.") from error
    return _checked(_lines(text, str(path)), str(path))


def read_examples(path: Path) -> list[tuple[str, str]]:
    """Read the examples of the rules in a file: (id of the rule, sentence with marks)."""
    read_rules(path)  # refuses what is malformed
    rules = _lines(path.read_text(encoding="utf-8-sig"), str(path))
    return [(rule["id"], str(example)) for rule in rules for example in rule.get(EXAMPLES, ())]


def _lines(text: str, where: str) -> list[Rule]:
    rules = []
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            rules.append(json.loads(line))
        except json.JSONDecodeError as error:
            raise RulesError(f"{where}, line {number} is no JSON: {error.msg}.", "One rule a line.") from error
    return rules


def _checked(rules: Iterable[Rule], where: str) -> list[Rule]:
    seen: set[str] = set()
    result = []
    for number, rule in enumerate(rules, start=1):
        name = rule.get("id") if isinstance(rule, dict) else None
        if not isinstance(name, str) or not name:
            raise RulesError(f"Rule {number} of {where} has no id.", 'Give it one: {"id": "my-rule", …}.')
        if name in seen:
            raise RulesError(f"{where} has two rules with the id {name!r}.", "Ids are unique in a file.")
        seen.add(name)
        result.append({key: value for key, value in rule.items() if key != EXAMPLES} if EXAMPLES in rule else rule)
    return result
