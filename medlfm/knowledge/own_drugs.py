"""The user's own drug data beside the shipped table: openFDA labels, RxNorm, and tables of names (EMA, BfArM).

They add names, and the texts of labels, which are shown as they stand: a text is never turned into a limit by guess.

openFDA (a JSON object with "results", or one label a line):

```
{"results": [{"id": "a1", "effective_time": "20250101", "contraindications": ["4 CONTRAINDICATIONS …"],
              "openfda": {"generic_name": ["APIXABAN"], "substance_name": ["APIXABAN"], "brand_name": ["Eliquis"]}}]}
```

RxNorm (RXNCONSO.RRF; brand names need RXNREL.RRF in the same folder): `161|ENG||||||…|RXNORM|IN|161|Acetaminophen||N||`

A table (CSV, separated by commas, semicolons or tabs): columns for name, substance and, if known, the ATC code, e.g.
"Name of medicine;Active substance;ATC code" or "Arzneimittelname;Wirkstoff;ATC-Code".
"""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from medlfm.errors import OrderError
from medlfm.matching.phrases import fold

__all__ = ["Label", "NamedDrug", "OwnDrugs", "load_own_drugs"]

_SECTIONS = ("boxed_warning", "contraindications", "dosage_and_administration", "use_in_specific_populations")
_COLUMNS = {
    "name": ("name", "name of medicine", "medicine name", "product name", "arzneimittelname", "arzneimittel"),
    "substance": ("substance", "active substance", "inn", "wirkstoff", "wirkstoffe", "stoffname", "ingredient"),
    "atc": ("atc", "atc code", "atc-code", "atc code (human)"),
}
_CONSO, _REL = 18, 16  # fields of a line, the last of which is empty
_KINDS = ("IN", "PIN", "MIN")  # ingredients in RXNCONSO


@dataclass(frozen=True)
class Label:
    """A section of a label, as it stands."""

    drug: str
    section: str
    text: str
    source: str


@dataclass(frozen=True)
class NamedDrug:
    """An ingredient with the names that a file gives it."""

    ingredient: str
    atc: str = ""
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class OwnDrugs:
    """What was read: names by ingredient, and label texts by the folded name of the ingredient."""

    drugs: tuple[NamedDrug, ...] = ()
    labels: Mapping[str, tuple[Label, ...]] = field(default_factory=dict)

    def labels_of(self, *names: str) -> list[Label]:
        """Return the label texts of a drug under any of its names."""
        found = [label for name in names for label in self.labels.get(fold(name), ())]
        return list(dict.fromkeys(found))


def load_own_drugs(paths: Iterable[str | Path]) -> OwnDrugs:
    """Read files of any of the three kinds, told apart by their name and first character.

    Raises OrderError for a file that can't be read or has another form; it names the file and the line.
    """
    drugs: list[NamedDrug] = []
    labels: defaultdict[str, list[Label]] = defaultdict(list)
    for path in map(Path, paths):
        if path.suffix.lower() == ".rrf":
            drugs += _read_rxnorm(path)
            continue
        text = _text(path)
        if text.lstrip()[:1] in ("{", "["):
            for drug, own in _read_labels(path, text):
                drugs.append(drug)
                for name in (drug.ingredient, *drug.names):
                    labels[fold(name)] += own
        else:
            drugs += _read_table(path, text)
    return OwnDrugs(tuple(drugs), {name: tuple(own) for name, own in labels.items()})


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        return path.read_text(encoding="cp1252")
    except OSError as error:
        raise OrderError(f"Can't read the drug file {path}.", "openFDA JSON, RXNCONSO.RRF or CSV.") from error


def _read_labels(path: Path, text: str) -> Iterator[tuple[NamedDrug, list[Label]]]:
    for label in _results(path, text):
        about = label.get("openfda") or {}
        substances = _strings(about.get("substance_name")) or _strings(about.get("generic_name"))
        if not substances:
            continue  # many labels of homeopathic and raw products name none
        ingredient = "/".join(substance.lower() for substance in substances)
        names = (*_strings(about.get("generic_name")), *_strings(about.get("brand_name")))
        source = f"openFDA label {label.get('set_id') or label.get('id') or path.name}"
        if label.get("effective_time"):
            source += f", {label['effective_time']}"
        own = [
            Label(ingredient, section, part, source) for section in _SECTIONS for part in _strings(label.get(section))
        ]
        yield NamedDrug(ingredient, "", tuple(dict.fromkeys(name for name in names if name.lower() != ingredient))), own


def _results(path: Path, text: str) -> list[Mapping[str, Any]]:
    try:
        found = json.loads(text)
    except ValueError:
        found = _lines(path, text)
    rows = found.get("results", [found]) if isinstance(found, dict) else found
    if not (isinstance(rows, list) and rows and all(isinstance(row, dict) for row in rows)):
        raise OrderError(f"{path} holds no openFDA labels.", 'An object with "results", or one label a line.')
    if not any("openfda" in row for row in rows):
        raise OrderError(f'No label in {path} has an "openfda" part.', "Take the files of api.fda.gov/drug/label.")
    return rows


def _lines(path: Path, text: str) -> list[Any]:
    rows = []
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip():
            try:
                rows.append(json.loads(line))
            except ValueError as error:
                raise OrderError(f"Line {number} of {path} is no JSON.", "One label a line.") from error
    return rows


def _strings(value: Any) -> list[str]:
    items = [value] if isinstance(value, str) else value if isinstance(value, list) else []
    return [item.strip() for item in items if isinstance(item, str) and item.strip()]


def _read_rxnorm(path: Path) -> list[NamedDrug]:
    """Read the names of ingredients, with brand names where RXNREL.RRF lies beside."""
    rows = [(line[0], line[11], line[12], line[14]) for line in _fields(path, _CONSO) if line[1] in ("", "ENG")]
    ingredient = {code: name for code, source, kind, name in rows if kind in _KINDS and source == "RXNORM"}
    brand = {code: name for code, source, kind, name in rows if kind == "BN" and source == "RXNORM"}
    names: defaultdict[str, list[str]] = defaultdict(list)
    for code, _, _, name in rows:
        if code in ingredient and name != ingredient[code]:
            names[code].append(name)
    for one, other in _tradenames(path.with_name("RXNREL.RRF")):
        for code, name in ((one, other), (other, one)):
            if code in ingredient and name in brand:
                names[code].append(brand[name])
    if not ingredient:
        raise OrderError(f"{path} names no ingredient (TTY IN).", "Take RXNCONSO.RRF of an RxNorm release.")
    return [NamedDrug(name.lower(), "", tuple(dict.fromkeys(names[code]))) for code, name in ingredient.items()]


def _tradenames(path: Path) -> list[tuple[str, str]]:
    """Return the pairs of concepts of which one is the trade name of the other."""
    if not path.is_file():
        return []
    return [(line[0], line[4]) for line in _fields(path, _REL) if line[7] in ("tradename_of", "has_tradename")]


def _fields(path: Path, count: int) -> Iterator[list[str]]:
    for number, line in enumerate(_text(path).splitlines(), start=1):
        fields = line.split("|")
        if len(fields) < count:
            raise OrderError(
                f"Line {number} of {path} has {len(fields)} fields, not {count} or more.", "RxNorm's RRF files."
            )
        yield fields


def _read_table(path: Path, text: str) -> list[NamedDrug]:
    lines = text.splitlines()
    if not lines:
        raise OrderError(f"The drug file {path} is empty.", "Columns: name, substance, ATC code.")
    comma = max(";\t,", key=lines[0].count)
    rows = list(csv.reader(lines, delimiter=comma))
    head = [cell.strip().lower() for cell in rows[0]]
    places = {
        kind: next((head.index(word) for word in words if word in head), None) for kind, words in _COLUMNS.items()
    }
    name, substance, atc = places["name"], places["substance"], places["atc"]
    if name is None or substance is None:
        allowed = "; ".join(f"{kind}: {', '.join(words)}" for kind, words in _COLUMNS.items())
        raise OrderError(f"{path} has no columns for name and substance.", f"Column names, by kind: {allowed}.")
    found: dict[tuple[str, str], list[str]] = {}
    for number, row in enumerate(rows[1:], start=2):
        if not any(cell.strip() for cell in row):
            continue
        if len(row) <= max(name, substance):
            raise OrderError(
                f"Line {number} of {path} has too few cells.", f"As many as in the first line: {len(head)}."
            )
        code = row[atc].strip() if atc is not None and len(row) > atc else ""
        found.setdefault((_ingredient(row[substance]), code), []).append(row[name].strip())
    return [NamedDrug(drug, code, tuple(dict.fromkeys(filter(None, names)))) for (drug, code), names in found.items()]


def _ingredient(cell: str) -> str:
    """Write several substances of a cell ("A; B", "A, B", "A / B") as a combination."""
    parts: Sequence[str] = [part.strip().lower() for part in cell.replace(";", "/").replace(",", "/").split("/")]
    return "/".join(filter(None, parts))
