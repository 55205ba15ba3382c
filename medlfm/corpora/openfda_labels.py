"""openFDA drug labels: the package inserts of the United States, in the JSON of the drug label downloads.

```json
{"meta": {}, "results": [{"set_id": "0000-11", "effective_time": "20240131",
  "openfda": {"brand_name": ["Kneecool"], "generic_name": ["COOLAMINE"], "pharm_class_epc": ["Coolant [EPC]"]},
  "indications_and_usage": ["1 INDICATIONS AND USAGE Kneecool is indicated for hot knees."],
  "contraindications": ["4 CONTRAINDICATIONS Cold knees."], "dosage_and_administration": ["One tablet a day."]}]}
```
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from medlfm.corpora.reading import json_results
from medlfm.corpora.upstream import Row, Upstream

__all__ = ["UPSTREAM"]

# A section begins with its own heading: "4 CONTRAINDICATIONS", "Uses", "Directions".
_HEADING = re.compile(
    r"\s*(?:\d+(?:\.\d+)*\.?\s+)?(?:INDICATIONS?\s+(?:AND|&)\s+USAGE|CONTRAINDICATIONS?|DOSAGE\s+(?:AND|&)\s+"
    r"ADMINISTRATION|Uses?|Do not use|Directions)\b\s*:?\s*"
)


def _rows(file: Path) -> Iterator[Row]:
    for label in json_results(file):
        names = label.get("openfda") or {}
        generic = _first(names, "generic_name") or _first(names, "substance_name")
        name = _first(names, "brand_name") or generic
        if not name:
            yield "missing_name"
            continue
        yield {
            "kind": "medication",
            "id": str(label.get("set_id") or label.get("id") or ""),
            "lang": "en",
            "name": name,
            "generic_name": generic.lower() if generic.isupper() else generic,
            "drug_class": [text.removesuffix(" [EPC]") for text in _texts(names, "pharm_class_epc")],
            "indications": _sections(label, "indications_and_usage"),
            "contraindications": _sections(label, "contraindications") or _sections(label, "do_not_use"),
            "dosage": " ".join(_sections(label, "dosage_and_administration")),
            "source": _source(label),
        }


def _source(label: dict[str, Any]) -> str:
    day = str(label.get("effective_time") or "")
    date = f", effective {day[:4]}-{day[4:6]}-{day[6:8]}" if re.fullmatch(r"\d{8}", day) else ""
    return f"openFDA drug label {label.get('set_id') or label.get('id') or 'without id'}{date}"


def _texts(values: dict[str, Any], key: str) -> list[str]:
    found = values.get(key) or []
    return [" ".join(text.split()) for text in found if isinstance(text, str)] if isinstance(found, list) else []


def _first(values: dict[str, Any], key: str) -> str:
    return next(iter(_texts(values, key)), "")


def _sections(label: dict[str, Any], key: str) -> list[str]:
    texts = (_HEADING.sub("", text, count=1) if _HEADING.match(text) else text for text in _texts(label, key))
    return [text for text in texts if text]


UPSTREAM = Upstream(
    name="openfda-labels",
    files=("drug-label-*.json", "drug-label-*.json.zip"),
    rows=_rows,
    by_hand="Its files are large and change every week: download them from https://open.fda.gov/apis/drug/label/download/",
)
