"""Looking into FHIR resources: whose they are, in which language, and what is left of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from medlfm.records.documents.piece import spoken

__all__ = ["OLDEST", "REFERENCE", "aliases", "first_patient", "is_age", "language", "pruned", "strings", "subject"]

REFERENCE = re.compile(r"(?:.*/)?([A-Z][A-Za-z]+)/([A-Za-z0-9\-.]{1,64})(?:/_history/.*)?")
OLDEST = 89


def strings(node: dict[str, Any], key: str) -> Iterator[tuple[Any, Any, str]]:
    """Yield the strings under a key, one or a list, each with what holds it."""
    value = node.get(key)
    if isinstance(value, str):
        yield node, key, value
    elif isinstance(value, list):
        yield from ((value, index, item) for index, item in enumerate(value) if isinstance(item, str))


def is_age(key: str, value: Any) -> bool:
    """Whether an object is an age over 89."""
    named = key.endswith("Age") and isinstance(value, dict)
    number = value.get("value") if named else None
    return isinstance(number, int | float) and number > OLDEST and str(value.get("code", "a")) in ("a", "")


def subject(node: dict[str, Any]) -> str:
    """Return the id of the patient whom a resource is about."""
    for key in ("subject", "patient", "beneficiary", "for"):
        value = node.get(key)
        if isinstance(value, dict) and isinstance(value.get("reference"), str):
            match = REFERENCE.fullmatch(value["reference"])
            return match[2] if match else value["reference"].removeprefix("urn:uuid:")
    return ""


def aliases(root: dict[str, Any]) -> dict[str, str]:
    """Map the full URLs of a Bundle's patients to their ids."""
    aliases = {}
    for entry in root.get("entry", ()) if isinstance(root.get("entry"), list) else ():
        resource = entry.get("resource") if isinstance(entry, dict) else None
        if isinstance(resource, dict) and resource.get("resourceType") == "Patient" and resource.get("id"):
            aliases[str(entry.get("fullUrl", "")).removeprefix("urn:uuid:")] = str(resource["id"])
    return aliases


def first_patient(node: Any) -> str:
    """Return the id of the first patient in a resource, for what says of nobody whose it is."""
    if isinstance(node, dict):
        if node.get("resourceType") == "Patient" and node.get("id"):
            return str(node["id"])
        if node.get("resourceType") and (found := subject(node)):
            return found
        node = list(node.values())
    if isinstance(node, list):
        return next((found for item in node if (found := first_patient(item))), "")
    return ""


def language(node: Any) -> str:
    """Return the language that a resource names, else that of the first country in an address."""
    for key in ("language", "country"):
        for value in _under(node, key):
            if found := spoken(value):
                return found
    return ""


def _under(node: Any, key: str) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get(key), str):
            yield node[key]
        node = list(node.values())
    if isinstance(node, list):
        for item in node:
            yield from _under(item, key)


def pruned(node: Any) -> Any:
    """Leave out what became empty: FHIR allows neither empty strings nor empty objects."""
    if isinstance(node, dict):
        kept = {key: pruned(value) for key, value in node.items()}
        return {key: value for key, value in kept.items() if value not in ("", {}, [])}
    if isinstance(node, list):
        return [item for item in map(pruned, node) if item not in ("", {}, [])]
    return node
