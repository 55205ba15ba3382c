"""Bring the counts in the cards of our own corpora and of the plugins up to date: `python corpora/counts.py`.

It writes what stands between `<!-- counts -->` or `<!-- review -->` and `<!-- end -->` in their READMEs. With `--check`
it writes nothing and exits with 1 where a card is behind its files.
"""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
LANGUAGES = ("en", "de")
# first letter of an ATC code → anatomical main group
ATC = {
    "A": "alimentary tract and metabolism",
    "B": "blood",
    "C": "cardiovascular system",
    "D": "skin",
    "G": "genito-urinary system and sex hormones",
    "H": "hormones",
    "J": "infections",
    "L": "neoplasms and immune system",
    "M": "musculo-skeletal system",
    "N": "nervous system",
    "P": "parasites",
    "R": "respiratory system",
    "S": "eye and ear",
    "V": "various",
}


def rows(*files: Path) -> Iterator[dict[str, Any]]:
    """Read the rows of JSONL files."""
    for file in files:
        for line in file.read_text(encoding="utf-8").splitlines():
            if line.strip():
                yield json.loads(line)


def by_language(folder: Path, pattern: str, keys: dict[str, str]) -> str:
    """Return a table a key, of rows by value and language."""
    loaded = {lang: list(rows(*sorted(folder.glob(pattern.format(lang))))) for lang in LANGUAGES}
    tables = [f"{' and '.join(f'{len(loaded[lang])} {lang}' for lang in LANGUAGES)}."]
    for key, title in keys.items():
        counts = {lang: Counter(row[key] for row in loaded[lang]) for lang in LANGUAGES}
        names = sorted(set().union(*counts.values()))
        body = [f"| {name} | {' | '.join(str(counts[lang][name]) for lang in LANGUAGES)} |" for name in names]
        tables.append("\n".join([f"| {title} | {' | '.join(LANGUAGES)} |", "|---|---:|---:|", *body]))
    return "\n\n".join(tables)


def medications() -> str:
    """Return the table of drugs by ATC group."""
    drugs = list(rows(FOLDER.parent / "medlfm" / "knowledge" / "drugs.jsonl"))
    both = sum(bool(drug["names"]["en"] and drug["names"]["de"]) for drug in drugs)
    groups = Counter(ATC[drug["atc"][0]] for drug in drugs)
    body = [f"| {name} | {number} |" for name, number in sorted(groups.items())]
    head = f"{len(drugs)} drugs, {both} of them with English and German names."
    return head + "\n\n" + "\n".join(["| ATC main group | drugs |", "|---|---:|", *body])


def review(folder: Path) -> str:
    """Return the paragraph about the second reading, from the lines of `review*.jsonl`."""
    found = list(rows(*sorted(folder.glob("review*.jsonl"))))
    ends = [row for row in found if row["id"] == "summary"]
    lines = [row for row in found if row["id"] != "summary"]
    if not found:
        return "Not yet read by a second reader."
    kept = sum(row["change"].strip().lower().startswith("kept") for row in lines)
    read = sum(row["rows_read"] for row in ends)
    return (
        f"A second reader, told to find errors, has read {read} rows and reported {len(lines)} findings: "
        f"{len(lines) - kept} led to a change, {kept} were decided against, with the reason. Each stands in "
        f"{' and '.join(f'`{file.name}`' for file in sorted(folder.glob('review*.jsonl')))}."
    )


def updated(readme: Path) -> str:
    """Return the text of a card with its generated parts as they should be."""
    name = readme.parent.name
    parts = {
        "starter-notes": lambda: by_language(
            readme.parent, "notes.{}.jsonl", {"specialty": "specialty", "category": "kind of note"}
        ),
        "starter-qa": lambda: by_language(
            readme.parent, "*.{}.jsonl", {"specialty": "specialty", "category": "category"}
        ),
        "starter-medications": medications,
    }
    text = readme.read_text(encoding="utf-8")
    for mark, part in (("counts", parts.get(name, str)), ("review", lambda: review(readme.parent))):
        body = f"<!-- {mark} -->\n{part()}\n<!-- end -->"
        text = re.sub(rf"<!-- {mark} -->.*?<!-- end -->", lambda _, body=body: body, text, flags=re.DOTALL)
    return text


def main() -> int:
    """Write or check the three cards and that of the plugins."""
    cards = [*sorted(FOLDER.glob("starter-*/README.md")), FOLDER.parent / "plugins" / "README.md"]
    behind = [readme for readme in cards if readme.read_text("utf-8") != updated(readme)]
    for readme in behind:
        print(f"{readme.relative_to(FOLDER.parent)} is behind its files")
        if "--check" not in sys.argv:
            readme.write_text(updated(readme), encoding="utf-8")
    return int(bool(behind) and "--check" in sys.argv)


if __name__ == "__main__":
    sys.exit(main())
