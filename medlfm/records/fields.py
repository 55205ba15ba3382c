"""From the keys of a file to a record: which kind it is, and which key means which field.

The names that are understood stand in `medlfm/rules/<lang>/fields.jsonl`, most telling first; the first that holds a
value counts. They are compared in lower case with `_` for spaces and hyphens.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from medlfm.matching.language import detect_language
from medlfm.matching.rules import shipped_rules
from medlfm.records.types import QA, Medication, Note, Record
from medlfm.settings import LANGUAGES

__all__ = ["BadRecordError", "kind_of_columns", "make_record", "map_specialty"]

_LIST_BORDER = re.compile(r"\s*[;|\n]\s*")


class BadRecordError(Exception):
    """One record can't be used; `reason` is a code, e.g. "missing_text". It holds nothing of the record."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def make_record(raw: Any, *, default_id: str, lang: str = "") -> Record:
    """Build the record that a JSON object or a table row stands for; `lang` where the row names no language.

    Raises BadRecordError with one of: not_an_object, missing_text, missing_answer, missing_question, missing_name,
    not_text, empty_text, language.
    """
    if not isinstance(raw, Mapping):
        raise BadRecordError("not_an_object")
    values = _canonical(raw)
    kind = _kind(values)
    build = {"note": _note, "qa": _qa, "medication": _medication}[kind]
    specialty, category = map_specialty(_word(values, "specialty"))
    if category and not _word(values, "category"):
        values["category"] = category
    shared = {"id": _word(values, "id") or default_id, "specialty": specialty}
    for name in {"note": ["text"], "qa": ["question", "answer"], "medication": []}[kind]:
        _text(values, name)  # before the language, which can't be told of a text that isn't there
    return build(values, shared, _language(values, kind, lang))


def kind_of_columns(columns: list[str]) -> str:
    """Return the kind of the records of a table with these columns; raises BadRecordError("missing_columns")."""
    try:
        return _kind(_canonical(dict.fromkeys(columns, "-")))
    except BadRecordError:
        raise BadRecordError("missing_columns") from None


@cache
def map_specialty(name: str) -> tuple[str, str]:
    """Return the id of a specialty, where a name surely means one, and the kind of document, where it means that."""
    return _specialties().get(_plain(name), ("", ""))


def _plain(name: str) -> str:
    return " ".join(name.replace("_", " ").casefold().split())


@cache
def _specialties() -> dict[str, tuple[str, str]]:
    names: dict[str, tuple[str, str]] = {}
    for lang in LANGUAGES:
        for rule in shipped_rules(lang, "specialties"):
            value = (rule["specialty"], rule.get("category", ""))
            names |= {_plain(name): value for name in (*rule["names"], rule["id"])}
    return names


@cache
def _aliases() -> dict[str, list[str]]:
    """Field → names, best first."""
    names: dict[str, list[str]] = {}
    for lang in LANGUAGES:
        for rule in shipped_rules(lang, "fields"):
            names.setdefault(rule["id"], []).extend(name for name in rule["names"])
    return names


def _canonical(raw: Mapping[Any, Any]) -> dict[str, Any]:
    given = {re.sub(r"[\s-]+", "_", str(key).strip().lower()): value for key, value in raw.items()}
    values: dict[str, Any] = {}
    for field, names in _aliases().items():
        present = [given[name] for name in names if name in given]
        if present:
            values[field] = next((value for value in present if value not in (None, "", [])), present[0])
    return values


def _kind(values: Mapping[str, Any]) -> str:
    """The kind named, else the one whose fields are there."""
    named = values.get("kind")
    if named in ("note", "qa", "medication"):
        return str(named)
    if "question" in values and "answer" in values:
        return "qa"
    if "text" in values:
        return "note"
    if "name" in values and values.keys() & {"generic_name", "drug_class", "indications", "dosage"}:
        return "medication"
    if "question" in values:
        raise BadRecordError("missing_answer")
    raise BadRecordError("missing_question" if "answer" in values else "missing_text")


def _word(values: Mapping[str, Any], field: str) -> str:
    """A short value: text, or a number written as text."""
    value = values.get(field)
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return " ".join(str(value).split())


def _text(values: Mapping[str, Any], field: str) -> str:
    value = values.get(field)
    if value is None:
        raise BadRecordError("empty_text" if field in values else f"missing_{field}")
    if not isinstance(value, str):
        raise BadRecordError("not_text")
    if not value.strip():
        raise BadRecordError("empty_text")
    return value.replace("\r\n", "\n").replace("\r", "\n")


def _words(values: Mapping[str, Any], field: str) -> tuple[str, ...]:
    value = values.get(field)
    items = value if isinstance(value, list | tuple) else _LIST_BORDER.split(str(value or ""))
    words = [_spoken(item) for item in items]
    return tuple(word for word in words if word)


def _spoken(item: Any) -> str:
    """An item of a list: words, an identifier of the drug table, or an object about one."""
    if isinstance(item, Mapping):
        item = next((item[key] for key in ("condition", "name", "id") if item.get(key)), "")
    return " ".join(str(item).replace("_", " ").split())


def _language(values: Mapping[str, Any], kind: str, default: str) -> str:
    named = _word(values, "lang").lower()
    if named:
        lang = _LANGUAGE_NAMES.get(re.split(r"[-_ ]", named)[0], "")
        if not lang:
            raise BadRecordError("language")
        return lang
    if default:
        return default
    parts = {"note": ("text",), "qa": ("question", "answer"), "medication": ("dosage", "indications")}[kind]
    sample = " ".join(str(values.get(part) or "")[:4000] for part in parts)
    found = detect_language(sample)
    if not found and kind != "medication":  # an entry of names alone is English: most drug tables are
        raise BadRecordError("language")
    return found or "en"


# ISO 639 codes and the languages' own names
_LANGUAGE_NAMES = {
    **dict.fromkeys(("en", "eng", "english", "englisch"), "en"),
    **dict.fromkeys(("de", "deu", "ger", "german", "deutsch"), "de"),
}


def _note(values: Mapping[str, Any], shared: dict[str, str], lang: str) -> Note:
    return Note(
        id=shared["id"],
        specialty=shared["specialty"],
        lang=lang,
        text=_text(values, "text"),
        category=_word(values, "category"),
        patient_id=_word(values, "patient_id") or None,
        date=_word(values, "date") or None,
    )


def _qa(values: Mapping[str, Any], shared: dict[str, str], lang: str) -> QA:
    words = {field: _word(values, field) for field in ("category", "source", "url", "topic")}
    return QA(
        **shared, lang=lang, question=_text(values, "question").strip(), answer=_text(values, "answer").strip(), **words
    )


def _medication(values: Mapping[str, Any], shared: dict[str, str], lang: str) -> Medication:
    name = _word(values, "name")
    if not name:
        raise BadRecordError("missing_name")
    return Medication(
        id=shared["id"],
        specialty=shared["specialty"],
        lang=lang,
        name=name,
        generic_name=_word(values, "generic_name") or name,
        drug_class=_words(values, "drug_class"),
        indications=_words(values, "indications"),
        contraindications=_words(values, "contraindications"),
        dosage=" ".join(str(values.get("dosage") or "").split()),
        source=_word(values, "source"),
    )
