"""Reading the file of patient facts that several commands take."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

__all__ = ["read_facts"]


def read_facts(path: Path | None) -> dict[str, Any] | None:
    """Read a JSON object, or a FHIR bundle of one patient; raises OrderError, which names nothing in the file."""
    if path is None:
        return None
    from medlfm.errors import OrderError

    try:
        facts = json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError) as error:
        raise OrderError(f"Can't read the patient facts in {path}.", 'A JSON object, e.g. {"age": 54}.') from error
    if not isinstance(facts, dict):
        raise OrderError(f"{path} holds no JSON object.", 'Patient facts look like {"age": 54}.')
    from medlfm.safety.fhir_facts import facts_of_bundle, is_bundle

    return facts_of_bundle(facts) if is_bundle(facts) else facts
