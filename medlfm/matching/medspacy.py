"""medspaCy's ConText: its rule files read into our rules, our rules written as its, and itself as an engine."""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Iterable, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

from spacy.language import Language
from spacy.tokens import Doc, Span

from medlfm import spans as keys
from medlfm.errors import RulesError, SettingsError
from medlfm.matching.cues import with_names
from medlfm.matching.rules import Rule

__all__ = [
    "MedspacyEngine",
    "default_rules",
    "from_medspacy",
    "is_medspacy",
    "read_medspacy",
    "write_medspacy_attributes",
]

# medspaCy's category → ours, and its direction → ours
_CATEGORIES = {
    "NEGATED_EXISTENCE": "negated",
    "POSSIBLE_EXISTENCE": "uncertain",
    "HISTORICAL": "historical",
    "HYPOTHETICAL": "hypothetical",
    "FAMILY": "family",
}
_DIRECTIONS = {"FORWARD": "forward", "BACKWARD": "backward", "BIDIRECTIONAL": "both"}
_TOKEN_KEYS = {"LOWER", "TEXT", "OP"}
_GROUP = "medlfm_context_targets"


def is_medspacy(rule: Rule) -> bool:
    """Whether a rule has medspaCy's form rather than ours."""
    return "literal" in rule


def read_medspacy(path: Path) -> list[Rule]:
    """Read a medspaCy rule file, {"context_rules": […]}; each rule gets an id."""
    try:
        data = json.loads(path.read_text(encoding="utf-8-sig"))
        rules = data["context_rules"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RulesError(f"{path} is no medspaCy rule file.", 'It holds {"context_rules": […]}.') from error
    return [{"id": f"medspacy-{number}-{rule['literal']}", **rule} for number, rule in enumerate(rules, start=1)]


def from_medspacy(rule: Rule) -> Rule:
    """Return a rule of medspaCy's in our form; raises RulesError for token patterns beyond LOWER, TEXT, IN and OP."""
    category = _CATEGORIES.get(str(rule.get("category")).upper())
    direction = str(rule.get("direction", "BIDIRECTIONAL")).upper()
    converted: Rule = {"id": rule["id"]}
    pattern = rule.get("pattern")
    if pattern is None:
        converted["cue"] = rule["literal"]
    elif isinstance(pattern, str):
        converted["regex"] = pattern.lower() if pattern.isalnum() else pattern
    else:
        converted["regex"] = _token_pattern(pattern, rule["id"])
    if direction in ("PSEUDO", "TERMINATE"):
        converted["category"] = "pseudo" if direction == "PSEUDO" else "end"
        if direction == "TERMINATE" and category:
            converted["ends"] = [category]
        return converted
    if category is None or direction not in _DIRECTIONS:
        raise RulesError(
            f"medspaCy rule {rule['id']!r} has category {rule.get('category')!r} and direction {direction!r}.",
            f"Allowed: {', '.join(_CATEGORIES)}; {', '.join(_DIRECTIONS)}, TERMINATE, PSEUDO.",
        )
    converted |= {"category": category, "direction": _DIRECTIONS[direction], "commas": "cross"}
    if rule.get("max_scope"):
        converted["words"] = int(rule["max_scope"])
    return converted


def _token_pattern(tokens: Sequence[dict[str, Any]], name: str) -> str:
    pattern = ""
    for token in tokens:
        if set(token) - _TOKEN_KEYS or not ({"LOWER", "TEXT"} & set(token)):
            raise RulesError(
                f"medspaCy rule {name!r} has a token pattern that our engine can't read.",
                'Use LOWER, TEXT, IN and OP, or choose the engine "medspacy".',
            )
        value: Any = token.get("LOWER", token.get("TEXT"))
        words: list[str] = value.get("IN", []) if isinstance(value, dict) else [value]
        piece = rf"(?:{'|'.join(re.escape(word.lower()) for word in words)})"
        pattern += rf"(?:{piece}\s*){token.get('OP', '')}" if token.get("OP") else rf"{piece}(?!\w)\s*"
    return pattern.removesuffix(r"\s*")


def _to_medspacy(rule: Rule) -> list[dict[str, Any]]:
    """Return our rule as medspaCy's, one a cue; what its engine has no word for is left out."""
    names = {ours: theirs for theirs, ours in _CATEGORIES.items()}
    directions = {ours: theirs for theirs, ours in _DIRECTIONS.items()} | {"pseudo": "PSEUDO", "end": "TERMINATE"}
    categories = [rule["category"]] if isinstance(rule["category"], str) else rule["category"]
    direction = directions.get(categories[0]) or directions.get(rule.get("direction", "forward"))
    if direction is None or "section" in rule or {"and", "or"} & set(categories):
        return []
    cues: list[str] = (
        [rule["regex"]] if "regex" in rule else [rule["cue"]] if isinstance(rule["cue"], str) else rule["cue"]
    )
    ends: list[str] = rule.get("ends", ["*"])
    named: list[str] = ends if categories == ["end"] and "*" not in ends else categories
    fixed = {"direction": direction, "max_scope": rule.get("words") or None}
    return [
        {**fixed, "literal": cue, "category": names.get(category, "PSEUDO"), "pattern": _regex(rule, cue)}
        for cue in cues
        for category in named
    ]


def _regex(rule: Rule, cue: str) -> str | None:
    if "regex" in rule:
        return rf"(?<!\w)(?:{rule['regex']})"
    # "V.a." is ["V.a", "."] to a tokenizer that meets it before a space, and another thing alone
    return None if re.fullmatch(r"[\w\s]+", cue) else re.escape(cue)


def default_rules(lang: str) -> list[Rule]:
    """Return medspaCy's own rules for a language; empty for German, for which it ships none."""
    _import_medspacy()
    path = Path(str(files("resources"))) / lang / "context_rules.json"
    return read_medspacy(path) if path.is_file() else []


def _import_medspacy() -> Any:
    try:
        from loguru import logger

        logger.disable("PyRuSH")  # else it writes every token of a note to stderr
        import medspacy.context as context
    except ImportError as error:
        raise SettingsError('engine="medspacy" needs medspaCy.', "pip install 'medlfm[clinical]'.") from error
    return context


class MedspacyEngine:
    """Runs medspaCy's ConText on given spans and writes what it finds as our extensions; leaves none of its own."""

    def __init__(self, nlp: Language, rules: Iterable[Rule]) -> None:
        context = _import_medspacy()
        self._context = context.ConText(
            nlp, "medlfm_context", rules=None, input_span_type="group", span_group_name=_GROUP
        )
        given = list(rules)
        ours, _ = with_names([rule for rule in given if not is_medspacy(rule) and "decider" not in rule])
        for rule in [*filter(is_medspacy, given), *ours]:
            for item in [rule] if is_medspacy(rule) else _to_medspacy(rule):
                options = {key: value for key, value in item.items() if key not in ("id", "source")}
                self._context.add(context.ConTextRule(**options))

    def annotate(self, doc: Doc, spans: Iterable[Span]) -> None:
        """Set the modifier extensions on each span; the doc needs sentence bounds."""
        targets = list(spans)
        if not targets:
            return
        before = dict(doc.user_data)
        doc.spans[_GROUP] = targets
        try:
            with warnings.catch_warnings():
                warnings.filterwarnings("ignore", message=r"\[W036\]")  # it runs matchers that have no rules
                self._context(doc)
            found = [_read(span) for span in targets]
        finally:
            del doc.spans[_GROUP]
            doc.user_data.clear()  # the graph and the modifier objects of medspaCy can't be stored
            doc.user_data.update(before)
        for span, modifiers in zip(targets, found, strict=True):
            categories = {modifier["category"] for modifier in modifiers}
            for category, name in keys.MODIFIERS.items():
                span._.set(name, category in categories)
            span._.medlfm_modifiers = modifiers


def write_medspacy_attributes(spans: Iterable[Span]) -> None:
    """Set `is_negated`, `is_historical`, `is_hypothetical`, `is_family` and `is_uncertain` from our modifiers."""
    for category in keys.MODIFIERS:
        if not Span.has_extension(f"is_{category}"):
            Span.set_extension(f"is_{category}", default=False)
    for span in spans:
        for category, name in keys.MODIFIERS.items():
            span._.set(f"is_{category}", span._.get(name))


def _read(span: Span) -> list[dict[str, Any]]:
    modifiers = []
    for modifier in span._.modifiers:
        category = _CATEGORIES.get(modifier.category)
        if category:
            start, end = modifier.modifier_span
            piece = span.doc[start:end]
            modifiers.append(
                {"text": piece.text, "category": category, "start": piece.start_char, "end": piece.end_char, "rule": ""}
            )
    return sorted(modifiers, key=lambda item: (item["start"], item["category"]))
